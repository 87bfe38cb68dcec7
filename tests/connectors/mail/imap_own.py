"""What the tests of the IMAP connector's own ways share: mails, a connector that is open, and a line that is cut."""

from __future__ import annotations

import re
from typing import Any

from connectors.base import Checkpoint, Gone, Item, Resumed, WalkEvent
from connectors.locator import Locator
from connectors.mail.imap import Imap
from connectors.mail.imap_settings import filled
from tests.servers.dovecot import PASSWORD
from tests.servers.imap_witness import Colleague
from tests.servers.proxy import Proxy

OLD = b"From: Maja <maja@blomqvist.example>\r\nSubject: gammal\r\n\r\nHej fr\xe5n Maja\r\n"
NEW = b"Subject: ny\r\n\r\nHej\r\n"
DATE = "03-Mar-2021 04:05:06 +0100"


def mail(number: int, length: int = 0) -> bytes:
    return f"Subject: nummer {number}\r\n\r\nrad {number}\r\n".encode() + b"x" * length + b"\r\n"


def opened(port: int, user: str, **more: Any) -> Imap:
    settings = {"host": "127.0.0.1", "port": port, "tls": False, "user": user, "password": PASSWORD, "timeout": 10}
    connector = Imap("post", filled(settings | more))
    connector.open()
    return connector


def at(folder: str, uid: int) -> Locator:
    return Locator("post", f"{folder};UID={uid}")


def uids(events: list[WalkEvent], kind: type[Item] | type[Gone]) -> list[int]:
    return [int(event.locator.path.rpartition("=")[2]) for event in events if isinstance(event, kind)]


def cursor_of(events: list[WalkEvent]) -> str:
    assert isinstance(events[-1], Checkpoint)
    return events[-1].cursor


def resumed(events: list[WalkEvent]) -> bool:
    assert not any(isinstance(event, Resumed) for event in events[1:])
    return isinstance(events[0], Resumed)


def seed(colleague: Colleague) -> None:
    colleague.append("INBOX", mail(1), flags="\\Deleted")
    colleague.append("INBOX", OLD, flags="\\Flagged $Work \\Answered", date=DATE)
    colleague.append("INBOX", mail(3))


def cut_at(proxy: Proxy, command: bytes, number: int, *, answer: bool, also: bytes = b"") -> None:
    """Cut the line at the n-th such command: before the server gets it, or before its answer comes back."""
    heard: list[bytes] = []
    armed: list[bool] = []

    def hear(data: bytes) -> None:
        heard.extend(re.findall(command, data))
        if len(heard) >= number and not armed and (not also or also in data):
            armed.append(True)
            if not answer:
                proxy.drop()

    def give(data: bytes) -> bytes:
        if armed and not (also and data.startswith(b"+")):
            raise OSError
        return data

    proxy.heard, proxy.to_client = hear, give


def mend(proxy: Proxy) -> None:
    proxy.heard, proxy.to_client = None, bytes
