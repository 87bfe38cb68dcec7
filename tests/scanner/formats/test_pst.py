"""Outlook's stores: bytes made by hand after [MS-PST], read by libpff."""

from __future__ import annotations

import io
import struct
import sys

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.outlook import pst
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread
from tests.scanner.pst_bytes import BINARY, INTEGER, OBJECT, STRING, Message, Values, named, number, store, text

BO: Values = {
    (0x001A, STRING): text("IPM.Note"),
    (0x0037, STRING): text("\x01\x01Offert"),
    (0x1000, STRING): text("Hej Anna"),
    (0x0C1A, STRING): text("Bo Berg"),
    (0x0C1F, STRING): text("bo@invex.example"),
}
FILE: Values = {(0x3705, INTEGER): number(1), (0x3707, STRING): text("a.txt"), (0x3701, BINARY): b"Karin Ek i Lund"}


def anna(kind: int, name: str = "anna") -> Values:
    return {
        (0x3001, STRING): text(name.title()),
        (0x3003, STRING): text(f"{name}@kund.example"),
        (0x0C15, INTEGER): number(kind),
    }


def read(data: bytes, limits: Limits | None = None) -> tuple[dict[tuple[str, ...], Record], list[Unread]]:
    found = list(expand(Blob(data, "arkiv.pst"), limits or Limits()))
    records = {one.steps: one for one in found if isinstance(one, Record)}
    return records, [one for one in found if isinstance(one, Unread)]


def persons(record: Record) -> list[tuple[str, list[str]]]:
    return [(entity.role.value, [fact.value for fact in entity.facts]) for entity in record.entities]


def test_a_message_its_recipients_and_its_attachment_are_records() -> None:
    records, gaps = read(store("Kunder", [Message(BO, [anna(1), anna(2, "cia")], [FILE])]))
    assert gaps == []
    message = records["message 1",]
    assert message.kind == "message"
    assert persons(message) == [
        ("from", ["bo@invex.example", "Bo Berg"]),
        ("to", ["anna@kund.example", "Anna"]),
        ("cc", ["cia@kund.example", "Cia"]),
    ]
    assert message.texts == [(Role.PATH, "Kunder"), (Role.SUBJECT, "Offert"), (Role.BODY, "Hej Anna")]
    attached = records["message 1", "attachment 1: a.txt"]
    assert attached.texts == [(Role.FILENAME, "a.txt"), (Role.BODY, "Karin Ek i Lund")]
    assert (Role.PATH, "Kunder") in records[()].texts


def test_messages_are_counted_over_the_store() -> None:
    many = [Message({**BO, (0x1000, STRING): text(f"nr {at}")}) for at in range(4)]
    records, _ = read(store("Kunder", many))
    assert [records[f"message {at + 1}",].texts[-1] for at in range(4)] == [(Role.BODY, f"nr {at}") for at in range(4)]


def test_named_properties_and_lists_of_strings_are_read() -> None:
    names = ("Cia", "Dan")
    starts = struct.pack("<III", 2, 12, 12 + len(text(names[0])))
    values = {
        **BO,
        (0x8000, STRING): text("Rum Karin"),
        (0x8001, STRING): text("anna@kund.example"),
        (0x8002, STRING): text("Eva"),
        (0x3A58, 0x101F): starts + text(names[0]) + text(names[1]),
    }
    records, _ = read(store("Kunder", [Message(values)], named({0x8208: 0, 0x8083: 1})))
    message = records["message 1",]
    assert (Role.BODY, "Rum Karin") in message.texts
    assert (Role.TRACE, "Eva") in message.texts
    assert [facts for role, facts in persons(message) if role == "related"] == [["Cia"], ["Dan"]]


def test_a_message_inside_a_message_is_told_as_a_gap() -> None:
    inner = {(0x3705, INTEGER): number(5), (0x3001, STRING): text("Vidare"), (0x3701, OBJECT): bytes(8)}
    _, gaps = read(store("Kunder", [Message(BO, [], [inner])]))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("message 1", "attachment 1: Vidare"), GapReason.UNREADABLE)]


def test_a_link_to_a_file_is_kept_by_its_name() -> None:
    link = {(0x3705, INTEGER): number(4), (0x370D, STRING): text("S:\\Karin\\lista.doc")}
    records, gaps = read(store("Kunder", [Message(BO, [], [link])]))
    assert gaps == []
    assert (Role.FILENAME, "S:\\Karin\\lista.doc") in records["message 1",].texts


def test_an_attachment_is_not_held_above_the_limit() -> None:
    stream = io.BytesIO(store("Kunder", [Message(BO, [], [FILE])]))
    found = list(expand(Blob(stream, "arkiv.pst", limit=10), Limits()))
    gaps = [one for one in found if isinstance(one, Unread)]
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("message 1", "attachment 1: a.txt"), GapReason.TOO_LARGE)]


def test_more_messages_than_the_limit_are_a_gap() -> None:
    records, gaps = read(store("Kunder", [Message(BO)] * 6), Limits(members=4))
    assert ("message 4",) in records
    assert [gap.reason for gap in gaps] == [GapReason.TOO_LARGE]


def test_a_broken_store_is_a_gap_and_the_readable_messages_stay() -> None:
    data = store("Kunder", [Message(BO), Message({**BO, (0x1000, STRING): text("andra")})])
    records, gaps = read(data[:3000])
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]
    place = data.index(text("andra")) & ~63
    records, gaps = read(data[:place] + bytes(64) + data[place + 64 :])
    assert (Role.BODY, "Hej Anna") in records["message 1",].texts


def test_without_the_library_the_gap_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pst.FORMAT.state is not None
    assert pst.FORMAT.state() != ""
    monkeypatch.setitem(sys.modules, "pypff", None)
    assert pst.FORMAT.state() == ""
    with pytest.raises(ReadError) as error:
        list(pst.FORMAT.extract(Blob(store("Kunder", []), "a.pst"), Limits()))
    assert (error.value.reason, error.value.detail) == (
        GapReason.UNKNOWN_FORMAT,
        "pst: needs pip install gallra[pst]",
    )
