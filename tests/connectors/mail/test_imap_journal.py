"""`gallra` itself over a mailbox: the server dies between mark and expunge, a mail moves, a folder is made anew."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Desk
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.imap_trap import Trap
from tests.servers.imap_witness import Colleague

ANNA, BO = "anna.ek@kund.example", "bo.dal@kund.example"


def mail(who: str, name: str, text: str) -> bytes:
    head = f"From: {name} <{who}>\r\nTo: info@invex.example\r\nSubject: Hej\r\n"
    return f"{head}Message-ID: <{text.replace(' ', '.')}@kund.example>\r\n\r\n{text}\r\n".encode()


class Office:
    """A company whose only source is a mailbox, with two mails of Anna's among Bo's."""

    def __init__(self, server: Dovecot, desk: Desk) -> None:
        self.server, self.desk, self.user = server, desk, server.account()
        self.colleague = Colleague(server.port, self.user)
        self.colleague.create("Arkiv")
        self.colleague.append("INBOX", mail(BO, "Bo Dal", "ett"), mail(ANNA, "Anna Ek", "två"), flags="\\Seen")
        self.colleague.append("INBOX", mail(BO, "Bo Dal", "tre"), flags="\\Deleted")
        self.colleague.append("INBOX", mail(ANNA, "Anna Ek", "fyra"))
        self.colleague.append("Arkiv", mail(BO, "Bo Dal", "fem"))
        self.trap = Trap(server.port)
        (desk.root / "password").write_text(PASSWORD)
        (desk.root / "password").chmod(0o600)
        desk.write(
            '[agent]\nstate = ".gallra"\nkey = "file:gallra.key"\n\n[company]\nname = "Invex AB"\n'
            'domains = ["invex.example"]\n\n[[source]]\nname = "post"\nkind = "imap"\nbackup = "none"\n'
            f'host = "127.0.0.1"\nport = {self.trap.port}\ntls = false\n'
            f'user = "{self.user}"\npassword = "file:password"\ntimeout = 5\n'
        )
        desk("scan", code=0)

    def find(self) -> str:
        run = self.desk("find", "--json", ANNA, code=[0, 3]).json
        assert {one["path"] for one in run["findings"]} == {"INBOX;UID=2", "INBOX;UID=4"}
        return str(run["case"])

    def theirs(self) -> dict[str, Any]:
        """Everybody's mails but Anna's, wherever they are."""
        everything = self.colleague.everything()
        return {
            f"{folder} {uid}": one
            for folder, mails in everything.items()
            for uid, one in mails.items()
            if ANNA.encode() not in one.data
        }

    def hers(self) -> int:
        everything = self.colleague.everything()
        return sum(ANNA.encode() in one.data for mails in everything.values() for one in mails.values())


@pytest.fixture
def office(desk: Desk) -> Iterator[Office]:
    server = Dovecot()
    found = Office(server, desk)
    yield found
    found.trap.close()
    server.stop()


def states(run: Any) -> dict[str, str]:
    return {one["path"]: one["state"] for one in run["findings"]}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_that_is_back_soon(office: Office, when: str) -> None:
    """It dies between mark and expunge; the same run tries again, and comes to the end."""
    case, theirs = office.find(), office.theirs()
    back = threading.Timer(0.2, office.server.start)

    def die() -> None:
        office.server.kill()
        back.start()

    office.trap.arm(2, when, die)
    office.desk("erase", case, "--yes", code=0)
    back.join()
    assert office.trap.sprung
    assert office.hers() == 0
    assert office.theirs() == theirs


@pytest.mark.prove
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_that_dies_between_mark_and_expunge(office: Office, when: str) -> None:
    """The case knows that it is not done, and comes to its end; another client's mark dooms nobody."""
    case, theirs = office.find(), office.theirs()
    trap = office.trap
    trap.arm(2, when, office.server.kill)
    run = office.desk("erase", "--json", case, "--yes", code=[3, 5])
    assert trap.sprung
    assert trap.names()[:2] == ["UID STORE", "UID EXPUNGE"]
    assert "erased" not in {state for path, state in states(run.json).items() if path == "INBOX;UID=2"} or (
        when == "after"
    )
    office.server.start()
    assert office.theirs() == theirs
    assert office.hers() >= 1
    office.desk("verify", case, code=3)  # what the first run says is next: looks again, and replans
    office.desk("show", case, code=3)
    office.desk("erase", case, "--yes", code=[0, 3])
    assert office.hers() == 0
    assert office.theirs() == theirs
    end = office.desk("verify", "--json", case, code=[0, 3]).json
    assert set(states(end).values()) <= {"erased", "absent"}


