"""Rows of a table to records: the header is row 0, data rows count from 1, each with the persons it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Protocol

from scanner.formats.header import Columns, columns, entities, has_data, is_header
from scanner.records import Entity, Record, Role, Steps

_LOOK = 5  # used rows to look through for the header: above it stand titles and dates


class Known(Protocol):
    """Who is in a row, where that is known by more than its header; see `registers`."""

    def persons(self, position: int, cells: Sequence[str], head: Columns | None) -> list[Entity]:
        """The persons of one row; `head` is what its header makes guess."""

    def header_again(self, cells: Sequence[str]) -> None:
        """Told of every header further down."""


def row_records(
    steps: Steps, rows: Iterable[tuple[int, Sequence[str]]], known: Known | None = None
) -> Iterator[Record]:
    """One record a row that holds anything; `rows` are (position, cells), blank ones left out or empty.

    Positions are kept, so that `row 7` is the seventh line below the header whatever is blank in between. Without a
    header the first used row is `row 1`. What stands above the header is one record at `steps`. A second header further
    down holds from there on; of a header in two rows the lower one counts.
    """
    used = ((position, cells) for position, cells in rows if any(cells))
    first: list[tuple[int, Sequence[str]]] = []
    head: Columns | None = None
    for position, cells in used:
        first.append((position, cells))
        head = columns(cells)
        if head is not None or len(first) == _LOOK:
            break
    if not first:
        return
    if head is None:
        start = first[0][0] - 1
    else:
        start, cells = first.pop()
        yield from _above(steps, first, (start, cells), known)
        first = []
    body = Role.BODY
    for position, cells in chain(first, used):
        if is_header(cells):
            head = columns(cells)
            found = []
            if known is not None:
                known.header_again(cells)
        elif known is not None:
            found = known.persons(position, cells, head)
        else:
            found = entities(head, cells) if head is not None else []
        yield Record((*steps, f"row {position - start}"), "row", [(body, line(cells))], found)


def titles(names: Iterable[str]) -> list[tuple[Role, str]]:
    """The names of the sheets, as text: people name a sheet after a customer too."""
    text = "\n".join(name for name in names if name)
    return [(Role.BODY, text)] if text else []


def line(cells: Sequence[str]) -> str:
    """A row as text."""
    return "\t".join([cell for cell in cells if cell])


def _above(
    steps: Steps,
    titles: list[tuple[int, Sequence[str]]],
    header: tuple[int, Sequence[str]],
    known: Known | None,
) -> Iterator[Record]:
    """What stands above the data. Where the columns are known by more than the header, it may be data too."""
    position, cells = header
    if titles:
        texts = [(Role.BODY, "\n".join(line(title) for _, title in titles))]
        persons = [one for place, title in titles for one in known.persons(place, title, None)] if known else []
        yield Record(steps, "part", texts, persons)
    if has_data(cells):
        found = known.persons(position, cells, None) if known else []
        yield Record((*steps, "row 0"), "row", [(Role.BODY, line(cells))], found)
