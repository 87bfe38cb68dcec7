"""Going through the open cases: each in hand while it is worked on; one that a person has in hand waits till later."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connectors.errors import ConfigError, ConnectorError
from scanner.backups.pending import keep_open
from scanner.case_lock import CaseBusy
from scanner.cases import CLOSED, CaseClosed, UnknownCase
from scanner.exits import exit_code
from scanner.hands.book import TaskBook
from scanner.model import Case
from scanner.refusal import Refusal
from scanner.tasks import Askable, tasks_of

if TYPE_CHECKING:
    from scanner.workspace import Workspace


def each(work: Workspace, wanted: Callable[[Case], bool], act: Callable[[Case], int]) -> int:
    """Do this with every open case that is wanted, in hand; one exit code of all. What fails for one fails no other."""
    codes: list[int] = []
    for line in work.cases.list():
        if line.status != CLOSED:
            with suppress(CaseBusy, UnknownCase, CaseClosed):
                try:
                    codes.append(in_hand(work, line.number, wanted, act))
                except (CaseBusy, UnknownCase, CaseClosed):
                    raise
                except (Refusal, ConnectorError, ConfigError) as error:
                    codes.append(error.exit_code)
    return exit_code(codes)


def in_hand(work: Workspace, number: str, wanted: Callable[[Case], bool], act: Callable[[Case], int]) -> int:
    """The same with one case: its exit code, 0 where it is not wanted. Raises CaseBusy where a person has it."""
    if not wanted(work.cases.load(number)):  # nobody is kept from a case that is only looked at
        return 0
    with work.cases.lock(number):
        case = work.cases.load(number)
        keep_open(case, work.journal)
        try:
            return act(case) if wanted(case) else 0
        finally:
            TaskBook(work.cases).keep(number, tasks_of(case, Askable.of(work.config), datetime.now(UTC)))


def open_cases(work: Workspace) -> list[Case]:
    """All open cases, to be looked at only. What cannot be opened is for the commands to tell."""
    return [one for one in work.cases.opened() if isinstance(one, Case)]
