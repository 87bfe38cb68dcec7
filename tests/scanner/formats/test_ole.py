"""What old Office files share: containers, property sets, embedded objects, macros, drawings. Bytes built by hand."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import olefile
import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.ole.office_art import pictures, words
from scanner.formats.ole.ole import stream
from scanner.formats.ole.ole_embedded import embedded, storages
from scanner.formats.ole.ole_macros import unpacked
from scanner.formats.ole.ole_properties import code_page, properties, read
from scanner.formats.ole.ole_runs import runs
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, ReadError, Record, Role, Unread
from tests.scanner.cfb import cfb

LIMITS = Limits()
SUMMARY = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
DOCUMENT = bytes.fromhex("02d5cdd59c2e1b10939708002b2cf9ae")
CUSTOM = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")


def ole(streams: dict[str, bytes]) -> Any:
    return olefile.OleFileIO(io.BytesIO(cfb(streams)))


def found(data: bytes, name: str = "x") -> tuple[dict[tuple[str, ...], Record], list[Unread]]:
    every = list(expand(Blob(data, name), LIMITS))
    records = {one.steps: one for one in every if isinstance(one, Record)}
    return records, [one for one in every if isinstance(one, Unread)]


def text(record: Record) -> str:
    return "\n".join(value for _, value in record.texts)


def author(name: str) -> Entity:
    return Entity(Role.AUTHOR, [Fact(IdType.NAME, name)])


def narrow(value: bytes) -> bytes:
    """A VT_LPSTR."""
    return struct.pack("<II", 30, len(value) + 1) + value + b"\0" + bytes(-(len(value) + 1) % 4)


def wide(value: str) -> bytes:
    """A VT_LPWSTR."""
    raw = value.encode("utf-16-le") + b"\0\0"
    return struct.pack("<II", 31, len(raw) // 2) + raw + bytes(-len(raw) % 4)


def one_set(kind: bytes, values: dict[int, bytes], page: int | None = 1252) -> tuple[bytes, bytes]:
    if page is not None:
        values = {1: struct.pack("<IHH", 2, page, 0), **values}
    table = b""
    body = b""
    for key, value in values.items():
        table += struct.pack("<II", key, 8 + 8 * len(values) + len(body))
        body += value
    return kind, struct.pack("<II", 8 + len(table) + len(body), len(values)) + table + body


def property_stream(*sets: tuple[bytes, bytes]) -> bytes:
    head = struct.pack("<HHI16sI", 0xFFFE, 0, 2, b"", len(sets))
    place = 28 + 20 * len(sets)
    table = b""
    body = b""
    for kind, content in sets:
        table += kind + struct.pack("<I", place + len(body))
        body += content
    return head + table + body


# The container


def test_written_containers_are_read_by_olefile() -> None:
    streams = {
        "short": b"x" * 10,
        "storage/long": bytes(range(256)) * 20,
        "storage/deep/\x01Ole": b"y" * 200,
        "empty": b"",
        "huge": b"0123456789abcdef" * (9 << 16),  # needs a second table of tables
        **{f"many/name {number}": bytes([number]) * number for number in range(200)},
    }
    read_back = olefile.OleFileIO(io.BytesIO(cfb(streams)), raise_defects=olefile.DEFECT_UNSURE)
    assert {"/".join(path) for path in read_back.listdir()} == set(streams)
    assert all(read_back.openstream(name.split("/")).read() == data for name, data in streams.items())
    assert read_back.parsing_issues == []


def test_a_stream_above_the_limit_or_missing_is_refused() -> None:
    file = ole({"a": b"x" * 100})
    assert stream(file, "a", 100) == b"x" * 100
    with pytest.raises(ReadError, match="too large"):
        stream(file, "a", 99)
    with pytest.raises(ReadError, match="unreadable"):
        stream(file, "b", 99)


# Properties


@pytest.mark.parametrize(
    ("page", "raw"),
    [
        (1252, "Åsa Öberg".encode("cp1252")),
        (65001, "Åsa Öberg".encode()),
        (10000, "Åsa Öberg".encode("mac_roman")),
        (1200, "Åsa Öberg\0".encode("utf-16-le") + b"\0"),
        (None, "Åsa Öberg".encode("cp1252")),
        (1252, "Åsa Öberg".encode()),  # utf-8 under a wrong label
    ],
)
def test_names_are_read_in_the_code_page_of_their_set(page: int | None, raw: bytes) -> None:
    record = properties(ole({"\x05SummaryInformation": property_stream(one_set(SUMMARY, {4: narrow(raw)}, page))}))
    assert record is not None
    assert record.entities == [author("Åsa Öberg")]


def test_persons_and_texts_of_both_sets() -> None:
    summary = one_set(
        SUMMARY, {2: narrow(b"Offert"), 4: narrow(b"Eva Ek;Bo Alm"), 8: narrow(b"Ida Ro"), 9: narrow(b"7")}
    )
    titles = struct.pack("<II", 0x101E, 2) + struct.pack("<I", 4) + b"Ett\0" + struct.pack("<I", 4) + b"Tva\0"
    document = one_set(DOCUMENT, {14: narrow(b"Per Chef"), 15: narrow(b"Invex AB"), 13: titles})
    file = ole(
        {
            "\x05SummaryInformation": property_stream(summary),
            "\x05DocumentSummaryInformation": property_stream(document),
        }
    )
    record = properties(file)
    assert record is not None
    assert record.steps == ("part properties",)
    assert text(record).split("\n") == ["Offert", "Ett", "Tva"]
    assert record.entities == [author(name) for name in ("Eva Ek", "Bo Alm", "Ida Ro", "Per Chef", "Invex AB")]


def test_custom_properties_links_and_who_mailed_the_file() -> None:
    def name(key: int, value: bytes) -> bytes:
        return struct.pack("<II", key, len(value) + 1) + value + b"\0"

    labels = (
        name(2, b"Kundnummer")
        + name(3, b"_AuthorEmail")
        + name(4, b"_AuthorEmailDisplayName")
        + name(5, b"_PID_HLINKS")
    )
    hlinks = struct.pack("<I", 2) + wide("mailto:bo@invex.example") + struct.pack("<II", 3, 5)
    values = {
        0: struct.pack("<I", 4) + labels,
        2: struct.pack("<Ii", 3, 4711147),
        3: narrow(b"eva@invex.example"),
        4: narrow(b"Eva Ek"),
        5: struct.pack("<II", 65, len(hlinks)) + hlinks,
    }
    data = property_stream(one_set(DOCUMENT, {}), one_set(CUSTOM, values))
    record = properties(ole({"\x05DocumentSummaryInformation": data}))
    assert record is not None
    assert text(record).split("\n") == ["Kundnummer: 4711147", "mailto:bo@invex.example"]
    both = [Fact(IdType.NAME, "Eva Ek"), Fact(IdType.EMAIL, "eva@invex.example")]
    assert record.entities == [Entity(Role.AUTHOR, both)]


def test_what_is_broken_in_a_set_is_a_gap_and_the_rest_is_read() -> None:
    broken = struct.pack("<II", 30, 1 << 30) + b"Eva"
    data = property_stream(one_set(SUMMARY, {8: broken, 4: narrow(b"Bo Alm")}))
    assert list(read(ole({"\x05SummaryInformation": data}))) == [
        Record(("part properties",), "part", [], [author("Bo Alm")]),
        Unread(("part properties",), GapReason.UNREADABLE, "document properties"),
    ]
    assert list(read(ole({"\x05SummaryInformation": data[:60]})))[-1].steps == ("part properties",)
    assert list(read(ole({"\x05SummaryInformation": b"\xfe\xff" + b"\xff" * 90})))
    assert list(read(ole({"\x05SummaryInformation": bytes(200)}))) == []
    assert list(read(ole({"a": b""}))) == []


def test_values_that_lie_over_each_other_cost_no_more_than_their_bytes() -> None:
    value = narrow(b"x" * 50_000)
    count = 5_000
    head = struct.pack("<II", 0, count)
    table = b"".join(struct.pack("<II", key + 20, 8 + 8 * count) for key in range(count))
    data = property_stream((SUMMARY, head + table + value))
    record, gap = list(read(ole({"\x05SummaryInformation": data})))
    assert isinstance(record, Record)
    assert len(text(record)) < 4 * len(data)
    assert isinstance(gap, Unread)


def test_code_pages() -> None:
    assert [code_page(number) for number in (1251, 65001, -535, 10000, 932, 0, 4711)] == [
        "cp1251",
        "utf-8",
        "utf-8",
        "mac_roman",
        "cp932",
        "cp1252",
        "cp1252",
    ]


# Embedded objects


def packaged(name: str, content: bytes, wide_name: str = "") -> bytes:
    """The packager's stream."""
    raw = name.encode("cp1252")
    body = b"\2\0" + raw + b"\0" + b"C:\\Egna\\" + raw + b"\0" + b"\0\0\3\0"
    body += struct.pack("<I", 6) + b"C:\\T\\\0" + struct.pack("<I", len(content)) + content
    for part in ("C:\\T\\", wide_name, "C:\\Egna\\" + wide_name) if wide_name else ():
        body += struct.pack("<I", len(part)) + part.encode("utf-16-le")
    return struct.pack("<I", len(body)) + body


