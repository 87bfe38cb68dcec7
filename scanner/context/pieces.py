"""A stretch of a text as pieces, on one line: the subject's are marked, others' national ids are covered."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.context.marks import Mark
from scanner.context.model import COVER, Piece

_BREAKS = re.compile(r"[^\S\n]*[\n\v\f\x1c-\x1e\x85\u2028\u2029][\s>]*")
_CELLS = re.compile(r" *\t[ \t]*")
_SPACES = re.compile(r"[ \r\u00a0]{2,}")


def apart(marks: Sequence[Mark]) -> list[Mark]:
    """The marks in order, those that overlap as one."""
    found: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: mark[:2]):
        if not found or mark.start >= found[-1].end:
            found.append(mark)
        else:
            found[-1] = Mark(found[-1].start, max(found[-1].end, mark.end), found[-1].types | mark.types)
    return found


def pieces_of(
    text: str, around: tuple[int, int], marks: Sequence[Mark], covers: Sequence[tuple[int, int]]
) -> tuple[Piece, ...]:
    """The text between two places, with marks and covers laid over it; line ends and columns are shown as signs."""
    laid = sorted([(*span, False) for span in covers] + [(mark.start, mark.end, True) for mark in marks])
    found: list[Piece] = []
    place, stop = around
    for start, end, marked in laid:
        if end <= place or start >= stop:
            continue
        found.append(Piece(plainly(text[place : max(start, place)])))
        found.append(Piece(plainly(text[start:end]), marked=True) if marked else Piece(COVER))
        place = max(end, place)
    found.append(Piece(plainly(text[place : max(stop, place)])))
    found = [piece for piece in found if piece.text]
    if found and not found[0].marked:
        found[0] = Piece(found[0].text.lstrip(" ⏎|"))
    if found and not found[-1].marked:
        found[-1] = Piece(found[-1].text.rstrip(" ⏎|"))
    return tuple(piece for piece in found if piece.text)


def plainly(text: str) -> str:
    """On one line: the end of a line as a sign, the columns of a row apart."""
    return _SPACES.sub(" ", _CELLS.sub(" | ", _BREAKS.sub(" ⏎ ", text)))
