"""One person of Apple's address book (.abcdp, .abcdg of an .abbu archive) to a card."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.formats.data.json_tree import Pairs, Value
from scanner.records import Entity, Fact, IdType, Record, Role

_MULTIPLE = {"Email": IdType.EMAIL, "Phone": IdType.PHONE, "Address": IdType.ADDRESS}
_STREETS = ("Street", "ZIP", "City")
_DULL = frozenset(
    {"UID", "Creation", "Modification", "labels", "identifiers", "primary", "ABPersonFlags", "CountryCode"}
)


def card(value: Pairs) -> Record | None:
    """The card of a person; None for a property list that is about something else."""
    keys = {key for key, _ in value}
    named = keys & {"First", "Last", "Organization"}
    if not named or not keys & {"UID", "Creation", "ABPersonFlags", *_MULTIPLE}:
        return None
    members = dict(value)
    owner = Entity(Role.OWNER, [*_names(members), *_facts(members)])
    record = Record(("card 1",), "card", [], [owner] if owner.facts else [])
    related = members.get("ABRelatedNames")
    record.entities.extend(Entity(Role.RELATED, [Fact(IdType.NAME, name)]) for name in _values(related))
    text = "\n".join(_texts(value))
    if text:
        record.texts.append((Role.BODY, text))
    return record


def _names(members: dict[str, Value]) -> Iterator[Fact]:
    parts = {
        key: one for key in ("First", "Middle", "Last") if isinstance(one := members.get(key), str) and one.strip()
    }
    short = " ".join(parts[key].strip() for key in ("First", "Last") if key in parts)
    for name in dict.fromkeys((short, " ".join(part.strip() for part in parts.values()))):
        if short:
            yield Fact(IdType.NAME, name)


def _facts(members: dict[str, Value]) -> Iterator[Fact]:
    for key, kind in _MULTIPLE.items():
        for one in _each(members.get(key)):
            if isinstance(one, str) and one.strip():
                yield Fact(kind, one.strip())
            elif isinstance(one, Pairs) and kind is IdType.ADDRESS:
                parts = dict(one)
                said = [part for name in _STREETS if isinstance(part := parts.get(name), str) and part.strip()]
                if parts.get("Street"):
                    yield Fact(kind, " ".join(" ".join(said).split()))
    birthday = members.get("Birthday")
    if isinstance(birthday, str) and birthday:
        yield Fact(IdType.BIRTH_DATE, birthday[:10])


def _each(value: Value) -> list[Value]:
    """The values of a property that has several (`{"values": [...], "labels": [...]}`)."""
    if isinstance(value, Pairs):
        found = dict(value).get("values")
        return found if isinstance(found, list) else []
    return value if isinstance(value, list) else [value]


def _values(value: Value) -> list[str]:
    return [one.strip() for one in _each(value) if isinstance(one, str) and one.strip()]


def _texts(value: Value) -> Iterator[str]:
    work: list[Value] = [value]
    while work:
        one = work.pop()
        if isinstance(one, Pairs):
            work.extend(inner for key, inner in reversed(one) if key not in _DULL)
            work.extend(inner for key, inner in one if key == "labels")
        elif isinstance(one, list):
            work.extend(reversed(one))
        elif isinstance(one, str) and one.strip():
            yield one.strip()
