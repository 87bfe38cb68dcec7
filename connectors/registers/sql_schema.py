"""What the database says of the configured tables: columns, keys, and who refers to whom.

All names come from the database's own catalogue; a configured name is only ever compared with them, never put into SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import sqlalchemy as sa
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import DBAPIError, NoSuchTableError
from sqlalchemy.sql import quoted_name
from sqlalchemy.types import NullType

from connectors.errors import ConfigError, Denied
from connectors.registers.sql_dialect import Dialect, Family, ForeignKey, Rights
from connectors.registers.sql_keys import table_address
from connectors.registers.sql_settings import Layout, Link, TableSettings, in_words


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    family: Family
    nullable: bool
    computed: bool  # by the database, from other columns: it cannot be written
    sql: sa.Column[object]


@dataclass(frozen=True, slots=True)
class Shape:
    """One table of the database. `label` is how messages call it."""

    place: tuple[str, str]  # schema, name
    label: str
    sql: sa.Table
    columns: dict[str, Column]
    primary: tuple[str, ...]
    unique: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A table of which rows are read and erased: the configured one, or one whose rows go with its rows."""

    shape: Shape
    layout: Layout
    key: tuple[Column, ...]
    read: tuple[Column, ...]
    hashed: frozenset[str]  # of `read`, those of which only a hash is
    rights: Rights
    unsafe: str | None  # why no row of it can be erased
    referrers: tuple[ForeignKey, ...]  # foreign keys of any table into this one

    @property
    def blanked(self) -> tuple[Column, ...]:
        """The columns that blanking writes; what the database computes follows from them."""
        columns = (self.shape.columns[name] for name in self.layout.columns)
        return tuple(one for one in columns if not one.computed)


@dataclass(frozen=True, slots=True)
class With:
    """Rows of another table that go with a row: those whose `column` holds the row's `to`."""

    side: Side
    column: Column
    to: Column


@dataclass(frozen=True, slots=True)
class Parent:
    """A reference of a row to a row of another configured table."""

    columns: tuple[Column, ...]
    to: tuple[Column, ...]
    register: str  # its name in the configuration


@dataclass(slots=True)
class Register:
    """One configured table. `denied`: nothing of it may be looked at."""

    settings: TableSettings
    side: Side | None
    withs: tuple[With, ...] = ()
    parents: tuple[Parent, ...] = field(default=())

    @property
    def path(self) -> str:
        """The path above its rows."""
        return table_address(self.settings.name)

    @property
    def opened(self) -> Side:
        """The table. Raises Denied where the account may not look at it."""
        if self.side is None:
            raise Denied("the account may not look at this table: see the rights it needs in docs/connectors/sql.md")
        return self.side


class Missing(ConfigError):
    """A configured table or column is not in the database."""


