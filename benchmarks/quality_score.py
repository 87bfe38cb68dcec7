"""Counts of what was found, missed and wrongly told, by tier and by format; and what another start reaches less."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.model import Tier
from tests.world import Expected, Person, Place, World

STRONG, NAMES, OTHER = "strong identifiers", "names", "only what is shared"
_HIDDEN, _FOUND, _MISSED = "in a gap", "found", "missed"
_FILE = re.compile(r"(?:attachment \d+: |member )(.*)", re.DOTALL)
SURE = (Tier.CERTAIN, Tier.PROBABLE)

Found = Mapping[Place, Tier]


@dataclass(slots=True)
class Score:
    """What the answers about some persons of one company were worth.

    `true` counts what the truth knows by (what stands there, format, what became of it), `told` what was said by (tier,
    format, verdict: right, possible, wrong). `lines` are the misses and the wrong ones, by what is wrong.
    """

    persons: int = 0
    true: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    tiers: Counter[tuple[str, str]] = field(default_factory=Counter)  # (true, told)
    told: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    lines: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Sum up."""
        self.persons += other.persons
        self.true += other.true
        self.tiers += other.tiers
        self.told += other.told
        self.lines += other.lines

    def recall(self, what: str, kind: str | None = None) -> float:
        """Of what the truth knows outside gaps: how much was found. 1 where there is nothing to find."""
        counts = {end: self.count(what, kind, end) for end in (_FOUND, _MISSED)}
        return counts[_FOUND] / (sum(counts.values()) or 1) if sum(counts.values()) else 1.0

    def count(self, what: str, kind: str | None, end: str) -> int:
        """How many of a sort (`kind` None: of every format) ended so."""
        return sum(n for key, n in self.true.items() if key[0] == what and kind in (None, key[1]) and key[2] == end)

    def precision(self, tier: Tier, kind: str | None = None) -> float:
        """Of what was told with this tier: how much is the person's. 1 where nothing was."""
        told = [(key[2], n) for key, n in self.told.items() if key[0] == tier.value and kind in (None, key[1])]
        return sum(n for verdict, n in told if verdict == "right") / (sum(n for _, n in told) or 1) if told else 1.0

    @property
    def formats(self) -> list[str]:
        """All that occur."""
        return sorted({key[1] for key in self.true} | {key[1] for key in self.told})

    def of(self, what: str) -> list[str]:
        """The lines about one sort of fault."""
        return [line for sort, line in self.lines if sort == what]


def score(world: World, person: Person, found: Found) -> Score:
    """One answer about one person."""
    result = Score(persons=1)
    for one in world.truth(person):
        end = _end(world, one, found)
        result.true[_what(one), kind_of(one.place), end] += 1
        result.tiers[one.tier, found[one.place].value if end == _FOUND else end] += 1
        if end == _MISSED and _what(one) != OTHER:
            result.lines.append(("missed", f"{person.id}: {one.tier}, {one.why}: {shown(one.place)}"))
    for place, tier in found.items():
        verdict = world.verdict(person, place)
        result.told[tier.value, kind_of(place), verdict] += 1
        if verdict == "wrong" or (verdict == "possible" and tier in SURE):
            sort = "namesake" if verdict == "possible" else f"wrong {tier.value}"
            result.lines.append((sort, f"{person.id}: {tier.value}: {shown(place)}"))
    return result


def reached(world: World, person: Person, found: Found) -> dict[Place, Tier]:
    """What of an answer is the person's by the truth."""
    return {one.place: found[one.place] for one in world.truth(person) if one.place in found}


def kind_of(place: Place) -> str:
    """The format of the innermost file: the ending of its name; `mail` for a message."""
    for step in reversed(place.within):
        if match := _FILE.fullmatch(step):
            return _ending(match[1])
    return "mail" if place.source == "post" else _ending(place.path)


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else "other"


def _what(one: Expected) -> str:
    if one.tier == "certain":
        return STRONG
    return NAMES if one.why.startswith("name") else OTHER


def _end(world: World, one: Expected, found: Found) -> str:
    if one.place in found:
        return _FOUND
    return _HIDDEN if any(gap.place.covers(one.place) for gap in world.gaps) else _MISSED


def shown(place: Place) -> str:
    """A place in one line."""
    return " › ".join((f"{place.source}/{place.path}", *place.within))
