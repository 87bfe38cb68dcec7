"""`gallra task remind`: who has not done yet what is due; printed, or sent by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from connectors.errors import ConfigError
from scanner.cli.casework import open_workspace
from scanner.cli.output import EXIT_CODES, Exit, complain, exit_code
from scanner.cli.render_tasks import render_tasks
from scanner.cli.task_letter import NO_SMTP
from scanner.cli.task_open import all_tasks
from scanner.hands.reminding import AGAIN, pressing, receiver
from scanner.hands.sending import may_again, remind
from scanner.tasks import Task
from scanner.today import today

if TYPE_CHECKING:
    from config.model import Smtp
    from scanner.workspace import Workspace


@click.command("remind", epilog=EXIT_CODES)
@click.option("--send", "mail", is_flag=True, help="Send each owner, or who got the letter, one mail by case number.")
@click.option("--again", is_flag=True, help="With --send: although somebody was reminded within the last 7 days.")
@click.pass_context
def remind_command(ctx: click.Context, *, mail: bool, again: bool) -> None:
    """List the tasks that are overdue or due within 7 days, or remind of them by mail. No mail names the person.

    Exit 3 while such a task waits that nobody was reminded of.
    """
    if again and not mail:
        raise click.UsageError("--again goes with --send")
    with open_workspace(ctx.obj["config"]) as work:
        tasks, codes = all_tasks(work)
        late = pressing(tasks, today())
        if mail and late:
            if work.config.smtp is None:
                raise ConfigError([f"{NO_SMTP}; write [smtp], or gallra task remind without --send lists them"])
            codes += _remind(work, work.config.smtp, late, again=again)
        elif late:
            click.echo(render_tasks(late, today()))
            codes.append(Exit.INCOMPLETE)
        else:
            click.echo("No task is overdue, or due within 7 days.")
    ctx.exit(exit_code(codes))


def _remind(work: Workspace, smtp: Smtp, late: list[Task], *, again: bool) -> list[int]:
    """A mail to each; the exit codes of what could not be sent."""
    day = today()
    for one in late:
        if receiver(one) is None:
            complain(f"Task {one.number} ({one.name}): nobody to write to. {_lacking(one)}")
    codes: list[int] = [Exit.INCOMPLETE for one in late if receiver(one) is None]
    fresh = late if again else may_again(work, late, day)
    if len(fresh) < len(late):
        click.echo(f"Reminded within the last {AGAIN} days already: {len(late) - len(fresh)}. --again reminds them.")
    return codes + remind(work, smtp, fresh, day, click.echo, complain)


def _lacking(task: Task) -> str:
    if task.hand is not None and task.hand.contact:
        return f"Its letter was never sent: gallra task letter {task.number} --send"
    return "Give its owner as a mail address in gallra.toml, or remind by hand"
