"""`gallra backups erase`: one erasure in each backup, for all cases of which anything waits for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from connectors.errors import ConfigError
from scanner.backups.batch import Share, erase_from_backups
from scanner.backups.pending import keep_open, pending
from scanner.backups.waiting import Waiting, waiting
from scanner.case_lock import CaseBusy
from scanner.cases import CLOSED, CaseError
from scanner.cli.casework import catch_up, counts, look_and_search_all_again, open_workspace, plan_of, tell_overdue
from scanner.cli.erase import Steps
from scanner.cli.output import EXIT_CODES, Exit, clean, complain, exit_code, print_json, table
from scanner.may_run import NotAllowed
from scanner.model import Case, Plan
from scanner.outcomes import settle_links
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
            with _held(work) as held:
                ctx.exit(_run(work, held, names, yes=yes, as_json=as_json))
    except Refusal as error:
        complain(f"gallra: {error}")
        ctx.exit(error.exit_code)


@dataclass(slots=True)
class _Held:
    """The cases in hand, and the codes of those that are not."""

    cases: list[Case]
    codes: list[int]


@contextmanager
def _held(work: Workspace) -> Iterator[_Held]:
    """Every case for which something waits or was begun, held against other processes; one in use is told and left."""
    with ExitStack() as locks:
        held = _Held([], [])
        for line in work.cases.list():
            if line.status == CLOSED:
                continue
            try:
                if not _in_backups(work, work.cases.load(line.number)):
                    continue
                locks.enter_context(work.cases.lock(line.number))
                case = work.cases.load(line.number)
                keep_open(case, work.journal)
                held.cases.append(case)
            except (CaseBusy, CaseError) as error:
                complain(f"gallra: {error}")
                held.codes.append(error.exit_code)
        yield held


def _run(work: Workspace, held: _Held, names: Sequence[str], *, yes: bool, as_json: bool) -> int:
    ready = [one for case in held.cases if (one := _ready(work, case, names, held.codes)) is not None]
    items = sum(len(one.steps) for one in ready)
    began = any(pending(one.case, work.journal) for one in ready)
    for one in ready:
        if one.changed:
            changed = len(one.changed)
            complain(
                f"case {one.case.number}: {changed} item{'s' * (changed != 1)} changed since it was approved, and "
                f"stay{'s' * (changed == 1)}. Next: gallra show {one.case.number}"
            )
            held.codes.append(Exit.REFUSED)
    if not items and not began:
        _tell(held.cases, as_json=as_json, nothing=True)
        return exit_code(held.codes)
    if not yes:
        _ask(items, len(ready), names)
    lost = _carry_out(work, ready, names)
    cases = [one.case for one in ready]
    codes = [look_and_search_all_again(work, cases), Exit.UNREACHABLE if lost else Exit.DONE]
    _tell(cases, as_json=as_json)
    return exit_code([*held.codes, *codes, *(outcome_code(case) for case in cases)])


def _ready(work: Workspace, case: Case, names: Sequence[str], codes: list[int]) -> Waiting | None:
    """What of the case may run now. A rule that speaks against the run is told, and leaves the case out."""
    catch_up(work, case)
    one = waiting(case, plan_of(work, case), work.journal, names)
    try:
        work.may_run.check(case, Plan(one.steps, one.plan))
    except NotAllowed as error:
        work.audit.append("refused", case.number, {"steps": len(one.steps)}, {"refused": error.why})
        complain(f"gallra: case {case.number}: {error}")
        codes.append(error.exit_code)
        return None
    return one


def _carry_out(work: Workspace, ready: Sequence[Waiting], names: Sequence[str]) -> set[str]:
    for one in ready:
        work.remember(one.case, one.steps)
        begun = "erase-resumed" if work.journal.entries(one.case) else "erase-begun"
        work.audit.append(begun, one.case.number, {"steps": len(one.steps)}, {"plan": one.plan})
    shares = [Share(one.case, one.steps, work.prepare(one.case)) for one in ready]
    try:
        with Steps() as show:
            tick = show.counting(sum(len(one.steps) for one in ready))
            return erase_from_backups(shares, work.connect, work.journal, tick, work.leave, only=names)
    finally:
        for one in ready:
            settle_links(one.case)
            one.case.run_at, one.case.status = datetime.now(UTC), "run"
            one.case.verified_at = None
            work.journal.save(one.case)
            work.audit.append("erase-ended", one.case.number, counts(one.case), {"plan": one.plan})


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


def _in_backups(work: Workspace, case: Case) -> bool:
    return bool(work.journal.waiting(case) or pending(case, work.journal))
