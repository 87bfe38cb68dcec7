"""What a scan has read and not stored yet."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from scanner.index.rows import ItemRow
from scanner.index.sqlite import Index
from scanner.scan_walk import Walk

# A transaction: large ones cost half as much an item, small ones lose less when the process is killed.
_BATCH = 4096  # items
_WEIGHT = 24 << 20  # bytes of words and records, so that memory stays bounded
_A_RECORD = 300  # bytes besides its words
_SECONDS = 5.0  # from the first row that waits


@dataclass(slots=True)
class Pending:
    """Rows that wait for the next transaction."""

    index: Index
    walk: Walk
    rows: list[ItemRow] = field(default_factory=list)
    weight: int = 0
    since: float = 0.0

    def add(self, row: ItemRow) -> None:
        """Take one in; all are stored when they are many, large or old."""
        if not self.rows:
            self.since = time.monotonic()
        self.rows.append(row)
        for record in row.records:
            self.weight += len(record.words) + _A_RECORD
        if len(self.rows) >= _BATCH or self.weight >= _WEIGHT or time.monotonic() - self.since > _SECONDS:
            self.store()

    def store(self) -> None:
        """One transaction of all that wait."""
        rows, self.rows, self.weight = self.rows, [], 0
        if rows:
            self.index.store(self.walk.source, self.walk.scope, rows)
