"""The rows of a csv file with where they lie: numbered as its reader numbers them, or refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from scanner.blob import Blob
from scanner.formats import charset
from scanner.formats.data import sheet_csv
from scanner.formats.header import columns
from scanner.formats.rows import _LOOK, row_records
from scanner.surgery.base import CannotEdit
from scanner.surgery.text.coding import Coding

_LINE_END = re.compile(r"(?:\r\n|\r|\n)?\Z")
BROKEN = "a quote in it is never closed, so that its rows are not sure"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `number` is N of `row N`, 0 for the header, None above it; `start` and `end` are places in the text."""

    number: int | None
    cells: list[str]
    start: int
    end: int
    lines: int


class Sheet:
    """A csv file as its reader sees it: its text, the sign between cells, its rows."""

    def __init__(self, data: bytes) -> None:
        """Raises CannotEdit where bytes or rows are not sure."""
        self.coding = Coding(data, _text(data))
        self.delimiter = _delimiter(data)
        laid = _laid(self.coding.text, self.delimiter)
        start = _start(laid)
        self.rows = [
            Row(position - start if position >= start else None, cells, first, last, lines)
            for position, cells, first, last, lines in laid
            if any(cells)
        ]
        told = {record.steps for record in row_records((), ((position, cells) for position, cells, *_ in laid))}
        known = {(f"row {row.number}",) for row in self.rows if row.number is not None}
        if told - known - {()} or known - told - {("row 0",)}:
            raise CannotEdit("its rows are not numbered as a scan numbers them")

    def numbered(self) -> dict[int, Row]:
        """The rows by number, without those above the header."""
        return {row.number: row for row in self.rows if row.number is not None}


def _text(data: bytes) -> str:
    """As the reader decodes it."""
    codec, skip = charset.encoding(data[: sheet_csv._SAMPLE])
    if len(data) <= sheet_csv._SMALL:
        return charset.decoded(data[skip:], codec)
    return data[skip:].decode(codec, charset.handler(codec))


def _delimiter(data: bytes) -> str:
    """As the reader finds it."""
    head = Blob(data, "").head(sheet_csv._SAMPLE)
    codec, skip = charset.encoding(head)
    sample = head[skip:].decode(codec, charset.handler(codec))
    whole = len(head) < sheet_csv._SAMPLE
    return sheet_csv.dialect(sample if whole else sample[: sample.rfind("\n") + 1] or sample)


_Laid = tuple[int, list[str], int, int, int]


def _laid(text: str, delimiter: str) -> list[_Laid]:
    """Position, cells, begin and end in the text, and lines of every row, blank ones too; a line `sep=;` left out."""
    lines = list(io.StringIO(text, newline=""))
    places = list(accumulate(map(len, lines), initial=0))
    reader = csv.reader(iter(lines), delimiter=delimiter)
    found: list[_Laid] = []
    taken = 0
    try:
        for position, cells in enumerate(reader):
            found.append((position, cells, places[taken], places[reader.line_num], reader.line_num - taken))
            taken = reader.line_num
    except csv.Error:
        raise CannotEdit("it is no sound csv file") from None
    _check(lines, [cells for _, cells, *_ in found], delimiter)
    kept = {position for position, _ in sheet_csv._numbered(cells for _, cells, *_ in found)}
    return [row for row in found if row[0] in kept]


def _check(lines: Sequence[str], rows: list[list[str]], delimiter: str) -> None:
    """Raises CannotEdit where quotes are broken: where the reader mends rows, and where strict rules see a fault."""
    if list(sheet_csv._rows(sheet_csv._Lines(io.StringIO("".join(lines), newline="")), delimiter)) != rows:
        raise CannotEdit(BROKEN)


def is_sound(row: Row, text: str, delimiter: str, width: int) -> bool:
    """Whether a row over several lines is surely one: by strict rules it ends there, and is as wide as the others.

    Where two of its lines would be whole rows by themselves, a quote too many has made one row of several persons.
    """
    if row.lines == 1:
        return True
    lines = text[row.start : row.end].splitlines()
    if width > 1 and sum(line.count(delimiter) + 1 >= width for line in lines) > 1:
        return False
    try:
        strict = list(csv.reader(io.StringIO(text[row.start : row.end], newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return strict == [row.cells] and len(row.cells) == width


def _start(laid: Sequence[_Laid]) -> int:
    """The position of row 0: the header's, or one before the first used row (`row_records`)."""
    used = [(position, cells) for position, cells, *_ in laid if any(cells)][:_LOOK]
    for position, cells in used:
        if columns(cells) is not None:
            return position
    return used[0][0] - 1 if used else 0


def cell_places(raw: str, delimiter: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Each cell of a row as written: its value, and for each of its characters where it stands in `raw`."""
    value: list[str] = []
    places: list[tuple[int, int]] = []
    index, stop = 0, _LINE_END.search(raw).start()  # type: ignore[union-attr]
    is_quoted, is_start = False, True
    while index < stop:
        sign = raw[index]
        size = 1
        if is_quoted and raw.startswith('""', index):
            size = 2
        elif sign == '"' and (is_quoted or is_start):
            is_quoted, is_start = not is_quoted, False
            index += 1
            continue
        elif sign == delimiter and not is_quoted:
            yield "".join(value), places
            value, places, is_start = [], [], True
            index += 1
            continue
        value.append(sign)
        places.append((index, index + size))
        is_start = False
        index += size
    yield "".join(value), places
