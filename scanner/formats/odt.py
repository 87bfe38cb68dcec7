"""OpenDocument text (odt, ott): paragraphs, tables row by row, annotations, headers, properties."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.ooxml import PROPERTIES, authors, member
from scanner.formats.package import Package
from scanner.formats.rows import row_records
from scanner.formats.xml_safe import Element, attribute, drop, local
from scanner.limits import Limits
from scanner.records import Entity, ReadError, Record, Role, Unread

_BLOCKS = ("p", "h", "table")
_PERSONS = frozenset({"creator", "initial-creator", "printed-by"})
_DATES = frozenset({"date", "creation-date", "print-date", "editing-cycles", "editing-duration", "generator"})
_PLAIN = frozenset({"p", "h"})
_ANNOTATION = "{*}annotation"
_REPEAT = 64  # more cells or rows of the same content in a run add nothing to search
_CELLS = ("{*}table-cell", "{*}covered-table-cell")
_INSIDE = (*_CELLS, "{*}p", "{*}h", _ANNOTATION)  # what may stand between a paragraph and its cell


class _Flow:
    """Text and tables of content.xml or styles.xml, with the annotations apart."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tables: list[list[tuple[int, list[str]]]] = []
        self.notes: list[str] = []
        self.authors: list[str] = []

    def read(self, package: Package, part: str) -> None:
        """Add a part's blocks."""
        for element in package.elements(part, *_BLOCKS, "creator"):
            name = local(element)
            if name == "creator":
                self.authors.append(element.text or "")
            elif next(element.iterancestors("{*}p", "{*}h", "{*}table", _ANNOTATION), None) is None:
                self._block(element, name)
                drop(element)

    def _block(self, element: Element, name: str) -> None:
        for note in list(element.iter(_ANNOTATION)) if len(element) else ():
            self.notes.extend(text(one) for one in note.iter("{*}p"))
        if name == "table":
            self.tables.append(list(rows(element)))
        else:
            self.lines.append(text(element))


def text(element: Element) -> str:
    """A paragraph: spans join, tabs and breaks become white space, link targets follow; annotations are left out."""
    if not len(element) and local(element) in _PLAIN:
        return (element.text or "").strip()
    pieces: list[str] = []
    targets: list[str] = []
    _walk(element, pieces, targets)
    return "\n".join(part for part in ("".join(pieces).strip(), *targets) if part)


def _walk(element: Element, pieces: list[str], targets: list[str]) -> None:
    name = local(element)
    if name == "s":
        count = attribute(element, "c")
        pieces.append(" " * (min(int(count), 100) if count.isdecimal() else 1))
    elif name in ("tab", "line-break"):
        pieces.append("\t" if name == "tab" else "\n")
    elif name == "a":
        targets.append(attribute(element, "href"))
    pieces.append(element.text or "")
    for child in element:
        if local(child) != "annotation":
            _walk(child, pieces, targets)
            if local(child) in ("p", "h"):
                pieces.append("\n")
        pieces.append(child.tail or "")


def rows(table: Element) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold cells, with their positions from 0; tables in cells are text of the cell."""
    position = 0
    for row in table.iter("{*}table-row"):
        if next(row.iterancestors("{*}table"), None) is not table:
            continue
        cells: list[str] = []
        for cell in row.iterchildren(*_CELLS):
            cells.extend([_value(cell)] * min(_repeat(cell, "number-columns-repeated"), _REPEAT))
        count = _repeat(row, "number-rows-repeated")
        if any(cells):
            yield from ((position + number, cells) for number in range(min(count, _REPEAT)))
        position += count


def _value(cell: Element) -> str:
    if len(cell) < 2 and (not len(cell) or (not len(cell[0]) and local(cell[0]) in _PLAIN)):
        return text(cell[0]) if len(cell) else ""
    lines = (one for one in cell.iter("{*}p", "{*}h") if next(one.iterancestors(*_INSIDE)) is cell)
    return "\n".join(filter(None, map(text, lines)))


def _repeat(element: Element, name: str) -> int:
    value = attribute(element, name)
    return int(value) if value.isdecimal() and len(value) < 9 else 1


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with Package(blob, limits) as package:
        refuse_encrypted(package)
        failure: ReadError | None = None
        body = _Flow()
        try:
            body.read(package, "content.xml")
        except ReadError as fault:
            failure = fault
        yield Record((), "file", [(Role.BODY, "\n".join(filter(None, body.lines)))])
        yield from _tables((), body)
        yield from part("annotations", body.notes, body.authors)
        yield from _styles(package)
        yield from meta(package)
        yield from _embedded(package)
        if failure is not None:
            raise failure
        pictures = any(one.startswith("pictures/") for one in package.parts)
        if pictures and not body.tables and not any(line.strip() for line in body.lines):
            yield Unread((), GapReason.NEEDS_OCR, "pictures without text")


def refuse_encrypted(package: Package) -> None:
    """Raises ReadError ENCRYPTED where the manifest says so."""
    if "encrypted-package" in package:
        raise ReadError(GapReason.ENCRYPTED, "OpenDocument")
    if "meta-inf/manifest.xml" in package:
        for _ in package.elements("meta-inf/manifest.xml", "encryption-data"):
            raise ReadError(GapReason.ENCRYPTED, "OpenDocument")


def _tables(steps: tuple[str, ...], flow: _Flow) -> Iterator[Record]:
    for number, table in enumerate(flow.tables, 1):
        yield from row_records((*steps, f"table {number}") if len(flow.tables) > 1 else steps, table)


def part(word: str, lines: list[str], names: list[str]) -> Iterator[Record]:
    """A record of a part, where it holds anything."""
    persons: list[Entity] = authors(names)
    body = "\n".join(filter(None, lines))
    if body or persons:
        yield Record((f"part {word}",), "part", [(Role.BODY, body)] if body else [], persons)


def _styles(package: Package) -> Iterator[Found]:
    """Headers and footers stand among the styles."""
    if "styles.xml" not in package:
        return
    flow = _Flow()
    try:
        flow.read(package, "styles.xml")
    except ReadError as fault:
        yield Unread(("part header",), fault.reason, fault.detail)
    yield from part("header", flow.lines + flow.notes, flow.authors)
    yield from _tables(("part header",), flow)


def meta(package: Package) -> Iterator[Found]:
    """Title, keywords and authors."""
    if "meta.xml" not in package:
        return
    names: list[str] = []
    texts: list[str] = []
    try:
        for element in package.elements("meta.xml"):
            value, name = (element.text or "").strip(), local(element)
            if value and name not in _DATES:
                (names if name in _PERSONS else texts).append(value)
    except ReadError as fault:
        yield Unread(PROPERTIES, fault.reason, fault.detail)
    yield from part("properties", texts, names)


def _embedded(package: Package) -> Iterator[Found]:
    """Objects inside: an OLE file, or the content of a nested OpenDocument."""
    for one in package.parts:
        folder, _, name = one.rpartition("/")
        whole = one.startswith("object") and not folder and not one.endswith(".xml")
        if whole or (folder and name == "content.xml"):
            yield member(package, one)


FORMAT = Format("odt", 1, "lxml", _extract)
