"""PostgreSQL, by psycopg 3."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Connection, func, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ColumnElement

from connectors.errors import (
    ConfigError,
    ConnectorError,
    Denied,
    Held,
    ProtocolBroken,
    Throttled,
    Unreachable,
)
from connectors.registers.sql_dialect import (
    LOST,
    WRONG_OPTION,
    Family,
    ForeignKey,
    Meaning,
    Rights,
    Unreadable,
    told,
)
from connectors.registers.sql_keys import KeyValue
from connectors.registers.sql_server import GONE, NO_ANSWER, RULE, Server

_MEANS: dict[str, Meaning] = {
    "08": LOST,
    "57P": LOST,
    "57014": (Throttled, "the database took longer than this source waits; try later"),
    "55P03": (Throttled, "another session holds a lock on the row; try later"),
    "40": (Throttled, "another session changed the same rows at the same time; try later"),
    "53": (Throttled, "the database has no room for another session; try later"),
    "28": (Denied, "the database refuses the account: check the user in url, and password"),
    "3D": (Denied, "the database refuses the account: check the database's name in url"),
    "42501": (Denied, "the account may not do this: see the rights it needs in docs/connectors/sql.md"),
    "25006": (Denied, "the database can only be read here: is it a replica?"),
    "23503": (Held, "other rows refer to the row by a foreign key"),
    "23": RULE,
    "P0": (Held, "a trigger or rule of the database refuses it"),
    "42P01": GONE,
    "42703": GONE,
    "3F000": GONE,
}
_READING = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_NO_OPTION = ("invalid connection option", "invalid URI query parameter")
_BUSY = ("starting up", "shutting down", "recovery", "not currently accepting", "too many", "remaining connection")

_FOREIGN_KEYS = text("""
    SELECT cn.nspname::text, c.relname::text, pn.nspname::text, p.relname::text,
      ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(num, n)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.n),
      ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(num, n)
            JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.n)
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
    JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE k.contype = 'f' AND k.conparentid = 0
    ORDER BY 1, 2, k.conname""")
_RIGHTS = text("""
    SELECT has_table_privilege(c.oid, 'DELETE') AND NOT pg_is_in_recovery(),
      has_any_column_privilege(c.oid, 'UPDATE'),
      ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
            AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'UPDATE') AND NOT pg_is_in_recovery())
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relname = :table""")


class PostgreSql(Server):
    """Everything but whole numbers and bytes is read as the text that the server writes."""

    limits: ClassVar[tuple[str, ...]] = (
        "PostgreSQL keeps erased rows in its files until VACUUM, and in the write-ahead log until that is recycled",
        "replicas, archived logs, dumps and base backups of the database keep what was in it",
        "triggers and rules of the database run as they are written: what they copy to other tables stays there",
        "sequences, statistics (pg_stats) and materialised views keep values until they are renewed",
    )

    def failure(self, error: DBAPIError) -> ConnectorError:
        """See Dialect. The server's codes decide; before a session stands there are none, only its words."""
        code: str = getattr(error.orig, "sqlstate", None) or ""
        if code.startswith("22"):
            raise Unreadable
        for length in (5, 3, 2):
            if code[:length] in _MEANS:
                return told(_MEANS[code[:length]])
        if code:
            return ProtocolBroken(f"the database answered with error {code}")
        words = str(error.orig)
        if words.startswith(_NO_OPTION) or "invalid sslmode value" in words:
            raise ConfigError([WRONG_OPTION])
        if ("FATAL" in words and not any(busy in words for busy in _BUSY)) or "no password supplied" in words:
            return Denied("the database refuses the account: check url and password")
        if type(error.orig).__name__ == "DataError":
            raise Unreadable
        return Unreachable(NO_ANSWER)

    def digest(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """See Dialect."""
        return func.encode(func.sha256(column), "hex")

    def bound(self, value: KeyValue, family: Family) -> Any | None:  # noqa: ANN401 - what the driver takes
        """See Dialect. psycopg hands texts over untyped, so the server takes them for the column's own type."""
        found = super().bound(value, family)
        if family is Family.INTEGER and isinstance(found, int) and not -(2**63) <= found < 2**63:
            return None
        return str(found) if family is Family.NUMBER and found is not None else found

    def foreign_keys(self, connection: Connection) -> list[ForeignKey]:
        """See Dialect. The catalogue shows all of them to everybody."""
        return [
            ForeignKey((row[0], row[1]), tuple(row[4]), (row[2], row[3]), tuple(row[5]))
            for row in connection.execute(_FOREIGN_KEYS)
        ]

    def rights(self, connection: Connection, schema: str, table: str) -> Rights:
        """See Dialect. To lock a row before it is deleted, UPDATE on one of its columns is needed too."""
        row = connection.execute(_RIGHTS, {"schema": schema, "table": table}).one()
        return Rights(bool(row[0] and row[1]), frozenset(row[2]))

    def _arguments(self) -> dict[str, object]:
        """Prepared statements would outlive changes of the tables: none are kept."""
        return {"application_name": "gallra", "client_encoding": "utf8", "prepare_threshold": None}

    def _prepare(self, driver: Any, *, writing: bool) -> None:  # noqa: ANN401 - psycopg's connection
        """A policy that hides rows (row_security) makes a query fail here rather than answer with some of them."""
        milliseconds = self._seconds * 1000
        with driver.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {milliseconds}")
            cursor.execute(f"SET statement_timeout = {milliseconds * 20}")
            cursor.execute(f"SET idle_in_transaction_session_timeout = {milliseconds * 20}")
            cursor.execute("SET row_security = off")
            cursor.execute("SET datestyle = ISO")
            cursor.execute("SET intervalstyle = iso_8601")
            cursor.execute("SET bytea_output = hex")
            if not writing:
                cursor.execute(_READING)
        driver.commit()
