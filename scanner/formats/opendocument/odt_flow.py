"""Paragraphs and tables of OpenDocument ([ODF 1.3] part 3): spans joined, hidden text and link targets too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.formats.office.ooxml_text import Gathered, gather
from scanner.formats.xml_safe import Element, attribute, local

ANNOTATION = "{*}annotation"
PARAGRAPHS = ("{*}p", "{*}h")
_PLAIN = frozenset({"p", "h"})
_REPEAT = 64  # more cells or rows of the same content in a run add nothing to search
_REPEATED = 2_000_000  # cells of repeated rows in one table
_CELLS = ("{*}table-cell", "{*}covered-table-cell")
_INSIDE = frozenset({"p", "h", "annotation"})  # what holds a paragraph of a cell as its own text, or apart
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_VALUE, _STRING = _OFFICE + "value", _OFFICE + "string-value"
_ROUNDED = re.compile(r"\d[.,]?\d*E\+\d+|#+", re.IGNORECASE)
_DULL = re.compile(r"(?:[^\W\d_]++ ?){0,2}\d{1,3}|_\w+|")  # what programs call things: `Bild1`, `__RefHeading__12`
SHAPES = (
    "frame", "g", "custom-shape", "rect", "ellipse", "circle", "line", "connector", "path", "polygon", "polyline",
    "caption", "measure", "regular-polygon", "page-thumbnail", "control", "scene",
)  # fmt: skip
_LABELS = {
    "a": ("href", "title", "name"),
    "hidden-text": ("string-value",),
    "conditional-text": ("string-value-if-true", "string-value-if-false"),
    "placeholder": ("description",),
    "bookmark": ("name",),
    "bookmark-start": ("name",),
    "label": ("value",),  # of a drop-down field
    "drop-down": ("name", "help", "hint"),
    "text-input": ("description",),
    "variable-input": ("description",),
    "user-field-input": ("description",),
    "variable-set": ("string-value", "formula"),  # which may be hidden
    "user-field-get": ("string-value",),
    "alphabetical-index-mark": ("string-value", "key1", "key2"),
    "alphabetical-index-mark-start": ("key1", "key2"),
    "toc-mark": ("string-value",),
    "user-index-mark": ("string-value", "index-name"),
    "user-index-mark-start": ("index-name",),
    "reference-mark": ("name",),
    "reference-mark-start": ("name",),
    "script": ("href",),
    "event-listener": ("href",),
    "section": ("name",),
    "table": ("name",),
    **dict.fromkeys(SHAPES, ("name",)),
}
_NOTED = "bibliography-mark"  # all of it is attributes ([ODF 1.3] part 3, 7.8)


def text(element: Element) -> str:
    """A paragraph: spans join, tabs and breaks become white space, link targets follow; annotations are left out."""
    if not len(element) and local(element) in _PLAIN:
        return (element.text or "").strip()
    pieces: list[str] = []
    labels: list[str] = []
    _walk(element, pieces, labels)
    return "\n".join(part for part in ("".join(pieces).strip(), *labels) if part)


def _walk(element: Element, pieces: list[str], labels: list[str]) -> None:
    """Recursive: libxml2 lets no document nest deeper than 256."""
    name = local(element)
    if name == "s":
        count = attribute(element, "c")
        pieces.append(" " * (min(int(count), 100) if count.isdecimal() and len(count) < 9 else 1))
    elif name in ("tab", "line-break"):
        pieces.append("\t" if name == "tab" else "\n")
    elif name in _LABELS:
        labels.extend(labels_of(element))
    elif name == _NOTED:
        labels.extend(str(value) for key, value in element.items() if not str(key).endswith("}bibliography-type"))
    pieces.append(element.text or "")
    for child in element:
        inner = local(child)
        if inner == "binary-data":
            continue
        if inner != "annotation":
            _walk(child, pieces, labels)
            if inner in ("p", "h", "title", "desc"):
                pieces.append("\n")
        pieces.append(child.tail or "")


def labels_of(element: Element) -> Iterator[str]:
    """What stands in the attributes of one element that people write; not the names that programs give."""
    for key in _LABELS[local(element)]:
        value = attribute(element, key)
        if key == "formula" and '"' not in value:
            continue
        if value and not (key == "name" and _DULL.fullmatch(value)):
            yield value


def shape_names(element: Element) -> Iterator[str]:
    """Names of shapes below, that stand in no paragraph (of those it is text)."""
    for one in element.iter(*(f"{{*}}{shape}" for shape in SHAPES)):
        if next(one.iterancestors(*PARAGRAPHS), None) is None:
            yield from labels_of(one)


def lines(element: Element) -> list[str]:
    """All paragraphs below, each once, without those of annotations."""
    found = []
    for one in element.iter(*PARAGRAPHS):
        above = next(one.iterancestors(*PARAGRAPHS, ANNOTATION), None)
        if above is None or not _within(above, element):
            found.append(text(one))
    return found


def said(element: Element) -> str:
    """All text below, and what stands in attributes that people write: forms, lists of allowed values, names."""
    found = Gathered()
    gather(element, found)
    return found.text


def comments_of(element: Element) -> tuple[list[str], list[str]]:
    """The comments below, and who wrote them."""
    notes: list[str] = []
    names: list[str] = []
    for note in element.iter(ANNOTATION):
        notes.extend(text(one) for one in note.iter(*PARAGRAPHS))
        names.extend(one.text or "" for one in note.iter("{*}creator"))
    return notes, names


def inner_tables(table: Element) -> list[Element]:
    """The tables in its cells, not those in them: their text is the outer cell's, and rows of their own."""
    return [one for one in table.iter("{*}table") if next(one.iterancestors("{*}table"), None) is table]


