"""What the DAV client makes of words: hostile XML, hostile addresses, two writings of one thing, who would be told."""

from __future__ import annotations

import pytest

from connectors.calendar.caldav import CalDav
from connectors.calendar.notifying import told, told_of_answer
from connectors.dav import hrefs, xml
from connectors.dav.canonical import canonical
from connectors.dav.hrefs import Hostile, Origin
from connectors.errors import ProtocolBroken, Unreachable
from tests.connectors.dav.samples import BO, EVA, MAJA, OUR, attendee, card, event, photo
from tests.connectors.dav.worlds import settings_of

HERE = Origin("https", "dav.invex.example", 443)
ONE = "<d:response><d:href>/a/1.ics</d:href><d:propstat><d:prop><d:getetag>{}</d:getetag></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"  # noqa: E501


def multistatus(inner: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<d:multistatus xmlns:d="DAV:">{inner}</d:multistatus>'.encode()


def test_answers_are_read_in_whatever_pieces_they_come() -> None:
    data = multistatus(ONE.format('"x"') + "<d:sync-token>t&amp;1</d:sync-token>")
    for size in (1, 7, len(data)):
        answers = xml.Answers(data[at : at + size] for at in range(0, len(data), size))
        (found,) = answers
        assert (found.href, found.status, found.text("{DAV:}getetag")) == ("/a/1.ics", 200, '"x"')
        assert answers.token == "t&1"


@pytest.mark.parametrize("cut", [0, 1, 30, 150, 240])
def test_an_answer_that_breaks_off_never_ends_short(cut: int) -> None:
    data = multistatus(ONE.format('"x"') * 2)
    with pytest.raises(Unreachable):
        list(xml.Answers([data[:cut]]))


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY e "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_no_entity_is_followed(head: str) -> None:
    with pytest.raises(ProtocolBroken):
        list(xml.Answers([multistatus(ONE.format("&e;"), head)]))


@pytest.mark.parametrize("data", [b"<html>sign in</html>", b"no xml", b'<d:multistatus xmlns:d="DAV:"></d:other>'])
def test_what_is_no_multistatus_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        list(xml.Answers([data]))


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.example/a/1.ics", "//evil.example/a/1.ics", "https://dav.invex.example:444/a", "/a/../b",
        "/a/%2e%2e/b", "/a/%2E./b", "/a/./b", "/a/b%2Fc", "/a//b", "/a?x", "/a#x", "a/1.ics", "", "javascript:x",
        "/a\n/b", "/a/%00", "https://dav.invex.example@evil.example/a", "https://[::1/a",
    ],
)  # fmt: skip
def test_hostile_addresses_are_never_taken(href: str) -> None:
    with pytest.raises(Hostile):
        hrefs.path_of(href, HERE)


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("https://dav.invex.example/a/1.ics", "/a/1.ics"),
        ("https://DAV.invex.example:443/a/1.ics", "/a/1.ics"),
        ("http://dav.invex.example/a/", "/a/"),
        (" /a/%5bx%5D%20.ics ", "/a/%5bx%5D%20.ics"),
        ("/a/..x", "/a/..x"),
    ],
)
def test_an_address_keeps_the_servers_writing(href: str, path: str) -> None:
    assert hrefs.path_of(href, HERE) == path


def test_a_child_is_directly_in_its_collection() -> None:
    assert hrefs.is_child("/a/b%20c/1.ics", "/a/b c/")
    for path in ("/a/b/", "/a/b/c/1.ics", "/a/bc/1.ics", "/a/1.ics"):
        assert not hrefs.is_child(path, "/a/b/")


def test_settings_that_would_send_a_password_in_the_clear_are_refused() -> None:
    signed = {"user": "anna", "password": "x"}
    for url in ("http://dav.invex.example/", "https://anna:x@dav.invex.example/", "https://", "ftp://x.example/"):
        assert any(one.startswith("url:") for one in CalDav.validate(settings_of(CalDav, url=url, **signed)))
    for url in ("dav.invex.example", "https://dav.invex.example/x/", "http://127.0.0.1:5232/", "http://[::1]:5232"):
        assert CalDav.validate(settings_of(CalDav, url=url, **signed)) == []
    assert CalDav.validate(settings_of(CalDav, url="x.example", user="anna"))
    assert CalDav.validate(settings_of(CalDav, url="x.example", auth="bearer"))


# -- canonical

