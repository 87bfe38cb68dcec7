"""Word 97 and Word 95 files built by hand, byte for byte after [MS-DOC], and real ones of known truth."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import olefile
import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread
from tests.samples import DOCUMENTS, needs_samples
from tests.scanner.cfb import cfb

START = 0x800  # of the text
STORIES = ("body", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header_boxes")
Piece = tuple[str, bool]  # text, and whether it is kept in one byte a character

SUMMARY = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")


def found(data: bytes) -> tuple[dict[tuple[str, ...], Record], list[Unread]]:
    every = list(expand(Blob(data, "x.doc"), Limits()))
    records = [one for one in every if isinstance(one, Record)]
    assert len({one.steps for one in records}) == len(records)
    return {one.steps: one for one in records}, [one for one in every if isinstance(one, Unread)]


def text(record: Record) -> str:
    return "\n".join(value for role, value in record.texts if role is Role.BODY)


def names(record: Record) -> list[str]:
    return [fact.value for entity in record.entities for fact in entity.facts]


def strings(*values: str, extra: int = 0) -> bytes:
    """A table of strings in UTF-16."""
    body = b"".join(struct.pack("<H", len(one)) + one.encode("utf-16-le") + bytes(extra) for one in values)
    return struct.pack("<HHH", 0xFFFF, len(values), extra) + body


def xst(*values: str) -> bytes:
    return b"".join(struct.pack("<H", len(one)) + one.encode("utf-16-le") for one in values)


class Word:
    """A file of Word 97: set what it shall hold, then take its bytes."""

    def __init__(self, *pieces: Piece, **stories: str) -> None:
        self.pieces = list(pieces) or [(value, False) for value in stories.values()]
        self.counts = [len(stories.get(name, "").encode("utf-16-le")) // 2 for name in STORIES]
        if pieces:
            self.counts[0] = sum(len(one.encode("utf-16-le")) // 2 for one, _ in pieces)
        self.flags = 0x200
        self.parts: dict[int, bytes] = {}
        self.streams: dict[str, bytes] = {}
        self.backwards = False  # the last piece lies first in the stream, as after a fast save
        self.between = b""  # bytes of the stream that no piece shows
        self.paragraphs: list[tuple[int, bytes]] = []  # characters of the first piece, and what changes them

    def bytes(self) -> bytes:
        stream = bytearray(START)
        places: dict[int, int] = {}
        order = range(len(self.pieces))
        for index in reversed(order) if self.backwards else order:
            value, narrow = self.pieces[index]
            places[index] = (len(stream) * 2) | 0x40000000 if narrow else len(stream)
            stream += value.encode("cp1252") if narrow else value.encode("utf-16-le")
            stream += self.between
        ends = [0]
        for value, _ in self.pieces:
            ends.append(ends[-1] + len(value.encode("utf-16-le")) // 2)
        plc = struct.pack(f"<{len(ends)}I", *ends)
        plc += b"".join(struct.pack("<HIH", 0, places[index], 0) for index in order)
        prc = b"\1" + struct.pack("<H", 3) + b"abc"
        self.parts[33] = prc + b"\2" + struct.pack("<I", len(plc)) + plc
        if self.paragraphs:
            self._page(stream)
        table = bytearray(b"\0" * 8)
        pairs = bytearray(8 * 93)
        for number, part in self.parts.items():
            struct.pack_into("<II", pairs, 8 * number, len(table), len(part))
            table += part
        struct.pack_into("<HHHHHH", stream, 0, 0xA5EC, 193, 0, 0x41D, 0, self.flags)
        struct.pack_into("<H", stream, 32, 14)
        struct.pack_into("<H", stream, 62, 22)
        struct.pack_into("<8i", stream, 76, *self.counts)
        struct.pack_into("<H", stream, 0x98, 93)
        stream[0x9A : 0x9A + len(pairs)] = pairs
        return cfb({"WordDocument": bytes(stream), "1Table": bytes(table), **self.streams})

    def _page(self, stream: bytearray) -> None:
        """One page of paragraph properties, for a first piece in UTF-16."""
        stream += bytes(-len(stream) % 512)
        page = bytearray(512)
        places = [START]
        for length, _ in self.paragraphs:
            places.append(places[-1] + 2 * length)
        count = len(self.paragraphs)
        struct.pack_into(f"<{count + 1}I", page, 0, *places)
        at = 510
        for index, (_, changes) in enumerate(self.paragraphs):
            if not changes:
                continue
            body = b"\0\0" + changes  # the style comes first
            body += bytes(-(len(body) + 1) % 2)
            at -= len(body) + 1 + (len(body) + 1) % 2
            page[at] = (len(body) + 1) // 2
            page[at + 1 : at + 1 + len(body)] = body
            page[4 * (count + 1) + 13 * index] = at // 2
        page[511] = count
        self.parts[13] = struct.pack("<III", places[0], places[-1], len(stream) // 512)
        stream += page


IN_TABLE = struct.pack("<HB", 0x2416, 1)
ROW_END = IN_TABLE + struct.pack("<HB", 0x2417, 1)
WIDTHS = (
    struct.pack("<HHB", 0xD608, 4, 1) + b"\x17\x24"
)  # a row's definition, in which something looks like a row's end


def table(*rows: Sequence[str], after: str = "\r") -> Word:
    """A table as the body, and a paragraph behind it."""
    body = ""
    paragraphs = []
    for row in rows:
        for cell in row:
            paragraphs += [(len(part) + 1, WIDTHS + IN_TABLE) for part in cell.split("\r")]
            body += cell + "\x07"
        paragraphs.append((1, WIDTHS + ROW_END))
        body += "\x07"
    paragraphs.append((len(after), b""))
    word = Word(body=body + after)
    word.paragraphs = paragraphs
    return word


def test_pieces_of_both_widths_in_the_order_of_their_table() -> None:
    word = Word(("Åsa Ö", True), ("berg \u0141\u00f3d\u017a \U0001f600 ", False), ("070\x1e174\x1f 06 05€\r", True))
    word.backwards = True
    records, gaps = found(word.bytes())
    assert gaps == []
    assert text(records[()]) == "Åsa Öberg Łódź \U0001f600 070-174 06 05€"


def test_stories_are_parts_and_comments_have_their_authors() -> None:
    word = Word(
        body="Hej\x02 \x05dig\r\r",
        footnotes="\x02 Noten om Bo\r",
        headers="\x03\r\x04\rSidhuvud Ek\r",
        comments="\x05Fråga Karin\r\x05Klart\r",
        endnotes="\x02 Slutnot\r",
        boxes="I en ruta\r",
        header_boxes="I huvudets ruta\r",
    )
    word.parts[36] = xst("Karin Ek", "Bo Alm", "Karin Ek")
    records, gaps = found(word.bytes())
    assert gaps == []
    told = {steps[0]: text(record) for steps, record in records.items() if steps}
    assert told == {
        "part footnotes": "Noten om Bo",
        "part headers": "Sidhuvud Ek",
        "part comments": "Fråga Karin\nKlart",
        "part endnotes": "Slutnot",
        "part text boxes": "I en ruta",
        "part header text boxes": "I huvudets ruta",
    }
    assert text(records[()]) == "Hej dig"
    assert records[("part comments",)].entities == [
        Entity(Role.AUTHOR, [Fact(IdType.NAME, name)]) for name in ("Karin Ek", "Bo Alm")
    ]


def test_fields_leave_their_result_in_the_line_and_what_they_say_below() -> None:
    inner = "\x13 IF \x13 MERGEFIELD namn \x14Ek\x15 = 1 \x14Karin\x15"
    link = '\x13 HYPERLINK "mailto:karin@invex.example" \x14skriv\x15'
    records, _ = found(Word(body=f"Till {inner} Ek\r{link} till mig\r\x13 öppet \r").bytes())
    lines = text(records[()]).split("\n")
    assert lines[:2] == ["Till Karin Ek", "skriv till mig"]
    assert 'HYPERLINK "mailto:karin@invex.example"' in lines
    assert "öppet" in lines


def test_fields_without_end_are_read_in_linear_time() -> None:
    records, _ = found(Word(body="\x13" * 30_000 + "Karin Ek\r" + "\x15" * 10).bytes())
    assert "Karin Ek" in text(records[()])


def test_rows_of_a_table_with_a_header_name_their_persons() -> None:
    rows = [("Namn", "E-post"), ("Karin Ek", "karin@invex.example"), ("", "bo@invex.example"), ("Ida\rRo", "")]
    records, gaps = found(table(*rows, after="Efter tabellen\r").bytes())
    assert gaps == []
    assert names(records[("table 1", "row 1")]) == ["Karin Ek", "karin@invex.example"]
    assert names(records[("table 1", "row 2")]) == ["bo@invex.example"]
    assert text(records[("table 1", "row 3")]) == "Ida\nRo"
    assert text(records[()]) == "Efter tabellen"


def test_tables_parted_by_text_are_two() -> None:
    first = table(("a", "b"), after="mellan\r")
    body = first.pieces[0][0] + "c\x07d\x07\x07slut\r"
    word = Word(body=body)
    word.paragraphs = [*first.paragraphs, (2, IN_TABLE), (2, IN_TABLE), (1, ROW_END), (5, b"")]
    records, _ = found(word.bytes())
    assert text(records[("table 1", "row 1")]) == "a\tb"
    assert text(records[("table 2", "row 1")]) == "c\td"


def test_cells_without_known_paragraphs_are_text() -> None:
    records, gaps = found(Word(body="Karin\x07Ek\x07\x07Bo\x07Alm\x07\x07\r").bytes())
    assert gaps == []
    assert text(records[()]).split("\n") == ["Karin", "Ek", "Bo", "Alm"]


def test_names_of_bookmarks_are_text() -> None:
    word = Word(body="Hej\r")
    word.parts[21] = strings("Avtal_Karin_Ek", "_Toc123")
    records, _ = found(word.bytes())
    assert text(records[("part properties",)]) == "Avtal_Karin_Ek"


def test_authors_of_changes_and_of_saves_are_authors_and_variables_are_text() -> None:
    word = Word(body="Hej\r")
    word.parts[51] = strings("Unknown", "Karin Ek")
    word.parts[71] = strings("Bo Alm", "C:\\Hem\\Bo Alm\\brev.doc", "Ida Ro", "A:\\brev.doc")
    word.parts[32] = strings("", "", "", "Ämnet", "", "", "Eva By", "Karin Ek")
    word.parts[60] = strings("Kund", extra=4) + xst("Per Dal")
    records, _ = found(word.bytes())
    properties = records[("part properties",)]
    assert names(properties) == ["Karin Ek", "Eva By", "Bo Alm", "Ida Ro"]
    assert all(entity.role is Role.AUTHOR for entity in properties.entities)
    assert text(properties).split("\n") == ["Ämnet", "C:\\Hem\\Bo Alm\\brev.doc", "A:\\brev.doc", "Kund", "Per Dal"]


def test_text_that_no_piece_shows_any_more_is_found() -> None:
    word = Word(("Nu \r", True), ("gällande\r", False))
    word.between = b"\0Struken: Karin Ek\0\1"
    word.streams["0Table"] = b"\0\0" + "Bo Alm\0".encode("utf-16-le")
    records, gaps = found(word.bytes())
    assert gaps == []
    assert text(records[()]) == "Nu\ngällande"
    assert text(records[("part earlier versions",)]).split("\n") == ["Bo Alm", "Struken: Karin Ek"]


def test_form_fields_say_their_choices() -> None:
    def ended(value: str) -> bytes:
        return xst(value) + b"\0\0"

    head = struct.pack("<IH", 200, 0x44) + bytes(62) + b"\xff" * 4
    choice = (
        head + struct.pack("<HHH", 2, 0, 0) + ended("Lista") + b"\0\0" + ended("") * 5 + strings("Karin Ek", "Bo Alm")
    )
    box = (
        head
        + struct.pack("<HHH", 0, 0, 0)
        + ended("Fält")
        + ended("Ida Ro")
        + ended("") * 2
        + ended("Hjälp")
        + ended("") * 2
    )
    word = Word(body="\r")
    word.streams["Data"] = choice + bytes(7) + box
    records, _ = found(word.bytes())
    assert text(records[("part shapes",)]).split("\n") == ["Lista", "Karin Ek", "Bo Alm", "Fält", "Ida Ro", "Hjälp"]


def test_pictures_and_embedded_files_are_nested() -> None:
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 90, 90) + bytes(40)
    word = Word(body="\r")
    word.streams["Data"] = b"\0\0" + struct.pack("<HHI", 0x6E00, 0xF01E, 17 + len(png)) + bytes(17) + png
    word.streams["ObjectPool/_1/CONTENTS"] = b"Karin Ek, karin@invex.example"
    records, _ = found(word.bytes())
    assert records[("part image 1.png",)].kind == "image"
    assert "karin@invex.example" in text(records[("attachment 1: _1",)])


def test_custom_xml_and_streams_of_others_are_read() -> None:
    word = Word(body="\r")
    word.streams["MsoDataStore/ABC==/Item"] = b"<?xml version='1.0'?><person><namn>Karin Ek</namn></person>"
    word.streams["Macros/Form1/o"] = b"\0\1Ring Bo Alm\0\2"
    word.streams["Macros/VBA/Module1"] = b"\0\1packed and not to be seen\0\2"
    records, gaps = found(word.bytes())
    assert gaps == []
    said = [text(record) for steps, record in records.items() if steps[:1] == ("part item1.xml",)]
    assert any("Karin Ek" in one for one in said)
    assert text(records[("part other streams",)]) == "Ring Bo Alm"


def test_links_of_pictures_are_found() -> None:
    moniker = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + struct.pack("<I", 60)
    word = Word(body="\r")
    word.streams["Data"] = bytes(90) + moniker + "mailto:karin@invex.example\0".encode("utf-16-le") + bytes(40)
    assert text(found(word.bytes())[0][("part shapes",)]) == "mailto:karin@invex.example"


def test_autotext_of_a_template_is_read_with_its_own_header() -> None:
    word = Word(body="Mallen\r")
    letter = Word(body="Med vänlig hälsning, Karin Ek\r")
    second = bytearray(olefile.OleFileIO(io.BytesIO(letter.bytes())).openstream("WordDocument").read())
    first = olefile.OleFileIO(io.BytesIO(word.bytes()))
    stream = bytearray(first.openstream("WordDocument").read().ljust(4096, b"\0"))
    struct.pack_into("<H", stream, 8, len(stream) // 512)
    table_stream = bytearray(first.openstream("1Table").read())
    clx = struct.pack("<II", 0, 30) + struct.pack("<HIH", 0, len(stream) + START, 0)
    struct.pack_into("<II", second, 0x9A + 8 * 33, len(table_stream), 5 + len(clx))
    table_stream += b"\2" + struct.pack("<I", len(clx)) + clx
    records, gaps = found(cfb({"WordDocument": bytes(stream + second), "1Table": bytes(table_stream)}))
    assert gaps == []
    assert text(records[()]) == "Mallen"
    assert text(records[("part autotext",)]) == "Med vänlig hälsning, Karin Ek"


# Word 6 and 95


def old(body: bytes, *, language: int = 0x41D, flags: int = 0, mac: bool = False, counts: Sequence[int] = ()) -> bytes:
    stream = bytearray(0x300)
    struct.pack_into("<HHHHHH", stream, 0, 0xA5DC, 104, 0, language, 0, flags)
    stream[18] = mac
    struct.pack_into("<II", stream, 24, 0x300, 0x300 + len(body))
    struct.pack_into("<8i", stream, 52, *(list(counts) or [len(body)]), *[0] * (8 - (len(counts) or 1)))
    owners = b"\x08Karin Ek"
    struct.pack_into("<II", stream, 0x58 + 8 * 36, 0x300 + len(body), len(owners))
    return bytes(stream) + body + owners


def test_word_95_is_read_in_the_code_page_of_its_saver_or_its_language() -> None:
    russian = "Анна, 070-174 06 05\r"
    records, gaps = found(cfb({"WordDocument": old(russian.encode("cp1251"), language=0x419)}))
    assert gaps == []
    assert text(records[()]) == russian.strip()
    records, _ = found(cfb({"WordDocument": old("Åsa\r".encode("mac_roman"), mac=True)}))
    assert text(records[()]) == "Åsa"
    page = struct.pack("<II", 24, 1) + struct.pack("<II", 1, 16) + struct.pack("<IHH", 2, 1253, 0)
    summary = struct.pack("<HHI16sI", 0xFFFE, 0, 2, b"", 1) + SUMMARY + struct.pack("<I", 48) + page
    greek = cfb({"WordDocument": old("Άννα\r".encode("cp1253")), "\x05SummaryInformation": summary})
    assert text(found(greek)[0][()]) == "Άννα"


def test_word_95_has_its_comments_and_rows_as_lines() -> None:
    body = "Namn\x07Ort\x07\x07Karin Ek\x07Lund\x07\x07\r".encode("cp1252")
    comment = b"Till Bo\r"
    records, _ = found(cfb({"WordDocument": old(body + comment, counts=[len(body), 0, 0, 0, len(comment)])}))
    assert text(records[()]).split("\n") == ["Namn\tOrt", "Karin Ek\tLund"]
    assert text(records[("part comments",)]) == "Till Bo"
    assert names(records[("part comments",)]) == ["Karin Ek"]


# What cannot be read


@pytest.mark.parametrize("obfuscated", [False, True])
def test_encrypted_files_are_gaps_with_their_properties(*, obfuscated: bool) -> None:
    word = Word(body="hemligt\r")
    word.flags |= 0x8100 if obfuscated else 0x100
    author = struct.pack("<II", 30, 9) + b"Karin Ek\0"
    content = struct.pack("<II", 33, 1) + struct.pack("<II", 4, 16) + author
    summary = struct.pack("<HHI16sI", 0xFFFE, 0, 2, b"", 1) + SUMMARY + struct.pack("<I", 48) + content
    word.streams["\x05SummaryInformation"] = summary
    records, gaps = found(word.bytes())
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.ENCRYPTED)]
    assert names(records[("part properties",)]) == ["Karin Ek"]
    records, gaps = found(cfb({"WordDocument": old(b"hemligt\r", flags=0x8100)}))
    assert [gap.reason for gap in gaps] == [GapReason.ENCRYPTED]


def test_older_and_other_words_are_gaps() -> None:
    stream = bytearray(old(b"text\r"))
    struct.pack_into("<H", stream, 2, 45)
    stream += b"Karin Ek was here"
    records, gaps = found(cfb({"WordDocument": bytes(stream)}))
    assert [gap.reason for gap in gaps] == [GapReason.UNKNOWN_FORMAT]
    assert "Karin Ek was here" in text(records[("part earlier versions",)])
    assert [gap.reason for gap in found(cfb({"WordDocument": b"\xec\xa5"}))[1]] == [GapReason.UNREADABLE]


def test_a_broken_piece_table_is_a_gap_and_its_text_is_found() -> None:
    word = Word(body="Karin Ek, karin@invex.example\r")
    word.parts[51] = strings("Bo Alm")
    data = word.bytes().replace(b"\1\3\0abc\2", b"\1\3\0abc\7")
    records, gaps = found(data)
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]
    assert "Karin Ek, karin@invex.example" in text(records[("part earlier versions",)])
    assert names(records[("part properties",)]) == ["Bo Alm"]


def test_less_text_than_the_header_says_is_a_gap() -> None:
    word = Word(body="Karin Ek\r")
    word.counts[0] += 1000
    records, gaps = found(word.bytes())
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]
    assert text(records[()]) == "Karin Ek"


def test_pieces_that_repeat_the_stream_without_end_are_refused() -> None:
    word = Word(*[("x" * 4000, True)] * 3)
    clean = word.bytes()
    ends = struct.pack("<4I", 0, 4000, 8000, 12000)
    assert clean.count(ends) == 1
    records, gaps = found(clean.replace(ends, struct.pack("<4I", 0, 4000, 8000, 2_000_000_000)))
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]
    assert () in records


# Real files


@needs_samples
@pytest.mark.parametrize(
    ("name", "step", "words"),
    [
        ("poi/document/Bug51686.doc", "part properties", "Keith Bennett"),
        ("poi/document/Bug51686.doc", "part headers", "This is the footer for our document"),
        ("poi/document/word95err.doc", "part properties", "Aскат М"),
        ("poi/document/word95err.doc", "", "Компания Аскат М"),
        ("os2/msoffice/embedded-cpr.doc", "", "Test Testsen"),
        ("os2/msoffice/embedded-cpr.doc", "part image 1.png", "image 1.png"),
        ("tika/testWORD_various.doc", "part text boxes", "Here is a text box"),
        ("tika/testWORD_various.doc", "table 1 > row 2", "Row 2 Col 1\tRow 2 Col 2\tRow 2 Col 3"),
        ("tika/testWORD_various.doc", "", "𐌲𐌿𐍄𐌹𐍃𐌺"),
        ("tika/testWORD_2006ml.doc", "part comments", "Allison, Timothy B."),
        ("tika/testWORD_2006ml.doc", "attachment 1: testJPEG_EXIF.jpg", "C:/Users/tallison/Downloads"),
        ("tika/testOptionalHyphen.doc", "", "optionalhyphen"),
    ],
)
def test_real_files_say_what_others_read_in_them(name: str, step: str, words: str) -> None:
    records, _ = found((DOCUMENTS / name).read_bytes())
    record = records[tuple(step.split(" > ")) if step else ()]
    assert words in "\n".join([*(value for _, value in record.texts), *names(record)])


@needs_samples
def test_a_real_file_cut_off_is_a_gap() -> None:
    _, gaps = found((DOCUMENTS / "os2/msoffice/corrupted/test.trunc.doc").read_bytes())
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]
