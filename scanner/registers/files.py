"""Proposals for csv files and workbooks: each is looked at in a worker, as a scan would, and only counts come back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from config.model import Source
from connectors.base import Connector, GapReason, Item, ItemKind, Locator
from connectors.errors import ConnectorError
from connectors.registers.describe import SAMPLE_CHARS, SAMPLE_ROWS, ColumnShape, TableShape
from scanner.blob import Blob
from scanner.detect.base import DetectSettings
from scanner.detect.name_words import is_given_name
from scanner.formats.data.sheet_csv import table_rows
from scanner.formats.header import columns
from scanner.formats.office.xlsx_calamine import cells_of, left_of, opened_book
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.read import Sources, blob_of
from scanner.records import ReadError
from scanner.registers.columns import TableProposal, propose
from scanner.registers.toml import register
from scanner.supervise import Supervisor
from scanner.worker import Failure

MOST = 200
"""So many files of a source are looked at."""

_ENDINGS = (".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".xlsb", ".ods", ".xls")
_BOOKS = ("xlsx", "xls")
_HEAD = 5  # used rows among which a header stands, as `rows` looks for one
_WIDEST = 200  # columns that are looked at
_SPECIAL = re.compile(r"[*?\[]")

Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is proposed of one table: of a file, or of one sheet of it."""

    sheet: str
    header: bool
    proposal: TableProposal


@dataclass(slots=True)
class FileProposals:
    """What the files of one source gave: texts to print, and which files could not be looked at."""

    blocks: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    left: bool = False  # there are more than MOST


def propose_files(
    source: Source, connector: Connector, detect: DetectSettings, limits: Limits, workers: int
) -> FileProposals:
    """Look at the first tables of an open source. Raises ConnectorError as its walk does."""
    found = FileProposals()
    paths = sorted(islice(_tables(connector), MOST + 1))
    found.left = len(paths) > MOST
    groups: dict[tuple[object, ...], tuple[Sheet, list[str]]] = {}
    with Supervisor(partial(make_file_job, source, detect, limits), workers, limits, chunk=4) as supervisor:
        results = dict(supervisor.run(paths[:MOST]))
    for path in paths[:MOST]:
        sheets = results[path]
        if isinstance(sheets, Failure) or sheets is None:
            found.unread.append(path)
            continue
        for sheet in sheets:
            if sheet.proposal.columns:
                groups.setdefault(_alike(sheet), (sheet, []))[1].append(_pattern(path))
    for sheet, patterns in groups.values():
        found.blocks.append(register(source.name, patterns, sheet.sheet, sheet.proposal, header=sheet.header))
    return found


def _tables(connector: Connector) -> Iterator[str]:
    """The paths of files that are called as tables are."""
    for scope in connector.scopes():
        for event in connector.walk(scope):
            if isinstance(event, Item) and event.kind is ItemKind.FILE:
                path = event.locator.path
                if path.lower().endswith(_ENDINGS):
                    yield path


def _alike(sheet: Sheet) -> tuple[object, ...]:
    """Files of the same columns get one block, with the reasons of the first of them."""
    said = tuple((one.column, one.kind, one.who, one.sure) for one in sheet.proposal.columns)
    return sheet.sheet, sheet.header, said


def _pattern(path: str) -> str:
    """The path as a pattern that fits it alone."""
    return _SPECIAL.sub(lambda match: f"[{match[0]}]", path)


# In a worker


def make_file_job(source: Source, detect: DetectSettings, limits: Limits) -> Callable[[str], list[Sheet] | None]:
    """What a worker runs once at its start."""
    return partial(_looked, Sources((source,), hasty=True), source.name, detect, limits)


def _looked(sources: Sources, source: str, detect: DetectSettings, limits: Limits, path: str) -> list[Sheet] | None:
    """The tables of one file; None where it could not be read."""
    try:
        with sources.get(source).read(Locator(source, path)) as content:
            return list(tables_in(blob_of(content, limits), detect))
    except (ConnectorError, ReadError):
        return None


def tables_in(blob: Blob, detect: DetectSettings) -> Iterator[Sheet]:
    """What is proposed of each table of a file. Raises ReadError."""
    kind = sniff(blob)
    if kind == "csv":
        yield from _sheet("", table_rows(blob), 0, detect)
    elif kind in _BOOKS:
        with opened_book(blob) as book:
            for name in dict.fromkeys(book.sheet_names):
                sheet = book.get_sheet_by_name(name)
                yield from _sheet(name, cells_of(sheet, {}), left_of(sheet), detect)
    else:
        raise ReadError(GapReason.UNKNOWN_FORMAT)


def _sheet(name: str, rows: Iterable[Row], left: int, detect: DetectSettings) -> Iterator[Sheet]:
    used = [cells for _, cells in islice(((at, cells) for at, cells in rows if any(cells)), _HEAD + SAMPLE_ROWS)]
    if not used:
        return
    head = _header(used)
    body = used[head + 1 :]
    width = min(max(map(len, used)), _WIDEST)
    names: list[str] = []
    for index in range(width):
        said = _called(used[head] if head >= 0 else (), index, left)
        names.append(_letter(index + left) if said in names else said)  # of two columns of one name the first has it
    sample = tuple(
        tuple(row[index][:SAMPLE_CHARS] if index < len(row) else None for index in range(width)) for row in body
    )
    shape = TableShape(name, tuple(map(ColumnShape, names)), sample=sample)
    yield Sheet(name, head >= 0, propose(shape, detect))


def _header(rows: Sequence[Sequence[str]]) -> int:
    """Which row is the header; -1 for none. A row that may hold data is none: its values would be printed."""
    for number, cells in enumerate(rows[:_HEAD]):
        if columns(cells) is not None and not any(map(_is_data, cells)):
            return number
    return -1 if len(rows) < 2 or any(map(_is_data, rows[0])) or not _is_over(rows[0], rows[1:]) else 0


def _is_over(head: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a row of plain words stands over rows that have digits or addresses where it has none."""
    return any(_is_data(cell) for row in body[:_HEAD] for cell in row[: len(head)])


def _is_data(cell: str) -> bool:
    words = cell.split()
    return "@" in cell or sum(map(str.isdigit, cell)) > 3 or len(cell) > 60 or any(map(is_given_name, words))


def _called(head: Sequence[str], index: int, left: int) -> str:
    """A column by its header, or by its letter where that is empty."""
    said = " ".join(head[index].split()) if index < len(head) else ""
    return said or _letter(index + left)


def _letter(index: int) -> str:
    """The column's letter in a sheet: A for 0, AA for 26."""
    letters = ""
    index += 1
    while index:
        index, left = divmod(index - 1, 26)
        letters = chr(65 + left) + letters
    return letters
