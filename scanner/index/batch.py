"""Rows of many items, gathered and then written table by table in key order: what makes one writer fast enough."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any, NamedTuple

import apsw

from scanner.index.rows import ItemRow, Mentions


class Span(NamedTuple):
    """An item and where its records lie."""

    item: int
    first_record: int
    records: int


class Batch:
    """What one transaction writes. `known` are tokens of identifiers that are in the file already."""

    def __init__(self, known: set[int]) -> None:
        self._known = known
        self.readers: dict[tuple[str, str], int] = {}
        self.items: list[tuple[Any, ...]] = []
        self.gaps: list[tuple[int, int, bytes | None, int, bytes]] = []
        self._records: list[tuple[int, int, int, bytes | None, bytes]] = []
        self._words: list[tuple[int, str]] = []
        self._postings: list[tuple[int, int]] = []
        self._identifiers: dict[int, tuple[int, bytes]] = {}

    def add_records(self, item: int, number: int, row: ItemRow) -> int:
        """Gather an item's records, numbered from `number`; answers the next free number."""
        for record in row.records:
            mentions = Mentions.of(record.mentions)
            self._records.append((number, item, record.kind, record.steps, mentions.data))
            if record.words:
                self._words.append((number, record.words))
            self._postings += zip(set(mentions.tokens()), repeat(number))
            number += 1
        for token, value in row.identifiers.items():
            if token not in self._known:
                self._identifiers[token] = value
        return number

    def write(self, db: apsw.Connection) -> None:
        """Write it all."""
        db.executemany(
            "INSERT INTO item (id, scope, token, version, reader, first_record, records, kind, links, size, strength,"
            " path, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self.items,
        )
        db.executemany("INSERT INTO record (id, item, kind, steps, mentions) VALUES (?, ?, ?, ?, ?)", self._records)
        db.executemany("INSERT INTO words (rowid, w) VALUES (?, ?)", self._words)
        self._postings.sort()
        db.executemany("INSERT INTO posting (token, record) VALUES (?, ?)", self._postings)
        identifiers = sorted((token, code, sealed) for token, (code, sealed) in self._identifiers.items())
        db.executemany("INSERT OR IGNORE INTO identifier (token, type, value) VALUES (?, ?, ?)", identifiers)
        db.executemany("INSERT INTO gap (scope, item, steps, reason, detail) VALUES (?, ?, ?, ?, ?)", self.gaps)
        self._known.update(self._identifiers)


def drop(db: apsw.Connection, spans: Iterable[Span]) -> set[int]:
    """Delete items with all that hangs on them, identifiers aside; answers the tokens of the identifiers they held."""
    tokens: set[int] = set()
    for item, first, count in spans:
        span = (first, first + count)
        postings: list[tuple[int, int]] = []
        for number, mentions in db.execute("SELECT id, mentions FROM record WHERE id >= ? AND id < ?", span):
            held = set(Mentions(mentions).tokens())
            postings += [(token, number) for token in held]
            tokens |= held
        postings.sort()
        db.executemany("DELETE FROM posting WHERE token = ? AND record = ?", postings)
        db.executemany("DELETE FROM words WHERE rowid = ?", [(number,) for number in range(*span)])
        db.execute("DELETE FROM record WHERE id >= ? AND id < ?", span)
        db.execute("DELETE FROM gap WHERE item = ?", (item,))
        db.execute("DELETE FROM item WHERE id = ?", (item,))
    return tokens
