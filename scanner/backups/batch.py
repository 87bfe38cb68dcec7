"""All backups of a run, one after the other, each once for all its cases; and what waits for such a run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from scanner.backups.erasing import Erasure, Share
from scanner.backups.pending import WAITS, pending
from scanner.journal import Journal, Result
from scanner.model import Case, State, Step
from scanner.opening import Connect
from scanner.outcomes import Places, apply

if TYPE_CHECKING:
    from scanner.backups.erasing import Leave

__all__ = ["Share", "erase_from_backups", "leave_waiting"]


def erase_from_backups(
    shares: Sequence[Share],
    connect: Connect,
    journal: Journal,
    tick: Callable[[], None],
    leave: Leave,
    only: Collection[str] = (),
) -> set[str]:
    """Carry the steps of all cases out, one rewrite and one reclaim for each backup; gives those not reached.

    What an earlier run began is finished too, also where no step of it is left, in the backups `only` if any are named.
    The caller holds the cases' locks and calls `journal.save` for each afterwards, whatever this raises. `tick` is
    called for each step that is over.
    """
    names = {step.locator.source for share in shares for step in share.steps}
    names |= {entry.step.locator.source for share in shares for entry in pending(share.case, journal)}
    lost: set[str] = set()
    for name in sorted(names.intersection(only) if only else names):
        mine = [share for share in shares if _has(share, name, journal)]
        if not Erasure(name, mine, journal, tick, leave).run(connect):
            lost.add(name)
    return lost


def leave_waiting(
    case: Case, steps: Sequence[Step], journal: Journal, waits: Callable[[str], bool], tick: Callable[[], None]
) -> list[Step]:
    """The steps that may be done now; the others wait, on disk, for a run over all cases.

    A step that waited already, just as it is, was left by an earlier run of the case: now it is carried out.
    """
    known = journal.waiting(case)
    begun = {entry.step.locator for entry in journal.pending(case)}
    later = [step for step in steps if waits(step.locator.source) and step not in known and step.locator not in begun]
    if later:
        journal.wait(case.number, later)
        places = Places(case.findings)
        for step in later:
            apply(places, step, Result(State.OPEN, WAITS))
            tick()
    return [step for step in steps if step not in later]


def _has(share: Share, name: str, journal: Journal) -> bool:
    steps = (*share.steps, *(entry.step for entry in journal.pending(share.case)))
    return any(step.locator.source == name for step in steps)
