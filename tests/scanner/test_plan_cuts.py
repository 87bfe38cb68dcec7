"""Whole items, records that leave, records that the person leaves, folders: what a plan makes of each mixture."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from connectors.base import Locator, Strength, Version
from scanner.model import Action, Cut, Finding, Ownership, State, Tier, Verdict
from scanner.named_folders import folder_finding
from scanner.plan import HELD, NO_WAY, can_decide, decide, make_plan, plan_steps, warning
from tests.scanner.test_plan import case_of, finding, hasher, paths

TAKE, AMEND, DECIDE = Action.REMOVE_RECORD, Action.AMEND, Action.DECIDE


def record(number: int, *steps: str, path: str = "a.csv", **more: Any) -> Finding:
    values: dict[str, Any] = {"ownership": Ownership.SHARED, "action": TAKE, "others": 1, "print": f"p{number}"}
    return finding(number, path, *steps, **values | more)


def kept(number: int, *steps: str, **more: Any) -> Finding:
    return record(number, *steps, state=State.KEPT, verdict=Verdict.KEEP, **more)


def held(number: int, *steps: str, **more: Any) -> Finding:
    return record(number, *steps, action=Action.HOLD, state=State.HELD, hold="bok", until=date(2033, 12, 31), **more)


def cuts(*findings: Finding) -> list[tuple[str, bool]]:
    """Of the only step: where each cut is, and whether it amends."""
    steps = make_plan(findings, hasher).steps
    assert len(steps) <= 1
    return [("/".join(cut.steps), cut.amend) for step in steps for cut in step.cuts]


def test_one_item_is_one_step_however_many_records_leave_it() -> None:
    plan = make_plan([record(3, "row 9", occurrence=2), record(1, "row 2"), record(2, "row 5", action=AMEND)], hasher)
    (step,) = plan.steps
    assert step.findings == (1, 2, 3)
    assert set(step.cuts) == {
        Cut(("row 2",), amend=False, print="p1"),
        Cut(("row 5",), amend=True, print="p2"),
        Cut(("row 9",), amend=False, print="p3", occurrence=2),
    }
    assert plan_steps(plan) == {1: step, 2: step, 3: step}


def test_the_item_itself_goes_whole_and_takes_its_records_along() -> None:
    (step,) = make_plan([finding(1, "a.csv"), record(2, "row 2")], hasher).steps
    assert (step.cuts, step.findings) == ((), (1, 2))


def test_records_that_only_leave_never_make_the_item_go() -> None:
    (step,) = make_plan([record(1, "row 1", others=0), record(2, "row 2", others=0)], hasher).steps
    assert [cut.steps for cut in step.cuts] == [("row 1",), ("row 2",)]


def test_a_record_that_waits_for_a_decision_stays() -> None:
    assert cuts(record(1, "row 2"), record(2, "row 3", action=DECIDE)) == [("row 2", False)]


def test_a_decision_carries_out_what_was_offered() -> None:
    one = record(1, "row 2", action=DECIDE, offer=TAKE, verdict=Verdict.ERASE)
    other = record(2, action=DECIDE, offer=AMEND, verdict=Verdict.ERASE)
    assert cuts(one, other) == [("", True), ("row 2", False)]


@pytest.mark.parametrize("stays", [kept, held])
def test_an_item_with_something_kept_or_held_in_it_never_goes_whole(stays: Any) -> None:
    assert paths(finding(1, "a.csv"), stays(2, "row 2")) == []
    assert cuts(finding(1, "a.csv"), stays(2, "row 2"), record(3, "row 3")) == [("row 3", False)]


@pytest.mark.parametrize("stays", [kept, held])
def test_nothing_around_what_is_kept_or_held_leaves(stays: Any) -> None:
    inner = stays(2, "member a.zip", "member b.csv")
    assert cuts(record(1, "member a.zip"), inner) == []
    assert cuts(record(1, "member a.zip"), inner, record(3, "member c.csv")) == [("member c.csv", False)]
    assert cuts(record(1, "member a.zip2"), inner) == [("member a.zip2", False)], "a neighbour"


def test_nothing_is_taken_out_of_what_is_held() -> None:
    for one in (record(2, "message 1", "attachment 1: x.csv", "row 1"), record(2, "message 1", action=AMEND)):
        assert cuts(held(1, "message 1"), one) == []
    assert cuts(held(1, "message 1"), record(2, "message 2")) == [("message 2", False)]
    assert cuts(held(1), record(2, "row 2")) == [], "the item itself is held"


def test_out_of_what_a_person_keeps_a_record_may_be_taken() -> None:
    assert cuts(kept(1), record(2, "row 2")) == [("row 2", False)]


def test_what_was_taken_is_not_taken_again_and_its_item_does_not_go_whole() -> None:
    taken = record(1, "row 2", state=State.ERASED, taken=True)
    assert cuts(taken) == []
    assert cuts(taken, record(2, "row 3")) == [("row 3", False)]
    assert cuts(taken, record(2, "row 3", action=Action.REMOVE, others=0)) == []


@pytest.mark.parametrize("state", list(State))
def test_only_what_is_not_settled_and_no_persons_task_leaves(state: State) -> None:
    stays = {State.ERASED, State.ABSENT, State.RECOVERABLE, State.HELD, State.KEPT, State.TASK}
    assert bool(cuts(record(1, "row 2", state=state))) == (state not in stays)


@pytest.mark.parametrize(
    "change",
    [
        {"print": "other"},
        {"occurrence": 2},
        {"action": AMEND},
        {"locator": Locator("kunder", "a.csv", ("row 3",))},
    ],
)
def test_the_hash_tells_every_change_of_what_leaves(change: dict[str, Any]) -> None:
    assert make_plan([record(1, "row 2")], hasher).hash != make_plan([record(1, "row 2", **change)], hasher).hash


def test_a_step_is_of_the_version_that_was_seen() -> None:
    (step,) = make_plan([record(1, "row 2", version=Version("7", Strength.STRONG), content="cc")], hasher).steps
    assert (step.version, step.content) == (Version("7", Strength.STRONG), "cc")


def test_a_folder_is_a_step_of_its_own_and_is_told_from_a_file_in_the_hash() -> None:
    folder = folder_finding("kunder", "Anna Ek")
    folder.id = 2
    plan = make_plan([finding(1, "Anna Ek/a.txt"), folder], hasher)
    assert [(step.locator.path, step.folder) for step in plan.steps] == [("Anna Ek", True), ("Anna Ek/a.txt", False)]
    file = Finding(2, folder.locator, "file", Tier.PROBABLE, (), Ownership.OWN, Action.REMOVE, folder.version)
    assert make_plan([finding(1, "Anna Ek/a.txt"), file], hasher).hash != plan.hash


def test_what_a_rule_holds_cannot_be_decided_but_for_its_unknown_year() -> None:
    one = held(1, "row 1")
    assert can_decide(case_of(one), one, Verdict.ERASE) == HELD
    assert can_decide(case_of(one), one, Verdict.KEEP) == HELD
    one.until = None
    assert can_decide(case_of(one), one, Verdict.ERASE) == HELD
    assert can_decide(case_of(one), one, Verdict.KEEP) is None
    decide(one, Verdict.KEEP, "it says 2019", until=date(2026, 12, 31))
    after = case_of(one).findings[0]
    assert (after.state, after.until, after.hold) == (State.HELD, date(2026, 12, 31), "bok")


def test_what_a_person_holds_on_a_ground_of_law_can_be_taken_back() -> None:
    one = record(1, "row 1")
    decide(one, Verdict.KEEP, "a claim in court", statute="GDPR 17(3)(e)", until=date(2027, 1, 1))
    assert (one.state, one.statute, one.until) == (State.HELD, "GDPR 17(3)(e)", date(2027, 1, 1))
    assert cuts(one) == []
    assert can_decide(case_of(one), one, Verdict.ERASE) is None
    decide(one, Verdict.ERASE, None)
    after = case_of(one).findings[0]
    assert (after.state, after.until, after.statute) == (State.OPEN, None, None)
    assert cuts(one) == [("row 1", False)]


def test_to_erase_what_holds_something_kept_is_refused() -> None:
    outer = record(1, "member a.zip", action=DECIDE, offer=TAKE)
    inner = kept(2, "member a.zip", "row 1")
    assert can_decide(case_of(outer, inner), outer, Verdict.ERASE) == "it holds something that is kept or held"
    assert can_decide(case_of(outer, kept(2, "member b.zip")), outer, Verdict.ERASE) is None
    whole = finding(3, "a.csv", action=DECIDE)
    assert can_decide(case_of(whole, inner), whole, Verdict.ERASE) == "it holds something that is kept or held"


def test_what_cannot_be_taken_out_cannot_be_decided_to_go() -> None:
    one = record(1, "row 1", action=DECIDE, offer=Action.NONE)
    assert can_decide(case_of(one), one, Verdict.ERASE) == NO_WAY
    assert can_decide(case_of(one), one, Verdict.KEEP) is None


def test_the_warning_counts_whom_the_decision_takes_along() -> None:
    row, amended, whole = (
        record(1, "row 1", action=DECIDE, offer=TAKE, others=2),
        record(2, "row 2", action=DECIDE, offer=AMEND, others=5),
        finding(3, "a.csv", action=DECIDE, others=9),
    )
    case = case_of(row, amended, whole)
    assert [warning(case, one, Verdict.ERASE) for one in (row, amended, whole)] == [2, 0, 9]
    assert warning(case, row, Verdict.KEEP) == 0
