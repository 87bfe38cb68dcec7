"""What a scan notes of a whole source, besides its items: what the settings left out, and why it failed, if it did.

A row of `meta` for each source, sealed, since patterns and names are written by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from connectors.base import LeftOut

NOTE: Final = b"note"
"""The context under which a note is sealed."""


@dataclass(frozen=True, slots=True)
class ScanNote:
    """Of the last scan of a source. `error` is a sentence without paths; empty where it went well.

    `left_out` is what the last scan that went well was told to leave out. `parts` counts up as parts of the source are
    looked at that changed; `lost`: items left, or were read again, on such a look. Both since its last whole walk,
    which alone can tell whether what they held is only elsewhere by now.
    """

    error: str = ""
    left_out: tuple[LeftOut, ...] = ()
    parts: int = 0
    lost: bool = False


def note_key(token: int) -> str:
    """The key of the row, from the token of the source's name."""
    return f"note {token}"


def dump_note(note: ScanNote) -> str:
    """As text, to be sealed."""
    left = [[one.setting, one.items, one.folders, one.countable] for one in note.left_out]
    return json.dumps({"error": note.error, "left_out": left, "parts": note.parts, "lost": note.lost})


def load_note(text: str) -> ScanNote:
    """What `dump_note` wrote."""
    raw = json.loads(text)
    left = tuple(LeftOut(*one) for one in raw["left_out"])
    return ScanNote(raw["error"], left, raw.get("parts", 0), raw.get("lost", False))
