"""What waits in all cases for `gallra backups erase`: approved steps in backups, as far as nothing changed since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from connectors.base import Locator
from scanner.journal import Journal
from scanner.model import Case, Plan, Step


@dataclass(frozen=True, slots=True)
class Waiting:
    """One case's share: the steps that may run, and the items whose step is another one now than was approved."""

    case: Case
    plan: str
    steps: tuple[Step, ...]
    changed: tuple[Locator, ...]


def waiting(case: Case, plan: Plan, journal: Journal, backups: Collection[str]) -> Waiting:
    """What of the case waits in these backups. `plan` is the one that the findings make now."""
    approved = [step for step in journal.waiting(case) if step.locator.source in backups]
    now = {step.locator: step for step in plan.steps}
    left = {one.id for one in case.findings if not one.state.resolved}
    steps = tuple(step for step in approved if now.get(step.locator) == step)
    changed = [step.locator for step in approved if step not in steps and left.intersection(step.findings)]
    return Waiting(case, plan.hash, steps, tuple(changed))


def counted(case: Case, journal: Journal, began: Collection[Locator]) -> dict[str, int]:
    """How many items of the case wait in each backup, or were begun there and are not proven."""
    left = {one.id for one in case.findings if not one.state.resolved}
    items = {step.locator for step in journal.waiting(case) if left.intersection(step.findings)} | {*began}
    found: dict[str, int] = {}
    for one in items:
        found[one.source] = found.get(one.source, 0) + 1
    return found
