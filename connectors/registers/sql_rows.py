"""Rows as they are read: by key or page by page, with the rows that go with them and the persons they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import NullType

from connectors.errors import ProtocolBroken
from connectors.registers.sql_dialect import Dialect, Family
from connectors.registers.sql_keys import KeyValue, address
from connectors.registers.sql_schema import Column, Parent, Register, Side, With

_AT_ONCE = 200  # values in one query
_UPWARDS = 4  # references that are followed from a row towards its owner

Values = dict[str, Any]
"""A row's columns as they were selected, by name."""


@dataclass(slots=True)
class Owner:
    """The row of another configured table that a row belongs to, and the owners of that."""

    register: Register
    values: Values
    owners: list[Owner] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Beside:
    """A row that goes with another one."""

    key: tuple[KeyValue, ...]
    values: Values


@dataclass(slots=True)
class Row:
    """One row of a configured table. `withs` stand in the order of the register's."""

    register: Register
    key: tuple[KeyValue, ...]
    values: Values
    withs: list[list[Beside]] = field(default_factory=list)
    owners: list[Owner] = field(default_factory=list)


class Rows:
    """Reads rows within one transaction."""

    def __init__(self, connection: sa.Connection, dialect: Dialect, registers: dict[str, Register]) -> None:
        self._connection = connection
        self._dialect = dialect
        self._registers = registers

    def one(self, register: Register, key: tuple[KeyValue, ...], *, lock: bool = False) -> Row | None:
        """The row with exactly this key; None where there is none. `lock`: nobody changes it before this ends."""
        side = register.opened
        where = self.at(side, key)
        if where is None:
            return None
        statement = self._select(side).where(where)
        rows = self._rows(register, side, statement.with_for_update() if lock else statement)
        path = address("", key)
        found = [row for row in rows if address("", row.key) == path]  # a collation takes other spellings for it too
        if len(found) > 1:
            raise ProtocolBroken(
                "several rows have the key that should tell them apart; look at the table's primary key"
            )
        self._complete(register, found, lock=lock)
        return found[0] if found else None

    def page(self, register: Register, after: tuple[KeyValue, ...] | None, most: int) -> list[Row]:
        """At most so many rows in the order of their keys, beginning after a key."""
        rows = self._rows(register, register.opened, self._ordered(register.opened, after, most))
        self._complete(register, rows, lock=False)
        return rows

    def keys(self, side: Side, after: tuple[KeyValue, ...] | None, most: int) -> list[tuple[KeyValue, ...]]:
        """The keys of that page alone."""
        statement = self._ordered(side, after, most).with_only_columns(*(self._shown(side, one) for one in side.key))
        return [_key(side, dict(row)) for row in self._connection.execute(statement).mappings()]

    def keyless(self, side: Side) -> int:
        """How many rows have nothing in a column of their key, so that they have no address."""
        empty = [one.sql.is_(None) for one in side.key if one.nullable or one.family is Family.ANY]
        if not empty:
            return 0
        counted = sa.select(sa.func.count()).select_from(side.shape.sql).where(sa.or_(*empty))
        return int(self._connection.scalar(counted) or 0)

    def any(self, side: Side) -> bool:
        """True where the table has a row."""
        return (
            self._connection.execute(sa.select(sa.literal(1)).select_from(side.shape.sql).limit(1)).first() is not None
        )

    def at(
        self, side: Side, key: tuple[KeyValue, ...], table: sa.FromClause | None = None
    ) -> ColumnElement[bool] | None:
        """The condition that the key is this; None where no row of the table can have it."""
        if len(key) != len(side.key):
            return None
        parts = []
        for column, value in zip(side.key, key, strict=True):
            bound = self._dialect.bound(value, column.family)
            if bound is None:
                return None
            parts.append((column.sql if table is None else table.c[column.name]) == plain(bound))
        return sa.and_(*parts)

    def beside(self, link: With, values: Values, *, lock: bool = False) -> list[Beside]:
        """The rows that go with one row."""
        return self._beside(link, [values], lock=lock).get(_value(values[link.to.name], link.to), [])

    # -- statements

    def _select(self, side: Side) -> sa.Select[Any]:
        return sa.select(*(self._shown(side, one) for one in side.read))

    def _shown(self, side: Side, column: Column) -> ColumnElement[Any]:
        if column.name in side.hashed:
            return self._dialect.digest(column.sql).label(column.name)
        return self._dialect.shown(column.sql, column.family).label(column.name)

    def _ordered(self, side: Side, after: tuple[KeyValue, ...] | None, most: int) -> sa.Select[Any]:
        statement = self._select(side).where(*(one.sql.is_not(None) for one in side.key))
        if after is not None:
            bound = [self._dialect.bound(value, one.family) for value, one in zip(after, side.key, strict=True)]
            later = [
                sa.and_(
                    *(one.sql == plain(value) for one, value in zip(side.key[:at], bound[:at], strict=True)),
                    side.key[at].sql > plain(bound[at]),
                )
                for at in range(len(side.key))
            ]
            statement = statement.where(sa.or_(*later))
        return statement.order_by(*(one.sql for one in side.key)).limit(most)

    def _rows(self, register: Register, side: Side, statement: sa.Select[Any]) -> list[Row]:
        found = [dict(row) for row in self._connection.execute(statement).mappings()]
        return [Row(register, _key(side, values), values) for values in found]

    # -- what belongs to a row

    def _complete(self, register: Register, rows: Sequence[Row], *, lock: bool) -> None:
        for link in register.withs:
            beside = self._beside(link, [row.values for row in rows], lock=lock)
            for row in rows:
                row.withs.append(beside.get(_value(row.values[link.to.name], link.to), []))
        for row, owners in zip(rows, self._owners(register, [row.values for row in rows], _UPWARDS), strict=True):
            row.owners = owners

    def _beside(self, link: With, values: Iterable[Values], *, lock: bool) -> dict[KeyValue | None, list[Beside]]:
        """By the value of `to`. Compared again here: a collation may take another's rows for the row's."""
        wanted = {_value(one[link.to.name], link.to) for one in values} - {None}
        found: dict[KeyValue | None, list[Beside]] = {}
        for some in _chunks(sorted(wanted, key=repr)):
            bound = [self._dialect.bound(value, link.column.family) for value in some]
            statement = (
                self._select(link.side)
                .where(link.column.sql.in_(plain([one for one in bound if one is not None], several=True)))
                .where(*(one.sql.is_not(None) for one in link.side.key))
                .order_by(*(one.sql for one in link.side.key))
            )
            for row in self._with_rows(link.side, statement.with_for_update() if lock else statement):
                value = _value(row.values[link.column.name], link.column)
                if value in wanted:
                    found.setdefault(value, []).append(row)
        return found

    def _with_rows(self, side: Side, statement: sa.Select[Any]) -> Iterator[Beside]:
        for values in self._connection.execute(statement).mappings():
            one = dict(values)
            yield Beside(_key(side, one), one)

    def _owners(self, register: Register, rows: Sequence[Values], upwards: int) -> list[list[Owner]]:
        """For each row its owners, nearest first; each with its own owners."""
        owners: list[list[Owner]] = [[] for _ in rows]
        for parent in register.parents if rows and upwards else ():
            other = self._registers[parent.register]
            found = self._referred(parent, other, rows)
            above = dict(zip(found, self._owners(other, list(found.values()), upwards - 1), strict=True))
            for one, mine in zip(rows, owners, strict=True):
                refers = _reference(one, parent.columns)
                if refers is not None and refers in found:
                    mine.append(Owner(other, found[refers], above[refers]))
        return owners

    def _referred(self, parent: Parent, other: Register, rows: Sequence[Values]) -> dict[tuple[KeyValue, ...], Values]:
        """The rows of another table that these refer to, by what they refer with."""
        side = other.opened
        wanted = {refers for one in rows if (refers := _reference(one, parent.columns)) is not None}
        names = dict.fromkeys(
            [*other.settings.layout.columns, *(one.name for one in parent.to)]
            + [one.name for above in other.parents for one in above.columns]
        )
        found = {}
        for some in _chunks(sorted(wanted, key=repr)):
            statement = sa.select(*(self._shown(side, side.shape.columns[name]) for name in names))
            for row in self._connection.execute(statement.where(self._any_of(parent.to, some))).mappings():
                refers = _reference(row, parent.to)
                if refers in wanted:
                    found[refers] = dict(row)
        return found

    def _any_of(self, columns: Sequence[Column], values: Sequence[tuple[KeyValue, ...]]) -> ColumnElement[bool]:
        bound = [
            [self._dialect.bound(one, to.family) for one, to in zip(some, columns, strict=True)] for some in values
        ]
        if len(columns) == 1:
            return columns[0].sql.in_(plain([one[0] for one in bound if one[0] is not None], several=True))
        return sa.or_(
            sa.false(),
            *(sa.and_(*(to.sql == plain(one) for to, one in zip(columns, some, strict=True))) for some in bound),
        )


def plain(value: Any, *, several: bool = False) -> sa.BindParameter[Any]:  # noqa: ANN401 - what the driver takes
    """A value that goes to the driver as it is, without a type that the column's would have to fit."""
    return sa.bindparam(None, value, type_=NullType(), unique=True, expanding=several)


def _key(side: Side, values: Values) -> tuple[KeyValue, ...]:
    return tuple(value for one in side.key if (value := _value(values[one.name], one)) is not None)


def _value(raw: Any, column: Column) -> KeyValue | None:  # noqa: ANN401 - what the driver gives
    """A selected value as a key has it."""
    return Decimal(raw) if column.family is Family.NUMBER and raw is not None else raw


def _reference(row: Any, columns: Sequence[Column]) -> tuple[KeyValue, ...] | None:  # noqa: ANN401 - a mapping
    values = [_value(row[one.name], one) for one in columns]
    return None if None in values else tuple(value for value in values if value is not None)


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
