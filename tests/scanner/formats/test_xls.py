"""Old workbooks, written record by record as [MS-XLS] has them, and the samples with their truth."""

from __future__ import annotations

import json
import struct

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import Record, Role, Unread
from tests.samples import SAMPLES, needs_samples
from tests.scanner.cfb import cfb


def rec(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def long(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def short(text: str) -> bytes:
    return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")


def label(row: int, column: int, text: str) -> bytes:
    return rec(0x204, struct.pack("<HHH", row, column, 0) + long(text))


BOF_BOOK = rec(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
BOF_SHEET = rec(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
EOF = rec(0x0A)


def book(sheets: dict[str, bytes], more: bytes = b"", hidden: int = 0) -> bytes:
    """A workbook stream of Excel 97."""
    start = BOF_BOOK + rec(0x42, b"\xb0\x04") + more
    place = len(start) + sum(len(rec(0x85, bytes(6) + short(name))) for name in sheets) + len(EOF)
    bounds = body = b""
    for name, records in sheets.items():
        bounds += rec(0x85, struct.pack("<IBB", place + len(body), hidden, 0) + short(name))
        body += BOF_SHEET + records + EOF
    return start + bounds + EOF + body


def read(data: bytes, name: str = "a.xls") -> tuple[dict[tuple[str, ...], Record], list[Unread]]:
    found = list(expand(Blob(data, name), Limits()))
    records = {}
    for one in found:
        if isinstance(one, Record):
            assert one.steps not in records
            records[one.steps] = one
    return records, [one for one in found if isinstance(one, Unread)]


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


def authors(record: Record) -> list[str]:
    return [fact.value for one in record.entities if one.role is Role.AUTHOR for fact in one.facts]


def test_rows_of_all_sheets_are_read_hidden_ones_too() -> None:
    sheet = label(0, 0, "Namn") + label(0, 1, "E-post") + label(1, 0, "Åsa Öst") + label(1, 1, "asa@ost.example")
    records, gaps = read(cfb({"Workbook": book({"Kunder": sheet, "Dold": label(0, 0, "Pär Ek")}, hidden=2)}))
    assert gaps == []
    assert body(records[("sheet Kunder", "row 1")]) == "Åsa Öst\tasa@ost.example"
    assert [fact.value for fact in records[("sheet Kunder", "row 1")].entities[0].facts] == [
        "Åsa Öst",
        "asa@ost.example",
    ]
    assert body(records[("sheet Dold", "row 1")]) == "Pär Ek"
    assert "Dold" in body(records[()])


def test_what_is_beside_the_cells_is_read() -> None:
    note = (
        rec(0x5D, struct.pack("<HHHH", 0x15, 0x12, 0x19, 1) + bytes(14))
        + rec(0x1B6, struct.pack("<HH6xHHI", 0, 0, 10, 0, 0))
        + rec(0x3C, b"\0Ring ")
        + rec(0x3C, b"\x01" + "Bo Ek".encode("utf-16-le"))
        + rec(0x1C, struct.pack("<HHHH", 1, 1, 0, 1) + long("Pär Ek"))
    )
    url = "mailto:asa@ost.example\0".encode("utf-16-le")
    link = struct.pack("<4H16sII", 0, 0, 0, 0, b"", 2, 3) + bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
    link += struct.pack("<I", len(url)) + url
    rule = struct.pack("<I", 3) + long("Välj") + long("\0") + long("Kund") + long("\0")
    choices = b"\x17" + short("Eva Alm\0Ulf Ask")
    rule += struct.pack("<HH", len(choices), 0) + choices + struct.pack("<HHHHH", 1, 0, 0, 0, 0)
    literal = b"\x17" + short("Siv Dahl")
    formula = struct.pack("<HHH8sHIH", 3, 0, 0, bytes(8), 0, 0, len(literal)) + literal
    shape = (
        struct.pack("<HHI", 0x0013, 0xF00B, 6 + 18) + struct.pack("<HI", 0xC381, 18) + "Foto Ida\0".encode("utf-16-le")
    )
    sheet = (
        rec(0x14, long('&L&"Arial"Utskrift av Lena Holm&R&P')) + label(0, 0, "x") + rec(0x06, formula)
        + rec(0xEC, shape) + note + rec(0x1B8, link) + rec(0x1BE, rule) + rec(0x100D, b"\0\0" + short("Serie Ahl"))
    )  # fmt: skip
    name = struct.pack("<HBBHHHI", 0, 0, 8, 0, 0, 0, 0) + b"\x01" + "Kund_Ålö".encode("utf-16-le")
    other = struct.pack("<HH", 1, 11) + b"\0\x01CKunder Ek" + long("Blad Ann")
    cached = b"\0\0\0\0\x02" + long("Karin Wik") + b"\x01" + struct.pack("<d", 8503129804.0)
    user = long("Maj Berg") + b" " * 80
    more = rec(0x5C, user) + rec(0x18, name) + rec(0x1AE, other) + rec(0x5A, cached)
    records, gaps = read(cfb({"Workbook": book({"B": sheet}, more)}))
    assert gaps == []
    said = {"/".join(steps): body(record) for steps, record in records.items()}
    assert said["sheet B/part comments"] == "Ring Bo Ek"
    assert authors(records[("sheet B", "part comments")]) == ["Pär Ek"]
    assert said["sheet B/part header"] == "Utskrift av Lena Holm"
    assert said["sheet B/part links"] == "mailto:asa@ost.example"
    assert said["sheet B/part validation"].split("\n") == ["Välj", "Kund", "Eva Alm", "Ulf Ask"]
    assert said["sheet B/part formulas"] == "Siv Dahl"
    assert said["sheet B/part charts"] == "Serie Ahl"
    assert "Foto Ida" in said["sheet B/part shapes"]
    assert said["part names"] == "Kund_Ålö"
    assert {"CKunder Ek", "Blad Ann", "Karin Wik", "8503129804"} <= set(said["part external"].split("\n"))
    assert authors(records[("part author",)]) == ["Maj Berg"]


def test_number_formats_bring_leading_zeros_back() -> None:
    style = struct.pack("<HHHBBBBIIH", 0, 200, 0, 0, 0, 0, 0, 0, 0, 0)
    more = rec(0x41E, struct.pack("<H", 200) + long("000000-0000")) + rec(0xE0, style)
    sheet = label(0, 0, "Personnummer") + rec(0x203, struct.pack("<HHHd", 1, 0, 0, 312019804))
    records, _ = read(cfb({"Workbook": book({"B": sheet}, more)}))
    assert body(records[("sheet B", "row 1")]) == "031201-9804"


def test_shared_strings_that_no_cell_points_at_any_more_are_read() -> None:
    table = rec(0xFC, struct.pack("<II", 1, 2) + long("Anna Ek") + long("Bo Lind"))
    cell = rec(0xFD, struct.pack("<HHHI", 0, 0, 0, 0))
    records, gaps = read(cfb({"Workbook": book({"B": cell}, table)}))
    assert gaps == []
    assert body(records[("sheet B", "row 1")]) == "Anna Ek"
    assert body(records[("part unused strings",)]) == "Bo Lind"


def test_pivot_caches_revisions_and_macros_are_read() -> None:
    cache = rec(0xC6, bytes(20)) + rec(0xCD, long("Borttagen Ek")) + rec(0xC9, struct.pack("<d", 850312.0)) + EOF
    users = rec(0x193, bytes(28) + long("Åsa Öst"))
    log = rec(0x13B, b"\0\0\0" + "gammalt värde Pär Ek".encode("utf-16-le"))
    code = b'Attribute VB_Name = "M"\r\n\' av Siv Dahl\r\n'
    packed = b"".join(b"\0" + code[place : place + 8] for place in range(0, len(code), 8))
    module = b"compiled" + b"\x01" + struct.pack("<H", 0xB000 | len(packed) - 1) + packed
    streams = {
        "Workbook": book({"B": label(0, 0, "x")}),
        "_SX_DB_CUR/0001": cache,
        "User Names": users,
        "Revision Log": log,
        "_VBA_PROJECT_CUR/VBA/M": module,
    }
    records, gaps = read(cfb(streams))
    assert gaps == []
    assert body(records[("part _SX_DB_CUR/0001",)]) == "Borttagen Ek\n850312"
    assert authors(records[("part User Names",)]) == ["Åsa Öst"]
    assert "Pär Ek" in body(records[("part Revision Log",)])
    assert body(records[("part macros",)]) == 'Attribute VB_Name = "M"\n\' av Siv Dahl'


@pytest.mark.parametrize(
    ("code_page", "codec"), [(1252, "cp1252"), (10000, "mac_roman"), (0x8000, "mac_roman"), (1251, "cp1251")]
)
def test_excel_5_is_in_the_code_page_that_it_says(code_page: int, codec: str) -> None:
    name = "Анна Петрова" if codec == "cp1251" else "Åsa Öst"
    raw = name.encode(codec)
    start = rec(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + rec(0x42, struct.pack("<H", code_page))
    place = len(start) + len(rec(0x85, bytes(6) + bytes([len(raw)]) + raw)) + len(EOF)
    bound = rec(0x85, struct.pack("<IBB", place, 0, 0) + bytes([len(raw)]) + raw)
    cell = rec(0x204, struct.pack("<HHHH", 0, 0, 0, len(raw)) + raw)
    note = rec(0x1C, struct.pack("<HHH", 0, 0, len(raw)) + raw)
    data = start + bound + EOF + rec(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0)) + cell + note + EOF
    records, gaps = read(cfb({"Book": data}))
    assert gaps == []
    assert body(records[(f"sheet {name}", "row 1")]) == name
    assert body(records[(f"sheet {name}", "part comments")]) == name


@pytest.mark.parametrize(("kind", "number"), [(0x009, 2), (0x209, 3), (0x409, 4)])
def test_excel_2_to_4_are_files_of_records_alone(kind: int, number: int) -> None:
    head = rec(kind, struct.pack("<HH", number, 0x10) + (b"\0\0" if number > 2 else b""))
    raw = "Åsa Öst".encode("cp1252")
    if number == 2:
        cells = rec(0x04, struct.pack("<HH3xB", 0, 0, len(raw)) + raw) + rec(
            0x03, struct.pack("<HH3xd", 0, 1, 701740605)
        )
    else:
        cells = rec(0x204, struct.pack("<HHHH", 0, 0, 0, len(raw)) + raw)
        cells += rec(0x203, struct.pack("<HHHd", 0, 1, 0, 701740605))
    data = head + cells + EOF
    assert sniff(Blob(data, "a")) == "xls"
    records, gaps = read(data)
    assert gaps == []
    assert body(records[("sheet 1", "row 1")]) == "Åsa Öst\t701740605"


def test_sheets_that_span_too_much_for_calamine_are_read_all_the_same() -> None:
    far = label(0, 0, "Åsa Öst") + label(65535, 255, "Pär Ek")
    records, gaps = read(cfb({"Workbook": book({f"B{number}": far for number in range(3)})}))
    assert gaps == []
    assert body(records[("sheet B2", "row 1")]) == "Åsa Öst"
    assert body(records[("sheet B2", "row 65536")]) == "Pär Ek"


def test_a_shared_string_may_go_on_in_another_record() -> None:
    head = struct.pack("<II", 1, 1) + struct.pack("<HB", 7, 0) + b"\xc5sa "
    table = rec(0xFC, head) + rec(0x3C, b"\x01" + "Öst".encode("utf-16-le"))
    far = rec(0xFD, struct.pack("<HHHI", 0, 0, 0, 0)) + label(65535, 255, "x")
    near = rec(0xFD, struct.pack("<HHHI", 0, 0, 0, 0))
    for sheet in (near, far):
        records, _ = read(cfb({"Workbook": book({"A": sheet, "B": sheet}, table)}))
        assert body(records[("sheet B", "row 1")]) == "Åsa Öst"


def test_a_cut_workbook_gives_what_is_left_and_a_gap() -> None:
    data = book({"B": label(0, 0, "Åsa Öst") + label(1, 0, "Pär Ek" * 200)})
    records, gaps = read(cfb({"Workbook": data[:-700]}))
    assert body(records[("sheet B", "row 1")]) == "Åsa Öst"
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]


def test_rights_management_and_noise_are_gaps() -> None:
    _, gaps = read(cfb({"Workbook": book({"B": label(0, 0, "x")}), "\x09DRMContent": b"x" * 5000}))
    assert [(gap.reason, gap.detail) for gap in gaps] == [(GapReason.ENCRYPTED, "Office: rights management")]
    _, gaps = read(cfb({"Workbook": b"noise" * 100}))
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]


@needs_samples
def test_the_samples_name_their_authors() -> None:
    wanted = {
        "poi/spreadsheet/30070.xls": "Yegor Kozlov",
        "poi/spreadsheet/40285.xls": "Yegor Kozlov",
        "poi/spreadsheet/44200.xls": "Yegor Kozlov",
        "poi/spreadsheet/44235.xls": "Yegor Kozlov",
        "poi/spreadsheet/50020.xls": "Yegor Kozlov",
        "poi/spreadsheet/dg-text.xls": "Yegor Kozlov",
        "poi/spreadsheet/54686_fraction_formats.xls": "Allison, Timothy B.",
    }
    for path, name in wanted.items():
        records, _ = read((SAMPLES / "documents" / path).read_bytes(), path.rpartition("/")[2])
        assert name in [author for record in records.values() for author in authors(record)], path


@needs_samples
def test_every_sample_is_read_or_is_a_gap() -> None:
    truth = json.loads((SAMPLES / "truth" / "documents_unreadable.json").read_text())
    bad = {*truth["corrupt_ole"], *truth["encrypted_office"]}
    for path in sorted((SAMPLES / "documents").rglob("*.xls")):
        records, gaps = read(path.read_bytes(), path.name)
        here = [gap for gap in gaps if not gap.steps]
        assert bool(here) == (str(path.relative_to(SAMPLES / "documents")) in bad), path.name
        assert here or len(records) > 2
