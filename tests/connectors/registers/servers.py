"""Real database servers for the tests: started when asked for, in a temporary folder, ended by their process id."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psycopg
import pymysql  # type: ignore[import-untyped]

from tests.servers.common import Server, missing
from tests.servers.proxy import Proxy

__all__ = ["PASSWORD", "Maria", "Postgres", "Proxy", "Server", "missing", "rows"]

PASSWORD = "not-a-real-secret"  # of accounts that live as long as a test run


class Postgres(Server):
    """PostgreSQL, as postgres where root runs the tests."""

    ending = signal.SIGINT  # at once, whoever is still signed in

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        if not found:
            missing("PostgreSQL")
        self._bin = found[-1]
        self._sessions: dict[str, psycopg.Connection[Any]] = {}
        super().__init__("postgres")
        (self.root / "password").write_text(PASSWORD)
        self.run(
            str(self._bin / "initdb"), "-D", str(self.root / "data"), "-U", "postgres", "-A", "scram-sha-256",
            "--pwfile", str(self.root / "password"), "-E", "UTF8", "--no-locale", "-N",
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        self.launch(
            str(self._bin / "postgres"), "-D", str(self.root / "data"), "-p", str(self.port), "-k", str(self.root),
            "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
            "-c", "full_page_writes=off", "-c", "shared_buffers=32MB",
        )  # fmt: skip
        self.wait()

    def answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _pid(self) -> int:
        return int((self.root / "data" / "postmaster.pid").read_text().split("\n")[0])

    def connect(self, database: str | None) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=PASSWORD,
            dbname=database or "postgres",
            autocommit=True,
        )

    def query(self, database: str, query: str) -> list[list[Any]]:
        """What the server says to a session of the test's own, by the bare driver."""
        if database not in self._sessions:
            self._sessions[database] = self.connect(database)
        return [list(row) for row in self._sessions[database].execute(query.encode()).fetchall()]


class Maria(Server):
    """MariaDB, as nobody where root runs the tests."""

    def __init__(self) -> None:
        daemon = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/libexec:/usr/local/sbin")
        if daemon is None or shutil.which("mariadb") is None or shutil.which("mariadb-install-db") is None:
            missing("MariaDB")
        super().__init__("nobody")
        self._daemon = str(daemon)
        self._clients: dict[str, subprocess.Popen[bytes]] = {}
        self.run(
            "mariadb-install-db", "--no-defaults", f"--datadir={self.root / 'data'}", "--skip-test-db",
            "--auth-root-authentication-method=normal", "--innodb-flush-method=nosync",
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        self.launch(
            self._daemon, "--no-defaults", f"--datadir={self.root / 'data'}", f"--port={self.port}",
            "--bind-address=127.0.0.1", f"--socket={self.root / 's'}", f"--pid-file={self.root / 'pid'}",
            "--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync", "--skip-name-resolve",
            "--innodb-buffer-pool-size=32M", "--character-set-server=utf8mb4",
        )  # fmt: skip
        self.wait()

    def answers(self) -> bool:
        try:
            self.connect(None).close()
        except pymysql.err.OperationalError:
            return False
        return (self.root / "pid").exists()

    def _pid(self) -> int:
        return int((self.root / "pid").read_text())

    def connect(self, database: str | None) -> pymysql.connections.Connection[Any]:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True, charset="utf8mb4"
        )

    def query(self, database: str, query: str) -> list[list[Any]]:
        """What the mariadb client says, as XML, in which NULL and the empty text differ: an independent client."""
        if database not in self._clients:
            self._clients[database] = subprocess.Popen(
                ["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(self.port), "-u", "root", "--xml", "-n",
                 "--default-character-set=utf8mb4", database],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        client = self._clients[database]
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(f"{query};\nSELECT 'end' AS the_end;\n".encode())
        client.stdin.flush()
        said = b""
        while b'<field name="the_end">end</field>' not in said or not said.rstrip().endswith(b"</resultset>"):
            line = client.stdout.readline()
            assert line, "the client ended"
            said += line
        nil = "{http://www.w3.org/2001/XMLSchema-instance}nil"
        first = said.split(b"<?xml")[1]
        return [
            [None if field.get(nil) == "true" else (field.text or "") for field in row]
            for row in ElementTree.fromstring(b"<?xml" + first)
        ]

    def stop(self) -> None:
        for client in self._clients.values():
            client.kill()
            client.communicate()
        super().stop()


def rows(found: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Values as texts, NULL as None."""
    return [[None if value is None else str(value) for value in row] for row in found]
