"""Before any step: the requester is identified where that is asked for (promise 14), and the plan has not grown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.model import Agent, Cases, Config, Erase, Source
from connectors.base import Locator
from scanner.erase import run
from scanner.may_run import MayRun, NotAllowed
from scanner.model import Plan
from scanner.plan import make_plan
from scanner.requests import note_identity
from tests.scanner.preparing import nothing_against
from tests.scanner.test_erase import World, fingerprint
from tests.scanner.test_plan import case_of, finding, hasher

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SOURCES = (
    Source("kunder", "folder"),
    Source("post", "maildir", max_items_per_run=2),
    Source("fri", "folder", max_items_per_run=0),
)
ASKED = Cases(identity_check=True)


def may_run(**more: Any) -> MayRun:
    return MayRun(Config(Path("gallra.toml"), Agent(Path("state")), sources=SOURCES, **more))


def plan(**items: int) -> Plan:
    """So many items of each source."""
    paths = [(source, str(number)) for source, count in items.items() for number in range(count)]
    found = [finding(number, path, locator=Locator(source, path)) for number, (source, path) in enumerate(paths, 1)]
    return make_plan(found, hasher)


def refused(check: MayRun, what: Plan) -> str:
    with pytest.raises(NotAllowed) as caught:
        check.check(case_of(), what)
    assert caught.value.why == "ceiling"
    return str(caught.value)


def test_14_no_step_runs_before_the_identity_is_noted_as_checked() -> None:
    case = case_of()
    may_run().check(case, plan(kunder=1))
    with pytest.raises(NotAllowed) as caught:
        may_run(cases=ASKED).check(case, plan(kunder=1))
    assert caught.value.why == "identity unchecked"
    assert "gallra request 2026-0001" in str(caught.value)
    case.request.identified, case.request.identified_by = "BankID", "MS"
    with pytest.raises(NotAllowed):
        may_run(cases=ASKED).check(case, plan(kunder=1))
    note_identity(case.request, "BankID", "MS", NOW)
    may_run(cases=ASKED).check(case, plan(kunder=1))


def test_14_the_executor_itself_asks_before_it_touches_anything(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})
    opened: list[str] = []

    def connect(name: str) -> Any:
        opened.append(name)
        return world.connect(name)

    def go(check: MayRun) -> None:
        run(
            world.case,
            world.plan,
            connect,
            world.store.journal,
            lambda: NOW,
            lambda *_: None,
            fingerprint,
            nothing_against,
            check.check,
        )

    with pytest.raises(NotAllowed):
        go(may_run(cases=ASKED))
    assert (opened, world.stores["kunder"].items, world.states()) == ([], {"x/a": b"1"}, ["open"])
    assert world.store.journal.entries(world.case) == []
    assert world.case.run_at is None
    note_identity(world.case.request, "BankID", "MS", NOW)
    go(may_run(cases=ASKED))
    assert world.stores["kunder"].items == {}


def test_a_run_may_erase_as_many_items_as_its_ceiling_and_no_more() -> None:
    check = may_run(erase=Erase(max_items_per_run=3))
    check.check(case_of(), plan(kunder=3))
    check.check(case_of(), plan())
    assert "4 items" in refused(check, plan(kunder=4))
    assert "max_items_per_run" in refused(check, plan(kunder=2, post=2)), "all sources together"


def test_many_records_of_one_item_are_one_item() -> None:
    rows = [finding(number, "a.csv", f"row {number}") for number in range(1, 100)]
    may_run(erase=Erase(max_items_per_run=1)).check(case_of(), make_plan(rows, hasher))


def test_a_source_has_a_ceiling_of_its_own_or_that_of_all_or_none() -> None:
    check = may_run(erase=Erase(max_items_per_run=100, max_items_per_source=5))
    check.check(case_of(), plan(kunder=5, post=2, fri=50))
    assert '"post"' in refused(check, plan(kunder=1, post=3))
    assert '"kunder"' in refused(check, plan(kunder=6))
    may_run(erase=Erase(max_items_per_run=100)).check(case_of(), plan(kunder=99))
