"""`gallra show`: a case as it stands."""

from __future__ import annotations

import click

from scanner.answer_json import answer
from scanner.cli.casework import note_shown, opened_case, plan_of
from scanner.cli.output import complain, print_json
from scanner.cli.render import render_case
from scanner.verify import outcome_code


@click.command("show")
@click.argument("case_number", metavar="CASE")
@click.option("--gaps", is_flag=True, help="List everything that could not be searched, one by one.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def command(ctx: click.Context, case_number: str, *, gaps: bool, as_json: bool) -> None:
    """Show CASE: what will be removed, what waits for a decision and why, what could not be searched, and the plan."""
    with opened_case(ctx, case_number) as (work, case):
        plan = plan_of(work, case)
        if as_json:
            print_json(answer(case, plan))
        else:
            click.echo(render_case(case, plan, all_gaps=gaps))
        note_shown(work, case, plan)
        if work.journal.pending(case):
            complain(f"An erasure of this case was cut off. Next: gallra erase {case.number}")
        ctx.exit(outcome_code(case))
