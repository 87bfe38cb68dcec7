"""Promise 13: a recording mail sink stays empty through every calendar edit that no person has let go.

The servers do mail: a stand-in that keeps to the tables of RFC 6638, and a real Xandikos. Each test of silence has its
twin, in which the guard is taken out, and the same sink takes mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.base import Locator, Outcome
from connectors.calendar.caldav import CalDav
from connectors.dav.source import Dav
from connectors.errors import Unsupported
from tests.conftest import Desk
from tests.connectors.dav.samples import BO, EVA, MAJA, OUR, attendee, card, event, without_line
from tests.connectors.dav.worlds import settings_of
from tests.servers.dav_client import Client
from tests.servers.gate import Gate
from tests.servers.xandikos import Xandikos
from tests.standins.dav_server import PASSWORD
from tests.standins.scheduling import Scheduling
from tests.standins.smtp_sink import Sink, smtp_sink

NILS, BOSS = "nils@ek.example", "chef@annan.example"
FOUR = tuple(attendee(*one) for one in ((BO, "Bo Dal"), (EVA, "Eva Lind"), (NILS, "Nils Ek"), (MAJA, "Maja Blomqvist")))
OURS = attendee(OUR, "Info")
WORK, BOOK = "/calendars/info/work/", "/addressbooks/info/book/"
EVENTS = {
    "meeting": event("m1", "Genomgång", *FOUR),
    "alone": event("m2", "Samtal", attendee(MAJA, "Maja Blomqvist")),
    "invited": event("m3", "Deras möte", OURS, attendee(MAJA, "Maja Blomqvist"), who=BOSS),
    "hers": event("m4", "Hos Maja", OURS, who=MAJA),
    "note": event("m5", "Maja Blomqvist", f"DESCRIPTION:Ring {MAJA}", who=""),
    "bos": event("m6", "Annat", attendee(BO, "Bo Dal")),
}
CONFIG = """
[agent]
state = ".gallra"
key = "file:gallra.key"

[company]
name = "Invex AB"
domains = ["invex.example"]

[[source]]
name = "kalender"
kind = "caldav"
backup = "none"
url = "{url}"
user = "info"
password = "env:GALLRA_DAV"

[[source]]
name = "kontakter"
kind = "carddav"
backup = "none"
url = "{url}"
user = "info"
password = "env:GALLRA_DAV"
"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def server(sink: Sink) -> Iterator[Scheduling]:
    with Scheduling(sink.port) as server:
        server.store.add_user("info", OUR)
        for name, data in EVENTS.items():
            server.seed(f"{WORK}{name}.ics", data)
        server.seed(f"{BOOK}maja.vcf", card("k1", "Maja Blomqvist", MAJA))
        server.seed(f"{BOOK}bo.vcf", card("k2", "Bo Dal", BO))
        yield server


@pytest.fixture
def desk(desk: Desk, server: Scheduling) -> Desk:
    desk.env["GALLRA_DAV"] = PASSWORD
    desk.write(CONFIG.format(url=server.url))("scan", code=0)
    return desk


def planned(run: Any) -> dict[str, tuple[str, str | None, str]]:
    """File name -> what is proposed, why, and the state."""
    return {
        one["path"].rpartition("/")[2]: (one["action"], one["reason"], one["state"]) for one in run.json["findings"]
    }


