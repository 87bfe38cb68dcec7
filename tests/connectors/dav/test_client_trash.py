"""Nextcloud's trash bin, as its sources tell of it: passed by, looked into, emptied of what was erased, searched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.base import Item, Locator, Outcome, Presence
from connectors.calendar.caldav import CalDav
from tests.connectors.dav.samples import event
from tests.connectors.dav.worlds import settings_of
from tests.standins.dav_server import PASSWORD, Answer, DavServer

HOME, WORK = "/calendars/anna/", "/calendars/anna/work/"
OBJECTS = f"{HOME}trashbin/objects/"
FIRST = Locator("dav", f"{WORK}1.ics")
_SPACES = 'xmlns:d="DAV:" xmlns:n="http://nextcloud.com/ns"'
_FINE = "<d:status>HTTP/1.1 200 OK</d:status>"


class Nextcloud(DavServer):
    """Lays what is deleted into a bin that can be queried and not listed. `heeds`: it knows the header against that."""

    heeds = True
    empties = True  # what is deleted from the bin is gone

    def __init__(self) -> None:
        super().__init__()
        self.bin: dict[str, tuple[bytes, str]] = {}
        self.store.add_user("anna", "anna@invex.example")

    def lay(self, data: bytes, calendar: str) -> str:
        href = f"{OBJECTS}{len(self.bin) + 1}.ics"
        self.bin[href] = (data, calendar)
        return href

    def answer(self, asked: Any) -> Answer:
        if asked.path.startswith(OBJECTS):
            return self._in_bin(asked)
        before = self.store.resources.get(asked.path)
        answer = super().answer(asked)
        passed = self.heeds and asked.headers.get("X-NC-CalDAV-No-Trashbin") == "1"
        if asked.method == "DELETE" and answer.status == 204 and before is not None and not passed:
            self.lay(before, asked.path.split("/")[3])
        if (asked.method, asked.path) == ("PROPFIND", HOME) or asked.path == f"{HOME}trashbin/":
            return self._with_bin(answer)
        return answer

    def _with_bin(self, answer: Answer) -> Answer:
        kind = "<d:resourcetype><d:collection/><n:trash-bin/></d:resourcetype>"
        props = f"{kind}<n:trash-bin-retention-duration>864000</n:trash-bin-retention-duration>"
        one = f"<d:response {_SPACES}><d:href>{HOME}trashbin/</d:href><d:propstat><d:prop>{props}</d:prop>{_FINE}</d:propstat></d:response>"  # noqa: E501
        if answer.status != 207:
            return Answer(207, f"<d:multistatus {_SPACES}>{one}</d:multistatus>".encode())
        head, end, rest = answer.body.partition(b"</d:multistatus>")
        return Answer(207, head + one.encode() + end + rest, answer.headers)

    def _in_bin(self, asked: Any) -> Answer:
        if asked.path == OBJECTS:
            found = list(self.bin) if asked.method == "REPORT" else None
        else:
            found = [asked.path] if asked.path in self.bin else None
        if found is None:
            return Answer(501 if asked.path == OBJECTS else 404)
        if asked.method == "GET":
            return Answer(200, self.bin[asked.path][0], {"ETag": _etag(self.bin[asked.path][0])})
        if asked.method == "DELETE":
            if self.empties:
                del self.bin[asked.path]
            return Answer(204)
        return Answer(207, f"<d:multistatus {_SPACES}>{''.join(map(self._one, found))}</d:multistatus>".encode())

    def _one(self, href: str) -> str:
        data, calendar = self.bin[href]
        props = f"<d:getetag>{_etag(data)}</d:getetag><d:resourcetype/><n:calendar-uri>{calendar}</n:calendar-uri>"
        return (
            f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{props}</d:prop>{_FINE}</d:propstat></d:response>"
        )


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:24]}"'


@pytest.fixture
def cloud() -> Iterator[Nextcloud]:
    server = Nextcloud()
    with server:
        for number in (1, 2):
            server.store.put(f"{WORK}{number}.ics", event(str(number), "Maja Blomqvist"))
        server.lay(event("9", "Bo Dal"), "work")
        yield server


@pytest.fixture
def calendar(cloud: Nextcloud) -> Iterator[CalDav]:
    given = {"url": cloud.url, "user": "anna", "password": PASSWORD, "timeout": 5, "connections": 8}
    with CalDav("dav", settings_of(CalDav, **given)) as source:
        yield source


def test_what_is_erased_never_comes_to_lie_in_the_bin(cloud: Nextcloud, calendar: CalDav) -> None:
    receipt = calendar.remove(FIRST, calendar.version(FIRST))
    assert (receipt.outcome, receipt.until) == (Outcome.ERASED, None)
    assert [data for data, _ in cloud.bin.values()] == [event("9", "Bo Dal")]


def test_a_bin_that_took_it_is_emptied_of_exactly_that(cloud: Nextcloud, calendar: CalDav) -> None:
    cloud.heeds = False
    twin = cloud.lay(event("1", "Maja Blomqvist"), "another")
    assert calendar.remove(FIRST, calendar.version(FIRST)).outcome is Outcome.ERASED
    assert sorted(cloud.bin) == [f"{OBJECTS}1.ics", twin]
    assert all(one.headers["If-Match"] for one in cloud.asked("DELETE"))


def test_a_bin_that_gives_nothing_up_makes_it_recoverable(cloud: Nextcloud, calendar: CalDav) -> None:
    cloud.heeds = cloud.empties = False
    receipt = calendar.remove(FIRST, calendar.version(FIRST))
    assert receipt.outcome is Outcome.RECOVERABLE
    assert receipt.until is not None
    assert timedelta(10) <= receipt.until - date.today() <= timedelta(11)
    assert calendar.presence(FIRST) is Presence.ABSENT


def test_what_lies_in_the_bin_is_searched_and_erased(cloud: Nextcloud, calendar: CalDav) -> None:
    scopes = list(calendar.scopes())
    assert f"{HOME}trashbin/" in scopes
    (item,) = [one for one in calendar.walk(f"{HOME}trashbin/") if isinstance(one, Item)]
    assert item.locator.path == f"{OBJECTS}1.ics"
    with calendar.read(item.locator) as content:
        assert content.stream.read() == event("9", "Bo Dal")
    assert calendar.remove(item.locator, item.version).outcome is Outcome.ERASED
    assert cloud.bin == {}
    assert calendar.remove(item.locator, item.version).outcome is Outcome.ABSENT
    assert len(cloud.store.resources) == 2


@pytest.mark.parametrize("way", ["bearer", "digest"])
def test_other_ways_to_sign_in(cloud: Nextcloud, way: str) -> None:
    """A stand-in for each: the token as it is, or an answer to the challenge in which the password never stands."""
    plain = cloud.answer
    seen = []

    def answer(asked: Any) -> Answer:
        told = asked.headers.get("Authorization", "")
        seen.append(told)
        if way == "bearer" and told != "Bearer a-token":
            return Answer(401)
        if way == "digest" and not told.startswith("Digest "):
            return Answer(
                401, headers={"WWW-Authenticate": 'Digest realm="x", nonce="n", qop="auth", algorithm=SHA-256'}
            )
        basic = base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
        asked.headers.replace_header("Authorization", f"Basic {basic}")
        return plain(asked)

    cloud.answer = answer  # type: ignore[method-assign]
    secret = {"token": "a-token"} if way == "bearer" else {"user": "anna", "password": PASSWORD}
    with CalDav("dav", settings_of(CalDav, url=cloud.url, auth=way, timeout=5, connections=8, **secret)) as source:
        assert WORK in list(source.scopes())
    assert not any(PASSWORD in one or one.startswith("Basic") for one in seen)
