from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from connectors.base import Connector, GapReason, Locator, Presence, Version
from connectors.errors import Denied
from connectors.memory import Memory, Store
from scanner.model import Action, Case, CaseGap, Finding, Ownership, Searched, State, SubjectId, Tier, Verdict
from scanner.outcomes import MAY_SURVIVE, SURVIVES
from scanner.records import IdType
from scanner.still_there import STILL_THERE, reopen_unchanged
from scanner.verify import look_again, merge, outcome, outcome_code

RUN = datetime(2026, 3, 1, 12, tzinfo=UTC)
WALKED = [Searched("kunder", 5, 5, RUN + timedelta(seconds=1))]
STALE = [Searched("kunder", 5, 5, RUN - timedelta(seconds=1))]


def finding(number: int, path: str, *steps: str, **more: Any) -> Finding:
    values: dict[str, Any] = {"ownership": Ownership.OWN, "action": Action.REMOVE, "version": Version("1")}
    values |= {"content": "aa", "tier": Tier.CERTAIN, "evidence": (), "kind": "file"}
    return Finding(id=number, locator=Locator("kunder", path, steps), **values | more)


def case_of(*findings: Finding) -> Case:
    subject = [SubjectId(IdType.EMAIL, "anna@x.example", given=True)]
    return Case("2026-0001", RUN, subject, list(findings), status="run", run_at=RUN)


def memory(items: dict[str, bytes], kind: type[Memory] = Memory) -> Callable[[str], Connector]:
    store = Store(items)
    return lambda name: kind(name, {"store": store})


@pytest.mark.parametrize("state", [State.ERASED, State.ABSENT, State.RECOVERABLE])
def test_what_is_there_again_is_open_again(state: State) -> None:
    case = case_of(finding(1, "x/a", "row 1", state=state, until=date(2026, 9, 1)), finding(2, "x/b", state=state))
    assert look_again(case, memory({"x/a": b"1"})).whole
    assert [one.state for one in case.findings] == [State.OPEN, state]
    assert (case.findings[0].reason, case.findings[0].until) == ("it is there again", None)


def test_a_source_that_cannot_be_asked_leaves_the_case_unverified() -> None:
    class Blind(Memory):
        def presence(self, locator: Locator) -> Presence:
            raise Denied("no")

    case = case_of(finding(1, "x/a", state=State.ERASED))
    store = Store({})
    store.reachable = False
    look = look_again(case, lambda name: Memory(name, {"store": store}))
    assert (look.whole, look.unreachable, look.untold) == (False, {"kunder"}, set())
    look = look_again(case, memory({}, Blind))
    assert (look.whole, look.unreachable, look.untold) == (False, set(), {"kunder"})


def test_an_empty_source_that_should_hold_more_proves_nothing() -> None:
    case = case_of(finding(1, "x/a", state=State.ERASED))
    case.searched = STALE
    assert look_again(case, memory({})).unreachable == {"kunder"}
    case.searched = [Searched("kunder", 1, 1, RUN - timedelta(seconds=1))]
    assert look_again(case, memory({})).whole


def test_new_findings_get_new_ids_and_old_ids_keep_their_meaning() -> None:
    case = case_of(finding(1, "a", state=State.ERASED), finding(4, "b"))
    merge(case, [finding(1, "moved"), finding(2, "b", version=Version("2"))], [], WALKED)
    assert [(one.id, one.locator.path, one.state) for one in case.findings] == [
        (1, "a", State.ERASED),
        (4, "b", State.OPEN),
        (5, "moved", State.OPEN),
    ]
    assert case.findings[1].version == Version("2")
    assert case.searched == WALKED


def test_a_finding_where_one_was_erased_is_reopened() -> None:
    case = case_of(finding(1, "a", state=State.ERASED))
    merge(case, [finding(1, "a")], [], WALKED)
    assert (case.findings[0].state, case.findings[0].reason) == (State.OPEN, "it is there again")


def test_an_index_that_has_not_looked_since_reopens_nothing() -> None:
    case = case_of(finding(1, "a", state=State.ERASED))
    merge(case, [finding(1, "a")], [], STALE)
    before = case.findings[0].state
    merge(case, [finding(1, "a", version=Version("2"))], [], STALE)
    assert (before, case.findings[0].state) == (State.ERASED, State.OPEN)


@pytest.mark.parametrize("state", [State.OPEN, State.BLOCKED, State.FAILED])
def test_what_is_not_found_any_more_is_absent_after_a_whole_walk(state: State) -> None:
    case = case_of(finding(1, "a", state=state, reason="why"))
    merge(case, [], [], WALKED)
    assert (case.findings[0].state, outcome(case)) == (State.ABSENT, "complete")


@pytest.mark.parametrize(
    "searched", [STALE, [], [Searched("kunder", 1, 1, None)], [Searched("info", 1, 1, RUN + timedelta(1))]]
)
def test_without_a_walk_after_the_run_nothing_is_absent(searched: list[Searched]) -> None:
    case = case_of(finding(1, "a"))
    merge(case, [], [], searched)
    assert (case.findings[0].state, bool(case.findings[0].reason)) == (State.OPEN, True)


def test_before_any_run_nothing_is_absent() -> None:
    case = case_of(finding(1, "a"))
    case.run_at = None
    merge(case, [], [], WALKED)
    assert case.findings[0].state is State.OPEN


