"""What entities say for and against being one person's: the rules of identity, without an index. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanner.detect.name_words import is_given_name
from scanner.detect.names import same_name
from scanner.detect.national import birth_date
from scanner.model import SubjectId
from scanner.records import IdType

STRONG = frozenset({IdType.EMAIL, IdType.PHONE, IdType.NATIONAL_ID, IdType.CUSTOMER_NUMBER})
ALONE = STRONG - {IdType.PHONE}  # what a household does not share as it shares a phone
_TELLING = frozenset({IdType.NATIONAL_ID, IdType.BIRTH_DATE})  # what contradicts, beside a name

Fact = tuple[IdType, str]
Facts = Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Seen:
    """One entity of the index. `owner`: a register row or a card is about this person; else a header, a guest."""

    record: int
    owner: bool
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An entity, and the known identifier in it that led there."""

    seen: Seen
    via: SubjectId


def contradicts(entity: Iterable[Fact], known: Iterable[SubjectId], *, names: bool = True) -> bool:
    """Negative evidence: another national id or birth date, or (with `names`) only names that are not the subject's.

    A birth date in a national id speaks against another birth date too, on either side.
    """
    theirs: dict[IdType, set[str]] = {}
    for kind, value in entity:
        theirs.setdefault(kind, set()).add(value)
    if _TELLING.isdisjoint(theirs) and not (names and IdType.NAME in theirs):
        return False  # most entities: a name and an address
    mine: dict[IdType, set[str]] = {}
    for one in known:
        mine.setdefault(one.type, set()).add(one.value)
    return (
        _disjoint(_tens(mine.get(IdType.NATIONAL_ID)), _tens(theirs.get(IdType.NATIONAL_ID)))
        or _other_birth(mine, theirs)
        or (names and _other_name(mine.get(IdType.NAME), theirs.get(IdType.NAME)))
    )


def _tens(ids: set[str] | None) -> set[str]:
    """As ten digits: the century of a number that was written without it is a guess."""
    return {value[-10:] for value in ids or ()}


def _other_birth(mine: dict[IdType, set[str]], theirs: dict[IdType, set[str]]) -> bool:
    """National ids that agree settle it: the century of one may be a guess."""
    if _tens(mine.get(IdType.NATIONAL_ID)) & _tens(theirs.get(IdType.NATIONAL_ID)):
        return False
    return _disjoint(_births(mine), _births(theirs))


def _births(values: dict[IdType, set[str]]) -> set[str]:
    ids = values.get(IdType.NATIONAL_ID, ())
    return {birth_date(value) for value in ids} | values.get(IdType.BIRTH_DATE, set())


def _disjoint(mine: set[str] | None, theirs: set[str] | None) -> bool:
    return bool(mine and theirs and not mine & theirs)


def _other_name(mine: set[str] | None, theirs: set[str] | None) -> bool:
    if not mine or not theirs:
        return False
    return not any(same_name(one, other) for one in mine for other in theirs)


def persons(entities: Iterable[Facts], known: Sequence[SubjectId]) -> int:
    """How many different persons these entities name, the subject among them."""
    clusters: list[list[str]] = [[one.value for one in known if one.type is IdType.NAME]]
    strangers = False
    for entity in entities:
        names = full_names(entity)
        for name in names:
            home = next((one for one in clusters if any(same_name(name, other) for other in one)), None)
            if home is None:
                clusters.append([name])
            elif name not in home:
                home.append(name)
        strangers = strangers or (not names and contradicts(entity, known))
    return sum(bool(cluster) for cluster in clusters) + strangers


def of_one_person(found: Sequence[Link], known: Sequence[SubjectId], names: Sequence[str]) -> list[Link]:
    """Those of the entities that are one person's: a couple may share an address, a household a customer number."""
    alone = all(fits(name, names) for one in found for name in full_names(one.seen.facts))
    mine = [
        one
        for one in found
        if not contradicts(one.seen.facts, known)
        and (alone or bears(one.seen.facts, names))
        and not is_childs(one.seen.facts, names)
    ]
    if len(national_ids(one.seen.facts for one in mine)) > 1:
        mine = [one for one in mine if not national_ids([one.seen.facts])]
    if len(birth_days(one.seen.facts for one in mine)) > 1:
        mine = [one for one in mine if not birth_days([one.seen.facts])]
    return mine


def says_more(entity: Facts) -> bool:
    """A row or card that says more than name and address: what a mail's sender calls himself proves nothing."""
    kinds = {kind for kind, _ in entity}
    return IdType.NAME in kinds and bool(kinds - {IdType.NAME, IdType.EMAIL})


def bears(entity: Facts, names: Sequence[str]) -> bool:
    """True where all full names of the entity, and at least one, are the subject's."""
    own = full_names(entity)
    return bool(own) and all(fits(name, names) for name in own)


def is_childs(entity: Facts, names: Sequence[str]) -> bool:
    """`Lisa;anna.ek@...;her phone`: a given name alone that is not the subject's is a child's, or another's."""
    own = [value for kind, value in entity if kind is IdType.NAME]
    given = [name for name in own if is_given_name(name.strip())]
    return bool(names and given) and not any(same_name(name, other) for name in own for other in names)


def national_ids(entities: Iterable[Facts]) -> set[str]:
    """As ten digits: the century of a number that was written without it is a guess."""
    return {value[-10:] for entity in entities for kind, value in entity if kind is IdType.NATIONAL_ID}


def birth_days(entities: Iterable[Facts]) -> set[str]:
    """Birth dates, those in national ids too, without the century, which may be a guess."""
    days = set()
    for entity in entities:
        for kind, value in entity:
            if kind in (IdType.NATIONAL_ID, IdType.BIRTH_DATE):
                days.add((birth_date(value) if kind is IdType.NATIONAL_ID else value)[2:])
    return days


def full_names(entity: Facts) -> list[str]:
    """The names of more than one word."""
    return [value for kind, value in entity if kind is IdType.NAME and " " in value.strip()]


def only_name(entities: Iterable[Facts]) -> list[str]:
    """The name that these entities bear, in its commonest spelling; none where they name several persons."""
    spellings = Counter(name for entity in entities for name in full_names(entity))
    if not spellings:
        return []
    name = max(spellings.items(), key=lambda pair: (pair[1], pair[0]))[0]
    return [name] if all(same_name(name, other) for other in spellings) else []


def fits(name: str, names: Iterable[str]) -> bool:
    """True for a full name that may be one of these."""
    return " " in name.strip() and any(same_name(name, other) for other in names)


def first_names(name: str) -> list[str]:
    """The words of a name that are common given names."""
    return [word for word in name.replace(",", " ").split() if is_given_name(word)]
