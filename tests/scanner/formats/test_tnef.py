"""winmail.dat: attributes and property lists made by hand after [MS-OXTNEF]."""

from __future__ import annotations

import struct
from uuid import UUID

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Record, Role, Unread
from tests.scanner.tnef_bytes import (
    ADDRESS,
    ATTACHED,
    ATTACHMENT,
    BEGIN,
    BINARY,
    BODY,
    CODEPAGE,
    DATA,
    FROM,
    HEADERS,
    LONG,
    MAPI,
    MESSAGE,
    OBJECT,
    RECIPIENTS,
    STRING,
    SUBJECT,
    TITLE,
    Values,
    properties,
    tnef,
)


def read(data: bytes, limits: Limits | None = None) -> tuple[dict[tuple[str, ...], Record], list[Unread]]:
    found = list(expand(Blob(data, "winmail.dat"), limits or Limits()))
    records = {one.steps: one for one in found if isinstance(one, Record)}
    return records, [one for one in found if isinstance(one, Unread)]


def persons(record: Record) -> list[tuple[str, list[str]]]:
    return [(entity.role.value, [fact.value for fact in entity.facts]) for entity in record.entities]


BO: Values = {(0x0C1A, STRING): "Bo Berg", (0x0C1F, STRING): "bo@invex.example", (0x1000, STRING): "Hej Anna"}
ANNA: Values = {(0x3001, STRING): "Anna Ek", (0x3003, STRING): "anna@kund.example", (0x0C15, LONG): 1}
CIA: Values = {(0x3001, STRING): "Cia", (0x3003, STRING): "cia@kund.example", (0x0C15, LONG): 2}


def test_a_message_its_recipients_and_its_attachment_are_records() -> None:
    table = struct.pack("<I", 2) + properties(ANNA) + properties(CIA)
    records, gaps = read(
        tnef(
            (MESSAGE, MAPI, properties(BO)),
            (MESSAGE, RECIPIENTS, table),
            (ATTACHMENT, BEGIN, bytes(14)),
            (ATTACHMENT, TITLE, b"A~1.TXT\0"),
            (ATTACHMENT, DATA, b"Karin Ek i Lund"),
            (ATTACHMENT, ATTACHED, properties({(0x3707, STRING): "a.txt", (0x370E, STRING): "text/plain"})),
        )
    )
    assert gaps == []
    assert records[()].kind == "message"
    assert persons(records[()]) == [
        ("from", ["bo@invex.example", "Bo Berg"]),
        ("to", ["anna@kund.example", "Anna Ek"]),
        ("cc", ["cia@kund.example", "Cia"]),
    ]
    assert (Role.BODY, "Hej Anna") in records[()].texts
    assert records["attachment 1: a.txt",].texts == [(Role.FILENAME, "a.txt"), (Role.BODY, "Karin Ek i Lund")]


def test_the_old_attributes_are_read_in_their_code_page() -> None:
    name, address = "Анна".encode("cp1251") + b"\0", b"SMTP:anna@kund.example\0"
    triple = struct.pack("<HHHH", 4, 8 + len(name) + len(address), len(name), len(address)) + name + address
    owner = struct.pack("<H", 4) + b"Bo E" + struct.pack("<H", 18) + b"SMTP:bo@invex.exam"
    records, gaps = read(
        tnef(
            (MESSAGE, CODEPAGE, struct.pack("<II", 1251, 0)),
            (MESSAGE, FROM, triple),
            (MESSAGE, SUBJECT, "Договор".encode("cp1251") + b"\0"),
            (MESSAGE, BODY, "Привет".encode("cp1251")),
            (MESSAGE, 0x60000, owner),
            (MESSAGE, 0x18099, b"Karin\0"),
        )
    )
    assert gaps == []
    assert persons(records[()]) == [("from", ["anna@kund.example", "Анна"]), ("owner", ["bo@invex.exam", "Bo E"])]
    assert (Role.SUBJECT, "Договор") in records[()].texts
    assert {(Role.BODY, "Привет"), (Role.BODY, "Karin")} <= set(records[()].texts)


def test_named_properties_are_known_by_number_and_as_headers() -> None:
    values: Values = {
        (0x001A, STRING): "IPM.Contact",
        ((ADDRESS, 0x8083), STRING): "anna@kund.example",
        ((ADDRESS, "Kund"), STRING): "Eva",
        ((HEADERS, "X-Kund"), STRING): "Ola",
    }
    records, gaps = read(tnef((MESSAGE, MAPI, properties(values))))
    assert gaps == []
    assert persons(records[()]) == [("owner", ["anna@kund.example"])]
    assert {(Role.BODY, "Eva"), (Role.TRACE, "Ola")} <= set(records[()].texts)