@pytest.mark.parametrize(
    ("gap", "hides"),
    [
        (Locator("kunder", ""), True),
        (Locator("kunder", "f"), True),
        (Locator("kunder", "f/a"), True),
        (Locator("kunder", "f/a", ("row 1",)), True),
        (Locator("kunder", "f/a", ("row 1", "x")), True),
        (Locator("kunder", "f/a", ("row 2",)), False),
        (Locator("kunder", "f/ab"), False),
        (Locator("info", ""), False),
    ],
)
def test_a_gap_hides_what_lies_in_it_and_what_it_lies_in(gap: Locator, hides: bool) -> None:
    case = case_of(finding(1, "f/a", "row 1"))
    merge(case, [], [CaseGap(gap, GapReason.DENIED)], WALKED)
    assert case.findings[0].state is (State.OPEN if hides else State.ABSENT)
    assert outcome(case) == "incomplete"


def test_a_backup_that_nobody_named_hides_nothing_of_its_source() -> None:
    case = case_of(finding(1, "f/a"), finding(2, "f/b", state=State.KEPT, verdict=Verdict.KEEP))
    merge(case, [], [CaseGap(Locator("kunder", ""), GapReason.NO_BACKUP)], WALKED)
    assert [one.state for one in case.findings] == [State.ABSENT] * 2
    assert outcome(case) == "incomplete"


@pytest.mark.parametrize("reason", [SURVIVES + "1 other name", MAY_SURVIVE])
def test_content_that_survives_elsewhere_never_becomes_absent(reason: str) -> None:
    case = case_of(finding(1, "a", state=State.FAILED, reason=reason, links=2))
    merge(case, [], [], WALKED)
    assert (case.findings[0].state, case.findings[0].reason) == (State.FAILED, reason)


def test_a_decision_survives_as_long_as_the_content_does() -> None:
    kept = finding(1, "a", state=State.KEPT, verdict=Verdict.KEEP, reason="a court case")
    erase = finding(2, "b", action=Action.DECIDE, verdict=Verdict.ERASE, reason="asked for")
    case = case_of(kept, erase)
    merge(case, [finding(1, "a", version=Version("2")), finding(2, "b", version=Version("2"))], [], WALKED)
    assert [(one.state, one.verdict, one.reason) for one in case.findings] == [
        (State.KEPT, Verdict.KEEP, "a court case"),
        (State.OPEN, Verdict.ERASE, "asked for"),
    ]
    merge(case, [finding(1, "a", content="bb"), finding(2, "b", content="bb", action=Action.DECIDE)], [], WALKED)
    assert [(one.state, one.verdict) for one in case.findings] == [(State.OPEN, None), (State.OPEN, None)]
    assert case.findings[1].effective is Action.DECIDE


def test_what_could_not_be_read_is_the_same_at_the_same_version() -> None:
    kept = finding(1, "a", state=State.KEPT, verdict=Verdict.KEEP, content="")
    case = case_of(kept)
    merge(case, [finding(1, "a", content="")], [], WALKED)
    before = kept.state
    merge(case, [finding(1, "a", content="", version=Version("2"))], [], WALKED)
    assert (before, kept.state) == (State.KEPT, State.OPEN)


def test_the_outcome_says_what_is_retained_and_until_when() -> None:
    first = finding(1, "a", state=State.RECOVERABLE, until=date(2026, 9, 1))
    second = finding(2, "b", state=State.RECOVERABLE, until=date(2026, 10, 1))
    case = case_of(first, second, finding(3, "c", state=State.ERASED), finding(4, "d", state=State.KEPT))
    assert outcome(case) == "complete except what is retained until 2026-10-01"
    second.until = None
    assert outcome(case) == "complete except what is retained until a date that is not known"
    case.findings.append(finding(5, "e", state=State.BLOCKED))
    assert (outcome(case), outcome_code(case), outcome_code(case, ["kunder"])) == ("incomplete", 3, 5)


def test_a_gap_alone_makes_it_incomplete() -> None:
    case = case_of(finding(1, "a", state=State.ERASED))
    assert (outcome(case), outcome_code(case)) == ("complete", 0)
    case.gaps = [CaseGap(Locator("kunder", "x.zip"), GapReason.ENCRYPTED)]
    assert (outcome(case), outcome_code(case)) == ("incomplete", 3)


def test_what_another_case_held_is_open_again_when_it_does_no_more() -> None:
    held = finding(1, "a", state=State.HELD, until=date(2026, 9, 1), statute="GDPR Art. 17(3)(e)")
    own = finding(2, "b", state=State.HELD, statute="GDPR Art. 17(3)(e)", verdict=Verdict.KEEP)
    case = case_of(held, own)
    merge(case, [finding(1, "a"), finding(2, "b")])
    assert [one.state for one in case.findings] == [State.OPEN, State.HELD]


def test_what_is_not_found_and_is_there_as_it_was_is_not_gone() -> None:
    same, other, erased = finding(1, "a"), finding(2, "b"), finding(3, "c", state=State.ERASED)
    case = case_of(same, other, erased)
    merge(case, [], [], WALKED)
    assert [one.state for one in case.findings] == [State.ABSENT, State.ABSENT, State.ERASED]
    reopen_unchanged(case, {Locator("kunder", "a"): "aa", Locator("kunder", "b"): "bb"}.get)
    assert [one.state for one in case.findings] == [State.OPEN, State.ABSENT, State.ERASED]
    assert (same.action, same.offer, same.reason) == (Action.DECIDE, Action.REMOVE, STILL_THERE)
