"""Excel 2 to 2003 workbooks: every sheet row by row, hidden ones too, and what is beside the cells."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.legacy.xls_beside import Beside, Sheet
from scanner.formats.legacy.xls_biff import BOFS, Biff, Strings, records, version
from scanner.formats.legacy.xls_cells import KINDS
from scanner.formats.legacy.xls_stores import stores
from scanner.formats.office.xlsx_calamine import opened_book, sheet_rows
from scanner.formats.office.xlsx_scan import SheetScan
from scanner.formats.ole.locked import unlocked
from scanner.formats.ole.office_art import pictures
from scanner.formats.ole.ole import OLE, opened
from scanner.formats.ole.ole_write import written
from scanner.formats.registers import Registers, is_told, table_records
from scanner.formats.rows import titles
from scanner.limits import Limits
from scanner.records import ReadError, Record, Steps, Unread

_CELLS = 30_000_000  # of the rectangles that the sheets span; calamine holds 32 bytes for each, used or not
_FAR = re.compile(rb"[\x01-\x07\x7e\xbd\xd6\xfd\xbe][\0\x02\x04][\x04-\xff][\0-\x20].[\x20-\xff].\0", re.DOTALL)
_FEW = 14  # sheets: so many of 8,192 rows are within _CELLS
_FILE_PASS, _BOUND_SHEET, _TABLE = 0x2F, 0x85, 0xFC
_WORKBOOKS = ("Workbook", "Book")


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    if blob.head(8) != OLE:
        yield from _workbook(blob.data(), (), limits, blob.registers)
        return
    ole = opened(blob)
    streams = [name for name in _WORKBOOKS if ole.exists(name)]
    for number, name in enumerate(streams):
        try:
            data = ole.openstream(name).read()
        except Exception as fault:  # olefile raises whatever it meets
            yield Unread(("part workbook",) if number else (), GapReason.UNREADABLE, f"OLE ({type(fault).__name__})")
            continue
        if _is_locked(data) or ole.exists("\x09DRMContent"):
            yield from unlocked(blob)
            return
        steps = (f"part {name}",) if number else ()
        yield from _workbook(data, steps, limits, blob.registers)
    yield from stores(ole, limits)


def _workbook(data: bytes, steps: Steps, limits: Limits, registers: Registers | None) -> Iterator[Found]:
    """One workbook; Excel 97 also wrote files that hold it twice, as older versions read it too."""
    number = version(data)
    if not number:
        raise ReadError(GapReason.UNREADABLE, "workbook")
    beside = Beside(number, Strings(number))
    gaps = list(_collected(data, beside))
    beside.tell_unused()
    names = list(dict.fromkeys(beside.places.values()))
    others = [sheet.records() for sheet in beside.sheets.values()]
    for found in chain(_cells(data, beside, names, registers), *others, gaps):
        yield replace(found, steps=(*steps, *found.steps)) if steps else found
    if not steps:
        yield from (nested for _, nested in pictures(bytes(beside.drawings), 1, limits))
        yield from _backgrounds(beside.backgrounds)


def _collected(data: bytes, beside: Beside) -> Iterator[Unread]:
    """Go through all records once."""
    broken = False
    try:
        for record in records(data, beside.skip):
            try:
                beside.add(record)
            except (struct.error, IndexError):
                broken = True
    except ValueError:
        broken = broken or not beside.complete
    if broken:
        yield Unread((), GapReason.UNREADABLE, "damaged records in the workbook")


def _is_locked(data: bytes) -> bool:
    """Whether a FILEPASS record stands among the first."""
    try:
        for number, record in enumerate(records(data)):
            if record.kind == _FILE_PASS:
                return True
            if record.kind == _BOUND_SHEET or number > 50:
                break
    except ValueError:
        pass
    return False


# Cells


def _cells(data: bytes, beside: Beside, names: list[str], registers: Registers | None) -> Iterator[Record | Unread]:
    yield Record((), "file", titles(names))
    read: set[str] = set()
    if beside.version >= 5 and not _is_vast(data, len(names)):
        with suppress(ReadError):  # the slower reader of our own takes what comes
            yield from _by_calamine(data, beside, read, registers)
    kinds = {beside.places[place]: kind for place, kind in beside.kinds.items()}
    left = [name for name in names if name not in read and kinds.get(name, 0) in (0, 1)]
    if left or beside.version < 5:
        yield from _by_hand(data, beside, left, registers)


def _by_calamine(data: bytes, beside: Beside, read: set[str], registers: Registers | None) -> Iterator[Record | Unread]:
    """By calamine, which a broken chain of sectors would bring to end the process: it gets them written anew."""
    whole = Blob(written({("Workbook" if beside.version == 8 else "Book",): data}), "")
    with opened_book(whole) as book:
        for name in dict.fromkeys(book.sheet_names):
            scan = SheetScan(masked=beside.sheets.get(name, Sheet()).masked)
            found = [one for one in sheet_rows(book, name, scan, registers) if isinstance(one, Record | Unread)]
            if all(isinstance(one, Record) or is_told(one) for one in found):  # else our own reader takes the sheet
                read.add(name)
                yield from found


def _by_hand(data: bytes, beside: Beside, names: list[str], registers: Registers | None) -> Iterator[Record | Unread]:
    again = Beside(beside.version, Strings(beside.version, beside.strings.codec), cells=True)
    for _ in _collected(data, again):  # what is damaged was told the first time
        pass
    given = set(beside.places.values()).difference(names)
    for name, sheet in again.sheets.items():
        if sheet.cells is not None and name not in given:
            yield from table_records(registers, (f"sheet {name}",), sheet.cells.rows())


def _is_vast(data: bytes, sheets: int) -> bool:
    """Whether the sheets span more cells than calamine may hold. A quick look tells for nearly all that they do not."""
    if sheets <= _FEW and _FAR.search(data) is None:
        return False
    total = rows = columns = 0
    try:
        for record in records(data):
            if record.kind in BOFS:
                total, rows, columns = total + rows * columns, 0, 0
            elif record.kind in KINDS and len(record.parts[0]) >= 4:
                row, column = _corner(record)
                rows, columns = max(rows, row), max(columns, column)
    except ValueError:
        pass
    return total + rows * columns > _CELLS


def _corner(record: Biff) -> tuple[int, int]:
    row, column = struct.unpack_from("<HH", record.parts[0])
    if record.kind in (0xBD, 0xBE):
        column = int.from_bytes(record.parts[0][-2:], "little")
    return row + 1, min(column, 0xFFFF) + 1


def _backgrounds(found: list[bytes]) -> Iterator[Found]:
    """Pictures behind sheets, and those of Excel 5: bitmaps without the header of a file ([MS-XLS] 2.4.19, 2.4.141)."""
    for number, data in enumerate(found, start=1):
        steps = (f"part background {number}.bmp",)
        if data[:2] != b"\x09\0" or len(data) < 20:
            yield Unread(steps, GapReason.UNKNOWN_FORMAT, "a metafile without the header of a file")
            continue
        bitmap = data[8:]
        depth = int.from_bytes(bitmap[10:12], "little")
        start = 26 + (3 << depth if depth <= 8 else 0)
        head = struct.pack("<2sIHHI", b"BM", 14 + len(bitmap), 0, 0, start)
        yield Nested(steps, Blob(head + bitmap, f"background {number}.bmp"), "image")


FORMAT = Format(
    "xls",
    3,
    "python-calamine, olefile",
    _extract,
    records="`sheet NAME`, `row N`, `part NAME`, `part properties`, `attachment N: NAME`",
    entities="persons of rows by their header; authors of the file, its notes and changes",
    limits="dates in Excel 2 to 4 are given as numbers",
)
