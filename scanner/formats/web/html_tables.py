"""Tables of data in web pages: which tables are of data, and their cells by columns, spanned ones blank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scanner.formats import header

_WIDE = 64  # columns that one cell may span, and up to which spans are followed
_LONG = 65_534  # rows, by the standard
_HEADS = 3  # rows of headings

Row = tuple[list[LexborNode | None], bool]
"""The cells, None where another spans it; and whether all are headings (asked of the first rows only)."""


def data_tables(tree: LexborHTMLParser) -> list[LexborNode]:
    """Tables of at least two rows of at least two cells, without a table in or around them: others are layout."""
    tables = tree.css("table")
    if len(tables) > 1:
        nested = {node.mem_id for node in tree.css("table table")}
        tables = [table for table in tables if table.mem_id not in nested]
    return [table for table in tables if _is_data(table)]


def _is_data(table: LexborNode) -> bool:
    if table.css_first("td table, th table") is not None:
        return False
    return sum(1 for row in table.css("tr") if len(row.css("td, th")) >= 2) >= 2


def grid(table: LexborNode) -> Iterator[Row]:
    """The rows of a table; a cell over several columns or rows leaves its other places blank."""
    spans = table.css_first("[colspan],[rowspan]") is not None
    below: dict[int, int] = {}  # rows that a cell above still takes, by column
    for index, row in enumerate(table.css("tr")):
        nodes = row.css("td, th")
        heading = index < _HEADS and bool(nodes) and all(node.tag == "th" for node in nodes)
        yield (_placed(nodes, below) if spans else list(nodes)), heading


def _placed(nodes: Sequence[LexborNode], below: dict[int, int]) -> list[LexborNode | None]:
    cells: list[LexborNode | None] = []
    taken = set(below)
    for column in list(below):
        below[column] -= 1
        if not below[column]:
            del below[column]
    for node in nodes:
        while len(cells) in taken:
            cells.append(None)
        wide, high = (_span(node, "colspan", _WIDE), _span(node, "rowspan", _LONG)) if len(cells) < _WIDE else (1, 1)
        if high > 1:
            below.update((column, high - 1) for column in range(len(cells), len(cells) + wide))
        cells.extend([node, *[None] * (wide - 1)])
    return cells


def _span(node: LexborNode, name: str, most: int) -> int:
    value = (node.attributes.get(name) or "").strip()
    return max(min(int(value), most), 1) if value.isascii() and value.isdecimal() and len(value) < 9 else 1


def drop_cells(table: LexborNode) -> None:
    """Take out what was read as rows; captions, columns' titles and the like stay with the page's text."""
    for row in table.css("tr"):
        if not row.attributes:
            row.decompose()
            continue
        for node in row.css("td, th"):
            node.decompose()


def head(rows: Sequence[tuple[list[str], bool]]) -> tuple[int, header.Columns | None]:
    """How many rows are headings, and what they say of the columns: two rows are read as one."""
    columns: header.Columns | None = None
    words: list[str] = []
    for count, (cells, heading) in enumerate(rows[:_HEADS]):
        if count and (not heading or header.has_data(cells)):
            return count, columns
        found = header.columns(cells)
        if found is None and not heading:
            return count, columns
        if columns is not None:
            words = [f"{above} {below}".strip() for above, below in zip_longest(words, cells, fillvalue="")]
            columns = header.columns(words) or columns
        elif found is not None:
            columns, words = found, cells
    return min(len(rows), _HEADS), columns
