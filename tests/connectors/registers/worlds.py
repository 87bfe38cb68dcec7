"""The same register in three databases, seeded and judged by raw clients."""

from __future__ import annotations

import json
import shutil
import sqlite3
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.base import Connector, Content
from connectors.conformance import World
from connectors.registers.sql import Sql
from tests.connectors.registers.servers import PASSWORD, Maria, Postgres, Proxy, rows

# the key as it is in the database -> its address
CODES = {
    "*": "nycklar/%2A", "[x]": "nycklar/%5Bx%5D", "x": "nycklar/x", "-rf": "nycklar/-rf", "100%": "nycklar/100%25",
    "a_b": "nycklar/a_b", "axb": "nycklar/axb", "a\nb": "nycklar/a%0Ab", "a/b": "nycklar/a%2Fb", "..": "nycklar/..",
    "it's": "nycklar/it%27s", 'a"b': "nycklar/a%22b", "a;b": "nycklar/a%3Bb", "a,b": "nycklar/a%2Cb", "": "nycklar/'",
    "17": "nycklar/'17", "räksmörgås": "nycklar/räksmörgås", "%2e": "nycklar/%252e", "'": "nycklar/%27",
    "0x41": "nycklar/'0x41",
    "1e5": "nycklar/'1e5", "nan": "nycklar/'nan", "; --": "nycklar/%3B --", "\\": "nycklar/%5C",
}  # fmt: skip

TABLES: list[dict[str, Any]] = [
    {
        "name": "kunder",
        "person": {"name": "namn", "email": "epost"},
        "related": [{"name": "kontakt"}],
        "text": ["anteckning"],
        "with": [{"table": "adresser", "column": "kund_id", "person": {"address": ["gata"]}, "text": ["port"]}],
    },
    {"name": "nycklar", "person": {"name": "namn"}},
]

SCHEMA = (
    "CREATE TABLE kunder (id INTEGER PRIMARY KEY, namn VARCHAR(80), epost VARCHAR(80), kontakt VARCHAR(80), "
    "anteckning VARCHAR(200), saldo INTEGER)",
    "CREATE TABLE adresser (id INTEGER PRIMARY KEY, kund_id INTEGER, gata VARCHAR(80), port VARCHAR(80), "
    "FOREIGN KEY (kund_id) REFERENCES kunder (id))",
    "CREATE TABLE nycklar (kod VARCHAR(40) PRIMARY KEY, namn VARCHAR(80))",
    "CREATE TABLE ovrigt (id INTEGER PRIMARY KEY, namn VARCHAR(80))",
)
PEOPLE = [
    (1, "Maja Blomqvist", "maja@blomqvist.example", None, "ringer efter lunch", 100),
    (2, "Maja Blomqvist", "maja.b@annan.example", "Nils Ek", None, 200),
    (11, "Maja Blomqvist", "maja@blomqvist.example", None, "ringer efter lunch", 300),
    (17, None, None, None, None, 400),  # about nobody: no item
    (21, "", None, "", "", 500),  # nor this
]
ADDRESSES = [(1, 1, "Storgatan 3", None), (2, 1, "Lillgatan 4", "kod 4711"), (3, 2, "Storgatan 3", None)]
OTHERS = [(9, None, "Ingens väg 1", None)]


def item(row: list[str | None], beside: list[list[str | None]]) -> bytes:
    """What a row of `kunder` is, written by hand from the contract."""
    _, namn, epost, kontakt, anteckning, _ = row
    persons = []
    own = [["name", "namn", namn], ["email", "epost", epost]]
    if any(value is not None for *_, value in own):
        persons.append({"related": False, "columns": [one for one in own if one[2] is not None]})
    if kontakt is not None:
        persons.append({"related": True, "columns": [["name", "kontakt", kontakt]]})
    with_ = [
        {
            "table": "adresser",
            "key": one[0],
            "persons": [{"related": False, "columns": [["address", "gata", one[2]]]}] if one[2] is not None else [],
            "text": [["port", one[3]]] if one[3] is not None else [],
        }
        for one in beside
    ]
    text = [["anteckning", anteckning]] if anteckning is not None else []
    whole = {"table": "kunder", "persons": persons, "text": text, "with": with_}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


