"""Takes rows of tables out of a Word package whole, where nothing else leans on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from scanner.records import Steps
from scanner.surgery.base import CannotEdit
from scanner.surgery.office.places import LINKS, Part, Places, below
from scanner.surgery.office.source import Node, Slot, Source

_NOTES = frozenset(
    {"footnoteReference", "endnoteReference", "commentReference", "commentRangeStart", "commentRangeEnd"}
)
_RANGE = re.compile(r"(\w+?)(?:Range)?(Start|End)")
_FORMULA = re.compile(r"\s*=")


def remove(word: Places, rows: Collection[Steps]) -> None:
    """Takes these rows out. Raises CannotEdit where a row is merged with others, or holds what others refer to."""
    leaving: dict[int, list[int]] = {}
    parts: dict[int, Part] = {}
    for steps in rows:
        part, number = word.rows[steps]
        leaving.setdefault(id(part), []).append(number)
        parts[id(part)] = part
    for key, numbers in leaving.items():
        source = parts[key].source
        for number in numbers:
            _check(source, number)
        _check_tables(source, numbers)
        _relations(word, parts[key], numbers)
        for number in numbers:
            source.remove(source.nodes[number])


def _check(source: Source, number: int) -> None:
    row = below(source, number)
    if source.nodes[row[0].parent].name != "tbl":
        raise CannotEdit("a row stands in a field or a change of its own")
    if any(one.name in _NOTES for one in row):
        raise CannotEdit("a note or a comment belongs to a row")
    if any(one.name == "vMerge" and one.get("val") == "restart" for one in row):
        raise CannotEdit("a cell of a row is merged with those below")
    ranges = Counter[tuple[str, str]]()
    for one in row:
        found = _RANGE.fullmatch(one.name)
        if found is not None:
            ranges[found[1], one.get("id")] += 1 if found[2] == "Start" else -1
        elif one.name == "fldChar":
            ranges["fldChar", ""] += {"begin": 1, "end": -1}.get(one.get("fldCharType"), 0)
    if any(ranges.values()):
        raise CannotEdit("a bookmark, a change or a field goes over several rows")


def _check_tables(source: Source, numbers: list[int]) -> None:
    counting: set[int] = set()
    for one in source.content:
        if isinstance(one, Slot) and source.nodes[one.node].name == "instrText" and _FORMULA.match(one.text):
            counting.update(source.chain(one.node))
    for table, count in Counter(source.nodes[number].parent for number in numbers).items():
        rows = sum(1 for one in below(source, table) if one.name == "tr" and one.parent == table)
        if rows <= count:
            raise CannotEdit("a table would have no rows left")
        if table in counting:
            raise CannotEdit("a formula counts on the rows of a table")


def _relations(word: Places, part: Part, numbers: list[int]) -> None:
    """Links that only these rows use leave with them; a picture or a file that they show is a record of its own."""
    folder, _, name = part.name.replace("\\", "/").lstrip("/").lower().rpartition("/")
    rels = word.by_name.get(f"{folder}/_rels/{name}.rels".lstrip("/"))
    if rels is None or rels.kind != LINKS:
        return
    known = {one.get("Id"): one for one in rels.source.nodes if one.name == "Relationship"}
    leaving = {at for number in numbers for at in range(number, part.source.nodes[number].last + 1)}
    inside, outside = Counter[str](), Counter[str]()
    for at, node in enumerate(part.source.nodes):
        used = [slot.text for slot in node.attributes if slot.text in known and not slot.key.startswith("w:")]
        (inside if at in leaving else outside).update(used)
    for key in inside:
        _relation(rels.source, known[key], shared=key in outside)


def _relation(rels: Source, relation: Node, *, shared: bool) -> None:
    if relation.get("TargetMode") != "External":
        raise CannotEdit("a row holds a picture or a file")
    if not shared:
        rels.remove(relation)
