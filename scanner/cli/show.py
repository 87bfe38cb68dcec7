"""`gallra show`: a case as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scanner.answer_json import answer
from scanner.cli.casework import catch_up, note_shown, opened_case, plan_of
from scanner.cli.output import Exit, clean, complain, print_json
from scanner.cli.render import render_case
from scanner.cli.render_findings import place
from scanner.model import SURGERY, Action, Case
from scanner.refusal import Refusal
from scanner.verify import outcome_code

if TYPE_CHECKING:
    from scanner.workspace import Workspace


@click.command("show")
@click.argument("case_number", metavar="CASE")
@click.option("--gaps", is_flag=True, help="List everything that could not be searched, one by one.")
@click.option("--changes", metavar="N", type=int, help="What erasing finding N would change in its item.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def command(ctx: click.Context, case_number: str, *, gaps: bool, changes: int | None, as_json: bool) -> None:
    """Show CASE: what will be removed, what waits for a decision and why, what could not be searched, and the plan."""
    with opened_case(ctx, case_number) as (work, case):
        catch_up(work, case)
        if changes is not None:
            ctx.exit(_changes(work, case, changes))
        plan = plan_of(work, case)
        if as_json:
            print_json(answer(case, plan))
        else:
            click.echo(render_case(case, plan, all_gaps=gaps))
        note_shown(work, case, plan)
        if work.journal.pending(case):
            complain(f"An erasure of this case was cut off. Next: gallra erase {case.number}")
        ctx.exit(outcome_code(case))


def _changes(work: Workspace, case: Case, number: int) -> int:
    """Print the lines of a finding before and after, from the live source; nothing of it is kept."""
    finding = case.finding(number)
    if finding is None:
        raise click.BadParameter(f"{number}: the case has no such finding; gallra show {case.number} lists them")
    if Action.REMOVE in (finding.effective, finding.offer) and finding.effective not in SURGERY:
        click.echo(f"no {number}: all of it goes, or nothing: {place(finding.locator)}")
        return Exit.DONE
    preview = work.preview(case, finding)
    if preview.problem:
        raise Refusal(f"no {number} cannot be shown that way: {preview.problem}")
    for before, after in preview.lines:
        click.echo(f"- {_line(before)}")
        if after:
            click.echo(f"+ {_line(after)}")
    return Exit.DONE


def _line(text: str) -> str:
    """A line of a table with its columns apart, and nothing that could mislead a terminal."""
    return clean(text.replace("\t", " | "))
