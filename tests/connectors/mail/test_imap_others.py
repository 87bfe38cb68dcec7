"""Other clients of the same account, at the worst moments: while a folder is walked, and between plan and run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

import pytest

from connectors.base import Gone, Item, Outcome, Presence, Resumed
from connectors.errors import Changed, NotFound, Unreachable
from tests.connectors.mail.imap_help import Known, at, imap, mail, uids
from tests.servers.dovecot import Dovecot
from tests.servers.imap_trap import Trap
from tests.servers.imap_witness import Colleague, append, quoted

# -- while a folder is walked


def test_nothing_is_skipped_or_doubled_while_others_work(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    colleague.create("Arkiv")
    dovecot.deliver(account, "INBOX", [mail(f"nummer {number}") for number in range(2000)])
    with imap(dovecot.port, account) as source:
        walk = source.walk("INBOX")
        met = list(islice(walk, 100))
        colleague.expunge("INBOX", "1:50,900:950,1999")  # walked already, and not yet
        colleague.move("INBOX", "51:60,1500:1600", "Arkiv")
        colleague.flag("INBOX", "700:800", "\\Seen \\Deleted $Work")
        colleague.append("INBOX", mail("ny"), mail("ny igen"))
        met += list(islice(walk, 900))
        colleague.expunge("INBOX", "100:200,1700:1710")
        met += list(walk)
        again = uids(source.walk("INBOX"))
    there = set(colleague.mails("INBOX"))
    found = uids(met)
    assert len(found) == len(set(found)), "doubled"
    assert there & set(range(1, 2001)) <= set(found), "skipped"
    assert sorted(again) == sorted(there)


def test_a_folder_made_anew_in_mid_walk_is_no_end(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    colleague.create("Kunder")
    dovecot.deliver(account, "Kunder", [mail(f"nummer {number}") for number in range(1500)])
    with imap(dovecot.port, account) as source:
        walk = source.walk("Kunder")
        next(walk)
        colleague.drop("Kunder")
        colleague.create("Kunder")
        colleague.append("Kunder", mail("en annan"))
        with pytest.raises(Unreachable):
            list(walk)
        assert uids(source.walk("Kunder")) == [1]


def test_a_folder_that_goes_in_mid_walk_is_no_end(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    colleague.append("INBOX", mail("ett"))
    colleague.create("Kunder")
    dovecot.deliver(account, "Kunder", [mail(f"nummer {number}") for number in range(1500)])
    with imap(dovecot.port, account) as source:
        walk = source.walk("Kunder")
        next(walk)
        colleague.drop("Kunder")
        try:
            rest = list(walk)
        except Unreachable:
            return
        assert [event for event in rest if not isinstance(event, Item)], "told as a gap, if it does not raise"


# -- between one walk and the next


@pytest.fixture(scope="module")
def plain() -> Iterator[Dovecot]:
    """A server that keeps no list of what has vanished."""
    server = Dovecot(without=("CONDSTORE", "QRESYNC"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def halfway() -> Iterator[Dovecot]:
    server = Dovecot(without="QRESYNC")
    yield server
    server.stop()


@pytest.mark.parametrize("kind", ["dovecot", "plain", "halfway"])
def test_after_ten_new_mails_ten_are_read(request: pytest.FixtureRequest, kind: str) -> None:
    server: Dovecot = request.getfixturevalue(kind)
    user = server.account()
    server.deliver(user, "INBOX", [mail(f"nummer {number}") for number in range(300)])
    known = Known()
    with imap(server.port, user) as source:
        known.walk(source, "INBOX")
    server.deliver(user, "INBOX", [mail(f"ny {number}") for number in range(10)])
    with imap(server.port, user) as source:
        known.walk(source, "INBOX")
    assert known.resumed
    assert known.read == list(range(301, 311))


@pytest.mark.parametrize("kind", ["dovecot", "plain", "halfway"])
@pytest.mark.parametrize("seed", range(2))
def test_whatever_others_do_the_next_walk_knows(request: pytest.FixtureRequest, kind: str, seed: int) -> None:
    _meddled(request.getfixturevalue(kind), seed, 12)


@pytest.mark.prove
@pytest.mark.parametrize("kind", ["dovecot", "plain", "halfway"])
@pytest.mark.parametrize("seed", range(10, 20))
def test_whatever_others_do_long(request: pytest.FixtureRequest, kind: str, seed: int) -> None:
    _meddled(request.getfixturevalue(kind), seed, 40)


def _meddled(server: Dovecot, seed: int, rounds: int) -> None:
    """A made-up day of other clients; after each few acts a walk goes on, and the index must have the truth."""
    rng, user = random.Random(seed), server.account()
    colleague = Colleague(server.port, user)
    folders = ("INBOX", "Kunder")
    colleague.create("Kunder")
    colleague.append("INBOX", *(mail(f"nummer {number}") for number in range(8)))
    known = {folder: Known() for folder in folders}
    source = imap(server.port, user)
    with source:
        for _ in range(rounds):
            for _ in range(rng.randrange(3)):
                _act(colleague, rng, folders)
            for folder in folders:
                known[folder].walk(source, folder)
                assert known[folder].uids == set(colleague.mails(folder)), folder
            if rng.random() < 0.3:
                source.close()
                source.open()


def _act(colleague: Colleague, rng: random.Random, folders: tuple[str, ...]) -> None:
    folder = rng.choice(folders)
    there = sorted(colleague.mails(folder))
    some = ",".join(str(uid) for uid in there if rng.random() < 0.3)
    what = rng.choice(["append", "append", "expunge", "move", "flag", "anew"])
    if what == "append":
        colleague.append(folder, *(mail(str(rng.random())) for _ in range(rng.randrange(1, 5))))
    elif what == "anew" and folder != "INBOX":
        colleague.drop(folder)
        colleague.create(folder)
        colleague.append(folder, *(mail(str(rng.random())) for _ in range(rng.randrange(4))))
    elif some and what == "expunge":
        colleague.expunge(folder, some)
    elif some and what == "move":
        colleague.move(folder, some, folders[1 - folders.index(folder)])
    elif some and what == "flag":
        colleague.flag(folder, some, rng.choice(["\\Seen", "\\Deleted", "$Work"]), rng.choice(["+FLAGS", "-FLAGS"]))


# -- between plan and run


def test_numbers_that_mean_other_mails_now_erase_nothing(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    """The folder was made anew, with another's mail of the same size under the same number."""
    colleague.append("INBOX", mail("grannen"))
    colleague.create("Kunder")
    colleague.append("Kunder", mail("Maja 1"), mail("Maja 2"), mail("Maja 3"))
    with imap(dovecot.port, account) as planning:
        items = {uids([event])[0]: event for event in planning.walk("Kunder") if isinstance(event, Item)}
    staged_in = imap(dovecot.port, account)
    with staged_in:
        staged = staged_in.stage(at("Kunder", 3), items[3].version, mail("mindre"))
    colleague.drop("Kunder")
    colleague.create("Kunder")
    colleague.append("Kunder", mail("Nils 1"), mail("Nils 2"), mail("Nils 3"), mail("Nils 4"))
    before = colleague.mails("Kunder")
    assert before[1].data != mail("Maja 1")
    assert len(before[1].data) == len(mail("Maja 1"))
    with imap(dovecot.port, account) as running:
        for uid, item in items.items():
            with pytest.raises(Changed):
                running.remove(at("Kunder", uid), item.version)
            with pytest.raises(Changed):
                running.stage(at("Kunder", uid), item.version, mail("mindre"))
        with pytest.raises(Changed):
            running.commit(staged)
        running.abandon(staged)
    assert colleague.mails("Kunder") == before


