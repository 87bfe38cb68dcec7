"""One worksheet's part: a look at what stays and what leaves, then the changes in its bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from scanner.surgery.base import CannotEdit, Person
from scanner.surgery.tables import xlsx_cells as cells
from scanner.surgery.tables.sheet_copies import Copies
from scanner.surgery.tables.sheet_markup import Change, Node, changed, escaped, opening, prefix, start_tag, visit
from scanner.surgery.tables.sheet_rows import MERGED, Wanted, without

_HOLDERS = ("sheetData",)
_PLAIN = frozenset({"dimension", "sheetViews", "sheetFormatPr", "cols", "mergeCells", "pageMargins", "pageSetup"})
_KINDS = {
    "conditionalFormatting": "a rule of conditional formatting",
    "autoFilter": "a filter",
    "headerFooter": "the header or footer of the pages",
    "scenarios": "a scenario",
    "protectedRanges": "a protected range",
}


@dataclass(slots=True)
class Sheet:
    """What is known of one sheet. Rows are the sheet's own numbers, from 1."""

    name: str
    data: bytes
    rows: Wanted = field(default_factory=Wanted)
    masters: dict[str, cells.Master] = field(default_factory=dict)
    followed: set[str] = field(default_factory=set)  # groups of formulas that have members in rows that stay
    formulas: bool = False  # whether any stays
    gone: list[str] = field(default_factory=list)  # values of the rows that leave
    lost_formulas: bool = False
    used: set[int] = field(default_factory=set)  # numbers of shared strings in cells that stay as they are
    released: set[int] = field(default_factory=set)  # numbers of shared strings in cells that do not
    links: set[str] = field(default_factory=set)  # ids of relations that no link uses any more
    said: list[str] = field(default_factory=list)  # what leaves with the rows, and stood beside them


def values(sheet: Sheet, shared: list[str]) -> None:
    """Read the rows that leave into `gone`. Raises CannotEdit where one is not there."""
    found: list[int] = []

    def seen(node: Node, around: list[Node]) -> None:
        if node.name == "row" and len(around) == 2:
            inside = cells.cells_of(node)
            found.append(int(node.get("r")))
            if found[-1] in sheet.rows.remove:
                sheet.gone += [text for cell in inside if (text := cells.value(cell, shared))]
                sheet.released.update(place for cell in inside if (place := cells.index(cell)) is not None)

    visit(sheet.data, _HOLDERS, seen)
    if any(one >= other for one, other in pairwise(found)):
        raise CannotEdit("the rows of the sheet do not stand in order")
    if (sheet.rows.remove | sheet.rows.amend) - set(found):
        raise CannotEdit("the row is not there")


def look(sheet: Sheet, shared: list[str], person: Person, gone: set[str]) -> set[str]:
    """Note what the rows that stay use. Answers which of the values that leave they say too."""
    common: set[str] = set()

    def seen(node: Node, around: list[Node]) -> None:
        if node.name != "row" or len(around) != 2:
            return
        number = node.get("r")
        at = int(number) if number.isdecimal() else 0
        left: dict[int, str] = {}
        if at in sheet.rows.amend:
            left = without(person, [cells.value(cell, shared) for cell in node.children])
        for column, cell in enumerate(node.children):
            _look_at(sheet, cell, at)
            if at in sheet.rows.remove:
                continue
            text = cells.value(cell, shared)
            place = cells.index(cell)
            if place is not None:
                (sheet.released if column in left else sheet.used).add(place)
            if text in gone and cell.child("f") is None:
                common.add(text)

    visit(sheet.data, _HOLDERS, seen)
    return common


def _look_at(sheet: Sheet, cell: Node, row: int) -> None:
    formula = cell.child("f")
    if formula is None:
        return
    stays = row not in sheet.rows.remove
    sheet.formulas |= stays
    sheet.lost_formulas |= not stays
    if formula.get("t") == "shared":
        if stays:
            sheet.followed.add(formula.get("si"))
        if formula.text:
            sheet.masters[formula.get("si")] = cells.Master(formula.text, row)
    elif formula.get("t") in ("array", "dataTable") and stays and formula.get("ref"):
        first, last = cells.rows_of(formula.get("ref"))
        if any(first <= one <= last for one in sheet.rows.remove | sheet.rows.amend):
            raise CannotEdit("a formula over several cells reaches into the row")


