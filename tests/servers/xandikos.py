"""A real Xandikos on loopback, several users, each signed in by what a proxy says of them; it mails if told where."""

from __future__ import annotations

import importlib.util
import itertools
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.common import Server, missing
from tests.servers.dav_client import Client

_ADDRESSES = (
    '<propertyupdate xmlns="DAV:"><set><prop><calendar-user-address-set xmlns="urn:ietf:params:xml:ns:caldav">'
    "{}</calendar-user-address-set></prop></set></propertyupdate>"
)
_NUMBERS = itertools.count(1)


class Xandikos(Server):
    """Keeps what it is given in a writing of its own, in Git. It schedules by itself (RFC 6638)."""

    ending = signal.SIGKILL  # it would wait a minute for lines that are open

    def __init__(self, smtp: int | None = None) -> None:
        """With the port of a mail server, invitations and cancellations go there."""
        if importlib.util.find_spec("xandikos") is None:
            missing("Xandikos")
        super().__init__("")
        self._mails = ["--imip-send", "smtp", "--smtp-host", "127.0.0.1", "--smtp-port", str(smtp)] if smtp else []
        self._mails += ["--smtp-from", "kalender@invex.example"] if smtp else []
        self.start()

    def start(self) -> None:
        """Start it, also again after `kill`."""
        self.launch(
            sys.executable, "-m", "xandikos", "multi-user", "-d", str(self.root / "data"), "-l", "127.0.0.1",
            "-p", str(self.port), "--no-detect-systemd", "--trust-x-remote-user-from", "127.0.0.1",
            "--state-dir", str(self.root / "state"), *self._mails,
        )  # fmt: skip
        self.wait()

    def user(self, *addresses: str) -> Client:
        """A new principal with empty homes; mail addresses under which it organises and attends."""
        name = f"p{next(_NUMBERS)}"
        client = Client(self.port, name, "", {"calendar": f"/{name}/calendars/", "addressbook": f"/{name}/contacts/"})
        hrefs = "".join(f'<href xmlns="DAV:">mailto:{one}</href>' for one in addresses)
        client.done("PROPFIND", f"/{name}/", Depth="0")
        client.done("PROPPATCH", f"/{name}/", _ADDRESSES.format(hrefs).encode(), Content_Type="application/xml")
        return client

    def files(self, client: Client) -> Path:
        """Where the server keeps what a user has."""
        return self.root / "data" / client.user


@pytest.fixture(scope="session")
def xandikos() -> Iterator[Xandikos]:
    """One server a worker, started when a test first asks for it. It mails nothing."""
    server = Xandikos()
    yield server
    server.stop()
