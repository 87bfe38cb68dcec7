"""One SQLite database opened from memory, for reading only, with its schema not trusted and its work bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import apsw

from connectors.base import GapReason
from scanner.records import ReadError

Row = None | int | float | str | bytes

_WAL_AT = 18  # the two bytes of the header that say: a write-ahead log stands beside (fileformat2.html, 1.3.3)
_EVERY = 10_000  # steps of SQLite's machine between two looks at the bound
_ALLOWED = frozenset({apsw.SQLITE_SELECT, apsw.SQLITE_READ, apsw.SQLITE_FUNCTION, apsw.SQLITE_RECURSIVE})
_SELECT = "SELECT {} FROM {} NOT INDEXED"  # an index would bring its own order
_FORBIDDEN = frozenset({"load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table that has rows of its own, and the names of its columns."""

    name: str
    columns: tuple[str, ...]


class Database:
    """The tables of a database. Its methods raise ReadError on what is damaged or does not end."""

    def __init__(self, data: bytes) -> None:
        """`data` is the whole file."""
        if data[_WAL_AT : _WAL_AT + 2] == b"\2\2":  # in memory there is no log to look for
            data = data[:_WAL_AT] + b"\1\1" + data[_WAL_AT + 2 :]
        self._steps = max(10_000_000, 20 * len(data)) // _EVERY
        self._connection = apsw.Connection(":memory:")
        self._schema: list[tuple[str, str, str]] = []
        try:
            self._harden()
            self._connection.deserialize("main", data)
            self._bound(len(data))
            self._read_schema()
        except (apsw.Error, UnicodeError) as fault:
            self.close()
            raise _unreadable(fault) from None

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()

    def statements(self) -> list[str]:
        """What made the tables, views and triggers: their names and columns, and whatever was noted there."""
        return [sql for _, _, sql in self._schema if sql]

    def tables(self) -> list[Table]:
        """All tables but virtual ones, whose contents stand in tables beside them."""
        found = []
        for kind, name, sql in self._schema:
            if kind == "table" and not sql.lstrip().upper().startswith("CREATE VIRTUAL"):
                found.append(Table(name, self._columns(name)))
        return found

    def rows(self, table: Table) -> Iterator[tuple[Row, ...]]:
        """All rows in the order of their rowids, or of their keys where they have none."""
        done = 0
        try:
            for row in self._connection.execute(_SELECT.format("*", _quoted(table.name))):
                done += 1
                yield row
        except UnicodeError:  # text in another charset: as bytes, from where it was
            yield from self._raw(table, done)
        except apsw.Error as fault:
            raise _unreadable(fault) from None

    def _raw(self, table: Table, done: int) -> Iterator[tuple[Row, ...]]:
        casts = ", ".join(f"CAST({_quoted(name)} AS BLOB)" for name in table.columns)
        query = _SELECT.format(casts, _quoted(table.name)) + f" LIMIT -1 OFFSET {done}"
        try:
            yield from self._connection.execute(query)
        except apsw.Error as fault:
            raise _unreadable(fault) from None

    def _columns(self, name: str) -> tuple[str, ...]:
        try:
            found = list(self._connection.execute(f"PRAGMA table_xinfo({_quoted(name)})"))
        except (apsw.Error, UnicodeError):  # the rows will say what is wrong
            return ()
        return tuple(str(column[1]) for column in found if column[6] != 1)  # 1: hidden, and not in `*`

    def _harden(self) -> None:
        connection = self._connection
        connection.enable_load_extension(False)
        for setting, value in (
            (apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            (apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
            (apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 0),
            (apsw.SQLITE_DBCONFIG_DEFENSIVE, 1),
        ):
            connection.config(setting, value)
        connection.execute("PRAGMA cell_size_check=ON")

    def _bound(self, size: int) -> None:
        """What would forbid `deserialize` itself, which attaches."""
        connection = self._connection
        connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 0)
        connection.limit(apsw.SQLITE_LIMIT_LENGTH, size + 100_000)
        connection.set_authorizer(_allows)
        connection.set_progress_handler(self._tick, _EVERY)

    def _tick(self) -> bool:
        self._steps -= 1
        return self._steps < 0

    def _read_schema(self) -> None:
        for kind, name, sql in self._connection.execute("SELECT type, name, sql FROM sqlite_schema"):
            self._schema.append((str(kind or ""), str(name or ""), str(sql or "")))


def _allows(action: int, one: str | None, two: str | None, _database: str | None, _trigger: str | None) -> int:
    if action == apsw.SQLITE_PRAGMA:
        return apsw.SQLITE_OK if one == "table_xinfo" else apsw.SQLITE_DENY
    if action in _ALLOWED and (action != apsw.SQLITE_FUNCTION or (two or "").lower() not in _FORBIDDEN):
        return apsw.SQLITE_OK
    return apsw.SQLITE_DENY


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unreadable(fault: Exception) -> ReadError:
    if isinstance(fault, apsw.InterruptError):
        return ReadError(GapReason.TIMED_OUT, "a query without end")
    return ReadError(GapReason.UNREADABLE, f"SQLite ({type(fault).__name__})")
