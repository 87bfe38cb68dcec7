"""Findings to a plan, and what a person may decide. Pure: no I/O, no clock.

In this release only whole items are removed, so a plan is a list of items at the version that was seen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from connectors.base import Locator
from scanner.model import Action, Case, Finding, Ownership, Plan, State, Step, Verdict

FOLDER = "folder"  # the kind of a finding that is a folder bearing the subject's name
SURGERY = "taking a single record out of a shared item is not done yet: keep it, or take it out by hand and scan again"

_FORMAT = 1  # of the text that is hashed
_WHOLE = frozenset({Ownership.OWN, Ownership.CORRESPONDENCE})


def make_plan(findings: Sequence[Finding], hasher: Callable[[bytes], str]) -> Plan:
    """The items to remove, in a fixed order, and the keyed hash that approval binds to.

    `hasher` is keyed, so that the hash says nothing of names and content. What is resolved is not planned again.
    """
    steps = []
    chosen: list[Finding] = []
    for locator, group in sorted(by_item(findings).items()):
        unresolved = [one for one in group if not one.state.resolved]
        if _goes(group, unresolved):
            steps.append(_step(locator, unresolved))
            chosen.extend(unresolved)
    return Plan(tuple(steps), hasher(_canonical(steps, chosen)))


def by_item(findings: Sequence[Finding]) -> dict[Locator, list[Finding]]:
    """Findings by the item they lie in."""
    items: dict[Locator, list[Finding]] = {}
    for one in findings:
        items.setdefault(one.locator.item, []).append(one)
    return items


def can_decide(case: Case, finding: Finding, verdict: Verdict) -> str | None:
    """Why this decision is refused, or None where it may be taken."""
    if finding.state.resolved and finding.state is not State.KEPT:
        return f"it is settled already: {finding.state.value}"
    if verdict is Verdict.KEEP:
        return None
    if finding.kind == FOLDER:
        return "folders are not removed yet: remove it by hand once it is empty, then verify"
    if not finding.locator.steps:
        return None
    item = by_item(case.findings)[finding.locator.item]
    if any(one.others for one in item):
        return SURGERY
    whole = any(not one.locator.steps for one in item) or finding.ownership in _WHOLE
    return None if whole else SURGERY


def warning(case: Case, finding: Finding, verdict: Verdict) -> int:
    """How many identifiers of other persons go with the item when this decision is carried out."""
    if verdict is Verdict.KEEP:
        return 0
    return max(one.others for one in by_item(case.findings)[finding.locator.item])


def decide(finding: Finding, verdict: Verdict, reason: str | None) -> None:
    """Note a person's decision. Ask `can_decide` first."""
    finding.verdict = verdict
    finding.reason = reason
    finding.until = None
    finding.state = State.KEPT if verdict is Verdict.KEEP else State.OPEN


def _goes(group: Sequence[Finding], unresolved: Sequence[Finding]) -> bool:
    if not unresolved or any(one.verdict is Verdict.KEEP for one in group):
        return False
    if any(one.effective is Action.REMOVE and not one.locator.steps for one in unresolved):
        return True
    # Records alone carry their item away only where it holds nobody else.
    return all(one.effective is Action.REMOVE and not one.others for one in unresolved)


def _step(locator: Locator, findings: Sequence[Finding]) -> Step:
    # The finding of the item itself speaks for its version; findings of one item were indexed together anyway.
    first = min(findings, key=lambda one: (len(one.locator.steps), one.id))
    return Step(locator, first.version, first.content, tuple(sorted(one.id for one in findings)))


def _canonical(steps: Sequence[Step], findings: Sequence[Finding]) -> bytes:
    decisions = {one.id: one.verdict.value if one.verdict else one.action.value for one in findings}
    rows = [
        [
            str(step.locator),
            [step.version.token, step.version.strength.value],
            step.content,
            [[number, decisions[number]] for number in step.findings],
        ]
        for step in steps
    ]
    return json.dumps([_FORMAT, rows], ensure_ascii=True, separators=(",", ":")).encode("ascii")
