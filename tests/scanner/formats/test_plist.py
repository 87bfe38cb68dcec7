"""Property lists, written by stdlib `plistlib`, or by hand where that would not write them."""

from __future__ import annotations

import plistlib
import struct
from typing import Any

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found, Nested
from scanner.formats.data import plist
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import IdType, Record, Unread

N, E, P = IdType.NAME, IdType.EMAIL, IdType.PHONE
BOTH = pytest.mark.parametrize("kind", [plistlib.FMT_XML, plistlib.FMT_BINARY])
PERSON = {
    "UID": "8A:ABPerson",
    "First": "Vera",
    "Last": "Ek",
    "Email": {"values": ["v@a.example"], "labels": ["_$!<Home>!$_"], "identifiers": ["x"]},
    "Phone": {"values": ["070-1", "070-2"]},
    "Address": {"values": [{"Street": "Gata 1", "City": "Lund", "ZIP": "12345"}]},
    "ABRelatedNames": {"values": ["Bo Ek"], "labels": ["_$!<Spouse>!$_"]},
    "Note": "semla",
}


def extract(data: bytes) -> list[Found]:
    blob = Blob(data, "a.plist")
    return list(plist.FORMAT.extract(blob, Limits()))


def read(value: Any, kind: Any) -> dict[str, Record]:
    return records(extract(plistlib.dumps(value, fmt=kind)))


def records(found: list[Found]) -> dict[str, Record]:
    read: dict[str, Record] = {}
    for one in found:
        if isinstance(one, Record):
            read.setdefault("/".join(one.steps), Record(one.steps, one.kind)).texts.extend(one.texts)
            read["/".join(one.steps)].entities.extend(one.entities)
    return read


def said(found: list[Found]) -> str:
    return "\n".join(text for one in found if isinstance(one, Record) for _, text in one.texts)


def people(record: Record) -> list[tuple[str, list[tuple[IdType, str]]]]:
    return [(entity.role.value, [(fact.type, fact.value) for fact in entity.facts]) for entity in record.entities]


@BOTH
def test_a_person_of_the_address_book(kind: Any) -> None:
    found = read(PERSON, kind)["card 1"]
    assert people(found) == [
        (
            "owner",
            [(N, "Vera Ek"), (E, "v@a.example"), (P, "070-1"), (P, "070-2"), (IdType.ADDRESS, "Gata 1 12345 Lund")],
        ),
        ("related", [(N, "Bo Ek")]),
    ]
    assert "semla" in found.texts[0][1]


@BOTH
def test_other_lists_are_keys_and_values(kind: Any) -> None:
    found = read({"URL": "https://a.example/?q=v@a.example", "folk": [{"namn": "Åsa", "epost": "å@a.example"}]}, kind)
    assert "https://a.example/?q=v@a.example" in found[""].texts[0][1]
    assert set(people(found["part folk/row 1"])[0][1]) == {(N, "Åsa"), (E, "å@a.example")}


@BOTH
def test_they_are_told_by_their_content(kind: Any) -> None:
    assert sniff(Blob(plistlib.dumps(PERSON, fmt=kind), "a.abcdp")) == "plist"


def test_comments() -> None:
    data = plistlib.dumps({"a": "b"}).replace(b"<dict>", b"<!-- bo@a.example --><dict>")
    assert "bo@a.example" in said(extract(data))


def test_archived_objects() -> None:
    value = {
        "$archiver": "NSKeyedArchiver",
        "$top": {"root": plistlib.UID(1)},
        "$objects": [
            "$null",
            {"NS.string": "v@a.example", "$class": plistlib.UID(2)},
            "Åsa Ek",
            {"NS.data": b"\1\2w@a.example"},
        ],
    }
    text = said(extract(plistlib.dumps(value, fmt=plistlib.FMT_BINARY)))
    for wanted in ("v@a.example", "Åsa Ek", "w@a.example"):
        assert wanted in text


@BOTH
def test_files_in_values(kind: Any) -> None:
    jpeg = b"\xff\xd8\xff\xe0" + bytes(99)
    (found,) = [one for one in extract(plistlib.dumps({"bild": jpeg}, fmt=kind)) if isinstance(one, Nested)]
    assert (found.steps, found.kind, found.blob.data()) == (("part image1.jpg",), "image", jpeg)


@pytest.mark.parametrize(
    "data",
    [
        plistlib.dumps({"a": "Åsa vid ån", "b": "v@a.example"}, fmt=plistlib.FMT_BINARY)[:-20],
        plistlib.dumps({"a": "Åsa vid ån", "b": "v@a.example"})[:-20],
        "<!DOCTYPE plist [<!ENTITY e 'v@a.example'>]><plist><string>Åsa vid &e;</string></plist>".encode(),
    ],
)
def test_damaged_ones_give_their_text_and_a_gap(data: bytes) -> None:
    found = extract(data)
    assert [one.reason for one in found if isinstance(one, Unread)] == [GapReason.UNREADABLE]
    assert "v@a.example" in said(found)
    assert "Åsa vid" in said(found)


def binary(objects: list[bytes]) -> bytes:
    """A binary property list of these objects, the first on top (CFBinaryPList.c)."""
    data, places = b"bplist00", []
    for one in objects:
        places.append(len(data))
        data += one
    table = b"".join(struct.pack(">H", place) for place in places)
    return data + table + bytes(6) + bytes([2, 1]) + struct.pack(">QQQ", len(objects), 0, len(data))


def test_lists_that_hold_themselves_or_grow_without_end() -> None:
    extract(binary([b"\xa1\x00"]))
    twice = [bytes([0xA2, number + 1, number + 1]) for number in range(100)]
    found = extract(binary([*twice, b"\x5bv@a.example"]))
    assert [one.reason for one in found if isinstance(one, Unread)] == [GapReason.UNREADABLE]
    assert "v@a.example" in said(found)
    deep = extract(binary([bytes([0xA1, number + 1]) for number in range(250)] + [b"\x5bv@a.example"]))
    assert "v@a.example" in said(deep)