def test_a_packaged_file_is_read_under_its_name() -> None:
    data = cfb({"\x01Ole10Native": packaged("lista.txt", b"Karin Ek, karin@invex.example")})
    records, gaps = found(data, "oleObject1.bin")
    assert gaps == []
    record = records[("attachment 1: lista.txt",)]
    assert "karin@invex.example" in text(record)
    assert (Role.PATH, "C:/Egna") in record.texts


def test_the_wide_name_of_a_packaged_file_is_the_right_one() -> None:
    records, _ = found(cfb({"\x01Ole10Native": packaged("?.txt", b"Karin Ek was here", "Ек.txt")}))
    assert ("attachment 1: Ек.txt",) in records


def test_objects_in_storages_are_files_of_their_own() -> None:
    compobj = bytes(28) + struct.pack("<I", 11) + b"Text Thing\0"
    file = ole(
        {
            "Pool/_1/\x01CompObj": compobj,
            "Pool/_1/CONTENTS": b"Karin Ek lives here",
            "Pool/_2/\x01Ole10Native": packaged("b.txt", b"Bo Alm lives here"),
            "Pool/_3/sub/data": b"z" * 5000,
            "Pool/_3/\x05SummaryInformation": property_stream(one_set(SUMMARY, {4: narrow(b"Ida Ro")})),
            "other": b"",
        }
    )
    nested = list(embedded(file, storages(file, ("pool",)), 4))
    assert not any(isinstance(one, Unread) for one in nested)
    by_step = {one.steps[0]: one.blob for one in nested if not isinstance(one, Unread)}
    assert list(by_step) == ["attachment 4: Text Thing", "attachment 5: b.txt", "attachment 6: _3"]
    assert by_step["attachment 4: Text Thing"].data() == b"Karin Ek lives here"
    assert by_step["attachment 5: b.txt"].data() == b"Bo Alm lives here"
    third = olefile.OleFileIO(io.BytesIO(by_step["attachment 6: _3"].data()))
    assert third.openstream("sub/data").read() == b"z" * 5000
    record = properties(third)
    assert record is not None
    assert record.entities == [author("Ida Ro")]


