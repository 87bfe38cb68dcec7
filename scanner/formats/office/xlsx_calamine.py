"""The cells of a workbook as calamine gives them, written as a reader of the sheet sees them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import python_calamine as calamine

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found
from scanner.formats.office.xlsx_scan import SheetScan
from scanner.formats.registers import Registers, table_records
from scanner.records import ReadError, Unread

_DIGITS = re.compile(r"[^0-9]")


def opened_book(blob: Blob) -> calamine.CalamineWorkbook:
    """The workbook, of any make that calamine knows. Raises ReadError."""
    try:
        return calamine.CalamineWorkbook.from_filelike(BytesIO(blob.data()))
    except ReadError:
        raise
    except Exception as fault:
        raise ReadError(GapReason.UNREADABLE, f"workbook ({type(fault).__name__})") from None


def sheet_rows(
    book: calamine.CalamineWorkbook, name: str, scan: SheetScan | None, registers: Registers | None = None
) -> Iterator[Found]:
    """The records of one sheet's rows, or one gap where it cannot be read."""
    steps = (f"sheet {name}",)
    try:
        sheet = book.get_sheet_by_name(name)
    except Exception as fault:
        yield Unread(steps, GapReason.UNREADABLE, f"sheet ({type(fault).__name__})")
        return
    yield from table_records(registers, steps, cells_of(sheet, scan.masked if scan else {}), left_of(sheet))


def left_of(sheet: calamine.CalamineSheet) -> int:
    """How many empty columns calamine leaves out of each row."""
    return 0 if sheet.start is None else int(sheet.start[1])


def cells_of(sheet: calamine.CalamineSheet, masked: dict[tuple[int, int], str]) -> Iterator[tuple[int, list[str]]]:
    """Position from 0 and cells of each row; `masked` is what number formats show."""
    if sheet.start is None:
        return
    left = left_of(sheet)  # of columns: empty rows are not left out
    for position, row in enumerate(sheet.iter_rows()):
        cells = [cell if type(cell) is str else rendered(cell) for cell in row]
        if masked:
            for column, cell in enumerate(cells):
                shown = masked.get((position, column + left))
                if shown is not None and _DIGITS.sub("", shown).lstrip("0") == cell.lstrip("0"):
                    cells[column] = shown
        yield position, cells


def rendered(value: Any) -> str:  # noqa: ANN401 - what calamine gives
    """A value as a reader of the sheet sees it: whole numbers as digits, dates as ISO dates."""
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e16:
            return str(int(value))
        return format(value, ".15g")  # what Excel itself keeps
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ") if value.time() != datetime.time.min else value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
