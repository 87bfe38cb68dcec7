"""Do the given identifiers belong to two persons? Decided from the index; when they do, nothing is searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.detect.names import same_name
from scanner.identity.facts import STRONG, Facts, Seen, first_names, full_names, national_ids
from scanner.identity.look import Look
from scanner.model import SubjectId

_COMPARED = 20  # different names of one identifier


@dataclass(slots=True)
class _Side:
    """Given identifiers that are one person's, as far as the index says."""

    places: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    seen: set[Seen] = field(default_factory=set)


def two_persons(look: Look, given: Mapping[SubjectId, str]) -> list[list[str]]:
    """The places of the given identifiers, person by person; nothing where they may all be one person's.

    `given` says where in the command each stood. What stands with several persons (a couple's address, a switchboard)
    speaks for nobody, and what is in no register, card or header for nothing.
    """
    sides: list[_Side] = []
    for one, place in given.items():
        if one.type in STRONG:
            side = _side(look.holding(one), place)
            if side is not None:
                sides.append(side)
    apart = [one for one in _joined(sides) if one.ids or one.names]
    told = [one for one in apart if any(_differ(one, other) for other in apart if other is not one)]
    return [sorted(set(one.places)) for one in told]


def _side(seen: Sequence[Seen], place: str) -> _Side | None:
    """What the index says of one identifier; None where it says that several persons use it."""
    side = _Side([place], national_ids(one.facts for one in seen), seen=set(seen))
    for one in seen:
        side.names.update(name for name in full_names(one.facts) if first_names(name))
    own = sorted(side.names)
    several = any(clearly_others(one, [other]) for one in own[:_COMPARED] for other in own[:_COMPARED])
    return None if several or len(side.ids) > 1 else side


def _joined(sides: Iterable[_Side]) -> list[_Side]:
    """Those put together that stand in one entry, or bear the same national id or name."""
    found: list[_Side] = []
    for side in sides:
        mates = [one for one in found if _together(one, side)]
        for one in mates:
            found.remove(one)
            side.places += one.places
            side.ids |= one.ids
            side.names |= one.names
            side.seen |= one.seen
        found.append(side)
    return found


def _together(one: _Side, other: _Side) -> bool:
    if one.ids and other.ids:
        return bool(one.ids & other.ids)
    if one.seen & other.seen:
        return True
    return any(same_name(name, mate) for name in one.names for mate in other.names)


def _differ(one: _Side, other: _Side) -> bool:
    """Different national ids, or names that are clearly two persons': another given name, not only another family's."""
    if one.ids and other.ids:
        return not one.ids & other.ids
    return bool(one.names and other.names) and all(clearly_others(name, other.names) for name in one.names)


def of_different(entities: Iterable[Facts]) -> bool:
    """True where entities bear names that are clearly different persons': no maiden name, nor one naming both."""
    found = dict.fromkeys(tuple(name for name in full_names(one) if first_names(name)) for one in entities)
    sides = [names for names in found if names][:_COMPARED]
    return any(all(clearly_others(name, other) for name in one) for one in sides for other in sides)


def clearly_others(name: str, names: Iterable[str]) -> bool:
    """True where a name is another person's than all of these: another given name, not only another family's."""
    mine = first_names(name)
    return all(
        not same_name(name, other) and not any(same_name(word, mate) for word in mine for mate in first_names(other))
        for other in names
    )
