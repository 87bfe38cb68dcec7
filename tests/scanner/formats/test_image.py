"""Pictures that Pillow writes, with metadata written by hand from the standards."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, PngImagePlugin

from connectors.base import GapReason
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.base import Picture
from scanner.formats.images import image as reader
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Steps, Unread
from tests.samples import SAMPLES, needs_samples

LIMITS = Limits()
NEEDS_OCR = [((), GapReason.NEEDS_OCR)]
CUT = [((), GapReason.UNREADABLE)]


class Eye:
    """Stands in for OCR: tells the size and mode of what it is shown."""

    left = 99

    def text(self, image: Image.Image) -> str:
        image.load()
        return f"{image.width}x{image.height}"


def read(data: bytes, aids: Aids | None = None) -> tuple[dict[Steps, Record], list[tuple[Steps, GapReason]]]:
    records: dict[Steps, Record] = {}
    gaps = []
    for found in expand(Blob(data, "a.bin"), LIMITS, aids or Aids()):
        if isinstance(found, Unread):
            gaps.append((found.steps, found.reason))
        else:
            assert found.steps not in records
            records[found.steps] = found
    return records, gaps


def said(data: bytes) -> list[str]:
    """The lines of the picture's properties."""
    record = read(data)[0].get(("part properties",))
    return [line for _, text in record.texts for line in text.splitlines()] if record else []


def persons(data: bytes) -> list[tuple[Role, str]]:
    record = read(data)[0].get(("part properties",))
    return [(entity.role, entity.facts[0].value) for entity in record.entities] if record else []


def saved(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 1).save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


KINDS = ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "JPEG2000"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_needs_ocr_and_ocr_sees_its_pixels(kind: str) -> None:
    data = saved(kind)
    assert read(data)[1] == NEEDS_OCR
    records, gaps = read(data, Aids(ocr=Eye()))
    assert gaps == []
    assert records[()].texts == [(Role.BODY, "60x40")]
    assert records[()].kind == "file"


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_too_small_for_a_word_is_no_gap(kind: str) -> None:
    assert read(saved(kind, (16, 16)))[1] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_cut_short_is_unreadable_whether_ocr_is_on_or_off(kind: str) -> None:
    data = saved(kind, (300, 200), compression="raw") if kind == "TIFF" else saved(kind, (300, 200))
    for share in (0.3, 0.7):
        for aids in (Aids(), Aids(ocr=Eye())):
            assert read(data[: int(len(data) * share)], aids)[1] == CUT


def test_pixels_are_not_decoded_unless_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", lambda *_: pytest.fail("opened"))
    for kind in KINDS:
        found = list(reader.FORMAT.extract(Blob(saved(kind), ""), LIMITS))
        assert [type(one) for one in found] == [Picture]


def test_more_pixels_than_can_be_decoded_are_too_large() -> None:
    data = saved("BMP", mode="1")
    huge = data[:18] + struct.pack("<ii", 20_000, 20_000) + data[26:]
    png = saved("PNG")
    header = b"IHDR" + struct.pack(">II", 100_000, 100_000) + png[24:29]
    bomb = png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]
    assert read(bomb)[1] == [((), GapReason.TOO_LARGE)]
    assert read(huge)[1] == CUT


# EXIF


