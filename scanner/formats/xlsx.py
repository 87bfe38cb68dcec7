"""Workbooks (xlsx, xlsm; xls and ods too): every sheet row by row, hidden ones too, and what lies beside the cells."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import python_calamine as calamine

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.ods import open_document
from scanner.formats.ole import OLE, is_encrypted_ole
from scanner.formats.ooxml import author_fact, embedded, links, part_text, properties
from scanner.formats.package import Package
from scanner.formats.rows import row_records, titles
from scanner.formats.xlsx_scan import Masks, SheetScan, refuse_doctype, scan_sheet
from scanner.formats.xml_safe import attribute, drop, local
from scanner.limits import Limits
from scanner.records import Entity, ReadError, Record, Role, Unread

_CELLS = 30_000_000  # of the rectangle that a sheet spans; calamine holds 32 bytes for each, used or not
_FILEPASS = re.compile(rb"\x09\x08(?:\x10\x00.{16}|\x08\x00.{8})\x2f\x00", re.DOTALL)  # [MS-XLS] 2.4.117
_DIGITS = re.compile(r"[^0-9]")
_MORE = ("xl/drawings/", "xl/charts/", "xl/pivotcache/", "xl/externallinks/", "xl/tables/", "customxml/")


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    if blob.head(8) == OLE and not is_encrypted_ole(blob):
        yield from _old(blob)
        return
    with Package(blob, limits) as package:
        if "mimetype" in package:
            yield from open_document(package)
            return
        workbook = _workbook(package)
        sheets = _sheets(package, workbook)
        masks = _masks(package)
        scans: dict[str, SheetScan] = {}
        failed: set[str] = set()
        yield Record((), "file", [*titles(sheets), *_links(package, workbook)])
        for name, part in sheets.items():
            try:
                scans[name] = _scan(package, part, masks)
            except ReadError as fault:
                failed.add(name)
                yield Unread((f"sheet {name}",), fault.reason, fault.detail)
        yield from _values(blob, package, sheets, scans, failed)
        for name, part in sheets.items():
            yield from _beside(package, name, part, scans.get(name))
        yield from _more(package)
        record = properties(package)
        if record is not None:
            yield record
        yield from embedded(package, "xl/")


def _workbook(package: Package) -> str:
    for relation in package.relations(""):
        if relation.kind == "officeDocument" and relation.target in package:
            return relation.target
    return "xl/workbook.xml"


def _sheets(package: Package, workbook: str) -> dict[str, str]:
    """Sheet names in the workbook's order, with their parts."""
    targets = {relation.id: relation.target for relation in package.relations(workbook)}
    found = {}
    for element in package.elements(workbook, "sheet"):
        key = next((value for name, value in element.attrib.items() if str(name).endswith("}id")), "")
        part = targets.get(str(key), "")
        if part in package:
            found[element.get("name", "")] = part
    return found


def _masks(package: Package) -> Masks:
    if "xl/styles.xml" not in package:
        return Masks({})
    return Masks.read(package)


def _scan(package: Package, part: str, masks: Masks) -> SheetScan:
    scan = scan_sheet(package.stream(part), masks)
    if scan.rows * scan.columns > _CELLS:
        raise ReadError(GapReason.TOO_LARGE, f"the sheet spans more than {_CELLS} cells")
    return scan


def _values(
    blob: Blob, package: Package, sheets: dict[str, str], scans: dict[str, SheetScan], failed: set[str]
) -> Iterator[Found]:
    for part in package.parts:  # calamine unpacks these whole: first see that they are what they say
        if part.endswith(("sharedstrings.xml", "styles.xml", "workbook.xml")):
            refuse_doctype(package.stream(part))
    with _book(blob) as book:
        for meta in book.sheets_metadata:
            if meta.name in failed or meta.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            yield from _sheet(book, meta.name, scans.get(meta.name))
        known = {meta.name for meta in book.sheets_metadata}
        for name in sheets:
            if name not in known and name not in failed:
                yield Unread((f"sheet {name}",), GapReason.UNREADABLE, "sheet")


