"""What a register can say of its own tables, so that columns can be proposed: names, types, keys and a few rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

SAMPLE_ROWS = 100
"""At most so many rows of a table are looked at."""

SAMPLE_CHARS = 500
"""At most so much of one value is looked at."""


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """One column: its name, and its type as the register writes it ("VARCHAR(80)"), or "" where it has none."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of this table hold the key `target_columns` of the table `target`, each beside its own."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableShape:
    """One table as it is, with a bounded sample: personal data, held in memory only and never printed or logged.

    A row of `sample` has one text for each of `columns`; None where the value is null, binary or not to be had.
    `schema` is the schema the table lies in, or "" for the default one.
    """

    name: str
    columns: tuple[ColumnShape, ...]
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    sample: tuple[tuple[str | None, ...], ...] = ()
    schema: str = ""


@runtime_checkable
class Describes(Protocol):
    """An optional role of a connector: it can describe its tables, those too that nobody has configured yet."""

    def describe(self) -> Iterator[TableShape]:
        """Every table that can be read, at most SAMPLE_ROWS rows of each; changes nothing.

        Signs in by itself: the connector need not be open. Raises what `open` and `walk` raise.
        """
