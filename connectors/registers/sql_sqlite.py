"""SQLite: a database in one file on this machine."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, func, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeEngine

from connectors.errors import ConnectorError, Denied, Held, ProtocolBroken, Throttled, Unreachable, Unsupported
from connectors.registers.sql_dialect import (
    LOST,
    Dialect,
    Family,
    ForeignKey,
    Meaning,
    Rights,
    Unreadable,
    is_text,
    told,
)
from connectors.registers.sql_keys import KeyValue

_MEANS: dict[int, Meaning] = {
    sqlite3.SQLITE_PERM: (Denied, "the account may not open the database file"),
    sqlite3.SQLITE_AUTH: (Denied, "the account may not do this"),
    sqlite3.SQLITE_READONLY: (Denied, "the database file or its folder may not be written"),
    sqlite3.SQLITE_FULL: (Denied, "the disk is full or over its quota"),
    sqlite3.SQLITE_BUSY: (Throttled, "another program holds a lock on the database; try later"),
    sqlite3.SQLITE_LOCKED: (Throttled, "another session holds a lock on the database; try later"),
    sqlite3.SQLITE_CANTOPEN: (Unreachable, "the database file cannot be opened: is it there, is its share mounted?"),
    sqlite3.SQLITE_IOERR: LOST,
    sqlite3.SQLITE_CORRUPT: (ProtocolBroken, "the database file is damaged: let its program repair or restore it"),
    sqlite3.SQLITE_NOTADB: (ProtocolBroken, "the file is not an SQLite database, or it is encrypted"),
    sqlite3.SQLITE_CONSTRAINT: (Unsupported, "a rule of the database (not null, unique, check) does not let this be"),
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: (Held, "other rows refer to the row by a foreign key"),
    sqlite3.SQLITE_CONSTRAINT_TRIGGER: (Held, "a trigger of the database refuses it"),
    sqlite3.SQLITE_ERROR: (Unreachable, "a table or column is not there any more: was the database replaced?"),
}


class Sqlite(Dialect):
    """Opened by its path, never made; `secure_delete` overwrites what is erased in the pages themselves."""

    limits: ClassVar[tuple[str, ...]] = (
        "what other programs deleted or changed earlier stays in free pages of the SQLite file until VACUUM",
        "an SQLite file in WAL mode keeps old pages in its -wal file until the next checkpoint",
        "triggers of the database run as they are written: what they copy to other tables stays there",
        "copies of the database file, and snapshots of the file system, keep what was in it",
    )
    folds_names: ClassVar[bool] = True
    unlike: ClassVar[bool] = False

    def __init__(self, path: str, seconds: int) -> None:
        self._path = path
        self._seconds = seconds
        self._known: tuple[int, int] | None = None

    def engine(self, *, writing: bool) -> Engine:
        """See Dialect. Python's driver begins no transactions by itself here: the event does, as the work needs it."""
        engine = create_engine(
            "sqlite://",
            creator=lambda: self._connect(writing=writing),
            poolclass=QueuePool,
            pool_size=1,
            hide_parameters=True,
        )
        event.listen(engine, "begin", lambda connection: self._begin(connection, writing=writing))
        return engine

    def failure(self, error: DBAPIError) -> ConnectorError:
        """See Dialect."""
        code = getattr(error.orig, "sqlite_errorcode", 0) or 0
        if not code and "decode" in str(error.orig):
            raise Unreadable
        found = _MEANS.get(code) or _MEANS.get(code & 0xFF)
        return told(found) if found else ProtocolBroken("SQLite answered what it should not")

    def schema(self, connection: Connection) -> str:
        """See Dialect."""
        del connection
        return "main"

    def family(self, type_: TypeEngine[Any]) -> Family:
        """See Dialect."""
        del type_
        return Family.ANY

    def digest(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """See Dialect. The file is on this machine: nothing travels."""
        return func.quote(column)

    def bound(self, value: KeyValue, family: Family) -> Any | None:  # noqa: ANN401 - what the driver takes
        """See Dialect. A number with a point is a float here; a text that is no UTF-8 goes as its bytes' text."""
        if family is not Family.ANY:
            return super().bound(value, family)
        if isinstance(value, int):
            return value if -(2**63) <= value < 2**63 else None
        if isinstance(value, str):
            return value if is_text(value) else None
        return value if isinstance(value, bytes) else float(value)

    def foreign_keys(self, connection: Connection) -> list[ForeignKey]:
        """See Dialect. Without columns, a foreign key refers to the primary key."""
        found: dict[tuple[str, int], list[Any]] = {}
        for row in connection.execute(
            text(
                'SELECT m.name, f.id, f."table", f."from", f."to", '
                '(SELECT p.name FROM pragma_table_info(f."table") p WHERE p.pk = f.seq + 1) '
                "FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1, 2, f.seq"
            )
        ):
            found.setdefault((row[0], row[1]), []).append(row)
        return [
            ForeignKey(
                ("main", name),
                tuple(row[3] for row in rows),
                ("main", rows[0][2]),
                tuple(row[4] or row[5] or "" for row in rows),
            )
            for (name, _), rows in found.items()
        ]

    def rights(self, connection: Connection, schema: str, table: str) -> Rights:
        """See Dialect. The file and its folder (for the journal) must be writable."""
        del connection, schema, table
        may = _may(self._path, os.W_OK) and _may(Path(self._path).parent, os.W_OK | os.X_OK)
        return Rights(may, None if may else frozenset())

    def _connect(self, *, writing: bool) -> sqlite3.Connection:
        self._same_file()
        mode = "rw" if writing or _may(self._path, os.W_OK) else "ro"
        connection = sqlite3.connect(
            f"file:{quote(self._path)}?mode={mode}",
            uri=True,
            timeout=self._seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.execute("PRAGMA foreign_keys = ON")
        if writing:
            connection.execute("PRAGMA secure_delete = ON")
        else:
            connection.execute("PRAGMA query_only = ON")
        return connection

    def _begin(self, connection: Connection, *, writing: bool) -> None:
        self._same_file()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    def _same_file(self) -> None:
        """An open file stays readable when it was moved away or its share was replaced: look by the name."""
        try:
            state = Path(self._path).stat()
        except PermissionError:
            raise Denied("the account may not open the database file") from None
        except OSError:
            raise Unreachable("the database file is not there: is its share mounted, is the path right?") from None
        if not _may(self._path, os.R_OK):
            raise Denied("the account may not read the database file")
        now = (state.st_dev, state.st_ino)
        self._known = self._known or now
        if now != self._known:
            raise Unreachable("another file stands in the place of the database: it was replaced meanwhile")


def _may(path: str | Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)
