"""Work on a case that commands and the agent share: catching up, its plan, carrying it out, looking again.

The caller holds the case's lock. Nothing is printed: sentences for who watches go to `say`, steps done to `show`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from connectors.errors import ConfigError, ConnectorError
from scanner.backups.following import follow_now
from scanner.by_hand import is_waiting
from scanner.closing import note_end
from scanner.cull.rules import cull_of
from scanner.erase import Progress, run
from scanner.exits import Exit, exit_code
from scanner.hands.asking import join_hands
from scanner.hands.kinds import is_hand
from scanner.index.pack import path_token
from scanner.model import Case, Plan, State, Step
from scanner.named_folders import tell_folders
from scanner.outcomes import GONE, counts
from scanner.plan import make_plan
from scanner.scanning import still
from scanner.settling import settle
from scanner.standing import barred, is_one_unreadable
from scanner.still_there import search_into
from scanner.verify import Look, look_again, outcome, outcome_code, unresolved

if TYPE_CHECKING:
    from scanner.prepare import Prepare, Prepared
    from scanner.workspace import Workspace

Say = Callable[[str], None]
"""Takes a sentence for a person; it may name sources and case numbers."""

_CHUNK = 1 << 20
_RENAMED = 'no [[source]] has this name any more: name it "{source}" again in gallra.toml, as the case knows it; then '
_UNREAD = "another case cannot be read, and what it keeps is not known; mend or take away that case, then run it again"
_NAME_ONLY = "Only a name is known of the person: what comes back will be recognised by its very content alone."


def quiet(_: str) -> None:
    """Nobody is there to read it."""


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
    if not case.cull:
        join_hands(case, work.config.hands)
    follow_now(work, case)
    return make_plan(case.findings, work.sealer.plan_hash)


def fingerprint(work: Workspace, stream: BinaryIO) -> str:
    """The keyed hash of content, as the index has it."""
    hasher = work.sealer.content_hasher()
    while chunk := stream.read(_CHUNK):
        hasher.update(chunk)
    return hasher.digest().hex()


def carry_out(
    work: Workspace, case: Case, plan: Plan, show: Progress = lambda *_: None, say: Say = quiet, chore: str = ""
) -> frozenset[str]:
    """Run the plan; whatever stops it, the states reached are saved. Gives the sources that could not be reached.

    `chore`: the chore of the agent that runs it unasked; the audit log says so.
    """
    if not work.remember(case, plan.steps):  # before the first step: no crash leaves erased what it does not know
        say(_NAME_ONLY)
    note_begun(work, case, len(plan.steps), plan.hash, chore)
    try:
        return run(
            case,
            plan,
            work.connect,
            work.journal,
            lambda: datetime.now(UTC),
            show,
            partial(fingerprint, work),
            last_word(work, case, chore),
            work.may_run.check,
            work.leave,
            lambda name: (backup := work.config.backup(name)) is not None and backup.batch,
        )
    finally:
        work.journal.save(case)
        work.audit.append("erase-ended", case.number, counts(case), by(chore) | cull_of(case) | {"plan": plan.hash})


def last_word(work: Workspace, case: Case, chore: str) -> Prepare:
    """What looks at each item right before its step. Nobody is asked before the agent (`chore`) goes on with what it
    began: so what persons hold or keep in other cases by now is asked for once more, and stays.
    """
    prepare = work.prepare(case)

    def looked(steps: Iterable[Step]) -> Iterator[tuple[Step, Prepared]]:
        stays = barred(case.findings, work.standing(case.number), partial(path_token, work.sealer))
        unread = _UNREAD if is_one_unreadable(work.cases, case.number) else ""
        for step, found in prepare(steps):
            why = unread or next((stays[number] for number in step.findings if number in stays), "")
            yield step, replace(found, stays=f"not erased: {why}") if why else found

    return looked if chore else prepare


def note_begun(work: Workspace, case: Case, steps: int, plan: str, chore: str = "") -> None:
    """Note in the audit log that a run of the case begins, or goes on, and where it does, that the agent runs it."""
    begun = "erase-resumed" if work.journal.entries(case) else "erase-begun"
    erased = sum(one.state is State.ERASED for one in case.findings)  # before it, so that what it erases can be told
    told = {"steps": steps} | ({"erased": erased} if chore else {})
    work.audit.append(begun, case.number, told, by(chore) | cull_of(case) | {"plan": plan})


def by(chore: str) -> dict[str, str]:
    """What the audit log says of who does it; nothing of a person."""
    return {"actor": "agent", "chore": chore} if chore else {}


def look_and_search_again(work: Workspace, case: Case, say: Say = quiet) -> int:
    """Verify the case and save it; the exit code.

    Presence by fresh connectors first, then a new walk of every source that the case is about, then the search again.
    The case counts as verified only if every source answered.
    """
    return look_and_search_all_again(work, [case], say)


def look_and_search_all_again(work: Workspace, cases: Sequence[Case], say: Say = quiet) -> int:
    """The same for several cases, whose sources are walked once for all; one exit code."""
    looks = [(case, _looked(work, case)) for case in cases]
    failed = _rescan(work, sorted({source for case in cases for source in _sources(case)}))
    return exit_code([_searched(work, case, look, failed, say) for case, look in looks])


def _looked(work: Workspace, case: Case) -> Look:
    if settle(case, work.connect, work.journal, partial(fingerprint, work)):
        case.run_at = datetime.now(UTC)
    look = look_again(case, work.connect)
    told = {one.locator.item for one in case.findings if one.state in GONE and not one.taken}
    work.forget_items({one for one in told if one.source not in look.unreachable | look.untold})
    return look


def _searched(work: Workspace, case: Case, look: Look, failed: Mapping[str, int], say: Say) -> int:
    with still(work, _sources(case)):
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
        say(f"{unseen}. Next: {lost}gallra verify {case.number}")
    status = outcome(case).partition(" until ")[0]
    work.audit.append("verified", case.number, counts(case), {"status": status, **cull_of(case)})
    return outcome_code(case, unreachable) or (Exit.INCOMPLETE if failed or not look.whole else Exit.DONE)


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
