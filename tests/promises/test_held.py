"""Promises 2, 7 and 14 through the real command line: what the law holds, a source that lies, who was not identified.

Of holds (2) there is more in tests/scanner/test_holding.py, of lying sources (7) in tests/scanner/test_erase.py and
tests/connectors/test_liars.py, of what may run at all (14) in tests/scanner/test_may_run.py.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Locator, Outcome, Presence, Receipt, Staged, Strength, Version
from connectors.memory import Memory
from scanner.cli.casework import fingerprint as keyed
from scanner.cli.casework import plan_of
from scanner.erase import run as carry_out
from scanner.model import Action, Cut, Finding, Step
from scanner.prepare import Prepared
from scanner.workspace import Workspace
from tests.little import ANNA, CONFIG, FILES, HERS, Little
from tests.promises.witness import LIST, SPARED, only_hers_went
from tests.scanner.test_erase import NOW, World, fingerprint

HOLD = """
[[hold]]
name = "avtal"
statute = "Preskriptionslagen 2 §"
match = ["**/avtal.txt", "lista.csv"]
until = {}
"""
HELD = {"kunder/Anna Ek/avtal.txt", LIST}
DAYS = [(1, True), (0, True), (-1, False)]


def ruled(company: Little, until: date) -> None:
    company.desk.write(CONFIG + HOLD.format(until.isoformat()))


def local_day() -> date:
    return datetime.now().astimezone().date()


@pytest.mark.parametrize(("left", "held"), DAYS, ids=["the day before the last", "on the last day", "the day after"])
def test_2_the_executor_itself_refuses_what_is_held(company: Little, left: int, held: bool) -> None:
    """The rule is written after the plan was made, and the executor is called past the command that would see it."""
    number, found = company.find()
    plan = {one["path"]: one["action"] for one in found.json["findings"]}
    assert (plan["Anna Ek/avtal.txt"], plan["lista.csv"]) == ("remove", "remove-record")
    before, today = company.files(), local_day()
    stats = {path: os.stat(company.root / path) for path in HELD}
    until = today + timedelta(days=left)
    ruled(company, until)
    told = executed(company, number)
    if local_day() != today:
        pytest.skip("midnight passed")
    if not held:
        only_hers_went(before, company.files())
        return
    after = company.files()
    assert set(before) - set(after) == HERS - HELD
    assert {path: before[path] for path in after} == after
    for path, was in stats.items():
        now = os.stat(company.root / path)
        assert (now.st_ino, now.st_mtime_ns) == (was.st_ino, was.st_mtime_ns), "not even written anew"
    for path in ("Anna Ek/avtal.txt", "lista.csv"):
        assert (told[path].state.value, told[path].until) == ("held", until)
        assert told[path].statute == "Preskriptionslagen 2 §"
    assert (company.root / "kunder/Anna Ek").is_dir(), "its folder stands as long"


def executed(company: Little, number: str) -> dict[str, Finding]:
    """The case's plan carried out as it was made, by the executor with the real look before each step."""
    with Workspace.open(company.root / "gallra.toml") as work:
        case = work.cases.load(number)
        plan = plan_of(work, case)
        carry_out(
            case,
            plan,
            work.connect,
            work.journal,
            lambda: datetime.now(UTC),
            lambda *_: None,
            partial(keyed, work),
            work.prepare(case),
            work.may_run.check,
        )
        work.journal.save(case)
    return {one.locator.path: one for one in case.findings}


def test_2_a_rule_that_came_after_the_approval_stops_the_command(company: Little) -> None:
    case, _ = company.find()
    before = company.files()
    ruled(company, local_day() + timedelta(days=400))
    company.desk("erase", case, "--yes", code=4)
    assert company.files() == before
    company.desk("show", case)
    company.desk("erase", case, "--yes", code=0)
    assert set(before) - set(company.files()) == HERS - HELD
    assert (company.root / LIST).read_text() == FILES["lista.csv"]


def test_2_a_held_item_is_not_planned_and_no_decision_erases_it(company: Little) -> None:
    ruled(company, local_day() + timedelta(days=400))
    case, found = company.find()
    (one,) = (one for one in found.json["findings"] if one["path"] == "Anna Ek/avtal.txt")
    assert (one["action"], one["state"]) == ("hold", "held")
    company.desk("decide", case, str(one["id"]), "erase", code=4)
    company.desk("erase", case, "--yes", code=0)
    assert (company.root / "kunder/Anna Ek/avtal.txt").read_text() == FILES["Anna Ek/avtal.txt"]
    assert (company.root / LIST).read_text() == FILES["lista.csv"]