def test_storages_that_share_their_bytes_are_not_copied_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    file = ole({f"Pool/_{number}/data": b"z" * 4096 for number in range(20)})
    monkeypatch.setattr(file, "get_size", lambda path: 50_000)
    nested = list(embedded(file, storages(file, ("Pool",))))
    assert [one.reason for one in nested if isinstance(one, Unread)] == [GapReason.TOO_LARGE] * 19


def test_what_no_reader_knows_is_a_gap_with_what_can_be_seen() -> None:
    data = cfb({"Quill": b"\1\2\3" + "Karin Ek, 070-174 06 05".encode("utf-16-le") + b"\1\2", "b": b"\0\1Bo Alm 44\0"})
    records, gaps = found(data)
    assert gaps == [Unread((), GapReason.UNKNOWN_FORMAT, "OLE file of another program")]
    assert "Karin Ek, 070-174 06 05" in text(records[()])
    assert "Bo Alm 44" in text(records[()])


def test_a_container_that_cannot_be_opened_is_a_gap_with_what_can_be_seen() -> None:
    data = cfb({"WordDocument": b"Karin Ek was here" * 400})[:2000]
    records, gaps = found(data)
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]
    assert "Karin Ek was here" in text(records[()])


def test_an_object_with_nothing_in_it_is_no_gap() -> None:
    assert found(cfb({}))[1] == []


def test_runs_are_words_and_no_noise() -> None:
    data = (
        b'\0\1\2Anna Ek\0\xff$%&/()=?!"#\0' + "Åsa".encode("utf-16-le") + "Åsa Ö".encode("utf-16-le") + b"\0\0Anna Ek\0"
    )
    assert runs(data).split("\n") == ["Anna Ek", "ÅsaÅsa Ö"]
    assert runs("Анна Ек".encode("cp1251"), "cp1251") == "Анна Ек"


# Macros


def test_compressed_source_as_the_specification_shows_it() -> None:
    packed = bytes.fromhex(
        "012fb000236161616263646582660070616768696a013808616b6c00306d6e6f700671027004107273747576107778797a003c"
    )
    plain = b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"  # [MS-OVBA] 3.2.2
    assert unpacked(packed, 0) == (plain, True)
    assert unpacked(packed[:3] + b"\xff\xff\xff", 0)[1] is False
    assert unpacked(b"no", 0) == (b"", False)


def packed_source(source: bytes) -> bytes:
    """Literals only."""
    tokens = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    return b"\1" + struct.pack("<H", 0xB000 | (len(tokens) - 1)) + tokens


