"""In which section of an answer a finding stands: what goes, what waits, what is settled. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from scanner.model import ERASING, Action, Case, Finding, Plan, State, Step, Tier, Verdict
from scanner.outcomes import GONE
from scanner.plan import plan_steps


class Group(StrEnum):
    """The sections, in the order of an answer."""

    REMOVE = "remove"  # goes as a whole item
    TAKE = "take"  # is taken out of what stays
    TASK = "task"  # a person must erase it by hand
    DECIDE = "decide"  # waits for a decision
    POSSIBLE = "possible"  # perhaps another person's
    BACKUPS = "in_backups"  # records in backups, which one decision of the case is about
    HELD = "held"
    SETTLED = "settled"


def groups(case: Case, plan: Plan) -> dict[Group, list[Finding]]:
    """Every finding in its section, in the order of ids; sections that have none are empty.

    A copy in a backup is told with the finding that it follows, unless it has become something else.
    """
    planned = plan_steps(plan)
    by_id = {one.id: _group(one, planned) for one in case.findings}
    found: dict[Group, list[Finding]] = {group: [] for group in Group}
    for one in sorted(case.findings, key=lambda one: one.id):
        of = by_id.get(one.copy_of) if one.copy_of else None
        if of is None or not (of is by_id[one.id] or one.state in GONE):
            found[by_id[one.id]].append(one)
    return found


def _group(one: Finding, planned: Mapping[int, Step]) -> Group:
    if one.part and one.verdict is None and one.state in _UNTRIED:
        return Group.BACKUPS
    step = planned.get(one.id)
    if one.state is State.HELD:
        return Group.HELD
    if one.state.resolved or one.effective is Action.NONE:
        return Group.SETTLED
    if step is not None:
        return Group.TAKE if step.cuts else Group.REMOVE
    if one.state is State.TASK or one.effective is Action.TASK:
        return Group.TASK
    return Group.POSSIBLE if one.tier is Tier.POSSIBLE else Group.DECIDE


_UNTRIED = frozenset({State.OPEN, State.KEPT})


class Wait(StrEnum):
    """Why something waits for a person."""

    KEPT = "kept"  # something in the same item is kept
    WAITING = "waiting"  # something in the same item waits
    OTHERS = "others"  # its item holds others' data
    REASON = "reason"  # what its own reason says, or that it waits
    STATE = "state"  # it was tried, and its state and reason tell


class Waits(NamedTuple):
    """Why, and the numbers of the findings that it hangs on."""

    why: Wait
    numbers: tuple[int, ...] = ()


def waits(one: Finding, group: Iterable[Finding]) -> Waits:
    """Why a finding that is not planned waits; `group` are the findings of its item."""
    group = list(group)
    kept = tuple(other.id for other in group if other.verdict is Verdict.KEEP)
    if kept:
        return Waits(Wait.KEPT, kept)
    if one.effective in ERASING:
        waiting = tuple(other.id for other in group if other.effective not in ERASING)
        return Waits(Wait.WAITING, waiting) if waiting else Waits(Wait.OTHERS)
    return Waits(Wait.REASON if one.state is State.OPEN else Wait.STATE)
