"""Workbooks (xlsx, xlsm, xlsb, ods): every sheet row by row, hidden ones too, and what is beside the cells."""

from __future__ import annotations

import re
from collections.abc import Iterator

import python_calamine as calamine

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.office.ooxml import LIMITS, Beside, links, main_part, properties, property_parts, record
from scanner.formats.office.package import Package
from scanner.formats.office.xlsx_beside import Workbook, commenters, read_workbook, sheet_parts
from scanner.formats.office.xlsx_calamine import opened_book, sheet_rows
from scanner.formats.office.xlsx_cells import cell_rows, phonetics, strings
from scanner.formats.office.xlsx_scan import Masks, SheetScan, count_strings, refuse_doctype, scan_sheet
from scanner.formats.opendocument.odt import open_document
from scanner.formats.registers import Registers, is_told, table_records
from scanner.formats.rows import titles
from scanner.formats.xml_safe import attribute
from scanner.limits import Limits
from scanner.records import ReadError, Record, Unread

_CELLS = 30_000_000  # of the rectangle that a sheet spans; calamine holds 32 bytes for each, used or not
_SHEET = re.compile(r"xl/(?:worksheets|macrosheets)/[^/]*\.xml$")


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with Package(blob, limits) as package:
        if "mimetype" in package:
            yield from open_document(package, blob.registers)
            return
        main = main_part(package, "xl/workbook.xml")
        if main.endswith(".bin") or (main not in package and "xl/workbook.bin" in package):
            from scanner.formats.office.xlsb import binary_workbook  # noqa: PLC0415 - few are

            yield from binary_workbook(blob, package, main)
            return
        yield from _book_records(blob, package, main)


def _book_records(blob: Blob, package: Package, main: str) -> Iterator[Found]:
    beside = Beside(package)
    beside.taken.update((main, *property_parts(package)))
    book, problem = read_workbook(package, main)
    yield Record((), "file", [*titles(book.sheets), *titles([*book.words, *links(package, main)])])
    if problem is not None:
        yield problem
    reading = _Reading(package, book, blob.registers)
    yield from reading.values(blob)
    persons = commenters(package)
    for name, part in book.sheets.items():
        if part in reading.scans or name in reading.failed:
            beside.taken.add(part)
        yield from sheet_parts(package, name, part, reading.scans.get(part), beside, persons)
    yield from reading.others(beside)
    yield from properties(package, book.users)
    yield from beside.rest()


