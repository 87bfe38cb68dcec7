from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Locator, Version
from scanner.model import Action, Case, Evidence, Finding, Ownership, State, SubjectId, Tier, Verdict
from scanner.plan import NO_WAY, can_decide, decide, make_plan, warning
from scanner.records import IdType, Role


def hasher(data: bytes) -> str:
    return hashlib.sha256(b"key" + data).hexdigest()


def finding(number: int, path: str, *steps: str, **more: Any) -> Finding:
    values: dict[str, Any] = {
        "id": number,
        "locator": Locator("kunder", path, steps),
        "kind": "row" if steps else "file",
        "tier": Tier.CERTAIN,
        "evidence": (Evidence(IdType.EMAIL, Role.BODY),),
        "ownership": Ownership.OWN,
        "action": Action.REMOVE,
        "version": Version("1"),
        "content": "aa",
    }
    return Finding(**values | more)


def case_of(*findings: Finding) -> Case:
    subject = [SubjectId(IdType.EMAIL, "anna@x.example", given=True)]
    return Case("2026-0001", datetime(2026, 3, 1, tzinfo=UTC), subject, list(findings))


def paths(*findings: Finding) -> list[str]:
    return [step.locator.path for step in make_plan(findings, hasher).steps]


def test_own_items_are_planned_in_a_fixed_order_whatever_order_they_were_found_in() -> None:
    one, two, three = finding(1, "b.txt"), finding(2, "a.txt"), finding(3, "a.txt", "row 1")
    plan = make_plan([one, two, three], hasher)
    assert [(step.locator.path, step.findings) for step in plan.steps] == [("a.txt", (2, 3)), ("b.txt", (1,))]
    assert make_plan([three, two, one], hasher) == plan


def test_what_waits_for_a_decision_is_not_planned() -> None:
    assert paths(finding(1, "a", action=Action.DECIDE), finding(2, "b", action=Action.NONE)) == []


def test_a_kept_record_keeps_its_item() -> None:
    kept = finding(2, "a", "row 1", verdict=Verdict.KEEP, state=State.KEPT)
    assert paths(finding(1, "a"), kept) == []


def test_records_carry_their_item_away_only_all_together() -> None:
    first, second = finding(1, "a", "row 1"), finding(2, "a", "row 2", action=Action.DECIDE)
    assert paths(first, second) == []
    second.verdict = Verdict.ERASE
    assert paths(first, second) == ["a"]


def test_records_never_carry_away_an_item_that_holds_others() -> None:
    assert paths(finding(1, "a", "row 1", others=1), finding(2, "a", "row 2", others=1)) == []


@pytest.mark.parametrize("state", [State.ERASED, State.ABSENT, State.RECOVERABLE, State.KEPT])
def test_what_is_resolved_is_not_planned_again(state: State) -> None:
    assert paths(finding(1, "a", state=state)) == []


@pytest.mark.parametrize("state", [State.OPEN, State.FAILED, State.BLOCKED])
def test_what_is_not_resolved_is_planned_again(state: State) -> None:
    assert paths(finding(1, "a", state=state)) == ["a"]


@pytest.mark.parametrize(
    "change",
    [
        {"version": Version("2")},
        {"content": "bb"},
        {"id": 9},
        {"locator": Locator("kunder", "b")},
        {"locator": Locator("info", "a")},
        {"verdict": Verdict.ERASE},
    ],
)
def test_the_hash_tells_every_change_of_what_would_be_done(change: dict[str, Any]) -> None:
    before = make_plan([finding(1, "a")], hasher).hash
    assert make_plan([finding(1, "a", **change)], hasher).hash != before


def test_the_hash_is_keyed() -> None:
    other = make_plan([finding(1, "a")], lambda data: hashlib.sha256(b"other" + data).hexdigest())
    assert other.hash != make_plan([finding(1, "a")], hasher).hash


def test_two_plans_that_would_run_together_as_text_differ() -> None:
    left = make_plan([finding(1, "a,b"), finding(2, "c")], hasher)
    right = make_plan([finding(1, "a"), finding(2, "b,c")], hasher)
    assert left.hash != right.hash


def test_a_record_of_a_shared_item_cannot_be_erased_and_the_reason_says_what_can_be_done() -> None:
    row = finding(1, "list.csv", "row 3", others=4, ownership=Ownership.SHARED, action=Action.DECIDE)
    assert can_decide(case_of(row), row, Verdict.ERASE) == NO_WAY
    assert can_decide(case_of(row), row, Verdict.KEEP) is None


def test_a_neighbour_finding_tells_that_the_item_holds_others() -> None:
    row, whole = finding(1, "x.csv", "row 3"), finding(2, "x.csv", others=4, action=Action.DECIDE)
    assert can_decide(case_of(row, whole), row, Verdict.ERASE) == NO_WAY


def test_a_record_in_an_item_of_unknown_rest_cannot_be_erased() -> None:
    row = finding(1, "x.zip", "member a", ownership=Ownership.INCIDENTAL, action=Action.DECIDE)
    assert can_decide(case_of(row), row, Verdict.ERASE) == NO_WAY


def test_a_shared_item_may_be_erased_whole_and_the_warning_counts_the_others() -> None:
    whole = finding(1, "x.csv", others=4, ownership=Ownership.SHARED, action=Action.DECIDE)
    case = case_of(whole)
    assert can_decide(case, whole, Verdict.ERASE) is None
    assert (warning(case, whole, Verdict.ERASE), warning(case, whole, Verdict.KEEP)) == (4, 0)
    decide(whole, Verdict.ERASE, None)
    assert paths(whole) == ["x.csv"]


def test_what_is_settled_cannot_be_decided_but_what_is_kept_can_be_taken_back() -> None:
    gone = finding(1, "a", state=State.ERASED)
    kept = finding(2, "b")
    decide(kept, Verdict.KEEP, "a court case")
    assert (kept.state, kept.reason) == (State.KEPT, "a court case")
    assert "erased" in str(can_decide(case_of(gone), gone, Verdict.KEEP))
    assert can_decide(case_of(kept), kept, Verdict.ERASE) is None
    decide(kept, Verdict.ERASE, None)
    assert kept.state is State.OPEN
    assert paths(kept) == ["b"]
