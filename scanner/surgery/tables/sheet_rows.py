"""From `row N` of a sheet's records to the row of the sheet, by the same reader that numbered it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from scanner.formats.rows import row_records
from scanner.records import Steps
from scanner.surgery.base import CannotEdit, Edits, Person
from scanner.surgery.text.passages import spread

MERGED = "a merged cell of the row reaches into rows that stay"
_FAR = 1 << 40
_LOOK = 6  # rows that settle where the numbers begin: one more than `row_records` looks through
_ROW = re.compile(r"row (\d{1,8})")


@dataclass(slots=True)
class Wanted:
    """Rows of one sheet by their number below the header: those that leave, and those that the person leaves."""

    remove: set[int] = field(default_factory=set)
    amend: set[int] = field(default_factory=set)

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.remove or self.amend)


def wanted(edits: Edits) -> dict[str, Wanted]:
    """The rows by the sheet's step. Raises CannotEdit for what is no row of a sheet."""
    if edits.replace:
        raise CannotEdit("a file inside a workbook is not edited")
    found: dict[str, Wanted] = {}
    for steps in edits.remove:
        sheet, number = _row(steps)
        found.setdefault(sheet, Wanted()).remove.add(number)
    for steps in edits.amend:
        sheet, number = _row(steps)
        found.setdefault(sheet, Wanted()).amend.add(number)
    for rows in found.values():
        rows.amend -= rows.remove
    return found


def _row(steps: Steps) -> tuple[str, int]:
    match = _ROW.fullmatch(steps[1]) if len(steps) == 2 and steps[0].startswith("sheet ") else None
    if match is None:
        raise CannotEdit("only rows of a workbook's sheets are edited")
    return steps[0], int(match[1])


def origin(rows: Iterable[tuple[int, Sequence[str]]]) -> int:
    """The position (from 0) of `row 0`: a row far below is given to the reader, which tells its number.

    `rows` are (position, cells) as the reader of the format gives them. Raises CannotEdit where there are none.
    """
    used = list(islice(_used(rows), _LOOK))
    if not used:
        raise CannotEdit("the row is not there")
    *_, last = row_records((), [*used, (_FAR, ["x"])])
    return _FAR - int(last.steps[0].removeprefix("row "))


def without(person: Person, texts: Sequence[str]) -> dict[int, str]:
    """What cells of a row say once the person is masked, by their number, where that is something else.

    A name may stand in two cells: they are looked at together and one by one.
    """
    filled = [number for number, text in enumerate(texts) if text]
    together = spread(person, [texts[number] for number in filled], "\t")
    found = {}
    for number, spans in zip(filled, together, strict=True):
        text, pieces, at = texts[number], [], 0
        for start, end in sorted([*spans, *person.spans(text)]):
            if end > at:
                pieces += [text[at:start], person.mark] if start >= at else []
                at = end
        if pieces:
            found[number] = "".join([*pieces, text[at:]])
    return found


def _used(rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[tuple[int, list[str]]]:
    for position, cells in rows:
        if any(cells):
            yield position, list(cells)
