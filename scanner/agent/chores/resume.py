"""Runs that were cut off: what the agent itself had begun is ended; of a person's run, that person is told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from scanner.agent.chores.each import each
from scanner.agent.done import Done, Notice
from scanner.agent.unasked import Begun, erased, runs
from scanner.casework import carry_out, look_and_search_again, plan_of
from scanner.exits import Exit
from scanner.model import Case, Plan
from scanner.refusal import Refusal

if TYPE_CHECKING:
    from scanner.agent.book import Book
    from scanner.workspace import Workspace

_CHORE = "resume"


def run(work: Workspace, book: Book, now: datetime) -> Done:
    """End what was cut off, through the executor that began it, and look again. Nothing new is begun."""
    known = runs(work.audit)
    counts = {"resumed": 0, "left": 0}

    def last(case: Case) -> Begun | None:
        return next(reversed(known.get(case.number, [])), None)

    def cut_off(case: Case) -> bool:
        mine = last(case)
        return bool(work.journal.pending(case)) or (mine is not None and bool(mine.chore) and not mine.verified)

    def act(case: Case) -> int:
        mine = last(case)
        if mine is not None and mine.chore:
            counts["resumed"] += 1
            return _resumed(work, book, case, now)
        counts["left"] += 1
        entry = mine.entry if mine is not None else max(one.id for one in work.journal.pending(case))
        book.note(Notice("attention", f"cut-off:{case.number}:{entry}", case=case.number), now)
        return Exit.DONE

    code = each(work, cut_off, act)
    return Done(code, counts, erased(work.audit, now))


def _resumed(work: Workspace, book: Book, case: Case, now: datetime) -> int:
    work.check_reading()
    begun = {one.step.locator: one.step for one in work.journal.pending(case)}
    plan = plan_of(work, case)
    steps = tuple(step for step in plan.steps if begun.get(step.locator) == step)  # what changed since is a person's
    try:
        lost = carry_out(work, case, Plan(steps, plan.hash), chore=_CHORE)
    except Refusal:  # a ceiling, or nobody who is identified: as for who would have to decide
        book.note(Notice("attention", f"resume:{case.number}", case=case.number), now)
        raise
    code = look_and_search_again(work, case)
    if work.journal.pending(case):
        book.note(Notice("attention", f"resume:{case.number}", case=case.number), now)
    else:
        book.forget(f"resume:{case.number}")
    return Exit.UNREACHABLE if lost or code == Exit.UNREACHABLE else Exit.DONE
