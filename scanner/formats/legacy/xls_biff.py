"""The records of an Excel 2 to 2003 workbook ([MS-XLS] 2.1.4, OpenOffice's "Excel File Format") and their strings."""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass

from scanner.formats import charset
from scanner.formats.ole.ole_properties import code_page

BOFS = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
EOF, CONTINUE = 0x0A, 0x3C
_HEAD = struct.Struct("<HH")
_UNCOMPRESSED, _EXTENDED, _RICH = 0x01, 0x04, 0x08


@dataclass(slots=True)
class Biff:
    """One record: where it began in the stream, its kind, and its bytes with those of the CONTINUEs behind it."""

    place: int
    kind: int
    parts: list[bytes]

    @property
    def data(self) -> bytes:
        """All bytes in one."""
        return self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)


def records(stream: bytes, skip: Container[int] = ()) -> Iterator[Biff]:
    """The records in order, without those whose kind is in `skip`, which may change on the way.

    Raises ValueError where a record is longer than what is left; that one comes first, cut.
    """
    place, end = 0, len(stream) - 3
    kept: Biff | None = None
    unpack = _HEAD.unpack_from
    while place < end:
        kind, size = unpack(stream, place)
        start = place + 4
        if kind == CONTINUE:
            if kept is not None:
                kept.parts.append(stream[start : start + size])
        else:
            if kept is not None:
                yield kept
            kept = None
            if kind not in skip and (kind or size):
                kept = Biff(place, kind, [stream[start : start + size]])
        place = start + size
    if kept is not None:
        yield kept
    if place > len(stream):
        raise ValueError("cut record")


class Strings:
    """Reads strings as one version of Excel wrote them: before 97 in bytes of a code page, then in UTF-16."""

    def __init__(self, version: int, codec: str = "cp1252") -> None:
        """`version` is 2, 3, 4, 5 or 8, that of BIFF."""
        self.wide = version >= 8
        self.codec = codec

    def use(self, number: int) -> None:
        """The CODEPAGE record ([MS-XLS] 2.4.52), with Excel's own numbers for the Mac and for Windows."""
        self.codec = {0x8000: "mac_roman", 0x8001: "cp1252"}.get(number) or code_page(number)

    def short(self, data: bytes, place: int) -> tuple[str, int]:
        """A string that begins with one byte of length, and where it ends."""
        return self.body(data, place + 1, data[place])

    def long(self, data: bytes, place: int) -> tuple[str, int]:
        """A string with two bytes of length; before 97 most have one."""
        if not self.wide:
            return self.short(data, place)
        return self.body(data, place + 2, int.from_bytes(data[place : place + 2], "little"))

    def body(self, data: bytes, place: int, count: int) -> tuple[str, int]:
        """The characters, of which the count is known (2.5.293, 2.5.294)."""
        if not self.wide:
            return charset.decode(data[place : place + count], self.codec), place + count
        flags = data[place]
        place += 1
        after = 0
        if flags & _RICH:
            after += 4 * int.from_bytes(data[place : place + 2], "little")
            place += 2
        if flags & _EXTENDED:
            after += int.from_bytes(data[place : place + 4], "little")
            place += 4
        end = place + (2 * count if flags & _UNCOMPRESSED else count)
        return wide(data[place:end], flags), end + after

    def literals(self, formula: bytes) -> Iterator[str]:
        """Strings in a formula: the token 0x17 and what follows it, as far as that is text (2.5.198.89)."""
        place = formula.find(0x17)
        while 0 <= place < len(formula) - 2:
            count = formula[place + 1]
            flags = formula[place + 2] if self.wide else 0
            text, end = "", place + 1
            if flags < 2:
                text, end = self.body(formula, place + 2, count)
            if text and end <= len(formula) and text.replace("\0", "").isprintable():
                yield text.replace("\0", "\n")
                place = end - 1
            place = formula.find(0x17, place + 1)


def wide(data: bytes, flags: int) -> str:
    """Characters of Excel 97: UTF-16, or with the zero bytes left out."""
    return data.decode("utf-16-le", "replace") if flags & _UNCOMPRESSED else data.decode("latin-1")


def version(data: bytes) -> int:
    """The version of BIFF that a workbook stream begins in: 2, 3, 4, 5, 8, or 0 where it begins otherwise."""
    if len(data) < 8:
        return 0
    kind, _, number = struct.unpack_from("<HHH", data)
    if kind == 0x0809:
        return 8 if number in (0x0600, 0) else 5
    return {0x0009: 2, 0x0209: 3, 0x0409: 4}.get(kind, 0)


def shared(record: Biff) -> Iterator[tuple[str, str]]:
    """The table of strings (2.4.265), each with its phonetic reading; strings go on over CONTINUE records."""
    reader = _Parts(record.parts)
    reader.take(8)
    while not reader.done:
        count, flags = reader.number(2), reader.number(1)
        runs = reader.number(2) if flags & _RICH else 0
        extension = reader.number(4) if flags & _EXTENDED else 0
        text = reader.characters(count, flags)
        reader.take(4 * runs)
        yield text, phonetic(reader.take(extension)) if extension else ""


def phonetic(extension: bytes) -> str:
    """How a string is said, as Japanese sheets note it (ExtRst, 2.5.87)."""
    if len(extension) < 14 or extension[:2] != b"\1\0":
        return ""
    count = int.from_bytes(extension[12:14], "little")
    return extension[14 : 14 + 2 * count].decode("utf-16-le", "replace")


class _Parts:
    """Reads over the borders of CONTINUE records, where a cut string begins anew with its flags."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts
        self._part = 0
        self._place = 0

    @property
    def done(self) -> bool:
        """Nothing is left."""
        self._next()
        return self._part >= len(self._parts)

    def number(self, size: int) -> int:
        """A little-endian number."""
        return int.from_bytes(self.take(size), "little")

    def take(self, size: int) -> bytes:
        """Bytes, from as many records as they lie in; fewer at the end."""
        pieces: list[bytes] = []
        while size > 0 and not self.done:
            piece = self._parts[self._part][self._place : self._place + size]
            self._place += len(piece)
            size -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def characters(self, count: int, flags: int) -> str:
        """Characters, each part of which may be in another form."""
        text = ""
        while count > 0 and self._part < len(self._parts):
            part = self._parts[self._part]
            width = 2 if flags & _UNCOMPRESSED else 1
            most = min(count, (len(part) - self._place) // width)
            text += wide(part[self._place : self._place + most * width], flags)
            count -= most
            self._place += most * width
            if count > 0:
                self._part, self._place = self._part + 1, 1
                if self._part < len(self._parts):
                    flags = self._parts[self._part][0] if self._parts[self._part] else 0
        return text

    def _next(self) -> None:
        while self._part < len(self._parts) and self._place >= len(self._parts[self._part]):
            self._part, self._place = self._part + 1, 0
