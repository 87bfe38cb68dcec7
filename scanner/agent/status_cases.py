"""What waits for people in the cases: tasks, days for an answer, culls that nobody has approved. Needs the key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from scanner.cases import CLOSED, CaseError
from scanner.closing import is_answered
from scanner.model import Action, Case
from scanner.tasks import Askable, tasks_of
from scanner.workspace import CASES, Workspace


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day for the answer to a request; `extended`: the person was told that it takes longer."""

    case: str
    due: date
    extended: bool


@dataclass(frozen=True, slots=True)
class Cull:
    """The case of a rule of culling, not carried out yet: how many items, and whether somebody approved it."""

    case: str
    rule: str
    items: int
    approved: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """All of it. `unreadable`: cases that cannot be opened. `tasks` are the days by which they are due."""

    day: date
    tasks: tuple[date, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    culls: tuple[Cull, ...] = ()
    unreadable: int = 0

    @property
    def overdue(self) -> int:
        """Tasks whose day has passed."""
        return sum(due < self.day for due in self.tasks)

    def problems(self) -> Iterator[str]:
        """What somebody must see to, a sentence each."""
        if self.overdue:
            yield f"{self.overdue} of {len(self.tasks)} tasks overdue, the first since {self.tasks[0]}: gallra tasks"
        for one in self.deadlines:
            if one.due < self.day:
                yield f"case {one.case}: the answer was due {one.due}: gallra show {one.case}"
        if self.unreadable:
            cases, they = ("cases", "they were") if self.unreadable != 1 else ("case", "it was")
            yield f"{self.unreadable} {cases} cannot be opened: {they} sealed with another key, or damaged"


def waiting(work: Workspace, day: date) -> Waiting:
    """What waits on this day. Nothing is written; a file of cases that is not there yet is not made."""
    if not (work.state / CASES).exists():
        return Waiting(day)
    askable, now = Askable.of(work.config), datetime.now(UTC)
    tasks: list[date] = []
    deadlines: list[Deadline] = []
    culls: list[Cull] = []
    unreadable = 0
    for line in work.cases.list():
        if line.status == CLOSED:
            continue
        try:
            case = work.cases.load(line.number)
        except CaseError:
            unreadable += 1
            continue
        tasks += [one.due for one in tasks_of(case, askable, now)]
        if case.request.due is not None and not is_answered(work, case):
            deadlines.append(Deadline(case.number, case.request.due, case.request.extended_at is not None))
        if case.cull and case.findings and case.status in ("draft", "approved"):
            culls.append(Cull(case.number, case.cull, _to_go(case), case.status == "approved"))
    return Waiting(day, tuple(sorted(tasks)), tuple(sorted(deadlines, key=_by_day)), tuple(culls), unreadable)


def waiting_json(one: Waiting) -> dict[str, Any]:
    """All of it, as the contract of `gallra status --json` has it."""
    return {
        "tasks": {
            "open": len(one.tasks),
            "overdue": one.overdue,
            "first_due": one.tasks[0].isoformat() if one.tasks else None,
        },
        "deadlines": [
            {
                "case": each.case,
                "due": each.due.isoformat(),
                "days_left": (each.due - one.day).days,
                "extended": each.extended,
            }
            for each in one.deadlines
        ],
        "culls": [
            {"case": each.case, "rule": each.rule, "items": each.items, "approved": each.approved} for each in one.culls
        ],
        "unreadable": one.unreadable,
    }


def _to_go(case: Case) -> int:
    return sum(one.action in (Action.REMOVE, Action.REMOVE_RECORD, Action.AMEND) for one in case.findings)


def _by_day(one: Deadline) -> tuple[date, str]:
    return one.due, one.case