def test_a_case_is_erased_in_silence_and_people_are_told_only_where_a_person_said_so(
    desk: Desk, server: Scheduling, sink: Sink
) -> None:
    before = dict(server.store.resources)
    found = desk("find", "--json", MAJA, code=[0, 3])
    case = str(found.json["case"])
    assert {name: one[:2] for name, one in planned(found).items()} == {
        "meeting.ics": ("decide", "would notify 4 people"),
        "alone.ics": ("decide", "would notify 1 person"),
        "invited.ics": ("amend", None),
        "hers.ics": ("remove", None),
        "note.ics": ("remove", None),
        "maja.vcf": ("remove", None),
    }

    desk("erase", case, "--yes", code=3)
    assert sink.told() == []
    left = server.store.resources
    assert left.keys() == before.keys() - {f"{WORK}hers.ics", f"{WORK}note.ics", f"{BOOK}maja.vcf"}
    assert {path for path in left if left[path] != before[path]} == {f"{WORK}invited.ics"}
    assert MAJA.encode() not in left[f"{WORK}invited.ics"]
    assert OUR.encode() in left[f"{WORK}invited.ics"]

    shown = desk("show", "--json", case, code=[0, 3])
    meeting = next(one for one in shown.json["findings"] if one["path"].endswith("/meeting.ics"))
    desk("decide", case, str(meeting["id"]), "erase", code=0)
    desk("show", case)
    desk("erase", case, "--yes", code=3)
    assert sink.told() == sorted([(BO, "REQUEST"), (EVA, "REQUEST"), (NILS, "REQUEST"), (MAJA, "CANCEL")])
    assert left[f"{WORK}meeting.ics"] == without_line(EVENTS["meeting"], FOUR[-1].encode())
    assert left[f"{WORK}alone.ics"] == before[f"{WORK}alone.ics"]
    assert left[f"{WORK}bos.ics"] == before[f"{WORK}bos.ics"]


@pytest.mark.prove
def test_a_decision_does_not_reach_beyond_its_event(desk: Desk, server: Scheduling, sink: Sink) -> None:
    found = desk("find", "--json", MAJA, code=[0, 3])
    case = str(found.json["case"])
    alone = next(one for one in found.json["findings"] if one["path"].endswith("/alone.ics"))
    desk("decide", case, str(alone["id"]), "erase", code=0)
    desk("show", case)
    desk("erase", case, "--yes", code=3)
    assert sink.told() == [(MAJA, "CANCEL")]
    assert server.store.resources[f"{WORK}meeting.ics"] == EVENTS["meeting"]


@pytest.mark.prove
def test_a_server_that_begins_to_schedule_after_the_plan_is_not_let_go(
    desk: Desk, server: Scheduling, sink: Sink
) -> None:
    """The executor asks for itself: nothing that was planned when the server was silent is erased now."""
    scheduling, server.features = server.features, "1, 3, access-control, calendar-access, addressbook"
    found = desk("find", "--json", MAJA, code=[0, 3])
    assert planned(found)["alone.ics"][:2] == ("remove", None)
    server.features = scheduling
    desk("erase", str(found.json["case"]), "--yes", code=3)
    assert sink.told() == []
    assert server.store.resources[f"{WORK}alone.ics"] == EVENTS["alone"]
    after = planned(desk("show", "--json", str(found.json["case"]), code=[0, 3]))
    assert after["alone.ics"] == ("decide", "the source cannot do this safely: would notify 1 person", "blocked")


@pytest.mark.prove
def test_a_server_that_says_erased_and_keeps_it_is_never_believed(desk: Desk, server: Scheduling, sink: Sink) -> None:
    """Promise 7."""
    found = desk("find", "--json", MAJA, code=[0, 3])
    server.keeps = True
    run = desk("erase", str(found.json["case"]), "--yes", "--json", code=3)
    states = {one["path"].rpartition("/")[2]: one["state"] for one in run.json["findings"]}
    assert {states[name] for name in ("hers.ics", "note.ics", "maja.vcf")} <= {"open", "failed"}
    assert sink.told() == []


@dataclass
class Account:
    """A calendar on a server that mails: opened, with the paths of its events."""

    source: CalDav
    paths: dict[str, str]

    def at(self, name: str) -> Locator:
        return Locator("kalender", self.paths[name])

    def remove(self, name: str) -> Outcome:
        return self.source.remove(self.at(name), self.source.version(self.at(name))).outcome

    def amend(self, name: str) -> None:
        """Maja leaves."""
        at = self.at(name)
        with self.source.read(at) as content:
            data = content.stream.read()
        line = next(one for one in data.replace(b"\r\n ", b"").split(b"\r\n") if MAJA.encode() in one)
        self.source.commit(self.source.stage(at, self.source.version(at), without_line(data, line[:20])))