def test_comments_in_macros_are_text() -> None:
    source = (
        b'Attribute VB_Name = "M"\r\nAttribute VB_Exposed = False\r\n\' Skriven av Karin Ek\r\nSub A()\r\nEnd Sub\r\n'
    )
    data = cfb({"VBA/Module1": b"\5" * 40 + packed_source(source), "VBA/dir": b"\1\0", "VBA/_VBA_PROJECT": b"x"})
    records, gaps = found(data, "vbaProject.bin")
    assert gaps == []
    assert text(records[("part macros",)]) == 'Attribute VB_Name = "M"\n\' Skriven av Karin Ek\nSub A()\nEnd Sub'


def test_macros_are_in_the_code_page_of_their_project_and_forms_are_read() -> None:
    source = 'Attribute VB_Name = "M"\r\n\' Анна Ек\r\n'.encode("cp1251")
    project = b"\1\0\4\0\0\0\1\0\0\0\3\0\2\0\0\0" + struct.pack("<H", 1251)
    streams = {"VBA/M": packed_source(source), "VBA/dir": packed_source(project), "Form/o": b"\0Fraga Siv Dahl\0"}
    records, _ = found(cfb(streams), "vbaProject.bin")
    assert text(records[("part macros",)]).endswith("Анна Ек")
    assert text(records[("part other streams",)]) == "Fraga Siv Dahl"


def test_a_macro_that_unpacks_without_end_is_cut() -> None:
    bomb = b"\1" + (struct.pack("<H", 0xB003) + b"\2a\xff\x0f") * 20_000
    plain, whole = unpacked(bomb, 0)
    assert not whole
    assert len(plain) < 17 << 20


# Drawings

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 100, 80, 8, 2, 0, 0, 0) + bytes(60)


def blip(instance: int, kind: int, content: bytes) -> bytes:
    return struct.pack("<HHI", instance << 4, kind, len(content)) + content


def test_pictures_are_found_wherever_they_lie() -> None:
    emf = b"\1\0\0\0" + bytes(36) + b" EMF" + bytes(60)
    head = struct.pack("<IiiiiiiIBB", len(emf), 0, 0, 10, 10, 9, 9, 0, 0, 0xFE)
    bitmap = struct.pack("<IiiHHIIiiII", 40, 20, 20, 1, 24, 0, 1200, 0, 0, 0, 0) + bytes(1200)
    data = b"noise" + blip(0x6E0, 0xF01E, bytes(17) + PNG) + b"\0\0\0"
    data += blip(0x46B, 0xF01D, bytes(33) + b"\xff\xd8\xff\xe0" + bytes(50))
    data += blip(0x3D4, 0xF01A, bytes(16) + head + zlib.compress(emf))
    data += blip(0x7A8, 0xF01F, bytes(17) + bitmap)
    data += blip(0x6E0, 0xF01E, bytes(17) + b"no png" * 9)
    made = [nested for _, nested in pictures(data, 3, LIMITS)]
    assert [one.steps[0] for one in made] == [
        "part image 3.png",
        "part image 4.jpeg",
        "part image 5.emf",
        "part image 6.dib",
    ]
    assert made[0].blob.data() == PNG
    assert made[1].blob.data().startswith(b"\xff\xd8\xff\xe0")
    assert made[2].blob.data() == emf
    assert made[3].blob.data()[:14] == b"BM" + struct.pack("<IHHI", 14 + len(bitmap), 0, 0, 54)


def test_bullets_are_no_pictures_and_packed_bombs_are_cut() -> None:
    dot = PNG.replace(struct.pack(">II", 100, 80), struct.pack(">II", 8, 8))
    assert list(pictures(blip(0x6E0, 0xF01E, bytes(17) + dot), 1, LIMITS)) == []
    head = struct.pack("<IiiiiiiIBB", 1 << 31, 0, 0, 9, 9, 9, 9, 0, 0, 0xFE)
    bomb = blip(0x3D4, 0xF01A, bytes(16) + head + zlib.compress(bytes(4 << 20)))
    ((_, nested),) = pictures(bomb, 1, Limits(blob=2 << 20))
    assert nested.blob.size == 2 << 20


def test_shapes_say_their_descriptions_word_art_and_links() -> None:
    values = [(0x381, "Foto av Karin Ek"), (0xC0, "Grattis Bo"), (0x382, "mailto:bo@invex.example")]
    raw = [(key, value.encode("utf-16-le") + b"\0\0") for key, value in values]
    table = b"".join(struct.pack("<HI", key | 0x8000, len(value)) for key, value in raw)
    table += struct.pack("<HI", 0x7F, 1)
    table += b"".join(value for _, value in raw)
    data = b"\1\2\3" + struct.pack("<HHI", 4 << 4 | 3, 0xF00B, len(table)) + table + bytes(9)
    assert list(words(data)) == [value for _, value in values]
