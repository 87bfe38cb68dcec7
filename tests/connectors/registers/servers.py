"""Real database servers for the tests: started when asked for, in a temporary folder, ended by their process id."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psycopg
import pymysql  # type: ignore[import-untyped]
import pytest

SECONDS = 60
PASSWORD = "not-a-real-secret"  # of accounts that live as long as a test run


def missing(what: str) -> None:
    """Skips where a server is not installed; fails where all of them should be."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed: run scripts/system")
    pytest.skip(f"{what} is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_WATCHER = """
import pwd, shutil, signal, subprocess, sys, threading
root, account, *command = sys.argv[1:]
endings = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
for one in endings:
    signal.signal(one, signal.SIG_IGN)
usual = lambda: [signal.signal(one, signal.SIG_DFL) for one in endings]
who = pwd.getpwnam(account) if account else None
more = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if who else {}
server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=usual, **more)
forsaken = []

def watch():
    sys.stdin.buffer.read()  # ends when the tests do, however they end
    forsaken.append(True)
    server.send_signal(signal.SIGQUIT if command[0].endswith("postgres") else signal.SIGKILL)

threading.Thread(target=watch, daemon=True).start()
server.wait()
if forsaken:
    shutil.rmtree(root, ignore_errors=True)
"""


class Server:
    """A server process of its own; `port` on loopback. It ends with the process that began it, also by kill -9."""

    ending = signal.SIGTERM

    def __init__(self, account: str) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="gallra-db-"))
        self.root.chmod(0o755)
        self.port = free_port()
        self._account = account if os.geteuid() == 0 else ""
        self._as = ["runuser", "-u", account, "--"] if self._account else []
        if self._account:
            shutil.chown(self.root, account)
        self.pid = 0

    def run(self, *command: str) -> None:
        done = subprocess.run([*self._as, *command], check=False, capture_output=True, cwd=self.root, timeout=SECONDS)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]

    def launch(self, *command: str) -> None:
        watched = [sys.executable, "-c", _WATCHER, str(self.root), self._account, *command]
        with open(self.root / "launch.log", "wb") as log:
            self._watcher = subprocess.Popen(
                watched, stdout=log, stderr=log, stdin=subprocess.PIPE, cwd=self.root, start_new_session=True
            )

    def wait(self) -> None:
        end = time.monotonic() + SECONDS
        while not self.answers():
            assert time.monotonic() < end, (self.root / "launch.log").read_text(errors="replace")[-2000:]
            time.sleep(0.05)
        self.pid = self._pid()

    def answers(self) -> bool:
        raise NotImplementedError

    def _pid(self) -> int:
        raise NotImplementedError

    def kill(self) -> None:
        """As a power cut would."""
        os.kill(self.pid, signal.SIGKILL)
        self._watcher.wait(SECONDS)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, self.ending)
        self._watcher.wait(SECONDS)
        if self._watcher.stdin is not None:
            self._watcher.stdin.close()
        shutil.rmtree(self.root, ignore_errors=True)


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


class Proxy:
    """Stands between the connector and a server, so that the line can be cut."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open: list[socket.socket] = []
        self._cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        self._cut = True
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()
        try:
            yield
        finally:
            self._cut = False

    def close(self) -> None:
        with self.cut():
            self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._cut:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._to))
                self._open += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


def rows(found: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Values as texts, NULL as None."""
    return [[None if value is None else str(value) for value in row] for row in found]
