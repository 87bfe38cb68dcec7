"""`gallra tasks`: what only people can do, over all cases."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from scanner.cli.casework import open_workspace
from scanner.cli.output import Exit, exit_code, print_json
from scanner.cli.overdue import tell_overdue_tasks
from scanner.cli.render_tasks import render_tasks
from scanner.cli.task_open import all_tasks
from scanner.tasks import Task
from scanner.today import today


@click.command("tasks")
@click.option("--subject", "names", is_flag=True, help="Tell whom each task is about, as the case was asked for.")
@click.option("--json", "as_json", is_flag=True, help="Print the tasks as JSON.")
@click.pass_context
def command(ctx: click.Context, *, names: bool, as_json: bool) -> None:
    """List what people must do by hand in all cases: who, until when, and what; overdue ones first.

    A phone's task is closed by its newer export: hand it over, then gallra verify CASE. All others by gallra task done.
    Exit 3 while any task waits.
    """
    with open_workspace(ctx.obj["config"]) as work:
        tasks, codes = all_tasks(work, names=names)
        tell_overdue_tasks(work)
    day = today()
    if as_json:
        over = sum(one.is_overdue(day) for one in tasks)
        print_json({"tasks": [task_json(one, day) for one in tasks], "overdue": over})
    else:
        click.echo(render_tasks(tasks, day) if tasks else "No task waits for anybody.")
    ctx.exit(exit_code([*codes, Exit.INCOMPLETE if tasks else Exit.DONE]))


def task_json(one: Task, day: date) -> dict[str, Any]:
    """One task as the contract of the command line has it."""
    hand = one.hand
    found: dict[str, Any] = {
        "number": one.number,
        "task": one.name,
        "case": one.case,
        "source": one.source,
        "kind": hand.kind if hand is not None else None,
        "findings": list(one.findings),
        "do": one.do,
        "holder": one.holder or None,
        "since": one.since.isoformat(timespec="seconds"),
        "days": one.days,
        "due": one.due.isoformat(),
        "overdue": one.is_overdue(day),
        "contact": (hand.contact or None) if hand is not None else None,
        "what": (hand.what or None) if hand is not None else None,
        "place": (hand.place or None) if hand is not None else None,
        "label": (hand.label or None) if hand is not None else None,
        "span": (hand.span or None) if hand is not None else None,
        "letter_written": one.written.isoformat() if one.written else None,
        "letter_sent": one.sent.isoformat() if one.sent else None,
    }
    return found | ({"subject": list(one.subject)} if one.subject else {})
