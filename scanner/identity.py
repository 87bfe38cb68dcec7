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
from scanner.detect.name_words import is_given_name
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
        strong = [one for one in known if one.type in STRONG and not one.shared]
        found = [(entity, one.type) for one in strong for entity in self._entities(one)]
        names = [one.value for one in known if one.type is IdType.NAME]
        names = names or _only_name(entity for entity, _ in found if not contradicts(entity, known))
        added: dict[tuple[IdType, str], Counter[IdType]] = {}
        mine = _of_one_person(found, known, names)
        sure = any(one.type is IdType.NAME for one in known) or any(_is_register(entity) for entity, _ in mine)
        for entity, via in mine:
            for kind, value in entity:
                if not self._company.is_ours(kind, value):
                    added.setdefault((kind, value), Counter())[via] += 1
        return known + [
            replace(one, unsure=one.type is IdType.NAME and not sure) for one in self._new(known, names, added)
        ]

    def _new(
        self, known: list[SubjectId], names: list[str], added: dict[tuple[IdType, str], Counter[IdType]]
    ) -> list[SubjectId]:
        have = {(one.type, one.value) for one in known}
        new: list[SubjectId] = []
        for (kind, value), via in sorted(added.items(), key=lambda pair: (-pair[1].total(), pair[0])):
            if (kind, value) in have or (kind is IdType.NAME and not _fits(value, names)):
                continue
            places = "1 place" if via.total() == 1 else f"{via.total()} places"
            because = f"stands with the given {via.most_common(1)[0][0].value.replace('_', ' ')} in {places}"
            one = SubjectId(kind, value, given=False, because=because)
            new.append(replace(one, shared=self._shared(one, [*known, *new]) or self._is_anothers(one, names)))
        return new

    def _is_anothers(self, one: SubjectId, names: list[str]) -> bool:
        """An added address that stands elsewhere with another full name: it came in by one row or card for two."""
        if one.type is not IdType.EMAIL or not names:
            return False
        return any(not _fits(name, names) for entity in self._entities(one) for name in _full_names(entity))

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
        if len(_national_ids(entities)) > 1:
            return True
        most = 2 if one.type is IdType.PHONE else _NAMES_OF_A_SHARED_ADDRESS
        return _persons(entities, known) >= most


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
        names = _full_names(entity)
        for name in names:
            home = next((one for one in clusters if any(same_name(name, other) for other in one)), None)
            if home is None:
                clusters.append([name])
            elif name not in home:
                home.append(name)
        strangers = strangers or (not names and contradicts(entity, known))
    return sum(bool(cluster) for cluster in clusters) + strangers


def _of_one_person(
    found: list[tuple[Values, IdType]], known: Sequence[SubjectId], names: list[str]
) -> list[tuple[Values, IdType]]:
    """Those of the entities that are one person's: a couple may share an address, a household a customer number."""
    alone = all(_fits(name, names) for entity, _ in found for name in _full_names(entity))
    mine = [
        (entity, via)
        for entity, via in found
        if not contradicts(entity, known) and (alone or _bears(entity, names)) and not _is_childs(entity, names)
    ]
    if len(_national_ids(entity for entity, _ in mine)) < 2:
        return mine
    return [(entity, via) for entity, via in mine if not _national_ids([entity])]


def _is_register(entity: Values) -> bool:
    """A row or card that says more than name and address: what a mail's sender calls himself proves nothing."""
    kinds = {kind for kind, _ in entity}
    return IdType.NAME in kinds and bool(kinds - {IdType.NAME, IdType.EMAIL})


def _bears(entity: Values, names: list[str]) -> bool:
    own = _full_names(entity)
    return bool(own) and all(_fits(name, names) for name in own)


def _is_childs(entity: Values, names: list[str]) -> bool:
    """`Lisa;anna.ek@...;her phone`: a given name alone that is not the subject's is a child's, or another's."""
    own = [value for kind, value in entity if kind is IdType.NAME]
    given = [name for name in own if is_given_name(name.strip())]
    return bool(names and given) and not any(same_name(name, other) for name in own for other in names)


def _national_ids(entities: Iterable[Values]) -> set[str]:
    """As ten digits: the century of a number that was written without it is a guess."""
    return {value[-10:] for entity in entities for kind, value in entity if kind is IdType.NATIONAL_ID}


def _full_names(entity: Values) -> list[str]:
    return [value for kind, value in entity if kind is IdType.NAME and " " in value.strip()]


def _only_name(entities: Iterable[Values]) -> list[str]:
    """The name that these entities bear, in its commonest spelling; none where they name several persons."""
    spellings = Counter(name for entity in entities for name in _full_names(entity))
    if not spellings:
        return []
    name = max(spellings.items(), key=lambda pair: (pair[1], pair[0]))[0]
    return [name] if all(same_name(name, other) for other in spellings) else []


def _fits(name: str, names: list[str]) -> bool:
    return " " in name.strip() and any(same_name(name, other) for other in names)
