"""What a picture says of itself beside its pixels: EXIF, IPTC and Photoshop's blocks, gathered as texts and persons."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.formats.charset import decode
from scanner.formats.images import image_tiff as tiff
from scanner.formats.images.image_xmp import Xmp, packet
from scanner.formats.office.ooxml import PROPERTIES, author_fact, authors
from scanner.records import Entity, Record, Role

_PERSONS: Final = (tiff.ARTIST, tiff.CAMERA_OWNER)
_CHARSETS: Final = {b"ASCII": "utf-8", b"JIS": "iso2022_jp", b"": "utf-8"}
_BY_LINE, _WRITER, _IPTC_CHARSET = (2, 80), (2, 122), (1, 90)
_DULL: Final = frozenset({(2, 0), (2, 55), (2, 60), (2, 62), (2, 63), (2, 30), (2, 35), (2, 200), (2, 201), (2, 202)})
_IRB_IPTC, _IRB_EXIF, _IRB_XMP = 1028, 1058, 1060
_BLOCKS: Final = 10_000  # of Photoshop, and entries of IPTC


@dataclass(slots=True)
class Meta:
    """Gathers texts and persons, each once."""

    texts: dict[str, None] = field(default_factory=dict)
    creators: dict[str, None] = field(default_factory=dict)
    shown: dict[str, None] = field(default_factory=dict)  # persons in the picture
    broken: bool = False  # something of it could not be read

    def text(self, value: str) -> None:
        """Something to search."""
        value = value.strip("\0 \t\r\n")
        if value:
            self.texts[value] = None

    def creator(self, value: str) -> None:
        """Somebody who made it, or several parted by `;`."""
        value = value.replace("\0", ";").strip("; \t\r\n")
        if value:
            self.creators[value] = None

    def record(self) -> Record | None:
        """All of it; None for nothing."""
        persons = authors(list(self.creators))
        persons += [Entity(Role.RELATED, [author_fact(name)]) for name in self.shown]
        if not persons and not self.texts:
            return None
        return Record(PROPERTIES, "part", [(Role.BODY, "\n".join(self.texts))] if self.texts else [], persons)

    def exif(self, data: bytes) -> None:
        """EXIF: a TIFF without pixels."""
        try:
            for page in tiff.Tiff(data).pages():
                self.page(page)
        except ValueError:
            self.broken = True

    def page(self, page: tiff.Page) -> None:
        """The tags of one directory."""
        for tag in _PERSONS:
            self.creator(tiff.text(page.values.get(tag, b"")))
        for value in page.texts:
            if value not in self.creators:
                self.text(value)
        self.text(_comment(page.values.get(tiff.USER_COMMENT, b"")))
        for tag in range(tiff.XP_FIRST, tiff.XP_LAST + 1):
            value = page.values.get(tag, b"").decode("utf-16-le", "replace")
            (self.creator if tag == tiff.XP_AUTHOR else self.text)(value)
        for tag, read in ((tiff.XMP, self.xmp), (tiff.IPTC, self.iptc), (tiff.PHOTOSHOP, self.photoshop)):
            if page.values.get(tag):
                read(page.values[tag])

    def xmp(self, data: bytes) -> None:
        """An XMP packet."""
        found: Xmp = packet(data)
        self.broken = self.broken or found.broken
        for name in found.creators:
            self.creator(name)
        for name in found.shown:
            self.shown[name] = None
        for value in found.texts:
            self.text(value)

    def iptc(self, data: bytes) -> None:
        """IPTC-IIM data sets (IPTC-IIM 4.2, chapter 3)."""
        charset: str | None = None
        for number, value in _data_sets(data):
            if number == _IPTC_CHARSET:
                charset = "utf-8" if value == b"\x1b%G" else None
            elif number[0] == 2 and number not in _DULL:
                (self.creator if number in (_BY_LINE, _WRITER) else self.text)(decode(value, charset))

    def photoshop(self, data: bytes) -> None:
        """Image resource blocks ("8BIM"), of which some hold the others."""
        readers = {_IRB_IPTC: self.iptc, _IRB_XMP: self.xmp, _IRB_EXIF: self.exif}
        for number, value in _blocks(data):
            if number in readers:
                readers[number](value)


def _comment(value: bytes) -> str:
    """EXIF UserComment: eight bytes name the charset."""
    name, rest = value[:8].rstrip(b"\0 "), value[8:]
    if name == b"UNICODE":
        big = rest[:2] == b"\xfe\xff" or (rest[:1] == b"\0" and rest[1:2] != b"\0")
        return rest.decode("utf-16-be" if big else "utf-16-le", "replace").lstrip("\ufeff")
    if name in _CHARSETS:
        return decode(rest.strip(b"\0 "), _CHARSETS[name])
    return decode(value.strip(b"\0 "))


def _data_sets(data: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Record and number of each, and its bytes."""
    place = 0
    for _ in range(_BLOCKS):
        if data[place : place + 1] != b"\x1c" or place + 5 > len(data):
            return
        record, number, size = struct.unpack_from(">BBH", data, place + 1)
        place += 5
        if size & 0x8000:  # so many bytes hold the size
            width = size & 0x7FFF
            if width > 8:
                return
            size = int.from_bytes(data[place : place + width], "big")
            place += width
        yield (record, number), data[place : place + size]
        place += size


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each resource: "8BIM", number, padded name, size, padded bytes."""
    place = 0
    for _ in range(_BLOCKS):
        if data[place : place + 4] not in (b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR") or place + 12 > len(data):
            return
        (number,) = struct.unpack_from(">H", data, place + 4)
        place += 6 + (data[place + 6] + 2 & ~1)
        if place + 4 > len(data):
            return
        (size,) = struct.unpack_from(">I", data, place)
        yield number, data[place + 4 : place + 4 + size]
        place += 4 + (size + 1 & ~1)