class RowsWitness:
    def __init__(self, query: Callable[[str], list[list[Any]]]) -> None:
        self._query = query

    def items(self) -> dict[str, bytes]:
        beside = rows(self._query("SELECT id, kund_id, gata, port FROM adresser ORDER BY id"))
        found = {}
        for row in rows(self._query("SELECT id, namn, epost, kontakt, anteckning, saldo FROM kunder")):
            mine = [one for one in beside if one[1] == row[0]]
            if any(row[1:5]) or any(any(one[2:]) for one in mine):
                found[f"kunder/{row[0]}"] = item(row, mine)
        for code, name in rows(self._query("SELECT kod, namn FROM nycklar")):
            whole = {
                "table": "nycklar",
                "persons": [{"related": False, "columns": [["name", "namn", name]]}],
                "text": [],
                "with": [],
            }
            found[CODES[str(code)]] = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
        return found

    def marks(self) -> dict[str, str]:
        return {}

    def attributes(self) -> dict[str, str]:
        found = {f"kunder/{key}": str(saldo) for key, saldo in self._query("SELECT id, saldo FROM kunder")}
        items = self.items()
        return {path: saldo for path, saldo in found.items() if path in items}

    def surroundings(self) -> dict[str, bytes]:
        near = self._query("SELECT id, namn FROM ovrigt ORDER BY id")
        loose = self._query("SELECT id, gata FROM adresser WHERE kund_id IS NULL ORDER BY id")
        blank = self._query("SELECT id, saldo FROM kunder WHERE coalesce(namn, '') = '' ORDER BY id")
        return {
            "near": repr(rows(near)).encode(),
            "loose": repr(rows(loose)).encode(),
            "blank": repr(rows(blank)).encode(),
        }


class RegisterWorld(World):
    subject = "kunder/1"
    neighbours = ("kunder/11", "kunder/2", "nycklar/x")
    hostile = tuple(CODES.values())
    mark = "%s"

    @property
    def witness(self) -> RowsWitness:
        return RowsWitness(self.query)

    @abstractmethod
    def query(self, query: str) -> list[list[Any]]:
        """By the raw client."""

    @abstractmethod
    def do(self, statement: str, *values: Any) -> None:
        """By a driver, as a colleague would."""

    @abstractmethod
    def settings(self) -> dict[str, Any]: ...

    def seed(self) -> None:
        for statement in SCHEMA:
            self.do(statement)
        for row in PEOPLE:
            self.do(f"INSERT INTO kunder VALUES ({', '.join([self.mark] * 6)})", *row)
        for other in (*ADDRESSES, *OTHERS):
            self.do(f"INSERT INTO adresser VALUES ({', '.join([self.mark] * 4)})", *other)
        for number, code in enumerate(CODES):
            self.do(f"INSERT INTO nycklar VALUES ({self.mark}, {self.mark})", code, f"Innehavare {number}")
        self.do(f"INSERT INTO ovrigt VALUES (1, {self.mark})", "Maja Blomqvist")

    def connect(self) -> Connector:
        return Sql(self.source, self.settings())

    def change(self, path: str) -> None:
        self.do(f"UPDATE kunder SET anteckning = 'och mer' WHERE id = {self.mark}", int(path.partition("/")[2]))

    def delete(self, path: str) -> None:
        key = int(path.partition("/")[2])
        self.do(f"DELETE FROM adresser WHERE kund_id = {self.mark}", key)
        self.do(f"DELETE FROM kunder WHERE id = {self.mark}", key)

    def refused(self, path: str, ask: Callable[[Connector], Any]) -> Any:
        raise NotImplementedError


class SqliteWorld(RegisterWorld):
    mark = "?"
    ways_to_vanish = ("gone", "emptied", "replaced")
    refuses_whole = True  # a file is denied, or it is not: no table in it

    def __init__(self, base: Path, without_rights: Callable[[Callable[[], Any]], Any]) -> None:
        self.file = base / "crm ?#%41.db"
        self._without_rights = without_rights
        self.seed()

    def query(self, query: str) -> list[list[Any]]:
        connection = sqlite3.connect(self.file)
        try:
            return [list(row) for row in connection.execute(query)]
        finally:
            connection.close()

    def do(self, statement: str, *values: Any) -> None:
        connection = sqlite3.connect(self.file)
        try:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(statement, values)
            connection.commit()
        finally:
            connection.close()

    def settings(self) -> dict[str, Any]:
        return {"path": str(self.file), "timeout": 1, "table": TABLES}

    @contextmanager
    def vanished(self, way: str) -> Iterator[None]:
        aside = self.file.with_name("aside")
        if way == "emptied":
            shutil.copyfile(self.file, aside)
            for table in ("adresser", "kunder", "nycklar"):
                self.do(f"DELETE FROM {table}")
            yield
            shutil.copyfile(aside, self.file)  # into the same file: its inode stays
            aside.unlink()
            return
        self.file.rename(aside)
        if way == "replaced":
            sqlite3.connect(self.file).close()
        yield
        self.file.unlink(missing_ok=True)
        aside.rename(self.file)

    def refused(self, path: str, ask: Callable[[Connector], Any]) -> Any:
        self.file.chmod(0)

        def child() -> Any:
            with self.connect() as connector:
                answer = ask(connector)
                return None if isinstance(answer, Content) else answer

        try:
            return self._without_rights(child)
        finally:
            self.file.chmod(0o600)


