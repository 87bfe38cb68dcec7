"""A row as bytes and as a version: what readers of `application/vnd.gallra.row+json` get, and what tells a change.

    {"table": T, "persons": [{"related": false, "columns": [[KIND, COLUMN, VALUE], ...]}, ...],
     "text": [[COLUMN, VALUE], ...], "with": [{"table": T, "key": K, "persons": [...], "text": [...]}, ...],
     "parent": {"table": T, "persons": [...]}}

Values are texts; NULL is left out. `parent` is there where the row belongs to a row of another configured table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from connectors.base import Strength, Version
from connectors.registers.sql_dialect import Unreadable
from connectors.registers.sql_keys import address
from connectors.registers.sql_rows import Owner, Row, Values
from connectors.registers.sql_settings import Layout

MEDIA_TYPE = "application/vnd.gallra.row+json"

Json = dict[str, Any]


def content(row: Row) -> bytes:
    """The row's content. Raises Unreadable where a value is no text of any kind."""
    settings = row.register.settings
    told: Json = {"table": settings.name, **_held(settings.layout, row.values)}
    told["with"] = [one for _, one in _beside(row)]
    if row.register.parents:
        owner = _owner(row)
        if owner is not None:
            told["parent"] = owner
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def version(row: Row) -> Version:
    """A hash of all that was read of the row and of the rows that go with it; then one of whose it is.

    How the columns are read is part of it: with another configuration, the same row is read anew.
    """
    settings = row.register.settings
    own = [settings, row.key, row.values, [[(one.key, one.values) for one in rows] for rows in row.withs]]
    token = _hash(own)
    if row.register.parents:
        token += "." + _hash(_owner(row))
    return Version(token, Strength.STRONG)


def fits(expected: Version, row: Row) -> bool:
    """True where the row is at that version; also where all that changed is that its owner's row was emptied."""
    if expected.strength is not Strength.STRONG:
        return False
    own, _, _ = version(row).token.partition(".")
    if row.register.parents and _owner(row) is None:
        return expected.token.partition(".")[0] == own and len(expected.token) == 2 * len(own) + 1
    return version(row) == expected


def is_blank(row: Row) -> bool:
    """True where nothing about a person is left in it: then it is no item.

    A row that would be deleted with its owner's data counts as its owner's; one that is only blanked does not.
    """
    layout = row.register.settings.layout
    if any(map(_said, _values(layout, row.values))) or any(not blank for blank, _ in _beside(row)):
        return False
    return layout.blanks or _owner(row) is None


def holds(layout: Layout, values: Values) -> bool:
    """True where one of the configured columns has a value."""
    return any(map(_said, _values(layout, values)))


def _beside(row: Row) -> Iterator[tuple[bool, Json]]:
    """The rows that go with it, each with whether it is blank."""
    for link, rows in zip(row.register.settings.withs, row.withs, strict=True):
        for one in rows:
            key = address("", one.key)[1:]
            blank = not holds(link.layout, one.values)
            yield blank, {"table": link.link.table, "key": key, **_held(link.layout, one.values)}


def _held(layout: Layout, values: Values) -> Json:
    return {
        "persons": _persons(layout, values),
        "text": [[name, text] for name in layout.text if (text := _text(values[name])) is not None],
    }


def _persons(layout: Layout, values: Values, *, related: bool = False) -> list[Json]:
    told = []
    for person in layout.persons:
        columns = [
            [kind, name, text]
            for kind, names in person.columns
            for name in names
            if (text := _text(values[name])) is not None
        ]
        if columns:
            told.append({"related": related or person.related, "columns": columns})
    return told


def _owner(row: Row) -> Json | None:
    """The nearest owners' persons. Of several, the first is the owner, and the others are related."""
    told: Json | None = None
    for owner in row.owners:
        persons = _owners(owner, related=told is not None)
        if not any(value for one in persons for _, _, value in one["columns"]):
            continue
        if told is None:
            told = {"table": owner.register.settings.name, "persons": persons}
        else:
            told["persons"] += persons
    return told


def _owners(owner: Owner, *, related: bool) -> list[Json]:
    """The persons of a row, then those of the rows above it."""
    told = _persons(owner.register.settings.layout, owner.values, related=related)
    for number, above in enumerate(owner.owners):
        told += _owners(above, related=related or bool(told) or number > 0)
    return told


def _values(layout: Layout, values: Values) -> Iterator[Any]:
    return (values[name] for name in layout.columns)


def _said(value: Any) -> bool:  # noqa: ANN401 - what the driver gives
    return value is not None and value not in ("", b"")


def _text(value: Any) -> str | None:  # noqa: ANN401 - what the driver gives
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Unreadable from None
    return None if value is None else str(value)


def _hash(value: object) -> str:
    return hashlib.blake2b(repr(value).encode(), digest_size=20).hexdigest()
