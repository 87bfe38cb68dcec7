"""Closing a case: what must stay is written down in tokens, and the name leaves what gallra keeps.

What stays: the ledger's tokens, the prints of what is held or kept, one plain line with number, dates and status, the
audit log, and the certificate, none of which names anybody. A case that is verified lives `[cases] keep_days` more;
then every command tells of it, and at twice that time it is closed by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from scanner.backups.expiry import known_until
from scanner.cases import CaseError
from scanner.cull.rules import cull_of
from scanner.index.errors import IndexProblem
from scanner.ledger import FILE, Ledger
from scanner.model import Case, State, Verdict
from scanner.outcomes import GONE, counts
from scanner.refusal import Refusal
from scanner.retained import Retained
from scanner.returns_match import Matcher
from scanner.today import today
from scanner.verify import INCOMPLETE, outcome, unresolved

if TYPE_CHECKING:
    from scanner.workspace import Workspace

LONGEST: Final = 500  # characters of a reason
VERIFIED: Final = "verified"


def refusal(case: Case, *, pending: bool, incomplete: bool = False) -> str | None:
    """Why the case may not be closed, with the next step; None where it may. Pure.

    `pending`: its journal has steps of which nobody knows what came. `incomplete`: somebody closes it although it is
    not verified, or not all of it is resolved.
    """
    number = case.number
    if pending:
        return f"an erasure of case {number} was cut off. Next: gallra erase {number}"
    if incomplete:
        return None
    if case.status != VERIFIED:
        return f"case {number} is not verified. Next: gallra verify {number}"
    waiting = len(unresolved(case))
    if waiting:
        what = "1 finding waits" if waiting == 1 else f"{waiting} findings wait"
        return f"{what} in case {number}. Next: gallra show {number}"
    if outcome(case) == INCOMPLETE:
        return f"something in the scope of case {number} was not searched. Next: gallra show {number} --gaps"
    return None


def close(work: Workspace, case: Case, now: datetime, reason: str | None = None) -> int:
    """Close the case; how many findings stay, held or kept. The caller holds its lock and has asked `refusal`.

    Can be cut off at any point: the case is taken out last, so that closing it again ends what was begun. Raises Busy
    where another process works with the index, WrongLedgerKey, ConfigError.
    """
    if case.cull:
        return _close_cull(work, case, now, reason)
    with work.index(read_only=False) as index, Ledger.open(work.config) as ledger:
        ledger.note(case, (), index, now)
        ledger.keep_until(case.number, known_until(case, work.config, _day(now)))
        stays = Retained(ledger, now.date()).keep(case, index, Matcher(ledger.book(), ledger.sealer))
        stand = any(one.state in GONE or (one.state is State.HELD and not one.hold) for one in case.findings)
        if case.number not in ledger.redone() and not stand:
            ledger.forget(case.number)  # nothing of the person was ever erased, so nothing can come back
        index.compact()
    work.audit.append("closed", case.number, counts(case), {"status": _status(case)})
    work.cases.shut(case.number, now, reason)
    return stays


def _close_cull(work: Workspace, case: Case, now: datetime, reason: str | None) -> int:
    """Nobody was erased, so the ledger learns of nobody; what a person decided to keep stays known, and kept."""
    kept = [one for one in case.findings if one.verdict is Verdict.KEEP and one.state in (State.KEPT, State.HELD)]
    with work.index(read_only=False) as index:
        if kept:
            with Ledger.open(work.config) as ledger:
                alone = replace(case, findings=kept)
                Retained(ledger, now.date()).keep(alone, index, Matcher(ledger.book(), ledger.sealer))
        index.compact()
    work.audit.append("closed", case.number, counts(case), {"status": _status(case), **cull_of(case)})
    work.cases.shut(case.number, now, reason)
    return sum(one.state not in GONE for one in case.findings)


def is_certified(work: Workspace, case: Case) -> bool:
    """True where a certificate says what the case has come to, and was issued after its last erasure."""
    found = False
    for entry in _events(work.audit.path, case.number):
        if entry["event"] == "erase-ended":
            found = False
        elif entry["event"] == "certified":
            found = entry["details"].get("status") == _status(case)
    return found


def is_answered(work: Workspace, case: Case) -> bool:
    """True where all is done and looked at, or a certificate says how far it came. Else the answer is still owed."""
    return (case.status == VERIFIED and outcome(case) != INCOMPLETE) or is_certified(work, case)


class Over(NamedTuple):
    """A case that was verified long ago, and what became of it, as a sentence for who watches.

    `closed`: it was closed now. `closes`: the day on which it closes by itself; None where it waits for something.
    """

    number: str
    sentence: str
    closed: bool = False
    closes: date | None = None


def tidy(work: Workspace, now: datetime, but: str | None = None) -> list[str]:
    """As `tidied`; a sentence each."""
    return [one.sentence for one in tidied(work, now, but)]


def tidied(work: Workspace, now: datetime, but: str | None = None) -> list[Over]:
    """Tell of the cases that were verified long ago, and close those whose time is over.

    Not `but`, which the caller is about to open. A case that waits for something, or is in use, is only told of.
    """
    days = timedelta(days=work.config.cases.keep_days)
    told = []
    for line in work.cases.list():
        if line.status != VERIFIED or line.number == but or line.created >= now - days:
            continue
        with suppress(CaseError):
            case = work.cases.load(line.number)
            if case.verified_at is not None and case.verified_at < now - days:
                told.append(_over(work, case, now, case.verified_at + 2 * days))
    return told


def _over(work: Workspace, case: Case, now: datetime, last: datetime) -> Over:
    number, holds = case.number, "still holds names of items" if case.cull else "still holds the person's name"
    waits = refusal(case, pending=bool(work.journal.pending(case)))
    if waits is not None:
        return Over(number, f"Case {number} still holds the person's name: {waits}")
    if now >= last or is_certified(work, case):
        with suppress(Refusal, IndexProblem), work.cases.lock(number):
            close(work, work.cases.load(number), now)
            return Over(number, f"Case {number} was closed: it was verified, and its time is over.", closed=True)
    told = (
        f"Case {number} is done and {holds}; it closes by itself on {_day(last)}. "
        f"Next: gallra close {number} --certificate FILE"
    )
    return Over(number, told, closes=_day(last))


def note_end(work: Workspace, case: Case) -> None:
    """Tell the ledger until when a backup may bring back what the case erased, as far as that is known now."""
    if not case.cull and (work.state / FILE).exists():
        with Ledger.open(work.config) as ledger:
            ledger.keep_until(case.number, known_until(case, work.config, today()))


def remembered(work: Workspace, number: str) -> bool:
    """True where the ledger would tell if the person of this case came back."""
    if not (work.state / FILE).exists():
        return False
    with Ledger.open(work.config) as ledger:
        return any(one.number == number for one in ledger.entries())


def _status(case: Case) -> str:
    return outcome(case).partition(" until ")[0]


def _day(moment: datetime) -> date:
    return moment.astimezone().date()


def _events(path: Path, number: str) -> Iterator[dict[str, Any]]:
    """The entries of the audit log about one case. Broken lines are `gallra audit verify`'s to tell."""
    with suppress(FileNotFoundError), path.open("rb") as lines:
        for raw in lines:
            with suppress(ValueError):
                entry = json.loads(raw)
                if isinstance(entry, dict) and entry.get("case") == number and "details" in entry:
                    yield entry
