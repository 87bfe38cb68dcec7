"""`gallra erase`: shows the plan, asks, carries it out, and looks again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import click

from scanner import casework
from scanner.answer_json import erased_answer
from scanner.backups.pending import pending
from scanner.cli.casework import catch_up, look_and_search_again, note_shown, opened_case, plan_of
from scanner.cli.output import Exit, Progress, complain, exit_code, print_json
from scanner.cli.render import amount, planned, render_case, render_end
from scanner.cli.render_tasks import tasks_of
from scanner.cull.rules import cull_of
from scanner.may_run import NotAllowed
from scanner.model import Case, Plan
from scanner.outcomes import GONE
from scanner.refusal import Refusal
from scanner.verify import outcome_code, unresolved

if TYPE_CHECKING:
    from scanner.workspace import Workspace

_SHORTEST = 8  # digits of a plan's hash that name it


@click.command("erase")
@click.argument("case_number", metavar="CASE")
@click.option("--yes", is_flag=True, help="Carry out unasked the plan that was last shown; refuse if it has changed.")
@click.option("--plan", "named", help="The plan to carry out, by its hash or the first 8 digits or more of it.")
@click.option("--json", "as_json", is_flag=True, help="Print the end states as JSON.")
@click.pass_context
def command(ctx: click.Context, case_number: str, *, yes: bool, named: str | None, as_json: bool) -> None:
    """Carry out the plan of CASE: erase its items, then look again whether they are gone."""
    with opened_case(ctx, case_number) as (work, case):
        work.check_reading()  # what cannot be looked at afterwards is not begun
        catch_up(work, case)
        plan = plan_of(work, case)
        if not plan.steps and not plan.tasks:
            code = _settled(work, case, plan)
            _nothing(case, plan, as_json=as_json)
            ctx.exit(code)
        _allowed(work, case, plan)
        _approve(work, case, plan, named, yes=yes)
        unreachable = carry_out(work, case, plan)
        code = _look_again(work, case)
        left = plan_of(work, case)
        if as_json:
            print_json(erased_answer(case, left, plan.hash))
        else:
            click.echo(render_end(case))
        ctx.exit(exit_code([code, Exit.UNREACHABLE if unreachable else Exit.DONE]))


def _settled(work: Workspace, case: Case, plan: Plan) -> int:
    """End what was cut off; a case in which nothing is left to erase, and nothing waits, counts as carried out."""
    if pending(case, work.journal):  # in a backup: to be proven, though no plan has it any more
        unreachable = carry_out(work, case, Plan((), plan.hash))
        return exit_code([look_and_search_again(work, case), Exit.UNREACHABLE if unreachable else Exit.DONE])
    if case.run_at is None and not unresolved(case):
        case.run_at, case.status = datetime.now(UTC), "run"
    unseen = case.run_at is not None and case.verified_at is None  # the run died, or failed, while it looked again
    return look_and_search_again(work, case) if unseen or work.journal.entries(case) else outcome_code(case)


def _nothing(case: Case, plan: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json(erased_answer(case, plan, plan.hash))
        return
    click.echo(f"The plan of case {case.number} is empty: there is nothing to erase.\n\n{render_end(case)}")


def _approve(work: Workspace, case: Case, plan: Plan, named: str | None, *, yes: bool) -> None:
    """Raise Refusal unless a person has seen and approved just this plan."""
    if named is not None and not _names(named, plan):
        _refused(work, case, "plan stale", f"the plan is another one now: {plan.hash}. Next: gallra show {case.number}")
    if yes:
        if named is None and case.shown_plan != plan.hash:
            text = f"the plan has changed since it was shown. Next: gallra show {case.number}"
            _refused(work, case, "plan stale", text)
    else:
        _ask(work, case, plan)
    case.approved_at, case.approved_plan, case.shown_plan = datetime.now(UTC), plan.hash, plan.hash
    case.status, case.verified_at = "approved", None
    work.cases.save(case)
    work.audit.append("approved", case.number, {"steps": len(plan.steps)}, {"plan": plan.hash, **cull_of(case)})


def _allowed(work: Workspace, case: Case, plan: Plan) -> None:
    """Raise NotAllowed, and note it, before anybody is asked for an approval that would lead nowhere."""
    try:
        work.may_run.check(case, plan)
    except NotAllowed as error:
        work.audit.append("refused", case.number, {"steps": len(plan.steps)}, {"refused": error.why, **cull_of(case)})
        raise


def _ask(work: Workspace, case: Case, plan: Plan) -> None:
    if not _terminal():
        text = "nobody can be asked here: show the plan, then use --yes or --plan HASH --yes"
        _refused(work, case, "approval missing", text)
    click.echo(render_case(case, plan), err=True)
    note_shown(work, case, plan)
    erasing = f"Erase {planned(plan)} for good" if plan.steps else "Carry it out"
    tasks = f", and give {tasks_of(case, plan)}" if plan.tasks else ""
    if not click.confirm(f"\n{erasing}{tasks}?", default=False, err=True):
        _refused(work, case, "approval missing", "nothing was erased")


def _terminal() -> bool:
    """True where somebody can be asked."""
    return sys.stdin.isatty()


def _refused(work: Workspace, case: Case, why: str, text: str) -> None:
    work.audit.append("refused", case.number, {}, {"refused": why, **cull_of(case)})
    raise Refusal(text)


def _names(named: str, plan: Plan) -> bool:
    return len(named) >= _SHORTEST and plan.hash.startswith(named.lower())


def carry_out(work: Workspace, case: Case, plan: Plan) -> frozenset[str]:
    """Run the plan, with its progress on the terminal; whatever stops it, the states reached are saved."""
    with Steps() as show:
        return casework.carry_out(work, case, plan, show, complain)


def _look_again(work: Workspace, case: Case) -> int:
    """Verify; whatever keeps that from its end, what was erased before is told."""
    erased = amount(one for one in case.findings if one.state in GONE)
    try:
        return look_and_search_again(work, case)
    except BaseException:
        complain(f"Erased: {erased}. The case is not verified: looking again did not get through, and why follows.")
        complain(f"Next, when that is mended: gallra verify {case.number}")
        raise


class Steps(Progress):
    """Progress of a run, as a callable."""

    def __enter__(self) -> Steps:
        return self

    def counting(self, total: int) -> Callable[[], None]:
        """To be called for each step that is done."""
        numbers = count(1)
        return lambda: self(next(numbers), total)

    def __call__(self, done: int, total: int) -> None:
        """Show it."""
        self.show(f"{done} of {total} erased")
