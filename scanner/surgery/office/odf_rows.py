"""Takes rows of tables out of an OpenDocument text whole, where nothing else leans on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from scanner.records import Steps
from scanner.surgery.base import CannotEdit
from scanner.surgery.office.places import Part, Places, below
from scanner.surgery.office.source import Node, Source

_LEANING = frozenset(
    {
        "annotation", "annotation-end", "change", "change-start", "change-end", "bookmark-start", "bookmark-end",
        "reference-mark-start", "reference-mark-end", "toc-mark-start", "toc-mark-end", "user-index-mark-start",
        "user-index-mark-end", "alphabetical-index-mark-start", "alphabetical-index-mark-end", "table",
    }
)  # fmt: skip
_INSIDE = frozenset({"image", "object", "object-ole", "plugin", "floating-frame", "control"})


def remove(places: Places, rows: Collection[Steps]) -> None:
    """Takes these rows out. Raises CannotEdit where a row is merged with others, or holds what others refer to."""
    leaving: dict[str, tuple[Part, list[int]]] = {}
    for steps in rows:
        part, number = places.rows[steps]
        leaving.setdefault(part.name, (part, []))[1].append(number)
    for part, numbers in leaving.values():
        for number in numbers:
            _check(below(part.source, number))
        _check_tables(part.source, numbers)
        for number in numbers:
            part.source.remove(part.source.nodes[number])


def _check(row: list[Node]) -> None:
    if row[0].get("number-rows-repeated") not in ("", "1"):
        raise CannotEdit("a row stands for several of the same content")
    if any(one.name in _LEANING for one in row):
        raise CannotEdit("a comment, a bookmark or a change belongs to a row")
    if any(one.name in _INSIDE for one in row):
        raise CannotEdit("a row holds a picture or a file")
    covered = sum(_count(one, "number-columns-repeated") for one in row if one.name == "covered-table-cell")
    over = sum(_count(one, "number-columns-spanned") - 1 for one in row)
    if covered != over or any(_count(one, "number-rows-spanned") > 1 for one in row):
        raise CannotEdit("a cell of a row is merged with others above or below")


def _count(node: Node, name: str) -> int:
    value = node.get(name)
    return int(value) if value.isdecimal() and len(value) < 9 else 1


def _check_tables(source: Source, numbers: list[int]) -> None:
    for around, count in Counter(source.nodes[number].parent for number in numbers).items():
        rows = sum(1 for one in below(source, around) if one.name == "table-row" and one.parent == around)
        if rows <= count:
            raise CannotEdit("a table would have no rows left")
        table = next(one for one in source.chain(around) if source.nodes[one].name == "table")
        if any(one.get("formula") for one in below(source, table)):
            raise CannotEdit("a formula counts on the rows of a table")
