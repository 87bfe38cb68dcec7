"""What is shown of a finding in context: plain values, on their way to a screen and never to a file of gallra's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from connectors.base import GapReason
from scanner.records import IdType, Role

COVER = "••••••-••••"
"""What stands in place of another person's national id."""


class Piece(NamedTuple):
    """A stretch of a passage; `marked` where it is the subject's."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """Where in the record it stands: `role`, and whether as a field (a header, a card's line) or in free text."""

    role: Role
    field: bool
    pieces: tuple[Piece, ...]
    types: frozenset[IdType]
    cut: tuple[bool, bool] = (False, False)  # whether the text goes on before and after it

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(piece.text for piece in self.pieces)


class Note(StrEnum):
    """What a reader must know of what is shown, or why there is nothing. The values are part of the JSON contract."""

    CHANGED = "it changed since the last scan; this is what stands there now"
    MOVED = "the record is no longer there as it was found; scan and look again"
    GONE = "it is not there any more"
    DENIED = "the account may not read it"
    UNREACHABLE = "its source could not be read now"
    ERASED = "it was erased"
    UNREAD = "a part of it could not be read"
    PARTLY = "not all that was found in it can be pointed out: a value is broken over lines, encoded or only derived"
    FAILED = "it could not be looked at"


@dataclass(frozen=True, slots=True)
class Context:
    """What is shown of one finding. `more` counts what is marked in no passage; `reasons` are those of UNREAD."""

    passages: tuple[Passage, ...] = ()
    more: int = 0
    notes: tuple[Note, ...] = ()
    reasons: tuple[GapReason, ...] = ()
