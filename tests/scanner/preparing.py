"""What stands for the look before each step in tests of the executor alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.model import Step
from scanner.prepare import Prepared


def nothing_against(steps: Iterable[Step]) -> Iterator[tuple[Step, Prepared]]:
    """Every step may be done."""
    for step in steps:
        yield step, Prepared()
