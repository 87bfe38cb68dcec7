"""`gallra audit`: is the chain of what gallra did still whole?"""

from __future__ import annotations

from pathlib import Path

import click

from config.load import load
from scanner.audit import FILE, AuditLog
from scanner.cli.output import EXIT_CODES, Exit, print_json


@click.group("audit")
def command() -> None:
    """The append-only log of what gallra did, without personal data."""


@command.command("verify", epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def verify(ctx: click.Context, *, as_json: bool) -> None:
    """Look through the whole chain: exit 0 when it is whole, 3 with the lines where it is broken."""
    path: Path = ctx.obj["config"]
    report = AuditLog(load(path).agent.state / FILE).check()
    if as_json:
        problems = [{"line": one.line, "reason": one.text} for one in report.problems]
        print_json({"entries": report.entries, "head": report.head, "problems": problems})
    else:
        click.echo(f"{report.entries} entries, head {report.head}")
        for one in report.problems:
            click.echo(f"line {one.line}: {one.text}")
        click.echo("The chain is broken." if report.problems else "The chain is whole.")
    ctx.exit(Exit.INCOMPLETE if report.problems else Exit.DONE)
