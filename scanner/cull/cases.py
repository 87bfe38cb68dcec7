"""The case of a rule: opened when something is due, taken up again as long as it is not done with. One for a rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from config.model import CullRule
from scanner.case_lock import CaseBusy, case_lock
from scanner.cull.rules import cull_of
from scanner.cull.search import Culled
from scanner.cull.working import search_into
from scanner.model import Case, State
from scanner.verify import unresolved

if TYPE_CHECKING:
    from scanner.workspace import Workspace

VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule after a look: its case, None where nothing is due, and what was found.

    `new`: it was opened just now; `cut_off`: an erasure of it was, and nothing was looked for.
    """

    rule: CullRule
    case: Case | None
    found: Culled
    new: bool = False
    cut_off: bool = False


def look(work: Workspace, rule: CullRule, now: datetime) -> Rule:
    """Look what is due by the rule, and open its case or take it up. Nothing is erased.

    A case of which an erasure was cut off is left as it is. Raises CaseBusy where another process works on it.
    """
    number = open_case(work, rule.name)
    if number is None:
        with _alone(work):
            number = open_case(work, rule.name)
            if number is None:
                return _opened(work, rule, now)
    with work.cases.lock(number):
        case = work.cases.load(number)
        if work.journal.entries(case):
            return Rule(rule, case, Culled(rule.name, rule.max_items), cut_off=True)
        return Rule(rule, case, refresh(work, case))


def refresh(work: Workspace, case: Case) -> Culled:
    """Bring an open case up to date, with what has fallen due since. The caller holds its lock."""
    found = search_into(work, case, grow=True)
    if case.status == VERIFIED and unresolved(case):
        case.status, case.verified_at = "run", None  # it is not as it was seen
    work.cases.save(case)
    work.audit.append("cull-looked", case.number, counts(found), cull_of(case))
    return found


def cases_of(work: Workspace, rule: str) -> list[Case]:
    """The cases of a rule that are not closed, oldest first. One that the key does not open is none of them."""
    return [one for one in work.cases.opened() if isinstance(one, Case) and one.cull == rule]


def open_case(work: Workspace, rule: str) -> str | None:
    """The number of the rule's case that is not done with."""
    return next((case.number for case in reversed(cases_of(work, rule)) if not is_done(work, case)), None)


def is_done(work: Workspace, case: Case) -> bool:
    """True for a case that was carried out and verified, and in which nothing waits."""
    return case.status == VERIFIED and not unresolved(case) and not work.journal.entries(case)


def counts(found: Culled) -> dict[str, int]:
    """What a look came to, for the audit log."""
    return {"findings": len(found.findings), "held": found.held, "gaps": len(found.gaps)}


@contextmanager
def _alone(work: Workspace) -> Iterator[None]:
    """So that two processes do not open a case each for one rule."""
    with ExitStack() as stack:
        try:
            stack.enter_context(case_lock(work.state, "cull"))
        except CaseBusy:
            raise CaseBusy("another gallra is looking what may be culled; wait for it, then try again") from None
        yield


def _opened(work: Workspace, rule: CullRule, now: datetime) -> Rule:
    case = Case("", now, [], cull=rule.name)
    case.request.backups = False
    found = search_into(work, case)
    if not any(one.state is State.OPEN for one in case.findings):
        return Rule(rule, None, found)
    case.number = work.cases.new([], now).number
    case.rules = work.rules_for(case.number, case.cull)
    work.cases.save(case)
    work.audit.append("case-opened", case.number, counts(found), cull_of(case))
    return Rule(rule, case, found, new=True)
