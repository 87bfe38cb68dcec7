"""What may be erased unasked after its hold has ended: asked of today's rules and of the live content, step by step.

The rule that held it must still be there, say `unattended = true`, and be about just this content: it would have held
it on the very last day that was told, and through no other day. A rule that was changed, or renamed, frees nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from scanner.holding import Holder
from scanner.model import ERASING, Action, Case, Finding, Plan, State, Step, Tier, Verdict
from scanner.outcomes import GONE
from scanner.plan import part_of
from scanner.policy import Policy

if TYPE_CHECKING:
    from scanner.workspace import Workspace

_TRIED = frozenset({State.OPEN, State.FAILED})  # what could not be reached last night is tried again


def freed_plan(work: Workspace, case: Case, plan: Plan, today: date) -> Plan:
    """The steps of the case's plan that holds kept, and that go unasked; none: an empty plan.

    Call it after a search under today's rules. Nothing is erased by it: the executor asks the rules of today again.
    """
    rules = {one.name for one in work.config.holds if one.unattended}
    by_id = {one.id: one for one in case.findings}
    chosen = {number for number, one in by_id.items() if _is_free(one, rules, today) and _follows(one, by_id)}
    steps = [step for step in plan.steps if not step.folder and chosen.issuperset(step.findings)]
    known = {step.locator: _held_by(step, by_id) for step in steps}
    sure: set[int] = set()
    for ended in sorted({held[1] for held in known.values() if held is not None}):
        mine = [step for step in steps if (held := known[step.locator]) is not None and held[1] == ended]
        sure |= _were_held(work, case, mine, by_id, ended)
    sure = {number for number in sure if _follows_in(by_id[number], by_id, sure)}
    return part_of(plan, case.findings, sure, work.sealer.plan_hash)


def _is_free(one: Finding, rules: set[str], today: date) -> bool:
    return (
        one.lapsed in rules
        and one.lapsed_on is not None
        and one.lapsed_on < today
        and one.tier is Tier.CERTAIN
        and one.state in _TRIED
        and one.verdict in (None, Verdict.ERASE)
        and one.effective in ERASING
        and one.action is not Action.DECIDE
    )


def _follows(one: Finding, by_id: Mapping[int, Finding]) -> bool:
    """What is a copy in a backup goes only where what it is a copy of goes, or has gone."""
    live = by_id.get(one.copy_of)
    return live is None or live.state in GONE or live.effective in ERASING


def _follows_in(one: Finding, by_id: Mapping[int, Finding], sure: set[int]) -> bool:
    live = by_id.get(one.copy_of)
    return live is None or live.state in GONE or live.id in sure


def _held_by(step: Step, by_id: Mapping[int, Finding]) -> tuple[str, date] | None:
    """The rule and the day that all findings of a step have; None where they differ."""
    found = {(by_id[number].lapsed, by_id[number].lapsed_on) for number in step.findings}
    rule, ended = next(iter(found))
    return (rule, ended) if len(found) == 1 and ended is not None else None


def _were_held(
    work: Workspace, case: Case, steps: Sequence[Step], by_id: Mapping[int, Finding], ended: date
) -> set[int]:
    """The findings of those steps that today's rules would have held on that day, and through it, as was told.

    Of rules that end on the same day one that asks a person goes first.
    """
    holds = sorted(work.config.holds, key=lambda one: one.unattended)
    policy = Policy(holds, (), work.config.company.financial_year_end)
    sure: set[int] = set()
    for step, found in work.prepare(case, Holder(policy, ended, work.origins))(steps):
        held = found.held
        if held is not None and (held.rule, held.until) == _held_by(step, by_id):
            sure.update(step.findings)
    return sure
