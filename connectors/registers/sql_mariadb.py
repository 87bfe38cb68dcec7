"""MariaDB and MySQL, by PyMySQL."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sqlalchemy import Connection, func, text
from sqlalchemy.dialects.mysql import BIT
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import NullType, TypeEngine

from connectors.errors import ConnectorError, Denied, Held, ProtocolBroken, Throttled, Unreachable
from connectors.registers.sql_dialect import LOST, Family, ForeignKey, Meaning, Rights, Unreadable, told
from connectors.registers.sql_server import GONE, NO_ANSWER, RULE, Server

_REFUSED = (Denied, "the database refuses the account: check the user in url, the database's name, and password")
_RIGHTLESS = (Denied, "the account may not do this: see the rights it needs in docs/connectors/sql.md")
_READ_ONLY = (Denied, "the database can only be read here: is it a replica?")
_MEANS: dict[int, Meaning] = {
    **dict.fromkeys((1044, 1045, 1049, 1698, 4151), _REFUSED),
    **dict.fromkeys((1142, 1143, 1227, 1370), _RIGHTLESS),
    **dict.fromkeys((1290, 1792, 1836), _READ_ONLY),
    **dict.fromkeys((1053, 1077, 1079, 1927, 2003, 2006, 2013, 2014, 2055), LOST),
    **dict.fromkeys((1146, 1054, 1051), GONE),
    **dict.fromkeys((1451, 1452, 1217), (Held, "other rows refer to the row by a foreign key")),
    **dict.fromkeys((1048, 1062, 1364, 1366, 1406, 3819, 4025), RULE),
    **dict.fromkeys((1205, 1213), (Throttled, "another session holds a lock on the row; try later")),
    **dict.fromkeys((1040, 1203, 1226), (Throttled, "the database has no room for another session")),
    **dict.fromkeys((1969, 3024), (Throttled, "the database took longer than this source waits")),
    1644: (Held, "a trigger of the database refuses it"),
}
_FOREIGN_KEYS = text("""
    SELECT constraint_schema, constraint_name, table_schema, table_name, column_name,
      referenced_table_schema, referenced_table_name, referenced_column_name
    FROM information_schema.key_column_usage WHERE referenced_table_name IS NOT NULL
    ORDER BY constraint_schema, table_name, constraint_name, ordinal_position""")
_GRANT = re.compile(
    r"GRANT (?P<what>.+?) ON (?:TABLE )?(?P<schema>\*|`(?:[^`]|``)*`)\.(?P<table>\*|`(?:[^`]|``)*`) TO "
)
_COLUMNS = re.compile(r"UPDATE \((?P<names>[^)]*)\)")


class MariaDb(Server):
    """Texts and whole numbers are read as they are, all else but bytes as the text that the server writes."""

    limits: ClassVar[tuple[str, ...]] = (
        "MariaDB and MySQL keep erased rows in their files until the space is used again, and in redo and undo logs",
        "binary logs, replicas, dumps and backups of the database keep what was in it",
        "triggers of the database run as they are written: what they copy to other tables stays there",
        "tables of other databases that refer to a row are seen only where the account may read them",
    )

    def failure(self, error: DBAPIError) -> ConnectorError:
        """See Dialect."""
        code = error.orig.args[0] if error.orig is not None and error.orig.args else 0
        if code in _MEANS:
            return told(_MEANS[code])
        if code in (1300, 3854):
            raise Unreadable
        if not isinstance(code, int) or 2000 <= code < 3000 or code == 0:
            return Unreachable(NO_ANSWER)
        return ProtocolBroken(f"the database answered with error {code}")

    def family(self, type_: TypeEngine[Any]) -> Family:
        """See Dialect. Bits and shapes come as bytes."""
        return Family.BYTES if isinstance(type_, BIT | NullType) else super().family(type_)

    def shown(self, column: ColumnElement[Any], family: Family) -> ColumnElement[Any]:
        """See Dialect."""
        return column if family is Family.TEXT else super().shown(column, family)

    def reflected(self, name: str) -> str:
        """See Dialect. It is read out of SHOW CREATE TABLE with its backticks still doubled."""
        return name.replace("``", "`")

    def digest(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """See Dialect."""
        return func.sha2(column, 256)

    def foreign_keys(self, connection: Connection) -> list[ForeignKey]:
        """See Dialect."""
        found: dict[tuple[str, str, str], list[Any]] = {}
        for row in connection.execute(_FOREIGN_KEYS):
            found.setdefault((row[0], row[3], row[1]), []).append(row)
        return [
            ForeignKey(
                (rows[0][2], rows[0][3]),
                tuple(row[4] for row in rows),
                (rows[0][5], rows[0][6]),
                tuple(row[7] for row in rows),
            )
            for rows in found.values()
        ]

    def rights(self, connection: Connection, schema: str, table: str) -> Rights:
        """See Dialect: what SHOW GRANTS says of the account and the roles it has on."""
        if connection.scalar(text("SELECT @@global.read_only")) not in (0, "OFF", "0"):
            return Rights(False, frozenset())
        delete, update = False, False
        columns: set[str] = set()
        for what in self._grants(connection, schema, table):
            everything = what.startswith("ALL PRIVILEGES")
            rights = _privileges(what)
            delete |= everything or "DELETE" in rights
            update |= everything or "UPDATE" in rights
            if (named := _COLUMNS.search(what)) is not None:
                columns.update(one.strip().strip("`") for one in named["names"].split(","))
        return Rights(delete, None if update else frozenset(columns))

    def unsafe(self, connection: Connection, schema: str, table: str, *, deletes: bool) -> str | None:
        """See Dialect. A table without transactions, or other tables that a deletion could reach unseen."""
        engine = connection.scalar(
            text("SELECT engine FROM information_schema.tables WHERE table_schema = :schema AND table_name = :table"),
            {"schema": schema, "table": table},
        )
        if str(engine).lower() != "innodb":
            return "is not an InnoDB table: nothing there can be undone, so nothing is erased"
        if deletes and not any(self._sees_all(what) for what in self._grants(connection, schema, None)):
            return (
                "may have other tables that refer to it, and the account does not see them: "
                "grant it SELECT on the whole database"
            )
        return None

    def _sees_all(self, what: str) -> bool:
        return "SELECT" in _privileges(what) or what.startswith("ALL PRIVILEGES")

    def _grants(self, connection: Connection, schema: str, table: str | None) -> list[str]:
        """The privileges on a table, and on all above it; without a table, those on the whole database."""
        found = []
        for (line,) in connection.execute(text("SHOW GRANTS")):
            match = _GRANT.match(line)
            if match is None or not _covers(match["schema"], schema, pattern=match["table"] == "*"):
                continue
            if match["table"] == "*" or (table is not None and _name(match["table"]) == table):
                found.append(match["what"])
        return found

    def _arguments(self) -> dict[str, object]:
        return {"read_timeout": self._seconds * 20, "charset": "utf8mb4"}

    def _prepare(self, driver: Any, *, writing: bool) -> None:  # noqa: ANN401 - PyMySQL's connection
        with driver.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES'")
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {self._seconds}")
            cursor.execute(f"SET SESSION lock_wait_timeout = {self._seconds}")
            cursor.execute("SET SESSION foreign_key_checks = 1")
            if not writing:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")
        driver.commit()


def _privileges(what: str) -> set[str]:
    """The rights that a grant names; `UPDATE (a, b)`, which is for some columns, is `UPDATE ()`."""
    return {one.strip() for one in re.sub(r"\([^)]*\)", "()", what).split(",")}


def _name(quoted: str) -> str:
    return quoted[1:-1].replace("``", "`")


def _covers(granted: str, schema: str, *, pattern: bool) -> bool:
    """A grant on a database names it by a LIKE pattern, one on a table by its name."""
    if granted == "*":
        return True
    name = _name(granted)
    if not pattern:
        return name == schema
    parts = re.findall(r"\\.|[%_]|[^\\%_]+|\\", name, re.S)
    meant = "".join({"%": ".*", "_": "."}.get(one) or re.escape(one[1:] if one[0] == "\\" else one) for one in parts)
    return re.fullmatch(meant, schema, re.S) is not None
