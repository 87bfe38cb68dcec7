"""The tags of a TIFF file, which is also what EXIF is (TIFF 6.0, BigTIFF, EXIF 2.32)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.formats.charset import decode

# Tags of the standards
WIDTH, HEIGHT, DESCRIPTION, STRIPS, STRIP_SIZES, ARTIST = 256, 257, 270, 273, 279, 315
TILES, TILE_SIZES, XMP, COPYRIGHT, IPTC, PHOTOSHOP = 324, 325, 700, 33432, 33723, 34377
USER_COMMENT, CAMERA_OWNER, XP_FIRST, XP_AUTHOR, XP_LAST = 37510, 42032, 40091, 40093, 40095
_SUBFILE, _SUB_IFDS, _EXIF_IFD, _GPS_IFD, _DATES = 254, 330, 34665, 34853, frozenset({306, 36867, 36868, 29})
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_ASCII: Final = 2
_MOST: Final = 4096  # directories of one file; each is a page


@dataclass(slots=True)
class Page:
    """One directory: its tags' raw values by tag, its numbers by tag, and what it says of itself."""

    values: dict[int, bytes] = field(default_factory=dict)
    numbers: dict[int, tuple[int, ...]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)  # of ASCII tags, but for dates
    place: int | None = None  # in the row of pages, from 0; None for an EXIF directory and others inside a page
    copy: bool = False  # a smaller copy of a page

    def number(self, tag: int) -> int:
        """The first number at a tag, or 0."""
        return (self.numbers.get(tag) or (0,))[0]


class Tiff:
    """Reads directories; every offset is looked at once, and nothing outside of the bytes."""

    def __init__(self, data: bytes) -> None:
        """Raises ValueError for what is no TIFF."""
        order = {b"II": "<", b"MM": ">"}.get(data[:2])
        if order is None or len(data) < 8:
            raise ValueError("no TIFF")
        self._data = data
        self._order = order
        self._big = struct.unpack_from(order + "H", data, 2)[0] == 43
        self.broken = False  # an offset led outside of the bytes

    def pages(self) -> Iterator[Page]:
        """The directories in the order of the file, each followed by those inside it."""
        todo: list[tuple[int, int | None]] = [(self._first(), 0)]
        seen: set[int] = set()
        while todo and len(seen) < _MOST:
            offset, place = todo.pop()
            if not offset or offset in seen:
                continue
            seen.add(offset)
            found = self._directory(offset)
            if found is None:
                self.broken = self.broken or place is not None
                continue
            page, following = found
            page.place, page.copy = place, bool(page.number(_SUBFILE) & 1)
            todo.append((following, None if place is None else place + 1))
            for tag in (_EXIF_IFD, _GPS_IFD, _SUB_IFDS):
                todo.extend((inner, None) for inner in page.numbers.get(tag, ()))
            yield page

    def whole(self, page: Page) -> bool:
        """Whether all of the page's pixels lie within the bytes."""
        for starts, sizes in ((STRIPS, STRIP_SIZES), (TILES, TILE_SIZES)):
            pairs = zip(page.numbers.get(starts, ()), page.numbers.get(sizes, ()), strict=False)
            if any(start + size > len(self._data) for start, size in pairs):
                return False
        return True

    def _first(self) -> int:
        try:
            if self._big:
                return int(struct.unpack_from(self._order + "Q", self._data, 8)[0])
            return int(struct.unpack_from(self._order + "I", self._data, 4)[0])
        except struct.error:
            return 0

    def _directory(self, offset: int) -> tuple[Page, int] | None:
        """One directory and the offset of the next; None where it lies outside of the bytes."""
        head, entry = ("Q", "HHQ8s") if self._big else ("H", "HHI4s")
        layout = struct.Struct(self._order + entry)
        try:
            (count,) = struct.unpack_from(self._order + head, self._data, offset)
        except struct.error:
            return None
        start = offset + struct.calcsize(self._order + head)
        end = start + count * layout.size
        if end > len(self._data):
            return None
        page = Page()
        spent = 0
        for tag, kind, values, place in layout.iter_unpack(memoryview(self._data)[start:end]):
            value = self._value(kind, values, place)
            spent += len(value)
            if spent > len(self._data):  # values may be shared, but not to make much of little
                break
            _keep(page, tag, kind, value, self._order)
        following = "Q" if self._big else "I"
        try:
            return page, int(struct.unpack_from(self._order + following, self._data, end)[0])
        except struct.error:
            return page, 0

    def _value(self, kind: int, count: int, place: bytes) -> bytes:
        size = _SIZES.get(kind, 0) * count
        if size <= len(place):
            return place[:size]
        offset = int.from_bytes(place, "little" if self._order == "<" else "big")
        return self._data[offset : offset + size] if size <= len(self._data) else b""


def _keep(page: Page, tag: int, kind: int, value: bytes, order: str) -> None:
    if kind in _NUMBERS and kind != 1:
        width = _SIZES[kind]
        page.numbers[tag] = struct.unpack(
            f"{order}{len(value) // width}{_NUMBERS[kind]}", value[: len(value) // width * width]
        )
    page.values.setdefault(tag, value)
    if kind == _ASCII and tag not in _DATES and tag not in (XMP, IPTC):
        page.texts.extend(one for one in _strings(value) if one)


def _strings(value: bytes) -> Iterator[str]:
    """An ASCII value holds one or several texts, each ended by a NUL; cameras write UTF-8 and Windows-1252 in it."""
    for one in value.split(b"\0"):
        yield text(one)


def text(value: bytes) -> str:
    """A tag's text."""
    value = value.strip(b"\0 ")
    return decode(value).strip() if value else ""
