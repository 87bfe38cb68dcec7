"""What headers, cards, rows and guests say of the subject, each entity as one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.context.marks import Mark, Marker
from scanner.context.model import COVER, Passage, Piece
from scanner.context.pieces import apart, pieces_of
from scanner.detect.name_places import merged
from scanner.records import Entity, Fact, IdType, Role

_MOST_FACTS = 12  # facts of one entity that are shown
_LONGEST = 480  # characters shown of one value

# Roles of headers and guests, where a person is a name and an address.
_PAIRS = frozenset({Role.FROM, Role.TO, Role.CC, Role.BCC, Role.REPLY_TO, Role.SENDER, Role.ORGANIZER, Role.ATTENDEE})


def fields(entities: Sequence[Entity], texts: Sequence[tuple[Role, str]], marker: Marker) -> Iterator[Passage]:
    """What headers, cards and guests say of the subject, each entity as a line; not what the text says as well."""
    seen: set[tuple[Role, tuple[Fact, ...]]] = set()
    for entity in entities:
        own = [fact for fact in entity.facts if marker.is_own(fact)]
        key = entity.role, tuple(entity.facts)
        if not own or key in seen or all(any(fact.value in text for _, text in texts) for fact in own):
            continue
        seen.add(key)
        yield _field(entity, own, marker)


def _field(entity: Entity, own: Sequence[Fact], marker: Marker) -> Passage:
    facts = list(dict.fromkeys(entity.facts))
    if len(facts) > _MOST_FACTS:
        facts = [*dict.fromkeys(own), *(fact for fact in facts if fact not in own)][:_MOST_FACTS]
    pieces: list[Piece] = []
    if entity.role in _PAIRS and sorted(fact.type for fact in facts) == [IdType.EMAIL, IdType.NAME]:
        email, name = sorted(facts, key=lambda fact: fact.type)
        address = _fact(email, marker, own=email in own)
        pieces = [*_fact(name, marker, own=name in own), Piece(" <"), *address, Piece(">")]
    for fact in facts if not pieces else ():
        pieces += [Piece(", ")] if pieces else []
        pieces += _fact(fact, marker, own=fact in own)
    goes_on = len(facts) < len(set(entity.facts))
    return Passage(entity.role, True, tuple(pieces), frozenset(fact.type for fact in own), (False, goes_on))


def _fact(fact: Fact, marker: Marker, *, own: bool) -> list[Piece]:
    """One value: the subject's is marked where it stands in it, or whole; another's national id is covered."""
    value = fact.value[:_LONGEST]
    if not own:
        if fact.type is IdType.NATIONAL_ID:
            return [Piece(COVER)]
        return list(pieces_of(value, (0, len(value)), (), merged(marker.national_ids(value))))
    marks = apart(marker.own(value)) or [Mark(0, len(value), frozenset({fact.type}))]
    return list(pieces_of(value, (0, len(value)), marks, ()))
