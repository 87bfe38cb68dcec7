"""The engine: what it notes at its start, and that it looks at everything now and then, whatever its clock does."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from config.running import Log
from scanner.agent import engine
from scanner.agent.alarm import Alarm
from scanner.agent.book import Book
from scanner.agent.engine import Engine
from scanner.agent.foreman import Foreman
from scanner.agent.logs import open_log
from tests.scanner.agent.told_world import NOW, config


def test_it_looks_though_its_alarm_never_rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = threading.Semaphore(0)

    def look(*_: object) -> dict[str, datetime]:
        looks.release()
        return {}

    monkeypatch.setattr(Alarm, "start", lambda _: None)  # as after the clock was put back by a day
    monkeypatch.setattr(engine, "LOOK", 0.05)
    monkeypatch.setattr(Foreman, "consider", look)
    monkeypatch.setattr(Foreman, "is_done", property(lambda _: done.is_set()))
    done = threading.Event()
    settings = config(tmp_path)

    def work() -> None:
        with Book(tmp_path / "state" / "agent.sqlite") as book:
            Engine(settings, book, open_log(Log(file=tmp_path / "log"))).once(night=False)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        assert all(looks.acquire(timeout=20) for _ in range(3))
    finally:
        done.set()
        thread.join(20)
    assert not thread.is_alive()


def test_what_was_cut_off_is_noted_at_the_start_and_no_run_stays_open(tmp_path: Path) -> None:
    settings, path = config(tmp_path), tmp_path / "state" / "agent.sqlite"
    log = open_log(Log(file=tmp_path / "log"))
    with Book(path) as book:
        book.end(book.begin("scan:kunder", NOW), NOW, "done")
        book.begin("scan:kunder", NOW)
        book.begin("chore:culls", NOW)
        Engine(settings, book, log)
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT job, outcome, ended IS NULL FROM run ORDER BY id").fetchall()
    assert found == [("scan:kunder", "done", 0), ("scan:kunder", "cut-off", 0), ("chore:culls", "cut-off", 0)]
