"""What waits in all cases for backups with `batch = true`: taken out at night, as `gallra backups erase --yes` does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scanner.agent.done import Done, Notice
from scanner.agent.unasked import erased, runs
from scanner.backups.together import Hands, carry_out, in_hand, is_anything, ready
from scanner.backups.waiting import Waiting
from scanner.case_lock import CaseBusy
from scanner.casework import look_and_search_all_again, quiet
from scanner.exits import Exit, exit_code
from scanner.model import Case, State

if TYPE_CHECKING:
    from scanner.agent.book import Book
    from scanner.workspace import Workspace

_CHORE = "backups"
_FAILED = frozenset({State.FAILED, State.BLOCKED})


def run(work: Workspace, book: Book, now: datetime) -> Done:
    """Only what was approved with its case and has not changed since; what a person's run began is left to a person."""
    names = [one.name for one in work.config.backups]
    if not names:
        return Done()
    work.check_reading()
    known = runs(work.audit)

    def ours(case: Case) -> bool:
        mine = known.get(case.number, [])
        return not work.journal.pending(case) or bool(mine and mine[-1].chore)

    with in_hand(work, quiet, ours) as hands:
        done = _run(work, book, hands, names, now)
    for one in erased(work.audit, now):
        book.note(one, now)
    return done


def _run(work: Workspace, book: Book, hands: Hands, names: Sequence[str], now: datetime) -> Done:
    going = ready(work, hands, names, quiet)
    refused = [(number, error) for number, error in hands.left if not isinstance(error, CaseBusy)]
    lost: set[str] = set()
    code = 0
    if is_anything(work, going):
        lost = carry_out(work, going, names, lambda: None, _CHORE)
        code = look_and_search_all_again(work, [one.case for one in going])
    troubled = {number for number, _ in refused} | {one.case.number for one in going if _is_troubled(one, names)}
    _tell(book, (one.number for one in hands.cases), troubled, now)
    codes = [code if code == Exit.UNREACHABLE else 0, Exit.UNREACHABLE if lost else 0]
    codes += [error.exit_code for _, error in refused]
    counts = {"cases": len(going), "items": sum(len(one.steps) for one in going), "attention": len(troubled)}
    return Done(exit_code(codes), counts)


def _is_troubled(one: Waiting, names: Sequence[str]) -> bool:
    """Something waits on that was to go: it changed, or could not be taken out."""
    mine = {number for step in one.steps for number in step.findings}
    left = [each for each in one.case.findings if each.locator.source in names and each.state in _FAILED]
    return bool(one.changed or left or any(each.id in mine and not each.state.resolved for each in one.case.findings))


def _tell(book: Book, cases: Iterable[str], troubled: set[str], now: datetime) -> None:
    """Once, until it is well again."""
    for number in sorted({*cases} | troubled):
        key = f"backups:{number}"
        if number in troubled:
            book.note(Notice("attention", key, case=number), now)
        else:
            book.forget(key)
