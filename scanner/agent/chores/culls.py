"""Routine culling: what may go unasked by a `[[cull]]` rule goes; all else becomes a draft, and is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from config.model import CullRule
from connectors.errors import ConfigError, ConnectorError
from scanner.agent.done import Done, Notice
from scanner.agent.unasked import runs
from scanner.case_lock import CaseBusy
from scanner.casework import by, carry_out, look_and_search_again, plan_of
from scanner.cull.cases import VERIFIED, Rule, cases_of, look, open_case, refresh
from scanner.cull.rules import cull_of
from scanner.exits import Exit, exit_code
from scanner.index.errors import IndexProblem
from scanner.may_run import NotAllowed
from scanner.model import Case, Plan
from scanner.refusal import Refusal
from scanner.verify import unresolved

if TYPE_CHECKING:
    from scanner.agent.book import Book
    from scanner.workspace import Workspace

_CHORE = "culls"  # as `scanner.agent.unasked` and the audit log know it
_DAY = timedelta(hours=20)  # a night begins a little earlier than the one before it, where the clock is put forward


@dataclass(slots=True)
class _Night:
    """One run of the chore."""

    work: Workspace
    book: Book
    now: datetime
    counts: Counter[str] = field(default_factory=Counter)
    codes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def tell(self, event: str, key: str, case: Case, counts: dict[str, int]) -> None:
        """Note something to be told, once."""
        self.book.note(Notice(event, key, case=case.number, source=case.cull, counts=counts), self.now)


def run(work: Workspace, book: Book, now: datetime) -> Done:
    """Look what is due by each rule. A rule that fails keeps none of the others from being looked at.

    What was cut off, of an earlier night, is ended first; what was done then and not told is told now.
    """
    work.check_reading()
    night = _Night(work, book, now, Counter(rules=0, due=0, held=0, undated=0))
    for rule in work.config.culls:
        night.counts["rules"] += 1
        _guarded(night, rule, _unasked if rule.unattended else _asked)
        _guarded(night, rule, _told)
    return Done(exit_code(night.codes), dict(night.counts), error="; ".join(night.errors))


def _guarded(night: _Night, rule: CullRule, act: Callable[[_Night, CullRule], None]) -> None:
    try:
        act(night, rule)
    except CaseBusy:
        return  # a person has it in hand: next time
    except (Refusal, IndexProblem) as error:
        night.codes.append(error.exit_code)
        night.errors.append(f"{rule.name}: {error}")
    except (ConnectorError, ConfigError) as error:
        night.codes.append(error.exit_code)
        night.errors.append(f"{rule.name}: a source could not be looked at; see gallra check")


def _asked(night: _Night, rule: CullRule) -> None:
    """Shown as a plan, and nothing more: a draft that somebody is told of once, and again when it has changed."""
    one = look(night.work, rule, night.now)
    _count(night, one)
    if one.case is not None and not one.cut_off:
        _wants_attention(night, one.case, plan_of(night.work, one.case))


def _unasked(night: _Night, rule: CullRule) -> None:
    """Carried out, as far as nobody must be asked: never more than the rule's ceiling in one run."""
    work, number = night.work, open_case(night.work, rule.name)
    again = _took(night, rule) > 0  # this very night, in a try that failed afterwards: the next takes nothing more
    if number is None and again:
        return
    if number is None:
        one = look(work, rule, night.now)
        _count(night, one)
        if one.case is None:
            return
        number = one.case.number
    with work.cases.lock(number):
        case = work.cases.load(number)
        cut_off = bool(work.journal.entries(case))
        if cut_off and not _is_ours(work, case):
            return  # a person's run, which that person is told of: see `resume`
        if not cut_off and not again:
            refresh(work, case)
        plan = plan_of(work, case)
        if cut_off or (plan.steps and not again):
            _carry_out(night, case, plan)
        elif case.run_at is not None and case.status != VERIFIED:
            night.codes.append(_verified(night, case))
        waits = plan_of(work, case)
        if unresolved(case):
            _wants_attention(night, case, waits)


def _carry_out(night: _Night, case: Case, plan: Plan) -> None:
    """Approve the plan as the agent, run it and look again. Raises NotAllowed (told, too) where it may not run."""
    work = night.work
    try:
        work.may_run.check(case, plan)
    except NotAllowed as error:
        work.audit.append("refused", case.number, {"steps": len(plan.steps)}, {"refused": error.why, **cull_of(case)})
        night.tell("attention", f"refused:{case.number}:{plan.hash}", case, {"due": len(plan.steps)})
        raise
    if case.approved_plan != plan.hash or not work.journal.entries(case):
        case.approved_at, case.approved_plan, case.shown_plan = datetime.now(UTC), plan.hash, plan.hash
        case.status, case.verified_at = "approved", None
        work.cases.save(case)
        details = by(_CHORE) | cull_of(case) | {"plan": plan.hash}
        work.audit.append("approved", case.number, {"steps": len(plan.steps)}, details)
    lost = carry_out(work, case, plan, chore=_CHORE)
    night.codes += [_verified(night, case), Exit.UNREACHABLE if lost else Exit.DONE]


def _verified(night: _Night, case: Case) -> int:
    """Look again. That something waits for people is told, and is no failure of the chore."""
    code = look_and_search_again(night.work, case)
    return code if code != Exit.INCOMPLETE else Exit.DONE


def _wants_attention(night: _Night, case: Case, plan: Plan) -> None:
    waiting = len(unresolved(case))
    if waiting:
        night.tell("attention", f"cull:{case.number}:{plan.hash}:{waiting}", case, {"due": len(plan.steps)})


def _told(night: _Night, rule: CullRule) -> None:
    """A notice for each run of the agent's that was looked at again, also where the agent died before it could tell."""
    known = runs(night.work.audit)
    for case in cases_of(night.work, rule.name):
        for one in known.get(case.number, ()):
            if one.chore == _CHORE and one.verified and one.states.get("erased"):
                night.tell("culled", f"culled:{case.number}:{one.entry}", case, {"erased": one.states["erased"]})


def _took(night: _Night, rule: CullRule) -> int:
    """How many items the agent's runs of this rule took since the chore last came to its end, or for a day.

    What is cut off is not among them: it goes on.
    """
    last, since = night.book.last_good(f"chore:{_CHORE}"), night.now - _DAY
    if last is not None and last.ended is not None:
        since = max(since, last.ended)
    known = runs(night.work.audit)
    mine = [one for case in cases_of(night.work, rule.name) for one in known.get(case.number, ())]
    return sum(one.erased if one.verified else one.steps for one in mine if one.chore and one.at > since)


def _is_ours(work: Workspace, case: Case) -> bool:
    """Whether the agent began the run that was cut off."""
    known = runs(work.audit).get(case.number)
    return bool(known and known[-1].chore)


def _count(night: _Night, one: Rule) -> None:
    night.counts["due"] += one.found.due
    night.counts["held"] += one.found.held
    night.counts["undated"] += one.found.undated
