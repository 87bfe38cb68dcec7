"""A case as the JSON that `find`, `show` and `erase` print: the contract of the command line (docs: JSON)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from connectors.base import LeftOut
from scanner.backups.copies import copies
from scanner.model import (
    ERASING,
    Action,
    Case,
    CaseGap,
    Evidence,
    Finding,
    Plan,
    Searched,
    State,
    Step,
    SubjectId,
    Suggestion,
)
from scanner.plan import plan_steps

Json = dict[str, Any]


def answer(case: Case, plan: Plan) -> Json:
    """The whole answer. `case` is null where none was opened."""
    return {
        "case": case.number or None,
        "subject": {
            "identifiers": [_identifier(one) for one in case.subject],
            "missing": list(case.missing),
            "suggestions": [_suggestion(one) for one in case.suggestions],
        },
        "findings": findings_json(case, plan),
        "plan": plan.hash,
        **({"cull": case.cull} if case.cull else {}),
        **blind_json(case),
    }


def blind_json(case: Case) -> Json:
    """What closes every answer: what could not be searched, and what was, and when, and what was left out of it."""
    return {"gaps": [_gap(one) for one in case.gaps], "searched": [_searched(one) for one in case.searched]}


def erased_answer(case: Case, plan: Plan, approved: str) -> Json:
    """What `erase` and `verify` print: the plan that was carried out, and what came of it."""
    return {
        "case": case.number,
        "plan": approved,
        "states": states(case),
        "findings": findings_json(case, plan),
        **blind_json(case),
    }


def states(case: Case) -> dict[str, int]:
    """How many findings have which state; states that none has are left out."""
    found = Counter(one.state for one in case.findings)
    return {state.value: found[state] for state in State if found[state]}


def findings_json(case: Case, plan: Plan) -> list[Json]:
    """Every finding, in the order of ids; a copy in a backup stands with the finding that it follows."""
    planned = plan_steps(plan)
    held = copies(case)
    known = {one.id for one in case.findings}
    ordered = sorted((one for one in case.findings if one.copy_of not in known), key=lambda one: one.id)
    return [_finding(one, planned_action(one, planned.get(one.id)), held.get(one.id, ())) for one in ordered]


def planned_action(finding: Finding, step: Step | None) -> Action:
    """What will happen to a finding: something leaves only where the plan has it.

    A record whose item goes is removed with it; one that may go but lies in an item that somebody keeps waits.
    """
    if step is not None:
        return finding.effective if step.cuts else Action.REMOVE
    if finding.effective in ERASING and not finding.state.resolved:
        return Action.DECIDE
    return finding.effective


def _finding(one: Finding, action: Action, held: Iterable[Finding]) -> Json:
    return {
        "id": one.id,
        "source": one.locator.source,
        "path": one.locator.path,
        "within": list(one.locator.steps),
        "kind": one.kind,
        "tier": one.tier.value,
        "evidence": [_seen(seen) for seen in one.evidence],
        "ownership": one.ownership.value,
        "locator": str(one.locator),
        "action": action.value,
        "state": one.state.value,
        "until": one.until.isoformat() if one.until else None,
        "since": one.since.isoformat(timespec="seconds") if one.since and one.state is State.TASK else None,
        "statute": one.statute,
        "reason": one.reason,
        "backups": [_copy(each) for each in held],
    }


def _copy(one: Finding) -> Json:
    """Where a backup holds it, and what became of it there."""
    return {
        "backup": one.locator.source,
        "snapshots": one.snapshots,
        "oldest": one.oldest.isoformat(timespec="seconds") if one.oldest else None,
        "newest": one.newest.isoformat(timespec="seconds") if one.newest else None,
        "state": one.state.value,
        "until": one.until.isoformat() if one.until else None,
        "reason": one.reason,
    }


def _seen(one: Evidence) -> Json:
    found = {"type": one.type.value, "role": one.role.value}
    return found | {"how": one.how} if one.how else found


def _identifier(one: SubjectId) -> Json:
    return {"type": one.type.value, "value": one.value, "given": one.given, "because": one.because}


def _suggestion(one: Suggestion) -> Json:
    return {
        "name": one.name or None,
        "type": one.type.value,
        "value": one.value,
        "places": one.places,
        "where": one.where or None,
        "unsure": one.unsure,
    }


def _gap(one: CaseGap) -> Json:
    return {
        "source": one.locator.source,
        "path": one.locator.path,
        "within": list(one.locator.steps),
        "reason": one.reason.value,
        "detail": one.detail,
    }


def _searched(one: Searched) -> Json:
    return {
        "source": one.source,
        "items": one.items,
        "records": one.records,
        "scanned_at": one.scanned_at.isoformat(timespec="seconds") if one.scanned_at else None,
        "error": one.error or None,
        "follows": one.follows or None,
        "left_out": left_out_json(one.left_out),
    }


def left_out_json(left: Iterable[LeftOut]) -> list[Json]:
    """What a source's settings leave out: `items` is null where nobody has counted."""
    return [{"pattern": one.setting, "items": one.items, "folders": one.folders} for one in left]
