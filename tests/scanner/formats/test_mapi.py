"""MAPI properties, whatever file they come from: values, entry ids, persons, bodies."""

from __future__ import annotations

import struct
from uuid import UUID

import compressed_rtf
import pytest

from connectors.base import GapReason
from scanner.formats.outlook import mapi, mapi_attach, mapi_entry, mapi_lzfu
from scanner.formats.outlook.mapi_named import named
from scanner.formats.outlook.mapi_values import BINARY, LONG, MANY, STRING8, TIME, UNICODE, Key, Properties, codepage
from scanner.records import Fact, IdType, Record, Role, Unread

EMAIL, NAME, PHONE = IdType.EMAIL, IdType.NAME, IdType.PHONE
ONE_OFF = bytes(4) + UUID("a41f2b81-a3be-1910-9d6e-00dd010f5402").bytes_le


def bag(values: dict[Key, str | int | bytes | list[str]]) -> Properties:
    """Properties of Unicode strings, numbers, bytes and lists of strings."""
    found = Properties()
    for key, value in values.items():
        if isinstance(value, str):
            found.add(key, UNICODE, value.encode("utf-16-le") + b"\0\0")
        elif isinstance(value, int):
            found.add(key, LONG, struct.pack("<i", value))
        elif isinstance(value, bytes):
            found.add(key, BINARY, value)
        else:
            found.add(key, MANY | UNICODE, [one.encode("utf-16-le") for one in value])
    return found


def read(values: dict[Key, str | int | bytes | list[str]], *rows: dict[Key, str | int | bytes | list[str]]) -> Record:
    """The record of a message with these properties and recipients; it must be read without gaps."""
    (record,) = mapi.message(bag(values), [bag(row) for row in rows])
    assert isinstance(record, Record)
    return record


def persons(record: Record) -> list[tuple[str, list[str]]]:
    return [(entity.role.value, [fact.value for fact in entity.facts]) for entity in record.entities]


def texts(record: Record, role: Role) -> str:
    return "\n".join(text for one, text in record.texts if one is role)


def one_off(name: str, kind: str, address: str) -> bytes:
    return ONE_OFF + struct.pack("<HH", 0, 0x9001) + "\0".join((name, kind, address, "")).encode("utf-16-le")


# Values


@pytest.mark.parametrize(
    ("number", "raw", "text"),
    [
        (1252, b"Sm\xf6rg\xe5s", "Smörgås"),
        (1251, b"\xc0\xed\xed\xe0", "Анна"),
        (28605, b"5 \xa4", "5 €"),
        (932, b"\x8eR\x93c", "山田"),
        (65001, "Åsa".encode(), "Åsa"),
        (10000, b"\x81sa", "Åsa"),
        (4242, b"Sm\xf6rg\xe5s", "Smörgås"),
    ],
)
def test_strings_of_8_bits_are_read_in_the_code_page_of_the_message(number: int, raw: bytes, text: str) -> None:
    found = Properties()
    found.add(0x0037, STRING8, raw + b"\0")
    found.add(0x3FFD, LONG, struct.pack("<i", number))
    assert found.text(0x0037) == text


def test_the_code_page_of_the_message_goes_before_that_of_its_internet_form() -> None:
    found = Properties()
    for key, number in ((0x3FFD, 1251), (0x3FDE, 1252)):
        found.add(key, LONG, struct.pack("<i", number))
    assert found.charset == codepage(1251) == "cp1251"


