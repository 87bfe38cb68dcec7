"""Erasing and changing on a real Dovecot, refused and cut off anywhere. The witness is the standard library."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from connectors.base import Outcome
from connectors.errors import Changed, Denied, ProtocolBroken, Unreachable, Unsupported
from connectors.mail.imap import Imap
from tests.connectors.mail.imap_own import (
    DATE,
    NEW,
    OLD,
    at,
    cut_at,
    mail,
    mend,
    opened,
    seed,
)
from tests.servers.dovecot import Dovecot
from tests.servers.imap_witness import Colleague
from tests.servers.proxy import Proxy


@pytest.fixture
def imap(dovecot: Dovecot, account: str) -> Iterator[Imap]:
    connector = opened(dovecot.port, account)
    yield connector
    connector.close()


# -- erasing


def test_only_the_one_goes_and_marks_of_others_stay(imap: Imap, colleague: Colleague) -> None:
    colleague.append("INBOX", *(mail(number) for number in range(5)), flags="\\Seen $Work", date=DATE)
    colleague.flag("INBOX", "1,3,5", "\\Deleted")
    before = colleague.mails("INBOX")
    for uid in (2, 3):
        assert imap.remove(at("INBOX", uid), imap.version(at("INBOX", uid))).outcome is Outcome.ERASED
        del before[uid]
    imap.close()
    after = colleague.mails("INBOX")
    assert {uid: (one.flags, one.date, one.data) for uid, one in after.items()} == {
        uid: (one.flags, one.date, one.data) for uid, one in before.items()
    }


@pytest.mark.parametrize("marked", [False, True])
def test_where_the_expunge_is_refused_our_mark_is_taken_back(
    imap_proxy: Proxy, account: str, colleague: Colleague, marked: bool
) -> None:
    colleague.append("INBOX", mail(1), mail(2), flags="\\Deleted" if marked else "")
    before = colleague.mails("INBOX")
    stored: list[bytes] = []
    imap_proxy.heard = lambda data: stored.append(data) if b"STORE" in data else None
    imap_proxy.to_server = lambda data: data.replace(b"UID EXPUNGE", b"UID EXPUNGX")
    with opened(imap_proxy.port, account) as connector:
        version = connector.version(at("INBOX", 1))
        with pytest.raises(ProtocolBroken):
            connector.remove(at("INBOX", 1), version)
    assert len(stored) == (0 if marked else 2)
    assert [one.flags for one in colleague.mails("INBOX").values()] == [one.flags for one in before.values()]


@pytest.mark.parametrize("without", ["UIDPLUS", "gmail"])
def test_what_cannot_be_erased_alone_is_not_erased(without: str) -> None:
    server = Dovecot(also="X-GM-EXT-1") if without == "gmail" else Dovecot(without=without)
    try:
        user = server.account()
        colleague = Colleague(server.port, user)
        colleague.append("INBOX", mail(1))
        with opened(server.port, user) as connector:
            told = connector.open()
            assert (told.removes, told.stages) == (False, False)
            assert re.search("google" if without == "gmail" else "UIDPLUS", told.limits[0])
            version = connector.version(at("INBOX", 1))
            for ask in (
                lambda: connector.remove(at("INBOX", 1), version),
                lambda: connector.stage(at("INBOX", 1), version, NEW),
            ):
                with pytest.raises(Unsupported):
                    ask()
        assert [(one.data, one.flags) for one in colleague.mails("INBOX").values()] == [(mail(1), frozenset())]
    finally:
        server.stop()


@pytest.mark.parametrize("given", ["lr", "lrs", "lrst", "lrswipte"])
def test_rights_decide(dovecot: Dovecot, account: str, colleague: Colleague, given: str) -> None:
    colleague.create("A")
    colleague.append("A", mail(1))
    rights = dovecot.maildir(account, "A") / "dovecot-acl"
    rights.write_text(f"owner {given}\n")
    dovecot.own(rights)
    with opened(dovecot.port, account) as connector:
        version = connector.version(at("A", 1))
        if {"t", "e"} <= set(given):
            assert connector.remove(at("A", 1), version).outcome is Outcome.ERASED
            return
        assert any("1 of 2" in text for text in connector.open().limits)
        with pytest.raises(Denied):
            connector.remove(at("A", 1), version)
        with pytest.raises(Denied):
            connector.stage(at("A", 1), version, NEW)
    assert [one.flags for one in colleague.mails("A").values()] == [frozenset()]


# -- changing


def test_staging_again_appends_nothing(imap: Imap, dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    seed(colleague)
    version = imap.version(at("INBOX", 2))
    staged = imap.stage(at("INBOX", 2), version, NEW)
    with opened(dovecot.port, account) as other:
        assert other.stage(at("INBOX", 2), version, NEW) == staged
    mails = colleague.mails("INBOX")
    assert len(mails) == 4
    assert mails[4].flags == {"\\Seen", "\\Deleted", "$GallraStaged"}
    assert mails[2].data == OLD
    assert mails[2].flags == {"\\Flagged", "$Work", "\\Answered"}


def test_a_stage_whose_answer_was_lost_is_found(imap_proxy: Proxy, account: str, colleague: Colleague) -> None:
    seed(colleague)
    with opened(imap_proxy.port, account) as connector:
        version = connector.version(at("INBOX", 2))
        cut_at(imap_proxy, b"APPEND", 1, answer=True, also=b"Subject: ny")
        with pytest.raises(Unreachable):
            connector.stage(at("INBOX", 2), version, NEW)
        mend(imap_proxy)
        assert colleague.bodies("INBOX").count(NEW) == 1
        staged = connector.stage(at("INBOX", 2), version, NEW)
        assert colleague.bodies("INBOX").count(NEW) == 1
        connector.commit(staged)
    assert colleague.bodies("INBOX") == [mail(1), mail(3), NEW]


def test_flags_that_were_changed_meanwhile_are_kept(imap: Imap, colleague: Colleague) -> None:
    seed(colleague)
    staged = imap.stage(at("INBOX", 2), imap.version(at("INBOX", 2)), NEW)
    colleague.flag("INBOX", "2", "\\Flagged", "-FLAGS")
    colleague.flag("INBOX", "2", "\\Deleted $Later")
    imap.commit(staged)
    new = colleague.mails("INBOX")[4]
    assert new.data == NEW
    assert new.flags == {"$Work", "\\Answered", "\\Deleted", "$Later"}
    assert new.date == "03-Mar-2021 03:05:06 +0000"


def test_what_others_expunged_is_not_committed(imap: Imap, colleague: Colleague) -> None:
    seed(colleague)
    staged = imap.stage(at("INBOX", 2), imap.version(at("INBOX", 2)), NEW)
    with colleague.session() as client:
        client.select()
        client.expunge()  # all that is marked: the staged one too
    with pytest.raises(Changed):
        imap.commit(staged)
    imap.abandon(staged)
    assert colleague.bodies("INBOX") == [OLD, mail(3)]


@pytest.mark.parametrize("answer", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_commit_cut_anywhere_loses_nothing(
    imap_proxy: Proxy, dovecot: Dovecot, account: str, colleague: Colleague, number: int, answer: bool
) -> None:
    seed(colleague)
    with opened(imap_proxy.port, account) as connector:
        staged = connector.stage(at("INBOX", 2), connector.version(at("INBOX", 2)), NEW)
        cut_at(imap_proxy, b"UID STORE|UID EXPUNGE", number, answer=answer)
        with pytest.raises(Unreachable):
            connector.commit(staged)
        mend(imap_proxy)
    between = colleague.mails("INBOX")
    bodies = [one.data for one in between.values()]
    assert bodies.count(NEW) == 1
    assert bodies.count(OLD) == (0 if number == 4 or (number, answer) == (3, True) else 1)
    if OLD not in bodies:
        assert "\\Deleted" not in between[4].flags
    with opened(dovecot.port, account) as connector:
        locator, version = connector.commit(staged)
        assert connector.commit(staged) == (locator, version)
        assert locator == at("INBOX", 4)
    mails = colleague.mails("INBOX")
    assert [one.data for one in mails.values()] == [mail(1), mail(3), NEW]
    assert mails[4].flags == {"\\Flagged", "$Work", "\\Answered"}
    assert mails[1].flags == {"\\Deleted"}


def test_the_number_of_the_old_one_says_nothing_of_the_new_one(imap: Imap, colleague: Colleague) -> None:
    """After a change the message has another number; at its old one nothing is absent that was meant."""
    colleague.append("INBOX", mail(1), mail(2))
    old = at("INBOX", 1)
    new, version = imap.commit(imap.stage(old, imap.version(old), NEW))
    with pytest.raises(Changed):
        imap.remove(old, version)
    assert imap.remove(new, version).outcome is Outcome.ERASED
    assert colleague.bodies("INBOX") == [mail(2)]
