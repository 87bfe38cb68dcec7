"""Office's drawings ([MS-ODRAW]): the pictures in them as files, and the words that shapes hold beside their text."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from itertools import count

from scanner.blob import Blob
from scanner.formats.base import Nested, legible
from scanner.limits import Limits

# The header of a picture's record (2.2.23): version and instance, which say how many ids come first, then the type.
_BLIP = re.compile(
    rb"(?:(?P<emf>[\x40\x50]\x3d\x1a)|(?P<wmf>[\x60\x70]\x21\x1b)|(?P<pict>[\x20\x30]\x54\x1c)"
    rb"|(?P<jpeg>[\xa0\xb0]\x46[\x1d\x2a]|[\x20\x30]\x6e[\x1d\x2a])|(?P<png>[\x00\x10]\x6e\x1e)"
    rb"|(?P<dib>[\x80\x90]\x7a\x1f)|(?P<tiff>[\x40\x50]\x6e\x29))\xf0"
)
_METAFILES = frozenset({"emf", "wmf", "pict"})

Span = tuple[int, int]


def pictures(data: bytes, first: int, limits: Limits) -> Iterator[tuple[Span, Nested]]:
    """Pictures in a stream as `part image N.png`, numbered from `first`, each with the bytes it takes there.

    They are looked for by their headers, so that pictures that no shape shows any more are found too.
    """
    place = 0
    number = count(first)
    left = limits.expanded  # bytes to unpack, in vain too
    view = memoryview(data)
    while match := _header(data, place):
        place = match.start() + 1
        end = match.end() + 4 + int.from_bytes(data[match.end() : match.end() + 4], "little")
        if match.end() + 4 + 17 > end or end > len(data):
            continue
        kind = str(match.lastgroup)
        most = min(limits.blob, left)
        content = _content(kind, data[match.start()], view[match.end() + 4 : end], most)
        if content is None:
            left -= (end - match.end()) if kind in _METAFILES else 0
            continue
        left -= len(content)
        place = end
        if not _is_dot(kind, content):
            name = f"image {next(number)}.{kind}"
            yield (match.start(), end), Nested((f"part {name}",), Blob(content, name), "image")


def _header(data: bytes, place: int) -> re.Match[bytes] | None:
    """The first header from there on. Its last byte is rare: looking for that alone first is ten times as fast."""
    last = data.find(b"\xf0", place + 3)
    while last >= 0:
        match = _BLIP.match(data, last - 3)
        if match:
            return match
        last = data.find(b"\xf0", last + 1)
    return None


def words(data: bytes) -> Iterator[str]:
    """What shapes say beside their text: word art, descriptions, names, tips and links (2.3.7.1: property tables)."""
    place = 0
    while match := _TABLE.search(data, place):
        place = match.start() + 1
        size = int.from_bytes(data[match.end() : match.end() + 4], "little")
        properties = int.from_bytes(match[1], "little") >> 4
        start, end = match.end() + 4, match.end() + 4 + size
        if not 0 < 6 * properties <= size or end > len(data):
            continue
        place = end
        yield from said(data[start:end], properties)


_TABLE = re.compile(
    rb"([\x03\x13\x23\x33\x43\x53\x63\x73\x83\x93\xa3\xb3\xc3\xd3\xe3\xf3][\x00-\x0f])(?:\x0b\xf0|[\x21\x22]\xf1)"
)
_TEXTS = {0xC0, 0x380, 0x381, 0x38D, 0x104, 0x105}  # word art, name, description, tip, the picture's file and name
_LINK = 0x382


def said(table: bytes, properties: int) -> Iterator[str]:
    """Text in one property table: such values come behind it, in order, where the property is marked complex."""
    if 6 * properties > len(table):
        return
    place = 6 * properties
    for key, length in struct.iter_unpack("<HI", table[:place]):
        if not key & 0x8000:
            continue
        value = table[place : place + length]
        place += length
        if key & 0x3FFF in _TEXTS:
            yield value.decode("utf-16-le", "replace").partition("\0")[0]
        elif key & 0x3FFF == _LINK:
            yield from _moniker(value)


def links(data: bytes) -> Iterator[str]:
    """Addresses that pictures and text link to, wherever they lie: URL monikers ([MS-OSHARED] 2.3.7.6)."""
    place = 0
    while (place := data.find(_URL_MONIKER, place)) >= 0:
        place += len(_URL_MONIKER) + 4
        yield data[place : place + _LONGEST].decode("utf-16-le", "replace").partition("\0")[0]


_URL_MONIKER = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_LONGEST = 4166  # bytes of an address
_LINK_TEXT = re.compile(rb"(?:[\t\x20-\x7e\xa0-\xff]\0){4,}|[\x20-\x7e]{6,}")


def _moniker(value: bytes) -> Iterator[str]:
    """The address of a link ([MS-OSHARED] 2.3.7.1), and its name."""
    for match in _LINK_TEXT.finditer(value):
        run = match[0]
        yield run.decode("utf-16-le") if b"\0" in run else run.decode("ascii")


def _content(kind: str, instance: int, data: memoryview, most: int) -> bytes | None:
    """The picture as a file; None where the header was none, only bytes that look like one."""
    ids = 32 if instance & 0x10 else 16  # every odd instance has a second one
    if kind in _METAFILES:
        return _metafile(kind, data[ids:], most)
    content = data[ids + 1 :]
    if kind == "dib":
        return _bitmap(content)
    return bytes(content) if bytes(content[:4]).startswith(_STARTS[kind]) else None


_STARTS = {"jpeg": (b"\xff\xd8",), "png": (b"\x89PNG",), "tiff": (b"II", b"MM")}


def _metafile(kind: str, data: memoryview, most: int) -> bytes | None:
    """A metafile unpacked (2.2.31); the start of a file where Windows and the Mac leave it out."""
    if len(data) < 34:
        return None
    size, left, top, right, bottom = struct.unpack_from("<Iiiii", data)
    if data[32] == 0:
        if most < 1:
            return None
        try:
            packed = zlib.decompressobj().decompress(data[34:], min(max(size, 1 << 20), most))
        except zlib.error:
            return None
    elif data[32] == 0xFE:
        packed = bytes(data[34:])
    else:
        return None
    if kind == "wmf" and not packed.startswith(b"\xd7\xcd\xc6\x9a"):
        return _placeable(left, top, right, bottom) + packed
    return bytes(512) + packed if kind == "pict" else packed


def _placeable(left: int, top: int, right: int, bottom: int) -> bytes:
    """The header that says a WMF's size ([MS-WMF] 2.3.2.3)."""
    box = [max(-32768, min(32767, side)) for side in (left, top, right, bottom)]
    head = struct.pack("<IHhhhhHI", 0x9AC6CDD7, 0, *box, 1440, 0)
    check = 0
    for (word,) in struct.iter_unpack("<H", head):
        check ^= word
    return head + struct.pack("<H", check)


def _bitmap(data: memoryview) -> bytes | None:
    """A bitmap with the file header that Office leaves out ([MS-WMF] 2.2.2.9)."""
    if len(data) < 40 or bytes(data[:4]) not in (b"\x28\0\0\0", b"\x0c\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"):
        return None
    header = int.from_bytes(data[:4], "little")
    if header == 12:
        depth = int.from_bytes(data[10:12], "little")
        colours = 3 * (1 << depth) if depth <= 8 else 0
    else:
        depth, compression = struct.unpack_from("<HI", data, 14)
        used = struct.unpack_from("<I", data, 32)[0]
        colours = 4 * (used or (1 << depth if depth <= 8 else 0)) + (12 if header == 40 and compression == 3 else 0)
    return b"BM" + struct.pack("<IHHI", 14 + len(data), 0, 0, 14 + header + min(colours, len(data))) + bytes(data)


def _is_dot(kind: str, content: bytes) -> bool:
    """A bullet or a rule, which holds no word: only where the size stands at the start."""
    if kind != "png" or len(content) < 24:
        return False
    return not legible(*struct.unpack_from(">II", content, 16))
