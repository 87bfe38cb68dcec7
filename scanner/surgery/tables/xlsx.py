"""Takes rows out of workbooks: the row's cells are blanked, so that no other row moves and all formulas hold.

With the row go its notes, links, the strings that only it used, the cached results of formulas that showed it, and its
points in the caches of charts. Where a copy stands in a place that cannot be edited soundly, a person decides. Here is
Excel; `ods` does the same for OpenDocument, which a scan counts as the same format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanner.blob import Blob
from scanner.formats.office.ooxml import main_part
from scanner.formats.office.package import Package
from scanner.formats.office.xlsx_beside import read_workbook
from scanner.formats.office.xlsx_calamine import cells_of, opened_book
from scanner.formats.office.xlsx_scan import Masks, scan_sheet
from scanner.limits import Limits
from scanner.records import ReadError
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.packages import rewrite
from scanner.surgery.tables import ods
from scanner.surgery.tables import xlsx_beside as beside
from scanner.surgery.tables.sheet_copies import Copies
from scanner.surgery.tables.sheet_rows import Wanted, origin, wanted
from scanner.surgery.tables.xlsx_same import differences
from scanner.surgery.tables.xlsx_sheet import Sheet, SheetEdit, look, values, with_full_calculation

__all__ = ["EDITOR", "alongside"]

_SHEET = re.compile(r"xl/(?:worksheets|chartsheets|dialogsheets)/[^/]*\.xml")
_REFUSED: Final = (
    (re.compile(r"_xmlsignatures/|.*\.sigs$"), "the workbook is signed"),
    (re.compile(r".*vbaproject[^/]*\.bin$|xl/(?:macrosheets|intlmacrosheets)/"), "the workbook holds macros"),
    (re.compile(r"xl/revisions/"), "the workbook keeps a log of its changes"),
    (re.compile(r"xl/model/"), "the workbook holds a data model"),
    (re.compile(r"encryptioninfo$|encryptedpackage$"), "the workbook is encrypted"),
    (re.compile(r"xl/workbook\.bin$"), "a binary workbook is not edited"),
    (re.compile(r"mimetype$"), "this is an OpenDocument file"),
)
_KINDS: Final = (
    (re.compile(r"docprops/"), "the workbook's properties"),
    (re.compile(r"xl/pivot|xl/slicer|xl/timeline"), "a pivot cache"),
    (re.compile(r"xl/externallinks/"), "the cache of another workbook"),
    (re.compile(r"xl/charts/"), "a chart"),
    (re.compile(r"xl/drawings/|xl/diagrams/"), "a drawing"),
    (re.compile(r"xl/tables/|xl/querytables/"), "a table"),
    (re.compile(r"xl/workbook"), "a defined name, or another entry of the workbook,"),
)
_SKIPPED = re.compile(r"(?:.*/)?theme/|.*(?:sharedstrings|calcchain)\.xml$|xl/(?:persons|embeddings|media)/")
_LOCK = re.compile(rb"<(?:\w+:)?workbookProtection\s[^<>]*=")  # openpyxl writes an empty one, which protects nothing
_NOTES = ("comments", "threadedcomment")
_MACROS = (b"macroEnabled", b"addin.macro")


def _refuses(blob: Blob) -> str | None:
    if _is_open_document(blob.head(38)):
        return ods.EDITOR.refuses(blob)
    try:
        with Package(blob, Limits()) as package:
            for pattern, reason in _REFUSED:
                if any(pattern.match(part) for part in package.parts):
                    return reason
            main = main_part(package, "xl/workbook.xml")
            if main not in package or main.endswith(".bin") or "[content_types].xml" not in package:
                return "this is no plain workbook"
            if any(word in package.stream("[content_types].xml").read() for word in _MACROS):
                return "the workbook holds macros"
            if _LOCK.search(package.stream(main).read()):
                return "the workbook is protected"
    except ReadError:
        return "the workbook is damaged"
    return None


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    reason = _refuses(blob)
    if reason is not None:
        raise CannotEdit(reason)
    if _is_open_document(blob.head(38)):
        return ods.EDITOR.edit(blob, edits, person, limits)
    if not (rows := wanted(edits)):
        return blob.data()
    with Package(blob, limits) as package:
        return _Surgery(blob, package, person).run(rows)


def _differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    compared = ods.EDITOR.differences if _is_open_document(before[:38]) else differences
    return compared(before, after, edits, person)


def _is_open_document(head: bytes) -> bool:
    """Both makes of sheets are one format to the scan; ODF has its type first ([ODF 1.3] part 2, 3.3)."""
    return head[30:38] == b"mimetype"


def alongside(blob: Blob, edits: Edits, person: Person, limits: Limits) -> list[str]:
    """What leaves with the records though it is told elsewhere: notes, links, validations, points of charts.

    Raises CannotEdit as the edit does.
    """
    if _is_open_document(blob.head(38)):
        return ods.alongside(blob, edits, person, limits)
    with Package(blob, limits) as package:
        surgery = _Surgery(blob, package, person)
        surgery.run(wanted(edits))
        return surgery.said


class _Surgery:
    """One workbook. `said` is what left beside the cells."""

    def __init__(self, blob: Blob, package: Package, person: Person) -> None:
        self.said: list[str] = []
        self._blob = blob
        self._package = package
        self._person = person
        self._main = main_part(package, "xl/workbook.xml")
        self._new: dict[str, bytes | None] = {}
        self._sheets: dict[str, Sheet] = {}  # by part
        self._shared: list[str] = []
        self._strings = ""  # the part with the shared strings, where there is one

    def run(self, rows: dict[str, Wanted]) -> bytes:
        """The new workbook. Raises CannotEdit."""
        self._open()
        self._aim(rows)
        gone = {text for sheet in self._sheets.values() for text in sheet.gone}
        common: set[str] = set()
        for sheet in self._sheets.values():
            common |= look(sheet, self._shared, self._person, gone)
        copies = Copies(self._person, gone, common)
        removed = {sheet.name.lower(): sheet.rows.remove for sheet in self._sheets.values() if sheet.rows.remove}
        for part, sheet in self._sheets.items():
            self._put(part, SheetEdit(sheet, self._shared, copies, self._person, removed).run())
            self._beside(part, sheet)
        self._put_strings(copies)
        touched = {sheet.name.lower(): sheet.rows.remove | sheet.rows.amend for sheet in self._sheets.values()}
        self._caches({name: rows for name, rows in touched.items() if rows}, copies)
        if any(sheet.formulas for sheet in self._sheets.values()):
            self._put(self._main, with_full_calculation(self._data(self._main)))
        self._drop_pictures()
        return rewrite(self._blob.data(), {self._package.name(part): new for part, new in self._new.items()})

    def _data(self, part: str) -> bytes:
        new = self._new.get(part)
        return new if new is not None else self._package.stream(part).read()

    def _put(self, part: str, data: bytes) -> None:
        if data != self._data(part):
            self._new[part] = data

    def _open(self) -> None:
        book, problem = read_workbook(self._package, self._main)
        parts = [part for part in self._package.parts if part.endswith("sharedstrings.xml")]
        if problem is not None or len(parts) > 1 or len(set(book.sheets.values())) != len(book.sheets):
            raise CannotEdit("the workbook is built in a rare way")
        if parts:
            self._strings = parts[0]
            self._shared = beside.strings(self._data(parts[0]))
        for name, part in book.sheets.items():
            self._sheets[part] = Sheet(name, self._data(part))
        for part in self._package.parts:
            if _SHEET.fullmatch(part) and part not in self._sheets:
                self._sheets[part] = Sheet("", self._data(part))

    def _aim(self, rows: dict[str, Wanted]) -> None:
        """Give each sheet the numbers of its rows, as the reader counts them."""
        masks = Masks.read(self._package) if "xl/styles.xml" in self._package else Masks({})
        with opened_book(self._blob) as book:
            for part, sheet in self._sheets.items():
                asked = rows.pop(f"sheet {sheet.name}", None) if sheet.name else None
                if asked is None:
                    continue
                shown = scan_sheet(self._package.stream(part), masks)
                try:
                    start = origin(cells_of(book.get_sheet_by_name(sheet.name), shown.masked))
                except CannotEdit:
                    raise
                except Exception:  # what calamine cannot read, the reader numbers by other means
                    raise CannotEdit("the sheet could not be read") from None
                sheet.rows = Wanted(
                    {start + 1 + number for number in asked.remove}, {start + 1 + number for number in asked.amend}
                )
                values(sheet, self._shared)
        if rows:
            raise CannotEdit("the sheet is not there")

    def _put_strings(self, copies: Copies) -> None:
        if not self._strings:
            return
        used = set().union(*(sheet.used for sheet in self._sheets.values()))
        released = set().union(*(sheet.released for sheet in self._sheets.values()))
        self._put(self._strings, beside.without_strings(self._data(self._strings), used, released, copies))

    def _beside(self, part: str, sheet: Sheet) -> None:
        """Notes, links, tables of one sheet."""
        self.said += sheet.said
        if sheet.links:
            self._unlink(part, sheet.links)
        rows = sheet.rows.remove
        for relation in self._package.relations(part) if rows else ():
            kind = relation.kind.lower()
            if relation.external or relation.target not in self._package:
                continue
            if kind in _NOTES:
                self._put(relation.target, beside.without_comments(self._data(relation.target), rows, self.said))
            elif kind == "vmldrawing":
                self._put(relation.target, beside.without_shapes(self._data(relation.target), rows, self.said))
            elif kind == "table":
                beside.check_table(self._data(relation.target), rows)

    def _unlink(self, part: str, ids: set[str]) -> None:
        rels = _rels(part)
        if rels not in self._package:
            raise CannotEdit("a link leads nowhere")
        self.said += [one.target for one in self._package.relations(part) if one.id in ids]
        self._put(rels, beside.without_children(self._data(rels), ids))

    def _caches(self, gone: dict[str, set[int]], copies: Copies) -> None:
        """Take copies out of charts, and look through all that is not edited."""
        if any(sheet.lost_formulas for sheet in self._sheets.values()):
            for part in [part for part in self._package.parts if part.endswith("calcchain.xml")]:
                self._drop(part)  # an optional index of formulas (18.6.2), which Excel makes anew
        own = self._owned()
        for part in self._package.parts:
            if part in own or _SKIPPED.match(part) or not part.endswith((".xml", ".rels", ".vml")):
                continue
            if part.startswith("xl/charts/chart"):
                self._chart(part, gone)
            elif "pivotcachedefinition" in part and part.endswith(".xml"):
                records = any(one.kind == "pivotCacheRecords" for one in self._package.relations(part))
                beside.check_pivot(self._data(part), records, gone, copies)
            kind = next((words for pattern, words in _KINDS if pattern.match(part)), "another part of the workbook")
            look_through = beside.check_drawing if part.endswith(".vml") else beside.check_part
            look_through(self._data(part), kind, copies)

    def _owned(self) -> set[str]:
        """Sheets, their notes and their links: records of their own, or edited."""
        own = set(self._sheets) | {_rels(part) for part in self._sheets}
        for part in self._sheets:
            own.update(one.target for one in self._package.relations(part) if one.kind.lower() in _NOTES)
        return own

    def _chart(self, part: str, gone: dict[str, set[int]]) -> None:
        data = self._data(part)
        if part.startswith("xl/charts/chartex") and b"pt" in data:
            raise CannotEdit("a chart of a newer kind may hold a copy")
        self._put(part, beside.without_points(data, gone, self.said))

    def _drop_pictures(self) -> None:
        """The small picture of the first sheet shows its rows."""
        if any(sheet.rows.remove or sheet.rows.amend for sheet in self._sheets.values()):
            for part in [part for part in self._package.parts if part.startswith("docprops/thumbnail")]:
                self._drop(part)

    def _drop(self, part: str) -> None:
        """Take a part out, with what points at it."""
        self._new[part] = None
        for rels, owner in self._pointing():
            ids = {one.id for one in self._package.relations(owner) if one.target == part and not one.external}
            if ids:
                self._put(rels, beside.without_children(self._data(rels), ids))
        types = "[content_types].xml"
        name = self._package.name(part)
        names = {f"/{name}", f"/{part}"}
        self._put(types, beside.without_children(self._data(types), names, "PartName"))

    def _pointing(self) -> Iterator[tuple[str, str]]:
        for owner in ("", self._main):
            if _rels(owner) in self._package:
                yield _rels(owner), owner


def _rels(part: str) -> str:
    folder, slash, name = part.rpartition("/")
    return f"{folder}{slash}_rels/{name}.rels"


EDITOR = Editor(
    _edit,
    _differences,
    _refuses,
    records=frozenset({"row"}),
    amends=frozenset({"row"}),
    alongside=alongside,
)
