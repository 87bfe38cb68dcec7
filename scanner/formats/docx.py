"""Word files (docx, docm, dotx): text, tables row by row, headers, notes, comments, changes, properties."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found
from scanner.formats.ooxml import author_fact, embedded, links, part_text, properties
from scanner.formats.package import Package
from scanner.formats.rows import row_records
from scanner.formats.xml_safe import Element, attribute, drop, local
from scanner.limits import Limits
from scanner.records import Entity, ReadError, Record, Role, Unread

_PART = re.compile(r"/(header|footer|footnotes|endnotes|comments|people|document)[a-z]*\d*\.xml$")
_SILENT = re.compile(r"/(styles\w*|fonttable|numbering|websettings|settings|theme\d*|itemprops\d*)\.xml$")
_FLOW = ("header", "footer", "footnotes", "endnotes", "comments", "glossary")
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t", "p": "\n"}
_TEXTS = frozenset({"t", "delText"})
_FIELDS = frozenset({"instrText", "delInstrText"})
_BLOCKS = frozenset({"p", "tbl"})
_CHANGES = ("{*}ins", "{*}del", "{*}rPrChange", "{*}pPrChange", "{*}moveFrom", "{*}moveTo")
_PICTURES = frozenset({"docPr", "fldSimple", "cNvPr"})
_READ = tuple(f"{{*}}{name}" for name in sorted({"t", "delText", *_BREAKS, *_FIELDS, *_PICTURES}))

Rows = list[tuple[int, list[str]]]


class _Flow:
    """Text and tables of one part, in reading order; table text stands in the tables only."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tables: list[Rows] = []
        self.authors: dict[str, None] = {}
        self._read = _READ

    def read(self, package: Package, part: str) -> None:
        """Add a part's paragraphs and rows."""
        root = package.tree(part)
        if root is not None:
            self._tree(root)
            return
        self._read = _READ
        for element in package.elements(part, "p", "tbl", "comment"):
            name = local(element)
            if name == "comment":
                self._author(element)
            elif next(element.iterancestors("{*}p", "{*}tbl"), None) is None:
                self._block(element, name)
                drop(element)

    def _tree(self, root: Element) -> None:
        """All of a part that is held whole. Containers (body, comment, content controls) are gone into, blocks read."""
        changed = next(root.iter(*_CHANGES), None) is not None
        self._read = tuple({str(node.tag) for node in root.iter(*_READ)})  # few tags are looked for far faster than all
        if local(root) in _BLOCKS:
            self._block(root, local(root), changed=changed)
            return
        ways = [root.iterchildren("*")]
        inside: list[Element | None] = [None]  # the comment that is read: its author comes after those in it
        while ways:
            element = next(ways[-1], None)
            if element is None:
                ways.pop()
                comment = inside.pop()
                if comment is not None:
                    self._author(comment)
                continue
            name = local(element)
            if name in _BLOCKS:
                self._block(element, name, changed=changed)
            else:
                ways.append(element.iterchildren("*"))
                inside.append(element if name == "comment" else None)

    def _block(self, element: Element, name: str, *, changed: bool = True) -> None:
        if changed:
            for one in element.iter(*_CHANGES):
                self._author(one)
        if name == "p":
            self.lines.append(paragraph(element, self._read))
        else:
            self.tables.append(list(enumerate(table(element, self._read))))

    def _author(self, element: Element) -> None:
        name = attribute(element, "author").strip()
        if name:
            self.authors[name] = None

    @property
    def text(self) -> str:
        """The paragraphs as lines."""
        return "\n".join(line for line in self.lines if line)


def paragraph(element: Element, read: tuple[str, ...] = _READ) -> str:
    """A paragraph as read now; below it the text before tracked changes, fields (mailto: links) and picture texts.

    `read` are the tags to look for, where it is known which occur.
    """
    now: list[str] = []
    more: list[str] = []
    changed = False
    for node in element.iter(*read):
        name = local(node)
        if name == "t":
            now.append(node.text or "")
        elif name in _BREAKS:
            now.append(_BREAKS[name])
        elif name in _FIELDS:
            more.append(node.text or "")
        elif name == "delText":
            changed = True
        elif name in _PICTURES:
            more.extend(("\n", attribute(node, "descr"), "\n", attribute(node, "title"), attribute(node, "instr")))
    parts = ["".join(now).strip(), _before(element) if changed else "", "".join(more).strip()]
    return "\n".join(part for part in parts if part)


