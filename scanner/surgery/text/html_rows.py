"""Where the rows of a page's tables lie in its source, under the steps that its reader gives them; or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from scanner.formats.web import html as reader
from scanner.formats.web import html_tables
from scanner.records import Steps
from scanner.surgery.text.html_page import Token

Span = tuple[int, int]


@dataclass(slots=True)
class _Table:
    rows: list[Span] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    ordinals: list[int] = field(default_factory=list)
    start: int = -1  # of the row that is open
    is_sound: bool = True
    is_layout: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its place in the source, and which `<tr>` of the page it is, from 0."""

    span: Span
    ordinal: int


def rows_of(markup: str, tokens: Sequence[Token]) -> dict[Steps, TableRow] | None:
    """The rows by their steps, headings as `row 0`, `row -1`, ...; None where source and reader do not agree.

    They do where each row is closed by its own tag, spans no other row, and holds the words that the reader sees.
    """
    tables = [table for table in _tables(tokens) if not table.is_layout and sum(n >= 2 for n in table.cells) >= 2]
    tree, _ = reader._parse(markup, markup.lower())
    seen = html_tables.data_tables(tree) if tree.root is not None else []
    if len(tables) != len(seen) or not all(table.is_sound for table in tables):
        return None
    found: dict[Steps, TableRow] = {}
    for number, (table, node) in enumerate(zip(tables, seen, strict=True), 1):
        before = (f"table {number}",) if len(seen) > 1 else ()
        grid = [([reader._cell(one) if one else "" for one in nodes], heads) for nodes, heads in html_tables.grid(node)]
        if len(grid) != len(table.rows):
            return None
        heads, _ = html_tables.head(grid)
        for index, (span, ordinal) in enumerate(zip(table.rows, table.ordinals, strict=True)):
            if _words(grid[index][0]) != _words([reader.render(f"<table>{markup[slice(*span)]}</table>")]):
                return None
            found[(*before, f"row {index - heads + 1}")] = TableRow(span, ordinal)
    return found


def _words(texts: Sequence[str]) -> list[str]:
    return sorted(" ".join(texts).split())


def _tables(tokens: Sequence[Token]) -> list[_Table]:
    found: list[_Table] = []
    stack: list[_Table] = []
    ordinal = -1
    for token in tokens:
        if token.kind == "open" and token.name == "table":
            found.append(_Table())
            stack.append(found[-1])
            for table in stack[-2:] if len(stack) > 1 else ():
                table.is_layout = True
        elif token.kind == "close" and token.name == "table" and stack:
            table = stack.pop()
            table.is_sound &= table.start < 0
        elif token.name == "tr":
            ordinal += token.kind == "open"
            if stack:
                _row(stack[-1], token, ordinal)
        elif token.kind == "open" and token.name in ("td", "th") and stack:
            _cell(stack[-1], token)
    for table in stack:
        table.is_sound = False
    return found


def _row(table: _Table, token: Token, ordinal: int) -> None:
    if token.kind == "open":
        table.is_sound &= table.start < 0
        table.start = token.start
        table.cells.append(0)
        table.ordinals.append(ordinal)
    elif table.start < 0:
        table.is_sound = False
    else:
        table.rows.append((table.start, token.end))
        table.start = -1


def _cell(table: _Table, token: Token) -> None:
    table.is_sound &= table.start >= 0 and all(one.name != "rowspan" for one in token.attributes)
    if table.cells:
        table.cells[-1] += 1
