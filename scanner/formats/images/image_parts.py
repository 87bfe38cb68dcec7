"""Where a picture file keeps what it says of itself, how large it is, and where it ends; pixels are not decoded.

One function a container; each bounded by the bytes there are.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from scanner.formats.charset import decode
from scanner.formats.images.image_meta import Meta

_TEXT_LIMIT: Final = 4 << 20  # bytes that one packed PNG text may unpack to
_XMP_IN_GIF: Final = b"XMP DataXMP"
_PNG_PERSONS: Final = frozenset({"author", "artist", "creator"})
_PNG_DULL: Final = re.compile(r"(?:date:|png:|Software$|Thumb::|exif:|dcr:)", re.IGNORECASE)
_JP2_XMP: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_JP2_EXIF: Final = b"JpgTiffExif->JP2"
_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_SIZES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # start of frame
_LAYER_TEXT: Final = re.compile(rb"Txt TEXT(.{4})", re.DOTALL)  # the text of a Photoshop type layer


@dataclass(slots=True)
class Parts:
    """What a walk over a file found. `end` is where the picture ends; without `whole` it is cut short."""

    meta: Meta = field(default_factory=Meta)
    width: int = 0
    height: int = 0
    end: int | None = None  # None: as far as anybody can tell the last byte
    whole: bool = False


def parts(data: bytes) -> Parts:
    """The parts of any of the containers but TIFF. Raises ValueError for another."""
    for test, read in _CONTAINERS:
        if test(data[:32]):
            found = Parts()
            try:
                read(data, found)
            except (struct.error, IndexError):
                found.whole = False
            return found
    raise ValueError("no picture")


def _jpeg(data: bytes, found: Parts) -> None:
    place = 2
    extended: list[bytes] = []
    while match := _MARKER.search(data, place):
        marker = match[0][1]
        place = match.end()
        if marker == 0xD9:
            found.end, found.whole = place, found.width > 0
            break
        if marker == 0xD8:
            continue
        (size,) = struct.unpack_from(">H", data, place)
        body = data[place + 2 : place + size] if marker != 0xDA else b""
        if marker in _SIZES:
            found.height, found.width = struct.unpack_from(">HH", data, place + 3)
        elif marker == 0xFE:
            found.meta.text(decode(body))
        elif marker in (0xE1, 0xED):
            _jpeg_application(body, found.meta, extended)
        place += size
    if extended:
        found.meta.xmp(b"".join(extended))


def _jpeg_application(body: bytes, meta: Meta, extended: list[bytes]) -> None:
    if body.startswith(b"Exif\0"):
        meta.exif(body[6:])
    elif body.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
        meta.xmp(body[29:])
    elif body.startswith(b"http://ns.adobe.com/xmp/extension/\0"):
        extended.append(body[35 + 40 :])  # XMP part 3, 1.1.3.1: GUID, whole length, offset
    elif body.startswith(b"Photoshop 3.0\0"):
        meta.photoshop(body[14:])


def _png(data: bytes, found: Parts) -> None:
    place = 8
    pixels = False
    while place + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + size] if kind != b"IDAT" else b""
        place += 12 + size
        if kind == b"IDAT":
            pixels = True
        elif kind == b"IHDR":
            found.width, found.height = struct.unpack_from(">II", body)
        elif kind == b"IEND":
            found.end, found.whole = place, pixels and place <= len(data)
            return
        elif kind == b"eXIf":
            found.meta.exif(body)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            _png_text(kind, body, found.meta)


def _png_text(kind: bytes, body: bytes, meta: Meta) -> None:
    """Keyword and text (PNG 11.3.3); ImageMagick keeps EXIF, IPTC and XMP as hex in such texts."""
    keyword, _, value = body.partition(b"\0")
    name = decode(keyword)
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed = value[:1] == b"\1"
        value = value[2:].split(b"\0", 2)[-1]
    elif packed:
        value = value[1:]
    if packed:
        unpacked = _inflated(value)
        meta.broken = meta.broken or unpacked is None
        value = unpacked or b""
    if name == "XML:com.adobe.xmp":
        meta.xmp(value)
    elif name.startswith("Raw profile type "):
        _raw_profile(name.rpartition(" ")[2].lower(), value, meta)
    elif name.lower() in _PNG_PERSONS:
        meta.creator(decode(value))
    elif not _PNG_DULL.match(name):
        meta.text(decode(value))


def _raw_profile(name: str, value: bytes, meta: Meta) -> None:
    """A blank line, the profile's name, its length, then hexadecimal digits."""
    lines = value.split(b"\n", 3)
    try:
        data = bytes.fromhex("".join(lines[3].decode("ascii").split()))
    except (IndexError, ValueError):
        meta.broken = True
        return
    if name in ("exif", "app1") and data.startswith(b"Exif\0\0"):
        meta.exif(data[6:])
    elif name in ("xmp", "app1"):
        meta.xmp(data)
    elif name in ("iptc", "8bim"):
        (meta.photoshop if data.startswith(b"8BIM") else meta.iptc)(data)


def _inflated(value: bytes) -> bytes | None:
    """Unpacked; None for damaged, or far too much, of which nothing is taken."""
    try:
        worker = zlib.decompressobj()
        data = worker.decompress(value, _TEXT_LIMIT)
    except zlib.error:
        return None
    return None if worker.unconsumed_tail else data


