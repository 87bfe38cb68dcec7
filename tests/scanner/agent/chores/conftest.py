"""Chores at night in a small installation, on another day, cut off by SIGKILL, and what `agent.sqlite` has of them."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner.agent.book import FILE, Book
from scanner.agent.done import Done
from scanner.workspace import Workspace
from tests.conftest import Desk
from tests.little import Little, little
from tests.servers.clock import turn


@dataclass
class Night:
    """The chores of one installation. `days` from now is when they run."""

    root: Path
    patch: pytest.MonkeyPatch
    days: int = 0

    def on(self, days: int) -> date:
        """From now on it is so many days later."""
        self.days = days
        return turn(self.patch, days)

    def __call__(self, chore: str) -> Done:
        """Run a chore as a job does: its end and its notices are noted."""
        run: Callable[[Workspace, Book, datetime], Done] = importlib.import_module(f"scanner.agent.chores.{chore}").run
        turn(self.patch, self.days)
        now = datetime.now(UTC) + timedelta(days=self.days)
        with Workspace.open(self.root / "gallra.toml") as work, Book(work.state / FILE) as book:
            number = book.begin(f"chore:{chore}", now)
            done = run(work, book, now)
            book.end(number, now, "done", done)
        return done

    def kill(self, chore: str, target: Any, name: str, call: int = 1, *, after: bool = False) -> None:
        """Run a chore in a process of its own that is killed at a call of this function: before it, or after it."""
        killed(lambda: self(chore), target, name, call, after=after)

    def told(self, event: str = "") -> list[dict[str, Any]]:
        """The notices that were put down, as the file has them."""
        with closing(sqlite3.connect(self.root / ".gallra" / FILE)) as db:
            bodies = [json.loads(body) for (body,) in db.execute("SELECT body FROM notice ORDER BY noted, key")]
        return [one for one in bodies if not event or one["event"] == event]

    def cases(self) -> dict[str, str]:
        """Status by number, as the file of the cases has them in plain."""
        with closing(sqlite3.connect(self.root / ".gallra/cases.sqlite")) as db:
            return dict(db.execute("SELECT number, status FROM cases ORDER BY number"))

    def audit(self, event: str) -> list[dict[str, Any]]:
        """The entries of the audit log of this event."""
        lines = (self.root / ".gallra/audit.jsonl").read_text("utf-8").splitlines()
        return [entry for line in lines if (entry := json.loads(line))["event"] == event]


def killed(act: Callable[[], object], target: Any, name: str, call: int = 1, *, after: bool = False) -> None:
    """Do it in a process of its own that is killed at a call of this function: before it, or after it."""
    child = os.fork()
    if child == 0:
        try:
            _deadly(target, name, call, after=after)
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "it came past the place where it was to die"


def _deadly(target: Any, name: str, call: int, *, after: bool) -> None:
    real, calls = getattr(target, name), [0]

    def dying(*arguments: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(*arguments, **named)
        if calls[0] == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(target, name, dying)


@pytest.fixture
def company(desk: Desk) -> Little:
    """Written and scanned: two customers, their folders, a list of both, three mails."""
    return little(desk)


@pytest.fixture
def night(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Night:
    """The chores of whatever stands on the desk, without workers: these cost more than what is read here."""
    monkeypatch.setattr("scanner.workspace.workers", lambda: 0)
    return Night(desk.root, monkeypatch)
