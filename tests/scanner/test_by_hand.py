"""Tasks in a case: who is asked, what closes them, and that "could not tell" closes none. The source is made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from connectors.base import Capabilities, GapReason, Locator, Strength, Version
from connectors.errors import Denied, Unreachable
from connectors.manual import Shown
from connectors.memory import Memory, Store
from scanner import check
from scanner.by_hand import give_tasks, is_waiting, settle_tasks, tell_tasks
from scanner.case_json import dump_case, load_case
from scanner.cli.check import _facts
from scanner.model import Action, Case, CaseGap, Finding, Ownership, State, Tier, Verdict
from scanner.ownership import ANOTHERS
from scanner.plan import can_decide, decide, make_plan, warning
from scanner.tasks import Askable, tasks_of
from scanner.verify import COMPLETE, INCOMPLETE, merge, outcome

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEWEST, OLDER = Locator("evas", "ny.vcf"), Locator("evas", "gammal.vcf")
DO = "Eva must delete it"


@dataclass
class World:
    """What the phone answers."""

    newest: set[str] = field(default_factory=lambda: {NEWEST.path})
    shown: Shown = field(default_factory=lambda: Shown(why="none is newer"))
    error: Exception | None = None
    asked: list[datetime] = field(default_factory=list)


class Hand(Memory):
    """A phone as the scanner sees it."""

    kind = "hand"

    def __init__(self, world: World) -> None:
        super().__init__("evas", {"store": Store()})
        self.world = world

    def open(self) -> Capabilities:
        if self.world.error is not None:
            raise self.world.error
        return Capabilities(Strength.WEAK, facts=("it is 3 years old", "its holder has all rights"))

    def task(self, locator: Locator) -> str | None:
        return DO if locator.path in self.world.newest else None

    def mark(self) -> str:
        return "mark"

    def shown(self, since: datetime, mark: str) -> Shown:
        assert mark == "mark"
        self.world.asked.append(since)
        return self.world.shown


def finding(number: int, item: Locator, action: Action = Action.REMOVE_RECORD, **more: Any) -> Finding:
    values: dict[str, Any] = {
        "locator": Locator(item.source, item.path, ("card 1",)),
        "kind": "card",
        "tier": Tier.CERTAIN,
        "evidence": (),
        "ownership": Ownership.SHARED,
        "action": action,
        "version": Version("1"),
        "print": f"{number:02x}",
    }
    return Finding(id=number, **(values | more))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("connectors.registry.load", lambda kind, **_: Hand if kind == "hand" else Memory)
    return World()


@pytest.fixture
def connect(world: World) -> Callable[[str], Hand]:
    return lambda source: Hand(world)


def told(connect: Callable[[str], Hand], *findings: Finding) -> tuple[Finding, ...]:
    tell_tasks(findings, {"evas": "hand", "kunder": "memory"}, connect)
    return findings


def given(connect: Callable[[str], Hand], *findings: Finding) -> Case:
    case = Case("2026-0001", NOW, [], list(told(connect, *findings)))
    give_tasks(case, plan(case), connect, NOW)
    case.run_at = NOW
    return case


def plan(case: Case) -> Any:
    return make_plan(case.findings, lambda data: data.hex())


def seen(version: str | None = "7") -> Callable[[Locator], str | None]:
    return lambda item: version


class TestTelling:
    def test_only_what_lies_in_the_newest_is_a_task(self, connect: Callable[[str], Hand]) -> None:
        one, two, three = told(
            connect, finding(1, NEWEST), finding(2, OLDER), finding(3, Locator("kunder", NEWEST.path))
        )
        assert (one.action, one.offer, one.reason) == (Action.TASK, Action.TASK, DO)
        assert [two.action, three.action] == [Action.REMOVE_RECORD] * 2

    def test_what_waits_for_a_decision_still_does_and_comes_to_a_task(self, connect: Callable[[str], Hand]) -> None:
        (one,) = told(connect, finding(1, NEWEST, Action.DECIDE, offer=Action.REMOVE_RECORD, tier=Tier.POSSIBLE))
        case = Case("2026-0001", NOW, [], [one])
        assert (plan(case).steps, plan(case).tasks) == ((), ())
        assert can_decide(case, one, Verdict.ERASE) is None
        assert warning(case, one, Verdict.ERASE) == 0
        decide(one, Verdict.ERASE, None)
        assert (plan(case).steps, plan(case).tasks) == ((), (1,))

    def test_what_no_editor_could_take_out_a_person_can(self, connect: Callable[[str], Hand]) -> None:
        reason = "it cannot be taken out safely: its lines are folded in the middle of a character"
        (one,) = told(connect, finding(1, NEWEST, Action.DECIDE, offer=Action.NONE, reason=reason))
        assert (one.action, one.reason) == (Action.TASK, DO)

    def test_anothers_record_is_nobodys_task(self, connect: Callable[[str], Hand]) -> None:
        (one,) = told(connect, finding(1, NEWEST, Action.DECIDE, offer=Action.NONE, reason=ANOTHERS))
        assert (one.action, one.offer) == (Action.DECIDE, Action.NONE)

    def test_what_is_held_stays_held(self, connect: Callable[[str], Hand]) -> None:
        (one,) = told(connect, finding(1, NEWEST, Action.HOLD, state=State.HELD))
        assert one.action is Action.HOLD

    def test_where_it_cannot_be_told_nothing_is_proposed(self, world: World, connect: Callable[[str], Hand]) -> None:
        world.error = Unreachable("gone")
        one, two = told(connect, finding(1, NEWEST), finding(2, OLDER))
        assert {one.action, two.action} == {Action.DECIDE}
        assert plan(Case("2026-0001", NOW, [], [one, two])).steps == ()


class TestGiving:
    def test_a_task_has_its_day_and_survives_in_the_case(self, connect: Callable[[str], Hand]) -> None:
        case = load_case(dump_case(given(connect, finding(1, NEWEST))))
        (one,) = case.findings
        assert (one.state, one.since, one.mark, one.reason) == (State.TASK, NOW, "mark", DO)
        assert (is_waiting(case), outcome(case), plan(case).tasks) == (True, INCOMPLETE, ())

    def test_approval_is_bound_to_the_tasks(self, connect: Callable[[str], Hand]) -> None:
        findings = told(connect, finding(1, NEWEST), finding(2, OLDER))
        case = Case("2026-0001", NOW, [], list(findings))
        before = plan(case)
        decide(findings[0], Verdict.KEEP, "she wants to stay")
        assert [one.locator for one in plan(case).steps] == [one.locator for one in before.steps] == [OLDER]
        assert plan(case).hash != before.hash

    @pytest.mark.parametrize(("error", "state"), [(Unreachable("gone"), State.FAILED), (Denied("no"), State.BLOCKED)])
    def test_a_source_that_does_not_answer_gives_none_and_is_asked_again(
        self, world: World, connect: Callable[[str], Hand], error: Exception, state: State
    ) -> None:
        case = Case("2026-0001", NOW, [], list(told(connect, finding(1, NEWEST))))
        world.error = error
        lost = give_tasks(case, plan(case), connect, NOW)
        assert (case.findings[0].state, lost) == (state, {"evas"} if state is State.FAILED else set())
        assert plan(case).tasks == (1,)

    def test_what_was_replaced_meanwhile_is_looked_at_again(self, world: World, connect: Callable[[str], Hand]) -> None:
        case = Case("2026-0001", NOW, [], list(told(connect, finding(1, NEWEST))))
        world.newest = set()
        give_tasks(case, plan(case), connect, NOW)
        assert case.findings[0].state is State.OPEN


class TestClosing:
    """The case has one task; a search is merged into it, and the phone asked what it shows."""

    BY = Shown(Locator("evas", "sist.vcf"), "7")

    @pytest.fixture
    def case(self, connect: Callable[[str], Hand]) -> Case:
        case = given(connect, finding(1, NEWEST))
        case.status = "verified"
        return case

    def search(self, case: Case, *findings: Finding, gaps: tuple[CaseGap, ...] = (), walked: bool = True) -> None:
        later = NOW + timedelta(hours=1 if walked else -1)
        searched = SimpleNamespace(source="evas", items=3, scanned_at=later, in_part=False)
        merge(case, findings, gaps, [cast(Any, searched)])

    def test_gone_from_a_newer_export(self, world: World, connect: Callable[[str], Hand], case: Case) -> None:
        world.shown = self.BY
        self.search(case)
        assert case.findings[0].state is State.TASK, "that nothing is found closes nothing"
        settle_tasks(case, connect, seen())
        assert (case.findings[0].state, outcome(case), world.asked) == (State.ABSENT, COMPLETE, [NOW])

    @pytest.mark.parametrize(
        ("shown", "version", "gaps", "walked"),
        [
            (Shown(why="none is newer"), "7", (), True),
            (BY, "6", (), True),
            (BY, None, (), True),
            (BY, "7", (CaseGap(Locator("evas", "sist.vcf"), GapReason.UNREADABLE),), True),
            (BY, "7", (CaseGap(Locator("evas", "sist.vcf", ("card 3",)), GapReason.UNREADABLE),), True),
            (BY, "7", (CaseGap(Locator("evas", ""), GapReason.STALE),), True),
            (BY, "7", (), False),
        ],
        ids=["nothing newer", "changed since the scan", "not scanned", "unread", "unread in part", "stale", "no walk"],
    )
    def test_anything_less_closes_nothing(
        self,
        world: World,
        connect: Callable[[str], Hand],
        case: Case,
        shown: Shown,
        version: str | None,
        gaps: tuple[CaseGap, ...],
        walked: bool,
    ) -> None:
        world.shown = shown
        self.search(case, gaps=gaps, walked=walked)
        settle_tasks(case, connect, seen(version))
        (one,) = case.findings
        assert (one.state, one.since, outcome(case)) == (State.TASK, NOW, INCOMPLETE)

    def test_a_phone_that_does_not_answer_closes_nothing(
        self, world: World, connect: Callable[[str], Hand], case: Case
    ) -> None:
        self.search(case)
        world.shown, world.error = self.BY, Unreachable("gone")
        settle_tasks(case, connect, seen())
        assert case.findings[0].state is State.TASK

    def test_what_is_left_in_the_replaced_one_is_planned(
        self, world: World, connect: Callable[[str], Hand], case: Case
    ) -> None:
        world.newest, world.shown = {"sist.vcf"}, self.BY
        self.search(case, *told(connect, finding(1, NEWEST)))
        assert plan(case).steps == (), "before it is shown, nothing is erased"
        settle_tasks(case, connect, seen())
        (one,) = case.findings
        assert (one.state, one.action) == (State.OPEN, Action.REMOVE_RECORD)
        assert [step.locator for step in plan(case).steps] == [NEWEST]

    def test_replaced_by_what_shows_nothing_it_stays_a_task(
        self, world: World, connect: Callable[[str], Hand], case: Case
    ) -> None:
        world.newest = {"sist.vcf"}
        self.search(case, *told(connect, finding(1, NEWEST)))
        settle_tasks(case, connect, seen())
        (one,) = case.findings
        assert (one.state, one.effective, plan(case).steps) == (State.TASK, Action.TASK, ())
        assert one.reason == "none is newer"

    def test_still_in_the_newer_one_it_goes_on_there(
        self, world: World, connect: Callable[[str], Hand], case: Case
    ) -> None:
        world.newest, world.shown = {"sist.vcf"}, self.BY
        self.search(case, *told(connect, finding(1, NEWEST), finding(2, Locator("evas", "sist.vcf"))))
        settle_tasks(case, connect, seen())
        old, new = case.findings
        assert (old.state, old.action) == (State.OPEN, Action.REMOVE_RECORD)
        assert (new.state, new.since) == (State.TASK, NOW)
        (task,) = tasks_of(case, Askable({"evas": "Eva"}, {}), NOW + timedelta(days=3))
        assert (task.findings, task.days, task.do, task.holder) == ((2,), 3, DO, "Eva")


def test_a_task_is_as_old_as_its_oldest_finding_and_names_nobody_unasked(connect: Callable[[str], Hand]) -> None:
    case = given(connect, finding(1, NEWEST), finding(2, NEWEST))
    case.findings[1].since = NOW - timedelta(days=9)
    (task,) = tasks_of(case, Askable({}, {}), NOW)
    assert (task.case, task.findings, task.days, task.subject) == ("2026-0001", (1, 2), 9, ())


def test_check_tells_what_a_source_tells_of_itself(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr(check, "connect", lambda source, **_: Hand(world))
    monkeypatch.setattr(check, "_paths", lambda source: ())
    found = check.check_source(cast(Any, SimpleNamespace(name="evas", kind="hand", settings={})), known=False)
    assert found.facts == ("it is 3 years old", "its holder has all rights")
    other = replace(found, source="post", facts=())
    assert _facts([found, other]).split("\n") == [
        "What the sources tell",
        "  evas",
        "    - it is 3 years old",
        "    - its holder has all rights",
    ]
    assert _facts([other]) == ""