class ServerWorld(RegisterWorld):
    ways_to_vanish = ("cut off", "emptied", "gone")
    server: Any

    def __init__(self, server: Postgres | Maria, proxy: Proxy, database: str) -> None:
        self.server, self._proxy, self.database = server, proxy, database
        self.user = "gallra"
        self.prepare()
        self.connection: Any = server.connect(database)
        self.seed()

    def close(self) -> None:
        self.connection.close()

    def prepare(self) -> None:
        raise NotImplementedError

    def query(self, query: str) -> list[list[Any]]:
        found: list[list[Any]] = self.server.query(self.database, query)
        return found

    def do(self, statement: str, *values: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    @contextmanager
    def vanished(self, way: str) -> Iterator[None]:
        if way == "cut off":
            with self._proxy.cut():
                yield
            return
        tables = ("kunder", "adresser", "nycklar")
        for table in reversed(tables):
            if way == "gone":
                self.do(f"ALTER TABLE {table} RENAME TO {table}_gone")
            else:
                self.do(f"CREATE TABLE {table}_aside AS SELECT * FROM {table}")
                self.do(f"DELETE FROM {table}")
        yield
        for table in tables:
            if way == "gone":
                self.do(f"ALTER TABLE {table}_gone RENAME TO {table}")
            else:
                self.do(f"INSERT INTO {table} SELECT * FROM {table}_aside")
                self.do(f"DROP TABLE {table}_aside")


class PostgresWorld(ServerWorld):
    def prepare(self) -> None:
        with self.server.connect("postgres") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'gallra'")
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE ROLE gallra LOGIN PASSWORD '{PASSWORD}'")
            cursor.execute(f"CREATE DATABASE {self.database}")

    def seed(self) -> None:
        super().seed()
        self.do("GRANT SELECT, DELETE, UPDATE ON kunder, adresser, nycklar TO gallra")
        self.do("GRANT SELECT ON ovrigt TO gallra")

    def settings(self) -> dict[str, Any]:
        url = f"postgresql://{self.user}@127.0.0.1:{self._proxy.port}/{self.database}"
        return {"url": url, "password": PASSWORD, "timeout": 2, "table": TABLES}

    def refused(self, path: str, ask: Callable[[Connector], Any]) -> Any:
        table = path.partition("/")[0]
        self.do(f"REVOKE ALL ON {table} FROM gallra")
        try:
            with self.connect() as connector:
                return ask(connector)
        finally:
            self.do(f"GRANT SELECT, DELETE, UPDATE ON {table} TO gallra")


class MariaWorld(ServerWorld):
    def prepare(self) -> None:
        with self.server.connect(None) as connection, connection.cursor() as cursor:
            for user in ("gallra", "lame"):
                cursor.execute(f"CREATE USER IF NOT EXISTS {user}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'")
            cursor.execute(f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
            # without padding, so that keys that differ in blanks at the end are two
            cursor.execute(f"GRANT SELECT ON {self.database}.* TO gallra@'127.0.0.1'")

    def seed(self) -> None:
        super().seed()
        for table in ("kunder", "adresser", "nycklar"):
            self.do(f"GRANT SELECT, DELETE, UPDATE ON {self.database}.{table} TO gallra@'127.0.0.1'")
        self.do(f"GRANT DELETE ON {self.database}.kunder TO lame@'127.0.0.1'")
        for table in ("adresser", "nycklar"):
            self.do(f"GRANT SELECT, DELETE ON {self.database}.{table} TO lame@'127.0.0.1'")

    def settings(self) -> dict[str, Any]:
        url = f"mariadb://{self.user}@127.0.0.1:{self._proxy.port}/{self.database}"
        return {"url": url, "password": PASSWORD, "timeout": 2, "table": TABLES}

    def refused(self, path: str, ask: Callable[[Connector], Any]) -> Any:
        assert path.startswith("kunder/")  # the account that may not read that table
        self.user = "lame"
        try:
            with self.connect() as connector:
                return ask(connector)
        finally:
            self.user = "gallra"
