"""The cells of one old Excel sheet as plain values, for what calamine refuses: Excel 2 to 4, and damaged books."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from scanner.formats.legacy.xls_biff import Biff, Strings

_COLUMNS = 256  # an old sheet has no more
KINDS = frozenset(
    {
        0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x203, 0x204, 0x205, 0x206, 0x207, 0x406, 0x27E, 0xBD, 0xD6, 0xFD,
        0x01, 0x201, 0xBE, 0x0208, 0x0008, 0xD7, 0x20B, 0x0B,
    }
)  # fmt: skip
"""The kinds of record that hold cells and rows, with and without values, in all versions."""


class Cells:
    """Takes records in and gives rows out. Values that are no text become what a reader of the sheet sees."""

    def __init__(self, strings: Strings, version: int, shared: Sequence[str] = ()) -> None:
        self._strings = strings
        self._old = version == 2
        self._shared = shared
        self._rows: dict[int, dict[int, str]] = {}
        self._last = (0, 0)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Position and cells of each row that holds anything."""
        for row in sorted(self._rows):
            cells = self._rows[row]
            yield row, [cells.get(column, "") for column in range(max(cells) + 1)]

    def add(self, record: Biff) -> None:
        """Note what the record says. Raises struct.error and IndexError on one that is too short."""
        data = record.data
        if record.kind in (0x07, 0x207):  # what the formula before it gave
            self._put(*self._last, self._text(data, 0)[0])
            return
        if len(data) < 6:
            return
        row, column = struct.unpack_from("<HH", data)
        if column >= _COLUMNS:
            return
        self._last = (row, column)
        kind = record.kind
        if kind == 0xBD:
            self._many(row, column, data)
        else:
            self._put(row, column, self._value(kind, data, 7 if self._old else 6))

    def _value(self, kind: int, data: bytes, place: int) -> str:
        if kind in (0x03, 0x203):
            return shown(struct.unpack_from("<d", data, place)[0])
        if kind in (0x04, 0x204, 0xD6):
            return self._text(data, place)[0]
        if kind == 0x02:
            return str(struct.unpack_from("<H", data, place)[0])
        if kind == 0x27E:
            return shown(packed_number(data[place : place + 4]))
        if kind == 0xFD:
            index = struct.unpack_from("<I", data, place)[0]
            return self._shared[index] if index < len(self._shared) else ""
        if kind in (0x06, 0x206, 0x406) and data[place + 6 : place + 8] != b"\xff\xff":
            return shown(struct.unpack_from("<d", data, place)[0])
        return ""

    def _text(self, data: bytes, place: int) -> tuple[str, int]:
        if self._old:
            return self._strings.short(data, place)
        return self._strings.body(data, place + 2, struct.unpack_from("<H", data, place)[0])

    def _many(self, row: int, column: int, data: bytes) -> None:
        for number, place in enumerate(range(6, len(data) - 5, 6)):
            if column + number < _COLUMNS:
                self._put(row, column + number, shown(packed_number(data[place : place + 4])))

    def _put(self, row: int, column: int, value: str) -> None:
        if value:
            self._rows.setdefault(row, {})[column] = value


def packed_number(data: bytes) -> float:
    """An RK number: thirty bits of a whole number or of a float, perhaps a hundredth (2.5.217)."""
    (bits,) = struct.unpack("<i", data)
    value = float(bits >> 2) if bits & 2 else struct.unpack("<d", b"\0\0\0\0" + struct.pack("<i", bits & ~3))[0]
    return value / 100 if bits & 1 else value


def shown(value: float) -> str:
    """Whole numbers as digits, others with what Excel keeps."""
    if value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return format(value, ".15g")
