"""What becomes of copies in backups: a copy goes, or stays, with the finding of which it is the same content. Pure.

Nobody edits a file in a backup. Where only a record should leave it, a person decides once a case: the whole file
leaves the old snapshots, or it stays and the ledger knows the person again after a restore.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from connectors.locator import Locator
from scanner.backups.origins import Origins
from scanner.backups.pending import WAITS, is_begun
from scanner.model import SURGERY, Action, Case, Finding, InBackups, State, Verdict
from scanner.outcomes import GONE
from scanner.records import Steps

RECORD: Final = "a record of a file in a backup, which nobody edits there: gallra decide CASE --backups drop|ledger"
IN_LEDGER: Final = "it stays in the backup by decision: the ledger knows the person again after a restore"
BESIDE: Final = "it stays in the backup, as its file holds what is kept or held: the ledger knows it after a restore"
ALONE: Final = "its original has left its source without this case: decide on what the backup has of it"
_BY_LEDGER: Final = (IN_LEDGER, BESIDE)

_STAYS: Final = frozenset({State.KEPT, State.HELD})
_TRIED: Final = frozenset({State.FAILED, State.BLOCKED})
_Place = tuple[str, str, str, Steps]


def whole_only(findings: Iterable[Finding], others: Callable[[Finding], int]) -> None:
    """Of what is found in backups, propose no surgery: erasing it comes to dropping its file, if a person says so.

    `others` counts other persons' identifiers in the whole file, which would go with it.
    """
    for one in findings:
        one.others = others(one)
        if one.action in SURGERY:
            one.part, one.action, one.reason = True, Action.DECIDE, RECORD
        if one.offer in SURGERY or one.offer is Action.NONE:
            one.offer = Action.REMOVE


def link(findings: Sequence[Finding], origins: Origins) -> None:
    """Set `copy_of` where it is not set: the same content, at the same place of the source, in the same steps."""
    live: dict[_Place, int] = {}
    messages: dict[tuple[str, str, Steps], set[int]] = {}
    for one in findings:
        if one.content and not origins.is_backup(one.locator.source):
            live[one.locator.source, one.locator.path, one.content, one.locator.steps] = one.id
            if one.kind == "message":  # its path is a server's, or has its flags in it
                messages.setdefault((one.locator.source, one.content, one.locator.steps), set()).add(one.id)
    for one in findings:
        if one.copy_of or not one.content:
            continue
        origin = origins.origin(one.locator.source, one.locator.path)
        if origin is not None:
            same = messages.get((origin.source, one.content, one.locator.steps), set())
            alone = next(iter(same)) if len(same) == 1 else 0
            one.copy_of = live.get((origin.source, origin.path, one.content, one.locator.steps), alone)


def follow(case: Case, keeps: Mapping[str, int] | None = None, bound: Collection[Locator] = ()) -> None:
    """Let copies and records in backups be what their findings and the case's decision say. Safe to call again.

    `keeps` says how many days backups keep a snapshot, by name; nothing: the dates that are noted stay. `bound` are
    files in which something stands that another case holds or keeps: they are not dropped for a record of this one's.
    """
    by_id = {one.id: one for one in case.findings}
    mine = [one for one in case.findings if one.snapshots and one.state not in GONE and not is_begun(one)]
    for one in mine:
        live = by_id.get(one.copy_of)
        if live is not None:
            _mirror(one, live)
    around: dict[Locator, list[Finding]] = {}
    for one in mine:
        around.setdefault(one.locator.item, []).append(one)
    for one in mine:
        beside = one.locator.item in bound
        if beside and one.verdict is Verdict.ERASE:
            one.verdict = None  # erasing it takes the whole file
        beside |= any(other.state in _STAYS and not _by_ledger(other) for other in around[one.locator.item])
        _decide(one, case, keeps, beside=beside)


def copies(case: Case) -> dict[int, list[Finding]]:
    """The copies of findings in backups, by the id of the finding; of one that is in a backup alone: itself."""
    known = {one.id for one in case.findings}
    found: dict[int, list[Finding]] = {}
    for one in case.findings:
        if one.snapshots:
            found.setdefault(one.copy_of if one.copy_of in known else one.id, []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class Records:
    """Files in one backup from which only records should leave. `others` counts identifiers of other persons."""

    backup: str
    files: int
    snapshots: int  # of the file that most snapshots hold
    others: int
    state: str  # open, drop, or ledger


def records(case: Case) -> list[Records]:
    """What the case's one decision is about, by backup and by what came of it. Settled ones are left out."""
    groups: dict[tuple[str, str], dict[Locator, list[Finding]]] = {}
    for one in case.findings:
        if one.part and one.verdict is None and one.state not in GONE and (state := _state(one)):
            groups.setdefault((one.locator.source, state), {}).setdefault(one.locator.item, []).append(one)
    return [
        Records(
            backup,
            len(files),
            max(one.snapshots for group in files.values() for one in group),
            sum(max(one.others for one in group) for group in files.values()),
            state,
        )
        for (backup, state), files in sorted(groups.items())
    ]


