"""Excel 2003 XML (SpreadsheetML): sheets row by row, comments, links, lists, headers of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.formats.base import Found
from scanner.formats.office.officexml_word import document_properties
from scanner.formats.office.ooxml import authors, record
from scanner.formats.office.ooxml_text import Gathered, gather
from scanner.formats.office.xlsx_calamine import rendered
from scanner.formats.rows import row_records, titles
from scanner.formats.streams import Names
from scanner.formats.xml_safe import Element, attribute, local
from scanner.records import Record

_MIDNIGHT = re.compile(r"T00:00:00(?:\.0+)?$")
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_WIDEST = 16_384  # columns, Excel's own limit
_CODES = re.compile(r"&[LCR]|&\"[^\"]*\"|&\d+|&[A-Z]")


def workbook(root: Element, blob: Blob) -> Iterator[Found]:
    """The records of an ss:Workbook."""
    del blob
    names = Names()
    defined = [attribute(one, "Name") for one in root.iter("{*}NamedRange")]
    yield Record((), "file", titles(defined))
    for sheet in root.iterchildren("{*}Worksheet"):
        title = attribute(sheet, "Name")
        yield Record((), "file", titles([title]))
        yield from _sheet(sheet, f"sheet {names.unique(title)}")
    yield from document_properties(root)


def _sheet(sheet: Element, step: str) -> Iterator[Record]:
    for table in sheet.iterchildren("{*}Table"):
        yield from row_records((step,), _rows(table))
    comments = list(sheet.iter("{*}Comment"))
    texts = ["".join(str(text) for text in one.itertext()).strip() for one in comments]
    yield from record((step, "part comments"), texts, authors(attribute(one, "Author") for one in comments))
    links: dict[str, None] = {}
    for cell in sheet.iter("{*}Cell"):
        links.update(dict.fromkeys(_links(cell)))
    yield from record((step, "part links"), links)
    headers = [_CODES.sub("\n", attribute(one, "Data")).strip() for one in sheet.iter("{*}Header", "{*}Footer")]
    yield from record((step, "part header"), headers)
    said = Gathered()
    for element in sheet.iterchildren("*"):
        if local(element) != "Table":
            gather(element, said)
    yield from record((step, "part rules"), [said.text], said.entities)


def _rows(table: Element) -> Iterator[tuple[int, list[str]]]:
    position = -1
    for row in table.iterchildren("{*}Row"):
        position = _index(row, position + 2) - 1
        cells: list[str] = []
        for cell in row.iterchildren("{*}Cell"):
            column = min(_index(cell, len(cells) + 1), _WIDEST) - 1
            cells.extend([""] * (column - len(cells)))
            cells.append(_value(cell))
            merged = attribute(cell, "MergeAcross")
            if merged.isdecimal() and len(merged) < 6:
                cells.extend([""] * min(int(merged), _WIDEST - len(cells)))
        yield position, cells


def _index(element: Element, following: int) -> int:
    """ss:Index, from 1, where it goes on; else what follows."""
    value = attribute(element, "Index")
    return max(following, int(value)) if value.isdecimal() and len(value) < 8 else following


def _value(cell: Element) -> str:
    data = next(cell.iterchildren("{*}Data"), None)
    if data is None:
        return ""
    text = "".join(str(piece) for piece in data.itertext())
    kind = attribute(data, "Type")
    if kind == "Number":
        try:
            return rendered(float(text))
        except (ValueError, OverflowError):
            return text
    return _MIDNIGHT.sub("", text).replace("T", " ") if kind == "DateTime" else text


def _links(cell: Element) -> Iterator[str]:
    yield attribute(cell, "HRef")
    yield attribute(cell, "HRefScreenTip")
    yield from (one for one in _LITERAL.findall(attribute(cell, "Formula")) if len(one) > 2)
