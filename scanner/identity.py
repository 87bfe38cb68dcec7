"""From what was asked to all that belongs to the same person, each step with its reason.

First rules: an entity (a register row, a card, an event's attendee, a header pair) that holds a *given* strong
identifier adds its other identifiers. Shared identifiers are reported and not followed; an entity that contradicts what
is known is left alone; there is no second hop, so no merge over weak links.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from scanner.company import Company
from scanner.detect.names import same_name
from scanner.detect.national import birth_date
from scanner.detect.parse import lookup_keys
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.model import SubjectId
from scanner.records import IdType

STRONG = frozenset({IdType.EMAIL, IdType.PHONE, IdType.NATIONAL_ID, IdType.CUSTOMER_NUMBER})
_SAMPLE = 5000  # entities looked at for one identifier
_NAMES_OF_A_SHARED_ADDRESS = 3  # differing full names on one address; two may be a maiden name

Values = list[tuple[IdType, str]]


class Identity:
    """The widening of one subject over one index."""

    def __init__(self, index: Index, sealer: Sealer, company: Company) -> None:
        self._index = index
        self._sealer = sealer
        self._company = company

    def widen(self, given: Sequence[SubjectId]) -> list[SubjectId]:
        """Given identifiers first (marked where shared), then those that were added, with their reasons."""
        known = [replace(one, shared=self._shared(one, given)) for one in given]
        added: dict[tuple[IdType, str], Counter[IdType]] = {}
        for one in known:
            if one.type in STRONG and not one.shared:
                for entity in self._entities(one):
                    self._collect(entity, one, known, added)
        return known + self._new(known, added)

    def _collect(
        self,
        entity: Values,
        via: SubjectId,
        known: Sequence[SubjectId],
        added: dict[tuple[IdType, str], Counter[IdType]],
    ) -> None:
        if contradicts(entity, known):
            return
        for kind, value in entity:
            if not self._company.is_ours(kind, value):
                added.setdefault((kind, value), Counter())[via.type] += 1

    def _new(self, known: list[SubjectId], added: dict[tuple[IdType, str], Counter[IdType]]) -> list[SubjectId]:
        have = {(one.type, one.value) for one in known}
        names = [one.value for one in known if one.type is IdType.NAME] or _commonest_name(added)
        new: list[SubjectId] = []
        for (kind, value), via in sorted(added.items(), key=lambda pair: (-pair[1].total(), pair[0])):
            if (kind, value) in have or (kind is IdType.NAME and not _fits(value, names)):
                continue
            because = f"stands with the given {via.most_common(1)[0][0].value} in {via.total()} places"
            one = SubjectId(kind, value, given=False, because=because)
            new.append(replace(one, shared=self._shared(one, [*known, *new])))
        return new

    def _entities(self, one: SubjectId) -> list[Values]:
        mates = [mate for token in tokens_of(self._sealer, one) for mate in self._index.entity_mates(token, _SAMPLE)]
        values = self._index.identifiers({token for mate in mates for token in mate})
        return [[values[token] for token in mate if token in values] for mate in mates]

    def _shared(self, one: SubjectId, known: Sequence[SubjectId]) -> bool:
        """Do several different persons use it?"""
        if one.type not in (IdType.EMAIL, IdType.PHONE):
            return False
        if self._company.is_shared(one.type, one.value):
            return True
        entities = self._entities(one)
        if one.type is IdType.PHONE:
            return _persons(entities, known) > 1
        ids = {value for entity in entities for kind, value in entity if kind is IdType.NATIONAL_ID}
        return len(ids) > 1 or _persons(entities, known) >= _NAMES_OF_A_SHARED_ADDRESS


def tokens_of(sealer: Sealer, one: SubjectId) -> list[int]:
    """The index tokens of an identifier, its own first, then those of its other spellings."""
    return [sealer.token(one.type.value, value) for value in lookup_keys(one.type, one.value)]


def contradicts(entity: Iterable[tuple[IdType, str]], known: Iterable[SubjectId], *, names: bool = True) -> bool:
    """Negative evidence: another national id or birth date, or (with `names`) only names that are not the subject's."""
    mine: dict[IdType, set[str]] = {}
    for one in known:
        mine.setdefault(one.type, set()).add(one.value)
    theirs: dict[IdType, set[str]] = {}
    for kind, value in entity:
        theirs.setdefault(kind, set()).add(value)
    births = {birth_date(value) for value in mine.get(IdType.NATIONAL_ID, ())} | mine.get(IdType.BIRTH_DATE, set())
    return (
        _disjoint(mine.get(IdType.NATIONAL_ID), theirs.get(IdType.NATIONAL_ID))
        or _disjoint(births, theirs.get(IdType.BIRTH_DATE))
        or (names and _other_name(mine.get(IdType.NAME), theirs.get(IdType.NAME)))
    )


def _disjoint(mine: set[str] | None, theirs: set[str] | None) -> bool:
    return bool(mine and theirs and not mine & theirs)


def _other_name(mine: set[str] | None, theirs: set[str] | None) -> bool:
    if not mine or not theirs:
        return False
    return not any(same_name(one, other) for one in mine for other in theirs)


def _persons(entities: list[Values], known: Sequence[SubjectId]) -> int:
    """How many different persons these entities name, the subject among them."""
    clusters: list[list[str]] = [[one.value for one in known if one.type is IdType.NAME]]
    strangers = False
    for entity in entities:
        names = [value for kind, value in entity if kind is IdType.NAME and " " in value.strip()]
        for name in names:
            home = next((one for one in clusters if any(same_name(name, other) for other in one)), None)
            if home is None:
                clusters.append([name])
            elif name not in home:
                home.append(name)
        strangers = strangers or (not names and contradicts(entity, known))
    return sum(bool(cluster) for cluster in clusters) + strangers


def _commonest_name(added: dict[tuple[IdType, str], Counter[IdType]]) -> list[str]:
    names = [(via.total(), value) for (kind, value), via in added.items() if kind is IdType.NAME and " " in value]
    return [max(names)[1]] if names else []


def _fits(name: str, names: list[str]) -> bool:
    return " " in name.strip() and any(same_name(name, other) for other in names)
