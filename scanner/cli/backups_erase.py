"""`gallra backups erase`: one erasure in each backup, for all cases of which anything waits for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from connectors.errors import ConfigError
from scanner.backups.together import Hands, carry_out, in_hand, is_anything, ready
from scanner.cli.casework import look_and_search_all_again, open_workspace, tell_overdue
from scanner.cli.erase import Steps
from scanner.cli.output import EXIT_CODES, Exit, clean, complain, exit_code, print_json, table
from scanner.model import Case
from scanner.outcomes import counts
from scanner.refusal import Refusal
from scanner.verify import outcome_code

if TYPE_CHECKING:
    from scanner.workspace import Workspace


@click.command("erase", epilog=EXIT_CODES)
@click.argument("backup", nargs=-1)
@click.option("--yes", is_flag=True, help="Do not ask: all that waits was approved with its case.")
@click.option("--json", "as_json", is_flag=True, help="Print what became of it as JSON.")
@click.pass_context
def erase_command(ctx: click.Context, backup: tuple[str, ...], *, yes: bool, as_json: bool) -> None:
    """Take all that waits out of BACKUP (all backups, if none is named): one rewriting for all cases.

    Only what was approved with its case and has not changed since; the rest is told, and waits for `gallra erase CASE`.
    """
    try:
        with open_workspace(ctx.obj["config"]) as work:
            names = _named(work, backup)
            tell_overdue(work)
            work.check_reading()
            with in_hand(work, complain) as hands:
                ctx.exit(_run(work, hands, names, yes=yes, as_json=as_json))
    except Refusal as error:
        complain(f"gallra: {error}")
        ctx.exit(error.exit_code)


def _run(work: Workspace, hands: Hands, names: Sequence[str], *, yes: bool, as_json: bool) -> int:
    going = ready(work, hands, names, complain)
    codes = [error.exit_code for _, error in hands.left]
    for one in going:
        if one.changed:
            changed = len(one.changed)
            complain(
                f"case {one.case.number}: {changed} item{'s' * (changed != 1)} changed since it was approved, and "
                f"stay{'s' * (changed == 1)}. Next: gallra show {one.case.number}"
            )
            codes.append(Exit.REFUSED)
    if not is_anything(work, going):
        _tell(hands.cases, as_json=as_json, nothing=True)
        return exit_code(codes)
    items = sum(len(one.steps) for one in going)
    if not yes:
        _ask(items, len(going), names)
    with Steps() as show:
        lost = carry_out(work, going, names, show.counting(items))
    cases = [one.case for one in going]
    codes += [look_and_search_all_again(work, cases), Exit.UNREACHABLE if lost else Exit.DONE]
    _tell(cases, as_json=as_json)
    return exit_code([*codes, *(outcome_code(case) for case in cases)])


def _ask(items: int, cases: int, names: Sequence[str]) -> None:
    if not sys.stdin.isatty():
        raise Refusal("nobody can be asked here: gallra backups shows what waits, --yes takes it out")
    what = f"{items} item{'s' * (items != 1)} of {cases} case{'s' * (cases != 1)}"
    if not click.confirm(f"Erase {what} from {clean(', '.join(names))} for good?", default=False, err=True):
        raise Refusal("nothing was erased")


def _tell(cases: Sequence[Case], *, as_json: bool, nothing: bool = False) -> None:
    if as_json:
        print_json({"cases": [] if nothing else [{"case": one.number, "states": _states(one)} for one in cases]})
    elif nothing:
        click.echo("Nothing waits for the backups.")
    else:
        rows = [(one.number, ", ".join(f"{state} {count}" for state, count in _states(one).items())) for one in cases]
        click.echo(table(("case", "findings"), rows))


def _states(case: Case) -> dict[str, int]:
    found = counts(case)
    return {name: count for name, count in found.items() if name not in ("findings", "gaps")}


def _named(work: Workspace, backup: Sequence[str]) -> list[str]:
    known = [one.name for one in work.config.backups]
    strange = [name for name in backup if name not in known]
    if strange:
        raise ConfigError(
            [f'there is no [[backup]] "{name}"; there are: {", ".join(known) or "none"}' for name in strange]
        )
    return [name for name in known if not backup or name in backup]