def _state(one: Finding) -> str:
    if _by_ledger(one):
        return InBackups.LEDGER.value
    if one.state in _STAYS:
        return ""
    return InBackups.DROP.value if one.effective is Action.REMOVE else "open"


def _mirror(one: Finding, live: Finding) -> None:
    """Be what the live finding is. What a rule holds at its own place is held, whatever the live one is."""
    held = one.state is State.HELD and bool(one.hold)
    if live.state in _STAYS:
        if not held or live.state is State.HELD:
            one.verdict, one.state, one.until, one.reason = live.verdict, live.state, live.until, live.reason
            one.statute, one.hold, one.part = live.statute, live.hold, False
            one.action = Action.HOLD if live.hold else one.action
        return
    if held:
        return
    if one.state in _STAYS and not _by_ledger(one):
        _reopen(one)
    one.verdict, one.tier, one.ownership = None, live.tier, live.ownership
    action = live.effective
    one.part = live.taken or action in SURGERY
    one.offer = Action.REMOVE
    if one.part or action is Action.REMOVE:
        one.action = Action.DECIDE if one.part else Action.REMOVE
        _say(one, RECORD if one.part else None)
    elif live.state in GONE:
        one.copy_of, one.action = 0, Action.DECIDE
        _say(one, ALONE)
    else:
        one.action = Action.NONE if action is Action.NONE else Action.DECIDE
        _say(one, live.reason)


def _decide(one: Finding, case: Case, keeps: Mapping[str, int] | None, *, beside: bool) -> None:
    """Lay the case's decision over a record in a backup; `beside`: its file holds something that stays."""
    if not one.part or one.verdict is not None:
        if _by_ledger(one) and one.verdict is None:
            _reopen(one)
            _say(one, None)
        return
    if one.state in _STAYS and not _by_ledger(one):
        return
    choice = case.in_backups
    if choice is None or (choice is InBackups.DROP and not beside):
        if one.state is State.KEPT:
            _reopen(one)
        one.action = Action.REMOVE if choice is not None else Action.DECIDE
        _say(one, None if choice is not None else RECORD)
        return
    one.action, one.until = Action.DECIDE, _until(one, keeps)
    why = f": {case.in_backups_why}" if case.in_backups_why and choice is InBackups.LEDGER else ""
    one.state, one.reason = State.KEPT, (IN_LEDGER if choice is InBackups.LEDGER else BESIDE) + why


def _until(one: Finding, keeps: Mapping[str, int] | None) -> date | None:
    """The last day on which the backup keeps its newest snapshot of it, as the company says."""
    if keeps is None:
        return one.until if one.state is State.KEPT else None
    days = keeps.get(one.locator.source)
    return one.newest.date() + timedelta(days=days) if days and one.newest is not None else None


def _by_ledger(one: Finding) -> bool:
    return one.state is State.KEPT and (one.reason or "").startswith(_BY_LEDGER)


def _reopen(one: Finding) -> None:
    one.state, one.until, one.statute, one.hold, one.reason = State.OPEN, None, None, "", None


def _say(one: Finding, reason: str | None) -> None:
    """What was tried, and what waits for `gallra backups erase`, tells itself why it is not done."""
    if one.state not in (*_TRIED, State.KEPT, State.HELD) and (reason or one.reason != WAITS):
        one.reason = reason
