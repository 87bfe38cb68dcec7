"""Rows of databases, as the connectors of registers give them: the persons of their columns, free text, related rows.

The content is JSON made by gallra itself, and known by its media type alone. What an admin configured says which column
holds what; nothing is guessed. Every value is told as text too, so that what stands in the wrong column is found.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.base import GapReason
from connectors.registers.columns import KINDS
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.person_facts import facts_of
from scanner.formats.several import apart
from scanner.limits import Limits
from scanner.records import Entity, ReadError, Record, Role, Steps

_NO_ROW = "not a row as a register gives it"


def document(data: bytes) -> dict[str, Any]:
    """The row as it was given. Raises ReadError where it is none."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise ReadError(GapReason.UNREADABLE, _NO_ROW) from None
    if not isinstance(found, dict):
        raise ReadError(GapReason.UNREADABLE, _NO_ROW)
    return found


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    row = document(blob.data())
    own = _persons(row)
    parent = _mapping(row.get("parent"))
    persons = [*own, *_persons(parent)]
    yield from _related(row, [one for one in persons if one.role is Role.OWNER])
    yield Record((), "row", _texts(row), persons)


def _related(row: Mapping[str, Any], owners: Sequence[Entity]) -> Iterator[Record]:
    """Rows that hang on this one: who they are about, if they do not say it themselves, is whom this one is about."""
    seen: Counter[str] = Counter()
    for one in _list(row.get("with")):
        within = _mapping(one)
        table = within.get("table")
        if not isinstance(table, str):
            raise ReadError(GapReason.UNREADABLE, _NO_ROW)
        seen[table] += 1
        persons = _persons(within)
        if not any(entity.role is Role.OWNER for entity in persons):
            persons = [*(Entity(entity.role, list(entity.facts)) for entity in owners), *persons]
        yield Record(_steps(table, seen[table]), "row", _texts(within), persons)


def _steps(table: str, number: int) -> Steps:
    return (f"sheet {table}", f"row {number}")


def _persons(row: Mapping[str, Any]) -> list[Entity]:
    """One entity a person. Two names in one column are two persons, and then nothing is tied to either."""
    found: list[Entity] = []
    for one in _list(row.get("persons")):
        person = _mapping(one)
        facts = facts_of((kind, value) for kind, _, value in _columns(person))
        if facts:
            role = Role.RELATED if person.get("related") else Role.OWNER
            found.extend(apart(Entity(role, facts)))
    return found


def _columns(person: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for one in _list(person.get("columns")):
        if not (isinstance(one, list) and len(one) == 3 and one[0] in KINDS):
            raise ReadError(GapReason.UNREADABLE, _NO_ROW)
        kind, column, value = one
        if value is not None:
            yield kind, str(column), str(value)


def _texts(row: Mapping[str, Any]) -> list[tuple[Role, str]]:
    """The persons' columns as one line, as a reader of the table sees it, then each free text."""
    columns: dict[str, str] = {}
    for one in _list(row.get("persons")):
        columns.update((column, value) for _, column, value in _columns(_mapping(one)))
    texts = ["\t".join(value for value in columns.values() if value)]
    for one in _list(row.get("text")):
        if not (isinstance(one, list) and len(one) == 2):
            raise ReadError(GapReason.UNREADABLE, _NO_ROW)
        texts.append("" if one[1] is None else str(one[1]))
    return [(Role.BODY, text) for text in texts if text]


def _list(value: object) -> list[Any]:
    """A list; none for what is not there. Raises ReadError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ReadError(GapReason.UNREADABLE, _NO_ROW)
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ReadError(GapReason.UNREADABLE, _NO_ROW)
    return value


FORMAT = Format(
    "row",
    1,
    "stdlib json",
    _extract,
    records="the whole; `sheet TABLE`, `row N` for related rows",
    entities="by the configured columns: the row's owner, whom it names beside, and whose it is by a foreign key",
    editable="whole item",
    limits="columns that are not configured",
)