@pytest.mark.parametrize(
    ("year", "month", "day", "hour"),
    [(1985, 3, 11, 23), (1985, 3, 12, 5), (1985, 3, 12, 11)],
)
def test_a_birthday_is_the_day_that_its_owner_typed(year: int, month: int, day: int, hour: int) -> None:
    from datetime import UTC, datetime

    ticks = int((datetime(year, month, day, hour, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds())
    found = Properties()
    found.add(0x3A42, TIME, struct.pack("<q", ticks * 10_000_000))
    assert found.day(0x3A42) == "1985-03-12"


@pytest.mark.parametrize("raw", [b"", b"\xff" * 7, b"\xff" * 8, struct.pack("<Q", 915_151_392_000_000_000)])
def test_a_date_that_is_none_is_nothing(raw: bytes) -> None:
    found = Properties()
    found.add(0x3A42, TIME, raw)
    assert found.day(0x3A42) == ""


def test_named_properties_are_known_by_number_by_name_and_as_headers() -> None:
    guids = bytes(16) + UUID("00020386-0000-0000-c000-000000000046").bytes_le
    wide = "X-Kund".encode("utf-16-le")
    strings = struct.pack("<I", len(wide)) + wide
    entries = struct.pack("<IHH", 0x8083, 3 << 1, 0)
    entries += struct.pack("<IHH", 0, 4 << 1 | 1, 1) + struct.pack("<IHH", 0, 3 << 1 | 1, 2)
    entries += struct.pack("<IHH", 2, 3 << 1, 3)
    found = named(guids, entries + b"rest", strings)
    assert found == {0x8000: 0x8083, 0x8001: "header:x-kund", 0x8002: "X-Kund", 0x8003: "#2"}


# Rich bodies


@pytest.mark.parametrize("size", [0, 1, 300, 20_000])
def test_rich_bodies_are_unpacked_as_another_library_packed_them(size: int) -> None:
    rich = b"{\\rtf1\\ansi " + b"Karin Ek \\par anna@kund.example " * (size // 30) + b"x" * (size % 30) + b"}"
    assert mapi_lzfu.decompress(compressed_rtf.compress(rich)) == rich
    assert mapi_lzfu.decompress(compressed_rtf.compress(rich, compressed=False)) == rich


def test_a_cut_or_changed_rich_body_gives_what_is_there() -> None:
    packed = compressed_rtf.compress(b"{\\rtf1\\ansi Karin Ek bor i Lund och Anna i Umea}")
    assert b"Karin Ek" in mapi_lzfu.decompress(packed[:-20])
    assert b"Karin Ek" in mapi_lzfu.decompress(packed[:12] + b"\1\2\3\4" + packed[16:])
    hostile = struct.pack("<II4sI", 0xFFFFFFFF, 0xFFFFFFFF, b"LZFu", 0) + b"\xff\x12\x3f" * 1000
    assert len(mapi_lzfu.decompress(hostile)) <= 9 * len(hostile)


def test_a_rich_body_is_read_and_one_that_is_no_such_thing_is_a_gap() -> None:
    rich = compressed_rtf.compress(b"{\\rtf1\\ansi Hej fr\\'e5n Karin}")
    assert "Hej från Karin" in texts(read({0x1009: rich}), Role.BODY)
    record, gap = mapi.message(bag({0x1009: b"nothing of the kind", 0x1000: "Hej"}), [])
    assert isinstance(record, Record)
    assert texts(record, Role.BODY) == "Hej"
    assert gap == Unread((), GapReason.UNREADABLE, "RTF body (ValueError)")


# Persons


def test_sender_and_whom_it_is_sent_for_are_two_roles_and_once_where_they_are_the_same() -> None:
    anna: dict[Key, str | int | bytes | list[str]] = {
        0x0042: "Anna Ek",
        0x0064: "SMTP",
        0x0065: "anna@kund.example",
        0x0C1E: "SMTP",
    }
    same = read({**anna, 0x0C1A: "Anna Ek", 0x0C1F: "anna@kund.example"})
    assert persons(same) == [("from", ["anna@kund.example", "Anna Ek"])]
    other = read({**anna, 0x0C1A: "Bo Berg", 0x0C1F: "bo@kund.example"})
    assert persons(other)[1:] == [("sender", ["bo@kund.example", "Bo Berg"])]
    alone = read({0x0C1A: "Bo Berg", 0x0C1F: "bo@kund.example"})
    assert persons(alone) == [("from", ["bo@kund.example", "Bo Berg"])]


def test_an_address_in_a_directory_is_no_mail_address_but_its_words_are_kept() -> None:
    record = read(
        {0x0C1A: "Anna Ek", 0x0C1E: "EX", 0x0C1F: "/o=Invex/cn=Recipients/cn=annaek", 0x5D01: "a@invex.example"}
    )
    assert persons(record) == [("from", ["a@invex.example", "Anna Ek"])]
    assert "cn=annaek" in texts(record, Role.TRACE)


def test_recipients_have_the_roles_of_their_type() -> None:
    rows = [
        {0x3001: f"P {at}", 0x39FE: f"p{at}@kund.example", 0x3003: "/o=Invex/cn=x", 0x3002: "EX", 0x0C15: at}
        for at in (1, 2, 3, 0x10000001)
    ]
    assert [role for role, _ in persons(read({}, *rows))] == ["to", "cc", "bcc", "to"]  # type: ignore[arg-type]


def test_who_attends_and_organizes_an_appointment_is_told() -> None:
    record = read(
        {0x001A: "IPM.Appointment", 0x8208: "Rum Karin", 0x8238: "Cia Dahl; Anna Ek"},
        {0x3001: "Anna Ek", 0x39FE: "anna@invex.example", 0x0C15: 1, 0x5FFD: 3},
        {0x3001: "Bo Berg", 0x39FE: "bo@kund.example", 0x0C15: 2},
    )
    assert record.kind == "event"
    assert ("organizer", ["anna@invex.example", "Anna Ek"]) in persons(record)
    assert ("attendee", ["bo@kund.example", "Bo Berg"]) in persons(record)
    assert ("attendee", ["Cia Dahl"]) in persons(record)
    assert "Rum Karin" in texts(record, Role.BODY)


def test_displayed_recipients_count_where_their_rows_are_gone() -> None:
    record = read(
        {0x0E04: "Anna Ek; 'bo@kund.example'", 0x0E03: "Cia"}, {0x3001: "Cia", 0x39FE: "c@x.example", 0x0C15: 2}
    )
    assert persons(record) == [("cc", ["c@x.example", "Cia"]), ("to", ["Anna Ek"]), ("to", ["bo@kund.example"])]


def test_a_card_is_one_person_with_all_that_is_typed() -> None:
    record = read(
        {
            0x001A: "IPM.Contact",
            0x3001: "Anna Ek",
            0x3A06: "Anna",
            0x3A11: "Ek",
            0x3A44: "Maria",
            0x8083: "anna@kund.example",
            0x8093: "/o=Invex/cn=anna",
            0x8095: one_off("Anna", "SMTP", "anna@hem.example"),
            0x3A08: "046-12 34 56",
            0x3A1C: "070-174 06 05",
            0x80B3: "Anna Ek@046-12 34 57",
            0x8045: "Storgatan 1",
            0x8048: "222 22",
            0x8046: "Lund",
            0x3A48: "Karl Ek",
            0x3A58: ["Eva", "Ola"],
            0x3A16: "Invex AB",
            0x3A4A: "KND-12345",
        }
    )
    assert record.kind == "card"
    owner = next(entity for entity in record.entities if entity.role is Role.OWNER)
    assert owner.facts == [
        Fact(NAME, "Anna Ek"),
        Fact(NAME, "Anna Maria Ek"),
        Fact(EMAIL, "anna@kund.example"),
        Fact(EMAIL, "anna@hem.example"),
        Fact(PHONE, "046-12 34 56"),
        Fact(PHONE, "070-174 06 05"),
        Fact(PHONE, "046-12 34 57"),
        Fact(IdType.ADDRESS, "Storgatan 1 222 22 Lund"),
        Fact(IdType.CUSTOMER_NUMBER, "KND-12345"),
    ]
    assert [facts for role, facts in persons(record) if role == "related"] == [["Karl Ek"], ["Eva"], ["Ola"]]
    assert "Invex AB" in texts(record, Role.BODY)


def test_members_of_a_list_and_whom_replies_go_to_stand_in_entry_ids() -> None:
    wrapped = bytes(4) + UUID("d3ad91c0-9d51-11cf-a4a9-00aa0047faa4").bytes_le + b"\0"
    entry = one_off("Bo Berg", "SMTP", "bo@kund.example")
    found = bag({0x001A: "IPM.DistList", 0x8053: "Kunder"})
    found.add(0x8054, MANY | BINARY, [entry, wrapped + one_off("Cia", "SMTP", "cia@kund.example")])
    flat = struct.pack("<III", 1, len(entry) + 4, len(entry)) + entry
    found.add(0x004F, BINARY, flat)
    (record,) = mapi.message(found, [])
    assert isinstance(record, Record)
    assert ("related", ["bo@kund.example", "Bo Berg"]) in persons(record)
    assert ("related", ["cia@kund.example", "Cia"]) in persons(record)
    assert ("reply-to", ["bo@kund.example", "Bo Berg"]) in persons(record)


def test_entry_ids_that_end_too_soon_are_nobody() -> None:
    entry = one_off("Bo", "SMTP", "bo@kund.example")
    assert [mapi_entry.box(entry[:size]) for size in (0, 19, 24)] == [None] * 3
    assert list(mapi_entry.boxes(struct.pack("<III", 5, 0xFFFFFFFF, 0xFFFFFFFF) + entry)) == [
        ("Bo", "SMTP", "bo@kund.example")
    ]
    assert list(mapi_entry.boxes(bytes(3))) == []


def test_a_person_is_told_once_in_a_role_with_all_that_is_known() -> None:
    record = read({0x3FF8: "Anna Ek", 0x3FFA: "Anna Ek", 0x5D0B: "anna@kund.example", 0x0C1A: "Anna Ek"})
    assert persons(record) == [("from", ["Anna Ek"]), ("author", ["anna@kund.example", "Anna Ek"])]


def test_an_owner_and_last_user_of_a_task() -> None:
    record = read({0x001A: "IPM.Task", 0x811F: "Anna Ek", 0x8122: "Bo Berg", 0x8121: "Cia"})
    assert record.kind == "todo"
    assert persons(record) == [("owner", ["Anna Ek"]), ("author", ["Bo Berg"]), ("related", ["Cia"])]


# Texts


def test_all_bodies_are_read_and_the_same_text_once() -> None:
    record = read({0x1000: "Hej\r\n Karin", 0x1013: b"<p>Hej <b>Karin</b></p>"})
    assert [text for role, text in record.texts if role is Role.BODY] == ["Hej\r\n Karin"]
    other = read({0x1000: "Hej", 0x1013: b"<p>Hej <span>ka</span><span>rin@kund.example</span></p>"})
    assert "karin@kund.example" in texts(other, Role.BODY)


def test_transport_headers_are_read_as_those_of_a_mail() -> None:
    head = (
        "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from mx.kund.example by x id <1@2>\r\n"
        "From: =?utf-8?q?=C3=85sa?= <asa@kund.example>\r\nMessage-ID: <a@b.example>\r\n\r\nloose Karin"
    )
    record = read({0x007D: head, 0x0C1A: "Åsa", 0x0C1F: "asa@kund.example"})
    assert persons(record) == [("from", ["asa@kund.example", "Åsa"])]
    trace = texts(record, Role.TRACE)
    assert "mx.kund.example" in trace
    assert "loose Karin" in trace
    assert "a@b.example" not in trace


def test_strings_that_nobody_knows_are_text_and_ids_are_not() -> None:
    record = read(
        {
            0x0037: "\x01\x05RE: Hej",
            0x0E1D: "Hej",
            0x6789: "Karin Ek",
            "Kund": "Anna Ek",
            "header:x-kund": "Bo Berg",
            0x001A: "IPM.Note",
            0x1035: "<id@b.example>",
            0x9001: ["Cia", "Dan"],
        }
    )
    assert texts(record, Role.SUBJECT) == "RE: Hej"
    assert texts(record, Role.BODY) == "Karin Ek\nAnna Ek\nCia\nDan"
    assert texts(record, Role.TRACE) == "Bo Berg"


def test_words_inside_bytes_are_kept() -> None:
    recurrence = b"\x04\x30\xff" + "Lunch med Karin".encode("utf-16-le") + b"\0\0\x01\x02" + b"\x01a@kund.example\xff"
    record = read(
        {0x8216: recurrence, 0x7C08: b'<?xml version="1.0"?><r><v>Anna Ek, Lund</v></r>', 0x0071: b"b@c.example"}
    )
    assert texts(record, Role.TRACE) == "Lunch med Karin\na@kund.example"
    assert "Anna Ek, Lund" in texts(record, Role.BODY)


# Attachments


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({0x3707: "lång.txt", 0x3704: "LNG~1.TXT"}, "lång.txt"),
        ({0x3704: "LNG~1.TXT"}, "LNG~1.TXT"),
        ({0x370D: "C:\\Anna\\a.txt"}, "a.txt"),
        ({0x3705: 5}, "message.msg"),
        ({0x370E: "image/jpeg"}, "part.jpg"),
        ({0x3703: ".doc"}, "part.doc"),
        ({}, "part.bin"),
    ],
)
def test_an_attachment_is_called_by_its_best_name(values: dict[Key, str | int | bytes | list[str]], name: str) -> None:
    assert mapi_attach.name_of(bag(values)) == name
