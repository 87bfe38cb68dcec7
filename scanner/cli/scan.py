"""`gallra scan`: brings the index up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import click

from scanner.cli.output import Exit, Progress, exit_code, print_json, table
from scanner.cli.overdue import tell_overdue_tasks
from scanner.cli.render_returns import render_returns, returns_json
from scanner.returns import look
from scanner.scan import SourceReport
from scanner.workspace import Workspace


@click.command("scan")
@click.argument("source", nargs=-1)
@click.option("--full", is_flag=True, help="Read everything again, changed or not.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def command(ctx: click.Context, source: tuple[str, ...], *, full: bool, as_json: bool) -> None:
    """Read what is new or changed in SOURCE (all sources, if none is named) into the index.

    Can be stopped at any time: what was read stays, and the next scan goes on.
    """
    with Workspace.open(ctx.obj["config"]) as work, Progress() as progress:
        tell_overdue_tasks(work)
        work.waiting = progress.waiting
        reports = work.scan(source, full=full, progress=progress.scan)
        work.audit.append("scan", None, _counts(reports), {})
        with work.index() as index:
            held = {one.source: one.items for one in index.searched()}
        returns = look(work)
        if returns:
            work.audit.append("returned", None, {"found": len(returns)}, {})
    if as_json:
        print_json({"sources": [asdict(report) for report in reports], "returns": returns_json(returns)})
    else:
        _show(reports, held, ocr=work.config.ocr.enabled)
        if returns:
            click.echo(f"\n{render_returns(returns)}\nNext, to plan their erasure again: gallra after-restore")
    ctx.exit(exit_code([_exit(reports), Exit.INCOMPLETE if returns else Exit.DONE]))


def _show(reports: list[SourceReport], held: Mapping[str, int], *, ocr: bool) -> None:
    """`held`: what the index has of each source by now; a walk that resumes sees only what is new."""
    rows = [
        (
            one.source, str(held.get(one.source, 0)), str(one.read), str(one.retired), str(one.gaps),
            one.error or f"{one.seconds:.1f} s",
        )
        for one in reports
    ]  # fmt: skip
    click.echo(table(("source", "items", "read", "gone", "gaps", ""), rows))
    _show_pictures(reports, ocr=ocr)
    if gaps := sum(one.gaps for one in reports):
        parts = "1 part" if gaps == 1 else f"{gaps} parts"
        click.echo(f"\nGaps: {parts} could not be searched, so a person may stand there unseen.")
        click.echo("Why, and what would help: gallra check")
    if not reports:
        click.echo("No sources are configured: add a [[source]] to the configuration file.")


def _show_pictures(reports: list[SourceReport], *, ocr: bool) -> None:
    read, waiting = sum(one.ocr_pages for one in reports), sum(one.ocr_waiting for one in reports)
    if read or waiting:
        what = f"{waiting} wait" if waiting != 1 else "1 waits"
        help_ = "gallra check says for what" if ocr else "switch on [ocr] in gallra.toml to have them read"
        click.echo(f"\nPictures and scanned pages: {read} read, {what}" + (f": {help_}" if waiting else ""))


def _counts(reports: list[SourceReport]) -> dict[str, int]:
    return {
        "sources": len(reports),
        "items": sum(one.seen for one in reports),
        "read": sum(one.read for one in reports),
        "retired": sum(one.retired for one in reports),
        "gaps": sum(one.gaps for one in reports),
    }


def _exit(reports: list[SourceReport]) -> int:
    return exit_code(one.exit_code if one.error else 3 if one.gaps else 0 for one in reports)
