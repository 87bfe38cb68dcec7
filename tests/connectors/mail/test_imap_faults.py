"""A mail server that dies, stalls, lies about who it is, or refuses: every fault made for real."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from connectors.base import Item, Outcome, WalkEvent
from connectors.errors import Denied, Unreachable, Unsupported
from tests.connectors.mail.imap_help import at, imap, mail, said, trusting, uids
from tests.servers.certificates import Authority
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.imap_trap import Trap
from tests.servers.imap_witness import Colleague
from tests.servers.proxy import Proxy

MANY = 3000


@pytest.fixture(scope="module")
def mortal() -> Iterator[Dovecot]:
    """A server that tests may kill. They start it again."""
    server = Dovecot()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def many(mortal: Dovecot) -> str:
    """An account with a full folder, which no test changes."""
    user = mortal.account()
    mortal.deliver(user, "INBOX", [mail(f"nummer {number}", 500) for number in range(MANY)])
    return user


class Crowd:
    """A full folder on the mortal server, which dies when so many bytes were given."""

    def __init__(self, server: Dovecot, user: str) -> None:
        self.server, self.user = server, user
        self.proxy = Proxy(server.port)
        self.dies_at = 0
        self.proxy.to_client = self._tell

    def _tell(self, data: bytes) -> bytes:
        if self.dies_at and self.proxy.sent > self.dies_at:
            self.dies_at = 0
            self.server.kill()
        return data


@pytest.fixture
def crowd(mortal: Dovecot, many: str) -> Iterator[Crowd]:
    found = Crowd(mortal, many)
    yield found
    found.proxy.close()


def test_a_server_killed_in_mid_walk(crowd: Crowd) -> None:
    with imap(crowd.proxy.port, crowd.user) as source:
        crowd.dies_at = crowd.proxy.sent + 30_000
        met: list[WalkEvent] = []
        with pytest.raises(Unreachable):
            met.extend(source.walk("INBOX"))
        assert crowd.dies_at == 0, "the server should have died"
        assert len(uids(met)) < MANY
        with pytest.raises(Unreachable):
            source.presence(at("INBOX", 1))
        crowd.server.start()
        assert sorted(uids(source.walk("INBOX"))) == list(range(1, MANY + 1))


def test_a_server_killed_in_mid_fetch(crowd: Crowd) -> None:
    with imap(crowd.proxy.port, crowd.user) as source:
        items = [event for event in source.walk("INBOX") if isinstance(event, Item)]
        source.ahead([item.locator for item in items])
        crowd.dies_at = crowd.proxy.sent + 600_000
        read = 0
        with pytest.raises(Unreachable):
            for item in items:
                with source.read(item.locator) as content:
                    assert len(content.stream.read()) == item.size == 500
                    read += 1
        assert 0 < read < MANY
        crowd.server.start()
        with source.read(items[read].locator) as content:
            assert b"nummer" in content.stream.read()
            assert content.version == items[read].version


def test_a_line_that_drops_in_mid_fetch_is_made_anew(crowd: Crowd) -> None:
    """Nothing is skipped or doubled: every message is given, as it is, whatever was on its way."""
    witness = Colleague(crowd.server.port, crowd.user).mails("INBOX")
    with imap(crowd.proxy.port, crowd.user) as source:
        items = [event for event in source.walk("INBOX") if isinstance(event, Item)]
        source.ahead([item.locator for item in items])
        for number, item in enumerate(items):
            if number % 700 == 350:
                crowd.proxy.drop()
            with source.read(item.locator) as content:
                assert content.stream.read() == witness[uids([item])[0]].data
    assert crowd.proxy.connections == 5


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["UID STORE", "UID EXPUNGE"])
def test_a_server_killed_in_mid_erasing(mortal: Dovecot, what: str, when: str) -> None:
    user = mortal.account()
    colleague = Colleague(mortal.port, user)
    colleague.append("INBOX", *(mail(f"nummer {number}") for number in range(5)))
    colleague.flag("INBOX", "2,4", "\\Deleted $Work")
    before = colleague.mails("INBOX")
    trap = Trap(mortal.port, 1 if what == "UID STORE" else 2, when, mortal.kill)
    with imap(trap.port, user) as source:
        version = source.version(at("INBOX", 3))
        with pytest.raises(Unreachable):
            source.remove(at("INBOX", 3), version)
    assert trap.sprung
    assert trap.names()[-1] == what
    mortal.start()
    now = colleague.mails("INBOX")
    assert {uid: one for uid, one in now.items() if uid != 3} == {uid: before[uid] for uid in (1, 2, 4, 5)}
    assert 3 not in now or now[3].data == before[3].data
    with imap(mortal.port, user) as source:
        outcome = source.remove(at("INBOX", 3), version).outcome
        assert outcome is (Outcome.ERASED if 3 in now else Outcome.ABSENT)
    assert colleague.mails("INBOX") == {uid: before[uid] for uid in (1, 2, 4, 5)}
    trap.close()


# -- a line that stalls


def test_a_stall_is_no_hang_and_no_absence(dovecot: Dovecot, account: str, imap_proxy: Proxy) -> None:
    colleague = Colleague(dovecot.port, account)
    colleague.append("INBOX", mail("ett"), mail("två"))
    with imap(imap_proxy.port, account, timeout=1) as source:
        version = source.version(at("INBOX", 1))
        with imap_proxy.stalled():  # left only when every call has given up
            with pytest.raises(Unreachable):
                source.presence(at("INBOX", 1))
            with pytest.raises(Unreachable):
                source.remove(at("INBOX", 1), version)
        assert source.version(at("INBOX", 1)) == version
    assert list(colleague.mails("INBOX")) == [1, 2]


def test_a_stall_of_three_seconds_is_waited_for(dovecot: Dovecot, account: str, imap_proxy: Proxy) -> None:
    _waits_out(dovecot, account, imap_proxy, 3.0)


@pytest.mark.prove
def test_a_stall_of_ten_seconds_is_waited_for(dovecot: Dovecot, account: str, imap_proxy: Proxy) -> None:
    _waits_out(dovecot, account, imap_proxy, 10.0)


def _waits_out(dovecot: Dovecot, account: str, proxy: Proxy, seconds: float) -> None:
    Colleague(dovecot.port, account).append("INBOX", *(mail(f"nummer {number}") for number in range(20)))
    with imap(proxy.port, account, timeout=60) as source:
        walk = source.walk("INBOX")
        first = next(walk)
        stall = proxy.stalled()
        stall.__enter__()
        timer = threading.Timer(seconds, stall.__exit__, (None, None, None))
        timer.start()
        assert uids([first, *walk]) == list(range(1, 21))
        with source.read(at("INBOX", 7)) as content:
            assert content.stream.read() == mail("nummer 6")
        timer.join()
    assert proxy.connections == 1, "waited for, not made anew"


@pytest.mark.prove
def test_a_stall_of_ten_seconds_with_less_patience(dovecot: Dovecot, account: str, imap_proxy: Proxy) -> None:
    Colleague(dovecot.port, account).append("INBOX", mail("ett"))
    with imap_proxy.stalled(), pytest.raises(Unreachable):
        imap(imap_proxy.port, account, timeout=10).open()


def test_plain_words_to_a_tls_port_are_told_for_what_they_may_be(dovecot: Dovecot, account: str) -> None:
    with pytest.raises(Unreachable, match="stays silent") as met:
        imap(dovecot.tls_port, account, timeout=1).open()
    assert "`tls`" in str(met.value)


def test_tls_to_a_plain_port_is_told(dovecot: Dovecot, account: str) -> None:
    with pytest.raises(Unreachable, match="does not speak TLS"):
        imap(dovecot.port, account, **trusting(dovecot.ca)).open()


def test_a_name_that_is_nowhere_is_told_as_that() -> None:
    with pytest.raises(Unreachable, match="name in `host` is not found"):
        imap(1, "u", host="nowhere.invalid", tls=True).open()


# -- a server that is not who it should be


@pytest.mark.parametrize("certificate", ["other", "expired", "unknown"])
@pytest.mark.parametrize("tls", [True, "starttls"])
def test_a_wrong_certificate(dovecot: Dovecot, tmp_path: Path, certificate: str, tls: bool | str) -> None:
    server = dovecot if certificate == "unknown" else Dovecot(certificate=certificate)
    heard: list[bytes] = []
    proxy = Proxy(server.tls_port if tls is True else server.port, heard.append)
    try:
        ca = str(Authority(tmp_path).ca if certificate == "unknown" else server.ca)
        with pytest.raises(Unreachable, match="certificate"):
            imap(proxy.port, server.account(), tls=tls, ca=ca).open()
        assert proxy.connections == 1, "no second try without verification"
        assert not any(b"LOGIN" in one.upper() or PASSWORD.encode() in one for one in heard)
    finally:
        proxy.close()
        if server is not dovecot:
            server.stop()


def test_without_ca_the_systems_authorities_decide(dovecot: Dovecot, account: str) -> None:
    with pytest.raises(Unreachable, match="certificate"):
        imap(dovecot.tls_port, account, tls=True, ca="").open()


@pytest.mark.parametrize("tls", [True, "starttls"])
@pytest.mark.parametrize("auth", ["login", "plain"])
def test_a_right_certificate(dovecot: Dovecot, account: str, tls: bool | str, auth: str) -> None:
    Colleague(dovecot.port, account).append("INBOX", mail("ett"))
    heard: list[bytes] = []
    proxy = Proxy(dovecot.tls_port if tls is True else dovecot.port, heard.append)
    with imap(proxy.port, account, **(trusting(dovecot.ca) | {"tls": tls, "auth": auth})) as source:
        assert uids(source.walk("INBOX")) == [1]
    proxy.close()
    assert not any(PASSWORD.encode() in one or b"INBOX" in one for one in heard), "went over the line in the clear"


def _stripped(data: bytes) -> bytes:
    return data.replace(b" STARTTLS", b"")


def _refused(data: bytes) -> bytes:
    return data.replace(b"OK Begin TLS negotiation now.", b"NO not today")


def _greeted(data: bytes) -> bytes:
    return data.replace(b"* OK [CAPABILITY", b"* PREAUTH [CAPABILITY", 1)


@pytest.mark.parametrize("lie", [_stripped, _refused, _greeted])
def test_starttls_that_is_stripped_stops_it(dovecot: Dovecot, account: str, lie: Callable[[bytes], bytes]) -> None:
    heard: list[bytes] = []
    proxy = Proxy(dovecot.port, heard.append)
    proxy.to_client = lie
    with pytest.raises(Unreachable):
        imap(proxy.port, account, tls="starttls", ca=str(dovecot.ca)).open()
    proxy.close()
    assert not any(b"LOGIN" in one.upper() or PASSWORD.encode() in one for one in heard)


# -- a server that refuses


@pytest.mark.parametrize("auth", ["login", "plain"])
def test_login_refused(dovecot: Dovecot, account: str, auth: str) -> None:
    with pytest.raises(Denied) as caught:
        imap(dovecot.port, account, password="of another", auth=auth).open()
    assert account not in said(caught.value)
    assert "of another" not in said(caught.value)


@pytest.mark.parametrize("lack", ["without UIDPLUS", "Gmail"])
def test_where_one_message_cannot_be_expunged_nothing_is_tried(lack: str) -> None:
    server = Dovecot(without="UIDPLUS") if lack == "without UIDPLUS" else Dovecot(also="X-GM-EXT-1")
    try:
        user = server.account()
        colleague = Colleague(server.port, user)
        colleague.append("INBOX", mail("ett"), mail("två"))
        before = colleague.mails("INBOX")
        with imap(server.port, user) as source:
            assert not source.open().removes
            version = source.version(at("INBOX", 1))
            word = "UIDPLUS" if lack == "without UIDPLUS" else "Gmail"
            with pytest.raises(Unsupported, match=word):
                source.remove(at("INBOX", 1), version)
            with pytest.raises(Unsupported, match=word):
                source.stage(at("INBOX", 1), version, mail("mindre"))
        assert colleague.mails("INBOX") == before
    finally:
        server.stop()


@pytest.mark.parametrize("rights", ["lr", "lrs", "lrsw", "lrswt", "lrswi"])
def test_too_few_rights_leave_no_mark(dovecot: Dovecot, account: str, colleague: Colleague, rights: str) -> None:
    colleague.create("Delad")
    colleague.append("Delad", mail("ett"), mail("två"), flags="\\Flagged")
    before = colleague.mails("Delad")
    acl = dovecot.maildir(account, "Delad") / "dovecot-acl"
    acl.write_text(f"owner {rights}\n")
    dovecot.own(acl)
    with imap(dovecot.port, account) as source:
        version = source.version(at("Delad", 1))
        with pytest.raises(Denied):
            source.remove(at("Delad", 1), version)
        with pytest.raises(Denied):
            source.stage(at("Delad", 1), version, mail("mindre"))
    acl.unlink()
    assert colleague.mails("Delad") == before


def test_a_full_mailbox_takes_no_changed_mail(dovecot: Dovecot) -> None:
    user = dovecot.account(extra="userdb_quota_rule=*:storage=10K")
    colleague = Colleague(dovecot.port, user)
    colleague.append("INBOX", mail("ett", 5000), mail("två", 4000))
    before = colleague.mails("INBOX")
    with imap(dovecot.port, user) as source:
        version = source.version(at("INBOX", 1))
        with pytest.raises(Denied, match="full"):
            source.stage(at("INBOX", 1), version, mail("mindre", 3000))
        assert colleague.mails("INBOX") == before
        assert source.remove(at("INBOX", 1), version).outcome is Outcome.ERASED
    assert list(colleague.mails("INBOX")) == [2]


def test_a_walk_is_taken_piece_by_piece(crowd: Crowd) -> None:
    """Of a walk that is begun and left, the server is not asked for all."""
    with imap(crowd.proxy.port, crowd.user) as source:
        begun = crowd.proxy.sent
        assert len(list(islice(source.walk("INBOX"), 10))) == 10
        assert crowd.proxy.sent - begun < 40_000
