"""The other names that a content of a mirror has: receipts tell of them, and the proof looks through them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set

from connectors.backups.base import parted
from connectors.backups.mirror_listing import Inode, Trouble
from connectors.base import Locator, Outcome, Presence, Receipt
from connectors.errors import ConnectorError, Unreachable
from connectors.files.leftovers import PREFIX

_UNSEEN = "part of the mirror could not be looked at: see that the account may read all of it, and run again"

Files = Iterable[tuple[str, Inode, os.stat_result] | Trouble]


def tell_others(told: dict[Locator, Receipt | ConnectorError], left: Mapping[Inode, int], every: Files) -> None:
    """Receipts name the other names that an erased content still has, in the mirror and outside of it.

    `left` counts the names that each content still has; `every` is each file of the mirror.
    """
    inside = Counter(one[1] for one in every if not isinstance(one, Trouble) and one[1] in left)
    by_content = {inode.content: inode for inode in left}
    for locator, one in told.items():
        inode = by_content.get(parted(locator.path)[1])
        if inode is not None and isinstance(one, Receipt) and one.outcome is Outcome.ERASED:
            told[locator] = Receipt(locator, one.outcome, tuple(_others(inside[inode], left[inode])))


def strayed(notes: Mapping[Locator, str], generations: Set[str], every: Files) -> dict[Locator, Presence | Unreachable]:
    """Looks through all of the mirror for what was noted: under private names, or in a generation renamed since."""
    found: set[Locator] = set()
    blind = False
    by_note: dict[str, list[Locator]] = {}
    for locator, note in notes.items():
        by_note.setdefault(note, []).append(locator)
    for one in every:
        if isinstance(one, Trouble):
            blind = True
            continue
        for locator in by_note.get(str(one[1]), ()):
            if _is_stray(one[0], parted(locator.path)[0], generations):
                found.add(locator)
    unseen = {locator: Unreachable(_UNSEEN, locator) for locator in notes} if blind else {}
    return {
        locator: Presence.PRESENT if locator in found else unseen.get(locator, Presence.ABSENT) for locator in notes
    }


def _others(inside: int, left: int) -> Iterator[str]:
    if inside:
        yield f"{inside} other name{'s' if inside > 1 else ''} in the mirror with the same content, which stay"
    if left > inside:
        count = left - inside
        yield f"{count} name{'s' if count > 1 else ''} (hard links) outside the mirror with the same content"


def _is_stray(path: str, wanted: str, generations: Set[str]) -> bool:
    """Whether a name of the noted file is one of its own: left aside, or in a generation that has another name now."""
    if path.rpartition("/")[2].startswith(PREFIX):
        return True
    in_one = any(path.startswith(one + "/") for one in generations)
    return bool(generations) and not in_one and path.endswith("/" + wanted)
