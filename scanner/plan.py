"""Findings to a plan, and what a person may decide. Pure: no I/O, no clock.

A plan is a list of items at the version that was seen: each is removed whole, or rewritten once without the records
that leave it. Folders that bear the subject's name come last, and go only when they are empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import date

from connectors.base import Locator
from scanner.model import SURGERY, WHOLE, Action, Case, Cut, Finding, Plan, State, Step, Verdict

FOLDER = "folder"  # the kind of a finding that is a folder bearing the subject's name
NO_WAY = "it cannot be taken out of its item safely, and the item holds others' data: keep it, or take it out by hand"
UNSURE = "a person looked and could not tell"
HELD = "the law holds it: a decision cannot erase it; where no end is known, keep --until DATE says it"

_FORMAT = 3  # of the text that is hashed


def make_plan(findings: Sequence[Finding], hasher: Callable[[bytes], str]) -> Plan:
    """What leaves, in a fixed order, and the keyed hash that approval binds to.

    `hasher` is keyed, so that the hash says nothing of names and content. What is resolved is not planned again.
    """
    steps: list[Step] = []
    chosen: list[Finding] = []
    for locator, group in sorted(by_item(findings).items()):
        folder = group[0].kind == FOLDER
        going, cuts = ([], ()) if any(map(_is_by_hand, group)) else _whole(group) or _records(group)
        if going:
            steps.append(_step(locator, going, cuts, folder=folder))
            chosen.extend(going)
    tasks = sorted((one for one in findings if becomes_task(one)), key=lambda one: one.id)
    left = sorted(one.id for one in findings if one.part and one.state is State.KEPT)  # to the ledger, by one decision
    return Plan(tuple(steps), hasher(_canonical(steps, chosen, tasks, left)), tuple(one.id for one in tasks))


def part_of(plan: Plan, findings: Sequence[Finding], chosen: Collection[int], hasher: Callable[[bytes], str]) -> Plan:
    """The steps of a plan that resolve nothing but the chosen findings, with a hash of their own; no tasks."""
    steps = [step for step in plan.steps if set(step.findings) <= set(chosen)]
    going = {number for step in steps for number in step.findings}
    return Plan(tuple(steps), hasher(_canonical(steps, [one for one in findings if one.id in going], [], [])))


def by_item(findings: Sequence[Finding]) -> dict[Locator, list[Finding]]:
    """Findings by the item they lie in."""
    items: dict[Locator, list[Finding]] = {}
    for one in findings:
        items.setdefault(one.locator.item, []).append(one)
    return items


def plan_steps(plan: Plan) -> dict[int, Step]:
    """The step that a finding is part of, by its id."""
    return {number: step for step in plan.steps for number in step.findings}


def stays(finding: Finding) -> bool:
    """True for what a person keeps or was not sure of, or the law holds: nothing that contains it may leave."""
    return finding.verdict in (Verdict.KEEP, Verdict.UNSURE) or finding.state in (State.KEPT, State.HELD)


def becomes_task(finding: Finding) -> bool:
    """True for what a person is asked to erase by hand when the plan is carried out."""
    return finding.effective is Action.TASK and finding.state is not State.TASK and not finding.state.resolved


def _is_by_hand(finding: Finding) -> bool:
    """True where gallra must leave the whole item to a person."""
    return not finding.state.resolved and (finding.state is State.TASK or finding.effective is Action.TASK)


def can_decide(case: Case, finding: Finding, verdict: Verdict) -> str | None:
    """Why this decision is refused, or None where it may be taken."""
    if finding.state is State.HELD and finding.hold:
        if verdict is Verdict.KEEP and finding.until is None:
            return None  # its year is unknown: a person says until when
        return HELD
    if finding.state.resolved and finding.state not in (State.KEPT, State.HELD):
        return f"it is settled already: {finding.state.value}"
    if finding.copy_of and case.finding(finding.copy_of) is not None:
        return f"it is a copy in a backup, and follows no {finding.copy_of}: decide on that"
    if verdict is not Verdict.ERASE:
        return None
    item = by_item(case.findings)[finding.locator.item]
    whole = finding.erasing is Action.REMOVE
    inside = whole and finding.locator.steps and not finding.snapshots  # of a backup's file, all goes or nothing
    if finding.erasing is Action.NONE or (inside and not _carries(finding, item)):
        return NO_WAY
    if any(whole or _inside(one, finding) for one in item if one is not finding and stays(one)):
        return "it holds something that is kept or held"
    return None


def warning(case: Case, finding: Finding, verdict: Verdict) -> int:
    """How many identifiers of other persons go with it when this decision is carried out."""
    if verdict is not Verdict.ERASE or finding.erasing in (Action.AMEND, Action.TASK):
        return 0
    if finding.erasing is Action.REMOVE_RECORD:
        return finding.others
    return max(one.others for one in by_item(case.findings)[finding.locator.item])


def decide(
    finding: Finding,
    verdict: Verdict,
    reason: str | None,
    *,
    statute: str | None = None,
    until: date | None = None,
) -> None:
    """Note a person's decision. Ask `can_decide` first.

    To keep with a `statute` is to hold (GDPR Art. 17(3)), with the last day where it is known. Where a rule holds it
    and only its year was not known, `until` is what the person says of that.
    """
    finding.verdict = verdict
    finding.reason = reason
    if finding.state is State.HELD and finding.hold:
        finding.until = until
        return
    finding.until, finding.statute = until, statute
    if verdict is Verdict.UNSURE:
        finding.reason = f"{UNSURE}: {reason}" if reason else UNSURE
    if verdict is not Verdict.KEEP:
        finding.state = State.OPEN
    else:
        finding.state = State.HELD if statute else State.KEPT


def _carries(finding: Finding, item: Sequence[Finding]) -> bool:
    """Whether erasing a record may take its whole item along: one that holds nobody else, as far as is known."""
    if any(one.others for one in item):
        return False
    return any(not one.locator.steps for one in item) or finding.ownership in WHOLE


def _inside(inner: Finding, outer: Finding) -> bool:
    return inner.locator.steps[: len(outer.locator.steps)] == outer.locator.steps


_Going = tuple[list[Finding], tuple[Cut, ...]]


def _whole(group: Sequence[Finding]) -> _Going | None:
    """All findings of an item that leaves whole; None where it does not."""
    unresolved = [one for one in group if not one.state.resolved]
    if not unresolved or any(map(stays, group)) or any(one.taken for one in group):
        return None
    if any(one.effective is Action.REMOVE and not one.locator.steps and not one.part for one in unresolved):
        return unresolved, ()
    # Records alone carry their item away only where it holds nobody else, or in a backup, where a person decided so.
    if all(one.effective is Action.REMOVE and (one.snapshots or not one.others) for one in unresolved):
        return unresolved, ()
    return None


def _records(group: Sequence[Finding]) -> _Going:
    """The findings that leave an item which stays."""
    kept = [one for one in group if stays(one)]
    going = [
        one
        for one in group
        if not one.state.resolved and one.effective in SURGERY and not any(_holds(one, other) for other in kept)
    ]
    return going, tuple(sorted({_cut(one) for one in going}))


def _holds(leaving: Finding, kept: Finding) -> bool:
    """What is kept or held stays whole: nothing around it leaves, and nothing is taken out of what is held."""
    return _inside(kept, leaving) or (kept.state is State.HELD and _inside(leaving, kept))


def _cut(one: Finding) -> Cut:
    return Cut(one.locator.steps, one.effective is Action.AMEND, one.print, one.occurrence)


def _step(locator: Locator, findings: Sequence[Finding], cuts: tuple[Cut, ...], *, folder: bool) -> Step:
    # The finding of the item itself speaks for its version; findings of one item were indexed together anyway.
    first = min(findings, key=lambda one: (len(one.locator.steps), one.id))
    numbers = tuple(sorted(one.id for one in findings))
    notifies = any(one.notifies and one.verdict is Verdict.ERASE for one in findings)
    return Step(locator, first.version, first.content, numbers, cuts, folder, notifies)


def _canonical(
    steps: Sequence[Step], findings: Sequence[Finding], tasks: Sequence[Finding], left: Sequence[int]
) -> bytes:
    decisions = {one.id: one.verdict.value if one.verdict else one.action.value for one in findings}
    rows = [
        [
            str(step.locator),
            [step.version.token, step.version.strength.value],
            step.content,
            [[number, decisions[number]] for number in step.findings],
            [[list(cut.steps), cut.amend, cut.print, cut.occurrence] for cut in step.cuts],
            step.folder,
            step.notifies,
        ]
        for step in steps
    ]
    asked = [[one.id, str(one.locator), one.verdict.value if one.verdict else one.action.value] for one in tasks]
    told = [_FORMAT, rows, asked] if asked or left else [_FORMAT, rows]
    told += [left] if left else []
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode("ascii")
