"""What every command tells on stderr: that tasks of people are over their day. No case is opened for it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import apsw
import click

from connectors.errors import ConfigError
from scanner.cli.output import complain
from scanner.hands.book import TaskBook
from scanner.tasks import Askable, tasks_of
from scanner.today import today

if TYPE_CHECKING:
    from scanner.model import Case
    from scanner.workspace import Workspace

_TOLD = "scanner.cli.overdue"


def tell_overdue_tasks(work: Workspace) -> None:
    """One line, once a command; nothing where no task is overdue, or there never was a case.

    A file of cases that cannot be read is for the commands that need it to tell.
    """
    from scanner.workspace import CASES

    found = click.get_current_context().find_root().meta
    if found.get(_TOLD) or not (work.state / CASES).exists():
        return
    found[_TOLD] = True
    over = None
    with suppress(ConfigError, apsw.Error):
        over = TaskBook(work.cases).overdue(today())
    if over is not None:
        what = "1 task is" if over.count == 1 else f"{over.count} tasks are"
        complain(f"{what} overdue, the first since {over.since}: gallra tasks")


def note_tasks(work: Workspace, case: Case) -> None:
    """Note which tasks of a case are open, and until when, so that what is overdue can be told without opening it."""
    TaskBook(work.cases).keep(case.number, tasks_of(case, Askable.of(work.config), datetime.now(UTC)))
