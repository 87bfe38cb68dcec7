"""The writing half of the index. Several processes may write: each transaction is short, and all or nothing.

What a writer remembers of the file (the next numbers, identifiers that are in it) holds only as long as no other
process has committed; each transaction asks for that first, when nobody else can commit any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import apsw

from connectors.base import GapReason, Strength, Version
from scanner.index import codes
from scanner.index.base import CURSOR, DETAIL, SCOPE, SOURCE, VERSION, Base, listed
from scanner.index.batch import Batch, Span, drop
from scanner.index.notes import NOTE, ScanNote, dump_note, note_key
from scanner.index.pack import PATH
from scanner.index.rows import ItemRow
from scanner.index.seal import Sealer
from scanner.index.told import told

_WALK_GAPS = "SELECT id, path, reason, detail FROM gap WHERE scope = ? AND item IS NULL ORDER BY id"
_KNOWN = 500_000  # identifier tokens remembered as written, about 30 MB
_CHUNK = 5000  # items a statement, and a transaction where many leave: others wait to write meanwhile


class Writes(Base):
    """Changes. All may raise DiskFull, Corrupt, DiskFailed, or Busy where another process writes for minutes.

    A call that raises has changed nothing; of one that takes many items out, some of them may be out by then.
    """

    def __init__(self, db: apsw.Connection, sealer: Sealer) -> None:
        super().__init__(db, sealer)
        self._known: set[int] = set()  # identifiers that are in the file
        self._next_item = self._next_record = 0
        self._data: int | None = None  # what `PRAGMA data_version` was when these were read

    def source_id(self, name: str) -> int:
        """The number of a source in this file; made when it is new."""
        with self._transaction():
            return self._made_source(name)

    def begin_walks(self, source: str, scopes: Iterable[str]) -> None:
        """These scopes are about to be walked: none counts as complete, nor its source, until `finish_walk` says so.

        Nor has it a cursor: what a scan that is killed has read may be gone again before the next one walks.
        """
        with self._transaction():
            numbers = [(self._made_scope(source, scope),) for scope in scopes]
            self._db.executemany("UPDATE scope SET complete = 0, cursor = NULL WHERE id = ?", numbers)

    def store(self, source: str, scope: str, rows: Sequence[ItemRow]) -> None:
        """Add items, or replace those of the same path, with all their records. One transaction.

        Some thousands of items a call are stored nearly twice as fast as 64. The last of two rows of one path counts.
        """
        with self._transaction():
            scope_id = self._made_scope(source, scope)
            unique = {row.token: row for row in rows}
            old = self._existing(scope_id, unique)
            dropped = drop(self._db, old.values()) if old else set()
            batch = Batch(self._known)
            for token, row in unique.items():
                self._add(batch, scope_id, row, old.get(token))
            batch.write(self._db)
            self._orphans(dropped)
            if old:
                self._soil()
        if len(self._known) > _KNOWN:
            self._known.clear()

    def retire(self, items: Iterable[int]) -> None:
        """Delete items with their records, mentions, words, gaps, and the identifiers that no other record holds.

        Their bytes may lie in freed pages until `purge`. Many go in several transactions.
        """
        wanted = list(dict.fromkeys(items))
        for start in range(0, len(wanted), _CHUNK):
            with self._transaction():
                self._retire(wanted[start : start + _CHUNK])

    def mark_stale(self, items: Iterable[int]) -> bool:
        """What is in the index of these items may be old: they are reported as gaps until they are read again.

        Answers whether any was not marked before.
        """
        with self._transaction():
            before = self._db.total_changes()
            self._db.executemany("UPDATE item SET stale = 1 WHERE id = ? AND NOT stale", [(item,) for item in items])
            return self._db.total_changes() > before

    def refresh(self, items: Iterable[tuple[int, Version]]) -> None:
        """These items were seen, and their content is what the index has: a new version, no longer stale."""
        rows = [
            (self._kept_version(version.token, version.strength), codes.STRENGTHS[version.strength], item)
            for item, version in items
        ]
        with self._transaction():
            self._db.executemany("UPDATE item SET version = ?, strength = ?, stale = 0 WHERE id = ?", rows)

    def set_walk_gaps(
        self,
        source: str,
        scope: str,
        gaps: Iterable[tuple[str, GapReason, str]],
        at: Callable[[str], bool] = lambda _: True,
    ) -> bool:
        """The gaps (path, reason, detail) of a walk of the scope, in place of those of the walk before; whether others.

        Those of the walk before whose path `at` does not answer for stay.
        """
        seal, opened = self._sealer.seal_text, self._sealer.open_text
        with self._transaction():
            scope_id = self._made_scope(source, scope)
            fresh = dict.fromkeys(
                (seal(path, PATH), codes.GAP_REASONS[reason], seal(detail, DETAIL)) for path, reason, detail in gaps
            )
            kept: set[tuple[bytes, int, bytes]] = set()
            gone: list[tuple[int]] = []
            for number, *rest in self._rows(_WALK_GAPS, (scope_id,)):
                row = (rest[0], rest[1], rest[2])
                if row in fresh and row not in kept:
                    kept.add(row)
                elif at(opened(row[0], PATH)):
                    gone.append((number,))
            self._db.executemany("DELETE FROM gap WHERE id = ?", gone)
            if gone:
                self._soil()
            new = [(scope_id, *row) for row in fresh if row not in kept]
            self._db.executemany("INSERT INTO gap (scope, path, reason, detail) VALUES (?, ?, ?, ?)", new)
        return bool(gone or new)

    def finish_walk(
        self, source: str, scope: str, started: datetime, complete: bool, cursor: str | None = None
    ) -> None:
        """A walk of the scope, begun at `started` (with a time zone), ended; `complete`: it saw everything."""
        when = started.astimezone(UTC).isoformat(timespec="microseconds")
        with self._transaction():
            scope_id = self._made_scope(source, scope)
            self._db.execute(
                "UPDATE scope SET scanned_at = ?, complete = ? WHERE id = ?", (when, int(complete), scope_id)
            )
            self._save_cursor(scope_id, cursor)

    def set_note(self, source: str, note: ScanNote) -> None:
        """What a scan noted of a source, in place of what the one before did."""
        row = (note_key(self._sealer.token("source", source)), self._sealer.seal_text(dump_note(note), NOTE))
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", row)

    def save_cursor(self, source: str, scope: str, cursor: str | None) -> None:
        """Where a walk can go on (None: from the start)."""
        with self._transaction():
            self._save_cursor(self._made_scope(source, scope), cursor)

    def forget_scope(self, source: str, scope: str) -> None:
        """Delete a scope with everything in it, its items first. One that is not known is fine."""
        self._empty(self._scope_of(source, scope))
        with self._transaction():
            scope_id = self._scope_of(source, scope)
            if scope_id is not None:
                self._forget_scope(scope_id)

    def forget_source(self, name: str) -> None:
        """Delete a source with everything in it, its items first. One that is not known is fine."""
        for row in self._rows("SELECT id FROM scope WHERE source = ?", (self._source_of(name),)):
            self._empty(row[0])
        with self._transaction():
            source_id = self._source_of(name)
            for row in self._rows("SELECT id FROM scope WHERE source = ?", (source_id,)):
                self._forget_scope(row[0])
            self._drop_source(source_id)
            self._db.execute("DELETE FROM meta WHERE key = ?", (note_key(self._sealer.token("source", name)),))

    def _drop_source(self, source_id: int | None) -> None:
        """A source without scopes; another may get its number."""
        self._db.execute("DELETE FROM source WHERE id = ?", (source_id,))

    def _empty(self, scope_id: int | None) -> None:
        """Retire what is in a scope, transaction by transaction."""
        self.retire(row[0] for row in self._rows("SELECT id FROM item WHERE scope = ?", (scope_id,)))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._catch_up()
                before = self._next_item, self._next_record
                yield
                if (self._next_item, self._next_record) != before:
                    self._save_counters()
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite may have rolled back already, on a full disk
                    self._db.execute("ROLLBACK")
                self._data = None
                raise

    def _catch_up(self) -> None:
        """Read again what is remembered of the file, where another process has committed since; none can by now."""
        data = self._value("PRAGMA data_version")
        if data != self._data:
            self._known.clear()
            self._next_item = int(self._value("SELECT value FROM meta WHERE key = 'next_item'"))
            self._next_record = int(self._value("SELECT value FROM meta WHERE key = 'next_record'"))
            self._data = data

    def _save_counters(self) -> None:
        rows = [(self._next_item, "next_item"), (self._next_record, "next_record")]
        self._db.executemany("UPDATE meta SET value = ? WHERE key = ?", rows)

    def _soil(self) -> None:
        self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'unpurged'")  # see `Purges.compact`

    def _made_source(self, name: str) -> int:
        found = self._source_of(name)
        if found is None:
            token, sealed = self._sealer.token("source", name), self._sealer.seal_text(name, SOURCE)
            self._db.execute("INSERT INTO source (token, name) VALUES (?, ?)", (token, sealed))
            found = self._db.last_insert_rowid()
        return found

    def _made_scope(self, source: str, scope: str) -> int:
        found = self._scope_of(source, scope)
        if found is None:
            token, sealed = self._sealer.token("scope", scope), self._sealer.seal_text(scope, SCOPE)
            values = (self._made_source(source), token, sealed)
            self._db.execute("INSERT INTO scope (source, token, name) VALUES (?, ?, ?)", values)
            found = self._db.last_insert_rowid()
        return found

    def _save_cursor(self, scope_id: int, cursor: str | None) -> None:
        sealed = self._sealer.seal_text(cursor, CURSOR) if cursor is not None else None
        self._db.execute("UPDATE scope SET cursor = ? WHERE id = ?", (sealed, scope_id))

    def _reader_id(self, row: ItemRow) -> int:
        values = (row.formats, row.reader)
        found: int | None = self._value("SELECT id FROM reader WHERE formats = ? AND fingerprint = ?", values)
        if found is None:
            self._db.execute("INSERT INTO reader (formats, fingerprint) VALUES (?, ?)", values)
            found = self._db.last_insert_rowid()
        return found

    def _existing(self, scope_id: int, tokens: Iterable[int]) -> dict[int, Span]:
        sql = (
            "SELECT token, id, first_record, records FROM item"
            " WHERE token IN (SELECT value FROM json_each(?)) AND scope = ?"
        )
        return {token: Span(*rest) for token, *rest in self._rows(sql, (listed(tokens), scope_id))}

    def _add(self, batch: Batch, scope_id: int, row: ItemRow, old: Span | None) -> None:
        if old is None:
            item, self._next_item = self._next_item, self._next_item + 1
        else:
            item = old.item
        key = (row.formats, row.reader)
        reader = batch.readers.get(key)
        if reader is None:
            reader = batch.readers[key] = self._reader_id(row)
        strength = _STRENGTHS[row.strength]
        batch.items.append(
            (
                *(item, scope_id, row.token, self._kept_version(row.version, strength), reader),
                *(self._next_record, len(row.records), _KINDS[row.kind], row.links, row.size),
                *(codes.STRENGTHS[strength], row.path, row.content),
            )
        )
        self._next_record = batch.add_records(item, self._next_record, row)
        for gap in row.gaps:
            detail = self._sealer.seal_text(gap.detail, DETAIL)
            batch.gaps.append((scope_id, item, gap.steps, gap.reason, detail))

    def _kept_version(self, version: str, strength: Strength) -> str | bytes:
        """Weak versions as they are, for speed; strong ones sealed, as they may be plain hashes of the content."""
        if strength is Strength.STRONG or not version.isascii():
            return self._sealer.seal_text(version, VERSION)
        return version

    def _retire(self, items: Sequence[int]) -> None:
        sql = "SELECT id, first_record, records FROM item WHERE id IN (SELECT value FROM json_each(?))"
        spans = [Span(*row) for row in self._rows(sql, (listed(items),))]
        if spans:
            self._orphans(drop(self._db, spans))
            self._soil()

    def _orphans(self, tokens: set[int]) -> None:
        """Delete those of the identifiers that no record holds any more."""
        sql = "DELETE FROM identifier WHERE token = ?1 AND NOT EXISTS (SELECT 1 FROM posting WHERE token = ?1)"
        self._db.executemany(sql, [(token,) for token in sorted(tokens)])
        self._known -= tokens

    def _forget_scope(self, scope_id: int) -> None:
        self._retire([row[0] for row in self._rows("SELECT id FROM item WHERE scope = ?", (scope_id,))])
        self._db.execute("DELETE FROM gap WHERE scope = ?", (scope_id,))
        self._db.execute("DELETE FROM scope WHERE id = ?", (scope_id,))
        self._soil()


_STRENGTHS: dict[str, Strength] = {member.value: member for member in codes.STRENGTHS}
_KINDS: dict[str, int] = {member.value: code for member, code in codes.ITEM_KINDS.items()}
