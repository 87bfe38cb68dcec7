"""One database, open: what the connector asks it. Errors are the contract's, without values or names of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError

from connectors.base import GapReason, Version
from connectors.errors import Changed, Denied, Malformed, NotFound, ProtocolBroken, Unreachable
from connectors.locator import Locator
from connectors.registers import sql_content
from connectors.registers.sql_dialect import Database, Family, Unreadable
from connectors.registers.sql_erase import Eraser, left
from connectors.registers.sql_keys import KeyValue, address, key_of
from connectors.registers.sql_open import dialect_of
from connectors.registers.sql_rows import Row, Rows
from connectors.registers.sql_schema import Catalogue, Missing, Register, Side
from connectors.registers.sql_settings import tables

T = TypeVar("T")

_PAGE = 200
_UNREADABLE = "the database holds something there that cannot be read as text"
_LEFT = "the database says that the row is erased, and still has it: a trigger of it stands in the way"


@dataclass(frozen=True, slots=True)
class Met:
    """What a walk met: an item (with a version), a gap, or, with neither, the end of a page after `path`."""

    path: str
    version: Version | None = None
    gap: GapReason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A row as it is read."""

    content: bytes
    version: Version
    media_type: str = sql_content.MEDIA_TYPE


class Source:
    """Opened once; every look is a transaction of its own."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self._name = name
        self._tables = tables(settings)
        self._database = Database(dialect_of(settings))
        self._registers: dict[str, Register] = {}
        self._order: dict[str, int] = {}
        self.others: tuple[str, ...] = ()  # tables that are not configured

    def open(self, *, known: bool) -> tuple[bool, tuple[str, ...]]:
        """Whether anything can be erased, and what the limits are.

        Raises ConfigError where tables are not as configured, and Unreachable instead where they were (`known`).
        """
        try:
            with self._database.reading() as connection:
                catalogue = Catalogue(connection, self._database.dialect)
                self._registers = catalogue.registers(self._tables)
                self.others = catalogue.others()
        except Unreadable:
            raise ProtocolBroken("the database's catalogue cannot be read") from None
        except Missing:
            if known:
                raise Unreachable("a configured table or column is not there: was the database restored?") from None
            raise
        refused = [text for one in self._registers.values() for text in _refusals(one)]
        may = any(not list(_refusals(one)) for one in self._registers.values())
        return may, (*refused, *self._database.dialect.limits)

    def close(self) -> None:
        """Let go of the connections."""
        self._database.close()

    def scopes(self) -> Iterator[str]:
        """The tables that refer to others before those."""
        waiting = dict(self._registers)
        while waiting:
            wanted = {
                parent.register for one in waiting.values() for parent in one.parents if parent.register != one.path
            }
            free = [path for path in waiting if path not in wanted] or list(waiting)[:1]  # a circle: anywhere
            for path in free:
                del waiting[path]
            yield from free

    def order(self, path: str) -> int:
        """The place of a row's table among `scopes`; 0 for what is in none."""
        if not self._order:
            self._order = {scope: number for number, scope in enumerate(self.scopes())}
        return self._order.get(path.partition("/")[0], 0)

    def vouch(self, *, known: bool) -> None:
        """Raises Unreachable where all tables are empty and were not."""
        if not known:
            return
        with self._looking() as rows:
            sides = [one.side for one in self._registers.values()]
            if not any(side is None or self._holds_any(rows, side) for side in sides):
                raise Unreachable("all tables are empty and were not: was the database replaced?")

    def walk(self, scope: str, after: str | None) -> Iterator[Met]:
        """Every row of one table, or what may not be seen of it."""
        register = self._registers.get(scope)
        if register is None:
            raise Unreachable("the table is not configured any more")
        try:
            yield from self._walk(register, after)
        except Denied:
            yield Met(register.path, gap=GapReason.DENIED)
        except Unreadable:
            yield Met(register.path, gap=GapReason.UNREADABLE, detail=_UNREADABLE)

    def read(self, locator: Locator) -> Told:
        """Raises NotFound, also for a row that is blank."""
        return self._look(locator, lambda row: Told(sql_content.content(row), sql_content.version(row)))

    def version(self, locator: Locator) -> Version:
        """Raises NotFound, also for a row that is blank."""
        return self._look(locator, sql_content.version)

    def has(self, locator: Locator) -> bool:
        """True where the row is there and not blank."""
        try:
            return self._look(locator, lambda row: row is not None)
        except NotFound:
            return False

    def at(self, locator: Locator, expected: Version) -> None:
        """Raises Changed where the row is not at that version."""
        if not self._look(locator, lambda row: sql_content.fits(expected, row)):
            raise Changed("the row is not what was expected", locator)

    def remove(self, locator: Locator, expected: Version) -> bool:
        """False where there was nothing to remove. Looks again afterwards: a trigger may have kept what was erased."""
        register, key = self._address(locator)
        if key is None:
            return False
        try:
            with self._database.writing() as connection:
                before = Eraser(connection, self._database.dialect, self._registers).erase(
                    register, key, expected, locator
                )
            if before is None:
                return False
            with self._looking() as rows:
                if left(rows, register, before):
                    raise ProtocolBroken(_LEFT, locator)
        except Unreadable:
            raise ProtocolBroken(_UNREADABLE, locator) from None
        return True

    # -- details

    @contextmanager
    def _looking(self) -> Iterator[Rows]:
        with self._database.reading() as connection:
            yield Rows(connection, self._database.dialect, self._registers)

    def _holds_any(self, rows: Rows, side: Side) -> bool:
        try:
            return rows.any(side)
        except DBAPIError as error:
            if isinstance(self._database.dialect.failure(error), Denied):
                return True  # not known to be empty; the walk tells the gap
            raise

    def _walk(self, register: Register, after: str | None) -> Iterator[Met]:
        side = register.opened
        with self._looking() as rows:
            keyless = rows.keyless(side)
        if keyless:
            yield Met(register.path, gap=GapReason.UNREADABLE, detail=f"{keyless} rows have no value in their key")
        last = self._resumed(side, after)
        while True:
            page = self._page(register, last)
            for key, found in page:
                last = key
                if found is not None:
                    yield found
            if len(page) < _PAGE:
                return
            assert last is not None
            yield Met(address("", last)[1:])

    def _resumed(self, side: Side, after: str | None) -> tuple[KeyValue, ...] | None:
        """The key that a cursor names; None, which means from the start, where it is none of this table."""
        key = _typed(side, after) if after is not None else None
        if key is None:
            return None
        bound = (self._database.dialect.bound(value, one.family) for value, one in zip(key, side.key, strict=True))
        return None if any(one is None for one in bound) else key

    def _page(
        self, register: Register, after: tuple[KeyValue, ...] | None
    ) -> list[tuple[tuple[KeyValue, ...], Met | None]]:
        """The rows of a page; None for those that are blank. Where one cannot be read, each is read by itself."""
        try:
            with self._looking() as rows:
                return [(row.key, self._met(register, row)) for row in rows.page(register, after, _PAGE)]
        except Unreadable:
            with self._looking() as rows:
                keys = rows.keys(register.opened, after, _PAGE)
            return [(key, self._alone(register, key)) for key in keys]

    def _alone(self, register: Register, key: tuple[KeyValue, ...]) -> Met | None:
        try:
            with self._looking() as rows:
                row = rows.one(register, key)
                return None if row is None else self._met(register, row)
        except Unreadable:
            return _unreadable(register, key)

    def _met(self, register: Register, row: Row) -> Met | None:
        if sql_content.is_blank(row):
            return None
        try:
            sql_content.content(row)
        except Unreadable:
            return _unreadable(register, row.key)
        return Met(address(register.settings.name, row.key), sql_content.version(row))

    def _look(self, locator: Locator, ask: Callable[[Row], T]) -> T:
        """What `ask` says of the row. Raises NotFound where there is none, or it is blank."""
        register, key = self._address(locator)
        try:
            with self._looking() as rows:
                row = rows.one(register, key) if key is not None else None
                if row is None or sql_content.is_blank(row):
                    raise NotFound("there is no such row, or it is blank", locator)
                return ask(row)
        except Unreadable:
            raise ProtocolBroken(_UNREADABLE, locator) from None

    def _address(self, locator: Locator) -> tuple[Register, tuple[KeyValue, ...] | None]:
        """The table, and the key; no key where no row of the table can have it. Raises Malformed, Denied."""
        path, slash, text = locator.path.partition("/")
        if locator.source != self._name or locator.steps or not slash or path not in self._registers:
            raise Malformed("not the address of a row in a configured table", locator)
        register = self._registers[path]
        return register, _typed(register.opened, text)


