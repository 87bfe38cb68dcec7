"""Cells of an OpenDocument sheet ([ODF 1.3] part 3, 9.1.4): values, what formulas point at, blanking and masking."""

from __future__ import annotations

import re

from scanner.surgery.base import CannotEdit, Person
from scanner.surgery.tables.sheet_markup import Node, escaped, opening, start_tag

CELLS = frozenset({"table-cell", "covered-table-cell"})
KEPT = frozenset(
    {
        "style-name", "number-columns-repeated", "number-columns-spanned", "number-rows-spanned",
        "content-validation-name", "protect", "protected",
    }
)  # fmt: skip
VALUES = frozenset({"value", "string-value", "date-value", "time-value", "boolean-value", "value-type", "currency"})
_MATRIX = frozenset({"number-matrix-columns-spanned", "number-matrix-rows-spanned"})
_PLAIN = frozenset({"p", "a", "span", "s", "tab", "line-break", "annotation", "creator", "date", "creator-initials"})
_FLAT = frozenset({"a", "span"})
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
_AREA = re.compile(
    r"\$?('(?:[^']|'')+'|[^.:'\s]*)\.\$?[A-Z]{1,3}\$?(\d{1,7})"
    r"(?::(?:\$?(?:'(?:[^']|'')+'|[^.:'\s]*)?\.)?\$?[A-Z]{1,3}\$?(\d{1,7}))?"
)
_TYPE = re.compile(rb"""\s([\w.-]+:)value-type\s*=\s*["'](?:float|percentage|currency|date|time|boolean|string)["']""")


def value(cell: Node) -> list[str]:
    """What the cell shows, and its values where these are told apart from it."""
    shown = "\n".join(one.text for one in cell.children if one.name == "p")
    told = [cell.get(name) for name in ("value", "string-value", "date-value", "time-value")]
    return list(dict.fromkeys(filter(None, [shown, *told])))


def blanked(data: bytes, cell: Node) -> bytes:
    """The cell without anything in it: style, width and rule stay. Raises CannotEdit for what is more than a value."""
    if cell.name not in CELLS or cell.attributes.keys() & _MATRIX:
        raise CannotEdit("a formula over several cells reaches into the row")
    for one in cell.iter():
        if one is not cell and one.name not in _PLAIN:
            raise CannotEdit("a cell of the row holds a drawing, a table or a field")
        if one.name == "annotation" and b"annotation-end" in data:
            raise CannotEdit("a note in the row may belong to other cells too")
    return opening(data, cell, lambda name: name not in KEPT, empty=True)


def last_row(first: int, span: str) -> int:
    """The last row that a cell of the row `first` reaches by `number-rows-spanned` (9.1.4). Raises CannotEdit."""
    if not span:
        return first
    if not (span.isdecimal() and len(span) < 9):
        raise CannotEdit("a merged cell of the row is written in a rare way")
    return first + max(int(span), 1) - 1


def uncached(data: bytes, cell: Node) -> bytes:
    """The cell with its formula and notes, but not its last result."""
    if cell.attributes.keys() & _MATRIX:
        raise CannotEdit("a formula over several cells shows a copy")
    rest = b"".join(data[one.start : one.end] for one in cell.children if one.name != "p")
    return opening(data, cell, VALUES.__contains__) + rest + data[cell.stop : cell.end]


def masked(data: bytes, cell: Node, left: dict[int, str], person: Person) -> bytes:
    """The cell with the person masked; `left` is what paragraphs say then, by where they start.

    Raises CannotEdit where that cannot be done in plain words.
    """
    pieces = [_masked_head(data, cell, person)]
    for one in cell.children:
        if one.name != "p" or (one.start not in left and not any(map(person.holds, _told(one)))):
            pieces.append(data[one.start : one.end])
            continue
        new = left.get(one.start, one.text)
        if person.holds(new) or any(child.name not in _FLAT for child in one.iter() if child is not one):
            raise CannotEdit("the person cannot be taken out of a cell")
        pieces += [start_tag(data, one), escaped(new), data[one.stop : one.end]]
    return b"".join([*pieces, data[cell.stop : cell.end]])


def _told(node: Node) -> list[str]:
    return [node.text, *(text for one in node.iter() for text in one.attributes.values())]


def _masked_head(data: bytes, cell: Node, person: Person) -> bytes:
    if not any(person.holds(cell.get(name)) for name in VALUES) and cell.get("value-type") in ("", "string"):
        return start_tag(data, cell)
    match = _TYPE.search(start_tag(data, cell))
    if match is None or cell.stop == cell.end:
        raise CannotEdit("the person cannot be taken out of a cell")
    return opening(data, cell, VALUES.__contains__, b' %bvalue-type="string"' % match[1])


def holds(cell: Node, person: Person) -> bool:
    """Whether the cell itself names the person: its values and text with links, not its notes."""
    told = [text for one in cell.children if one.name == "p" for text in _told(one)]
    return any(map(person.holds, (*told, *value(cell))))


def points_at(formula: str, sheet: str, gone: dict[str, set[int]]) -> bool:
    """Whether the formula shows single cells, or an area, of nothing but rows that leave. Rows count from 1."""
    for inner in _BRACKET.findall(formula):
        match = _AREA.fullmatch(inner)
        if match is None:
            continue
        name, first, last = area(match, sheet)
        rows = gone.get(name, set())
        if last - first < len(rows) and all(row in rows for row in range(first, last + 1)):
            return True
    return False


def touches(addresses: str, gone: dict[str, set[int]]) -> bool:
    """Whether a list of areas (`Kunder.B2:Kunder.B9`) covers a row that leaves, whole sheets and columns too."""
    if any(name in addresses.lower().replace("''", "'") for name in gone):
        found = [area(match, "") for match in _AREA.finditer(addresses)]
        if not found:
            return True
        return any(first <= row <= last for name, first, last in found for row in gone.get(name, ()))
    return False


def area(match: re.Match[str], sheet: str) -> tuple[str, int, int]:
    """The sheet's name in lower case, first and last row."""
    name, first, last = match.groups()
    plain = name.strip("'").replace("''", "'").lower()
    return plain or sheet.lower(), int(first), int(last or first)
