"""What the tests of IMAP's faults share: settings, a fresh connector, and what a walk leaves an index with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from connectors.base import Checkpoint, Gone, Item, Locator, Resumed, WalkEvent
from connectors.errors import ConnectorError
from connectors.mail.imap import Imap
from tests.servers.dovecot import PASSWORD

SOURCE = "post"


def settings(port: int, user: str, **more: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {option.name: option.default for option in Imap.options if not option.required}
    own = {"host": "127.0.0.1", "port": port, "tls": False, "user": user, "password": PASSWORD, "timeout": 5}
    return defaults | own | more


def imap(port: int, user: str, **more: Any) -> Imap:
    """Not yet opened."""
    return Imap(SOURCE, settings(port, user, **more))


def trusting(ca: Path) -> dict[str, Any]:
    """TLS from the start, with an authority of its own."""
    return {"tls": True, "ca": str(ca)}


def at(folder: str, uid: int) -> Locator:
    return Locator(SOURCE, f"{folder};UID={uid}")


def mail(text: str, size: int = 0) -> bytes:
    """A short mail with that subject, filled up to `size` bytes."""
    head = f"From: a@kunder.example\r\nSubject: {text}\r\n\r\n".encode()
    return head + b"x" * max(0, size - len(head) - 2) + b"\r\n"


def uids(events: Iterable[WalkEvent]) -> list[int]:
    return [int(event.locator.path.rpartition("=")[2]) for event in events if isinstance(event, Item)]


class Known:
    """What an index would know of one folder after the walks it was told of (connectors.base, walk and Resumed)."""

    def __init__(self) -> None:
        self.uids: set[int] = set()
        self.cursor: str | None = None
        self.read: list[int] = []  # UIDs that the last walk told of
        self.resumed = False

    def walk(self, connector: Imap, folder: str) -> None:
        events = list(connector.walk(folder, self.cursor))
        self.resumed = bool(events) and isinstance(events[0], Resumed)
        assert not any(isinstance(event, Resumed) for event in events[1:])
        self.read = uids(events)
        assert len(self.read) == len(set(self.read)), "told of twice"
        gone = {int(event.locator.path.rpartition("=")[2]) for event in events if isinstance(event, Gone)}
        self.uids = (self.uids - gone if self.resumed else set()) | set(self.read)
        last = events[-1] if events else None
        self.cursor = last.cursor if isinstance(last, Checkpoint) else None


def said(error: ConnectorError) -> str:
    return f"{error} {error.args!r}"