def _typed(side: Side, text: str) -> tuple[KeyValue, ...] | None:
    """The key that an address means in this table: a number with a point is a float in SQLite, else a decimal."""
    key = key_of(text)
    if key is None or len(key) != len(side.key):
        return None
    typed = tuple(
        float(value) if isinstance(value, Decimal) and column.family is Family.ANY else value
        for value, column in zip(key, side.key, strict=True)
    )
    return typed if address("", typed) == f"/{text}" else None


def _unreadable(register: Register, key: tuple[KeyValue, ...]) -> Met:
    return Met(address(register.settings.name, key), gap=GapReason.UNREADABLE, detail=_UNREADABLE)


def _refusals(register: Register) -> Iterator[str]:
    """Why rows of the table cannot be erased, as far as the database tells before it is asked to."""
    name = register.settings.name
    if register.side is None:
        yield f"the account may not read {name}"
        return
    for side in (register.side, *(link.side for link in register.withs)):
        if side.unsafe is not None:
            yield f"{side.shape.label} {side.unsafe}"
        elif side.layout.blanks and not side.rights.blanks([one.name for one in side.blanked]):
            yield f"the account may not change the columns of {side.shape.label} that are to be blank"
        elif not side.layout.blanks and not side.rights.delete:
            yield f"the account may not delete rows of {side.shape.label}"