def ifd(entries: list[tuple[int, int, bytes]], order: str = "<", start: int = 8) -> bytes:
    """One directory of a TIFF (2.0 of TIFF 6.0) by hand: entries of tag, type and value."""
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}
    place = start + 2 + 12 * len(entries) + 4
    head, tail = struct.pack(order + "H", len(entries)), b""
    for tag, kind, value in entries:
        head += struct.pack(order + "HHI", tag, kind, len(value) // sizes[kind])
        if len(value) <= 4:
            head += value.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", place + len(tail))
            tail += value
    return head + bytes(4) + tail


def exif(*entries: tuple[int, int, bytes], order: str = "<") -> bytes:
    magic = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    return magic + ifd(list(entries), order)


def jpeg(*segments: tuple[int, bytes], after: bytes = b"") -> bytes:
    plain = saved("JPEG")
    inner = b"".join(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments)
    return plain[:2] + inner + plain[2:] + after


def with_exif(*entries: tuple[int, int, bytes], order: str = "<") -> bytes:
    return jpeg((0xE1, b"Exif\0\0" + exif(*entries, order=order)))


def test_exif_names_who_took_it_and_what_they_wrote() -> None:
    data = with_exif(
        (0x010E, 2, "Åsas kalas\0".encode()),
        (0x013B, 2, b"Karin Ek\0"),
        (0x8298, 2, b"(c) Bo Lind\0"),
        (0xA430, 2, b"Ada Berg\0"),
        (0x9C9B, 1, "Titel på åäö\0".encode("utf-16-le")),
        (0x9C9D, 1, "Eva Holm;Per Gran\0".encode("utf-16-le")),
        (0x9286, 7, b"ASCII\0\0\0ring 070-174 06 05"),
    )
    assert {"Åsas kalas", "(c) Bo Lind", "Titel på åäö", "ring 070-174 06 05"} <= set(said(data))
    names = ["Karin Ek", "Ada Berg", "Eva Holm", "Per Gran"]
    assert sorted(persons(data)) == sorted((Role.AUTHOR, name) for name in names)


@pytest.mark.parametrize(
    ("order", "prefix", "codec"),
    [("<", b"UNICODE\0", "utf-16-le"), (">", b"UNICODE\0", "utf-16-be"), ("<", bytes(8), "utf-8")],
)
def test_a_comment_is_read_in_its_charset(order: str, prefix: bytes, codec: str) -> None:
    data = with_exif((0x9286, 7, prefix + "Åsa åkte".encode(codec)), order=order)
    assert said(data) == ["Åsa åkte"]


def test_exif_is_read_where_each_container_keeps_it() -> None:
    packed = exif((0x013B, 2, b"Karin Ek\0"))
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x40mdat" + b"\0\0\0\0Exif\0\0" + packed
    webp = saved("WEBP", exif=packed)
    png = saved("PNG", exif=packed)
    tiff = saved("TIFF", tiffinfo={0x013B: "Karin Ek"})
    jp2 = saved("JPEG2000") + struct.pack(">I4s16s", 24 + len(packed), b"uuid", b"JpgTiffExif->JP2") + packed
    for data in (webp, png, tiff, jp2, heic):
        assert persons(data) == [(Role.AUTHOR, "Karin Ek")]


def test_exif_that_points_in_circles_or_outside_ends() -> None:
    circle = exif((0x8769, 4, struct.pack("<I", 8)), (0x013B, 2, b"Karin Ek\0"))
    assert persons(jpeg((0xE1, b"Exif\0\0" + circle))) == [(Role.AUTHOR, "Karin Ek")]
    outside = exif((0x013B, 2, b"Karin Ek\0"))[:16] + b"\xff\xff\xff\x7f" + b"\xff" * 40
    assert read(jpeg((0xE1, b"Exif\0\0" + outside)))[1] == NEEDS_OCR
    broken = jpeg((0xE1, b"Exif\0\0no tiff at all"))
    assert (("part properties",), GapReason.UNREADABLE) in read(broken)[1]


# IPTC and XMP


def data_set(record: int, number: int, value: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def block(number: int, value: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(value)) + value + b"\0" * (len(value) & 1)


def test_iptc_names_its_writers() -> None:
    iptc = (
        data_set(1, 90, b"\x1b%G")
        + data_set(2, 80, "Åsa Öberg".encode())
        + data_set(2, 122, b"Bo Lind")
        + data_set(2, 120, b"Kalas hos Ek")
        + data_set(2, 55, b"20240102")
    )
    data = jpeg((0xED, b"Photoshop 3.0\0" + block(1005, b"odd") + block(1028, iptc)))
    assert persons(data) == [(Role.AUTHOR, "Åsa Öberg"), (Role.AUTHOR, "Bo Lind")]
    assert said(data) == ["Kalas hos Ek"]


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:MP="x" photoshop:City="Åmål">
<dc:creator><rdf:Seq><rdf:li>Karin Ek</rdf:li></rdf:Seq></dc:creator>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Sommar</rdf:li></rdf:Alt></dc:title>
<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>
<rdf:li><rdf:Description mwg-rs:Name="Ada Berg" mwg-rs:Type="Face"/></rdf:li>
<rdf:li rdf:parseType="Resource"><mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Name>Per Gran</mwg-rs:Name></rdf:li>
<rdf:li><rdf:Description mwg-rs:Name="Fido" mwg-rs:Type="Pet"/></rdf:li>
</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
<MP:RegionInfo MP:PersonDisplayName="Eva Holm"/>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    plain = saved("PNG")
    inner = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return plain[:33] + inner + plain[33:]


def gif_with(extension: bytes) -> bytes:
    plain = saved("GIF", mode="P")
    place = plain.index(b",")
    return plain[:place] + extension + plain[place:]


@pytest.mark.parametrize(
    "build",
    [
        lambda: jpeg((0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)),
        lambda: png_with((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)),
        lambda: png_with((b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP))),
        lambda: gif_with(b"!\xff\x0bXMP DataXMP" + XMP + b"\1" + bytes(range(255, -1, -1)) + b"\0"),
        lambda: saved("WEBP", xmp=XMP),
        lambda: saved("TIFF", tiffinfo={700: XMP}),
    ],
    ids=["jpeg", "png", "packed png", "gif", "webp", "tiff"],
)
def test_xmp_names_who_made_it_and_who_is_in_it(build: Callable[[], bytes]) -> None:
    data = build()
    found = [(Role.AUTHOR, "Karin Ek")] + [(Role.RELATED, name) for name in ("Ada Berg", "Per Gran", "Eva Holm")]
    assert persons(data) == found
    assert {"Åmål", "Sommar", "Fido"} <= set(said(data))
    assert read(data)[1] == NEEDS_OCR


def test_xmp_with_entities_is_told_and_no_entity_is_expanded() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "ha">]>' + XMP.replace(b"Sommar", b"&b;&b; Sommar")
    records, gaps = read(png_with((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + bomb)))
    assert "haha" not in str(records)
    assert "Karin Ek" in str(records)
    assert (("part properties",), GapReason.UNREADABLE) in gaps


