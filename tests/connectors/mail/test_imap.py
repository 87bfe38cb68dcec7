"""The IMAP connector on a real Dovecot: names, settings, signing in, and what it tells. The witness is imaplib."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Gap, GapReason, Item, LeftOut
from connectors.errors import ConfigError, Denied, Unreachable
from connectors.locator import Locator
from connectors.mail import imap_names
from connectors.mail.imap import Imap
from connectors.mail.imap_folders import _tree
from tests.connectors.mail.imap_own import (
    NEW,
    at,
    mail,
    opened,
    seed,
    uids,
)
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.imap_witness import Colleague, encoded


@pytest.fixture
def imap(dovecot: Dovecot, account: str) -> Iterator[Imap]:
    connector = opened(dovecot.port, account)
    yield connector
    connector.close()


# -- names


@pytest.mark.parametrize("name", ["INBOX", "a&b", "räksmörgås", "Ω/å", "a;UID=3", "*", "%", '"', "\\", "&-", "𐀀"])
def test_names_are_shown_as_written(name: str) -> None:
    assert imap_names.shown(encoded(name).encode()) == name


def test_no_two_names_of_a_server_become_one() -> None:
    wires = [b"a", b"&AGE-", b"&-AGE-", b"&", b"&-", b"r\xc3\xa4k", b"r&AOQ-k", b"\xff", b"&AOQ", b"&!-"]
    assert imap_names.shown(b"r\xc3\xa4k") == "räk"
    tree = _tree({wire: frozenset() for wire in wires})
    assert tree.doubles == {"räk", "&", "&AGE-"}
    assert sorted(folder.wire for folder in tree.folders.values()) == sorted([b"a", b"\xff", b"&AOQ", b"&!-"])


@pytest.mark.parametrize("uid", ["0", "01", "1x", "", " 1", "4294967296", "-1", "١"])
def test_only_numbers_are_uids(uid: str) -> None:
    assert imap_names.place_of(Locator("post", f"a;UID=2;UID={uid}"), "post") == ("a;UID=2", None)


def test_sets_of_uids() -> None:
    assert imap_names.uid_set([1, 2, 3, 7, 9, 10]) == b"1:3,7,9:10"
    assert imap_names.ranges(b"(EARLIER) 9:10,7,3:1") == [(9, 10), (7, 7), (1, 3)]


# -- settings


def test_what_cannot_work_is_told() -> None:
    told = Imap.validate({"host": "mail.example", "user": "u", "password": "x", "tls": False})
    assert [text.partition(":")[0] for text in told] == ["tls"]
    assert not Imap.validate({"host": "::1", "user": "u", "password": "x", "tls": False})
    told = Imap.validate({"host": "h", "user": "", "tls": "no", "auth": "xoauth2", "folders": [""], "port": -1})
    assert [text.partition(":")[0] for text in told] == ["user", "tls", "port", "token", "folders"]


@pytest.mark.parametrize("host", ["imaps://mail.example", "mail.example:993", "mail.example/"])
def test_a_host_that_is_more_than_a_name_is_told(host: str) -> None:
    (told,) = Imap.validate({"host": host, "user": "u", "password": "x"})
    assert told.startswith("host: ")


def test_names_that_are_no_folders_are_told_by_their_number(dovecot: Dovecot, account: str) -> None:
    with pytest.raises(Unreachable, match="name 2 of 2 in `folders`") as met:
        list(opened(dovecot.port, account, folders=["INBOX", "Anna"]).scopes())
    assert "Anna" not in str(met.value)
    connector = opened(dovecot.port, account, exclude=["Anna"])
    told = connector.open().facts
    connector.close()
    assert [fact for fact in told if "`exclude`" in fact] == [
        "name 1 in `exclude` is no mail folder there, and leaves nothing out"
    ]


def test_folders_in_scope(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    for name in ("A", "B&C", "B&C/ö"):
        colleague.create(name)
    connector = opened(dovecot.port, account, exclude=["B&C"])
    with connector:
        assert list(connector.scopes()) == ["INBOX", "A", "B&C/ö"]
        assert connector.left_out() == (LeftOut("B&C", None, 1),)
    connector = opened(dovecot.port, account, folders=["inbox", "B&C/ö"])
    with connector:
        assert list(connector.scopes()) == ["INBOX", "B&C/ö"]
        assert connector.left_out() == (LeftOut("A", None, 1), LeftOut("B&C", None, 1))
    with pytest.raises(Unreachable, match="`folders`"):
        opened(dovecot.port, account, folders=["nowhere"])


# -- signing in


@pytest.mark.parametrize("more", [{"tls": True}, {"tls": "starttls"}, {"tls": True, "auth": "plain"}])
def test_encrypted_lines(dovecot: Dovecot, account: str, more: dict[str, Any]) -> None:
    port = dovecot.tls_port if more["tls"] is True else dovecot.port
    with opened(port, account, ca=str(dovecot.ca), **more) as connector:
        assert list(connector.scopes()) == ["INBOX"]
    with pytest.raises(Unreachable, match="certificate"):
        opened(port, account, **more)  # nobody vouches for it


def test_tls_needs_its_port_and_a_file(dovecot: Dovecot, account: str) -> None:
    with pytest.raises(Unreachable):
        opened(dovecot.port, account, tls=True, ca=str(dovecot.ca))
    with pytest.raises(ConfigError, match="ca:"):
        opened(dovecot.tls_port, account, tls=True, ca=str(dovecot.root / "no such file"))


def test_a_wrong_password_is_denied(dovecot: Dovecot, account: str) -> None:
    for auth in ("login", "plain"):
        with pytest.raises(Denied, match="password") as told:
            opened(dovecot.port, account, password='å wrong "one"', auth=auth)
        assert account not in str(told.value)


class TokenServer:
    """No server can be had that takes XOAUTH2 without an issuer of tokens: this one takes one token, by the book."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.given: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client, client.makefile("rwb", buffering=0) as line:
                    line.write(b"* OK hello\r\n")
                    while words := line.readline().split():
                        line.write(self._answer(words[0], words[1].upper(), line.readline, line.write))

    def _answer(self, tag: bytes, command: bytes, hear: Callable[[], bytes], say: Callable[[bytes], object]) -> bytes:
        if command == b"AUTHENTICATE":
            say(b"+ \r\n")
            self.given.append(base64.b64decode(hear()))
            if b"Bearer good\1" not in self.given[-1]:
                say(b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n")
                assert hear() == b"\r\n"
                return tag + b" NO [AUTHENTICATIONFAILED] no\r\n"
        told = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n", b"LIST": b'* list () "/" inbox\r\n'.upper()}
        return told.get(command, b"") + tag + b" OK done\r\n"

    def close(self) -> None:
        self._listener.close()


def test_a_token_signs_in() -> None:
    server = TokenServer()
    try:
        with opened(server.port, "maja@blomqvist.example", auth="xoauth2", token="good") as connector:
            assert list(connector.scopes()) == ["INBOX"]
        assert set(server.given) == {b"user=maja@blomqvist.example\1auth=Bearer good\1\1"}
        with pytest.raises(Denied, match="token"):
            opened(server.port, "maja@blomqvist.example", auth="xoauth2", token="old")
        with pytest.raises(Denied, match="PLAIN"):
            opened(server.port, "maja@blomqvist.example", auth="plain")
    finally:
        server.close()


def test_what_check_is_told(imap: Imap) -> None:
    told = imap.open()
    facts = "\n".join(told.facts)
    assert "server: Dovecot" in facts
    assert "UIDPLUS" in facts
    assert "of 1024 MiB" in facts
    assert "@" not in facts


def test_gaps_of_folders_that_may_not_be_opened(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    colleague.create("A")
    colleague.append("A", mail(1))
    rights: Path = dovecot.maildir(account, "A") / "dovecot-acl"
    rights.write_text("owner l\n")
    dovecot.own(rights)
    with opened(dovecot.port, account) as connector:
        assert list(connector.walk("A")) == [Gap(Locator("post", "A"), GapReason.DENIED)]


def test_folders_of_other_namespaces_are_searched() -> None:
    """Public folders that the server leaves out of its common list."""
    server = Dovecot()
    try:
        config = server.root / "dovecot.conf"
        public = server.root / "public"
        box = public / ".Alla"
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir(parents=True)
        (box / "cur" / "1700000001.M1P1.host:2,").write_bytes(mail(1))
        (box / "dovecot-acl").write_text("anyone lr\n")
        server.own(public)
        lines = ("type = public", "prefix = Public/", "separator = /", "list = no", f"location = maildir:{public}")
        server.kill()
        config.write_text(config.read_text() + "namespace public {\n" + "\n".join(lines) + "\n}\n")
        server.start()
        with opened(server.port, server.account()) as connector:
            assert list(connector.scopes()) == ["INBOX", "Public/Alla"]
            assert uids(list(connector.walk("Public/Alla")), Item) == [1]
    finally:
        server.stop()


def test_nothing_is_logged(
    dovecot: Dovecot, account: str, colleague: Colleague, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    seed(colleague)
    with opened(dovecot.port, account) as connector:
        list(connector.walk("INBOX"))
        with connector.read(at("INBOX", 2)) as content:
            assert b"Maja" in content.stream.read()
        connector.commit(connector.stage(at("INBOX", 2), connector.version(at("INBOX", 2)), NEW))
    assert not any(word in caplog.text for word in (account, PASSWORD, "Maja", "gammal", "INBOX", "Work"))
