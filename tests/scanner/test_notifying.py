"""Whom a server would write to: asked once an item, told as a decision, carried by the plan to the executor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Locator, Receipt, Staged, Strength, Version
from connectors.errors import ConfigError, Denied, NotFound, Throttled, Unreachable, Unsupported
from connectors.memory import Memory, Store
from scanner.case_json import load_step, step_json
from scanner.model import Action, Case, Cut, Finding, Ownership, Searched, State, Step, SubjectId, Tier, Verdict
from scanner.notifying import UNTOLD, tell_notifying
from scanner.page.reasons import in_swedish
from scanner.plan import can_decide, decide, make_plan
from scanner.records import IdType
from scanner.settling import settle
from scanner.verify import merge
from tests.scanner.test_erase import World, fingerprint

KINDS = {"kalender": "caldav", "kunder": "folder"}


class Mailing(Memory):
    """Items in memory, on a server that would write to as many people as `told` says."""

    told: dict[str, Any]
    asked: list[str]
    allowed: set[str]

    def would_notify(self, locator: Locator) -> int:
        self.asked.append(locator.path)
        answer = self.told.get(locator.path, 0)
        answer = answer.pop(0) if isinstance(answer, list) else answer
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    def allow(self, locator: Locator) -> None:
        self.allowed.add(locator.path)

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        self._guard(locator)
        return super().remove(locator, expected)

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        self._guard(staged.locator)
        return super().commit(staged)

    def _guard(self, locator: Locator) -> None:
        if self.told.get(locator.path) and locator.path not in self.allowed:
            raise Unsupported("would notify", locator)


def mailing(**told: Any) -> tuple[Callable[[str], Connector], type[Mailing]]:
    made = type("Made", (Mailing,), {"told": told, "asked": [], "allowed": set()})
    store = Store(dict.fromkeys(("a", "b", "c"), b"x"))
    return lambda name: made(name, {"store": store}), made


def finding(number: int, path: str, *steps: str, source: str = "kalender", **more: Any) -> Finding:
    values: dict[str, Any] = {"ownership": Ownership.OWN, "action": Action.REMOVE, "tier": Tier.CERTAIN}
    values |= {"version": Version("1", Strength.STRONG), "content": "aa", "evidence": (), "kind": "event"}
    return Finding(id=number, locator=Locator(source, path, steps), **values | more)


def hashed(data: bytes) -> str:
    return data.hex()


def test_what_would_notify_waits_for_a_person_with_what_it_comes_to() -> None:
    connect, made = mailing(a=4, b=1, c=0)
    found = [
        finding(1, "a", "event 1", action=Action.AMEND),
        finding(2, "a", "event 2", action=Action.REMOVE_RECORD),
        finding(3, "b"),
        finding(4, "c"),
        finding(5, "a", source="kunder"),
    ]
    tell_notifying(found, KINDS, connect)
    assert [(one.action, one.offer, one.reason) for one in found] == [
        (Action.DECIDE, Action.AMEND, "would notify 4 people"),
        (Action.DECIDE, Action.REMOVE_RECORD, "would notify 4 people"),
        (Action.DECIDE, Action.REMOVE, "would notify 1 person"),
        (Action.REMOVE, Action.REMOVE, None),
        (Action.REMOVE, Action.REMOVE, None),
    ]
    assert made.asked == ["a", "b", "c"]
    assert not make_plan(found[:3], hashed).steps


def test_what_waits_already_says_so_too_and_what_is_held_is_not_asked_for() -> None:
    connect, made = mailing(a=2, b=3)
    shared = finding(1, "a", action=Action.DECIDE, offer=Action.AMEND, reason="it also holds others' data")
    held = finding(2, "b", action=Action.HOLD, state=State.HELD)
    hopeless = finding(3, "c", action=Action.DECIDE, offer=Action.NONE, reason="it could not be tried")
    tell_notifying([shared, held, hopeless], KINDS, connect)
    assert shared.reason == "it also holds others' data; would notify 2 people"
    assert in_swedish(shared.reason) == "det innehåller också andras uppgifter; servern skulle meddela 2 personer"
    assert (held.action, held.reason, hopeless.reason) == (Action.HOLD, None, "it could not be tried")
    assert made.asked == ["a"]


@pytest.mark.parametrize("error", [Unreachable("gone"), Throttled("later", 600.0), Denied("no")])
def test_where_nobody_can_be_asked_the_proposal_stays_and_says_so(error: Exception) -> None:
    connect, made = mailing(a=error, b=error)
    found = [finding(1, "a"), finding(2, "b")]
    tell_notifying(found, KINDS, connect)
    assert [(one.action, one.reason, one.notifies) for one in found] == [(Action.REMOVE, UNTOLD, None)] * 2
    assert made.asked == (["a", "b"] if isinstance(error, Denied) else ["a"])
    assert in_swedish(UNTOLD) != UNTOLD


@pytest.mark.parametrize("error", [Unreachable("gone"), ConfigError(["no secret"])])
def test_a_source_that_cannot_be_opened_is_told_too(error: Exception) -> None:
    def connect(name: str) -> Connector:
        raise error

    one = finding(1, "a")
    tell_notifying([one], KINDS, connect)
    assert (one.action, one.reason) == (Action.REMOVE, UNTOLD)


def test_a_server_that_asks_for_patience_gets_it() -> None:
    connect, made = mailing(a=[Throttled("later", 0.0), Throttled("later", 0.0), 5])
    one = finding(1, "a")
    tell_notifying([one], KINDS, connect)
    assert (one.reason, made.asked) == ("would notify 5 people", ["a"] * 3)


def test_what_is_gone_notifies_nobody() -> None:
    connect, _ = mailing(a=NotFound("gone"))
    one = finding(1, "a")
    tell_notifying([one], KINDS, connect)
    assert (one.action, one.notifies) == (Action.REMOVE, 0)


def test_a_decision_goes_with_the_plan_and_into_its_hash() -> None:
    connect, _ = mailing(a=4)
    one, quiet = finding(1, "a"), finding(1, "a")
    tell_notifying([one], KINDS, connect)
    case = Case("1", datetime.now(UTC), [], [one])
    assert can_decide(case, one, Verdict.ERASE) is None
    for each in (one, quiet):
        decide(each, Verdict.ERASE, None)
    loud, still = make_plan([one], hashed), make_plan([quiet], hashed)
    assert [step.notifies for step in (*loud.steps, *still.steps)] == [True, False]
    assert loud.hash != still.hash
    assert load_step(step_json(loud.steps[0])) == loud.steps[0]


def case_of(*findings: Finding) -> Case:
    now = datetime.now(UTC)
    return Case("1", now, [SubjectId(IdType.EMAIL, MAJA, given=True)], list(findings))


MAJA = "maja@blomqvist.example"
SEARCHED = [Searched("kalender", 1, 1, datetime.now(UTC))]


@pytest.mark.parametrize(
    ("then", "now", "stays"), [(4, 4, True), (4, 2, True), (4, None, True), (0, 4, False), (None, 4, False)]
)
def test_a_decision_is_asked_for_again_where_more_people_would_be_told(
    then: int | None, now: int | None, stays: bool
) -> None:
    old, fresh = finding(1, "a"), finding(0, "a")
    for one, people in ((old, then), (fresh, now)):
        connect, _ = mailing(a=Denied("no") if people is None else people)
        tell_notifying([one], KINDS, connect)
    decide(old, Verdict.ERASE, "she asked")
    case = case_of(old)
    merge(case, [fresh], (), SEARCHED)
    (step,) = make_plan(case.findings, hashed).steps or (None,)
    assert (old.verdict is Verdict.ERASE) is stays
    assert (step is not None and step.notifies) is stays
    assert stays or old.reason == "would notify 4 people"


def test_what_is_asked_anew_is_told_anew() -> None:
    old, fresh = finding(1, "a"), finding(0, "a")
    tell_notifying([old], KINDS, mailing(a=Denied("no"))[0])
    case = case_of(old)
    merge(case, [fresh], (), SEARCHED)
    assert (old.reason, old.action, old.notifies) == (None, Action.REMOVE, 0)


def test_what_was_surer_once_still_waits() -> None:
    old, fresh = finding(1, "a"), finding(0, "a", tier=Tier.POSSIBLE)
    tell_notifying([fresh], KINDS, mailing(a=3)[0])
    case = case_of(old)
    merge(case, [fresh], (), SEARCHED)
    assert (old.tier, old.action, old.offer) == (Tier.CERTAIN, Action.DECIDE, Action.REMOVE)
    assert old.reason == "would notify 3 people"


def test_the_executor_lets_go_what_a_person_let_go_and_nothing_else(tmp_path: Path) -> None:
    world = World(tmp_path, kalender={"x/a": b"1", "x/b": b"2", "x/c": b"3"})
    _, made = mailing(**{"x/a": 2, "x/b": 2})
    world.kinds["kalender"] = made
    first, second, _ = world.case.findings
    tell_notifying([first], KINDS, world.connect)  # of the second nobody had asked
    decide(first, Verdict.ERASE, None)
    assert second.action is Action.REMOVE
    world.run()
    assert world.states() == ["erased", "blocked", "erased"]
    assert set(world.stores["kalender"].items) == {"x/b"}
    assert made.allowed == {"x/a"}


@pytest.mark.parametrize(("notifies", "left"), [(True, b"new"), (False, b"1")])
def test_a_rewriting_that_was_cut_off_ends_as_it_was_decided(tmp_path: Path, notifies: bool, left: bytes) -> None:
    world = World(tmp_path, kalender={"x/a": b"1"})
    _, made = mailing(**{"x/a": 2})
    world.kinds["kalender"] = made
    number, journal, one = world.case.number, world.store.journal, world.case.findings[0]
    step = Step(one.locator, one.version, one.content, (1,), (Cut(("event 1",), True),), notifies=notifies)
    entry = journal.intend(number, step)
    with world.connect("kalender") as connector:
        staged = connector.stage(step.locator, step.version, b"new")
    journal.staged(number, entry, staged, fingerprint(BytesIO(b"new")))
    settle(world.case, world.connect, journal, fingerprint)
    assert world.stores["kalender"].items["x/a"] == left
