"""What days items gave of themselves, so that each is read once and not at every scan. One small SQLite file.

It knows an item by its number in the index and by where its records lie there, which change when it is read again: no
path, no token, nothing made from what it holds. The days are sealed. What the index has no longer leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import apsw

from config.model import Span
from scanner.drift.count import Marks
from scanner.index.errors import SealBroken
from scanner.index.seal import Sealer
from scanner.index.sweep import Swept
from scanner.policy_dates import kept_through, plausible

FILE: Final = "drift.sqlite"

_PATIENCE_MS: Final = 10_000
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day (item INTEGER PRIMARY KEY, first INTEGER NOT NULL, size INTEGER NOT NULL, days BLOB);
"""
_OF: Final = "SELECT days FROM day WHERE item = ? AND first = ? AND size = ?"
_NONE: Final = "-" * 10  # no day
_CONTEXT: Final = b"drift %d %d %d"


IN_TEXT: Final = ("document-date", "financial-year-end")
"""The starts of a span that only an item's text tells."""


@dataclass(frozen=True, slots=True)
class Days:
    """What an item says, None where it does not.

    `looked` is the day on which it was asked: a day that lay ahead then may be right now. What only its `text` tells is
    known where that was looked at: the date of the `document`, and the last day (`held`) through which a hold keeps it,
    `date.max` where that is not known. `unsure`: only a likeness says that a hold is about it.
    """

    looked: date
    received: date | None = None
    created: date | None = None
    document: date | None = None
    held: date | None = None
    text: bool = False
    unsure: bool = False

    def over(self, span: Span, year_end: str, today: date) -> bool | None:
        """Whether the span has passed; None where the day that it counts from is not known."""
        days = {"received": self.received, "created": self.created}
        day = plausible(days.get(span.start, self.document), today)
        with suppress(OverflowError):
            return None if day is None else today > kept_through(day, span, year_end)
        return False

    def lacks_text(self, spans: Iterable[Span], year_end: str, today: date) -> bool:
        """Whether its text must be looked at: for its date, or since it may be over and a law may keep it."""
        return not self.text and any(one.start in IN_TEXT or self.over(one, year_end, today) for one in spans)


class DayBook:
    """A context manager. `basis` names the index file and the holds: on another one, nothing is known."""

    def __init__(self, path: Path, sealer: Sealer, basis: str) -> None:
        self._sealer = sealer
        self._db = apsw.Connection(str(path))
        self._db.set_busy_timeout(_PATIENCE_MS)
        path.chmod(0o600)
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute(_TABLES)
        with self._db:
            if self._db.execute("SELECT value FROM meta WHERE key = 'basis'").get != basis:
                self._db.execute("DELETE FROM day")
                self._db.execute("INSERT OR REPLACE INTO meta VALUES ('basis', ?)", (basis,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def get(self, item: Swept) -> Days | None:
        """What is known of an item as the index has it now; None where it was not looked at so."""
        sealed = self._db.execute(_OF, (item.id, item.first, item.size)).get
        try:
            return None if sealed is None else _days(self._sealer.open(sealed, _context(item)))
        except (SealBroken, ValueError):  # another key, or not ours: it is looked at again
            return None

    def put(self, found: Iterable[tuple[Swept, Days]]) -> None:
        """Note what items said, in place of what they said before. One transaction."""
        rows = [(one.id, one.first, one.size, self._sealer.seal(_text(days), _context(one))) for one, days in found]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO day VALUES (?, ?, ?, ?)", rows)

    def keep(self, items: Marks) -> None:
        """Let go of all but these items."""
        gone = [row for row in self._db.execute("SELECT item FROM day") if row[0] not in items]
        with self._db:
            self._db.executemany("DELETE FROM day WHERE item = ?", gone)


def _context(item: Swept) -> bytes:
    return _CONTEXT % (item.id, item.first, item.size)


def _text(days: Days) -> bytes:
    """All of the same length, so that the length tells nothing."""
    moments = (days.looked, days.received, days.created, days.document, days.held)
    return (" ".join(one.isoformat() if one else _NONE for one in moments) + f" {days.text:d} {days.unsure:d}").encode()


def _days(data: bytes) -> Days:
    *moments, text, unsure = data.decode().split(" ")
    looked, received, created, document, held = (None if one == _NONE else date.fromisoformat(one) for one in moments)
    if looked is None:
        raise ValueError
    return Days(looked, received, created, document, held, text == "1", unsure == "1")
