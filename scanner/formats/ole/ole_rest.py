"""What stands in streams of an OLE file that its reader does not know: forms, signatures, notes of other programs."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import olefile

from connectors.base import GapReason
from scanner.formats.ole.ole_runs import seen
from scanner.records import Record, Role, Unread

STEPS = ("part other streams",)


def rest(ole: olefile.OleFileIO, known: Collection[str]) -> Iterator[Record | Unread]:
    """Readable runs of all but the known streams (names at the root, lower-cased), and a gap for what is too much."""
    texts, whole = seen(ole, known)
    if texts:
        yield Record(STEPS, "part", [(Role.BODY, texts)])
    if not whole:
        yield Unread(STEPS, GapReason.UNREADABLE, "streams too large, or damaged")
