"""The cells of a sheet read straight from its XML: of what calamine does not know, or gave up on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.formats.office.package import Package
from scanner.formats.xml_safe import Element, drop, local
from scanner.records import ReadError

_CELLS = 30_000_000  # blank ones before and between used ones, in all
_WIDEST = 16_384  # columns, Excel's own limit
_PLACE = re.compile(r"([A-Z]{1,3})\d*")


def strings(package: Package) -> list[str]:
    """The strings that cells point at. Raises ReadError."""
    part = next((one for one in package.parts if one.endswith("sharedstrings.xml")), None)
    found: list[str] = []
    if part is not None:
        for element in package.elements(part, "si"):
            found.append(_text(element))
            drop(element)
    return found


def phonetics(package: Package, part: str) -> list[str]:
    """How names in the shared strings are said (rPh): Excel keeps that beside what is shown. Raises ReadError."""
    return ["".join(str(t.text or "") for t in one.iter("{*}t")) for one in package.elements(part, "rPh")]


def cell_rows(package: Package, part: str, shared: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Position from 0 and cells of each row; where a cell holds no value its formula. Raises ReadError."""
    position = -1
    left = _CELLS
    for row in package.elements(part, "row"):
        number = row.get("r", "")
        position = int(number) - 1 if number.isdecimal() and len(number) < 8 else position + 1
        cells: list[str] = []
        for cell in row.iterchildren("{*}c"):
            column = _column(cell.get("r", ""), len(cells))
            cells.extend([""] * (column - len(cells)))
            cells.append(_value(cell, shared))
        left -= len(cells)
        if left < 0:
            raise ReadError(GapReason.TOO_LARGE, f"the sheet spans more than {_CELLS} cells")
        drop(row)
        yield position, cells


def _column(place: str, following: int) -> int:
    """The column that a cell says it is in, from 0; the one that follows where that is none, or was passed."""
    match = _PLACE.match(place)
    column = 0
    for letter in match[1] if match else "":
        column = column * 26 + ord(letter) - 64
    return max(following, min(column, _WIDEST) - 1)


def _value(cell: Element, shared: list[str]) -> str:
    found = {local(one): one for one in cell.iterchildren("*")}
    if "is" in found:
        return _text(found["is"])
    value = (found["v"].text or "") if "v" in found else ""
    if cell.get("t") == "s":
        return shared[int(value)] if value.isdecimal() and len(value) < 9 and int(value) < len(shared) else value
    return value or ((found["f"].text or "") if "f" in found else "")


def _text(element: Element) -> str:
    return "".join(str(t.text or "") for t in element.iter("{*}t") if local(t.getparent()) != "rPh")