def test_a_mail_that_moved_is_found_where_it_is(office: Office) -> None:
    """Promise 16, over IMAP."""
    case, theirs = office.find(), office.theirs()
    office.colleague.move("INBOX", "2", "Arkiv")
    run = office.desk("erase", "--json", case, "--yes", code=3).json
    assert office.hers() == 1, "not in the plan that was approved"
    assert states(run)["Arkiv;UID=2"] == "open"
    office.desk("show", case, code=3)
    office.desk("erase", case, "--yes", code=0)
    assert office.hers() == 0
    assert office.theirs() == theirs


def test_a_folder_made_anew_between_plan_and_run_loses_nothing(office: Office) -> None:
    """The numbers of the plan are Bo's mails now."""
    office.colleague.create("Kunder")
    office.colleague.append("Kunder", mail(ANNA, "Anna Ek", "sex"))
    office.desk("scan", code=0)
    case = str(office.desk("find", "--json", ANNA, code=[0, 3]).json["case"])
    office.colleague.drop("Kunder")
    office.colleague.create("Kunder")
    office.colleague.append("Kunder", mail(BO, "Bo Dal", "sex"))
    theirs = office.theirs()
    office.desk("erase", case, "--yes", code=[0, 3, 4])
    assert office.theirs() == theirs


def test_a_folder_made_anew_after_a_crash_proves_nothing_gone(office: Office) -> None:
    """Killed before the server heard of it: that the old number is no mail's now is no word of the mail itself."""
    office.colleague.create("Kunder")
    six = mail(ANNA, "Anna Ek", "sex")
    office.colleague.append("Kunder", mail(BO, "Bo Dal", "sju"), six)
    office.desk("scan", code=0)
    case = str(office.desk("find", "--json", ANNA, code=[0, 3]).json["case"])
    office.desk("show", case, code=[0, 3])
    child: list[subprocess.Popen[bytes]] = []
    office.trap.arm(5, "before", lambda: os.kill(child[0].pid, signal.SIGKILL))  # two each for those in INBOX
    child.append(office.desk.start("erase", case, "--yes"))
    child[0].communicate()
    assert office.trap.sprung
    office.colleague.drop("Kunder")
    office.colleague.create("Kunder")
    office.colleague.append("Kunder", six)
    run = office.desk("erase", "--json", case, "--yes", code=[0, 3]).json
    assert office.hers() == 1
    assert sum(state == "erased" for state in states(run).values()) == 2, "those of INBOX, and no other"
    assert states(run)["Kunder;UID=1"] == "open"


def test_a_folder_made_anew_after_erasing_takes_nothing_back(office: Office) -> None:
    """A mail of Bo's under the old number is no word of hers: it stays erased, unless the walk meets it."""
    office.colleague.create("Kunder")
    six, seven = mail(ANNA, "Anna Ek", "sex"), mail(BO, "Bo Dal", "sju")
    office.colleague.append("Kunder", six, seven)
    office.desk("scan", code=0)
    case = str(office.desk("find", "--json", ANNA, code=[0, 3]).json["case"])
    assert set(states(office.desk("erase", "--json", case, "--yes", code=0).json).values()) == {"erased"}
    for mails, code, state in (([seven, seven], 0, "erased"), ([seven, six], 3, "open")):
        office.colleague.drop("Kunder")
        office.colleague.create("Kunder")
        office.colleague.append("Kunder", *mails)
        end = states(office.desk("verify", "--json", case, code=code).json)
        assert end.pop("Kunder;UID=1") == "erased"
        assert end.pop("Kunder;UID=2", "erased") == state
        assert set(end.values()) == {"erased"}
