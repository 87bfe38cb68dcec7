"""Making deleted data leave the file: SQLite only marks it free, and FTS5 only puts a tombstone on it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import count

import apsw

from scanner.index.base import listed
from scanner.index.errors import Busy
from scanner.index.patience import WRITING, Patience, pause
from scanner.index.told import told
from scanner.index.write import Writes

_CHUNK = 5000
_A_TRY = 1.0  # seconds


class Purges(Writes):
    """Rewrites the file, so once an erasure: 52 s for an index of 0.86 GB, measured on a busy machine."""

    patience = 300.0
    """Seconds to wait for readers that look at the file as it was before."""

    def purge(self, tokens_of_interest: Iterable[int] = ()) -> frozenset[int]:
        """Take every byte of deleted items out of the file and its journal (WAL).

        Answers those of `tokens_of_interest` (identifiers) that other items still hold. Raises as `compact`.
        """
        self.compact()
        wanted = sorted(set(tokens_of_interest))
        held: set[int] = set()
        for start in range(0, len(wanted), _CHUNK):
            sql = "SELECT DISTINCT token FROM posting WHERE token IN (SELECT value FROM json_each(?))"
            held.update(row[0] for row in self._rows(sql, (listed(wanted[start : start + _CHUNK]),)))
        return frozenset(held)

    def compact(self) -> None:
        """Merge the word index into one segment without the deleted, and rewrite every page of the file.

        Other writers wait meanwhile; what they delete after this began may need another one, and `unpurged` stays True.
        It does too where this raises Busy: another process writes, or reads, for so long that the journal cannot be
        emptied.
        """
        with told():
            with self._transaction():
                deleted = self._deleted
                self._db.execute("INSERT INTO words (words) VALUES ('optimize')")
                self._db.execute(
                    "DELETE FROM identifier"
                    " WHERE NOT EXISTS (SELECT 1 FROM posting WHERE posting.token = identifier.token)"
                )
                self._db.execute("DELETE FROM reader WHERE id NOT IN (SELECT reader FROM item)")
            self._db.execute("VACUUM")
            self._empty_journal()
            with self._transaction():
                self._db.execute("UPDATE meta SET value = 0 WHERE key = 'unpurged' AND value = ?", (deleted,))
            self._known.clear()
            self._empty_journal()

    @property
    def _deleted(self) -> int:
        """How often something was deleted since the file was rewritten."""
        return int(self._value("SELECT value FROM meta WHERE key = 'unpurged'"))

    def _empty_journal(self) -> None:
        """Try for a moment, again and again: as long as a reader is in the way, each try holds all writers up."""
        until = time.monotonic() + self.patience
        self._db.set_busy_handler(Patience(min(_A_TRY, self.patience)))
        try:
            for tries in count(4):
                if self._emptied():
                    return
                if time.monotonic() >= until:
                    raise Busy(
                        "another gallra is reading the index: the deleted data is still in its journal; try again"
                    )
                pause(tries)
        finally:
            self._db.set_busy_handler(Patience(WRITING))

    def _emptied(self) -> bool:
        """Whether all of the journal is in the file, and its bytes are gone."""
        try:
            blocked = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except (apsw.BusyError, apsw.LockedError):
            return False
        return blocked is not None and not blocked[0]
