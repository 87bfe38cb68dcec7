"""Metafiles built record by record, as [MS-EMF], [MS-EMFPLUS] and [MS-WMF] have them."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats import registry
from scanner.formats.base import Nested
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import Record, Role, Unread
from tests.scanner.emf_bytes import emf, record, text_out

LIMITS = Limits()


def plus(*records: tuple[int, int, bytes]) -> bytes:
    """EMF+ records in a comment."""
    inner = b"".join(
        struct.pack("<HHII", kind, flags, 12 + len(body), len(body)) + body for kind, flags, body in records
    )
    return record(70, struct.pack("<I", 4 + len(inner)) + b"EMF+" + inner)


def bitmap(width: int, height: int) -> bytes:
    """A bitmap as a .bmp file, which Pillow writes."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, "BMP")
    return buffer.getvalue()


def stretched(file: bytes) -> bytes:
    """EMR_STRETCHDIBITS."""
    dib, bits = file[14:54], file[54:]
    head = struct.pack("<4i2i4i4I4i", *bytes(4), 0, 0, 0, 0, 1, 1, 80, len(dib), 80 + len(dib), len(bits), 0, 0, 1, 1)
    return record(81, head + dib + bits)


def read(data: bytes) -> tuple[str, list[Unread]]:
    assert sniff(Blob(data, "a")) == "metafile"
    found = list(expand(Blob(data, "a"), LIMITS))
    texts = [
        text
        for one in found
        if isinstance(one, Record) and not one.steps
        for role, text in one.texts
        if role is Role.BODY
    ]
    return "\n".join(texts), [one for one in found if isinstance(one, Unread)]


def pictures(data: bytes) -> list[Nested]:
    return [one for one in registry.load("metafile").extract(Blob(data, "a"), LIMITS) if isinstance(one, Nested)]


def test_pieces_that_touch_join_and_others_part() -> None:
    first = text_out("karin.ek@in", 10, 5, [10] * 11)
    second = text_out("vex.example", 120, 5, [10] * 11)
    third = text_out("Bo", 260, 5, [10] * 2)
    assert read(emf(first, second, third, text_out("rad", 10, 30))) == ("karin.ek@invex.example Bo\nrad", [])


def test_descriptions_and_one_byte_letters() -> None:
    small = record(108, struct.pack("<iiIIIff", 0, 9, 3, 0x300, 1, 1.0, 1.0) + b"Bj\xf6")
    assert read(emf(text_out("Åsa", 0, 0, kind=83), small, description="Word\0Offert")) == (
        "Word\nOffert\nÅsa\nBjö",
        [],
    )


def test_letters_of_gdi_plus_once() -> None:
    string = struct.pack("<III4f", 0, 0, 5, 1.0, 2.0, 3.0, 4.0) + "Karin".encode("utf-16-le")
    driver = struct.pack("<IIII", 0, 1, 0, 2) + "Bo".encode("utf-16-le")
    data = emf(plus((0x401C, 0, string), (0x4036, 0, driver)), text_out("Karin", 0, 0))
    assert read(data) == ("Karin\nBo", [])


def test_text_that_is_numbers_of_shapes_needs_ocr() -> None:
    _, gaps = read(emf(text_out("abc", 0, 0, options=0x10)))
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.NEEDS_OCR)]


def test_bitmaps_are_files_for_the_reader_of_pictures() -> None:
    png = io.BytesIO()
    Image.new("RGB", (90, 50)).save(png, "PNG")
    image = plus((0x4008, 0x0501, struct.pack("<II5I", 0xDBC01002, 1, 0, 0, 0, 0, 1) + png.getvalue()))
    found = pictures(emf(stretched(bitmap(80, 60)), stretched(bitmap(16, 16)), image))
    assert [(one.steps, one.kind) for one in found] == [
        (("part picture 1.bmp",), "image"),
        (("part picture 2",), "image"),
    ]
    assert [Image.open(one.blob.open()).size for one in found] == [(80, 60), (90, 50)]
    assert Image.open(found[0].blob.open()).convert("RGB").getpixel((3, 3)) == (255, 0, 0)


def test_a_file_that_breaks_off_keeps_what_came_before() -> None:
    data = emf(text_out("Karin", 0, 0)) + b""
    text, gaps = read(data[:-20] + struct.pack("<II", 84, 2))
    assert text == "Karin"
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]


def wmf_record(kind: int, body: bytes) -> bytes:
    body += bytes(len(body) % 2)
    return struct.pack("<IH", 3 + len(body) // 2, kind) + body


def wmf(*records: bytes, placeable: bool = False) -> bytes:
    head = struct.pack("<HHHIHIH", 1, 9, 0x300, 0, 4, 0, 0)
    front = b"\xd7\xcd\xc6\x9a" + bytes(18) if placeable else b""
    return front + head + b"".join(records) + wmf_record(0, b"")


def font(charset: int) -> bytes:
    return wmf_record(0x02FB, bytes(13) + bytes([charset]) + bytes(4) + b"Arial\0")


def chosen(number: int) -> bytes:
    return wmf_record(0x012D, struct.pack("<H", number))


def letters(raw: bytes, x: int, y: int) -> bytes:
    """META_EXTTEXTOUT."""
    return wmf_record(0x0A32, struct.pack("<hhhH", y, x, len(raw), 0) + raw + bytes(len(raw) % 2))


@pytest.mark.parametrize("placeable", [True, False])
def test_windows_metafiles_in_the_charset_of_the_font(placeable: bool) -> None:
    out = wmf_record(0x0521, struct.pack("<h", 3) + "Åsa".encode("cp1252") + b"\0" + struct.pack("<hh", 9, 0))
    pen, gone = wmf_record(0x02FA, bytes(10)), wmf_record(0x01F0, struct.pack("<H", 0))
    data = wmf(
        pen, font(204), chosen(1), letters("Анна".encode("cp1251"), 0, 1), gone, font(238), chosen(0),
        letters("Łukasz".encode("cp1250"), 0, 5), font(0), chosen(2), out, placeable=placeable,
    )  # fmt: skip
    assert read(data) == ("Анна\nŁukasz\nÅsa", [])


def test_bitmaps_of_windows_metafiles() -> None:
    dib = bitmap(80, 60)[14:]
    found = pictures(wmf(wmf_record(0x0F43, bytes(22) + dib), wmf_record(0x0F43, bytes(22) + bitmap(8, 8)[14:])))
    assert [Image.open(one.blob.open()).size for one in found] == [(80, 60)]


def test_counts_that_lie_end() -> None:
    many = record(
        97, struct.pack("<4iI2fI", *bytes(4), 1, 1.0, 1.0, 1 << 30) + struct.pack("<iiII", 0, 0, 1 << 30, 0) * 2000
    )
    _, gaps = read(emf(many))
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]
