"""What an answer passed by: what the settings leave out, and what the search itself did not look through. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.base import LeftOut
from scanner.candidates import NOT_LOOKED_THROUGH
from scanner.model import Searched

_OWN = frozenset({NOT_LOOKED_THROUGH.setting})


def followers(searched: Sequence[Searched]) -> list[str]:
    """A sentence for each source that changes with another one, as a phone with the account that it syncs with."""
    scanned = {one.source for one in searched if one.scanned_at is not None}
    return [
        f'{one.source} syncs with "{one.follows}": what is erased there leaves it at its next sync'
        + ("" if one.follows in scanned else f'; but "{one.follows}" was never scanned')
        for one in searched
        if one.follows
    ]


def by_settings(searched: Iterable[Searched]) -> list[tuple[str, Sequence[LeftOut]]]:
    """By source, what an admin's settings leave out; sources that leave out nothing are not named."""
    found = [(one.source, [left for left in one.left_out if left.setting not in _OWN]) for one in searched]
    return [(source, left) for source, left in found if left]


def by_limits(searched: Iterable[Searched]) -> list[str]:
    """What the search left out by a limit of its own, in any source: each once, in words."""
    return list(dict.fromkeys(left.setting for one in searched for left in one.left_out if left.setting in _OWN))
