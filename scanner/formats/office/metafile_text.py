"""Pieces of text drawn at places, put together to lines as they are seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Run(NamedTuple):
    """One drawn piece of text: where it begins, how wide it is where that is told, all in the drawing's own units."""

    x: int
    y: int
    width: int | None
    text: str


def joined(runs: Iterable[Run]) -> str:
    """The text, a line for each height; pieces join where the next begins as the one before ends."""
    pieces: list[str] = []
    before: Run | None = None
    for run in runs:
        text = run.text.strip("\0")
        if not text:
            continue
        if before is not None:
            pieces.append(_between(before, run))
        pieces.append(text)
        before = run._replace(text=text)
    return "".join(pieces).strip()


def _between(before: Run, run: Run) -> str:
    if run.y != before.y:
        return "\n"
    if before.width is None:
        return " "
    gap = run.x - (before.x + before.width)
    return "" if abs(gap) * 5 <= abs(before.width) / len(before.text) else " "
