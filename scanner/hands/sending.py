"""The open tasks of all cases, and a mail to each who is behind with one: `gallra task remind --send`, and at night."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from scanner.cases import CLOSED, CaseError
from scanner.hands.book import TaskBook
from scanner.hands.post import MailUnsure, message, send
from scanner.hands.reminding import Reminder, body_of, is_due_again, receiver, reminders, subject_of
from scanner.refusal import Refusal
from scanner.tasks import Askable, Task, tasks_of

if TYPE_CHECKING:
    from config.model import Smtp
    from scanner.workspace import Workspace

Say = Callable[[str], None]


def all_tasks(work: Workspace, say: Say, *, names: bool = False) -> tuple[list[Task], list[int]]:
    """The open tasks of all cases, those first that are due first; and the exit codes of cases that cannot be opened.

    Which are open is noted by the way, so that overdue ones are told.
    """
    askable, book, now = Askable.of(work.config), TaskBook(work.cases), datetime.now(UTC)
    tasks: list[Task] = []
    codes: list[int] = []
    for line in work.cases.list():
        if line.status != CLOSED:
            try:
                case = work.cases.load(line.number)
            except CaseError as error:
                say(f"gallra: {error}")
                codes.append(error.exit_code)
                continue
            tasks += book.keep(case.number, tasks_of(case, askable, now, names=names))
    return sorted(tasks, key=lambda one: (one.due, one.number)), codes


def may_again(work: Workspace, tasks: list[Task], day: date) -> list[Task]:
    """The tasks of which nobody was reminded lately."""
    book = TaskBook(work.cases)
    return [one for one in tasks if (line := book.line(one.number)) is None or is_due_again(line.reminded, day)]


def remind(work: Workspace, smtp: Smtp, tasks: list[Task], day: date, tell: Say, say: Say) -> list[int]:
    """A mail to each who sees to one of the tasks; the exit codes of what could not be sent.

    What fails for one is tried for the others. `tell` takes what was done, `say` what was not. A task that has nobody
    with an address is in no mail.
    """
    codes: list[int] = []
    for reminder in reminders([one for one in tasks if receiver(one) is not None], work.config.agent.language):
        numbers = ", ".join(str(one.number) for one in reminder.tasks)
        try:
            _send(work, smtp, reminder, day)
            tell(f"Reminded, by case number: task {numbers}.")
        except Refusal as error:
            say(f"gallra: task {numbers}: {error}")
            codes.append(error.exit_code)
    return codes


def _send(work: Workspace, smtp: Smtp, reminder: Reminder, day: date) -> None:
    """Noted as sent before it goes; where it surely did not, the note is taken back."""
    book = TaskBook(work.cases)
    before = {one.number: line.reminded for one in reminder.tasks if (line := book.line(one.number)) is not None}
    for number in before:
        book.note_reminded(number, day)
    try:
        mail = message(smtp, reminder.to, subject_of(reminder), body_of(reminder, day))
        send(smtp, work.config.base, mail)
    except MailUnsure:
        raise
    except Exception:
        for number, was in before.items():
            book.note_reminded(number, was)
        raise
    for case in sorted({one.case for one in reminder.tasks}):
        work.audit.append("reminded", case, {}, {})
