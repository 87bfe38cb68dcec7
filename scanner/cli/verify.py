"""`gallra verify`: looks again, and trusts no receipt."""

from __future__ import annotations

import click

from scanner.answer_json import erased_answer
from scanner.cli.casework import look_and_search_again, opened_case, plan_of
from scanner.cli.output import print_json
from scanner.cli.render import render_end


@click.command("verify")
@click.argument("case_number", metavar="CASE")
@click.option("--json", "as_json", is_flag=True, help="Print the end states as JSON.")
@click.pass_context
def command(ctx: click.Context, case_number: str, *, as_json: bool) -> None:
    """Look again whether what CASE erased is gone, walk its sources, and search for the person once more."""
    with opened_case(ctx, case_number) as (work, case):
        work.check_reading()
        code = look_and_search_again(work, case)
        if as_json:
            plan = plan_of(work, case)
            print_json(erased_answer(case, plan, case.approved_plan or plan.hash))
        else:
            click.echo(render_end(case))
        ctx.exit(code)
