"""One sheet of an OpenDocument workbook: rows as they are shown, comments, drawings, links, words in formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.formats.office.ooxml import authors, record
from scanner.formats.opendocument.odt_flow import comments_of, lines, rows, said, shape_names
from scanner.formats.registers import Registers, table_records
from scanner.formats.rows import titles
from scanner.formats.xml_safe import Element, attribute, local
from scanner.records import Record, Unread

_CELL = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table-cell"
_FORMULA = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}formula"
_TAGS = ("{*}a", "{*}shapes", "{*}title", "{*}desc")
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_BESIDE = ("{*}forms", "{*}named-expressions", "{*}scenario", "{*}table-source", "{*}conditional-formats")


def sheet_records(table: Element, name: str, registers: Registers | None = None) -> Iterator[Record | Unread]:
    """The sheet's records; `name` is unique in the workbook. Hidden rows and columns are read like the others."""
    step = f"sheet {name}"
    yield Record((), "file", titles([attribute(table, "name")]))
    yield from table_records(registers, (step,), rows(table))
    notes, names = comments_of(table)
    yield from record((step, "part comments"), notes, authors(names))
    links: dict[str, None] = {}
    drawn: list[str] = []
    for one in table.iter(*_TAGS):
        kind = local(one)
        if kind == "a":
            links[attribute(one, "href")] = None
        elif kind == "shapes":
            drawn.extend(lines(one))
        elif kind in ("title", "desc"):
            drawn.append(one.text or "")
    for cell in table.iter(_CELL):
        formula = cell.get(_FORMULA)
        if formula and '"' in formula:  # words that need not be in its result
            links.update(dict.fromkeys(one for one in _LITERAL.findall(formula) if len(one) > 2))
    yield from record((step, "part links"), links)
    yield from record((step, "part drawings"), [*drawn, *dict.fromkeys(shape_names(table))])
    yield from record((step, "part rules"), [said(one) for one in table.iterchildren(*_BESIDE)])
