"""Walking on from a cursor, and reading, on a real Dovecot. The witness is the standard library's imaplib."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from connectors.base import Gone, Item, Outcome, Presence, Resumed
from connectors.errors import Changed, ProtocolBroken
from connectors.locator import Locator
from connectors.mail import imap_walk
from connectors.mail.imap import Imap
from tests.connectors.mail.imap_own import (
    at,
    cursor_of,
    mail,
    opened,
    resumed,
    uids,
)
from tests.servers.dovecot import Dovecot
from tests.servers.imap_witness import Colleague
from tests.servers.proxy import Proxy


@pytest.fixture
def imap(dovecot: Dovecot, account: str) -> Iterator[Imap]:
    connector = opened(dovecot.port, account)
    yield connector
    connector.close()


# -- walking on from a cursor


def test_a_walk_goes_on_where_the_last_one_ended(imap: Imap, colleague: Colleague) -> None:
    colleague.append("INBOX", *(mail(number) for number in range(6)))
    first = list(imap.walk("INBOX"))
    assert not resumed(first)
    assert uids(first, Item) == [1, 2, 3, 4, 5, 6]
    colleague.flag("INBOX", "2", "\\Flagged")
    colleague.expunge("INBOX", "3:4")
    colleague.append("INBOX", mail(7), mail(8))
    second = list(imap.walk("INBOX", cursor_of(first)))
    assert resumed(second)
    assert (uids(second, Gone), uids(second, Item)) == ([3, 4], [7, 8])
    third = list(imap.walk("INBOX", cursor_of(second)))
    assert (third[0], len(third)) == (Resumed(), 2)


def test_without_qresync_only_what_is_provable_is_a_delta(account: str) -> None:
    server = Dovecot(without=("QRESYNC", "CONDSTORE"))
    try:
        user = server.account()
        colleague = Colleague(server.port, user)
        colleague.append("INBOX", *(mail(number) for number in range(4)))
        with opened(server.port, user) as connector:
            first = list(connector.walk("INBOX"))
            colleague.append("INBOX", mail(9))
            second = list(connector.walk("INBOX", cursor_of(first)))
            assert (resumed(second), uids(second, Item)) == (True, [5])
            colleague.expunge("INBOX", "2")
            colleague.append("INBOX", mail(10))
            third = list(connector.walk("INBOX", cursor_of(second)))
            assert (resumed(third), uids(third, Item)) == (False, [1, 3, 4, 5, 6])
    finally:
        server.stop()


@pytest.mark.parametrize("change", ["uidvalidity", "uidnext", "count", "modseq"])
def test_a_cursor_that_does_not_fit_is_not_believed(imap: Imap, colleague: Colleague, change: str) -> None:
    colleague.append("INBOX", mail(1), mail(2))
    cursor = imap_walk.Cursor.parse(cursor_of(list(imap.walk("INBOX"))))
    assert cursor is not None
    wrong = {name: getattr(cursor, name) for name in ("uidvalidity", "uidnext", "count", "modseq")}
    wrong[change] += 1
    events = list(imap.walk("INBOX", str(imap_walk.Cursor(**wrong))))
    assert (resumed(events), uids(events, Item)) == (False, [1, 2])


def test_a_folder_made_anew_is_walked_whole(imap: Imap, colleague: Colleague) -> None:
    colleague.create("A")
    colleague.append("A", mail(1), mail(2))
    first = list(imap.walk("A"))
    colleague.drop("A")
    colleague.create("A")
    colleague.append("A", mail(3), mail(4), mail(5))
    second = list(imap.walk("A", cursor_of(first)))
    assert (resumed(second), uids(second, Item)) == (False, [1, 2, 3])
    items = [event for event in first if isinstance(event, Item)]
    with pytest.raises(Changed):
        imap.remove(items[0].locator, items[0].version)
    assert colleague.bodies("A") == [mail(3), mail(4), mail(5)]


def test_the_presence_of_a_message_in_a_folder_made_anew_is_unknown(imap: Imap, colleague: Colleague) -> None:
    colleague.create("A")
    colleague.append("A", mail(1), mail(2))
    imap.version(at("A", 2))
    colleague.drop("A")
    colleague.create("A")
    colleague.append("A", mail(2))
    with pytest.raises(Changed):
        imap.presence(at("A", 2))


def test_a_fresh_session_can_be_told_how_a_message_was_known(imap: Imap, account: str, colleague: Colleague) -> None:
    colleague.create("A")
    colleague.append("A", mail(1), mail(2))
    version = imap.version(at("A", 2))
    with opened(colleague.port, account) as fresh:
        fresh.known_as(at("A", 2), version)
        assert fresh.presence(at("A", 2)) is Presence.PRESENT
        colleague.drop("A")
        colleague.create("A")
        colleague.append("A", mail(2))
        with pytest.raises(Changed):
            fresh.presence(at("A", 2))


def test_others_may_expunge_and_add_in_mid_walk(
    imap: Imap, colleague: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_walk, "_FIRST", 3)
    monkeypatch.setattr(imap_walk, "_FEW", 0)
    colleague.append("INBOX", *(mail(number) for number in range(12)))
    walk = imap.walk("INBOX")
    events = [next(walk)]
    colleague.expunge("INBOX", "1,2,5,12")
    colleague.append("INBOX", mail(20))
    events += walk
    met = uids(events, Item)
    assert met == sorted(set(met))
    assert {1, 2, 3, 4, 6, 7, 8, 9, 10, 11} <= set(met) <= set(range(1, 13))
    later = list(imap.walk("INBOX", cursor_of(events)))
    assert resumed(later)
    assert uids(later, Item) == [13]
    assert uids(later, Gone) == [1, 2, 5, 12]


# -- reading


def test_reading_ahead_gives_the_same_and_changes_nothing(
    imap: Imap, colleague: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.mail.imap_ahead._MESSAGES", 7)
    colleague.create("A")
    for folder in ("INBOX", "A"):
        colleague.append(folder, *(mail(number, 7 * number) for number in range(30)))
    colleague.expunge("INBOX", "5,20")
    before = colleague.everything()
    places = [at(folder, uid) for uid in range(30, 0, -1) for folder in ("INBOX",)] + [at("A", n) for n in range(1, 31)]
    imap.ahead([*places, at("nowhere", 1), Locator("post", "no address")])
    read = {}
    for place in places:
        if place in (at("INBOX", 5), at("INBOX", 20)):
            assert imap.presence(place) is Presence.ABSENT  # a question between two batches
            continue
        with imap.read(place) as content:
            read[place.path] = content.stream.read()
            assert content.version == imap.version(place) if len(read) % 10 == 0 else content.size
    expected = {f"{folder};UID={uid}": one.data for folder, mails in before.items() for uid, one in mails.items()}
    assert read == expected
    assert colleague.everything() == before


def test_a_large_mail_is_read_in_pieces(dovecot: Dovecot, account: str, imap: Imap, colleague: Colleague) -> None:
    large = b"Subject: stor\r\n\r\n" + b"0123456789abcdef" * (50 << 16) + b"\r\n"
    dovecot.deliver(account, "INBOX", [large])
    imap.ahead([at("INBOX", 1)])
    tracemalloc.start()
    try:
        with imap.read(at("INBOX", 1)) as content:
            assert content.size == len(large)
            read = 0
            while piece := content.stream.read(1 << 18):
                assert piece == large[read : read + len(piece)]
                read += len(piece)
            assert read == len(large)
            content.stream.seek(-4, 2)
            assert content.stream.read() == large[-4:]
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_a_damaged_message_hides_no_other(dovecot: Dovecot, account: str, imap: Imap, colleague: Colleague) -> None:
    colleague.append("INBOX", *(mail(number) for number in range(9)))
    list(imap.walk("INBOX"))
    bad = 5
    files = [path for part in ("cur", "new") for path in (dovecot.maildir(account) / part).iterdir()]
    next(path for path in files if path.read_bytes().split() == mail(bad - 1).split()).chmod(0)
    imap.ahead([at("INBOX", uid) for uid in range(1, 10)])
    for uid in range(1, 10):
        if uid == bad:
            with pytest.raises(ProtocolBroken):
                imap.read(at("INBOX", uid))
        else:
            with imap.read(at("INBOX", uid)) as content:
                assert content.stream.read() == mail(uid - 1)


def test_a_cut_line_is_made_anew(imap_proxy: Proxy, account: str, colleague: Colleague) -> None:
    colleague.append("INBOX", *(mail(number) for number in range(5)))
    with opened(imap_proxy.port, account) as connector:
        connector.ahead([at("INBOX", uid) for uid in range(1, 6)])
        for uid in range(1, 6):
            imap_proxy.drop()
            with connector.read(at("INBOX", uid)) as content:
                assert content.stream.read() == mail(uid - 1)
            imap_proxy.drop()
            assert connector.presence(at("INBOX", uid)) is Presence.PRESENT
        imap_proxy.drop()
        assert list(connector.scopes()) == ["INBOX"]
        assert connector.remove(at("INBOX", 2), connector.version(at("INBOX", 2))).outcome is Outcome.ERASED


def test_a_line_cut_in_mid_walk_doubles_nothing(
    imap_proxy: Proxy, account: str, colleague: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_walk, "_FIRST", 2)
    monkeypatch.setattr(imap_walk, "_FEW", 0)
    colleague.append("INBOX", *(mail(number) for number in range(8)))
    with opened(imap_proxy.port, account) as connector:
        events = []
        for event in connector.walk("INBOX"):
            events.append(event)
            imap_proxy.drop()
        assert uids(events, Item) == list(range(1, 9))
