"""Cells of a worksheet (ECMA-376 part 1, 18.3.1): values, what formulas point at, and how one is blanked or masked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.surgery.base import CannotEdit
from scanner.surgery.tables.sheet_markup import Change, Node, escaped, has_blank_around, opening, prefix

_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_LITERAL = re.compile(r'"[^"]*"')
_POINTER = re.compile(
    r"""(?<![\w:$.!\]'])(?:('(?:[^']|'')+'|[^\W\d][\w.]*)!)?\$?[A-Z]{1,3}(\$?)(\d{1,7})"""
    r"""(?::\$?[A-Z]{1,3}(\$?)(\d{1,7}))?(?![\w(!:.])"""
)
_VALUE = frozenset({"t", "vm"})


@dataclass(frozen=True, slots=True)
class Master:
    """The formula that others of its group (`si`) take over, shifted (18.3.1.40)."""

    text: str
    row: int


def row_of(place: str) -> int:
    """The row in `B5`, from 1. Raises CannotEdit where there is none."""
    match = _PLACE.fullmatch(place)
    if match is None:
        raise CannotEdit("a place in the sheet is written in a rare way")
    return int(match[2])


def rows_of(area: str) -> tuple[int, int]:
    """The first and last row of `B5` or `B5:C9`."""
    first, _, last = area.partition(":")
    low, high = sorted((row_of(first), row_of(last or first)))
    return low, high


def cells_of(row: Node) -> list[Node]:
    """The row's cells, each sure to lie in it. Raises CannotEdit."""
    number = row.get("r")
    if not number.isdecimal():
        raise CannotEdit("the rows of the sheet have no numbers")
    for cell in row.children:
        if cell.name == "c" and ("r" not in cell.attributes or row_of(cell.get("r")) != int(number)):
            raise CannotEdit("the cells of the sheet do not say where they are")
    return [cell for cell in row.children if cell.name == "c"]


def index(cell: Node) -> int | None:
    """The number of the shared string that the cell shows."""
    value = cell.child("v")
    if cell.get("t") != "s" or value is None or not value.text.strip().isdecimal():
        return None
    return int(value.text)


def value(cell: Node, shared: list[str]) -> str:
    """What the cell shows, with numbers as they stand in the file."""
    number = index(cell)
    if number is not None:
        return shared[number] if number < len(shared) else ""
    inline = cell.child("is")
    if inline is not None:
        return string(inline)
    found = cell.child("v")
    return found.text if found is not None else ""


def string(item: Node) -> str:
    """The text of a string (18.4.8), without how it is said (rPh)."""
    said = {id(text) for one in item.children if one.name == "rPh" for text in one.iter()}
    return "".join(one.text for one in item.iter() if one.name == "t" and id(one) not in said)


def blanked(data: bytes, cell: Node) -> Change | None:
    """The cell without anything in it: place and style stay. Raises CannotEdit for cells of a group."""
    if not cell.children and not cell.attributes.keys() & _VALUE:
        return None
    formula = cell.child("f")
    if formula is not None and formula.get("t") in ("array", "dataTable"):
        raise CannotEdit("a formula over several cells reaches into the row")
    if "cm" in cell.attributes or "vm" in cell.attributes:
        raise CannotEdit("a cell of the row holds a spilled formula or a linked value")
    if any(child.name not in ("v", "is", "f") for child in cell.children):
        raise CannotEdit("a cell of the row holds what this editor does not know")
    return cell.start, cell.end, opening(data, cell, _VALUE.__contains__, empty=True)


def uncached(data: bytes, cell: Node) -> Change:
    """The cell with its formula, but not its last result."""
    formula = cell.child("f")
    assert formula is not None
    if "vm" in cell.attributes:
        raise CannotEdit("a formula shows a linked value")
    head = opening(data, cell, _VALUE.__contains__)
    return cell.start, cell.end, head + data[formula.start : formula.end] + data[cell.stop : cell.end]


def masked(data: bytes, cell: Node, new: str) -> Change:
    """The cell with this text, as a string of its own. Raises CannotEdit where words have styles of theirs."""
    inline = cell.child("is")
    if inline is not None and any(one.name in ("r", "rPh") for one in inline.children):
        raise CannotEdit("words in a cell of the row are styled one by one")
    if "cm" in cell.attributes or "vm" in cell.attributes:
        raise CannotEdit("a cell of the row holds a spilled formula or a linked value")
    space = b' xml:space="preserve"' if has_blank_around(new) else b""
    mark = prefix(data, cell)
    head = opening(data, cell, _VALUE.__contains__, b' t="inlineStr"')
    if cell.stop == cell.end:
        raise CannotEdit("a cell of the row holds what this editor does not know")
    inner = b"<%bis><%bt%b>%b</%bt></%bis>" % (mark, mark, space, escaped(new), mark, mark)
    return cell.start, cell.end, head + inner + data[cell.stop : cell.end]


def points_at(text: str, sheet: str, gone: dict[str, set[int]], shift: int = 0) -> bool:
    """Whether the formula shows single cells, or an area, of nothing but rows that leave.

    `sheet` is the formula's own; `gone` are rows by sheet, both with names in lower case; `shift` is how many rows
    below its pattern a formula of a group stands.
    """
    for match in _POINTER.finditer(_LITERAL.sub('""', text)):
        where, fixed, first, fixed_last, last = match.groups()
        rows = gone.get(_name(where) if where else sheet)
        if not rows:
            continue
        start = int(first) + (0 if fixed else shift)
        end = int(last) + (0 if fixed_last else shift) if last else start
        if 0 <= end - start < len(rows) and all(row in rows for row in range(start, end + 1)):
            return True
    return False


def _name(where: str) -> str:
    return where.strip("'").replace("''", "'").lower()
