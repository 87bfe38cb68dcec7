"""The tables of a database as they are, with a few rows each: what columns are proposed from. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import DBAPIError, NoSuchTableError

from connectors.errors import Denied
from connectors.registers.describe import SAMPLE_CHARS, SAMPLE_ROWS, ColumnShape, ForeignKey, TableShape
from connectors.registers.sql_dialect import Database, Dialect, Family, Unreadable
from connectors.registers.sql_dialect import ForeignKey as Key
from connectors.registers.sql_open import dialect_of
from connectors.registers.sql_schema import named_table


def tables_of(settings: Mapping[str, Any]) -> Iterator[TableShape]:
    """Every table of the default schema that the account may look at.

    Raises ConfigError for a wrong address, and the contract's errors.
    """
    database = Database(dialect_of(settings))
    try:
        with database.reading() as connection:
            schema = database.dialect.schema(connection)
            keys = database.dialect.foreign_keys(connection)
            names = sorted(sa.inspect(connection).get_table_names(schema))
        for name in names:
            with suppress(Denied):
                yield _table(database, (schema, name), keys)
    finally:
        database.close()


def _table(database: Database, place: tuple[str, str], keys: Sequence[Key]) -> TableShape:
    """One table, in a transaction of its own: a table that may not be read spoils no other. Raises Denied."""
    schema, name = place
    with database.reading() as connection:
        inspector: Inspector = sa.inspect(connection)
        try:
            columns = [(one["name"], one["type"]) for one in inspector.get_columns(name, schema)]
            primary = tuple(inspector.get_pk_constraint(name, schema)["constrained_columns"])
        except NoSuchTableError:
            raise Denied("the table may not be looked at") from None
    families = [(column, database.dialect.family(type_)) for column, type_ in columns]
    return TableShape(
        name,
        tuple(ColumnShape(column, _said(type_)) for column, type_ in columns),
        primary,
        tuple(ForeignKey(key.columns, key.parent[1], key.to) for key in keys if _same(key, place, database.dialect)),
        tuple(_sample(database, place, families)),
    )


def _sample(
    database: Database, place: tuple[str, str], columns: Sequence[tuple[str, Family]]
) -> list[tuple[str | None, ...]]:
    """A few rows, whichever the database gives first; none where it holds what cannot be read as text."""
    table = named_table(place, [name for name, _ in columns])
    shown = database.dialect.shown
    wanted = [sa.null() if family is Family.BYTES else shown(table.c[name], family) for name, family in columns]
    try:
        with database.reading() as connection:
            rows = connection.execute(sa.select(*wanted).select_from(table).limit(SAMPLE_ROWS)).all()
    except (Unreadable, DBAPIError):
        return []
    return [tuple(map(_text, row)) for row in rows]


def _text(value: object) -> str | None:
    if value is None or isinstance(value, bytes | bytearray | memoryview):
        return None
    return str(value)[:SAMPLE_CHARS]


def _said(type_: sa.types.TypeEngine[Any]) -> str:
    """The type as the database writes it; "" where it has none, or one that is not known."""
    try:
        return str(type_)
    except sa.exc.CompileError:
        return ""


def _same(key: Key, place: tuple[str, str], dialect: Dialect) -> bool:
    if dialect.folds_names:
        return tuple(map(str.casefold, key.child)) == tuple(map(str.casefold, place))
    return key.child == place