def _before(element: Element) -> str:
    found = []
    for node in element.iter():
        name = local(node)
        if name == "delText" or (name == "t" and next(node.iterancestors("{*}ins", "{*}moveTo"), None) is None):
            found.append(node.text or "")
        elif name in _BREAKS:
            found.append(_BREAKS[name])
    return "".join(found).strip()


def table(element: Element, read: tuple[str, ...] = _READ) -> Iterator[list[str]]:
    """The rows' cells; a cell over several columns is followed by empty ones. Tables in cells are text of the cell."""
    for row in element.iter("{*}tr"):
        if next(row.iterancestors("{*}tbl"), None) is not element:
            continue
        cells = [""] * _span(row, "gridBefore")
        for cell in row.iter("{*}tc"):
            if next(cell.iterancestors("{*}tr"), None) is row:
                cells.append(_cell(cell, read))
                cells.extend([""] * (_span(cell, "gridSpan") - 1))
        yield cells


def _cell(cell: Element, read: tuple[str, ...]) -> str:
    paragraphs = (one for one in cell.iter("{*}p") if next(one.iterancestors("{*}p", "{*}tc"), None) is not None)
    own = (one for one in paragraphs if local(next(one.iterancestors("{*}p", "{*}tc"))) == "tc")
    return "\n".join(text for text in (paragraph(one, read) for one in own) if text)


def _span(element: Element, name: str) -> int:
    found = next(element.iterchildren(f"{{*}}{'tcPr' if name == 'gridSpan' else 'trPr'}"), None)
    value = "" if found is None else "".join(attribute(one, "val") for one in found.iterchildren(f"{{*}}{name}"))
    return min(int(value), 63) if value.isdecimal() else 0  # Word allows 63 columns


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with Package(blob, limits) as package:
        main = _main(package)
        body = _Flow()
        failure: ReadError | None = None
        try:
            body.read(package, main)
        except ReadError as fault:
            failure = fault
        yield from _body(package, main, body)
        yield from _others(package, main, body)
        record = properties(package, list(body.authors))
        if record is not None:
            yield record
        yield from embedded(package, main.rpartition("/")[0] + "/")
        if failure is not None:
            raise failure
        if not body.text.strip() and not body.tables and any("/media/" in part for part in package.parts):
            yield Unread((), GapReason.NEEDS_OCR, "pictures without text")


def _main(package: Package) -> str:
    for relation in package.relations(""):
        if relation.kind == "officeDocument" and relation.target in package:
            return relation.target
    return "word/document.xml"


def _body(package: Package, main: str, body: _Flow) -> Iterator[Record]:
    texts = [text for text in (body.text, *links(package, main)) if text]
    yield Record((), "file", [(Role.BODY, "\n".join(texts))] if texts else [])
    yield from _tables((), body)


def _tables(steps: tuple[str, ...], flow: _Flow) -> Iterator[Record]:
    for number, rows in enumerate(flow.tables, 1):
        yield from row_records((*steps, f"table {number}") if len(flow.tables) > 1 else steps, rows)


def _others(package: Package, main: str, body: _Flow) -> Iterator[Found]:
    """Headers, notes, comments and the like: one record for each kind of part."""
    folder = main.rpartition("/")[0] + "/"
    flows: dict[str, _Flow] = {}
    for part in package.parts:
        if part == main or not part.endswith(".xml") or not part.startswith((folder, "customxml/")):
            continue
        if "/_rels/" in part or _SILENT.search(part):
            continue
        word = _word(part)
        flow = flows.setdefault(word, _Flow())
        try:
            if word in _FLOW:
                flow.read(package, part)
            else:
                flow.lines.append(part_text(package, part))
            flow.lines.extend(links(package, part))
        except ReadError as fault:
            yield Unread((f"part {word}",), fault.reason, fault.detail)
    for word, flow in flows.items():
        body.authors.update(flow.authors)
        persons = [Entity(Role.AUTHOR, [author_fact(name)]) for name in flow.authors]
        if flow.text.strip() or persons:
            yield Record((f"part {word}",), "part", [(Role.BODY, flow.text)] if flow.text else [], persons)
        yield from _tables((f"part {word}",), flow)


def _word(part: str) -> str:
    if "/glossary/" in part:
        return "glossary" if part.endswith("/document.xml") else part.rpartition("/")[2]
    found = _PART.search(part)
    return found[1] if found and found[1] != "document" else part.rpartition("/")[2]


FORMAT = Format("docx", 1, "lxml", _extract)