def _old(blob: Blob) -> Iterator[Found]:
    """Excel 97: the cells. What else is in the file has no reader yet, and says so."""
    if _FILEPASS.search(blob.data()):
        raise ReadError(GapReason.ENCRYPTED, "workbook")
    with _book(blob) as book:
        yield Record((), "file", titles(book.sheet_names))
        for name in book.sheet_names:
            yield from _sheet(book, name, None)
    yield Unread(("part properties",), GapReason.UNKNOWN_FORMAT, "properties and comments of an xls")


def _book(blob: Blob) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_filelike(BytesIO(blob.data()))
    except ReadError:
        raise
    except Exception as fault:
        raise ReadError(GapReason.UNREADABLE, f"workbook ({type(fault).__name__})") from None


def _sheet(book: calamine.CalamineWorkbook, name: str, scan: SheetScan | None) -> Iterator[Found]:
    steps = (f"sheet {name}",)
    try:
        sheet = book.get_sheet_by_name(name)
    except Exception as fault:
        yield Unread(steps, GapReason.UNREADABLE, f"sheet ({type(fault).__name__})")
        return
    yield from row_records(steps, _rows(sheet, scan.masked if scan else {}))


def _rows(sheet: calamine.CalamineSheet, masked: dict[tuple[int, int], str]) -> Iterator[tuple[int, list[str]]]:
    if sheet.start is None:
        return
    left = sheet.start[1]  # calamine leaves out empty columns before the first, but not rows
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


def _beside(package: Package, name: str, part: str, scan: SheetScan | None) -> Iterator[Found]:
    """What belongs to a sheet and is no cell."""
    sheet = f"sheet {name}"
    yield from _text((sheet, "part header"), scan.headers if scan else [])
    yield from _text((sheet, "part links"), links(package, part) + (scan.formulas if scan else []))
    comments: list[str] = []
    names: dict[str, None] = {}
    try:
        for relation in package.relations(part):
            if relation.target in package and relation.kind.lower() in ("comments", "threadedcomment"):
                _comments(package, relation.target, comments, names)
    except ReadError as fault:
        yield Unread((sheet, "part comments"), fault.reason, fault.detail)
    if comments or names:
        entities = [Entity(Role.AUTHOR, [author_fact(author)]) for author in names]
        yield Record((sheet, "part comments"), "part", [(Role.BODY, "\n".join(comments))], entities)


def _comments(package: Package, part: str, comments: list[str], names: dict[str, None]) -> None:
    persons = _persons(package)
    for element in package.elements(part, "author", "comment", "threadedComment"):
        name = local(element)
        if name == "author":
            author = (element.text or "").strip()
            if author and not author.startswith("tc={"):
                names[author] = None
            continue
        comments.append("".join(str(node.text or "") for node in element.iter("{*}t", "{*}text")))
        if name == "threadedComment" and attribute(element, "personId") in persons:
            names.update(dict.fromkeys(persons[attribute(element, "personId")]))
        drop(element)


def _persons(package: Package) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in package.parts:
        if part.startswith("xl/persons/") and part.endswith(".xml"):
            for element in package.elements(part, "person"):
                ids = attribute(element, "userId").split("::")  # S::address::number
                names = [attribute(element, "displayName"), *(one for one in ids if "@" in one)]
                found[attribute(element, "id")] = [one for one in names if one]
    return found


def _more(package: Package) -> Iterator[Found]:
    """Text boxes, charts, and the copies of data that pivot tables and links to other books keep."""
    for part in package.parts:
        if not part.startswith(_MORE) or not part.endswith(".xml") or "/_rels/" in part or "itemprops" in part:
            continue
        steps = (f"part {package.name(part).rpartition('/')[2]}",)
        try:
            yield from _text(steps, [part_text(package, part), *links(package, part)])
        except ReadError as fault:
            yield Unread(steps, fault.reason, fault.detail)


def _text(steps: tuple[str, ...], texts: list[str]) -> Iterator[Record]:
    body = "\n".join(filter(None, texts))
    if body:
        yield Record(steps, "part", [(Role.BODY, body)])


def _links(package: Package, part: str) -> list[tuple[Role, str]]:
    found = links(package, part)
    return [(Role.BODY, "\n".join(found))] if found else []


FORMAT = Format("xlsx", 2, "python-calamine", _extract)
