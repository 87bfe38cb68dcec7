"""OpenDocument (odt, odp, odg, ods and their templates): text, pages, sheets, notes, changes, forms, what is inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.office.ooxml import PROPERTIES, Beside, authors, record
from scanner.formats.office.package import Package
from scanner.formats.opendocument.odp import page_records
from scanner.formats.opendocument.ods import sheet_records
from scanner.formats.opendocument.odt_flow import SHAPES, comments_of, inner_tables, labels_of, lines, rows, said, text
from scanner.formats.registers import Registers
from scanner.formats.rows import row_records
from scanner.formats.streams import Names
from scanner.formats.xml_safe import Element, attribute, drop, local
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread

_OTHERS = (
    "changed-region", "tracked-changes", "user-field-decl", "variable-decl", "dde-connection-decl", "header-decl",
    "footer-decl", "date-time-decl", "section-source", "forms", "content-validations", "named-expressions",
    "database-ranges", "data-pilot-tables", "dde-link", "database", "title", "desc", "event-listener", "annotation",
    "settings",
)  # fmt: skip
_NAMES = ("section", "a", *SHAPES)  # outside of paragraphs
_BLOCKS = ("p", "h", "table", "page", *_OTHERS, *_NAMES)
_HOLDERS = tuple(f"{{*}}{name}" for name in ("p", "h", "table", "page", *_OTHERS) if name != "database")
_CHANGES = ("changed-region", "tracked-changes")
_PERSONS = frozenset({"creator", "initial-creator", "printed-by"})
_DATES = frozenset({"date", "creation-date", "print-date", "editing-cycles", "editing-duration", "generator"})
_SILENT = re.compile(
    r"^(?:mimetype|meta-inf/|thumbnails/|configurations2?/|layout-cache$|manifest\.rdf$|bundle/)"
    r"|(?:^|/)(?:settings\.xml|styles\.xml|meta\.xml|current\.xml)$|^objectreplacements/|/objectreplacements/"
)


class _Document:
    """One content.xml: the package's own, or that of an object in it."""

    def __init__(self, package: Package, folder: str, steps: Steps = (), registers: Registers | None = None) -> None:
        self._package = package
        self._folder = folder
        self._steps = steps
        self._registers = registers
        self._lines: list[str] = []
        self._tables: list[list[tuple[int, list[str]]]] = []
        self._notes: list[str] = []
        self._authors: list[str] = []
        self._changes: list[str] = []
        self._changers: list[str] = []
        self._rules: list[str] = []
        self._pages = 0
        self._names = Names()

    def records(self) -> Iterator[Found]:
        """Sheets and pages as they come, then the text and what is beside it. Raises ReadError at the end."""
        failure: ReadError | None = None
        try:
            yield from self._blocks("content.xml")
        except ReadError as fault:
            failure = fault
        body = "\n".join(filter(None, self._lines))
        if body or not self._steps:
            yield Record(self._steps, "part" if self._steps else "file", [(Role.BODY, body)] if body else [])
        yield from self._table_records(self._steps)
        yield from self._parts()
        yield from self._styles()
        yield from meta(self._package, self._folder, self._steps)
        if failure is not None:
            raise failure

    def _blocks(self, part: str) -> Iterator[Found]:
        for element in self._package.elements(self._folder + part, *_BLOCKS):
            name = local(element)
            if name == "p" and local(element.getparent()) == "table-cell":  # most are
                continue
            if next(element.iterancestors(*_HOLDERS), None) is not None:
                continue
            if name == "page":
                self._pages += 1
                yield from page_records(element, (*self._steps, f"page {self._pages}"))
            elif name == "table" and next(element.iterancestors("{*}spreadsheet"), None) is not None:
                for found in sheet_records(element, self._names.unique(_title(element)), self._registers):
                    yield replace(found, steps=(*self._steps, *found.steps)) if self._steps else found
            elif name in _NAMES:
                self._lines.extend(labels_of(element))
                continue
            else:
                self._block(element, name)
            drop(element)

    def _block(self, element: Element, name: str) -> None:
        if name in ("p", "h", "table"):
            if len(element):
                notes, names = comments_of(element)
                self._notes.extend(notes)
                self._authors.extend(names)
            if name == "table":
                for one in (element, *inner_tables(element)):
                    self._lines.extend(labels_of(one))
                    self._tables.append(list(rows(one)))
            else:
                self._lines.append(text(element))
        elif name == "annotation":
            notes, names = comments_of(element)
            self._notes.extend(notes)
            self._authors.extend(names)
        elif name in _CHANGES:
            self._changes.extend(lines(element))
            self._changers.extend(one.text or "" for one in element.iter("{*}creator"))
        elif name in ("title", "desc"):
            self._lines.append(element.text or "")
        else:
            self._rules.append(said(element))
            if name == "named-expressions":
                self._rules.extend(attribute(one, "name") for one in element)

    def _table_records(self, steps: Steps) -> Iterator[Record]:
        for number, table in enumerate(self._tables, 1):
            yield from row_records((*steps, f"table {number}") if len(self._tables) > 1 else steps, table)
        self._tables = []

    def _parts(self) -> Iterator[Record]:
        yield from record((*self._steps, "part annotations"), self._notes, authors(self._authors))
        yield from record((*self._steps, "part changes"), self._changes, authors(self._changers))
        yield from record((*self._steps, "part rules"), self._rules)
        self._lines, self._notes, self._authors, self._changes, self._changers = [], [], [], [], []
        self._rules = []

    def _styles(self) -> Iterator[Found]:
        """Headers, footers and the masters of pages stand among the styles."""
        if self._folder + "styles.xml" not in self._package:
            return
        steps = (*self._steps, "part header")
        try:
            for _ in self._blocks("styles.xml"):
                pass
        except ReadError as fault:
            yield Unread(steps, fault.reason, fault.detail)
        persons = authors([*self._authors, *self._changers])
        yield from record(steps, [*self._lines, *self._notes, *self._changes, *self._rules], persons)
        yield from self._table_records(steps)


