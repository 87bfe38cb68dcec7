"""Answers that are due (GDPR Art. 12(3)): told seven days before, one day before, and when the day has passed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from scanner.agent.chores.each import open_cases
from scanner.agent.done import Done, Notice
from scanner.closing import is_answered
from scanner.model import Case
from scanner.requests import days_left
from scanner.today import today

if TYPE_CHECKING:
    from scanner.agent.book import Book
    from scanner.workspace import Workspace

_WARNED: Final = (7, 1)  # days before the last day


def run(work: Workspace, book: Book, now: datetime) -> Done:
    """A notice for each open case whose answer is due soon, or overdue; for each day and warning one."""
    day = today()
    late = [case for case in open_cases(work) if _stage(case, day) and not is_answered(work, case)]
    counts = {"cases": len(late), "overdue": sum(_stage(case, day) == "over" for case in late)}
    return Done(0, counts, tuple(_notice(case, day) for case in late))


def _stage(case: Case, day: date) -> str:
    """How pressing it is: "7", "1" or "over"; "" where nothing is to be told yet."""
    left = days_left(case.request, day)
    if left is None:
        return ""
    if left < 0:
        return "over"
    return next((str(days) for days in reversed(_WARNED) if left <= days), "")


def _notice(case: Case, day: date) -> Notice:
    due, left = case.request.due, days_left(case.request, day) or 0
    counts = {"days_left": left} if left >= 0 else {"days_over": -left}
    return Notice("deadline", f"deadline:{case.number}:{due}:{_stage(case, day)}", case.number, due=due, counts=counts)
