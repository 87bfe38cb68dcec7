"""Takes rows out of OpenDocument sheets: the row's cells are blanked in content.xml, so that no other row moves.

With the row go its notes and links, the last results of formulas that showed it, and the small picture of the first
sheet. Where a copy stands in a place that cannot be edited soundly, a person decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from scanner.blob import Blob
from scanner.formats.office.package import Package
from scanner.formats.opendocument.odt_flow import rows as reader_rows
from scanner.formats.streams import Names
from scanner.formats.xml_safe import attribute, drop
from scanner.limits import Limits
from scanner.records import ReadError
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.packages import rewrite
from scanner.surgery.tables.ods_same import differences
from scanner.surgery.tables.ods_sheet import HOLDERS, ContentEdit, Sheet, Sheets
from scanner.surgery.tables.sheet_copies import Copies
from scanner.surgery.tables.sheet_markup import changed, tree, visit
from scanner.surgery.tables.sheet_rows import Wanted, origin, wanted
from scanner.surgery.tables.xlsx_beside import check_part, without_children

__all__ = ["EDITOR", "alongside"]

_TYPES = ("application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet-template")
_REFUSED: Final = (
    (re.compile(r"meta-inf/[^/]*signatures?\.xml$"), "the document is signed"),
    (re.compile(r"(?:basic|scripts|dialogs)/"), "the document holds macros"),
    (re.compile(r"encrypted-package$"), "the document is encrypted"),
)
_MARKS: Final = (
    (re.compile(rb"<(?:\w+:)?tracked-changes[\s/>]"), "the document keeps a log of its changes"),
    (re.compile(rb"structure-protected\s*=\s*[\"']true"), "the document is protected"),
    (re.compile(rb"<(?:\w+:)?script[\s/>]"), "the document holds macros"),
)
_CONTENT, _MANIFEST = "content.xml", "meta-inf/manifest.xml"


def _refuses(blob: Blob) -> str | None:
    try:
        with Package(blob, Limits()) as package:
            if "mimetype" not in package or _CONTENT not in package:
                return "this is no plain OpenDocument sheet"
            if package.stream("mimetype").read().decode("ascii", "replace").strip() not in _TYPES:
                return "this is no plain OpenDocument sheet"
            for pattern, reason in _REFUSED:
                if any(pattern.match(part) for part in package.parts):
                    return reason
            if _MANIFEST in package and b"encryption-data" in package.stream(_MANIFEST).read():
                return "the document is encrypted"
            data = package.stream(_CONTENT).read()
            return next((reason for pattern, reason in _MARKS if pattern.search(data)), None)
    except ReadError:
        return "the document is damaged"


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    reason = _refuses(blob)
    if reason is not None:
        raise CannotEdit(reason)
    if not (rows := wanted(edits)):
        return blob.data()
    with Package(blob, limits) as package:
        return _Surgery(package, person).run(blob.data(), rows)


def alongside(blob: Blob, edits: Edits, person: Person, limits: Limits) -> list[str]:
    """What leaves with the records though it is told elsewhere: notes and links. Raises CannotEdit as the edit does."""
    with Package(blob, limits) as package:
        surgery = _Surgery(package, person)
        surgery.run(blob.data(), wanted(edits))
        return surgery.said


@dataclass(slots=True)
class _Surgery:
    package: Package
    person: Person
    said: list[str] = field(default_factory=list)

    def run(self, data: bytes, rows: dict[str, Wanted]) -> bytes:
        """The new document. Raises CannotEdit."""
        content = self.package.stream(_CONTENT).read()
        sheets = Sheets(self._aimed(rows))
        visit(content, HOLDERS, sheets.look)
        sheets.check()
        copies = Copies(self.person, sheets.gone, sheets.common())
        edit = ContentEdit(content, sheets, copies, self.person)
        visit(content, HOLDERS, edit.seen)
        self.said += edit.said
        new: dict[str, bytes | None] = {_CONTENT: changed(content, edit.changes)}
        self._look_through(sheets.touched(), copies)
        self._drop_pictures(new)
        return rewrite(data, {self.package.name(part): done for part, done in new.items()})

    def _aimed(self, rows: dict[str, Wanted]) -> dict[str, Sheet]:
        """The sheets by their step, with the positions (from 0) of the rows as the reader counts them."""
        names = Names()
        sheets: dict[str, Sheet] = {}
        for table in self.package.elements(_CONTENT, "table"):
            above = table.getparent()
            if above is None or not str(above.tag).endswith("}spreadsheet"):
                continue
            name = names.unique(attribute(table, "name"))
            asked = rows.pop(f"sheet {name}", Wanted())
            start = origin(reader_rows(table)) if asked.any else 0
            sheets[name] = Sheet(
                attribute(table, "name"),
                Wanted({start + one for one in asked.remove}, {start + one for one in asked.amend}),
            )
            drop(table)
        if rows:
            raise CannotEdit("the sheet is not there")
        return sheets

    def _look_through(self, gone: dict[str, set[int]], copies: Copies) -> None:
        """All parts that are not edited: the styles with the pages' headers, properties, charts."""
        for part in self.package.parts:
            if part in (_CONTENT, _MANIFEST) or not part.endswith((".xml", ".rdf")):
                continue
            data = self.package.stream(part).read()
            if part.endswith("/content.xml") and b"cell-range-address" in data and _charts(data, gone):
                raise CannotEdit("a chart holds a copy")
            check_part(data, _kind(part), copies)

    def _drop_pictures(self, new: dict[str, bytes | None]) -> None:
        """The small picture of the first sheet shows its rows."""
        pictures = [part for part in self.package.parts if part.startswith("thumbnails/")]
        if pictures and _MANIFEST in self.package:
            names = {self.package.name(part) for part in pictures}
            data = self.package.stream(_MANIFEST).read()
            listed = without_children(data, names, "full-path")
            if listed != data:
                new[_MANIFEST] = listed
        new.update(dict.fromkeys(pictures))


def _charts(data: bytes, gone: dict[str, set[int]]) -> bool:
    from scanner.surgery.tables.ods_cells import touches  # noqa: PLC0415 - few have charts

    return any(
        touches(value, gone)
        for node in tree(data).iter()
        for name, value in node.attributes.items()
        if name.endswith(("cell-range-address", "cell-address"))
    )


def _kind(part: str) -> str:
    if part == "meta.xml":
        return "the document's properties"
    if part == "styles.xml":
        return "the header or footer of the pages"
    return "a chart or another object" if part.startswith("object") else "another part of the document"


EDITOR = Editor(
    _edit,
    differences,
    _refuses,
    records=frozenset({"row"}),
    amends=frozenset({"row"}),
    alongside=alongside,
)
