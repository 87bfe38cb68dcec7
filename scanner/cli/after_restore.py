"""`gallra after-restore`: finds what a restore or a re-sync brought back, and plans the same erasure again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from scanner.answer_json import answer
from scanner.cli.casework import note_shown, open_workspace, plan_of
from scanner.cli.output import Exit, Progress, complain, exit_code, print_json
from scanner.cli.render import render_case
from scanner.cli.render_returns import render_returns, returns_json
from scanner.redo import Again, note_opened, take_up
from scanner.returns import Return, look

if TYPE_CHECKING:
    from scanner.scan import SourceReport
    from scanner.workspace import Workspace


@click.command("after-restore")
@click.argument("source", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print what came back, and the cases, as JSON.")
@click.pass_context
def command(ctx: click.Context, source: tuple[str, ...], *, as_json: bool) -> None:
    """Scan SOURCE (all sources, if none is named), and tell what came back of persons who were erased.

    Opens a draft case for each of them, with the plan that erases it again. Nothing is erased before `gallra erase`.
    """
    with open_workspace(ctx.obj["config"]) as work:
        with Progress() as progress:
            reports = work.scan(source, progress=progress.scan)
        cases = take_up(work, look(work), datetime.now(UTC))
        for one in cases:
            note_opened(work, one)
        returns = look(work)  # again: now the cases have them in hand
        work.audit.append("after-restore", None, {"sources": len(reports), "found": len(returns)}, {})
        if as_json:
            print_json(_json(work, returns, cases))
        else:
            _show(work, returns, cases)
        for one in cases:
            note_shown(work, one.case, plan_of(work, one.case))
        _complain(reports)
        ctx.exit(_exit(reports, returns))


def _json(work: Workspace, returns: Sequence[Return], cases: Sequence[Again]) -> dict[str, object]:
    opened = [{"erased_in": one.of, "new": one.new, **answer(one.case, plan_of(work, one.case))} for one in cases]
    return {"returns": returns_json(returns), "cases": opened}


def _show(work: Workspace, returns: Sequence[Return], cases: Sequence[Again]) -> None:
    click.echo(render_returns(returns) or "Nothing came back of anybody who was erased.")
    for one in cases:
        click.echo("\n" + render_case(one.case, plan_of(work, one.case)))
    if any(one.case is None for one in returns):
        click.echo(
            "\nWhat is in no case has too little for a search: look at it yourself, and search for whom it names with "
            "gallra find."
        )


def _complain(reports: Sequence[SourceReport]) -> None:
    for report in reports:
        if report.error:
            complain(report.error)
    gaps = sum(report.gaps for report in reports)
    if gaps:
        parts = "1 part" if gaps == 1 else f"{gaps} parts"
        complain(f"{parts} could not be searched, so something may have come back there unseen. Next: gallra check")


def _exit(reports: Sequence[SourceReport], returns: Sequence[Return]) -> int:
    codes = [report.exit_code if report.error else Exit.INCOMPLETE if report.gaps else Exit.DONE for report in reports]
    return exit_code([*codes, Exit.INCOMPLETE if returns else Exit.DONE])
