"""The sheets in content.xml ([ODF 1.3] part 3, 9.1): a look at all rows, then the changes in their bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner.surgery.base import CannotEdit, Person
from scanner.surgery.tables import ods_cells as cells
from scanner.surgery.tables.sheet_copies import Copies
from scanner.surgery.tables.sheet_markup import Change, Node, opening, prefix
from scanner.surgery.tables.sheet_rows import MERGED, Wanted, without

HOLDERS = ("body", "spreadsheet", "table", "table-row-group", "table-rows", "table-header-rows")
_KINDS = {
    "shapes": "a drawing",
    "named-expressions": "a defined name",
    "database-ranges": "a filter or a range",
    "content-validations": "a validation",
    "data-pilot-tables": "a pivot table",
    "dde-links": "the cache of another document",
    "conditional-formats": "a rule of conditional formatting",
}
_REPEATED = "number-rows-repeated"


@dataclass(slots=True)
class Sheet:
    """One sheet; rows by their positions from 0."""

    name: str
    rows: Wanted
    position: int = 0  # of the row that comes next, in a walk
    seen: set[int] = field(default_factory=set)  # of the wanted rows


class Sheets:
    """All sheets in their order, and what their rows say."""

    def __init__(self, sheets: dict[str, Sheet]) -> None:
        self.gone: set[str] = set()
        self._common: set[str] = set()
        self._waiting = list(sheets.values())
        self._all = list(sheets.values())
        self._known: dict[int, Sheet] = {}  # by where their table starts
        self._stay: list[str] = []

    def of(self, around: list[Node]) -> Sheet | None:
        """The sheet that a row stands in; None outside of sheets."""
        table = next((one for one in around if one.name == "table"), None)
        if table is None:
            return None
        sheet = self._known.get(table.start)
        if sheet is None:
            while self._waiting and self._waiting[0].name != table.get("name"):
                self._waiting.pop(0)
            if not self._waiting:
                raise CannotEdit("the sheets are built in a rare way")
            sheet = self._known[table.start] = self._waiting.pop(0)
        if sheet.rows.any and table.get("protected") == "true":
            raise CannotEdit("the sheet is protected")
        return sheet

    def look(self, node: Node, around: list[Node]) -> None:
        """Note what one row says."""
        sheet = self.of(around)
        if node.name != "table-row" or sheet is None:
            return
        start, end = sheet.position, sheet.position + _count(node)
        sheet.position = end
        hit = within(sheet.rows.remove, start, end)
        sheet.seen.update(hit, within(sheet.rows.amend, start, end))
        texts = [text for cell in node.children if cell.name in cells.CELLS for text in cells.value(cell)]
        if hit:
            self.gone.update(texts)
        if len(hit) < end - start:
            self._stay += [
                text
                for cell in node.children
                if cell.name in cells.CELLS and "formula" not in cell.attributes
                for text in cells.value(cell)
            ]

    def check(self) -> None:
        """Raises CannotEdit where a row is not there. Makes ready for the second walk."""
        for sheet in self._all:
            if (sheet.rows.remove | sheet.rows.amend) - sheet.seen:
                raise CannotEdit("the row is not there")
            sheet.position = 0

    def common(self) -> set[str]:
        """The values of rows that leave which others have too."""
        return self.gone & set(self._stay)

    def leaving(self) -> dict[str, set[int]]:
        """The rows that leave whole, from 1, by the lower-cased name of their sheet."""
        return {sheet.name.lower(): {one + 1 for one in sheet.rows.remove} for sheet in self._all if sheet.rows.remove}

    def touched(self) -> dict[str, set[int]]:
        """As `leaving`, with the rows that the person leaves."""
        return {
            sheet.name.lower(): {one + 1 for one in sheet.rows.remove | sheet.rows.amend}
            for sheet in self._all
            if sheet.rows.any
        }


class ContentEdit:
    """The changes of content.xml. `said` is what left beside the cells' values."""

    def __init__(self, data: bytes, sheets: Sheets, copies: Copies, person: Person) -> None:
        self.changes: list[Change] = []
        self.said: list[str] = []
        self._data = data
        self._sheets = sheets
        self._copies = copies
        self._person = person
        self._leaving = sheets.leaving()
        self._touched = sheets.touched()

    def seen(self, node: Node, around: list[Node]) -> None:
        """One element of the walk. Raises CannotEdit."""
        sheet = self._sheets.of(around)
        if node.name == "table-row" and sheet is not None:
            self._row(node, sheet)
            return
        if node.name == "data-pilot-tables":
            self._pilots(node)
        if node.name not in ("table-column", "table-columns") and self._copies.within(node):
            raise CannotEdit(f"{_KINDS.get(node.name, 'something beside the cells')} holds a copy")

    def _pilots(self, node: Node) -> None:
        for one in node.iter():
            if one.name == "source-cell-range" and cells.touches(one.get("cell-range-address"), self._touched):
                raise CannotEdit("a pivot table holds a copy")

    def _row(self, row: Node, sheet: Sheet) -> None:
        start, end = sheet.position, sheet.position + _count(row)
        sheet.position = end
        removed = within(sheet.rows.remove, start, end)
        amended = within(sheet.rows.amend, start, end)
        kept = self._kept(row, sheet)
        if not removed and not amended:
            if kept is not None:
                self.changes += kept
            return
        for position in removed:
            _check_merged(row, position, sheet.rows.remove)
        blank = self._blank(row) if removed else b""
        masked = self._masked(row) if amended else b""
        inner = _changed(self._data, row, kept or [])
        pieces = []
        at = start
        for position in sorted([*removed, *amended]):
            pieces.append(self._repeated(row, inner, position - at))
            pieces.append(self._repeated(row, blank if position in sheet.rows.remove else masked, 1))
            at = position + 1
        pieces.append(self._repeated(row, inner, end - at))
        self.changes.append((row.start, row.end, b"".join(pieces)))

    def _repeated(self, row: Node, inner: bytes, count: int) -> bytes:
        """The row with these cells, so many times."""
        if count < 1:
            return b""
        mark = prefix(self._data, row)
        if count > 1 and not mark:
            raise CannotEdit("repeated rows are written in a rare way")
        more = b' %bnumber-rows-repeated="%d"' % (mark, count) if count > 1 else b""
        head = opening(self._data, row, _REPEATED.__eq__, more)
        return head + inner + self._data[row.stop : row.end]

    def _blank(self, row: Node) -> bytes:
        for one in (one for cell in row.children for one in cell.iter()):
            if one.name in ("annotation", "a"):
                self.said += [text for part in one.iter() for text in (part.text, *part.attributes.values())]
        return b"".join(cells.blanked(self._data, cell) for cell in row.children)

    def _masked(self, row: Node) -> bytes:
        told = [one for cell in row.children for one in cell.children if one.name == "p"]
        texts = without(self._person, [one.text for one in told])
        left = {told[number].start: text for number, text in texts.items()}
        pieces = []
        for cell in row.children:
            if self._person.holds(cell.get("formula")):
                raise CannotEdit("a formula of the row names the person")
            named = any(one.start in left for one in cell.children) or cells.holds(cell, self._person)
            if cell.name not in cells.CELLS or not named:
                pieces.append(self._data[cell.start : cell.end])
            elif "formula" in cell.attributes:
                pieces.append(cells.uncached(self._data, cell))
            else:
                self.said += [text for one in cell.iter() if one.name == "a" for text in one.attributes.values()]
                pieces.append(cells.masked(self._data, cell, left, self._person))
        return b"".join(pieces)

    def _kept(self, row: Node, sheet: Sheet) -> list[Change]:
        """The changes where the row stays: last results that show what leaves."""
        found: list[Change] = []
        for cell in row.children:
            formula = cell.get("formula")
            if not formula:
                continue
            shows = cells.points_at(formula, sheet.name, self._leaving) or any(
                map(self._copies.holds, cells.value(cell))
            )
            if not shows and self._copies.holds(formula):
                raise CannotEdit("a formula of another row holds a copy")
            if shows and cells.value(cell):
                self.said += cells.value(cell)
                found.append((cell.start, cell.end, cells.uncached(self._data, cell)))
        return found


def _check_merged(row: Node, position: int, gone: set[int]) -> None:
    """A merged cell shows what it holds in all its rows: these leave together, or none. Raises CannotEdit."""
    for cell in row.children:
        last = cells.last_row(position, cell.get("number-rows-spanned"))
        if last - position >= len(gone) or not all(one in gone for one in range(position, last + 1)):
            raise CannotEdit(MERGED)


def within(rows: set[int], start: int, end: int) -> list[int]:
    """Which of the rows stand in a run."""
    run = range(start, end)
    return [row for row in run if row in rows] if len(run) <= len(rows) else [row for row in rows if row in run]


def _count(row: Node) -> int:
    count = row.get(_REPEATED)
    return int(count) if count.isdecimal() and len(count) < 9 else 1


def _changed(data: bytes, row: Node, changes: list[Change]) -> bytes:
    """The bytes in the row with these changes."""
    pieces = []
    at = row.children[0].start if row.children else row.stop
    for start, end, new in changes:
        pieces += [data[at:start], new]
        at = end
    return b"".join([*pieces, data[at : row.stop]])
