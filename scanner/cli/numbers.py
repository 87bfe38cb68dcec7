"""Findings as a user names them on the command line: `3`, `3-7`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from scanner.model import Case, Finding

_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", re.ASCII)


def named_findings(case: Case, numbers: Sequence[str]) -> list[Finding]:
    """The findings that were named, each once. Raises BadParameter for what is no number or has no finding."""
    known = {one.id: one for one in case.findings}
    chosen: dict[int, Finding] = {}
    for text in numbers:
        first, last = _range(text)
        named = [number for number in known if first <= number <= last]
        if first not in known or last not in known:
            raise click.BadParameter(f"{text}: the case has no such finding; gallra show {case.number} lists them")
        chosen.update({number: known[number] for number in named})
    return [chosen[number] for number in sorted(chosen)]


def _range(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if not match:
        raise click.BadParameter(f"{text}: not a number or a range like 3-7")
    first = int(match[1])
    last = int(match[2]) if match[2] else first
    if last < first:
        raise click.BadParameter(f"{text}: the range runs backwards")
    return first, last
