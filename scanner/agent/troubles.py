"""Tells once that a job goes on failing, and once that it is well again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from scanner.agent.book import Book, Run
from scanner.agent.done import Notice
from scanner.agent.due import Past
from scanner.agent.past import GOOD, SCAN

FAILURES: Final = 3
"""After so many failures in a row somebody is told."""


def tell_troubles(book: Book, run: Run, before: Past, after: Past, now: datetime) -> None:
    """Note what is to be told of a run that has ended: `before` and `after` are the job's past without and with it."""
    key, source = f"failing:{run.job}", run.job.removeprefix(SCAN)
    if after.failures >= FAILURES:
        book.note(Notice("failing", key, source=source, counts={"failures": after.failures}), now)
    elif before.failures >= FAILURES and run.outcome in GOOD:
        book.forget(key)
        book.note(Notice("recovered", f"recovered:{run.job}:{run.id}", source=source), now)
