"""Databases: a row of a configured table is an item. SQLite, PostgreSQL, MariaDB and MySQL, by SQLAlchemy."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from connectors.base import (
    Capabilities,
    Checkpoint,
    Connector,
    Content,
    Gap,
    Item,
    ItemKind,
    LeftOut,
    Locator,
    Option,
    Outcome,
    Presence,
    Receipt,
    Staged,
    Strength,
    Version,
    WalkEvent,
)
from connectors.errors import ConfigError, Unreachable, Unsupported
from connectors.registers.sql_address import address_problems
from connectors.registers.sql_settings import TABLE, tables

if TYPE_CHECKING:
    from connectors.registers.describe import TableShape
    from connectors.registers.sql_source import Source

_CURSOR = "after "  # and the key of the last row that was yielded
_NO_TABLE = "no table of it is configured: gallra check --propose writes [[source.table]] for those it has"
_NOT_CONFIGURED = "table {} (not configured)"
_NO_CHANGE = "rows of a database are deleted or blanked whole: change their text in the program that they belong to"


class Sql(Connector):
    """Tables of a database. A row's path is ``TABLE/KEY``; what it holds is told by the configured columns.

    A row without any value in those columns is no item: nothing in it is about anybody, as after blanking it.
    """

    kind: ClassVar[str] = "sql"
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", str, "the database, as postgresql://user@host:5432/name; without its password", ""),
        Option("path", str, "an SQLite file; relative to the configuration file", None, path=True),
        Option("password", str, "the account's password, as a reference", None, secret=True),
        Option("timeout", int, "seconds to wait for the database and for locks of others", 30),
        TABLE,
    )

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._source: Source | None = None

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """The address, the password's absence from it, and what each table says."""
        problems = address_problems(settings)
        if not 1 <= (settings.get("timeout") or 30) <= 3600:
            problems.append("timeout: must be 1 to 3600 seconds")
        try:
            tables(settings)
        except ConfigError as error:
            problems += error.problems
        return problems

    def open(self) -> Capabilities:
        """Sign in, and compare the configured tables with those of the database.

        Raises ConfigError too: tables and columns that are not there, keys that do not tell rows apart.
        """
        from connectors.registers.sql_source import Source  # noqa: PLC0415 - the client is imported when it is needed

        self.close()
        if not self.settings.get("table"):
            raise Unreachable(_NO_TABLE)
        source = Source(self.name, self.settings)
        try:
            removes, limits = source.open(known=self.expect_items)
        except BaseException:
            source.close()
            raise
        self._source = source
        return Capabilities(Strength.STRONG, removes=removes, stages=False, limits=limits)

    def describe(self) -> Iterator[TableShape]:
        """See `connectors.registers.describe.Describes`: every table of the database, configured or not."""
        from connectors.registers.sql_describe import tables_of  # noqa: PLC0415 - the client is imported when it is needed

        yield from tables_of(self.settings)

    def close(self) -> None:
        """Let go of the connections."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def scopes(self) -> Iterator[str]:
        """The tables; those that refer to others before these, so that they are met, and planned, first."""
        self._opened.vouch(known=self.expect_items)
        yield from self._opened.scopes()

    def order(self, path: str) -> int:
        """See `connectors.base.Ordered`: the place of the row's table among `scopes`."""
        return self._opened.order(path)

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """Every row in the order of the keys, a page a transaction, with a checkpoint after each page.

        A gap of the whole table tells that it may not be read, or holds rows without a key.
        """
        after = cursor.removeprefix(_CURSOR) if cursor is not None and cursor.startswith(_CURSOR) else None
        met = False
        self._opened.vouch(known=self.expect_items)
        for found in self._opened.walk(scope, after):
            met = met or found.version is not None
            if found.gap is not None:
                yield Gap(Locator(self.name, found.path), found.gap, found.detail)
            elif found.version is not None:
                yield Item(Locator(self.name, found.path), found.version, ItemKind.ROW)
            else:
                yield Checkpoint(_CURSOR + found.path)
        self._opened.vouch(known=self.expect_items or met)

    def left_out(self) -> tuple[LeftOut, ...]:
        """The tables that are not configured, as of `open`; nobody has counted their rows."""
        others = self._source.others if self._source is not None else ()
        return tuple(LeftOut(_NOT_CONFIGURED.format(name), countable=False) for name in others)

    def read(self, locator: Locator) -> Content:
        """The row as JSON: `connectors.registers.sql_content` says how."""
        found = self._opened.read(locator)
        name = locator.path.rpartition("/")[2] + ".row"
        return Content(io.BytesIO(found.content), found.version, len(found.content), name, found.media_type)

    def version(self, locator: Locator) -> Version:
        """A hash of the row and the rows that go with it: strong."""
        return self._opened.version(locator)

    def presence(self, locator: Locator) -> Presence:
        """Absent when the database finds no row of that key, or one that is blank."""
        if self._opened.has(locator):
            return Presence.PRESENT
        self._opened.vouch(known=self.expect_items)
        return Presence.ABSENT

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Delete or blank the row, and first the rows that go with it, in one transaction; then look again."""
        if self._opened.remove(locator, expected):
            return Receipt(locator, Outcome.ERASED)
        self._opened.vouch(known=self.expect_items)
        return Receipt(locator, Outcome.ABSENT)

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Raises Unsupported, or what a removal would."""
        del content
        self._opened.at(locator, expected)
        raise Unsupported(_NO_CHANGE, locator)

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Raises Unsupported."""
        raise Unsupported(_NO_CHANGE, staged.locator)

    def abandon(self, staged: Staged) -> None:
        """Nothing was staged."""

    @property
    def _opened(self) -> Source:
        if self._source is None:
            raise Unreachable("the source is not open")
        return self._source