class SheetEdit:
    """The changes of one sheet, found in one walk."""

    def __init__(
        self, sheet: Sheet, shared: list[str], copies: Copies, person: Person, gone: dict[str, set[int]]
    ) -> None:
        """`gone` are the rows that leave by the lower-cased name of their sheet."""
        self._sheet = sheet
        self._shared = shared
        self._copies = copies
        self._person = person
        self._gone = gone
        self._changes: list[Change] = []
        self._others: set[str] = set()  # relations that other links use

    def run(self) -> bytes:
        """The sheet's new bytes. Raises CannotEdit."""
        visit(self._sheet.data, _HOLDERS, self._seen)
        self._sheet.links -= self._others
        return changed(self._sheet.data, self._changes)

    def _seen(self, node: Node, around: list[Node]) -> None:
        if len(around) == 2:
            if node.name == "row":
                self._row(node)
            elif self._copies.within(node):
                raise CannotEdit("something between the rows holds a copy")
        elif node.name == "hyperlinks":
            self._links(node)
        elif node.name == "dataValidations":
            self._validations(node)
        elif node.name == "mergeCells":
            self._merged(node)
        elif node.name == "sheetProtection" and node.get("sheet") in ("1", "true") and self._sheet.rows.any:
            raise CannotEdit("the sheet is protected")
        elif node.name not in _PLAIN and self._copies.within(node):
            raise CannotEdit(f"{_KINDS.get(node.name, 'something beside the cells of a sheet')} holds a copy")

    def _row(self, row: Node) -> None:
        number = int(row.get("r")) if row.get("r").isdecimal() else 0
        if number in self._sheet.rows.remove:
            if any(one.name != "c" for one in row.children):
                raise CannotEdit("the row holds what this editor does not know")
            self._changes += [one for cell in row.children if (one := self._blank(cell)) is not None]
        elif number in self._sheet.rows.amend:
            self._changes += self._amended(row)
        else:
            for cell in row.children:
                if cell.child("f") is not None and cell.child("v") is not None and self._is_copy(cell, number):
                    self._changes.append(cells.uncached(self._sheet.data, cell))

    def _blank(self, cell: Node) -> Change | None:
        formula = cell.child("f")
        is_pattern = formula is not None and formula.text != "" and formula.get("t") == "shared"
        if is_pattern and formula is not None and formula.get("si") in self._sheet.followed:
            raise CannotEdit("a formula in the row is the pattern of others")
        return cells.blanked(self._sheet.data, cell)

    def _amended(self, row: Node) -> Iterator[Change]:
        left = without(self._person, [cells.value(cell, self._shared) for cell in row.children])
        if not left:
            raise CannotEdit("the person does not stand in the row's cells by themselves")
        for column, cell in enumerate(row.children):
            formula = cell.child("f")
            if formula is not None and self._person.holds(formula.text):
                raise CannotEdit("a formula of the row names the person")
            if column not in left:
                continue
            if formula is not None:
                yield cells.uncached(self._sheet.data, cell)
            else:
                yield cells.masked(self._sheet.data, cell, left[column])

    def _is_copy(self, cell: Node, row: int) -> bool:
        formula = cell.child("f")
        assert formula is not None
        text, shift = formula.text, 0
        master = self._sheet.masters.get(formula.get("si")) if formula.get("t") == "shared" else None
        if master is not None and not text:
            text, shift = master.text, row - master.row
        if cells.points_at(text, self._sheet.name.lower(), self._gone, shift):
            return True
        if self._copies.holds(formula.text):
            raise CannotEdit("a formula of another row holds a copy")
        return self._copies.holds(cells.value(cell, self._shared))

    def _links(self, node: Node) -> None:
        gone = []
        for link in node.children:
            first, last = cells.rows_of(link.get("ref"))
            if self._leaves(first, last):
                gone.append(link)
                self._sheet.said += list(link.attributes.values())
                self._sheet.links.add(link.get("id"))
            else:
                self._others.add(link.get("id"))
        self._sheet.links.discard("")
        self._take(node, gone)

    def _merged(self, node: Node) -> None:
        """Merged cells show what their first row holds in all their rows (18.3.1.54): these leave together, or none."""
        for area in node.children:
            first, last = cells.rows_of(area.get("ref"))
            if first in self._sheet.rows.remove and not self._is_gone(first, last):
                raise CannotEdit(MERGED)

    def _leaves(self, first: int, last: int) -> bool:
        """Whether all rows of an area leave. Raises CannotEdit where it is only some."""
        rows = range(first, last + 1)
        gone = self._sheet.rows.remove
        inside = sum(row in gone for row in rows) if len(rows) <= len(gone) else sum(row in rows for row in gone)
        if inside and inside != last - first + 1:
            raise CannotEdit("a link reaches over the row and others")
        return inside > 0

    def _is_gone(self, first: int, last: int) -> bool:
        gone = self._sheet.rows.remove
        return last - first < len(gone) and all(row in gone for row in range(first, last + 1))

    def _validations(self, node: Node) -> None:
        gone = []
        for rule in node.children:
            if rule.name != "dataValidation":
                continue
            places = [cells.rows_of(area) for area in rule.get("sqref").split()]
            if places and all(self._is_gone(first, last) for first, last in places):
                gone.append(rule)
                self._sheet.said += [*rule.attributes.values(), rule.text]
            else:
                self._rule(rule)
        self._take(node, gone)

    def _rule(self, rule: Node) -> None:
        """A list of allowed values that others use too: the person's own leave it."""
        if any(map(self._copies.holds, rule.attributes.values())):
            raise CannotEdit("the words of a validation hold a copy")
        for formula in (one for one in rule.iter() if one.name in ("formula1", "formula2", "f", "list")):
            if not self._copies.holds(formula.text):
                continue
            text = formula.text.strip()
            items = text[1:-1].split(",")
            left = [item for item in items if not self._copies.holds(item)]
            if not (text[:1] == text[-1:] == '"' and left and rule.get("type") == "list") or '"' in text[1:-1]:
                raise CannotEdit("a validation holds a copy")
            self._sheet.said.append(text)
            data = self._sheet.data
            head = start_tag(data, formula)
            new = escaped('"' + ",".join(left) + '"')
            self._changes.append((formula.start, formula.end, head + new + data[formula.stop : formula.end]))

    def _take(self, node: Node, gone: list[Node]) -> None:
        """Take children out; where none is left, the element too, as the schema wants one; `count` follows."""
        if not gone:
            return
        data = self._sheet.data
        if len(gone) == len(node.children):
            self._changes.append((node.start, node.end, b""))
            return
        self._changes += [(one.start, one.end, b"") for one in gone]
        if "count" in node.attributes:
            head = opening(data, node, "count".__eq__)
            left = b' count="%d">' % (len(node.children) - len(gone))
            self._changes.append((node.start, node.start + len(start_tag(data, node)), head[:-1] + left))


def with_full_calculation(data: bytes) -> bytes:
    """workbook.xml, told to compute all formulas when it is next opened (18.2.2)."""
    found: dict[str, Node] = {}

    def seen(node: Node, _: list[Node]) -> None:
        found[node.name] = node

    visit(data, (), seen)
    rule = found.get("calcPr")
    if rule is not None:
        if rule.get("fullCalcOnLoad") in ("1", "true"):
            return data
        old = start_tag(data, rule)
        head = opening(data, rule, "fullCalcOnLoad".__eq__, b' fullCalcOnLoad="1"')
        return changed(data, [(rule.start, rule.start + len(old), head)])
    last = next(
        (found[name] for name in ("definedNames", "externalReferences", "functionGroups", "sheets") if name in found),
        None,
    )
    if last is None:
        raise CannotEdit("the list of sheets is missing")
    new = b'<%bcalcPr fullCalcOnLoad="1"/>' % prefix(data, last)
    return changed(data, [(last.end, last.end, new)])
