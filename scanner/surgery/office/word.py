"""A Word package with the place of everything in it, by the reader's own rules."""

from __future__ import annotations

from scanner.blob import Blob
from scanner.formats.office.docx import WORDS, _settings, _word
from scanner.formats.office.docx_flow import Flow
from scanner.formats.office.ooxml import PROPERTIES, main_part, property_parts
from scanner.formats.office.package import Package
from scanner.limits import Limits
from scanner.records import ReadError, Steps
from scanner.surgery.base import CannotEdit
from scanner.surgery.office.places import (
    FLOW,
    NUMBERING,
    PROPERTY,
    SETTINGS,
    Part,
    Placed,
    Places,
    note_rest,
    whole,
)
from scanner.surgery.office.source import Source
from scanner.surgery.office.tables import row_steps


def opened(blob: Blob, limits: Limits) -> Places:
    """The package with its places. Raises CannotEdit for what cannot be read to its end."""
    word = Places()
    try:
        with Package(blob, limits) as package:
            _fill(word, package)
    except ReadError:
        raise CannotEdit("it cannot be read to its end") from None
    return word


def _fill(word: Places, package: Package) -> None:
    main = main_part(package, "word/document.xml")
    owned = property_parts(package)
    beside = Placed(package, WORDS)
    beside.taken.update((main, *owned))
    groups: dict[str, list[str]] = {}
    for part in package.parts:
        kind = _word(part)
        if kind is not None and part not in beside.taken:
            groups.setdefault(kind, []).append(part)
            beside.taken.add(part)
    _flow(word, package, [main], ())
    for kind, parts in groups.items():
        if kind in (SETTINGS, NUMBERING):
            _switches(word, package, parts, kind)
        else:
            _flow(word, package, parts, (f"part {kind}",))
    for part in owned:
        whole(word, package, part, PROPERTY, PROPERTIES)
    word.steps.add(PROPERTIES)
    note_rest(word, package, beside)


def _switches(word: Places, package: Package, parts: list[str], kind: str) -> None:
    """Settings and numbering: their record is there only where they say anything."""
    for part in parts:
        told = (
            kind == NUMBERING or bool(_settings(package, part)) or any(one.external for one in package.relations(part))
        )
        whole(word, package, part, kind, (f"part {kind}",) if told else None)
    word.steps.add((f"part {kind}",))


def _flow(word: Places, package: Package, parts: list[str], steps: Steps) -> None:
    """Text of one kind: its tables are numbered through all of its parts."""
    word.steps.add(steps)
    sources = [(part, Source(package.stream(part).read())) for part in parts]
    read = [_read(source) for _, source in sources]
    total = sum(len(flow.tables) for flow, _ in read)
    number = 0
    for (name, source), (flow, live) in zip(sources, read, strict=True):
        part = Part(package.name(name), FLOW, steps, source, [], live, frozenset(flow.authors))
        tables = []
        for rows in flow.tables:
            number += 1
            here = (*steps, f"table {number}") if total > 1 else steps
            word.steps.add(here)
            tables.append((here, row_steps(here, rows), len(rows)))
        _place(word, part, steps, tables)
        word.parts.append(part)


def _read(source: Source) -> tuple[Flow, list[bool]]:
    flow = Flow()
    flow.tree(source.elements[0])  # takes out what it does not read
    live = set(map(id, source.elements[0].iter("*")))
    return flow, [id(one) in live for one in source.elements]


def _place(word: Places, part: Part, base: Steps, tables: list[tuple[Steps, dict[int, Steps], int]]) -> None:
    """Give each element its record: a top table's rows have their own, all else is of the part."""
    inside: list[tuple[int, int]] = []  # for each element: its table (-1 none, -2 in a paragraph), its row
    counts: list[int] = []
    for number, node in enumerate(part.source.nodes):
        table, row = inside[node.parent] if node.parent >= 0 else (-1, -1)
        place = part.places[node.parent] if node.parent >= 0 else base
        if table == -1 and node.name in ("p", "tbl"):
            if node.name == "tbl" and not part.read[number]:
                raise CannotEdit("a table is written twice")
            table = len(counts) if node.name == "tbl" else -2
            counts.extend([0] if node.name == "tbl" else [])
        elif table >= 0 and row == -1 and node.name == "tr":
            row = counts[table]
            counts[table] += 1
            place = _row(word, part, number, tables, table, row)
        inside.append((table, row))
        part.places.append(place)
    if counts != [count for _, _, count in tables]:
        raise CannotEdit("its tables are built in a rare way")


def _row(
    word: Places, part: Part, number: int, tables: list[tuple[Steps, dict[int, Steps], int]], table: int, row: int
) -> Steps:
    if table >= len(tables):
        raise CannotEdit("its tables are built in a rare way")
    here, known, _ = tables[table]
    steps = known.get(row, here)
    if steps != here:
        word.rows[steps] = (part, number)
        word.steps.add(steps)
    return steps
