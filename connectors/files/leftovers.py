"""The private names that gallra gives a file for a moment, and what one means when a crash left it.

`.gallra-old-HASH-N` is an item that was being erased or swapped: its bytes still exist, so it is PRESENT, and the next
`remove`, `commit` or `abandon` of the same item goes on with it. `.gallra-new-HASH` is a staged item. HASH is made of
the item's own name, so both are found again without a list. A walk yields them as items under these names, so that
nothing they hold is hidden.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import PurePosixPath

PREFIX = ".gallra-"
_SLOTS = 4  # one is enough; the others are for crashes upon crashes
_LONGEST_ENDING = 10


def aside_names(key: str) -> tuple[str, ...]:
    """The names that an item of this key may have for the moment between its own name and nothing."""
    stem = f"{PREFIX}old-{_digest(key)}"
    return tuple(f"{stem}-{slot}{_ending(key)}" for slot in range(_SLOTS))


def staged_name(key: str, expected: str) -> str:
    """The name of the staged item: one for each version, so that staging again replaces what a crash left."""
    return f"{PREFIX}new-{_digest(key + chr(0) + expected)}{_ending(key)}"


def _digest(text: str) -> str:
    return hashlib.blake2b(os.fsencode(text), digest_size=10).hexdigest()


def _ending(name: str) -> str:
    """A plain file ending is kept, so that a reader still knows the format of what a crash left."""
    ending = PurePosixPath(name).suffix
    plain = len(ending) <= _LONGEST_ENDING and ending.isascii() and ending[1:].isalnum()
    return ending if plain else ""
