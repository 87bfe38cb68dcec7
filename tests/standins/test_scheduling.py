"""The stand-in that schedules, before the tables of RFC 6638, 3.2: what it mails for each change, by real SMTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.dav.samples import BO, MAJA, OUR, attendee, event
from tests.servers.dav_client import Client
from tests.standins.dav_server import PASSWORD
from tests.standins.scheduling import Scheduling
from tests.standins.smtp_sink import Sink, smtp_sink

ITEM = "/calendars/info/work/m.ics"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def server(sink: Sink) -> Iterator[Scheduling]:
    with Scheduling(sink.port) as server:
        server.store.add_user("info", OUR)
        yield server


@pytest.fixture
def client(server: Scheduling) -> Client:
    return Client(server.port, "info", PASSWORD, {"calendar": "/calendars/info/", "addressbook": "/addressbooks/info/"})


def meeting(agent: str | None, title: str = "Möte") -> bytes:
    """With Maja under this agent, or without her; Bo is looked after by others."""
    hers = {
        "SERVER": {},
        "NONE": {"SCHEDULE_AGENT": "NONE"},
        "CLIENT": {"SCHEDULE_AGENT": "CLIENT"},
        "X-A": {"SCHEDULE_AGENT": "X-A"},
    }
    people = [attendee(BO, "Bo Dal", SCHEDULE_AGENT="NONE")]
    people += [attendee(MAJA, "Maja Blomqvist", **hers[agent])] if agent else []
    return event("m1", title, *people)


@pytest.mark.parametrize(
    ("before", "now", "method"),
    [
        (None, "SERVER", "REQUEST"), (None, "CLIENT", ""), (None, "NONE", ""),
        ("SERVER", None, "CANCEL"), ("SERVER", "SERVER", "REQUEST"), ("SERVER", "CLIENT", "CANCEL"),
        ("SERVER", "NONE", "CANCEL"), ("SERVER", "X-A", "CANCEL"),
        ("CLIENT", None, ""), ("CLIENT", "SERVER", "REQUEST"), ("CLIENT", "CLIENT", ""), ("CLIENT", "NONE", ""),
        ("NONE", None, ""), ("NONE", "SERVER", "REQUEST"), ("NONE", "CLIENT", ""), ("NONE", "NONE", ""),
    ],
)  # fmt: skip
def test_an_organiser_changes_an_event(
    server: Scheduling, sink: Sink, client: Client, before: str | None, now: str | None, method: str
) -> None:
    server.seed(ITEM, meeting(before))
    client.write(ITEM, meeting(now, "Flyttat"))
    assert sink.told() == ([(MAJA, method)] if method else [])


@pytest.mark.parametrize(("agent", "method"), [("SERVER", "CANCEL"), ("CLIENT", ""), ("NONE", "")])
def test_an_organiser_erases_an_event(server: Scheduling, sink: Sink, client: Client, agent: str, method: str) -> None:
    server.seed(ITEM, meeting(agent))
    client.done("DELETE", ITEM, Schedule_Reply="F")  # which speaks of an attendee's reply alone
    assert sink.told() == ([(MAJA, method)] if method else [])


def test_nobody_is_told_of_what_nobody_sees(server: Scheduling, sink: Sink, client: Client) -> None:
    server.seed(ITEM, meeting("SERVER"))
    client.write(ITEM, meeting("SERVER").replace(b"DTSTAMP:2026", b"DTSTAMP:2027"))
    assert sink.told() == []


def test_one_instance_alone_is_cancelled(server: Scheduling, sink: Sink, client: Client) -> None:
    series = event("m1", "Varje vecka", attendee(MAJA, "Maja Blomqvist"), override=(attendee(MAJA, "Maja Blomqvist"),))
    server.seed(ITEM, series)
    head, line, tail = series.rpartition(attendee(MAJA, "Maja Blomqvist").encode() + b"\r\n")
    assert line
    client.write(ITEM, head + tail)
    assert (MAJA, "CANCEL") in sink.told()


@pytest.mark.parametrize(("headers", "told"), [({}, [(BO, "REPLY")]), ({"Schedule_Reply": "F"}, [])])
def test_an_attendee_erases_the_copy(
    server: Scheduling, sink: Sink, client: Client, headers: dict[str, str], told: list[tuple[str, str]]
) -> None:
    server.seed(ITEM, event("m1", "Deras", attendee(OUR, "Info"), attendee(MAJA, "Maja Blomqvist"), who=BO))
    client.done("DELETE", ITEM, b"", **headers)
    assert sink.told() == told


def test_a_mail_is_a_message_of_itip(server: Scheduling, sink: Sink, client: Client) -> None:
    client.write(ITEM, meeting("SERVER"))
    (mail,) = sink.mails
    assert (mail.sender, mail.recipients, mail.message["Subject"]) == (OUR, (MAJA,), "Inbjudan")
    assert b"BEGIN:VCALENDAR" in mail.data or "BEGIN:VCALENDAR" in str(mail.message.get_body(("calendar",)))
