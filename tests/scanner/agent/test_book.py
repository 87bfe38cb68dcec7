"""The agent's record where the disk is full: what is told of it, and that the next call does well."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest

from scanner.agent.book import UNWRITABLE, Book
from scanner.agent.done import Notice

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)


def test_a_full_disk_is_told_as_such_and_over_when_there_is_room(tmp_path: Path) -> None:
    with Book(tmp_path / "agent.sqlite") as book:
        pages = book._db.execute("PRAGMA page_count").get
        book._db.execute(f"PRAGMA max_page_count = {pages}")
        large = Notice("attention", "large", counts={f"n{number}": 1 for number in range(5000)})
        with pytest.raises(apsw.FullError):
            book.note(large, NOW)
        assert issubclass(apsw.FullError, UNWRITABLE)
        assert book.notices() == []
        book._db.execute("PRAGMA max_page_count = 1000000")
        assert book.note(large, NOW)
