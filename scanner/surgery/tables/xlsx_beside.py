"""What lies beside the cells of a workbook and belongs to rows: strings, notes, links, caches of charts and pivots."""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape

from scanner.surgery.base import CannotEdit
from scanner.surgery.tables.sheet_copies import Copies
from scanner.surgery.tables.sheet_markup import Change, Node, changed, prefix, start_tag, tree, visit
from scanner.surgery.tables.xlsx_cells import row_of, rows_of, string

_AREA = re.compile(
    r"('(?:[^']|'')+'|[^\W\d][\w.]*)!(\$?([A-Z]{1,3})\$?\d{1,7})(?::(\$?([A-Z]{1,3})\$?\d{1,7}))?"
)  # one area of one sheet
_WORDS = re.compile(r"""[<>"']""")
_REFERENCES = frozenset({"strRef", "numRef", "multiLvlStrRef"})


def strings(data: bytes) -> list[str]:
    """The shared strings in their order (18.4.9)."""
    found: list[str] = []

    def seen(node: Node, _: list[Node]) -> None:
        if node.name == "si":
            found.append(string(node))

    visit(data, (), seen)
    return found


def without_strings(data: bytes, used: Collection[int], released: Collection[int], copies: Copies) -> bytes:
    """The shared strings with those empty that no cell uses and that left with a row, or say what one said.

    None moves, as cells know them by number.
    """
    changes: list[Change] = []
    count = 0

    def seen(node: Node, _: list[Node]) -> None:
        nonlocal count
        if node.name != "si":
            return
        number, count = count, count + 1
        if number in used or not node.children:
            return
        if number in released or copies.holds(string(node)) or copies.within(node):
            new = start_tag(data, node) + b"<%bt/>" % prefix(data, node) + data[node.stop : node.end]
            changes.append((node.start, node.end, new))

    visit(data, (), seen)
    return changed(data, changes)


def without_comments(data: bytes, rows: Collection[int], said: list[str]) -> bytes:
    """A part of comments, old (18.7.3) or threaded ([MS-XLSX] 2.6.202), without those on these rows."""
    changes: list[Change] = []

    def seen(node: Node, _: list[Node]) -> None:
        if node.name in ("comment", "threadedComment") and row_of(node.get("ref")) in rows:
            said.append(node.text)
            changes.append((node.start, node.end, b""))

    visit(data, ("commentList",), seen)
    return changed(data, changes)


def without_shapes(data: bytes, rows: Collection[int], said: list[str]) -> bytes:
    """The VML drawing without the boxes of notes on these rows ([MS-OI29500] 2.1.1740)."""
    if not rows or b"Note" not in data:
        return data
    changes: list[Change] = []
    for shape in tree(data).children:
        note = shape.child("ClientData")
        if shape.name != "shape" or note is None or note.get("ObjectType") != "Note":
            continue
        row = note.child("Row")
        if row is None or not row.text.strip().isdecimal():
            raise CannotEdit("the box of a note does not say where it is")
        if int(row.text) + 1 in rows:
            said += [text for one in shape.iter() for text in (one.text, *one.attributes.values())]
            changes.append((shape.start, shape.end, b""))
    return changed(data, changes)


def without_children(data: bytes, names: Collection[str], attribute: str = "Id") -> bytes:
    """A small list (relations, content types) without the children whose attribute has one of these values."""
    found = [node for node in tree(data).children if node.get(attribute) in names]
    return changed(data, [(node.start, node.end, b"") for node in found])


def without_points(data: bytes, gone: dict[str, set[int]], said: list[str]) -> bytes:
    """A chart without the cached points of these rows (21.2.2.201, 21.2.2.120); Excel fills them in anew."""
    changes: list[Change] = []
    for node in tree(data).iter():
        if node.name in _REFERENCES:
            changes += _points(node, gone, said)
    return changed(data, changes)


def _points(reference: Node, gone: dict[str, set[int]], said: list[str]) -> list[Change]:
    points = [one for one in reference.iter() if one.name == "pt"]
    if not points:
        return []
    formula = reference.child("f")
    match = _AREA.fullmatch(formula.text.strip()) if formula is not None else None
    if match is None:
        raise CannotEdit("a chart's data are told in a rare way")
    name, start, left, end, right = match.groups()
    rows = gone.get(name.strip("'").replace("''", "'").lower(), set())
    first, last = row_of(start), row_of(end or start)
    inside = {row - first for row in rows if first <= row <= last}
    if not inside:
        return []
    if first == last:
        inside = {int(point.get("idx")) for point in points}
    elif (right or left) != left and reference.name != "multiLvlStrRef":
        raise CannotEdit("a chart holds a copy")
    elif any(one.name == "ptCount" and one.get("val") != str(last - first + 1) for one in reference.iter()):
        raise CannotEdit("a chart leaves out hidden rows")
    left_out = [point for point in points if int(point.get("idx")) in inside]
    said += [point.text for point in left_out]
    return [(point.start, point.end, b"") for point in left_out]


def check_pivot(data: bytes, has_records: bool, gone: dict[str, set[int]], copies: Copies) -> None:
    """Raises CannotEdit where a pivot's cache was made from a row that leaves, or holds what it said."""
    root = tree(data)
    for source in (one for one in root.iter() if one.name == "worksheetSource"):
        sheet, area = source.get("sheet").lower(), source.get("ref")
        if sheet and sheet not in gone:
            continue
        first, last = rows_of(area) if area else (1, 1 << 21)
        rows = gone[sheet] if sheet else set().union(*gone.values())
        if has_records and any(first <= row <= last for row in rows):
            raise CannotEdit("a pivot cache holds a copy")
    if copies.within(root):
        raise CannotEdit("a pivot cache holds a copy")


def check_table(data: bytes, rows: Collection[int]) -> None:
    """Raises CannotEdit where the heading or the totals of a table (18.5.1.2) stand in these rows."""
    root = tree(data)
    first, last = rows_of(root.get("ref"))
    if root.get("headerRowCount") != "0" and first in rows:
        raise CannotEdit("the heading of a table stands in the row")
    if root.get("totalsRowCount") not in ("", "0") and last in rows:
        raise CannotEdit("the totals of a table stand in the row")


def check_part(data: bytes, kind: str, copies: Copies) -> None:
    """Raises CannotEdit where a part that is not edited holds a copy; `kind` says what it is."""

    def seen(node: Node, _: list[Node]) -> None:
        if copies.within(node):
            raise CannotEdit(f"{kind} holds a copy")

    if not data:
        return
    root = visit(data, (), seen)
    if any(map(copies.holds, (root.text, *root.attributes.values()))):
        raise CannotEdit(f"{kind} holds a copy")


def check_drawing(data: bytes, kind: str, copies: Copies) -> None:
    """As `check_part` for a VML drawing, which often is no good XML: its words between tags and in quotes."""
    if any(copies.holds(unescape(one)) for one in _WORDS.split(data.decode("utf-8", "replace"))):
        raise CannotEdit(f"{kind} holds a copy")
