"""`gallra tasks`: what only people can do, over all cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from scanner.cases import CLOSED, CaseError
from scanner.cli.casework import open_workspace
from scanner.cli.output import Exit, complain, exit_code, print_json
from scanner.cli.render_tasks import render_tasks
from scanner.model import Case
from scanner.tasks import Task, open_tasks


@click.command("tasks")
@click.option("--subject", "names", is_flag=True, help="Tell whom each task is about, as the case was asked for.")
@click.option("--json", "as_json", is_flag=True, help="Print the tasks as JSON.")
@click.pass_context
def command(ctx: click.Context, *, names: bool, as_json: bool) -> None:
    """List what people must do by hand in all cases: who, since when, and what.

    A phone's task is closed by its newer export: hand it over, then gallra verify CASE. Exit 3 while any task waits.
    """
    with open_workspace(ctx.obj["config"]) as work:
        cases: list[Case] = []
        codes: list[int] = []
        for line in work.cases.list():
            if line.status != CLOSED:
                try:
                    cases.append(work.cases.load(line.number))
                except CaseError as error:
                    complain(f"gallra: {error}")
                    codes.append(error.exit_code)
        holders = {one.name: str(one.settings.get("holder") or "") for one in work.config.sources}
        tasks = open_tasks(cases, holders, datetime.now(UTC), names=names)
    if as_json:
        print_json({"tasks": [_json(one) for one in tasks]})
    else:
        click.echo(render_tasks(tasks) if tasks else "No task waits for anybody.")
    ctx.exit(exit_code([*codes, Exit.INCOMPLETE if tasks else Exit.DONE]))


def _json(one: Task) -> dict[str, Any]:
    found = {
        "number": one.number,
        "case": one.case,
        "source": one.source,
        "findings": list(one.findings),
        "do": one.do,
        "holder": one.holder or None,
        "since": one.since.isoformat(timespec="seconds"),
        "days": one.days,
    }
    return found | ({"subject": list(one.subject)} if one.subject else {})