class Catalogue:
    """Reads the catalogue once. Collects everything that does not fit, so that the admin sees all of it."""

    def __init__(self, connection: sa.Connection, dialect: Dialect) -> None:
        self._connection = connection
        self._dialect = dialect
        self._inspector: Inspector = sa.inspect(connection)
        self._schema = dialect.schema(connection)
        self._keys = dialect.foreign_keys(connection)
        self._problems: list[str] = []
        self._shapes: dict[str, Shape | None] = {}

    def registers(self, settings: Sequence[TableSettings]) -> dict[str, Register]:
        """Every configured table by its path. Raises Missing with all that is not there or cannot be so."""
        found = {}
        for index, one in enumerate(settings):
            register = self._register(one, f"table[{index}]")
            found[register.path] = register
        if not self._problems:
            for index, register in enumerate(found.values()):
                register.parents = tuple(self._parents(register, found, f"table[{index}]"))
                self._useful(register, f"table[{index}]")
            for register in found.values():
                self._refer(register, found)
        if self._problems:
            raise Missing([in_words(problem, settings) for problem in self._problems])
        return found

    def others(self) -> tuple[str, ...]:
        """Tables that are not configured, beside those that are: nothing in them is searched."""
        mine = {shape.place for shape in self._shapes.values() if shape is not None}
        schemas = dict.fromkeys((self._schema, *sorted(schema for schema, _ in mine)))
        return tuple(
            name if schema == self._schema else f"{schema}.{name}"
            for schema in schemas
            for name in self._names(schema)
            if (schema, name) not in mine
        )

    # -- tables

    def _register(self, one: TableSettings, place: str) -> Register:
        shape = self._shape(one.name, f"{place}.name")
        if shape is None:
            return Register(one, None)
        side = self._side(shape, one.layout, place, one.version, self._needed(one))
        withs = []
        for index, inner in enumerate(one.withs):
            at = f"{place}.with[{index}]"
            other = self._shape(inner.link.table, f"{at}.table")
            if other is None or side is None:
                continue
            column = self._column(other, inner.link.column, f"{at}.column")
            to = self._target(side, inner.link, at)
            beside = self._side(other, inner.layout, at, "", [inner.link.column])
            if column is not None and to is not None and beside is not None and self._alike(column, to, at):
                withs.append(With(beside, column, to))
        denied = side is None or len(withs) < len(one.withs)
        return Register(one, None if denied else side, tuple(withs))

    def _shape(self, name: str, place: str) -> Shape | None:
        """The table of that name; None where it is not there (a problem) or may not be seen."""
        if name not in self._shapes:
            self._shapes[name] = self._reflect(name, place)
        return self._shapes[name]

    def _reflect(self, name: str, place: str) -> Shape | None:
        head, dot, tail = name.partition(".")
        names = self._names(self._schema)
        if name in names:
            schema, table = self._schema, name
        elif dot and tail in self._names(head):
            schema, table = head, tail
        else:
            if name in self._inspector.get_view_names(self._schema):
                self._problems.append(f"{place}: is a view: name the tables that its rows come from")
                return None
            near = get_close_matches(name, names, 1)
            hint = f'; did you mean "{near[0]}"?' if near else ", or the account may not see it"
            self._problems.append(f"{place}: the database has no such table{hint}")
            return None
        try:
            return self._shaped(schema, table, name)
        except DBAPIError as error:
            with suppress(Denied):
                raise self._dialect.failure(error) from None
            return None
        except NoSuchTableError:
            return None

    def _names(self, schema: str) -> list[str]:
        if schema != self._schema and schema not in self._inspector.get_schema_names():
            return []
        return sorted(self._inspector.get_table_names(schema))

    def _shaped(self, schema: str, name: str, label: str) -> Shape:
        inspector, given = self._inspector, self._dialect.reflected
        primary = tuple(map(given, inspector.get_pk_constraint(name, schema)["constrained_columns"]))
        constraints = inspector.get_unique_constraints(name, schema)
        unique = [frozenset(primary), *(frozenset(map(given, one["column_names"])) for one in constraints)]
        for index in inspector.get_indexes(name, schema):
            partial = any(key.endswith("_where") for key in index.get("dialect_options", {}))
            named = [given(one) for one in index["column_names"] if one is not None]
            if index["unique"] and not partial and len(named) == len(index["column_names"]):
                unique.append(frozenset(named))
        reflected = {given(one["name"]): one for one in inspector.get_columns(name, schema)}
        table = named_table((schema, name), reflected)
        columns = {
            column: Column(
                column, self._dialect.family(one["type"]), bool(one["nullable"]), "computed" in one, table.c[column]
            )
            for column, one in reflected.items()
        }
        return Shape((schema, name), label, table, columns, primary, tuple(unique))

    # -- columns

    def _side(self, shape: Shape, layout: Layout, place: str, version: str, more: Iterable[str]) -> Side | None:
        before = len(self._problems)
        key = self._key(shape, layout, place)
        mine = [column for name in layout.columns if (column := self._column(shape, name, place)) is not None]
        for column in mine:
            if column.computed:
                continue
            if layout.blanks and not column.nullable and column.family not in (Family.TEXT, Family.ANY):
                self._problems.append(
                    f'{place}.on_erase: "{column.name}" can be neither NULL nor empty: take it out of person and text, '
                    'or write on_erase = "delete"'
                )
        if layout.blanks and mine and all(column.computed for column in mine):
            self._problems.append(
                f"{place}.on_erase: the database computes all of these columns: name those that it computes them from"
            )
        if version and (column := self._column(shape, version, f"{place}.version")) is not None:
            extra = [shape.columns[name] for name in more if name in shape.columns]
            read = {one.name: one for one in (*key, *mine, column, *extra)}
        else:
            read = shape.columns
        if len(self._problems) > before:
            return None
        plain = {*layout.columns, *more, *(one.name for one in key)}
        hashed = {one.name for one in read.values() if one.family is Family.BYTES and one.name not in plain}
        return Side(
            shape,
            layout,
            key,
            tuple(read.values()),
            frozenset(hashed),
            self._dialect.rights(self._connection, *shape.place),
            self._dialect.unsafe(self._connection, *shape.place, deletes=not layout.blanks),
            tuple(one for one in self._keys if self._same(one.parent, shape.place)),
        )

    def _key(self, shape: Shape, layout: Layout, place: str) -> tuple[Column, ...]:
        names = layout.key or shape.primary
        if not names:
            self._problems.append(
                f"{place}: the table has no primary key: name the columns that tell its rows apart in key"
            )
            return ()
        key = [column for name in names if (column := self._column(shape, name, f"{place}.key")) is not None]
        if not any(one and one <= set(names) for one in shape.unique):
            self._problems.append(
                f"{place}.key: nothing in the database says that these columns tell its rows apart: "
                "name those of the primary key or of a unique constraint"
            )
        if any(column.family is Family.FLOAT for column in key):
            self._problems.append(f"{place}.key: a number with a floating point cannot tell rows apart")
        return tuple(key)

    def _column(self, shape: Shape, name: str, place: str) -> Column | None:
        if name in shape.columns:
            return shape.columns[name]
        near = get_close_matches(name, shape.columns, 1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        self._problems.append(f'{place}: the table has no column "{name}"{hint}')
        return None

    def _target(self, side: Side, link: Link, place: str) -> Column | None:
        if link.to:
            return self._column(side.shape, link.to, f"{place}.to")
        if len(side.key) == 1:
            return side.key[0]
        self._problems.append(f"{place}: say in to which column it refers to: the key has several")
        return None

    def _alike(self, column: Column, to: Column, place: str) -> bool:
        """Databases compare a text with a number in ways that match far too much: both must be of one kind."""
        if column.family is to.family or not self._dialect.unlike:
            return True
        self._problems.append(f"{place}.column: is of another kind ({column.family.value}) than {to.name}")
        return False

    # -- references

    def _needed(self, one: TableSettings) -> list[str]:
        """Columns that references need, besides those that are about persons."""
        needed = [inner.link.to for inner in one.withs] + [link.column for link in one.parents]
        for key in self._keys:
            shape = self._shapes.get(one.name)
            if shape is not None and self._same(key.child, shape.place):
                needed += key.columns
            if shape is not None and self._same(key.parent, shape.place):
                needed += key.to
        return needed

    def _parents(self, register: Register, all_: dict[str, Register], place: str) -> Iterable[Parent]:
        if register.side is None:
            return
        by_name = {one.settings.name: one for one in all_.values()}
        shape = register.side.shape
        for index, link in enumerate(register.settings.parents):
            at = f"{place}.parent[{index}]"
            other = by_name.get(link.table)
            if other is None:
                self._problems.append(f"{at}.table: is no configured table: add a [[source.table]] for it")
                continue
            column = self._column(shape, link.column, f"{at}.column")
            to = self._target(other.side, link, at) if other.side is not None else None
            if column is not None and to is not None and self._alike(column, to, at):
                yield Parent((column,), (to,), other.path)
        for key in self._keys:
            for other in all_.values():
                if other.side is None or not self._same(key.child, shape.place):
                    continue
                if other is not register and self._same(key.parent, other.side.shape.place):
                    yield Parent(
                        tuple(folded(shape.columns, name) for name in key.columns),
                        tuple(folded(other.side.shape.columns, name) for name in key.to),
                        other.path,
                    )

    def _refer(self, register: Register, all_: dict[str, Register]) -> None:
        """What the configuration says of references counts as a foreign key does."""
        for parent in register.parents[: len(register.settings.parents)]:
            other = all_[parent.register]
            if other.side is not None and register.side is not None:
                columns, to = (tuple(one.name for one in ends) for ends in (parent.columns, parent.to))
                key = ForeignKey(register.side.shape.place, columns, other.side.shape.place, to)
                if key not in other.side.referrers:
                    other.side = replace(other.side, referrers=(*other.side.referrers, key))

    def _useful(self, register: Register, place: str) -> None:
        layouts = (register.settings.layout, *(one.layout for one in register.settings.withs))
        if register.side is not None and not register.parents and not any(one.columns for one in layouts):
            self._problems.append(f"{place}: nothing in it is about a person: name columns in person or text")

    def _same(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        if self._dialect.folds_names:
            return tuple(map(str.casefold, one)) == tuple(map(str.casefold, other))
        return one == other


def named_table(place: tuple[str, str], columns: Iterable[str]) -> sa.Table:
    """A table of the database by its names, every one of them quoted; its values pass as the driver gives them."""
    schema, name = place
    return sa.Table(
        quoted_name(name, quote=True),
        sa.MetaData(),
        *(sa.Column(quoted_name(column, quote=True), NullType()) for column in columns),
        schema=quoted_name(schema, quote=True) if schema else None,
    )


def folded(columns: dict[str, Column], name: str) -> Column:
    """The column of that name, capitals aside where a foreign key of SQLite is written in others."""
    if name in columns:
        return columns[name]
    return next(column for column in columns.values() if column.name.casefold() == name.casefold())
