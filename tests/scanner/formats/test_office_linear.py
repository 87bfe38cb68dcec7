"""Files that repeat one thing very often cost as much as they are long: never the square of it."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.legacy.doc_fib import Header
from scanner.formats.legacy.doc_layout import Layout
from scanner.formats.legacy.ppt_records import directory
from scanner.formats.legacy.xls_biff import Biff, shared
from scanner.formats.office.xlsx_scan import Masks, scan_sheet
from scanner.formats.ole.office_art import pictures
from scanner.formats.outlook.mapi_people import People
from scanner.limits import Limits
from scanner.records import Fact, IdType, Role
from tests.scanner.cfb import cfb
from tests.scanner.growth import is_steep

LIMITS = Limits()


def rec(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def expanded(data: bytes, name: str) -> None:
    for _ in expand(Blob(data, name), LIMITS):
        pass


def streams(count: int) -> None:
    """So many streams in one storage."""
    expanded(cfb({f"Odd{number}": b"x" for number in range(count)}), "a.bin")


def notes(count: int) -> None:
    """A comment of Excel 5 in so many pieces."""
    start = rec(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0))
    piece = rec(0x1C, b"\xff\xff" + struct.pack("<HH", 0, 100) + b"a" * 100)
    expanded(start + rec(0x1C, struct.pack("<HHH", 0, 0, 100) + b"b" * 100) + piece * count + rec(0x0A), "a.xls")


def cut_table(count: int) -> None:
    """The phonetics of one shared string over so many CONTINUE records."""
    head = bytes(8) + struct.pack("<HBI", 1, 4, 1 << 31) + b"a"
    list(shared(Biff(0, 0xFC, [head, *[b"0123456789"] * count])))


def picture_heads(count: int) -> None:
    """Headers of pictures that say they reach to the end, and are none."""
    data = bytes.fromhex("a0461df0") + struct.pack("<I", 40 * count)
    list(pictures((data + bytes(32)) * count + bytes(40 * count), 1, LIMITS))


def edits(count: int) -> None:
    """Edits of a presentation whose directories lie in each other."""
    head = 36 * count
    entries = bytes(8 * count)
    edit = b""
    for number in range(count):
        before = 36 * (number - 1) if number else 0
        edit += struct.pack("<HHI", 0, 4085, 28) + bytes(8) + struct.pack("<III", before, head + 8 * number, 1)
        edit += bytes(8)
    size = 16 * count
    directory(edit + struct.pack("<HHI", 0, 6002, size) * count + entries, 36 * (count - 1))


def layouts(count: int) -> None:
    """Paragraphs whose changes are all the same long list elsewhere."""
    change = struct.pack("<HI", 0x6645, 0)
    page = bytearray(512)
    page[511] = 1
    page[0:8] = struct.pack("<II", 0, 10)
    page[8] = 20
    page[40:49] = b"\x04\0\0" + change
    numbers = b"".join(struct.pack("<I", number) for number in range(count))
    plc = bytes(4 * (count + 1)) + numbers
    data = struct.pack("<H", 40_000) + b"\x00\x08\x00" * 13_000
    head = Header(True, False, False, True, 0, False, 0, 0, [0] * 8, bytes(8 * 13) + struct.pack("<II", 0, len(plc)))
    Layout(head, bytes(page) * count, plc, data)


def same_address(count: int) -> None:
    """So many names for one address."""
    people = People()
    for number in range(count):
        people.add(Role.TO, [Fact(IdType.EMAIL, "a@b.example"), Fact(IdType.NAME, f"Anna {number}")])
    people.settled()


def long_text(count: int) -> None:
    """Text behind the cells that no end tag follows."""
    scan_sheet(io.BytesIO(b"<worksheet><sheetData/><x>" + b"a" * count + b"<y>"), Masks({}))


def wide_tag(count: int) -> None:
    """A cell with so many places, and no end."""
    markup = '<worksheet><sheetData><c r="AAA1" ' + 'r="AA1" ' * count
    scan_sheet(io.BytesIO(markup.encode()), Masks({}))


def alternatives(count: int) -> None:
    """A text box with as many old forms as new ones."""
    space = 'xmlns:w="w" xmlns:mc="mc"'
    old = "<mc:Fallback><w:t>x</w:t></mc:Fallback>"
    pairs = "".join([f"<mc:Choice><w:t>{number}</w:t></mc:Choice>{old}" for number in range(count)])
    inner = f"<w:p><mc:AlternateContent>{pairs}</mc:AlternateContent></w:p>"
    part = f"<w:document {space}><w:body>{inner}</w:body></w:document>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", part)
    expanded(buffer.getvalue(), "a.docx")


CASES: list[tuple[Callable[[int], None], int]] = [
    (streams, 1000),
    (notes, 3000),
    (cut_table, 15_000),
    (picture_heads, 5000),
    (edits, 1000),
    (layouts, 500),
    (same_address, 2000),
    (long_text, 3000),
    (wide_tag, 3000),
    (alternatives, 500),
]


@pytest.mark.parametrize(("work", "count"), CASES, ids=[work.__name__ for work, _ in CASES])
def test_four_times_as_much_costs_about_four_times_as_long(work: Callable[[int], None], count: int) -> None:
    work(10)  # what is loaded once
    assert not is_steep(work, count)