# Texts of containers


def test_texts_of_a_png_are_read() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Karin Ek")
    info.add_text("Comment", "för Ada", zip=True)
    info.add_itxt("Description", "Åsa åker", zip=True)
    data = saved("PNG", pnginfo=info)
    assert persons(data) == [(Role.AUTHOR, "Karin Ek")]
    assert said(data) == ["för Ada", "Åsa åker"]


def test_a_png_text_that_unpacks_without_end_is_told() -> None:
    data = png_with((b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64 << 20))), (b"tEXt", b"Title\0Bo Lind"))
    assert (("part properties",), GapReason.UNREADABLE) in read(data)[1]
    assert said(data) == ["Bo Lind"]


def test_exif_that_imagemagick_wrote_as_hex_is_read() -> None:
    packed = b"Exif\0\0" + exif((0x013B, 2, b"Karin Ek\0"))
    value = f"\nexif\n{len(packed):8d}\n{packed.hex()}\n".encode()
    data = png_with((b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(value)))
    assert persons(data) == [(Role.AUTHOR, "Karin Ek")]


def test_comments_of_gif_and_jpeg_are_read() -> None:
    assert said(saved("GIF", mode="P", comment=b"Karin Ek var h\xe4r")) == ["Karin Ek var här"]
    assert said(saved("JPEG", comment="Åsa Öberg".encode())) == ["Åsa Öberg"]


def photoshop() -> bytes:
    iptc = block(1028, data_set(2, 80, b"Karin Ek"))
    letters = "Ring Åsa".encode("utf-16-be")
    layers = b"8BIMTySh" + b"Txt TEXT" + struct.pack(">I", len(letters) // 2) + letters
    sections = b"".join(struct.pack(">I", len(one)) + one for one in (b"", iptc, layers))
    pixels = b"\0\0" + bytes(60 * 40)
    return b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 1, 40, 60, 8, 1) + sections + pixels