class _Reading:
    """The cells of one workbook: by calamine, and by our own slower reader where that gives up or does not look."""

    def __init__(self, package: Package, book: Workbook, registers: Registers | None) -> None:
        self.scans: dict[str, SheetScan] = {}  # by part
        self.failed: set[str] = set()  # names of sheets that are gaps
        self._package = package
        self._book = book
        self._registers = registers
        self._shared: list[str] | None = None
        self._phonetic: list[str] = []
        self._strings = 0  # shared ones, at most

    def values(self, blob: Blob) -> Iterator[Found]:
        """The rows of all sheets in the workbook's list."""
        try:
            masks = _masks(self._package)
        except ReadError as fault:
            yield Unread((), fault.reason, fault.detail)
            masks = Masks({})
        yield from record(("part number formats",), masks.words)
        yield from self._look(masks)
        read: set[str] = set()
        try:
            self._check()
            with opened_book(blob) as book:
                yield from self._sheets(book, read)
        except ReadError as fault:
            yield Unread((), fault.reason, fault.detail)
        for name, part in self._book.sheets.items():
            if part in self.scans and name not in read:
                yield from self._own((f"sheet {name}",), part)
        yield from self._unused()
        for part in self._phonetic:
            try:
                yield from record(("part phonetics",), phonetics(self._package, part))
            except ReadError as fault:
                yield Unread(("part phonetics",), fault.reason, fault.detail)

    def others(self, beside: Beside) -> Iterator[Found]:
        """Sheets that the workbook does not list, and those of macros as Excel 4 wrote them."""
        for part in self._package.parts:
            if _SHEET.match(part) and part not in beside.taken:
                beside.taken.add(part)
                yield from self._own((beside.named(part),), part)
            elif part.endswith("sharedstrings.xml"):
                beside.taken.add(part)
            elif part.endswith("metadata.xml"):
                beside.taken.add(part)
                yield from _metadata(self._package, part)

    def _look(self, masks: Masks) -> Iterator[Unread]:
        for name, part in self._book.sheets.items():
            if not _SHEET.match(part) and not self._package.relations(part) and "sheet" not in part:
                continue
            try:
                self.scans[part] = _scan(self._package, part, masks)
            except ReadError as fault:
                self.failed.add(name)
                yield Unread((f"sheet {name}",), fault.reason, fault.detail)

    def _check(self) -> None:
        """What calamine unpacks whole: first see that it is what it says. Raises ReadError."""
        for part in self._package.parts:
            if part.endswith("sharedstrings.xml"):
                self._strings, phonetic = count_strings(self._package.stream(part))
                if phonetic:
                    self._phonetic.append(part)
            elif part.endswith(("styles.xml", "workbook.xml")):
                refuse_doctype(self._package.stream(part))

    def _sheets(self, book: calamine.CalamineWorkbook, read: set[str]) -> Iterator[Found]:
        for meta in book.sheets_metadata:
            if meta.name in self.failed or meta.name in read or meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            scan = self.scans.get(self._book.sheets.get(meta.name, ""))
            for found in sheet_rows(book, meta.name, scan, self._registers):
                if isinstance(found, Unread) and not is_told(found):
                    break  # ours reads it, or says how far
                yield found
            else:
                read.add(meta.name)

    def _unused(self) -> Iterator[Found]:
        """Shared strings that no cell points at any more: what was deleted may stand there."""
        used: set[bytes] = set().union(*(scan.used for scan in self.scans.values()))
        if self._strings <= len(used):
            return
        steps = ("part unused strings",)
        try:
            texts = [text for number, text in enumerate(self._texts()) if str(number).encode() not in used]
        except ReadError as fault:
            yield Unread(steps, fault.reason, fault.detail)
            return
        yield from record(steps, dict.fromkeys(texts))

    def _texts(self) -> list[str]:
        if self._shared is None:
            self._shared = strings(self._package)
        return self._shared

    def _own(self, steps: tuple[str, ...], part: str) -> Iterator[Found]:
        try:
            yield from table_records(self._registers, steps, cell_rows(self._package, part, self._texts()))
        except ReadError as fault:
            yield Unread(steps, fault.reason, fault.detail)


def _metadata(package: Package, part: str) -> Iterator[Found]:
    """Names of members of a cube, which cells only point at (ECMA-376 part 1, 18.9.13)."""
    words: dict[str, None] = {}
    try:
        for element in package.elements(part, "s"):
            words[attribute(element, "v")] = None
    except ReadError as fault:
        yield Unread(("part metadata",), fault.reason, fault.detail)
    yield from record(("part metadata",), words)


def _masks(package: Package) -> Masks:
    if "xl/styles.xml" not in package:
        return Masks({})
    return Masks.read(package)


def _scan(package: Package, part: str, masks: Masks) -> SheetScan:
    scan = scan_sheet(package.stream(part), masks)
    if scan.rows * scan.columns > _CELLS:
        raise ReadError(GapReason.TOO_LARGE, f"the sheet spans more than {_CELLS} cells")
    return scan


FORMAT = Format(
    "xlsx",
    4,
    "python-calamine",
    _extract,
    records="`sheet NAME`, `row N`; `part comments`, `part links` and others of a sheet, `part unused strings`, `part "
    "properties`, other "
    "parts, `attachment N: NAME`",
    entities="rows, authors of comments and changes, company",
    editable="rows (xlsx, xltx, ods): blanked, so that no other row moves; passages in cells, on decision",
    limits=LIMITS + ", words in formulas of xlsb",
)
