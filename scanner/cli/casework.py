"""What the commands on a case share: opening it, its plan, the noting of what was shown, looking again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from connectors.errors import ConfigError, ConnectorError
from scanner.backups.following import follow_now
from scanner.backups.pending import keep_open
from scanner.by_hand import is_waiting
from scanner.cli.output import Exit, complain, exit_code
from scanner.cli.overdue import note_tasks, tell_overdue_tasks
from scanner.closing import note_end, tidy
from scanner.hands.asking import join_hands
from scanner.hands.kinds import is_hand
from scanner.model import Case, Plan
from scanner.named_folders import tell_folders
from scanner.outcomes import GONE
from scanner.plan import make_plan
from scanner.refusal import Refusal
from scanner.settling import settle
from scanner.still_there import search_into
from scanner.verify import Look, look_again, outcome, outcome_code, unresolved

if TYPE_CHECKING:
    from scanner.workspace import Workspace

_CHUNK = 1 << 20
_RENAMED = 'no [[source]] has this name any more: name it "{source}" again in gallra.toml, as the case knows it; then '


def open_workspace(config: Path) -> Workspace:
    """The workspace of a configuration file."""
    from scanner.workspace import Workspace

    return Workspace.open(config)


@contextmanager
def opened_case(ctx: click.Context, number: str) -> Iterator[tuple[Workspace, Case]]:
    """The workspace and the case, held against other processes. A refusal is told and ends the command."""
    try:
        with open_workspace(ctx.obj["config"]) as work:
            tell_overdue(work, work.cases.number(number))
            with work.cases.lock(number):
                case = work.cases.load(number)
                keep_open(case, work.journal)
                try:
                    yield work, case
                finally:
                    note_tasks(work, case)
    except Refusal as error:
        complain(f"gallra: {error}")
        ctx.exit(error.exit_code)


def tell_overdue(work: Workspace, but: str | None = None) -> None:
    """Tell of the cases whose file should be gone by now, and of tasks that are overdue.

    Cases whose time is over leave. `but` is left alone.
    """
    tell_overdue_tasks(work)
    for sentence in tidy(work, datetime.now(UTC), but):
        complain(sentence)


def catch_up(work: Workspace, case: Case) -> None:
    """Search again where something was scanned since, or the rules changed: an invoice may have come that holds it.

    Decisions stay, as far as what they are about has not changed. An erasure that was cut off goes on first; a verified
    case that plans nothing and waits for nobody stays as it was verified.
    """
    done = case.status == "verified" and not plan_of(work, case).steps and not is_waiting(case)
    if done or not work.is_behind(case) or work.journal.entries(case):
        return
    search_into(work, case)
    work.cases.save(case)


def plan_of(work: Workspace, case: Case) -> Plan:
    """The plan that the case's findings make now, with whom it must ask."""
    join_hands(case, work.config.hands)
    follow_now(work, case)
    return make_plan(case.findings, work.sealer.plan_hash)


def note_shown(work: Workspace, case: Case, plan: Plan) -> None:
    """Remember which plan the user has seen: `erase --yes` carries out that one only."""
    if case.shown_plan != plan.hash:
        case.shown_plan = plan.hash
        work.cases.save(case)


def fingerprint(work: Workspace, stream: BinaryIO) -> str:
    """The keyed hash of content, as the index has it."""
    hasher = work.sealer.content_hasher()
    while chunk := stream.read(_CHUNK):
        hasher.update(chunk)
    return hasher.digest().hex()


def look_and_search_again(work: Workspace, case: Case) -> int:
    """Verify the case and save it; the exit code.

    Presence by fresh connectors first, then a new walk of every source that the case is about, then the search again.
    The case counts as verified only if every source answered.
    """
    return look_and_search_all_again(work, [case])


def look_and_search_all_again(work: Workspace, cases: Sequence[Case]) -> int:
    """The same for several cases, whose sources are walked once for all; one exit code."""
    looks = [(case, _looked(work, case)) for case in cases]
    failed = _rescan(work, sorted({source for case in cases for source in _sources(case)}))
    return exit_code([_searched(work, case, look, failed) for case, look in looks])


def _looked(work: Workspace, case: Case) -> Look:
    if settle(case, work.connect, work.journal, partial(fingerprint, work)):
        case.run_at = datetime.now(UTC)
    look = look_again(case, work.connect)
    told = {one.locator.item for one in case.findings if one.state in GONE and not one.taken}
    work.forget_items({one for one in told if one.source not in look.unreachable | look.untold})
    return look


def _searched(work: Workspace, case: Case, look: Look, failed: Mapping[str, int]) -> int:
    search_into(work, case)
    tell_folders(case, work.connect)
    failed = {source: code for source, code in failed.items() if source in {*_sources(case), "index"}}
    unreachable = look.unreachable | {source for source, code in failed.items() if code == Exit.UNREACHABLE}
    if look.whole and not failed and (case.run_at is not None or not unresolved(case)):
        case.status, case.verified_at = "verified", datetime.now(UTC)
        note_end(work, case)
    work.journal.save(case)
    configured = {one.name for one in work.config.places}
    for source in sorted(look.unreachable | look.untold | failed.keys()):
        lost = "" if source in configured or source not in _sources(case) else _RENAMED.format(source=source)
        unseen = f"{source}: could not be looked at again; the case is not verified"
        complain(f"{unseen}. Next: {lost}gallra verify {case.number}")
    work.audit.append("verified", case.number, counts(case), {"status": outcome(case).partition(" until ")[0]})
    return outcome_code(case, unreachable) or (Exit.INCOMPLETE if failed or not look.whole else Exit.DONE)


def counts(case: Case) -> dict[str, int]:
    """How many findings have which state, and the gaps, for the audit log."""
    found = {"findings": len(case.findings), "gaps": len(case.gaps)}
    for one in case.findings:
        found[one.state.value] = found.get(one.state.value, 0) + 1
    return found


def _sources(case: Case) -> set[str]:
    found = {one.locator.source for one in case.findings if not is_hand(one)}
    return found | {one.source for one in case.searched}


def _rescan(work: Workspace, sources: list[str]) -> dict[str, int]:
    """Walk the sources again; the exit codes of those that failed. One that is configured no more fails alone."""
    try:
        return {report.source: report.exit_code for report in work.rescan(sources) if report.error}
    except (ConnectorError, ConfigError) as error:
        if len(sources) == 1:
            return {sources[0]: error.exit_code}
        return {name: code for one in sources for name, code in _rescan(work, [one]).items()}
