"""What the commands on a case share: opening it, the noting of what was shown, and the words of `scanner.casework`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner import casework
from scanner.backups.pending import keep_open
from scanner.casework import catch_up, fingerprint, plan_of
from scanner.cli.output import complain, tell_waiting
from scanner.cli.overdue import note_tasks, tell_overdue_tasks
from scanner.closing import tidy
from scanner.model import Case, Plan
from scanner.refusal import Refusal

if TYPE_CHECKING:
    from scanner.workspace import Workspace

__all__ = [
    "catch_up",
    "fingerprint",
    "look_and_search_again",
    "look_and_search_all_again",
    "note_shown",
    "open_workspace",
    "opened_case",
    "plan_of",
    "tell_overdue",
]


def open_workspace(config: Path) -> Workspace:
    """The workspace of a configuration file."""
    from scanner.workspace import Workspace

    work = Workspace.open(config)
    work.waiting = tell_waiting
    return work


@contextmanager
def opened_case(ctx: click.Context, number: str) -> Iterator[tuple[Workspace, Case]]:
    """The workspace and the case, held against other processes. A refusal is told and ends the command."""
    try:
        with open_workspace(ctx.obj["config"]) as work:
            tell_overdue(work, work.cases.number(number))
            with work.cases.lock(number):
                case = work.cases.load(number)
                keep_open(case, work.journal)
                try:
                    yield work, case
                finally:
                    note_tasks(work, case)
    except Refusal as error:
        complain(f"gallra: {error}")
        ctx.exit(error.exit_code)


def tell_overdue(work: Workspace, but: str | None = None) -> None:
    """Tell of the cases whose file should be gone by now, and of tasks that are overdue.

    Cases whose time is over leave. `but` is left alone.
    """
    tell_overdue_tasks(work)
    for sentence in tidy(work, datetime.now(UTC), but):
        complain(sentence)


def note_shown(work: Workspace, case: Case, plan: Plan) -> None:
    """Remember which plan the user has seen: `erase --yes` carries out that one only."""
    if case.shown_plan != plan.hash:
        case.shown_plan = plan.hash
        work.cases.save(case)


def look_and_search_again(work: Workspace, case: Case) -> int:
    """As `scanner.casework`, with its words on stderr."""
    return casework.look_and_search_again(work, case, complain)


def look_and_search_all_again(work: Workspace, cases: Sequence[Case]) -> int:
    """As `scanner.casework`, with its words on stderr."""
    return casework.look_and_search_all_again(work, cases, complain)