def _gif(data: bytes, found: Parts) -> None:
    found.width, found.height, flags = struct.unpack_from("<HHB", data, 6)
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    frames = 0
    while place < len(data):
        kind = data[place]
        if kind == 0x3B:
            found.end, found.whole = place + 1, frames > 0
            return
        if kind == 0x2C:
            frames += 1
            flags = data[place + 9]
            place += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
            place = _blocks_end(data, place)
        elif kind == 0x21:
            start, place = place + 2, _blocks_end(data, place + 2)
            _gif_extension(data[start - 1], data[start:place], found.meta)
        else:
            return


def _gif_extension(label: int, blocks: bytes, meta: Meta) -> None:
    if label == 0xFE:
        meta.text(decode(_joined(blocks)))
    elif label == 0xFF and blocks[1:12] == _XMP_IN_GIF:
        meta.xmp(blocks[12:])  # XMP part 3, 1.1.2: not in blocks, and its end undone by a "magic trailer"
    elif label == 0x01:
        meta.text(decode(_joined(blocks[13:])))


def _blocks_end(data: bytes, place: int) -> int:
    """Behind the block of no bytes that ends a row of blocks."""
    while size := data[place]:
        place += size + 1
    return place + 1


def _joined(blocks: bytes) -> bytes:
    found, place = [], 0
    while place < len(blocks) and (size := blocks[place]):
        found.append(blocks[place + 1 : place + 1 + size])
        place += size + 1
    return b"".join(found)


def _bmp(data: bytes, found: Parts) -> None:
    (start,) = struct.unpack_from("<I", data, 10)
    (header,) = struct.unpack_from("<I", data, 14)
    if header == 12:
        found.width, found.height, _, bits = struct.unpack_from("<HHHH", data, 18)
        packing, size = 0, 0
    else:
        width, height, _, bits, packing, size = struct.unpack_from("<iiHHII", data, 18)
        found.width, found.height = abs(width), abs(height)
    if packing in (0, 3, 6):
        size = (found.width * bits + 31) // 32 * 4 * found.height
    found.whole = start + size <= len(data)
    (told,) = struct.unpack_from("<I", data, 2)
    if start + size <= told <= len(data):
        found.end = told


def _webp(data: bytes, found: Parts) -> None:
    (size,) = struct.unpack_from("<I", data, 4)
    found.end = 8 + size + (size & 1)
    found.whole = 8 + size <= len(data)
    place = 12
    while place + 8 <= min(found.end, len(data)):
        kind, size = struct.unpack_from("<4sI", data, place)
        start = place + 8
        if kind == b"VP8X":
            found.width = int.from_bytes(data[start + 4 : start + 7], "little") + 1
            found.height = int.from_bytes(data[start + 7 : start + 10], "little") + 1
        elif kind == b"VP8 " and not found.width:
            width, height = struct.unpack_from("<HH", data, start + 6)
            found.width, found.height = width & 0x3FFF, height & 0x3FFF
        elif kind == b"VP8L" and not found.width:
            (packed,) = struct.unpack_from("<I", data, start + 1)
            found.width, found.height = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
        elif kind == b"EXIF":
            found.meta.exif(data[start : start + size].removeprefix(b"Exif\0\0"))
        elif kind == b"XMP ":
            found.meta.xmp(data[start : start + size])
        place = start + size + (size & 1)


def _jp2(data: bytes, found: Parts) -> None:
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        start = place + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = place + size if size else len(data)
        if end < start:
            return
        if kind == b"jp2h" and data[start + 4 : start + 8] == b"ihdr":
            found.height, found.width = struct.unpack_from(">II", data, start + 8)
        elif kind in (b"xml ", b"uuid"):
            _jp2_meta(kind, data[start:end], found.meta)
        elif kind == b"jp2c":
            found.whole = end <= len(data) and (data[end - 2 : end] == b"\xff\xd9" or size > 0)
        place = end
    found.end = place if place <= len(data) else None


def _jp2_meta(kind: bytes, body: bytes, meta: Meta) -> None:
    if kind == b"xml " or body.startswith(_JP2_XMP):
        meta.xmp(body.removeprefix(_JP2_XMP))
    elif body.startswith(_JP2_EXIF):
        meta.exif(body[16:])


def _psd(data: bytes, found: Parts) -> None:
    found.height, found.width = struct.unpack_from(">II", data, 14)
    place = 26
    for number in range(3):  # colours, resources, layers: each with its length before
        (size,) = struct.unpack_from(">I", data, place)
        if number == 1:
            found.meta.photoshop(data[place + 4 : place + 4 + size])
        elif number == 2:
            _layers(data[place + 4 : place + 4 + size], found.meta)
        place += 4 + size
    found.whole = place < len(data)


def _layers(data: bytes, meta: Meta) -> None:
    for match in _LAYER_TEXT.finditer(data):
        size = int.from_bytes(match[1], "big") * 2
        meta.text(data[match.end() : match.end() + size].decode("utf-16-be", "replace").replace("\r", "\n"))


_CONTAINERS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[bytes, Parts], None]], ...]] = (
    (lambda head: head.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda head: head.startswith(b"\x89PNG"), _png),
    (lambda head: head.startswith(b"GIF8"), _gif),
    (lambda head: head.startswith(b"BM"), _bmp),
    (lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP", _webp),
    (lambda head: head.startswith(b"\0\0\0\x0cjP  "), _jp2),
    (lambda head: head.startswith(b"8BPS"), _psd),
)
