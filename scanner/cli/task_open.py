"""What the commands on tasks share: all that are open, with their numbers, and one of them by what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from scanner.cli.casework import open_workspace, opened_case
from scanner.cli.output import complain
from scanner.hands import sending
from scanner.hands.book import TaskBook
from scanner.model import Case
from scanner.refusal import Refusal
from scanner.tasks import Askable, Task, tasks_of

if TYPE_CHECKING:
    from scanner.workspace import Workspace

_NAMED: Final = re.compile(r"([0-9-]{1,20})/([0-9]{1,9})", re.ASCII)
_NUMBERED: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_NONE: Final = "there is no such task: gallra tasks lists those that wait"


def all_tasks(work: Workspace, *, names: bool = False) -> tuple[list[Task], list[int]]:
    """As `scanner.hands.sending`, with its words on stderr."""
    return sending.all_tasks(work, complain, names=names)


@contextmanager
def opened_task(ctx: click.Context, word: str) -> Iterator[tuple[Workspace, Case, Task]]:
    """The task that `4`, `2026-0001/3` or `1/3` names, in its case, held against other processes.

    Raises BadParameter for one that never was; one that is settled is refused, and what it came to is told.
    """
    with open_workspace(ctx.obj["config"]) as work:
        number, finding = _where(work, word)
    with opened_case(ctx, number) as (work, case):
        book = TaskBook(work.cases)
        tasks = book.keep(case.number, tasks_of(case, Askable.of(work.config), datetime.now(UTC)))
        found = next((one for one in tasks if finding in one.findings), None)
        if found is None:
            raise Refusal(_settled(case, finding))
        yield work, case, found


def _where(work: Workspace, word: str) -> tuple[str, int]:
    """The case and the finding that the word names. Raises BadParameter, UnknownCase."""
    book = TaskBook(work.cases)
    named = _NAMED.fullmatch(word)
    if named:
        return work.cases.number(named[1]), int(named[2])
    line = book.line(int(word)) if _NUMBERED.fullmatch(word) else None
    if line is None:
        raise click.BadParameter(_NONE, param_hint="N")
    return line.case, line.finding


def _settled(case: Case, number: int) -> str:
    """Why it is no open task, with the next step."""
    one = case.finding(number)
    if one is None:
        raise click.BadParameter(_NONE, param_hint="N")
    what = f"finding {number} of case {case.number}"
    if one.state.resolved:
        return f"it is settled already: {what} is {one.state.value}. Next: gallra show {case.number}"
    return f"{what} is no task that was given. Next: gallra show {case.number}"
