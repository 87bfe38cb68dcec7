"""Contacts in JSON to cards: jCard (RFC 7095) through the reader of vCard, JSContact (RFC 9553) by its members."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from scanner.formats.contacts.content_lines import Line
from scanner.formats.contacts.vcard import record_of
from scanner.formats.data.json_tree import Pairs, Value
from scanner.formats.inline import Inline
from scanner.records import Entity, Fact, IdType, Record, Role


def card(value: Value, number: int, inline: Inline) -> Record | None:
    """The record of a jCard or a JSContact card; None for anything else. Its pictures are left in `inline`."""
    if isinstance(value, Pairs):
        kind = _first(value, "@type")
        return _contact(value, number, inline) if kind == "Card" else None
    if isinstance(value, list) and len(value) == 2 and value[0] == "vcard" and isinstance(value[1], list):
        return record_of([Line("BEGIN", {}, "VCARD"), *_lines(value[1])], number, inline)
    return None


# jCard


def _lines(properties: list[Value]) -> Iterator[Line]:
    for one in properties:
        if not isinstance(one, list) or len(one) < 4 or not isinstance(one[0], str):
            yield Line("", {}, "", raw="\n".join(_texts(one)))
            continue
        parameters = one[1] if isinstance(one[1], Pairs) else Pairs()
        read = {key.upper(): list(_texts(inner)) for key, inner in parameters}
        for inner in one[3:]:
            yield Line(one[0].upper(), read, _structured(inner))


def _structured(value: Value) -> str:
    """The value as vCard writes it: parts at semicolons, several of a part at commas."""
    if isinstance(value, list):
        return ";".join(_escaped(" ".join(_texts(part))) for part in value)
    return _escaped("\n".join(_texts(value)))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")


# JSContact

_TYPED = {
    ("emails", "address"): IdType.EMAIL,
    ("phones", "number"): IdType.PHONE,
    ("addresses", "full"): IdType.ADDRESS,
    ("name", "full"): IdType.NAME,
}
_DULL = frozenset({"@type", "version", "uid", "kind", "created", "updated", "prodId", "language", "pref", "isOrdered"})
_NAME_PARTS = ("given", "given2", "surname", "surname2")


def _contact(value: Pairs, number: int, inline: Inline) -> Record:
    owner = Entity(Role.OWNER, [])
    record = Record((f"card {number}",), "card")
    texts: list[str] = []
    for key, inner in value:
        if key in ("name", "emails", "phones", "addresses", "anniversaries"):
            owner.facts.extend(_facts(key, inner))
        if key == "relatedTo" and isinstance(inner, Pairs):
            record.entities.extend(_related(inner))
        if key not in _DULL:
            texts.extend(text for one in _said(inner) if (text := inline.taken(one, record.steps).strip()))
    owner.facts = list(dict.fromkeys(owner.facts))
    if owner.facts:
        record.entities.insert(0, owner)
    if texts:
        record.texts.append((Role.BODY, "\n".join(dict.fromkeys(texts))))
    return record


def _facts(key: str, value: Value) -> Iterator[Fact]:
    if not isinstance(value, Pairs):
        return
    if key == "name":
        yield from _name(value)
        return
    for _, one in value:
        if not isinstance(one, Pairs):
            continue
        if key == "anniversaries" and _first(one, "kind") == "birth":
            date = one_of(one, "date")
            parts = dict(date) if isinstance(date, Pairs) else {}
            digits = [str(parts.get(part) or "").zfill(2) for part in ("year", "month", "day")]
            yield Fact(IdType.BIRTH_DATE, "-".join(digits))
        for name, inner in one:
            if (kind := _TYPED.get((key, name))) and isinstance(inner, str) and inner:
                yield Fact(kind, unquote(inner.removeprefix("tel:")) if kind is IdType.PHONE else inner)


def _name(value: Pairs) -> Iterator[Fact]:
    full = _first(value, "full")
    if full:
        yield Fact(IdType.NAME, full)
    parts = one_of(value, "components")
    pieces = [one for one in parts if isinstance(one, Pairs)] if isinstance(parts, list) else []
    named = [_first(one, "value") for kind in _NAME_PARTS for one in pieces if _first(one, "kind") == kind]
    if any(named):
        yield Fact(IdType.NAME, " ".join(name for name in named if name))


def _related(value: Pairs) -> Iterator[Entity]:
    for key, _ in value:
        scheme, _, rest = key.partition(":")
        if scheme.lower() == "mailto":
            yield Entity(Role.RELATED, [Fact(IdType.EMAIL, unquote(rest))])
        elif not rest and key:
            yield Entity(Role.RELATED, [Fact(IdType.NAME, key)])


def one_of(value: Pairs, key: str) -> Value:
    """The first value of a key."""
    return next((inner for name, inner in value if name == key), None)


def _first(value: Pairs, key: str) -> str:
    found = one_of(value, key)
    return found if isinstance(found, str) else ""


def _said(value: Value) -> Iterator[str]:
    """The texts in it, and keys that are no identifiers of RFC 9553 (they may be addresses)."""
    work: list[Value] = [value]
    while work:
        one = work.pop()
        if isinstance(one, Pairs):
            yield from (key for key, _ in one if "@" in key or " " in key or sum(map(str.isdigit, key)) > 4)
            work.extend(inner for key, inner in reversed(one) if key not in _DULL)
        elif isinstance(one, list):
            work.extend(reversed(one))
        elif isinstance(one, str) and one:
            yield one


def _texts(value: Value) -> list[str]:
    return list(_said(value))