EVENT = event("e1", "Lunch, kl 12", attendee(BO, "Bo Dal", PARTSTAT="ACCEPTED"), attendee(MAJA, "Maja Blomqvist"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\r\n", b"\n"),
        (b"SUMMARY:Lunch, kl 12", b"SUMMARY:Lunch\\, kl\r\n  12"),
        (b'CN="Bo Dal";PARTSTAT=ACCEPTED', b"PARTSTAT=ACCEPTED;CN=Bo Dal"),
        (b"DTSTAMP:20261101T080000Z", b"DTSTAMP:20270101T080000Z\r\nLAST-MODIFIED:20270101T080000Z\r\nSEQUENCE:2"),
        (b"ATTENDEE;", b"attendee;"),
        (b"UID:e1\r\n", b"TRANSP:OPAQUE\r\nCLASS:PUBLIC\r\nUID:e1\r\n"),
        (b"PARTSTAT=ACCEPTED", b'PARTSTAT=ACCEPTED;SCHEDULE-STATUS="1.1"'),
    ],
)
def test_writings_of_one_event_are_the_same(old: bytes, new: bytes) -> None:
    assert old in EVENT
    assert canonical(EVENT.replace(old, new)) == canonical(EVENT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Lunch", b"lunch"),
        (b"SUMMARY:Lunch", b"X-A:Lunch"),
        (b"bo@dal", b"bo2@dal"),
        (b"ACCEPTED", b"DECLINED"),
        (b"DTSTAMP:20261101T080000Z", b"DTSTAMP:Maja Blomqvist"),
        (b"DTSTAMP:", b"DTSTAMP;X-WHO=Maja:"),
        (b"UID:e1\r\n", b"UID:e1\r\nLAST-MODIFIED:by Maja\r\n"),
        (b"UID:e1\r\n", b"UID:e1\r\nSEQUENCE:070123456789\r\n"),
        (b"-//Invex//Test//SV", b"-//Maja Blomqvist//SV"),
        (b"DTSTART:20270104T090000Z", b"DTSTART:20270105T090000Z"),
        (b"UID:e1\r\n", b"UID:e1\r\nCOMMENT:Maja\r\n"),
        (b"END:VCALENDAR", b"BEGIN:VTIMEZONE\r\nTZID:maja blomqvist\r\nEND:VTIMEZONE\r\nEND:VCALENDAR"),
    ],
)
def test_another_value_is_another_event(old: bytes, new: bytes) -> None:
    assert old in EVENT
    assert canonical(EVENT.replace(old, new)) != canonical(EVENT)


def test_an_instance_is_not_another_ones() -> None:
    both = event("e", "A", attendee(BO, "Bo"), override=(attendee(MAJA, "Maja"),))
    swapped = event("e", "A", attendee(MAJA, "Maja"), override=(attendee(BO, "Bo"),))
    assert canonical(both) != canonical(swapped)


def test_a_card_is_the_same_however_its_types_and_photo_are_folded() -> None:
    whole = card("1", "Maja Blomqvist", MAJA, photo("1"), "TEL;TYPE=home;TYPE=VOICE:1", "item1.X-ABLabel:Hem")
    head, _, rest = whole.partition(b"ENCODING=B;TYPE=JPEG:")
    data, _, tail = rest.partition(b"\r\n")
    folded = b"\r\n ".join(data[at : at + 70] for at in range(0, len(data), 70))
    other = head + b"TYPE=jpeg;ENCODING=b:" + folded + b"\r\n" + tail
    other = other.replace(b"TYPE=home;TYPE=VOICE", b'TYPE="voice,home"').replace(b"X-ABLabel", b"X-ABLABEL")
    assert other != whole
    assert canonical(other) == canonical(whole)
    assert canonical(other.replace(data[:70], data[:69] + b"A")) != canonical(whole)


def test_the_canonical_form_of_anything_is_of_one_piece() -> None:
    for data in (b"", b"\xff\xfe", b"BEGIN:VCARD\nFN:x", b"END:VCARD\n", b"BEGIN:A\nBEGIN:B\nEND:A\n", b"x;y=:z"):
        assert canonical(data) == canonical(data + b"\n")
    assert canonical(b"BEGIN:VCARD\nFN:x") != canonical(b"BEGIN:VCARD\nFN:y")
    assert canonical(b"\xffa") != canonical(b"\xfea")


# -- who would be told

OWN = frozenset({f"mailto:{OUR}"})
MEETING = event("m", "Möte", attendee(BO, "Bo"), attendee(EVA, "Eva"), override=(attendee(MAJA, "Maja"),))


def test_an_organiser_tells_every_attendee_of_every_instance_once() -> None:
    assert told(MEETING, OWN, known=True) == 3
    assert told(MEETING.replace(b"mailto:info", b"MAILTO:Info"), OWN, known=True) == 3
    assert told(MEETING.replace(b"ATTENDEE;", b"ATTENDEE;SCHEDULE-AGENT=client;"), OWN, known=True) == 0
    assert told(event("m", "Möte"), OWN, known=True) == 0
    assert told(event("m", "Möte", attendee(OUR, "Vi")), OWN, known=True) == 0


def test_nobody_known_counts_as_the_organiser() -> None:
    assert told(MEETING, frozenset(), known=False) == 3
    assert told(MEETING, frozenset({f"mailto:{BO}"}), known=False) == 2  # a calendar shared by who organises
    assert told(MEETING, frozenset({f"mailto:{BO}"}), known=True) == 0  # invited
    assert told(MEETING.replace(b"ORGANIZER", b"X-ORGANIZER"), frozenset(), known=False) == 0


def test_an_invited_account_tells_of_its_own_answer_only() -> None:
    mine = frozenset({f"mailto:{BO}"})
    without_eva = event("m", "Möte", attendee(BO, "Bo"), override=(attendee(MAJA, "Maja"),))
    without_us = event("m", "Möte", attendee(EVA, "Eva"), override=(attendee(MAJA, "Maja"),))
    declined = MEETING.replace(b'CN="Bo"', b'CN="Bo";PARTSTAT=DECLINED')
    assert told_of_answer(MEETING, without_eva, mine) == 0
    assert told_of_answer(MEETING, without_us, mine) == 1
    assert told_of_answer(MEETING, declined, mine) == 1
