"""Comma separated values: a row leaves with its own bytes and no others; a cell that names the person gets the mark."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from scanner.blob import Blob
from scanner.limits import Limits
from scanner.records import Steps
from scanner.surgery.base import CannotEdit, Editor, Edits, Person
from scanner.surgery.tables.csv_rows import BROKEN, Row, Sheet, cell_places, is_sound
from scanner.surgery.text.coding import in_lines
from scanner.surgery.text.passages import spread
from scanner.surgery.text.text import NOT_THERE, STILL_THERE

_ROW = re.compile(r"row (\d+)", re.ASCII)
_NO_SUCH = "a row that is to leave is not there"
_BETWEEN = "\t"

Change = tuple[int, int, str]


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    del limits
    if edits.replace:
        raise CannotEdit("a csv file has no files in it")
    sheet = Sheet(blob.data())
    removed, amended = _asked(sheet, edits)
    width = next((len(row.cells) for row in sheet.rows if row.number is not None), 0)
    if not all(is_sound(row, sheet.coding.text, sheet.delimiter, width) for row in (*removed, *amended)):
        raise CannotEdit(BROKEN)
    if any(sign in person.mark for sign in (sheet.delimiter, '"', "\n")):
        raise CannotEdit("the mark holds the sign that parts its cells")
    changes = [(row.start, row.end, "") for row in removed]
    for row in amended:
        changes += _amended(row, sheet, person)
    return sheet.coding.replaced(sorted(changes))


def _asked(sheet: Sheet, edits: Edits) -> tuple[list[Row], list[Row]]:
    """The rows to take out, and those to take the person out of. Raises CannotEdit where one is not there."""
    known = sheet.numbered()
    removed = [known.get(number) for number in _numbers(edits.remove)]
    amended = [known.get(number) for number in _numbers(steps for steps in edits.amend if steps)]
    if () in edits.amend:
        amended += [row for row in sheet.rows if row.number is None]
    rows = [row for row in removed if row is not None and row.number]
    kept = [row for row in amended if row is not None]
    if len(rows) != len(removed) or len(kept) != len(amended) or not (rows or kept):
        raise CannotEdit(_NO_SUCH)
    return rows, [row for row in kept if row not in rows]


def _numbers(steps: Iterable[Steps]) -> list[int]:
    found = []
    for one in steps:
        match = _ROW.fullmatch(one[0]) if len(one) == 1 else None
        if match is None:
            raise CannotEdit(_NO_SUCH)
        found.append(int(match[1]))
    return sorted(found)


def _amended(row: Row, sheet: Sheet, person: Person) -> Iterator[Change]:
    """The changes that take the person out of one row: within its cells, whatever quotes are around them."""
    raw = sheet.coding.text[row.start : row.end]
    cells = list(cell_places(raw, sheet.delimiter))
    if [value for value, _ in cells] != row.cells:
        raise CannotEdit("a row is quoted in a way that is not sure")
    changed = False
    for number, spans in _spans(row.cells, person).items():
        places = cells[number][1]
        for start, end in spans:
            yield row.start + places[start][0], row.start + places[end - 1][1], person.mark
            changed = True
    if not changed and row.number is not None:
        raise CannotEdit(NOT_THERE)


def _spans(cells: list[str], person: Person) -> dict[int, list[tuple[int, int]]]:
    """By cell: where the person stands in the row as a reader sees it, and in the cell by itself."""
    filled = [number for number, cell in enumerate(cells) if cell]
    together = spread(person, [cells[number] for number in filled], _BETWEEN)
    found = {}
    for number, spans in zip(filled, together, strict=True):
        alone = in_lines(cells[number], person.spans(cells[number]))
        found[number] = _joined([*alone, *in_lines(cells[number], spans)])
    return found


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _refuses(blob: Blob) -> str | None:
    try:
        Sheet(blob.data())
    except CannotEdit as error:
        return error.reason
    return None


# The proof: the csv module on both contents, and the lines as bytes


def _differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    return list(dict.fromkeys(_problems(before, after, edits, person)))


def _problems(before: bytes, after: bytes, edits: Edits, person: Person) -> Iterator[str]:
    old = Sheet(before)
    removed, amended = _asked(old, edits)
    codec, skip = old.coding.codec, old.coding.skip
    if before[:skip] != after[:skip]:
        yield "the byte order mark changed"
    try:
        text = after[skip:].decode(codec)
    except UnicodeError:
        yield "the character encoding changed"
        return
    gone = {(row.start, row.end) for row in removed}
    touched = {row.start for row in amended}
    was, now = list(_read(before[skip:].decode(codec), old.delimiter)), list(_read(text, old.delimiter))
    kept = [one for one in was if (one[1], one[2]) not in gone]
    if len(was) - len(kept) != len(gone) or len(kept) != len(now):
        yield "the number of rows is not what it should be"
        return
    encode = old.coding.encode
    for (cells, start, _, raw), (new_cells, _, _, new_raw) in zip(kept, now, strict=True):
        if start not in touched:
            if cells != new_cells or encode(raw) != encode(new_raw):
                yield "another row changed"
        elif len(cells) != len(new_cells) or any(map(_is_more, cells, new_cells, [person.mark] * len(cells))):
            yield "an amended row changed in more than the person's values"
        elif person.holds(_BETWEEN.join(cell for cell in new_cells if cell)):
            yield STILL_THERE
    if not touched and b"".join(_outside(old.coding.data, old.coding.bytes_of(sorted(gone)))) != after:
        yield "bytes of other lines changed"


def _read(text: str, delimiter: str) -> Iterator[tuple[list[str], int, int, str]]:
    """Cells, begin, end and raw text of every row, by the csv module."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    place = 0
    for cells in csv.reader(lines(), delimiter=delimiter):
        raw = "".join(taken)
        taken.clear()
        yield cells, place, place + len(raw), raw
        place += len(raw)


def _is_more(was: str, now: str, mark: str) -> bool:
    """True where a cell lost or gained something beside what the mark stands for."""
    if was == now:
        return False
    first, *rest = now.split(mark)
    place = len(first)
    if not rest or not was.startswith(first):
        return True
    for piece in rest[:-1]:
        at = was.find(piece, place)
        if at < 0:
            return True
        place = at + len(piece)
    return not was.endswith(rest[-1]) or place > len(was) - len(rest[-1])


def _outside(data: bytes, spans: Iterable[tuple[int, int]]) -> Iterator[bytes]:
    place = 0
    for start, end in spans:
        yield data[place:start]
        place = end
    yield data[place:]


EDITOR = Editor(_edit, _differences, _refuses, records=frozenset({"row"}), amends=frozenset({"row", ""}))
