"""A person leaves an event of others on a real server, in one instance or in all; the witness is plain HTTP."""

from __future__ import annotations

import pytest

from connectors.base import Locator
from connectors.calendar.caldav import CalDav
from connectors.contacts.carddav import CardDav
from connectors.dav.source import Dav
from scanner.blob import Blob
from scanner.detect.base import DetectSettings
from scanner.limits import Limits
from scanner.model import Cut, SubjectId
from scanner.records import IdType
from scanner.surgery.operate import operate
from scanner.surgery.person import Subject
from tests.connectors.dav.samples import BO, EVA, MAJA, attendee, card, event, photo
from tests.connectors.dav.worlds import settings_of
from tests.servers.dav_client import Client
from tests.servers.radicale import Radicale

SUBJECT = Subject.of(
    [
        SubjectId(IdType.NAME, "Maja Blomqvist", given=True),
        SubjectId(IdType.EMAIL, MAJA, given=True),
    ],
    DetectSettings("SE", ()),
    "sv",
)
HERS, BOS, EVAS = attendee(MAJA, "Maja Blomqvist"), attendee(BO, "Bo Dal"), attendee(EVA, "Eva Lind")


def amend(client: Client, kind: type[Dav], path: str, record: str) -> bytes:
    """The item without the person, as the server gives it afterwards."""
    url = f"http://127.0.0.1:{client.port}/"
    settings = settings_of(kind, url=url, user=client.user, password=client.password, timeout=20, connections=8)
    locator = Locator("dav", path)
    with kind("dav", settings) as source:
        with source.read(locator) as content:
            data, version, name = content.stream.read(), content.version, content.name
        after = operate(Blob(data, name), (Cut((record,), amend=True),), SUBJECT, Limits())
        source.commit(source.stage(locator, version, after))
    return client.bytes_of(path)


def lines(content: bytes) -> list[str]:
    return sorted(content.replace(b"\r\n ", b"").decode().split("\r\n"))


@pytest.mark.parametrize(
    ("master", "override"),
    [((HERS, BOS), (HERS, EVAS)), ((BOS,), (HERS, EVAS)), ((HERS, BOS), (EVAS,))],
    ids=["all", "one instance", "all but one"],
)
def test_an_attendee_leaves_where_she_was(
    radicale: Radicale, master: tuple[str, ...], override: tuple[str, ...]
) -> None:
    client = radicale.user()
    calendar = client.make("calendar1", "calendar", "Jobb")
    path = client.put(calendar, "m.ics", event("m", "Genomgång", *master, override=override))
    beside = client.put(calendar, "n.ics", event("n", "Annat", HERS, BOS))
    before, others = client.bytes_of(path), client.bytes_of(beside)
    after = amend(client, CalDav, path, "event m")
    assert MAJA.encode() not in after
    assert lines(after) == [line for line in lines(before) if MAJA not in line]
    assert client.bytes_of(beside) == others


def test_a_card_of_another_loses_the_person_and_keeps_its_photo(radicale: Radicale) -> None:
    client = radicale.user()
    book = client.make("addressbook1", "addressbook", "Kontakter")
    data = card("1", "Bo Dal", BO, f"RELATED;TYPE=spouse;VALUE=uri:mailto:{MAJA}", photo("bo"))
    path = client.put(book, "bo.vcf", data.replace(b"VERSION:3.0", b"VERSION:4.0"))
    before = client.bytes_of(path)
    after = amend(client, CardDav, path, "card 1")
    assert MAJA.encode() not in after
    assert b"PHOTO" in after
    assert lines(after) == [line for line in lines(before) if MAJA not in line]
