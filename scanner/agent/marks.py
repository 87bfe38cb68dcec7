"""What a chore saw when it last looked, in the agent's record: so that only what is new is told.

Marks are keyed tokens and numbers, nothing readable; those that are not seen any more are overwritten.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw

_PATIENCE_MS: Final = 10_000
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS mark (topic TEXT NOT NULL, mark TEXT NOT NULL, PRIMARY KEY (topic, mark)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS round (topic TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""


class Marks:
    """The marks of one topic. Each call is one transaction."""

    def __init__(self, path: Path, topic: str) -> None:
        """`path` is the file of the agent's record."""
        self._path = path
        self._topic = topic

    def known(self) -> tuple[frozenset[str], int]:
        """The marks as they were set last, and how many times they were set."""
        with closing(self._opened()) as db:
            marks = db.execute("SELECT mark FROM mark WHERE topic = ?", (self._topic,)).fetchall()
            number = db.execute("SELECT number FROM round WHERE topic = ?", (self._topic,)).get
        return frozenset(str(one) for (one,) in marks), int(str(number or 0))

    def set(self, marks: Collection[str]) -> None:
        """These, and no others."""
        with closing(self._opened()) as db, db:
            db.execute("DELETE FROM mark WHERE topic = ?", (self._topic,))
            db.executemany("INSERT INTO mark VALUES (?, ?)", [(self._topic, one) for one in sorted(set(marks))])
            sql = "INSERT INTO round VALUES (?, 1) ON CONFLICT(topic) DO UPDATE SET number = number + 1"
            db.execute(sql, (self._topic,))

    def _opened(self) -> apsw.Connection:
        db = apsw.Connection(str(self._path))
        db.set_busy_timeout(_PATIENCE_MS)
        db.execute("PRAGMA secure_delete = ON")
        db.execute(_TABLES)
        return db