def nested(depth: int) -> bytes:
    inner = tnef((MESSAGE, MAPI, properties({**BO, (0x1000, STRING): "innerst"})))
    iid = UUID("00020307-0000-0000-c000-000000000046").bytes_le
    for _ in range(depth):
        values: Values = {(0x3705, LONG): 5, (0x3001, STRING): "inre", (0x3701, OBJECT): iid + inner}
        inner = tnef((ATTACHMENT, BEGIN, bytes(14)), (ATTACHMENT, ATTACHED, properties(values)))
    return inner


def test_messages_inside_messages_are_read() -> None:
    records, gaps = read(nested(3))
    assert gaps == []
    inner = records[("attachment 1: inre",) * 3]
    assert inner.kind == "message"
    assert (Role.BODY, "innerst") in inner.texts
    assert persons(inner) == [("from", ["bo@invex.example", "Bo Berg"])]


def test_messages_nested_too_deep_are_a_gap() -> None:
    _, gaps = read(nested(40), Limits(depth=5))
    assert [gap.reason for gap in gaps] == [GapReason.TOO_DEEP]


def test_an_object_is_handed_on_without_its_id() -> None:
    iid = UUID("0000000b-0000-0000-c000-000000000046").bytes_le
    values: Values = {(0x3705, LONG): 6, (0x3001, STRING): "a.txt", (0x3701, OBJECT): iid + b"Karin i ett objekt"}
    records, _ = read(tnef((ATTACHMENT, BEGIN, bytes(14)), (ATTACHMENT, ATTACHED, properties(values))))
    assert (Role.BODY, "Karin i ett objekt") in records["attachment 1: a.txt",].texts


def test_what_is_sealed_is_a_gap() -> None:
    _, gaps = read(
        tnef(
            (MESSAGE, MAPI, properties(BO)),
            (ATTACHMENT, BEGIN, bytes(14)),
            (ATTACHMENT, TITLE, b"message.rpmsg\0"),
            (ATTACHMENT, DATA, b"\x76\xe8\x04\x60"),
        )
    )
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("attachment 1: message.rpmsg",), GapReason.ENCRYPTED)]


def test_broken_parts_are_a_gap_and_the_rest_is_read() -> None:
    whole = tnef((MESSAGE, SUBJECT, b"Karin\0"), (MESSAGE, MAPI, properties(BO)))
    records, gaps = read(whole[:-12])
    assert (Role.SUBJECT, "Karin") in records[()].texts
    assert persons(records[()]) == [("from", ["bo@invex.example", "Bo Berg"])]
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]
    unknown = struct.pack("<IHH", 2, 0x0FFF, 0x1000) + b"rest"
    records, gaps = read(tnef((MESSAGE, MAPI, unknown), (MESSAGE, SUBJECT, b"Karin\0")))
    assert (Role.SUBJECT, "Karin") in records[()].texts
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]


@pytest.mark.parametrize(
    "value",
    [
        struct.pack("<I", 0xFFFFFFFF),
        struct.pack("<IHHI", 0xFFFFFFFF, STRING, 0x3001, 0xFFFFFFFF),
        struct.pack("<IHHII", 1, BINARY | 0x1000, 0x3001, 0xFFFFFFFF, 0),
        struct.pack("<IHHI", 1, 0x1014, 0x3001, 0xFFFFFFFF),
        struct.pack("<IHHI", 0xFFFFFFFF, LONG, 0x0017, 1),
    ],
)
@pytest.mark.parametrize("attribute", [MAPI, RECIPIENTS])
def test_counts_that_lie_end_with_the_bytes(attribute: int, value: bytes) -> None:
    records, gaps = read(tnef((MESSAGE, attribute, value), (MESSAGE, SUBJECT, b"Karin\0")))
    assert (Role.SUBJECT, "Karin") in records[()].texts
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]


def test_an_attachment_without_data_is_a_gap() -> None:
    _, gaps = read(tnef((ATTACHMENT, BEGIN, bytes(14)), (ATTACHMENT, TITLE, b"a.txt\0")))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("attachment 1: a.txt",), GapReason.UNREADABLE)]


def test_more_attachments_than_the_limit_are_not_kept() -> None:
    records, gaps = read(tnef(*[(ATTACHMENT, BEGIN, bytes(14))] * 500), Limits(members=20))
    assert len(records) < 30
    assert GapReason.TOO_LARGE in {gap.reason for gap in gaps}