def test_a_photoshop_file_gives_its_layers_of_text() -> None:
    data = photoshop()
    assert persons(data) == [(Role.AUTHOR, "Karin Ek")]
    assert said(data) == ["Ring Åsa"]
    assert read(data, Aids(ocr=Eye()))[0][()].texts == [(Role.BODY, "60x40")]
    assert read(data[:60])[1] == CUT


def test_heic_says_what_to_do_and_avif_can_be_read() -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x40mdat" + XMP
    assert persons(heic)[0] == (Role.AUTHOR, "Karin Ek")
    gaps = [one for one in expand(Blob(heic, "a"), LIMITS) if isinstance(one, Unread)]
    assert [(gap.reason, "JPEG" in gap.detail) for gap in gaps] == [(GapReason.UNKNOWN_FORMAT, True)]
    assert read(saved("AVIF"), Aids(ocr=Eye()))[0][()].texts == [(Role.BODY, "60x40")]


# Several pages, and what follows


def pages(*sizes: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    first, *rest = [Image.new("L", size, 255) for size in sizes]
    first.save(out, "TIFF", save_all=True, append_images=rest)
    return out.getvalue()


def test_each_page_of_a_tiff_is_a_picture_of_its_own() -> None:
    records, gaps = read(pages((60, 40), (8, 8), (90, 50)), Aids(ocr=Eye()))
    assert gaps == []
    assert records[("page 1",)] == Record(("page 1",), "page", [(Role.BODY, "60x40")])
    assert ("page 2",) not in records
    assert records[("page 3",)].texts == [(Role.BODY, "90x50")]


def test_a_page_whose_pixels_are_missing_is_told_and_others_are_read() -> None:
    data = bytearray(pages((60, 40), (90, 50)))
    (first,) = struct.unpack_from("<I", data, 4)
    count = struct.unpack_from("<H", data, first)[0]
    for number in range(count):
        place = first + 2 + 12 * number
        if struct.unpack_from("<H", data, place)[0] == 273:  # StripOffsets
            struct.pack_into("<I", data, place + 8, 1 << 30)
    records, gaps = read(bytes(data), Aids(ocr=Eye()))
    assert gaps == [(("page 1",), GapReason.UNREADABLE)]
    assert records[("page 2",)].texts == [(Role.BODY, "90x50")]


def test_directories_of_a_tiff_that_loop_end() -> None:
    data = bytearray(pages((60, 40), (90, 50)))
    (first,) = struct.unpack_from("<I", data, 4)
    count = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<I", data, first + 2 + 12 * count, first)
    assert read(bytes(data))[1] == NEEDS_OCR


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_an_archive_hung_onto_a_picture_is_read(kind: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "Karin Ek")
    records, gaps = read(saved(kind) + out.getvalue())
    assert gaps == NEEDS_OCR
    assert (Role.BODY, "Karin Ek") in records["part after the picture", "member a.txt"].texts


def test_a_few_zeros_after_a_picture_are_nothing_and_other_bytes_are_told() -> None:
    assert read(saved("JPEG") + bytes(500))[1] == NEEDS_OCR
    assert (("part after the picture",), GapReason.UNKNOWN_FORMAT) in read(saved("JPEG") + b"\1\2\0\3" * 50)[1]


def test_an_author_is_an_entity_of_its_own() -> None:
    record = read(with_exif((0x013B, 2, b"karin@x.example\0")))[0]["part properties",]
    assert record.entities == [Entity(Role.AUTHOR, [Fact(IdType.EMAIL, "karin@x.example")])]


@needs_samples
@pytest.mark.parametrize("name", ["cpr.trunc.png", "cpr.rgb16.trunc.bmp"])
def test_truncated_samples_are_unreadable(name: str) -> None:
    assert read((SAMPLES / "documents/os2/ocr/corrupted" / name).read_bytes())[1] == CUT