def rows(table: Element) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold cells, with their positions from 0; tables in cells are text of the cell."""
    position = 0
    left = _REPEATED
    for row in table.iter("{*}table-row"):
        if row.getparent() is not table and next(row.iterancestors("{*}table"), None) is not table:
            continue
        cells: list[str] = []
        for cell in row.iterchildren(*_CELLS):
            times = min(_repeat(cell, "number-columns-repeated"), _REPEAT) if left > 0 else 1
            cells.extend([_value(cell)] * times)
        count = _repeat(row, "number-rows-repeated")
        if any(cells):
            times = min(count, _REPEAT) if left > 0 else 1
            left -= len(cells) * times if times > 1 else 0
            yield from ((position + number, cells) for number in range(times))
        position += count


def _value(cell: Element) -> str:
    shown = _shown(cell)
    if shown and not (("+" in shown or "#" in shown) and _ROUNDED.search(shown)):
        return shown
    return cell.get(_VALUE) or shown or cell.get(_STRING) or ""


def _shown(cell: Element) -> str:
    count = len(cell)
    if not count:
        return ""
    if count == 1:
        only = cell[0]
        if not len(only) and local(only) in _PLAIN:
            return (only.text or "").strip()
    own = (one for one in cell.iter(*PARAGRAPHS) if _stands_in(one, cell))
    return "\n".join(filter(None, map(text, own)))


def _stands_in(paragraph: Element, cell: Element) -> bool:
    """Whether it is a paragraph of the cell, or of a table in it; not of another paragraph or a comment."""
    for above in paragraph.iterancestors():
        if above is cell:
            return True
        if local(above) in _INSIDE:
            return False
    return False


def _repeat(element: Element, name: str) -> int:
    value = element.get(_TABLE + name)
    if value is None:
        value = "" if str(element.tag).startswith(_TABLE) else attribute(element, name)
    return int(value) if value.isdecimal() and len(value) < 9 else 1


def _within(element: Element, outer: Element) -> bool:
    return element is outer or any(one is outer for one in element.iterancestors())