def test_neighbours_that_others_marked_survive(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    colleague.append("INBOX", *(mail(f"nummer {number}") for number in range(6)))
    with imap(dovecot.port, account) as source:
        version = source.version(at("INBOX", 3))
        colleague.flag("INBOX", "1,2,4", "\\Deleted")
        colleague.flag("INBOX", "5", "\\Seen \\Answered $Work")
        before = colleague.mails("INBOX")
        assert source.remove(at("INBOX", 3), version).outcome is Outcome.ERASED
        assert colleague.mails("INBOX") == {uid: one for uid, one in before.items() if uid != 3}
    assert colleague.mails("INBOX") == {uid: one for uid, one in before.items() if uid != 3}


@pytest.mark.parametrize("flags", ["\\Seen", "\\Deleted", "\\Deleted \\Seen $Work"])
def test_the_mail_itself_may_get_flags_meanwhile(
    dovecot: Dovecot, account: str, colleague: Colleague, flags: str
) -> None:
    colleague.append("INBOX", mail("ett"), mail("två"))
    with imap(dovecot.port, account) as source:
        version = source.version(at("INBOX", 1))
        colleague.flag("INBOX", "1", flags)
        assert source.version(at("INBOX", 1)) == version
        assert source.remove(at("INBOX", 1), version).outcome is Outcome.ERASED
    assert list(colleague.mails("INBOX")) == [2]


def test_a_moved_mail_is_found_where_it_is(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    colleague.create("Arkiv")
    colleague.append("Arkiv", mail("gammalt"))
    colleague.append("INBOX", mail("Maja"), mail("Nils"))
    with imap(dovecot.port, account) as source:
        version = source.version(at("INBOX", 1))
        colleague.move("INBOX", "1", "Arkiv")
        assert source.presence(at("INBOX", 1)) is Presence.ABSENT
        with pytest.raises(NotFound):
            source.read(at("INBOX", 1))
        assert source.remove(at("INBOX", 1), version).outcome is Outcome.ABSENT
        assert uids(source.walk("Arkiv")) == [1, 2]
        with source.read(at("Arkiv", 2)) as content:
            assert content.stream.read() == mail("Maja")
            assert content.version != version
        assert source.remove(at("Arkiv", 2), content.version).outcome is Outcome.ERASED
    assert colleague.bodies("Arkiv") == [mail("gammalt")]
    assert colleague.bodies("INBOX") == [mail("Nils")]


def test_a_cursor_tells_what_left(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    colleague.create("Arkiv")
    colleague.append("INBOX", *(mail(f"nummer {number}") for number in range(6)))
    known = Known()
    with imap(dovecot.port, account) as source:
        known.walk(source, "INBOX")
        colleague.move("INBOX", "2", "Arkiv")
        colleague.expunge("INBOX", "5")
        events = list(source.walk("INBOX", known.cursor))
    assert isinstance(events[0], Resumed)
    assert [event.locator for event in events if isinstance(event, Gone)] == [at("INBOX", 2), at("INBOX", 5)]
    assert uids(events) == []


# -- in the middle of a change of ours: another client acts between any two of our commands


def _while_removing(colleague: Colleague) -> None:
    with colleague.session() as client:
        client.select(quoted("INBOX"))
        client.uid("STORE", "2", "+FLAGS.SILENT", "(\\Deleted)")
        append(client, "INBOX", mail("ny"), "\\Deleted")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2])
def test_marks_that_others_set_while_we_remove_doom_nobody(
    dovecot: Dovecot, account: str, colleague: Colleague, number: int, when: str
) -> None:
    colleague.append("INBOX", *(mail(f"nummer {number}") for number in range(4)))
    trap = Trap(dovecot.port, number, when, lambda: _while_removing(colleague), goes_on=True)
    with imap(trap.port, account) as source:
        version = source.version(at("INBOX", 3))
        assert source.remove(at("INBOX", 3), version).outcome is Outcome.ERASED
    trap.close()
    assert trap.sprung
    now = colleague.mails("INBOX")
    assert list(now) == [1, 2, 4, 5]
    assert [uid for uid, one in now.items() if "\\Deleted" in one.flags] == [2, 5]


def test_no_command_that_takes_more_than_one_is_ever_sent(dovecot: Dovecot, account: str, colleague: Colleague) -> None:
    colleague.append("INBOX", *(mail(f"nummer {number}") for number in range(4)))
    trap = Trap(dovecot.port)
    with imap(trap.port, account) as source:
        source.remove(at("INBOX", 3), source.version(at("INBOX", 3)))
        locator, _ = source.commit(source.stage(at("INBOX", 2), source.version(at("INBOX", 2)), mail("mindre")))
        source.abandon(source.stage(at("INBOX", 1), source.version(at("INBOX", 1)), mail("mindre")))
        assert list(source.walk("INBOX"))
    trap.close()
    assert set(trap.names()) <= {"APPEND", "UID STORE", "UID EXPUNGE"}
    for command in trap.commands:
        if b" UID " in command:
            assert command.split(b" ")[3].isdigit(), "one message, by its number"
    assert locator == at("INBOX", 5)
