"""Calendars: events, to-dos and their people."""

from __future__ import annotations

import pytest

from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.contacts import calendar
from scanner.limits import Limits
from scanner.records import Record, Role


def extract(*lines: str) -> list[Found]:
    return list(calendar.FORMAT.extract(Blob("\r\n".join(lines).encode(), "a.ics"), Limits()))


def read(*lines: str) -> dict[str, Record]:
    return {
        "/".join(one.steps): one
        for one in extract("BEGIN:VCALENDAR", *lines, "END:VCALENDAR")
        if isinstance(one, Record)
    }


def people(record: Record) -> list[tuple[str, ...]]:
    return [(entity.role.value, *(fact.value for fact in entity.facts)) for entity in record.entities]


def event(uid: str, *lines: str, kind: str = "VEVENT") -> list[str]:
    return [f"BEGIN:{kind}", *([f"UID:{uid}"] if uid else []), *lines, f"END:{kind}"]


def test_people_and_roles() -> None:
    found = read(
        *event(
            "u@id.example",
            'ORGANIZER;CN=Åsa;SENT-BY="mailto:sek@a.example":mailto:asa@a.example',
            'ATTENDEE;CN="Ek, Vera";PARTSTAT=ACCEPTED:MAILTO:vera%40a.',
            " example",
            "ATTENDEE;EMAIL=bo@a.example;CN=Bo:urn:uuid:x",
            'ATTENDEE;DELEGATED-TO="mailto:d@a.example":mailto:c@a.example',
            "ATTENDEE:tel:+4670",
        )
    )["event u@id.example"]
    assert people(found) == [
        ("organizer", "asa@a.example", "Åsa"),
        ("organizer", "sek@a.example"),
        ("attendee", "vera@a.example", "Ek, Vera"),
        ("attendee", "bo@a.example", "Bo"),
        ("attendee", "c@a.example"),
        ("attendee", "d@a.example"),
        ("attendee", "+4670"),
    ]


def test_texts_alarms_and_what_is_never_searched() -> None:
    found = read(
        *event(
            "u@id.example",
            "SUMMARY:Möte\\, Vera",
            "DESCRIPTION:rad\\nvera@a.example",
            "LOCATION:Rum",
            "CONTACT:Bo 070",
            "COMMENT:Kom",
            "X-EGET;X-TITLE=Gatan:x",
            "URL:https://x.example/u@id.example",
            "RELATED-TO:r@id.example",
            "X-ALT-DESC;FMTTYPE=text/html:<p>ver<b>a</b></p>",
            "BEGIN:VALARM",
            "UID:a@id.example",
            "DESCRIPTION:larm",
            "ATTENDEE:mailto:larm@a.example",
            "END:VALARM",
        )
    )["event u@id.example"]
    assert found.texts[0] == (Role.SUBJECT, "Möte, Vera")
    text = "\n".join(one for _, one in found.texts)
    for wanted in ("rad\nvera@a.example", "Rum", "Bo 070", "Kom", "Gatan", "vera", "larm"):
        assert wanted in text
    assert "id.example" not in text
    assert people(found) == [("attendee", "larm@a.example")]


def test_records_and_their_steps() -> None:
    found = read(
        "X-WR-CALNAME:Veras kalender",
        *event("a", "SUMMARY:1"),
        *event("", "SUMMARY:2"),
        *event("b", "SUMMARY:3", kind="VTODO"),
        *event("c", kind="VJOURNAL"),
        *event("a", "RECURRENCE-ID:1", "ATTENDEE:mailto:v@a.example"),
        "BEGIN:VTIMEZONE",
        "TZID:x",
        "END:VTIMEZONE",
    )
    assert set(found) == {"", "event a", "event #2", "todo b", "journal c"}
    assert found[""].texts == [(Role.BODY, "Veras kalender")]
    assert [kind.kind for kind in found.values()].count("event") == 2
    assert people(found["event a"]) == [("attendee", "v@a.example")]


def test_missing_ends_and_bare_events() -> None:
    found = read(
        "BEGIN:VEVENT",
        "UID:a",
        "ATTENDEE:mailto:1@a.example",
        "BEGIN:VALARM",
        "BEGIN:VEVENT",
        "UID:b",
        "ATTENDEE:mailto:2@a.example",
    )
    assert people(found["event a"]) == [("attendee", "1@a.example")]
    assert people(found["event b"]) == [("attendee", "2@a.example")]
    bare = extract(*event("a", "ATTENDEE:mailto:1@a.example"))
    assert bare[0].steps == ("event a",)


def test_parameters_folded_in_the_middle_and_broken_folds() -> None:
    found = read(
        "BEGIN:VEVENT",
        "UID:a",
        'ATTENDEE;CN="Ve',
        ' ra":mailto:',
        "  vera@a.example",
        "DESCRIPTION:ett",
        "två vera@b.example",
        "END:VEVENT",
    )
    assert people(found["event a"]) == [("attendee", "vera@a.example", "Vera")]
    assert "vera@b.example" in found["event a"].texts[0][1]


def test_files_inside_are_nested() -> None:
    found = extract(
        *event(
            "a",
            "ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;FILENAME=b.txt:aGVq",
        )
    )
    nested = [one for one in found if isinstance(one, Nested)]
    assert nested[0].steps == ("event a", "attachment 1: b.txt")
    assert nested[0].blob.data() == b"hej"
    (picture,) = extract(*event("a", "IMAGE;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=image/png:aGVq"))[1:]
    assert isinstance(picture, Nested)
    assert picture.blob.data() == b"hej"


def test_vcalendar_1() -> None:
    found = read(
        "VERSION:1.0",
        *event(
            "a",
            "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=B6te =",
            "med Vera",
            "ATTENDEE;ROLE=OWNER:Vera Ek <v@a.example>",
            "DALARM:20100101T120000Z;PT5M;2;Ring Åsa",
            "MALARM:20100101T120000;;;b@a.example;Ring",
        ),
    )
    assert found["event a"].texts == [
        (Role.SUBJECT, "Möte med Vera"),
        (Role.BODY, "Ring Åsa"),
        (Role.BODY, "b@a.example Ring"),
    ]
    assert people(found["event a"]) == [("attendee", "v@a.example", "Vera Ek")]


@pytest.mark.parametrize(
    "data",
    [
        "",
        "BEGIN:VEVENT",
        "BEGIN:VCALENDAR",
        "END:VEVENT\nEND:VCALENDAR",
        ":\n;\n",
        "BEGIN:VEVENT\nATTENDEE:\nEND:VEVENT",
    ],
)
def test_oddities_do_not_raise(data: str) -> None:
    extract(data)