# -- 7: a source that says 2xx and keeps the data ---------------------------------------------------------------------

ROWS = b"Namn;E-post\nAnna Ek;anna.ek@kund.example\nBo Dal;bo.dal@kund.example\n"


class KeepsIt(Memory):
    """Answers `erased` to all, and does nothing."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        return Receipt(locator, Outcome.ERASED)

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        return staged.locator, Version("0" * 64, Strength.STRONG)


class BringsItBack(Memory):
    """Erases, and a moment later has it again under the same name, as a server's replica does."""

    def presence(self, locator: Locator) -> Presence:
        self.store.items.setdefault(locator.path, b"1")
        return super().presence(locator)


@pytest.mark.parametrize("liar", [KeepsIt, BringsItBack])
def test_7_what_a_source_keeps_is_never_called_erased(tmp_path: Path, liar: type[Memory]) -> None:
    world = World(tmp_path, moln={"x/a": b"1"})
    world.kinds["moln"] = liar
    world.run()
    assert world.stores["moln"].items == {"x/a": b"1"}
    assert world.states() == ["failed"]


def test_7_a_rewriting_that_a_source_does_not_keep_is_never_called_erased(tmp_path: Path) -> None:
    world = World(tmp_path, moln={"x/lista.csv": ROWS})
    world.kinds["moln"] = KeepsIt
    (one,) = world.case.findings
    one.action, one.locator = Action.REMOVE_RECORD, Locator("moln", "x/lista.csv", ("row 1",))
    (step,) = world.plan.steps
    assert step.cuts == (Cut(("row 1",)),)
    spared = ROWS.replace(b"Anna Ek;anna.ek@kund.example\n", b"")

    def prepare(steps: Iterable[Step]) -> Iterator[tuple[Step, Prepared]]:
        for each in steps:
            yield each, Prepared(after=spared, made=fingerprint(io.BytesIO(spared)))

    carry_out(
        world.case,
        world.plan,
        world.connect,
        world.store.journal,
        lambda: NOW,
        lambda *_: None,
        fingerprint,
        prepare,
        lambda *_: None,
    )
    assert world.stores["moln"].items == {"x/lista.csv": ROWS}
    assert [one.state.value for one in world.case.findings] == ["failed"]


# -- 14: the requester ------------------------------------------------------------------------------------------------


def test_14_no_step_runs_before_the_requester_is_noted_as_identified(company: Little) -> None:
    company.desk.write(CONFIG + "\n[cases]\nidentity_check = true\n")
    before = company.files()
    case, _ = company.find()
    refused = company.desk("erase", case, "--yes", code=4)
    assert company.files() == before
    assert "gallra request" in refused.text, "it says the next step"
    company.desk("request", case, "--identified", "BankID", "--by", "EL", code=[0, 3])
    company.desk("request", case, "--not-identified", code=[0, 3])
    company.desk("erase", case, "--yes", code=4)
    assert company.files() == before
    company.desk("request", case, "--identified", "BankID", "--by", "EL", code=[0, 3])
    company.desk("erase", case, "--yes", code=0)
    only_hers_went(before, company.files())
    assert (company.root / LIST).read_bytes() == SPARED


def test_14_the_executor_itself_asks_first(tmp_path: Path) -> None:
    """Whatever a command let through: nothing is tried, noted or asked of a source."""
    world = World(tmp_path, kunder={"x/a": b"1"})
    journal = world.store.journal

    class Refused(Exception):
        pass

    def check(*_: Any) -> None:
        raise Refused

    def connect(_: str) -> Any:
        raise AssertionError("a source was asked")

    with pytest.raises(Refused):
        carry_out(
            world.case,
            world.plan,
            connect,
            journal,
            lambda: NOW,
            lambda *_: None,
            fingerprint,
            lambda steps: iter(()),
            check,
        )
    assert world.stores["kunder"].items == {"x/a": b"1"}
    assert journal.entries(world.case) == []


def test_a_run_that_grew_beyond_its_ceiling_is_refused_whole(company: Little) -> None:
    company.desk.write(CONFIG + "\n[erase]\nmax_items_per_run = 3\n")
    before = company.files()
    case, _ = company.find(ANNA)
    assert "max_items_per_run" in company.desk("erase", case, "--yes", code=4).text
    assert company.files() == before
