"""What people must do by hand: who is behind is reminded by mail, and what is overdue is told once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from scanner.agent.done import Done, Notice
from scanner.casework import quiet
from scanner.exits import exit_code
from scanner.hands.reminding import pressing
from scanner.hands.sending import all_tasks, may_again, remind
from scanner.tasks import Task
from scanner.today import today

if TYPE_CHECKING:
    from scanner.agent.book import Book
    from scanner.workspace import Workspace

_UNSENT = "reminders could not be sent by mail; gallra task remind --send says why"


def run(work: Workspace, book: Book, now: datetime) -> Done:
    """Remind as `gallra task remind --send`, where `[smtp]` is set up; a notice for each task that is overdue."""
    day, smtp = today(), work.config.smtp
    tasks, _ = all_tasks(work, quiet)
    sent: list[str] = []
    codes: list[int] = []
    late = pressing(tasks, day)
    if smtp is not None and late:
        codes = remind(work, smtp, may_again(work, late, day), day, sent.append, quiet)
    over = [one for one in tasks if one.is_overdue(day)]
    counts = {"tasks": len(tasks), "overdue": len(over), "mails": len(sent)}
    return Done(exit_code(codes), counts, tuple(map(_notice, over)), _UNSENT if codes else "")


def _notice(task: Task) -> Notice:
    return Notice("task", f"task:{task.number}:{task.due}", case=task.case, source=task.source, due=task.due)
