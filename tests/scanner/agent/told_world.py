"""A configuration, a record and a moment for tests of what the agent tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from config.model import Agent, Config, Smtp, Source
from config.running import EVENTS, Notify
from scanner.agent.book import FILE, Book, Drift, Run
from scanner.agent.done import Notice
from scanner.agent.live import Live
from scanner.agent.status import Job, Snapshot

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIRST = Notice("deadline", "deadline 2026-0001", "2026-0001", due=date(2026, 12, 23), counts={"days_left": 7})
SECOND = Notice("failing", "failing scan:kunder", source="kunder", counts={"failures": 3})
THIRD = Notice("culled", "culled 2026-0002", "2026-0002", "ansökningar", counts={"items": 12})

GOOD = Run(7, "scan:kunder", NOW - timedelta(minutes=5), NOW, "done", 0, {"items": 120, "gaps": 2}, "")
FINE = Job("kunder", "scan:kunder", "idle", None, GOOD, GOOD, NOW, 0, "", "watched", "folder")
LIVE = Live(4711, NOW, NOW, NOW)
WELL = Snapshot(NOW, 4711, LIVE, (FINE,), (), drift=(Drift("ansökningar", NOW, 4, 1, 90),))
BAD = replace(FINE, state="failing", failures=3, error="no answer", last=replace(GOOD, outcome="failed", code=5))
ILL = replace(WELL, sources=(BAD,), problems=("kunder failed 3 times in a row: no answer",))


def config(folder: Path, **more: Any) -> Config:
    """One source called kunder, and a state folder that exists."""
    state = folder / "state"
    state.mkdir(mode=0o700, exist_ok=True)
    source = Source("kunder", "folder", {"path": str(folder / "kunder")}, folder, no_backup=True)
    values: dict[str, Any] = {"sources": (source,)} | more
    return Config(path=folder / "gallra.toml", agent=values.pop("agent", Agent(state)), **values)


def book(folder: Path) -> Path:
    """The record's path, made."""
    path = folder / "state" / FILE
    path.parent.mkdir(mode=0o700, exist_ok=True)
    Book(path).close()
    return path


def notify(**more: Any) -> Notify:
    """All events."""
    return Notify(**({"events": EVENTS} | more))


def smtp(port: int) -> Smtp:
    return Smtp("127.0.0.1", "gallra@invex.example", port=port, tls="none")


def put(path: Path, *notices: Notice, now: datetime = NOW) -> None:
    """Note these."""
    with Book(path) as record:
        for one in notices:
            assert record.note(one, now)
