"""Where things are in a Word file: its header ([MS-DOC] 2.5, the FIB), its pieces of text, its tables of strings."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from connectors.base import GapReason
from scanner.formats import charset
from scanner.records import ReadError

# The stories of a file in the order of their text (2.5.5), and what they are called here; the first is the body.
STORIES: Final = ("", "footnotes", "headers", "macros", "comments", "endnotes", "text boxes", "header text boxes")
# Places in FibRgFcLcb97 (2.5.6) of what is read.
COMMENT_OWNERS, COMMENT_REFS, CHANGE_AUTHORS, SAVED_BY, ASSOCIATED, VARIABLES = 36, 4, 51, 71, 32, 60
PARAGRAPHS, PIECES = 13, 33
BOOKMARKS = 21
_WORD_97 = frozenset({0xA5EC})
_WORD_6 = frozenset({0xA5DC, 0xA5DB, 0xA697, 0xA699})


@dataclass(frozen=True, slots=True)
class Piece:
    """Text from character `first` on, in the stream at byte `place`, `width` bytes a character."""

    first: int
    count: int
    place: int
    width: int


@dataclass(slots=True)
class Header:
    """What the FIB says. `wide`: Word 97 and later; `second`: the other table stream is 1Table."""

    wide: bool
    encrypted: bool
    obfuscated: bool
    second: bool
    language: int
    mac: bool
    glossary: int  # where the header of the AutoText begins, 0 for none
    start: int  # of the text, in old files without pieces
    counts: list[int]  # characters of each story
    _places: bytes = field(repr=False)

    def part(self, table: bytes, number: int) -> bytes:
        """The bytes of one structure in the table stream; none where it is not there or lies outside."""
        if 8 * number + 8 > len(self._places):
            return b""
        place, size = struct.unpack_from("<II", self._places, 8 * number)
        return table[place : place + size] if place + size <= len(table) else b""


def header(stream: bytes, place: int = 0) -> Header:
    """The header at a place. Raises ReadError: UNKNOWN_FORMAT for a Word older than 6, UNREADABLE for none."""
    head = stream[place : place + 2048]
    if len(head) < 0x9A:
        raise ReadError(GapReason.UNREADABLE, "Word file cut off")
    magic, version, _, language = struct.unpack_from("<HHHH", head)
    if magic not in _WORD_97 | _WORD_6 or version < 101:
        raise ReadError(GapReason.UNKNOWN_FORMAT, "Word before 6.0" if version < 101 else "doc")
    flags = int.from_bytes(head[10:12], "little")
    wide = magic in _WORD_97 and version > 104
    counts_at, places_at = (76, 0x9A) if wide else (52, 0x58)
    counts = list(struct.unpack_from("<8i", head, counts_at))
    if min(counts) < 0:
        raise ReadError(GapReason.UNREADABLE, "Word header")
    size = 8 * int.from_bytes(head[0x98:0x9A], "little") if wide else 8 * 76
    return Header(
        wide,
        bool(flags & 0x100),
        bool(flags & 0x8000),
        bool(flags & 0x200),
        language,
        head[18] == 1,
        512 * int.from_bytes(head[8:10], "little"),
        int.from_bytes(head[24:28], "little"),
        counts,
        head[places_at : places_at + size],
    )


class Text:
    """The characters of a file, by number, whichever pieces they are kept in."""

    def __init__(self, stream: bytes, pieces: list[Piece], codec: str | None) -> None:
        """`codec` is of 8-bit files; others are a mix of Windows-1252 and UTF-16, held as UTF-16."""
        self.pieces = pieces
        self._codec = codec
        self._firsts = [piece.first for piece in pieces]
        self._bytes = b"".join(self._of(stream, piece) for piece in pieces)
        self._width = 1 if codec else 2

    def __len__(self) -> int:
        return len(self._bytes) // self._width

    def slice(self, start: int, end: int) -> str:
        """The text of these characters."""
        data = self._bytes[start * self._width : end * self._width]
        return data.decode(self._codec or "utf-16-le", charset.handler(self._codec or ""))

    def place(self, character: int) -> int:
        """Where in the stream a character is kept, or -1."""
        index = bisect_right(self._firsts, character) - 1
        if index < 0:
            return -1
        piece = self.pieces[index]
        return piece.place + (character - piece.first) * piece.width

    def _of(self, stream: bytes, piece: Piece) -> bytes:
        """A piece, filled up where the stream ends before it, so that all characters keep their number."""
        data = stream[piece.place : piece.place + piece.count * piece.width]
        if self._codec:
            return data.ljust(piece.count, b"\0")
        if piece.width == 1:
            data = data.decode("cp1252", charset.FALLBACK).encode("utf-16-le")
        return data.ljust(2 * piece.count, b"\0")


def pieces(head: Header, stream: bytes, table: bytes) -> list[Piece]:
    """The piece table (2.8.35, 2.9.38), no more text than four times the stream. Raises ReadError UNREADABLE."""
    clx = head.part(table, PIECES)
    place = 0
    while clx[place : place + 1] == b"\1":  # formatting of pieces
        place += 3 + int.from_bytes(clx[place + 1 : place + 3], "little")
    if clx[place : place + 1] != b"\2":
        if head.wide:
            raise ReadError(GapReason.UNREADABLE, "Word file without piece table")
        return [Piece(0, min(sum(head.counts), max(0, len(stream) - head.start)), head.start, 1)]
    size = int.from_bytes(clx[place + 1 : place + 5], "little")
    plc = clx[place + 5 : place + 5 + size]
    count = (len(plc) - 4) // 12
    found: list[Piece] = []
    left = 4 * len(stream)
    for index in range(count):
        first, end = struct.unpack_from("<II", plc, 4 * index)
        flagged = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * index + 2)[0]
        left -= max(0, end - first)
        expected = found[-1].first + found[-1].count if found else 0
        if first != expected or end < first or left < 0:
            raise ReadError(GapReason.UNREADABLE, "Word piece table")
        if not head.wide:
            found.append(Piece(first, end - first, flagged, 1))
        elif flagged & 0x40000000:
            found.append(Piece(first, end - first, (flagged & 0x3FFFFFFF) // 2, 1))
        else:
            found.append(Piece(first, end - first, flagged & 0x3FFFFFFF, 2))
    return found


def strings(data: bytes, codec: str | None) -> list[str]:
    """A table of strings (2.2.4, STTB); of 8-bit files (`codec`) the older one, without a count of them."""
    if codec and data[:2] != b"\xff\xff":
        return list(_pascal(data[2:], codec))
    if data[:2] != b"\xff\xff":
        return []
    count, extra = struct.unpack_from("<HH", data.ljust(6, b"\0"), 2)
    return [text for text, _ in _counted(data, 6, count, extra)]


def listed(data: bytes, codec: str | None) -> list[str]:
    """Strings one after another (2.2.3, Xst), as the owners of comments are."""
    if codec:
        return list(_pascal(data, codec))
    return [text for text, _ in _counted(data, 0, len(data), 0)]


def variables(data: bytes) -> list[str]:
    """Names and values of the document's variables (2.9.292, StwUser)."""
    if data[:2] != b"\xff\xff":
        return []
    count, extra = struct.unpack_from("<HH", data.ljust(6, b"\0"), 2)
    names = list(_counted(data, 6, count, extra))
    behind = names[-1][1] if names else 6
    return [text for text, _ in (*names, *_counted(data, behind, count, 0))]


def _counted(data: bytes, place: int, count: int, extra: int) -> Iterator[tuple[str, int]]:
    """Strings with their length before them, each with the place behind it; none where the bytes end."""
    for _ in range(count):
        end = place + 2 + 2 * int.from_bytes(data[place : place + 2], "little")
        if place + 2 > len(data) or end > len(data):
            return
        text = data[place + 2 : end].decode("utf-16-le", "replace")
        place = end + extra
        yield text, place


def _pascal(data: bytes, codec: str) -> Iterator[str]:
    place = 0
    while place < len(data):
        end = place + 1 + data[place]
        yield data[place + 1 : end].decode(codec, charset.handler(codec))
        place = end
