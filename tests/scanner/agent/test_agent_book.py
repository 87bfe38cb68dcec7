"""The agent's own record: what was told is not told again, and what a run noted is there with its end or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.agent.book import Book
from scanner.agent.done import Done
from tests.scanner.agent.told_world import FIRST, NOW, SECOND, book


def test_a_thing_is_told_once_until_it_is_forgotten(tmp_path: Path) -> None:
    with Book(book(tmp_path)) as record:
        assert record.note(FIRST, NOW)
        (told,) = record.untold(NOW, mail=True, webhook=True)
        record.sent(replace(told, mailed=NOW, posted=NOW))
        later = NOW + timedelta(days=1)
        assert not record.note(replace(FIRST, counts={"days_left": 6}), later)
        number = record.begin("chore:deadlines", later)
        record.end(number, later, "done", Done(notices=(FIRST,)))
        assert record.untold(later, mail=True, webhook=True) == []
        assert [one.noted for one in record.notices()] == [NOW]
        record.forget(FIRST.key)
        assert record.note(FIRST, later)


def test_the_end_of_a_run_and_what_it_tells_are_noted_together_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path)
    with Book(path) as record:
        number = record.begin("chore:culls", NOW)
        with monkeypatch.context() as broken:
            broken.setattr("scanner.agent.book.json.dumps", _fails_at(3))
            with pytest.raises(OSError):
                record.end(number, NOW, "done", Done(notices=(FIRST, SECOND)))
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT ended, (SELECT count(*) FROM notice) FROM run").fetchall() == [(None, 0)]


def _fails_at(call: int) -> object:
    calls = [0]

    def dumps(_: object) -> str:
        calls[0] += 1
        if calls[0] == call:
            raise OSError("the disk is full")
        return "{}"

    return dumps
