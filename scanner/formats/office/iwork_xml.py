"""The XML of iWork '09 and older (index.xml, index.apxl): paragraphs in order, tables, links, authors."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.formats.xml_safe import Element, attribute, local

_TELLING = frozenset({"href", "displayname", "workspace-name", "comment", "title"})
_NAMED = frozenset({"tabular-model", "workspace", "data"})  # names of others are those of styles
_CELLS = frozenset({"s", "v", "cell-date", "string"})
_LETTERS = re.compile(r"[^\W\d_]{2}|\d{6}|@")
_SILENT = frozenset({"fontName", "language"})


class Contents:
    """What one document holds."""

    def __init__(self, root: Element) -> None:
        self.lines: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.properties: list[str] = []
        self.authors: dict[str, None] = {}
        skipped: set[Element] = set()
        for element in root.iter():
            if element in skipped:
                skipped.update(element)
                continue
            name = local(element)
            if name in ("metadata", "authors", "author"):
                self._metadata(element)
                skipped.update(element)
            elif name == "datasource":
                self._table(element)
                skipped.update(element)
            elif name == "p":
                self._paragraph(element)
            else:
                self._other(element)

    @property
    def text(self) -> str:
        """Everything but tables and properties."""
        return "\n".join(line for line in self.lines if line)

    def _paragraph(self, element: Element) -> None:
        self._attributes(element)
        self.lines.append("".join(_run(element)).strip())
        if element.tail and next(element.iterancestors("{*}p"), None) is None:
            self.lines.append(element.tail.strip())

    def _other(self, element: Element) -> None:
        self._attributes(element)
        if next(element.iterancestors("{*}p"), None) is None and local(element) not in _SILENT:
            self.lines.extend(text.strip() for text in (element.text, element.tail) if text and not text.isspace())

    def _attributes(self, element: Element) -> None:
        for key, value in element.items():
            name = str(key).rpartition("}")[2]
            if "author" in name and _LETTERS.search(str(value)):
                self.authors[str(value)] = None
            elif (name in _TELLING or (name == "name" and local(element) in _NAMED)) and _LETTERS.search(str(value)):
                self.lines.append(str(value))

    def _metadata(self, element: Element) -> None:
        for one in element.iter():
            values = [str(value).strip() for key, value in one.items() if str(key).endswith("}string")]
            values.extend(text.strip() for text in (one.text, one.tail) if text and not text.isspace())
            written = next((up for up in (one, *one.iterancestors()) if local(up) in ("authors", "author")), None)
            for value in values:
                if written is not None:
                    self.authors[value] = None
                elif value:
                    self.properties.append(value)

    def _table(self, source: Element) -> None:
        """Cells come row by row; where their number does not fit the grid they are lines."""
        cells = [_cell(child) for child in source]
        grid = source.getparent()
        width = attribute(grid, "numcols") if grid is not None else ""
        columns = int(width) if width.isdecimal() and len(width) < 6 else 0
        if columns and len(cells) % columns == 0:
            self.tables.append([cells[start : start + columns] for start in range(0, len(cells), columns)])
        else:
            self.lines.extend(cells)


def _run(element: Element) -> Iterator[str]:
    """A paragraph's text, without that of paragraphs in it: notes and boxes have their own."""
    yield element.text or ""
    for child in element.iterdescendants():
        name = local(child)
        inside = next(child.iterancestors("{*}p"), None) is element
        if inside and name != "p":
            yield {"br": "\n", "lnbr": "\n", "crbr": "\n", "tab": "\t"}.get(name, "") + (child.text or "")
        if next(child.iterancestors("{*}p"), None) is element:
            yield child.tail or ""


def _cell(cell: Element) -> str:
    found: list[str] = []
    for one in cell.iter():
        found.extend(str(value) for key, value in one.items() if str(key).rpartition("}")[2] in _CELLS)
        if one.text and not one.text.isspace():
            found.append(one.text)
    return " ".join(dict.fromkeys(found)).strip()
