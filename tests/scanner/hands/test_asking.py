"""Whom a case asks: always processors and binders, and a provider only where something goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.case_json import dump_case, load_case
from scanner.deciding import search_anew
from scanner.hands.asking import NOT_ASKED, NOTHING_GOES, join_hands
from scanner.model import Action, Case, Finding, State, Tier, Verdict
from scanner.plan import can_decide, decide, make_plan, warning
from scanner.verify import COMPLETE, INCOMPLETE, merge, outcome, unresolved
from tests.scanner.hands.people import HANDS, PAPER, PROCESSOR, PROVIDER, case, finding


def asked(found: Case) -> dict[str, tuple[Action, State]]:
    hands = [one for one in found.findings if one.kind in ("processor", "paper", "provider")]
    assert len({one.id for one in found.findings}) == len(found.findings)
    return {one.locator.source: (one.effective, one.state) for one in hands}


def of(found: Case, name: str) -> Finding:
    (one,) = [one for one in found.findings if one.locator.source == name]
    return one


def test_every_case_asks_processors_and_binders_once() -> None:
    found = case()
    for _ in range(3):
        join_hands(found, HANDS)
        merge(found, [])
    assert asked(found) == {
        "lönebyrån": (Action.TASK, State.OPEN),
        "pärmar": (Action.TASK, State.OPEN),
    }
    assert [one.id for one in found.findings] == [1, 2]
    assert [one.reason for one in found.findings] == [
        "Karin must have the processor erase what it has of the person, and confirm it in writing",
        "Eva must look through the binder, take out what is about the person, and confirm it",
    ]
    assert {(one.tier, one.evidence, one.locator.path) for one in found.findings} == {(Tier.CERTAIN, (), "")}
    assert make_plan(found.findings, lambda data: "x").tasks == (1, 2)
    assert len(unresolved(found)) == 2


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (finding(7, "a"), True),
        (finding(7, "a", Action.REMOVE_RECORD, steps=("row 1",)), True),
        (finding(7, "a", Action.TASK), True),
        (finding(7, "a", state=State.ERASED), True),
        (finding(7, "a", state=State.ABSENT), True),
        (finding(7, "a", Action.DECIDE), False),
        (finding(7, "a", Action.HOLD, state=State.HELD), False),
        (finding(7, "a", state=State.KEPT), False),
        (finding(7, "a", source="post"), False),
    ],
)
def test_a_provider_is_asked_where_something_it_has_copies_of_goes_or_went(one: Finding, expected: bool) -> None:
    found = case(replace(one))
    join_hands(found, [PROVIDER])
    assert ("molnet" in asked(found)) is expected
    assert len(found.findings) == 1 + expected
    assert found.findings[-1].id == (8 if expected else 7)


def test_a_decision_makes_a_provider_asked_and_unasked() -> None:
    found = case(finding(1, "a", Action.DECIDE))
    join_hands(found, [PROVIDER])
    assert asked(found) == {}
    decide(found.findings[0], Verdict.ERASE, None)
    join_hands(found, [PROVIDER])
    assert asked(found) == {"molnet": (Action.TASK, State.OPEN)}
    decide(found.findings[0], Verdict.KEEP, "kund")
    join_hands(found, [PROVIDER])
    assert (of(found, "molnet").effective, of(found, "molnet").reason) == (Action.NONE, NOTHING_GOES)
    assert unresolved(found) == []


def test_a_case_without_backups_asks_no_provider() -> None:
    found = case(finding(1, "a"))
    found.request.backups = False
    join_hands(found, HANDS)
    assert "molnet" not in asked(found)
    found.request.backups = True
    join_hands(found, HANDS)
    found.request.backups = False
    join_hands(found, HANDS)
    assert (of(found, "molnet").effective, of(found, "molnet").reason) == (Action.NONE, NOT_ASKED)


@pytest.mark.parametrize("state", [State.ERASED, State.ABSENT, State.RECOVERABLE, State.KEPT, State.TASK])
def test_searching_again_neither_opens_nor_doubles_what_was_answered(state: State) -> None:
    found = case(finding(1, "a"))
    join_hands(found, HANDS)
    for one in found.findings[1:]:
        one.state, one.taken = state, True
    found.findings[0].state = State.ERASED
    before = [(one.id, one.state, one.reason) for one in found.findings[1:]]
    again = load_case(dump_case(found))
    merge(again, [finding(1, "a")])
    search_anew(again, lambda _: ([], [], []))
    join_hands(again, HANDS)
    assert [(one.id, one.state, one.reason) for one in again.findings[1:]] == before


def test_an_open_question_outlives_a_search_for_other_identifiers() -> None:
    found = case(finding(1, "a"))
    join_hands(found, HANDS)
    of(found, "pärmar").state = State.TASK
    search_anew(found, lambda _: ([], [], []))
    assert asked(found)["pärmar"] == (Action.TASK, State.TASK)
    assert len(asked(found)) == 3


def test_a_provider_that_answered_is_asked_again_where_more_goes() -> None:
    found = case(finding(1, "a", state=State.ERASED))
    join_hands(found, [PROVIDER])
    of(found, "molnet").state = State.RECOVERABLE
    join_hands(found, [PROVIDER])
    assert len(found.findings) == 2
    found.findings.append(finding(3, "b"))
    join_hands(found, [PROVIDER])
    assert [(one.id, one.state) for one in found.findings if one.kind == "provider"] == [
        (2, State.RECOVERABLE), (4, State.OPEN),
    ]  # fmt: skip
    join_hands(found, [PROVIDER])
    assert len(found.findings) == 4


def test_keeping_ends_the_question_and_erasing_opens_it() -> None:
    found = case()
    join_hands(found, [PROCESSOR])
    (one,) = found.findings
    assert can_decide(found, one, Verdict.KEEP) is None
    assert warning(found, one, Verdict.ERASE) == 0
    decide(one, Verdict.KEEP, "we never gave them anything")
    join_hands(found, [PROCESSOR])
    assert (one.state, one.reason, outcome(found)) == (State.KEPT, "we never gave them anything", COMPLETE)
    decide(one, Verdict.ERASE, None)
    join_hands(found, [PROCESSOR])
    assert (one.state, one.effective, outcome(found)) == (State.OPEN, Action.TASK, INCOMPLETE)
    decide(one, Verdict.UNSURE, None)
    join_hands(found, [PROCESSOR])
    assert (one.effective, one.reason) == (Action.DECIDE, "a person looked and could not tell")


def test_a_verified_case_stays_as_it_was_verified_until_something_goes() -> None:
    found = case(finding(1, "a", state=State.ERASED), status="verified")
    join_hands(found, HANDS)
    assert asked(found) == {}
    found.findings.append(finding(2, "b"))
    join_hands(found, HANDS)
    assert set(asked(found)) == {"lönebyrån", "pärmar", "molnet"}


def test_a_changed_owner_is_told_and_a_place_that_is_gone_stays_a_question() -> None:
    found = case()
    join_hands(found, [PAPER])
    join_hands(found, [replace(PAPER, owner="")])
    assert (found.findings[0].reason or "").startswith("somebody must look through the binder")
    join_hands(found, [])
    assert outcome(found) == INCOMPLETE