def open_document(package: Package, registers: Registers | None = None) -> Iterator[Found]:
    """The records of an OpenDocument package; `registers` are about its sheets. Raises ReadError."""
    refuse_encrypted(package)
    yield Record((), "file")
    beside = Beside(package, ("header", "annotations", "changes", "rules"))
    failure: ReadError | None = None
    try:
        yield from _Document(package, "", registers=registers).records()
    except ReadError as fault:
        failure = fault
    beside.taken.update(("content.xml", "mimetype"))
    yield from _objects(package, beside)
    beside.taken.update(part for part in package.parts if _SILENT.search(part))
    yield from beside.rest()
    if failure is not None:
        raise failure


def _objects(package: Package, beside: Beside) -> Iterator[Found]:
    """Charts, formulas, sheets and texts inside: folders with a content.xml of their own."""
    for part in package.parts:
        folder, _, name = part.rpartition("/")
        if name != "content.xml" or not folder or part in beside.taken:
            continue
        beside.taken.add(part)
        steps = (beside.numbered(package.name(part).rpartition("/")[0]),)
        try:
            yield from _Document(package, folder + "/", steps).records()
        except ReadError as fault:
            yield Unread(steps, fault.reason, fault.detail)


def refuse_encrypted(package: Package) -> None:
    """Raises ReadError ENCRYPTED where the manifest says so ([ODF 1.3] part 2, 4.4)."""
    if "encrypted-package" in package:
        raise ReadError(GapReason.ENCRYPTED, "OpenDocument")
    if "meta-inf/manifest.xml" in package:
        for _ in package.elements("meta-inf/manifest.xml", "encryption-data"):
            raise ReadError(GapReason.ENCRYPTED, "OpenDocument")


def meta(package: Package, folder: str = "", steps: Steps = ()) -> Iterator[Found]:
    """Title, keywords, authors, and what users add (meta:user-defined, with its name)."""
    if folder + "meta.xml" not in package:
        return
    names: list[str] = []
    texts: list[str] = []
    try:
        for element in package.elements(folder + "meta.xml"):
            value, name = (element.text or "").strip(), local(element)
            if value and name not in _DATES:
                (names if name in _PERSONS else texts).append(value)
            if name in ("user-defined", "template", "auto-reload"):
                texts.append(said(element).removeprefix(value).strip())
    except ReadError as fault:
        yield Unread((*steps, *PROPERTIES), fault.reason, fault.detail)
    yield from record((*steps, *PROPERTIES), texts, authors(names))


def _title(table: Element) -> str:
    return attribute(table, "name")


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with Package(blob, limits) as package:
        yield from open_document(package, blob.registers)


FORMAT = Format(
    "odt",
    3,
    "lxml",
    _extract,
    records="the whole, `row N` (`table N`), `page N`, `sheet NAME`, `part header`, `part annotations`, `part "
    "changes` and others, `attachment N: NAME`",
    entities="table rows, authors of the text, of comments and of changes",
    editable="rows of tables; passages, on decision (odt, ott)",
    limits="settings, names of styles, previews of the whole and of objects",
)