@pytest.fixture
def account(server: Scheduling) -> Iterator[Account]:
    settings = settings_of(CalDav, url=server.url, user="info", password=PASSWORD, timeout=20)
    with CalDav("kalender", settings) as source:
        yield Account(source, {name: f"{WORK}{name}.ics" for name in EVENTS})


@pytest.fixture
def real(sink: Sink) -> Iterator[Account]:
    """Xandikos, which invites when it is seeded: the sink is emptied then."""
    server = Xandikos(sink.port)
    client: Client = server.user(OUR)
    calendar = client.make("arbete", "calendar", "Arbete")
    paths = {name: client.put(calendar, f"{name}.ics", data) for name, data in EVENTS.items()}
    assert (BO, "REQUEST") in sink.told()
    sink.mails.clear()
    gate = Gate(server.port)
    gate.adds = client.signed
    try:
        settings = settings_of(CalDav, url=f"http://127.0.0.1:{gate.port}/", timeout=20)
        with CalDav("kalender", settings) as source:
            yield Account(source, paths)
    finally:
        gate.close()
        server.stop()


@pytest.fixture(params=["stand-in", "xandikos"])
def mailing(request: pytest.FixtureRequest) -> Account:
    found = request.getfixturevalue("account" if request.param == "stand-in" else "real")
    assert isinstance(found, Account)
    return found


def without_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CalDav, "_guard", Dav._guard)


def test_an_organisers_event_goes_only_when_it_is_let(mailing: Account, sink: Sink) -> None:
    assert mailing.source.would_notify(mailing.at("meeting")) == 4
    for change in (mailing.remove, mailing.amend):
        with pytest.raises(Unsupported, match="would notify 4 people"):
            change("meeting")
    assert sink.told() == []
    mailing.source.allow(mailing.at("meeting"))
    assert mailing.remove("meeting") is Outcome.ERASED
    assert sink.told() == sorted((one, "CANCEL") for one in (BO, EVA, NILS, MAJA))
    with pytest.raises(Unsupported):
        mailing.remove("alone")


@pytest.mark.parametrize("name", ["invited", "hers", "note"])
def test_copies_and_notes_go_silently(mailing: Account, sink: Sink, name: str) -> None:
    assert mailing.source.would_notify(mailing.at(name)) == 0
    assert mailing.remove(name) is Outcome.ERASED
    assert sink.told() == []


def test_without_the_guard_an_erased_event_is_mailed(
    mailing: Account, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch)
    mailing.remove("meeting")
    assert sink.told() == sorted((one, "CANCEL") for one in (BO, EVA, NILS, MAJA))


def test_without_the_guard_an_attendee_who_leaves_is_mailed(
    mailing: Account, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_guard(monkeypatch)
    mailing.amend("meeting")
    assert (MAJA, "CANCEL") in sink.told()


def test_without_the_header_an_erased_copy_is_answered(
    account: Account, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.dav.changing._SILENT", {})
    account.remove("invited")
    assert sink.told() == [(BOSS, "REPLY")]


def test_a_copy_is_amended_silently(account: Account, sink: Sink) -> None:
    account.amend("invited")
    assert sink.told() == []


def test_an_allowance_ends_with_its_session(account: Account, sink: Sink) -> None:
    account.source.allow(account.at("alone"))
    account.source.close()
    account.source.open()
    with pytest.raises(Unsupported):
        account.remove("alone")
    assert sink.told() == []


def test_an_allowed_event_that_a_server_marks_is_amended_for_good(mailing: Account, sink: Sink) -> None:
    """Servers write into each attendee what became of the mail: that is not another content."""
    mailing.source.allow(mailing.at("meeting"))
    mailing.amend("meeting")
    assert (MAJA, "CANCEL") in sink.told()
