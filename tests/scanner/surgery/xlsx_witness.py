"""Workbooks of a few rows, and what openpyxl and the raw parts tell of them."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Record
from scanner.surgery.base import Edits
from scanner.surgery.tables.xlsx import EDITOR
from tests.scanner.surgery.make_xlsx import Made, with_shared_strings
from tests.scanner.surgery.sheet_person import Known

LIMITS = Limits()
HEAD = ("Namn", "E-post", "Ort", "Belopp")
ADA = Known(["Ada Alm", "ada@x.example"])
SHEET = "xl/worksheets/sheet1.xml"


def data_of(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return with_shared_strings(buffer.getvalue())


def book_of(*rows: tuple[str | int, ...]) -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Kunder"
    for row in rows or (HEAD, ("Bo Ek", "bo@x.example", "Lund", 1), ("Ada Alm", "ada@x.example", "Ystad", 31)):
        sheet.append(row)
    return book, sheet


def remove(data: bytes, *rows: tuple[str, str], person: Known = ADA) -> bytes:
    """The workbook without Ada's row, or these, as the engine does it."""
    edits = Edits(remove=frozenset(rows or (("sheet Kunder", "row 2"),)))
    return _done(data, edits, person)


def amend(data: bytes, *rows: tuple[str, str], person: Known = ADA) -> bytes:
    return _done(data, Edits(amend=frozenset(rows or (("sheet Kunder", "row 2"),))), person)


def _done(data: bytes, edits: Edits, person: Known) -> bytes:
    blob = Blob(data, "a.xlsx")
    assert EDITOR.refuses(blob) is None
    after = EDITOR.edit(blob, edits, person, LIMITS)
    assert after == EDITOR.edit(Blob(data, "a.xlsx"), edits, person, LIMITS)
    assert EDITOR.differences(data, after, edits, person) == []
    return after


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        assert whole.testzip() is None
        return {name: whole.read(name) for name in whole.namelist()}


def nowhere(data: bytes, *words: str) -> None:
    for name, content in parts(data).items():
        text = content.decode("utf-8", "replace")
        for word in words:
            assert word not in text, name


def read(data: bytes) -> dict[tuple[str, ...], Record]:
    return {one.steps: one for one in expand(Blob(data, "a.xlsx"), LIMITS) if isinstance(one, Record)}


def _seen(data: bytes) -> dict[Any, Any]:
    """All that openpyxl knows of a workbook, cell by cell."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    seen: dict[Any, Any] = {"names": {name: one.attr_text for name, one in book.defined_names.items()}}
    for sheet in book.worksheets:
        cells = {}
        for row in sheet.iter_rows():
            for cell in row:
                note = cell.comment
                link = cell.hyperlink
                cells[cell.row, cell.column] = (
                    cell.value, cell.font.b, cell.font.i, cell.fill.fgColor.rgb, cell.number_format,
                    (note.text, note.author) if note else None, link.target if link else None,
                )  # fmt: skip
        seen[sheet.title] = cells
        seen[sheet.title, "beside"] = (
            sorted(map(str, sheet.merged_cells.ranges)), sheet.freeze_panes, sheet.print_title_rows,
            sheet.auto_filter.ref,
            {row: one.height for row, one in sheet.row_dimensions.items() if one.height},
            {one.name: one.ref for one in sheet.tables.values()}, sheet.dimensions,
        )  # fmt: skip
        seen[sheet.title, "rules"] = [
            (str(rule.sqref), rule.formula1, rule.prompt) for rule in sheet.data_validations.dataValidation
        ]
    return seen


def equal_but(made: Made, after: bytes, gone: set[tuple[str, int]]) -> None:
    old, new = _seen(made.data), _seen(after)
    assert old.keys() == new.keys()
    for key, was in old.items():
        if isinstance(key, tuple) and key[1] == "rules":
            assert new[key] == [rule for rule in was if not _is_of(rule[0], key[0], gone)]
        elif key in ("names",) or isinstance(key, tuple):
            assert new[key] == was
        else:
            assert new[key].keys() == was.keys()
            for place, cell in was.items():
                if (key, place[0]) in gone:
                    assert new[key][place] == (None, *cell[1:5], None, None)
                else:
                    assert new[key][place] == cell


def _is_of(places: str, sheet: str, gone: set[tuple[str, int]]) -> bool:
    return all((sheet, int(re.sub(r"\D", "", place))) in gone for place in places.split() if ":" not in place) and (
        ":" not in places
    )


def cached(data: bytes) -> dict[str, dict[str, object]]:
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return {sheet.title: {c.coordinate: c.value for row in sheet.iter_rows() for c in row} for sheet in book.worksheets}
