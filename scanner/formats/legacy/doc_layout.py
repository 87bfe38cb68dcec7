"""Which paragraphs of a Word file are in tables, and which end a row ([MS-DOC] 2.9.23, 2.9.174, 2.4.3)."""

from __future__ import annotations

import struct
from bisect import bisect_right

from scanner.formats.legacy.doc_fib import PARAGRAPHS, Header

IN_TABLE, ROW_END = 1, 2
_IN_TABLE, _ROW_END, _HUGE = 0x2416, 0x2417, (0x6645, 0x6646)
_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)  # of an operand, by the upper three bits of the operation (2.6); 0: it tells


class Layout:
    """Says of a byte of text what its paragraph is."""

    def __init__(self, head: Header, stream: bytes, table: bytes, data: bytes) -> None:
        found: list[tuple[int, int, int]] = []
        plc = head.part(table, PARAGRAPHS)
        count = (len(plc) - 4) // 8
        pages = plc[4 * (count + 1) :]
        seen: set[int] = set()
        huge = _Huge(data)
        for (number,) in struct.iter_unpack("<I", pages[: 4 * count] if count > 0 else b""):
            start = (number & 0x3FFFFF) * 512
            if start not in seen:
                seen.add(start)
                found += _page(stream[start : start + 512], huge)
        found.sort()
        self._found = found
        self._starts = [start for start, _, _ in found]

    def of(self, place: int) -> int:
        """IN_TABLE and ROW_END of the paragraph that has a byte at this place of the stream."""
        index = bisect_right(self._starts, place) - 1
        if index < 0 or self._found[index][1] <= place:
            return 0
        return self._found[index][2]


def _page(page: bytes, huge: _Huge) -> list[tuple[int, int, int]]:
    """Start, end and flags of the paragraphs on one page that are in tables."""
    count = page[511] if len(page) == 512 else 0
    if not count or 4 * (count + 1) + 13 * count > 511:
        return []
    places = struct.unpack_from(f"<{count + 1}I", page)
    found = []
    for index in range(count):
        offset = 2 * page[4 * (count + 1) + 13 * index]
        if not offset:
            continue
        half = page[offset]
        start, size = (offset + 1, 2 * half - 1) if half else (offset + 2, 2 * page[(offset + 1) % 512])
        flags = _flags(page[start + 2 : start + size], huge)
        if flags:
            found.append((places[index], places[index + 1], flags))
    return found


def _flags(changes: bytes, huge: _Huge | None) -> int:
    place = flags = 0
    while place + 3 <= len(changes):
        operation = int.from_bytes(changes[place : place + 2], "little")
        place += 2
        size = _SIZES[operation >> 13]
        if operation == _IN_TABLE and changes[place]:
            flags |= IN_TABLE
        elif operation == _ROW_END and changes[place]:
            flags |= ROW_END
        elif operation in _HUGE and huge is not None:
            flags |= huge.flags(int.from_bytes(changes[place : place + 4], "little"))
        place += size or _told(operation, changes, place)
    return flags


def _told(operation: int, changes: bytes, place: int) -> int:
    """The size of an operand that tells its own."""
    if operation == 0xD608:  # the definition of a table row, whose size takes two bytes
        return 1 + int.from_bytes(changes[place : place + 2], "little")
    return 1 + changes[place]


class _Huge:
    """Changes too many for the page, in the Data stream (2.9.211). Each is read once, and none twice the stream."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = 2 * len(data)
        self._known: dict[int, int] = {}

    def flags(self, start: int) -> int:
        """What the changes at this place say."""
        if start not in self._known and self._left > 0:
            size = int.from_bytes(self._data[start : start + 2], "little")
            self._left -= size + 2
            self._known[start] = _flags(self._data[start + 2 : start + 2 + size], None)
        return self._known.get(start, 0)
