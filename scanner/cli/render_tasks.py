"""Tasks of people as lines of a terminal: in a case, counted in a plan, and over all cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from scanner.cli.output import clean, table, wrapped
from scanner.cli.render_findings import Shown
from scanner.model import Case, Finding, Plan, State
from scanner.tasks import Task


def task_line(one: Finding) -> Shown:
    """A finding that a person erases by hand, under what that person must do."""
    note = f"waits since {one.since.date()}" if one.state is State.TASK and one.since is not None else ""
    return Shown(one, one.reason or "a person erases it by hand", note, whose=one.ownership.value)


def tasks_of(case: Case, plan: Plan) -> str:
    """`1 task for the holder of evas-telefon`: the tasks that a plan gives, one for each source."""
    sources = sorted({one.locator.source for one in case.findings if one.id in plan.tasks})
    count = "1 task" if len(sources) == 1 else f"{len(sources)} tasks"
    return f"{count} for the holder{'s' * (len(sources) != 1)} of {clean(', '.join(sources))}"


def render_tasks(tasks: Sequence[Task], today: date) -> str:
    """A paragraph for each task: its number, case, source and days, then what to do, and for whom where it is asked."""
    rows = [
        (
            str(one.number),
            one.name,
            one.source,
            one.holder,
            one.since.date().isoformat(),
            one.due.isoformat(),
            "OVERDUE" if one.is_overdue(today) else "",
        )
        for one in tasks
    ]
    over = sum(one.is_overdue(today) for one in tasks)
    head, *drawn = table(("no", "task", "where", "who", "since", "due", ""), rows).split("\n")
    lines = [f"Tasks for people ({len(tasks)}{f', {over} overdue' if over else ''})", head]
    for line, one in zip(drawn, tasks, strict=True):
        lines += [line, *wrapped(clean(one.do), 4, 2)]
        for told in (_where(one), _letter(one)):
            lines += wrapped(clean(told), 4, 2) if told else []
        if one.subject:
            lines += wrapped(clean(f"about: {', '.join(one.subject)}"), 4, 2)
    return "\n".join(lines)


def _where(one: Task) -> str:
    """What lies there, and where, as the configuration describes it."""
    if one.hand is None:
        return ""
    hand = one.hand
    told = (("what", hand.what), ("place", hand.place), ("label", hand.label), ("span", hand.span))
    return "; ".join(f"{name}: {value}" for name, value in told if value)


def _letter(one: Task) -> str:
    """How far its letter has come."""
    if one.sent is not None:
        return f"letter sent on {one.sent}"
    if one.written is not None:
        return f"letter written on {one.written}"
    return f"no letter yet: gallra task letter {one.number}" if one.hand is not None else ""
