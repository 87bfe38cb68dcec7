"""The DAV client before a stand-in that misbehaves: what is walked, read, erased and said then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.base import Checkpoint, Gap, GapReason, Gone, Item, Locator, Outcome, Presence, Resumed, Version
from connectors.calendar.caldav import CalDav
from connectors.contacts.carddav import CardDav
from connectors.dav.source import Dav
from connectors.errors import (
    Changed,
    ConnectorError,
    Denied,
    Held,
    Malformed,
    ProtocolBroken,
    Throttled,
    Unreachable,
    Unsupported,
)
from tests.connectors.dav.samples import BO, MAJA, card, event, photo
from tests.connectors.dav.worlds import settings_of
from tests.standins.dav_server import PASSWORD, Answer, DavServer, Mood

WORK, BOOK = "/calendars/anna/work/", "/addressbooks/anna/book/"
HOME, FIRST = "/calendars/anna/", f"{WORK}1.ics"


@pytest.fixture
def dav() -> Iterator[DavServer]:
    with DavServer() as server:
        server.store.add_user("anna", "anna@invex.example")
        for number in range(1, 6):
            server.store.put(f"{WORK}{number}.ics", event(str(number), "Maja Blomqvist"))
            server.store.put(f"{BOOK}{number}.vcf", card(str(number), "Bo Dal", BO, photo(str(number))))
        yield server


@pytest.fixture
def calendar(dav: DavServer) -> Iterator[CalDav]:
    with connect(dav, CalDav) as source:
        yield source


def connect(dav: DavServer, kind: type[Dav], **more: Any) -> Any:
    given = {"url": dav.url, "user": "anna", "password": PASSWORD, "timeout": 5, "connections": 8} | more
    return kind("dav", settings_of(kind, **given))


def test_what_newcomers_get_wrong_is_told_with_the_next_step(dav: DavServer) -> None:
    for wrong, error, word in (
        ({"password": "another"}, Denied, "check user, password"),
        ({"url": dav.url.replace("http:", "https:")}, Unreachable, "does not speak TLS"),
        ({"calendars": ["Jobb", "Maja"]}, Unreachable, "name [12] of 2 in `calendars`"),
    ):
        with pytest.raises(error, match=word) as met, connect(dav, CalDav, **wrong) as source:
            list(source.scopes())
        assert "Maja" not in str(met.value)
    dav.refuse("PROPFIND", 403, times=9)
    with pytest.raises(Denied, match="is the path in url right"):
        connect(dav, CalDav).open()


def test_check_is_told_which_path_is_which_calendar(dav: DavServer) -> None:
    with connect(dav, CalDav) as source:
        told = source.open().facts
    assert any(fact.startswith(f"{WORK} is the calendar ") for fact in told)


def at(path: str) -> Locator:
    return Locator("dav", path)


def paths(events: list[Any], kind: type[Any] = Item) -> list[str]:
    return [event.locator.path for event in events if isinstance(event, kind)]


def told(*parts: str) -> Answer:
    inner = "".join(parts)
    body = f'<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">{inner}</d:multistatus>'
    return Answer(207, body.encode(), {"Content-Type": "application/xml"})


def response(href: str, etag: str = '"x"', more: str = "") -> str:
    prop = f"<d:prop><d:getetag>{etag}</d:getetag>{more}</d:prop><d:status>HTTP/1.1 200 OK</d:status>"
    return f"<d:response><d:href>{href}</d:href><d:propstat>{prop}</d:propstat></d:response>"


FOLDER = "<d:resourcetype><d:collection/></d:resourcetype>"


# -- finding the account


@pytest.mark.parametrize("path", ["", "principals/anna/", "calendars/anna/", "calendars/anna/work/"])
def test_every_address_of_the_account_leads_to_its_calendar(dav: DavServer, path: str) -> None:
    with connect(dav, CalDav, url=dav.url + path) as source:
        assert WORK in list(source.scopes())
        assert len(paths(list(source.walk(WORK)))) == 5


def test_a_wrong_password_is_denied(dav: DavServer) -> None:
    with pytest.raises(Denied):
        connect(dav, CalDav, password="wrong").open()


def test_an_address_of_nothing_is_unreachable(dav: DavServer) -> None:
    dav.refuse("PROPFIND", 404, times=9)
    with pytest.raises(Unreachable):
        connect(dav, CalDav, url=f"{dav.url}nowhere/").open()


def test_calendars_are_chosen_by_name_or_address_and_the_others_told(dav: DavServer) -> None:
    for chosen in ("Arbete", WORK):
        with connect(dav, CalDav, calendars=[chosen]) as source:
            assert WORK in list(source.scopes())
    with pytest.raises(Unreachable, match="calendars"):
        connect(dav, CalDav, calendars=["Privat"]).open()
    with connect(dav, CardDav, addressbooks=["Kontakter"]) as source:
        assert list(source.scopes()) == [BOOK]


def test_no_other_host_gets_the_password(dav: DavServer) -> None:
    with DavServer() as other:
        there = other.url.replace("127.0.0.1", "localhost")
        for method, path in (("PROPFIND", "/.well-known/"), ("PROPFIND", "/")):
            dav.moods[:] = [Mood(method, Answer(301, headers={"Location": f"{there}dav/"}), path, times=9)]
            with pytest.raises(Unreachable):
                connect(dav, CalDav).open()
        dav.moods.clear()
        with connect(dav, CalDav) as source:
            moved = Answer(302, headers={"Location": f"{there}x.ics"})
            dav.moods[:] = [Mood("GET", moved, times=9), Mood("DELETE", moved, times=9)]
            with pytest.raises(ConnectorError):
                source.read(at(FIRST))
            with pytest.raises(ConnectorError):
                source.remove(at(FIRST), source.version(at(FIRST)))
        assert other.requests == []


# -- walking


def test_a_walk_goes_on_from_its_cursor_page_by_page(dav: DavServer, calendar: CalDav) -> None:
    cursor = list(calendar.walk(WORK))[-1]
    assert isinstance(cursor, Checkpoint)
    assert list(calendar.walk(WORK, cursor.cursor)) == [Resumed(), cursor]
    dav.page = 1
    dav.store.put(f"{WORK}6.ics", event("6", "Ny"))
    dav.store.drop(FIRST)
    dav.store.put(f"{WORK}2.ics", event("2", "Annan"))
    events = list(calendar.walk(WORK, cursor.cursor))
    assert events[0] == Resumed()
    assert sorted(paths(events)) == [f"{WORK}2.ics", f"{WORK}6.ics"]
    assert paths(events, Gone) == [FIRST]
    assert isinstance(events[-1], Checkpoint)
    assert next(iter(calendar.walk(WORK, events[-1].cursor))) == Resumed()


@pytest.mark.parametrize("status", [400, 403, 409, 410, 412, 501])
def test_a_token_that_is_not_taken_means_a_full_walk(dav: DavServer, calendar: CalDav, status: int) -> None:
    cursor = list(calendar.walk(WORK))[-1]
    assert isinstance(cursor, Checkpoint)
    dav.refuse("REPORT", status)
    events = list(calendar.walk(WORK, cursor.cursor))
    assert Resumed() not in events
    assert len(paths(events)) == 5


def test_a_line_that_is_cut_is_never_a_full_walk_or_an_end(dav: DavServer, calendar: CalDav) -> None:
    cursor = list(calendar.walk(WORK))[-1]
    assert isinstance(cursor, Checkpoint)
    dav.moods.append(Mood("REPORT", Answer(-1)))
    with pytest.raises(Unreachable):
        list(calendar.walk(WORK, cursor.cursor))
    body = told(response(WORK, more=FOLDER), response(FIRST)).body[:-30]
    dav.moods[:] = [Mood("PROPFIND", Answer(207, body), WORK, times=9)]
    with pytest.raises(Unreachable):
        list(calendar.walk(WORK))


@pytest.mark.parametrize("status", ["507 Insufficient Storage", "503 Service Unavailable"])
def test_a_list_that_the_server_says_is_cut_short_is_no_full_walk(
    dav: DavServer, calendar: CalDav, status: str
) -> None:
    """Else all that it left out would count as gone (RFC 4918, 11.5; RFC 6578, 3.6)."""
    cut = f"<d:response><d:href>{WORK}</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>"
    listed = told(response(WORK, more=FOLDER), response(FIRST), cut)
    plain = dav.answer

    def answer(asked: Any) -> Answer:
        deep = asked.method == "PROPFIND" and asked.path == WORK and asked.headers.get("Depth") == "1"
        return listed if deep else plain(asked)

    dav.answer = answer  # type: ignore[method-assign]
    with pytest.raises(Unreachable, match="not list"):
        list(calendar.walk(WORK))


def listed_home(dav: DavServer, *parts: str) -> None:
    """From now on, the list of the calendar home is this."""
    plain = dav.answer

    def answer(asked: Any) -> Answer:
        deep = asked.method == "PROPFIND" and asked.path == HOME and asked.headers.get("Depth") == "1"
        return told(response(HOME, more=FOLDER), *parts) if deep else plain(asked)

    dav.answer = answer  # type: ignore[method-assign]


@pytest.mark.parametrize("failed", [HOME, WORK])
@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Service Unavailable", "507 Insufficient Storage"])
def test_an_account_that_is_not_listed_whole_is_unreachable(
    dav: DavServer, calendar: CalDav, failed: str, status: str
) -> None:
    """Else the calendar that the server could not tell of would count as gone, with all that was in it."""
    assert WORK in list(calendar.scopes())
    listed_home(dav, f"<d:response><d:href>{failed}</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>")
    with pytest.raises(Unreachable, match="does not show all"):
        list(calendar.scopes())


def test_a_calendar_that_may_not_be_looked_at_any_more_is_a_gap_and_not_gone(dav: DavServer, calendar: CalDav) -> None:
    closed = f"<d:response><d:href>{WORK}</d:href><d:status>HTTP/1.1 403 Forbidden</d:status></d:response>"
    listed_home(dav, closed)
    assert WORK in list(calendar.scopes())
    assert list(calendar.walk(WORK)) == [Gap(at(WORK), GapReason.DENIED)]


def test_addresses_that_lead_elsewhere_are_gaps_and_never_asked_for(dav: DavServer, calendar: CalDav) -> None:
    wrong = (
        "https://evil.example/1.ics",
        "/calendars/bo/work/1.ics",
        f"{WORK}../1.ics",
        f"{WORK}a%2Fb.ics",
        f"{WORK}x/y",
    )
    listed = told(response(WORK, more=FOLDER), response(FIRST), *map(response, wrong))
    plain = dav.answer

    def answer(asked: Any) -> Answer:
        deep = asked.method == "PROPFIND" and asked.path == WORK and asked.headers.get("Depth") == "1"
        return listed if deep else plain(asked)

    dav.answer = answer  # type: ignore[method-assign]
    events = list(calendar.walk(WORK))
    assert paths(events) == [FIRST]
    gaps = [event for event in events if isinstance(event, Gap)]
    assert len(gaps) == len(wrong) == len({gap.locator for gap in gaps})
    assert all(gap.reason is GapReason.UNREADABLE and gap.locator.path.startswith(WORK) for gap in gaps)
    for gap in gaps:
        with pytest.raises(Malformed):
            calendar.read(gap.locator)
    for path in wrong[1:]:
        with pytest.raises(Malformed):
            calendar.presence(at(path))


def test_a_collection_that_is_refused_is_a_gap(dav: DavServer, calendar: CalDav) -> None:
    dav.refuse("PROPFIND", 403, WORK, times=9)
    assert [(event.locator.path, event.reason) for event in calendar.walk(WORK) if isinstance(event, Gap)] == [
        (WORK, GapReason.DENIED)
    ]
    with pytest.raises(Denied):
        calendar.presence(at(FIRST))


def test_an_account_that_was_emptied_is_unreachable(dav: DavServer, calendar: CalDav) -> None:
    cursor = list(calendar.walk(WORK))[-1]
    assert isinstance(cursor, Checkpoint)
    calendar.expect_items = True
    for path in list(dav.store.resources):
        dav.store.drop(path)
    for asked in (None, cursor.cursor):
        with pytest.raises(Unreachable):
            list(calendar.walk(WORK, asked))
    with pytest.raises(Unreachable):
        calendar.presence(at(FIRST))


def test_an_item_of_another_account_is_not_said_to_be_gone(dav: DavServer, calendar: CalDav) -> None:
    for path in ("/calendars/bo/work/1.ics", "/calendars/bo/work/9.ics", f"{BOOK}1.vcf"):
        with pytest.raises(Malformed):
            calendar.presence(at(path))
    del dav.store.collections[WORK]
    assert calendar.presence(at(f"{WORK}9.ics")) is Presence.ABSENT  # the home tells that the calendar is no more


# -- reading


@pytest.mark.parametrize("kind", [CalDav, CardDav])
def test_many_are_read_in_one_answer_with_the_same_bytes(dav: DavServer, kind: type[Dav]) -> None:
    scope = WORK if kind is CalDav else BOOK
    with connect(dav, kind) as source:
        met = [event for event in source.walk(scope) if isinstance(event, Item)]
        source.ahead([one.locator for one in met])
        for one in met:
            with source.read(one.locator) as content:
                assert content.stream.read() == dav.store.resources[one.locator.path]
                assert content.version == one.version
    assert len(dav.asked("GET")) <= 1


def test_bytes_that_xml_cannot_carry_come_by_get(dav: DavServer, calendar: CalDav) -> None:
    odd = {
        f"{WORK}1.ics": b"BEGIN:VCALENDAR\nX:\x0c\nEND:VCALENDAR\n",
        f"{WORK}2.ics": event("2", "A").replace(b"\r\n", b"\n"),
    }
    dav.store.resources.update(odd)
    locators = [at(f"{WORK}{number}.ics") for number in range(1, 6)]
    calendar.ahead(locators)
    for locator in locators:
        with calendar.read(locator) as content:
            assert content.stream.read() == dav.store.resources[locator.path]


def test_a_multiget_that_gives_other_bytes_is_not_believed(dav: DavServer, calendar: CalDav) -> None:
    data = "<c:calendar-data>BEGIN:VCALENDAR&#13;\nEND:VCALENDAR&#13;\n</c:calendar-data>"
    parts = [response(f"{WORK}{number}.ics", dav.store.etag(f"{WORK}{number}.ics"), data) for number in (1, 2)]
    dav.moods.append(Mood("REPORT", told(*parts), times=9))
    calendar.ahead([at(f"{WORK}{number}.ics") for number in (1, 2)])
    for number in (1, 2):
        with calendar.read(at(f"{WORK}{number}.ics")) as content:
            assert content.stream.read() == dav.store.resources[f"{WORK}{number}.ics"]


# -- erasing


def test_what_changed_is_left(dav: DavServer, calendar: CalDav) -> None:
    version = calendar.version(at(FIRST))
    staged = calendar.stage(at(FIRST), version, event("1", "Rest"))
    dav.store.put(FIRST, event("1", "Kollegans"))
    for ask in (lambda: calendar.remove(at(FIRST), version), lambda: calendar.commit(staged)):
        with pytest.raises(Changed):
            ask()
    assert dav.store.resources[FIRST] == event("1", "Kollegans")


def test_a_change_in_the_very_moment_is_left_too(dav: DavServer, calendar: CalDav) -> None:
    version = calendar.version(at(FIRST))
    plain = dav.answer

    def answer(asked: Any) -> Answer:
        if asked.method == "DELETE":
            dav.store.put(FIRST, event("1", "Kollegans"))
        return plain(asked)

    dav.answer = answer  # type: ignore[method-assign]
    with pytest.raises(Changed):
        calendar.remove(at(FIRST), version)
    assert dav.store.resources[FIRST] == event("1", "Kollegans")


def test_every_erasure_is_conditional_and_silent(dav: DavServer, calendar: CalDav) -> None:
    version = calendar.version(at(FIRST))
    assert calendar.remove(at(FIRST), version).outcome is Outcome.ERASED
    (asked,) = dav.asked("DELETE")
    assert asked.path == FIRST
    assert asked.headers["If-Match"] == version.token
    assert asked.headers["Schedule-Reply"] == "F"
    assert len(dav.store.resources) == 9


def test_a_lost_answer_is_looked_after(dav: DavServer, calendar: CalDav) -> None:
    dav.lose_answer("DELETE")
    assert calendar.remove(at(FIRST), calendar.version(at(FIRST))).outcome is Outcome.ERASED
    second = at(f"{WORK}2.ics")
    staged = calendar.stage(second, calendar.version(second), event("2", "Rest"))
    dav.lose_answer("PUT")
    where, version = calendar.commit(staged)
    assert (where, version.token) == (second, dav.store.etag(second.path))
    assert calendar.commit(staged) == (where, version)
    assert len(dav.asked("PUT")) == 1


def test_a_server_that_keeps_what_it_says_is_erased_is_not_believed(dav: DavServer, calendar: CalDav) -> None:
    dav.keeps = True
    with pytest.raises(ProtocolBroken):
        calendar.remove(at(FIRST), calendar.version(at(FIRST)))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (423, Held),
        (403, Denied),
        (401, Denied),
        (429, Throttled),
        (500, Unreachable),
        (412, Changed),
        (405, ProtocolBroken),
    ],
)  # fmt: skip
def test_refusals_of_an_erasure_are_told_apart(
    dav: DavServer, calendar: CalDav, status: int, error: type[ConnectorError]
) -> None:
    version = calendar.version(at(FIRST))
    dav.refuse("DELETE", status, Retry_After="7")
    with pytest.raises(error) as caught:
        calendar.remove(at(FIRST), version)
    assert FIRST in dav.store.resources
    assert getattr(caught.value, "retry_after", 7.0) == 7.0
    assert caught.value.locator == at(FIRST)


def test_what_the_server_does_not_take_is_unsupported(dav: DavServer, calendar: CalDav) -> None:
    staged = calendar.stage(at(FIRST), calendar.version(at(FIRST)), b"no calendar at all")
    with pytest.raises(Unsupported, match="valid-calendar-data"):
        calendar.commit(staged)
    assert dav.store.resources[FIRST] == event("1", "Maja Blomqvist")


def test_a_server_that_keeps_other_bytes_is_not_believed(dav: DavServer, calendar: CalDav) -> None:
    staged = calendar.stage(at(FIRST), calendar.version(at(FIRST)), event("1", "Rest"))
    dav.moods.append(Mood("PUT", Answer(204)))
    with pytest.raises(ProtocolBroken):
        calendar.commit(staged)


def test_nothing_else_than_what_was_staged_is_committed(calendar: CalDav) -> None:
    staged = calendar.stage(at(FIRST), calendar.version(at(FIRST)), event("1", "Rest"))
    for token in ("", "dav1 ", "dav1 eA==", staged.token[:-8], "dav2" + staged.token[4:]):
        with pytest.raises(Malformed):
            calendar.commit(type(staged)(staged.locator, staged.expected, token))


def test_weak_versions_are_told_and_conditions_kept(dav: DavServer, calendar: CalDav) -> None:
    plain = dav.store.etag
    dav.store.etag = lambda href: "W/" + plain(href)  # type: ignore[method-assign]
    version = calendar.version(at(FIRST))
    assert version == Version("W/" + plain(FIRST), version.strength)
    dav.refuse("DELETE", 412)
    with pytest.raises(Unsupported):
        calendar.remove(at(FIRST), version)
    assert calendar.remove(at(FIRST), version).outcome is Outcome.ERASED


def test_no_error_holds_an_address_or_a_name(dav: DavServer, calendar: CalDav) -> None:
    version = calendar.version(at(FIRST))
    for status in range(400, 520):
        dav.moods[:] = [Mood("DELETE", Answer(status, b"<e>Maja Blomqvist</e>", {"Retry-After": "0"}))]
        with pytest.raises(ConnectorError) as caught:
            calendar.remove(at(FIRST), version)
        assert not {"Maja", "1.ics", "calendars", "127.0.0.1", "anna", MAJA} & set(str(caught.value).split())
        assert "/" not in str(caught.value)
    assert FIRST in dav.store.resources
