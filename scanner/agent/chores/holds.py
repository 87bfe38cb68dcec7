"""Holds that have ended: what they kept is found again and planned. It goes unasked only where its rule says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from scanner.agent.chores.each import each
from scanner.agent.done import Done, Notice
from scanner.agent.freed import Freed
from scanner.agent.kin import Kin
from scanner.agent.lapsed import freed_plan
from scanner.agent.unasked import erased, runs
from scanner.backups.pending import pending
from scanner.casework import carry_out, look_and_search_again, plan_of
from scanner.exits import Exit
from scanner.may_run import NotAllowed
from scanner.model import Case, Finding, Plan, State
from scanner.outcomes import GONE
from scanner.plan import FOLDER
from scanner.still_there import search_into
from scanner.today import today

if TYPE_CHECKING:
    from scanner.agent.book import Book
    from scanner.workspace import Workspace

_CHORE = "holds"
_WAITS = frozenset({State.OPEN, State.FAILED, State.BLOCKED})


def run(work: Workspace, book: Book, now: datetime) -> Done:
    """First what closed cases left, which gets a draft; then all open cases, the drafts among them."""
    work.check_reading()
    day = today()
    freed = Freed(work, book, day, now)
    drafts = freed.take_up()
    known = runs(work.audit)
    counts = {"drafts": drafts, "cases": 0, "erased": 0}

    def wanted(case: Case) -> bool:
        mine, cut_off = known.get(case.number, []), work.journal.pending(case)
        if cut_off and (not (mine and mine[-1].chore) or len(cut_off) > len(pending(case, work.journal))):
            return False  # that goes first: a person's by that person, what the agent began by the chore `resume`
        return any(_is_over(one, day) for one in case.findings) or any(map(_is_freed, case.findings))

    with Kin.of(work) as kin:
        names = {number: kin.first(number) if kin.is_redone(number) else number for number in _numbers(work)}

    def act(case: Case) -> int:
        counts["cases"] += 1
        name = names.get(case.number, case.number)
        mark = freed.mark if name != case.number else None
        return _one(work, book, case, name, day, now, counts, mark)

    code = each(work, wanted, act)
    return Done(code, counts, erased(work.audit, now))


def _numbers(work: Workspace) -> list[str]:
    return [line.number for line in work.cases.list()]


def _one(
    work: Workspace,
    book: Book,
    case: Case,
    name: str,
    day: date,
    now: datetime,
    counts: dict[str, int],
    mark: Callable[[Case], object] | None,
) -> int:
    """One case: searched again under the rules of today, told, and carried out as far as it may be unasked."""
    over = {one.id: one.until for one in case.findings if _is_over(one, day)}
    same = {one.content: one.until for one in case.findings if one.id in over and one.content}
    if over or work.is_behind(case):
        search_into(work, case)
        if mark is not None:
            mark(case)
    moved = {one.id: same[one.content] for one in case.findings if one.content in same}  # told, and never unasked
    days = moved | over | {one.id: one.lapsed_on for one in case.findings if _is_freed(one)}
    plan = freed_plan(work, case, plan_of(work, case), day)
    allowed = _may(work, book, case, plan, now)
    going = {number for step in plan.steps for number in step.findings} if allowed else set()
    left = [one for one in case.findings if one.id in days and one.id not in going and _waits(one, day)]
    for notice in _ended(name, case.number, ((one, days[one.id]) for one in left)):
        book.note(notice, now)  # before the case is saved: who dies in between tells it next time
    work.cases.save(case)
    if not going:
        return Exit.DONE
    lost = carry_out(work, case, plan, chore=_CHORE)
    code = look_and_search_again(work, case)
    counts["erased"] += sum(one.id in going and one.state in GONE for one in case.findings)
    return Exit.UNREACHABLE if lost or code == Exit.UNREACHABLE else Exit.DONE


def _may(work: Workspace, book: Book, case: Case, plan: Plan, now: datetime) -> bool:
    """Whether the plan may run; what speaks against it is told once, and left to a person."""
    if not plan.steps:
        return False
    try:
        work.may_run.check(case, plan)
    except NotAllowed as error:
        work.audit.append("refused", case.number, {"steps": len(plan.steps)}, {"refused": error.why})
        book.note(Notice("attention", f"holds:{case.number}", case=case.number), now)
        return False
    book.forget(f"holds:{case.number}")
    return True


def _is_over(one: Finding, day: date) -> bool:
    """True for what is held, by a rule or by a person, through a day that has passed."""
    return one.state is State.HELD and one.kind != FOLDER and one.until is not None and one.until < day


def _is_freed(one: Finding) -> bool:
    return bool(one.lapsed) and one.lapsed_on is not None and one.state in _WAITS


def _waits(one: Finding, day: date) -> bool:
    """True where it is still there, and nothing holds it from today on."""
    return one.state in _WAITS or _is_over(one, day)


def _ended(name: str, case: str, left: Iterable[tuple[Finding, date | None]]) -> list[Notice]:
    """One for each day on which holds of the case ended."""
    items: dict[date, set[object]] = {}
    for one, ended in left:
        if ended is not None:
            items.setdefault(ended, set()).add(one.locator.item)
    return [
        Notice("hold-ended", f"hold-ended:{name}:{ended}", case=case, due=ended, counts={"items": len(found)})
        for ended, found in sorted(items.items())
    ]
