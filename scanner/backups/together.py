"""What waits in all cases for backups with `batch = true`, carried out in one: `gallra backups erase`, and at night."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scanner.backups.batch import Share, erase_from_backups
from scanner.backups.pending import keep_open, pending
from scanner.backups.waiting import Waiting, waiting
from scanner.case_lock import CaseBusy
from scanner.cases import CLOSED, CaseError
from scanner.casework import Say, by, catch_up, last_word, note_begun, plan_of
from scanner.may_run import NotAllowed
from scanner.model import Case, Plan
from scanner.outcomes import counts, settle_links
from scanner.refusal import Refusal

if TYPE_CHECKING:
    from scanner.workspace import Workspace


@dataclass(slots=True)
class Hands:
    """The cases in hand, and those that are not, with what keeps them."""

    cases: list[Case] = field(default_factory=list)
    left: list[tuple[str, Refusal]] = field(default_factory=list)


@contextmanager
def in_hand(work: Workspace, say: Say, wanted: Callable[[Case], bool] = lambda _: True) -> Iterator[Hands]:
    """Every case for which something waits or was begun, held against other processes; one in use is told and left."""
    with ExitStack() as locks:
        hands = Hands()
        for line in work.cases.list():
            if line.status == CLOSED:
                continue
            try:
                case = work.cases.load(line.number)
                if not _in_backups(work, case) or not wanted(case):
                    continue
                locks.enter_context(work.cases.lock(line.number))
                case = work.cases.load(line.number)
                keep_open(case, work.journal)
                hands.cases.append(case)
            except (CaseBusy, CaseError) as error:
                say(f"gallra: {error}")
                hands.left.append((line.number, error))
        yield hands


def ready(work: Workspace, hands: Hands, names: Sequence[str], say: Say) -> list[Waiting]:
    """What of the cases in hand may run now in these backups. A case that a rule speaks against is told, and left."""
    found = []
    for case in hands.cases:
        catch_up(work, case)
        one = waiting(case, plan_of(work, case), work.journal, names)
        try:
            work.may_run.check(case, Plan(one.steps, one.plan))
        except NotAllowed as error:
            work.audit.append("refused", case.number, {"steps": len(one.steps)}, {"refused": error.why})
            say(f"gallra: case {case.number}: {error}")
            hands.left.append((case.number, error))
        else:
            found.append(one)
    return found


def is_anything(work: Workspace, going: Sequence[Waiting]) -> bool:
    """True where there is something to take out, or to prove that a run began."""
    return any(one.steps or pending(one.case, work.journal) for one in going)


def carry_out(
    work: Workspace, going: Sequence[Waiting], names: Sequence[str], tick: Callable[[], None], chore: str = ""
) -> set[str]:
    """One rewriting of each backup for all cases; the states reached are saved. Gives the backups not reached.

    `chore`: the chore of the agent that runs it unasked.
    """
    for one in going:
        work.remember(one.case, one.steps)
        note_begun(work, one.case, len(one.steps), one.plan, chore)
    shares = [Share(one.case, one.steps, last_word(work, one.case, chore)) for one in going]
    try:
        return erase_from_backups(shares, work.connect, work.journal, tick, work.leave, only=names)
    finally:
        for one in going:
            settle_links(one.case)
            one.case.run_at, one.case.status = datetime.now(UTC), "run"
            one.case.verified_at = None
            work.journal.save(one.case)
            work.audit.append("erase-ended", one.case.number, counts(one.case), by(chore) | {"plan": one.plan})


def _in_backups(work: Workspace, case: Case) -> bool:
    return bool(work.journal.waiting(case) or pending(case, work.journal))
