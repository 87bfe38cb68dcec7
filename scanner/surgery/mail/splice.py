"""Bytes with some runs replaced."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scanner.surgery.base import CannotEdit


class Change(NamedTuple):
    """New bytes for those from `start` to `end`."""

    start: int
    end: int
    new: bytes


def spliced(raw: bytes, changes: Iterable[Change]) -> bytes:
    """`raw` with all changes made. Raises CannotEdit where two of them meet in the same bytes."""
    pieces: list[bytes] = []
    place = 0
    for start, end, new in sorted(changes):
        if start < place:
            raise CannotEdit("two changes of the mail overlap")
        pieces += [raw[place:start], new]
        place = end
    return b"".join([*pieces, raw[place:]])
