"""The IMAP connector before the suite, on a real Dovecot; the witness is the standard library's bare imaplib."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from connectors.base import Connector
from connectors.conformance import Conformance, World
from connectors.mail.imap import Imap
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.imap_witness import Colleague, Mail, append, encoded, quoted
from tests.servers.proxy import Proxy

T = TypeVar("T")

OWN = "Kunder/Maja Blomqvist"
HOSTILE = (
    "*", "[x]", "x", "-rf", "100%", "a_b", "axb", "a\nb", "it's", 'a"b', "a\\b", "NIL", "{3}", "&", "räksmörgås", "𐀀/Å",
    " x ", "INBOX;UID=1",
)  # fmt: skip
FLAGS = ("\\Seen", "\\Flagged $Work", "\\Deleted", "", "\\Answered \\Seen", "$Forwarded NonJunk")
TWINS = b"From: Maja <maja@blomqvist.example>\r\nSubject: Offert\r\n\r\nHej, Maja Blomqvist\r\n"


def mail(number: int) -> bytes:
    text = f"From: kund{number}@kunder.example\r\nSubject: nummer {number}\r\nX-Empty:\r\n\r\nHej å {number}\r\n"
    return text.encode("latin-1" if number % 2 else "utf-8")


class ImapWitness:
    """Asks with sessions of its own, past the proxy."""

    def __init__(self, colleague: Colleague, other: Colleague) -> None:
        self._colleague = colleague
        self._other = other

    def items(self) -> dict[str, bytes]:
        return {path: mail.data for path, mail in self._mails()}

    def marks(self) -> dict[str, str]:
        return {path: f"{sorted(mail.flags)} {mail.recent}" for path, mail in self._mails()}

    def attributes(self) -> dict[str, str]:
        return {path: f"{sorted(mail.flags)} {mail.date}" for path, mail in self._mails()}

    def surroundings(self) -> dict[str, bytes]:
        theirs = {f"theirs {folder}": repr(mails).encode() for folder, mails in self._other.everything().items()}
        return self._colleague.near() | theirs

    def _mails(self) -> Iterator[tuple[str, Mail]]:
        for folder, mails in self._colleague.everything().items():
            for uid, mail in mails.items():
                yield f"{folder};UID={uid}", mail


class ImapWorld(World):
    """The subject's mail is alone in its folder, which a colleague changes by making it anew with another mail in it.

    The look-alikes lie in crowds, some marked \\Deleted by another client, two with the subject's very bytes.
    """

    subject = f"{OWN};UID=1"
    neighbours = (
        f"{OWN}2;UID=1", "Kunder/maja blomqvist;UID=1", "INBOX;UID=1", "INBOX;UID=2", "INBOX;UID=3", "INBOX;UID=11",
        "Kunder/Maja Blomqvist/Arkiv;UID=1",
    )  # fmt: skip
    hostile = tuple(f"{folder};UID=1" for folder in HOSTILE)
    ways_to_vanish = ("cut off", "emptied")

    def __init__(self, server: Dovecot, proxy: Proxy, user: str, other: str) -> None:
        self._server, self._proxy, self._user = server, proxy, user
        self._colleague = Colleague(server.port, user)
        self._other = Colleague(server.port, other)
        self._other.append("INBOX", TWINS, flags="\\Seen")
        for part in ("cur", "new", "tmp"):  # no client may make a folder with a line feed in its name: a server may
            (server.maildir(user, encoded("a\nb")) / part).mkdir(parents=True)
        server.own(server.home(user))
        with self._colleague.session() as client:
            for number in range(1, 13):
                twin = TWINS if number in (1, 2) else mail(number)
                append(client, "INBOX", twin, FLAGS[number % len(FLAGS)], f"{number:02}-Feb-2024 10:00:00 +0100")
            client.create(quoted("Kunder/Tom"))
            client.subscribe(quoted("INBOX"))
            folders = [path.rpartition(";UID=")[0] for path in (self.subject, *self.neighbours, *self.hostile)]
            for number, folder in enumerate(dict.fromkeys(folders)):
                if folder != "INBOX":
                    client.create(quoted(folder))
                    text = TWINS if folder == OWN else mail(100 + number)
                    append(client, folder, text, FLAGS[number % len(FLAGS)], "31-Dec-2019 23:59:59 -0330")

    @property
    def witness(self) -> ImapWitness:
        return ImapWitness(self._colleague, self._other)

    def connect(self) -> Connector:
        settings: dict[str, Any] = {option.name: option.default for option in Imap.options if not option.required}
        return Imap(self.source, settings | {
            "host": "127.0.0.1", "port": self._proxy.port, "tls": False, "user": self._user, "password": PASSWORD,
            "timeout": 5,
        })  # fmt: skip

    def change(self, path: str) -> None:
        assert path == self.subject
        with self._colleague.session() as client:
            client.delete(quoted(OWN))
            client.create(quoted(OWN))
            append(client, OWN, b"Subject: of a colleague\r\n\r\nother bytes under the old number\r\n", "\\Seen")

    def delete(self, path: str) -> None:
        folder, _, uid = path.rpartition(";UID=")
        self._colleague.expunge(folder, uid)

    def new_content(self, path: str) -> bytes:
        """A mail: its lines end with CRLF."""
        return f"From: a@b.example\r\nSubject: less\r\n\r\nleft of it ({len(path)}): å\r\n".encode()

    @contextmanager
    def vanished(self, way: str) -> Iterator[None]:
        """Cut off: no line. Emptied: the sessions end, and who signs in again finds an empty mailbox."""
        if way == "cut off":
            with self._proxy.cut():
                yield
            return
        home = self._server.home(self._user)
        aside = home.with_name("aside " + home.name)
        home.rename(aside)
        home.mkdir()
        self._server.own(home)
        self._proxy.drop()
        try:
            yield
        finally:
            self._proxy.drop()
            self._server.signed_out(self._user)
            shutil.rmtree(home)
            aside.rename(home)

    def refused(self, path: str, ask: Callable[[Connector], T]) -> T:
        """The owner's own rights in the folder, less all but to see that it is there."""
        folder = path.rpartition(";UID=")[0]
        rights = self._server.maildir(self._user, encoded(folder)) / "dovecot-acl"
        rights.write_text("owner l\n")
        self._server.own(rights)
        try:
            with self.connect() as connector:
                return ask(connector)
        finally:
            rights.unlink()


class TestImap(Conformance):
    @pytest.fixture
    def world(self, dovecot: Dovecot, imap_proxy: Proxy, account: str) -> ImapWorld:
        return ImapWorld(dovecot, imap_proxy, account, dovecot.account())


def test_it_is_of_the_kind() -> None:
    assert Imap.kind == "imap"
