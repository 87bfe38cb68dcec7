"""Comma, semicolon, tab and bar separated values, streamed: each row is a record.

The header is row 0; without one the first row is row 1. Blank rows count. What is not UTF-8 or UTF-16 is read as
Windows-1252. A quote that is never closed would make one row of all that follows, and so one person of many: such a
run is read line by line.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats import charset, header
from scanner.formats.base import Format, Found
from scanner.formats.registers import table_records
from scanner.limits import Limits
from scanner.records import ReadError

csv.field_size_limit((1 << 31) - 1)

_SAMPLE = 1 << 16
_SMALL = 1 << 18  # bytes up to which a file is read at once: decoding it in pieces costs more
_DELIMITERS = (";", "\t", ",", "|")
_SEP = re.compile(r"sep=(.)\r?\n?\Z", re.IGNORECASE)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    yield from table_records(blob.registers, (), table_rows(blob))


def table_rows(blob: Blob) -> Iterator[tuple[int, list[str]]]:
    """Position from 0 and cells of each row. Raises ReadError."""
    head = blob.head(_SAMPLE)
    if charset.is_binary(head):
        raise ReadError(GapReason.UNREADABLE, "not text")
    codec, skip = charset.encoding(head)
    sample = head[skip:].decode(codec, charset.handler(codec))
    delimiter = dialect(sample if len(head) < _SAMPLE else sample[: sample.rfind("\n") + 1] or sample)
    if blob.size <= min(_SMALL, blob.limit):
        text = charset.decoded(blob.data()[skip:], codec)
        yield from _numbered(_rows(_Lines(io.StringIO(text, newline="")), delimiter))
        return
    stream = blob.open()
    stream.seek(skip)
    wrapped = io.TextIOWrapper(stream, encoding=codec, errors=charset.handler(codec), newline="")
    try:
        yield from _numbered(_rows(_Lines(wrapped), delimiter))
    finally:
        wrapped.detach()


FORMAT = Format(
    "csv",
    2,
    "stdlib csv",
    _extract,
    records="`row N`",
    entities="by the header: the row's owner, and whom it names (Google, Outlook, Thunderbird, phones, registers)",
    editable="rows; passages in cells, on decision",
    limits="files in cells (base64)",
)


def dialect(sample: str) -> str:
    """The delimiter that gives most rows the same number of columns, and a known header if there is one."""
    first = _SEP.match(sample.split("\n", 1)[0])
    if first:
        return first[1]
    return max(_DELIMITERS, key=lambda one: _score(sample, one))


def _score(sample: str, delimiter: str) -> tuple[int, float, int]:
    if delimiter not in sample:
        return (0, 0.0, 0)
    rows = []
    for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
        if row:
            rows.append(row)
        if len(rows) >= 50:
            break
    if not rows:
        return (0, 0.0, 0)
    width, same = Counter(map(len, rows)).most_common(1)[0]
    known = len(rows[0]) > 1 and header.columns(rows[0]) is not None
    return (2 if known else 1, same / len(rows) if width > 1 else 0.0, width)


def _numbered(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for position, cells in enumerate(rows):
        if position == 0 and len(cells) <= 2 and _SEP.match("".join(cells) + " "):
            continue  # Excel's `sep=;`
        yield position, cells


class _Lines:
    """Lines of text that remembers those of the row that is being read."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._text:
            self.taken.append(line)
            yield line


def _rows(lines: _Lines, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(iter(lines), delimiter=delimiter)
    width = 0
    for cells in reader:
        taken = lines.taken
        if len(taken) > 1 and len(cells) != width:
            split = [next(csv.reader([line], delimiter=delimiter), []) for line in taken]
            if width > 1 and 2 * sum(1 for row in split if len(row) == width) >= len(split):
                yield from split
                taken.clear()
                continue
        taken.clear()
        width = width or len(cells)
        yield cells
