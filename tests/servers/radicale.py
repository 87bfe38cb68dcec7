"""A real Radicale on loopback: a fresh user a test; it can be killed."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.common import Server, missing
from tests.servers.dav_client import Client

PASSWORD = "not-a-real-secret"  # of accounts that live as long as a test run
_NUMBERS = itertools.count(1)


class Radicale(Server):
    """Keeps what it is given in a writing of its own (vobject's)."""

    def __init__(self) -> None:
        if importlib.util.find_spec("radicale") is None:
            missing("Radicale")
        super().__init__("")
        self._users = self.root / "users"
        self._users.touch()
        self.start()

    def start(self) -> None:
        """Start it, also again after `kill`."""
        self.launch(
            sys.executable, "-m", "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{self.port}",
            "--storage-filesystem-folder", str(self.root / "storage"), "--auth-type", "htpasswd",
            "--auth-htpasswd-filename", str(self._users), "--auth-htpasswd-encryption", "plain", "--auth-delay", "0",
            "--no-auth-cache-logins",
        )  # fmt: skip
        self.wait()

    def user(self) -> Client:
        """A new user without any collection, signed in by plain HTTP."""
        name = f"u{next(_NUMBERS)}"
        with open(self._users, "a") as stream:
            stream.write(f"{name}:{PASSWORD}\n")
        return Client(self.port, name, PASSWORD, {"calendar": f"/{name}/", "addressbook": f"/{name}/"})

    def files(self, client: Client) -> Path:
        """Where the server keeps what a user has."""
        return self.root / "storage" / "collection-root" / client.user


@pytest.fixture(scope="session")
def radicale() -> Iterator[Radicale]:
    """One server a worker, started when a test first asks for it."""
    server = Radicale()
    yield server
    server.stop()
