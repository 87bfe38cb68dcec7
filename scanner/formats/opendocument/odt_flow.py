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
_CELLS = ("{*}table-cell", "{*}covered-table-cell")
_INSIDE = (*_CELLS, *PARAGRAPHS, ANNOTATION)  # what may stand between a paragraph and its cell
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_VALUE, _STRING = _OFFICE + "value", _OFFICE + "string-value"
_ROUNDED = re.compile(r"\d[.,]?\d*E\+\d+|#+", re.IGNORECASE)
_LABELS = {
    "a": ("href", "title"),
    "hidden-text": ("string-value",),
    "conditional-text": ("string-value-if-true", "string-value-if-false"),
    "placeholder": ("description",),
    "bookmark": ("name",),
    "bookmark-start": ("name",),
    "label": ("value",),  # of a drop-down field
    "event-listener": ("href",),
}


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
        labels.extend(attribute(element, key) for key in _LABELS[name])
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
    shown = _shown(cell)
    if shown and not (("+" in shown or "#" in shown) and _ROUNDED.search(shown)):
        return shown
    return cell.get(_VALUE) or shown or cell.get(_STRING) or ""


def _shown(cell: Element) -> str:
    if len(cell) < 2 and (not len(cell) or (not len(cell[0]) and local(cell[0]) in _PLAIN)):
        return text(cell[0]) if len(cell) else ""
    own = (one for one in cell.iter(*PARAGRAPHS) if next(one.iterancestors(*_INSIDE)) is cell)
    return "\n".join(filter(None, map(text, own)))


def _repeat(element: Element, name: str) -> int:
    value = attribute(element, name)
    return int(value) if value.isdecimal() and len(value) < 9 else 1


def _within(element: Element, outer: Element) -> bool:
    return element is outer or any(one is outer for one in element.iterancestors())
