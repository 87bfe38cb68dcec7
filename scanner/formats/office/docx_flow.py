"""Text and tables of WordprocessingML, in reading order: paragraphs with their runs joined, tables row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from scanner.formats.office.package import Package
from scanner.formats.rows import row_records
from scanner.formats.xml_safe import Element, attribute, drop, local
from scanner.records import Record, Steps

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t", "p": "\n"}
_FIELDS = frozenset({"instrText", "delInstrText"})
_BLOCKS = frozenset({"p", "tbl"})
_CHANGES = ("{*}ins", "{*}del", "{*}rPrChange", "{*}pPrChange", "{*}moveFrom", "{*}moveTo", "{*}annotation")
_LABELS = {
    "docPr": ("descr", "title", "name"),  # pictures and shapes
    "cNvPr": ("descr", "title", "name"),
    "shape": ("alt", "title"),  # the same in VML
    "imagedata": ("title",),
    "textpath": ("string",),
    "fldSimple": ("instr",),
    "hyperlink": ("tooltip",),
    "hlink": ("dest", "screenTip"),  # Word 2003 XML
    "bookmarkStart": ("name",),
    "alias": ("val",),  # content controls and form fields
    "tag": ("val",),
    "listItem": ("displayText", "value"),
    "listEntry": ("val",),
    "default": ("val",),
    "helpText": ("val",),
    "statusText": ("val",),
    "attr": ("val",),  # smart tags and custom XML
    "hlinkClick": ("tooltip",),
    "hlinkHover": ("tooltip",),
    "tblCaption": ("val",),
    "tblDescription": ("val",),
    "name": ("val",),  # form fields and building blocks
    "description": ("val",),
    "control": ("name",),
}
_OF_TABLE = ("{*}tblCaption", "{*}tblDescription")
_SYMBOLS = re.compile(r"wingdings|webdings|dingbats|marlett|symbol", re.IGNORECASE)  # fonts without letters
_DULL = re.compile(r"(?:[^\W\d_]+ ){1,2}\d+|_\w+|\d+|")  # names that Word gives: `Picture 1`, `_Toc123`
_READ = tuple(f"{{*}}{name}" for name in sorted({"t", "delText", "sym", *_BREAKS, *_FIELDS, *_LABELS}))
_FALLBACK, _CHOICE = "{*}Fallback", "{*}Choice"
_CHOICES = 16  # of one text box: Word writes one
_LABELLED = tuple(sorted(_LABELS))

Rows = list[tuple[int, list[str]]]


class Flow:
    """Text and tables of one part, in reading order; table text stands in the tables only."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tables: list[Rows] = []
        self.authors: dict[str, None] = {}
        self._read = _READ

    def read(self, package: Package, part: str) -> None:
        """Add a part's paragraphs and rows. Raises ReadError, with what came before added."""
        root = package.tree(part)
        if root is not None:
            self.tree(root)
            return
        self._read = _READ
        for element in package.elements(part, "p", "tbl", "comment", *_LABELLED):
            name = local(element)
            if name == "comment":
                self._author(element)
            elif next(element.iterancestors("{*}p", "{*}tbl"), None) is None:
                if name in _BLOCKS:
                    _prune(element)
                    self._block(element, name)
                    drop(element)
                else:
                    self._label(element, name)

    def tree(self, root: Element) -> None:
        """All of a part that is held whole. Containers (body, comment, content controls) are gone into, blocks read."""
        _prune(root)
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
                continue
            if name in _LABELS:
                self._label(element, name)
            ways.append(element.iterchildren("*"))
            inside.append(element if name in ("comment", "annotation") else None)

    def records(self, steps: Steps) -> Iterator[Record]:
        """The rows of the tables, at `table N` where there are several."""
        for number, rows in enumerate(self.tables, 1):
            yield from row_records((*steps, f"table {number}") if len(self.tables) > 1 else steps, rows)

    def _label(self, element: Element, name: str) -> None:
        self.lines.extend(value for value in _labels(element, name) if value)

    def _block(self, element: Element, name: str, *, changed: bool = True) -> None:
        if changed:
            for one in element.iter(*_CHANGES):
                self._author(one)
        if name == "p":
            self.lines.append(paragraph(element, self._read))
        else:
            self.tables.append(list(enumerate(table(element, self._read))))
            for one in element.iter(*_OF_TABLE):
                self._label(one, local(one))

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
        elif name == "sym":
            now.append(_symbol(node))
        elif name in _FIELDS:
            more.append(node.text or "")
        elif name == "delText":
            changed = True
        elif name in _LABELS:
            more.extend(("\n", *_labels(node, name)))
    parts = ["".join(now).strip(), _before(element) if changed else "", "".join(more).strip()]
    return "\n".join(part for part in parts if part)


def _labels(element: Element, name: str) -> Iterator[str]:
    for key in _LABELS[name]:
        value = attribute(element, key)
        if value and not (key == "name" and _DULL.fullmatch(value)):
            yield value + "\n" if len(_LABELS[name]) > 1 else value


def _symbol(node: Element) -> str:
    """A character by its number in a font (ECMA-376 part 1, 17.3.3.30): at F000 and up the font's own 256."""
    code = attribute(node, "char")
    number = int(code, 16) if re.fullmatch("[0-9A-Fa-f]{1,4}", code) else 32
    number -= 0xF000 if 0xF020 <= number <= 0xF0FF else 0
    return " " if number < 32 or 0xD800 <= number < 0xF900 or _SYMBOLS.search(attribute(node, "font")) else chr(number)


def _before(element: Element) -> str:
    found = []
    for node in element.iter():
        name = local(node)
        if name == "delText" or (name == "t" and not _is_new(node)):
            found.append(node.text or "")
        elif name in _BREAKS:
            found.append(_BREAKS[name])
        elif name == "sym":
            found.append(_symbol(node))
    return "".join(found).strip()


def _is_new(node: Element) -> bool:
    """Whether text was put in as a tracked change (of Word 2003's kind, too)."""
    changes = node.iterancestors("{*}ins", "{*}moveTo", "{*}annotation")
    return any(local(one) != "annotation" or attribute(one, "type") == "Word.Insertion" for one in changes)


def _prune(root: Element) -> None:
    """Word writes a text box twice (ECMA-376 part 3, 10.2): what old programs are shown goes where it says the same."""
    if next(root.iter(_FALLBACK), None) is None:
        return
    for fallback in reversed(list(root.iter(_FALLBACK))):
        parent = fallback.getparent()
        if parent is None:
            continue
        said = _says(fallback)
        if any(_says(one) == said for one in islice(parent.iterchildren(_CHOICE), _CHOICES)):
            parent.remove(fallback)


def _says(element: Element) -> str:
    return "".join([node.text or "" for node in element.iter("{*}t", "{*}delText")])


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
