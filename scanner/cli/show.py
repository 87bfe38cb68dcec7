"""`gallra show`: a case as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.answer_json import answer
from scanner.cli.casework import catch_up, note_shown, opened_case, plan_of
from scanner.cli.numbers import named_findings
from scanner.cli.output import Exit, Progress, clean, complain, exit_code, print_json
from scanner.cli.own_file import check_free, write_new
from scanner.cli.render import render_case, render_some
from scanner.cli.render_context import add_context
from scanner.cli.render_findings import place
from scanner.context.model import Context, Note
from scanner.model import SURGERY, Action, Case, Finding, Plan
from scanner.refusal import Refusal
from scanner.verify import outcome_code

if TYPE_CHECKING:
    from scanner.workspace import Workspace

_KEPT = "holds personal data and is yours to keep and to delete: gallra keeps no copy of it and does not know of it"


@click.command("show")
@click.argument("case_number", metavar="CASE")
@click.argument("numbers", metavar="[N]...", nargs=-1)
@click.option("--gaps", is_flag=True, help="List everything that could not be searched, one by one.")
@click.option("--changes", metavar="N", type=int, help="What erasing finding N would change in its item.")
@click.option("--context", is_flag=True, help="The matched text, read live and never kept; of the findings N, or all.")
@click.option(
    "--html", "target", metavar="FILE", type=click.Path(path_type=Path), help="Write a page to read or print into FILE."
)
@click.option("--force", is_flag=True, help="With --html: replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    case_number: str,
    numbers: tuple[str, ...],
    target: Path | None,
    *,
    gaps: bool,
    changes: int | None,
    context: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Show CASE: what will be removed, what waits for a decision and why, what could not be searched, and the plan.

    With --context, each finding with the text in which the person stands: of all, or of the findings N (3, or 3-7).
    """
    _check_options(numbers, target, changes, context=context, force=force)
    with opened_case(ctx, case_number) as (work, case):
        if target is not None:
            check_free(target, force=force)
        catch_up(work, case)
        if changes is not None:
            ctx.exit(_changes(work, case, changes))
        plan = plan_of(work, case)
        known = {one.id for one in case.findings}
        shown = [one for one in case.findings if one.copy_of not in known]  # a copy says nothing new
        chosen = named_findings(case, numbers) if numbers else shown
        contexts = _contexts(work, case, chosen) if context else {}
        if target is not None:
            _write(work, case, plan, contexts, target, force=force)
        if as_json:
            found = answer(case, plan)
            add_context(found["findings"], contexts)
            print_json(found)
        elif numbers and target is None:
            click.echo(render_some(chosen, contexts))
            ctx.exit(_code(case, contexts))  # the plan was not shown
        elif target is None:
            click.echo(render_case(case, plan, all_gaps=gaps, contexts=contexts))
        if as_json or target is None:
            note_shown(work, case, plan)
        if work.journal.pending(case):
            complain(f"An erasure of this case was cut off. Next: gallra erase {case.number}")
        ctx.exit(_code(case, contexts))


def _check_options(
    numbers: tuple[str, ...], target: Path | None, changes: int | None, *, context: bool, force: bool
) -> None:
    """Raise UsageError for words that do not go together."""
    if numbers and not context:
        raise click.UsageError("numbers of findings go with --context; to decide on them: gallra decide")
    if force and target is None:
        raise click.UsageError("--force goes with --html FILE")
    if changes is not None and (context or target is not None):
        raise click.UsageError("--changes stands alone")


def _contexts(work: Workspace, case: Case, findings: list[Finding]) -> dict[int, Context]:
    """The live text of the findings, with progress on a terminal."""
    with Progress() as progress:
        return work.contexts(case, findings, lambda done, of: progress.show(f"reading {done} of {of} items"))


def _code(case: Case, contexts: Mapping[int, Context]) -> int:
    """The case's outcome, and 5 where a source could not be reached to show something."""
    lost = any(Note.UNREACHABLE in one.notes for one in contexts.values())
    return exit_code([outcome_code(case), Exit.UNREACHABLE if lost else Exit.DONE])


def _write(
    work: Workspace, case: Case, plan: Plan, contexts: Mapping[int, Context], target: Path, *, force: bool
) -> None:
    """The case as a page in a file of the user's."""
    from scanner.page.html import to_html

    page = to_html(case, plan, contexts, work.config.agent.language, datetime.now(UTC))
    write_new(target, page.encode("utf-8"), force=force)
    complain(f"{clean(str(target))}: {_KEPT}")


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
