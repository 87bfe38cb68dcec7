"""Which findings are about a place that gallra cannot read and asks people about."""

from __future__ import annotations

from typing import Final

from config.named import PAPER, PROCESSOR, PROVIDER
from scanner.model import Finding

__all__ = ["KINDS", "PAPER", "PROCESSOR", "PROVIDER", "is_hand"]

KINDS: Final = frozenset({PROCESSOR, PAPER, PROVIDER})


def is_hand(finding: Finding) -> bool:
    """True for a finding that no connector speaks for: only a person's word makes or closes it."""
    return finding.kind in KINDS
