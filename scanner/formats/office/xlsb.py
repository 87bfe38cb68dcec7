"""Binary workbooks (xlsb, [MS-XLSB]): cells by calamine, and the words that stand beside them in other records."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Found
from scanner.formats.office.ooxml import Beside, authors, links, properties, property_parts, record
from scanner.formats.office.package import Package
from scanner.formats.office.xlsb_records import Walk, walk
from scanner.formats.office.xlsx_calamine import cells_of, left_of, opened_book
from scanner.formats.registers import table_records
from scanner.formats.rows import titles
from scanner.records import ReadError, Record, Unread

_PARTS = re.compile(r"^xl/(?!embeddings/|media/|activex/|printersettings/|vbaproject).*\.bin$")
_DULL = re.compile(r"/(?:styles|calcchain|binaryindex\d*|printersettings\d*|metadata)\.bin$")
_SHEET = re.compile(r"/(?:worksheets|macrosheets|dialogsheets|chartsheets)/[^/]*\.bin$")
_LONGEST = 64 << 20


def binary_workbook(blob: Blob, package: Package, main: str) -> Iterator[Found]:
    """The records of an xlsb. Raises ReadError at the end where its cells cannot be read."""
    main = main if main in package else "xl/workbook.bin"
    beside = Beside(package)
    beside.taken.update((main, *property_parts(package)))
    sheets = _sheets(package, main)
    failure: ReadError | None = None
    said: set[str] = set()
    try:
        yield from _cells(blob, said)
    except ReadError as fault:
        failure = fault
    yield from _part(package, main, ("part workbook.bin",), beside)
    for name, part in sheets.items():
        yield from _part(package, part, (f"sheet {name}", "part links"), beside)
        for relation in package.relations(part):
            if relation.kind.lower() == "comments" and relation.target in package:
                yield from _part(package, relation.target, (f"sheet {name}", "part comments"), beside)
    for part in package.parts:
        if part in beside.taken or not _PARTS.match(part) or _DULL.search(part):
            continue
        if part.endswith("sharedstrings.bin") and failure is None:
            yield from _unused(package, part, said)
            beside.taken.add(part)
            continue
        yield from _part(package, part, (beside.named(part),), beside)
    beside.taken.update(part for part in package.parts if _DULL.search(part))
    yield from properties(package)
    yield from beside.rest()
    if failure is not None:
        raise failure


def _unused(package: Package, part: str, said: set[str]) -> Iterator[Found]:
    """Shared strings that no cell shows any more."""
    steps = ("part unused strings",)
    found = _walked(package, part)
    yield from record(steps, [text for text in found.texts if text not in said])
    if found.fault is not None:
        yield Unread(steps, found.fault.reason, found.fault.detail)


def _noted(rows: Iterator[tuple[int, list[str]]], said: set[str]) -> Iterator[tuple[int, list[str]]]:
    for row in rows:
        said.update(row[1])
        yield row


def _cells(blob: Blob, said: set[str]) -> Iterator[Found]:
    with opened_book(blob) as book:
        yield Record((), "file", titles(book.sheet_names))
        for name in dict.fromkeys(book.sheet_names):
            try:
                sheet = book.get_sheet_by_name(name)
            except Exception as fault:
                yield Unread((f"sheet {name}",), GapReason.UNREADABLE, f"sheet ({type(fault).__name__})")
                continue
            rows = _noted(cells_of(sheet, {}), said)
            yield from table_records(blob.registers, (f"sheet {name}",), rows, left_of(sheet))


def _sheets(package: Package, main: str) -> dict[str, str]:
    """Sheets' names with their parts (BrtBundleSh, 2.4.311)."""
    targets = {one.id: one.target for one in package.relations(main)}
    found: dict[str, str] = {}
    for key, name in _walked(package, main).sheets:
        part = targets.get(key, "")
        if part in package and name not in found:
            found[name] = part
    return found


def _part(package: Package, part: str, steps: tuple[str, ...], beside: Beside) -> Iterator[Found]:
    beside.taken.add(part)
    found = _walked(package, part, cells=_SHEET.search(part) is None)
    yield from record(steps, [*found.texts, *links(package, part)], authors(found.authors))
    if found.fault is not None:
        yield Unread(steps, found.fault.reason, found.fault.detail)


def _walked(package: Package, part: str, *, cells: bool = True) -> Walk:
    if package.size(part) > _LONGEST:
        return Walk(fault=ReadError(GapReason.TOO_LARGE, f"more than {_LONGEST} bytes"))
    try:
        return walk(package.stream(part).read(), cells=cells)
    except ReadError as fault:
        return Walk(fault=fault)
