"""Which finding of a fresh search is which of the case: by what the record says first, by its place else. Pure.

Places move: when row 3 leaves a sheet, row 12 becomes row 11. A record that was taken out must not be mistaken for the
neighbour that now has its number, nor a twin that was kept for the one that left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.base import Locator
from scanner.model import Finding
from scanner.outcomes import GONE


@dataclass(slots=True)
class Matched:
    """`mates`: the fresh finding for the id of a known one; `new`: those that the case did not have."""

    mates: dict[int, Finding] = field(default_factory=dict)
    new: list[Finding] = field(default_factory=list)


def match(known: Sequence[Finding], fresh: Iterable[Finding]) -> Matched:
    """Every fresh finding once."""
    matched = Matched()
    left = _by_print(known, fresh, matched)
    free = {one.locator: one for one in known if one.id not in matched.mates}
    for one in left:
        old = free.get(one.locator)
        if old is None or (old.taken and one.print and old.print != one.print):
            matched.new.append(one)
        else:
            matched.mates[old.id] = one
            del free[one.locator]
    return matched


_Key = tuple[Locator, str]


def _by_print(known: Sequence[Finding], fresh: Iterable[Finding], matched: Matched) -> list[Finding]:
    """Pair equal records, those that are still there first; gives the fresh ones that are left."""
    waiting: dict[_Key, list[Finding]] = {}
    for one in sorted(known, key=lambda one: (one.state in GONE, one.occurrence, one.id)):
        if one.print:
            waiting.setdefault((one.locator.item, one.print), []).append(one)
    left: list[Finding] = []
    for one in sorted(fresh, key=lambda one: (one.occurrence, one.id)):
        mates = waiting.get((one.locator.item, one.print)) if one.print else None
        if mates:
            matched.mates[mates.pop(0).id] = one
        else:
            left.append(one)
    return left
