"""`gallra status` as it is typed, in an installation that `gallra init` made."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Locator, Version
from scanner import today as clock
from scanner.agent.book import FILE, Book, Drift
from scanner.agent.done import Done, Notice
from scanner.agent.live import Live, LiveJob, write_live
from scanner.agent.lock import agent_lock
from scanner.agent.status_cases import waiting
from scanner.cli.main import main
from scanner.model import Action, Finding, Ownership, SubjectId, Tier
from scanner.records import IdType
from scanner.requests import note_received
from scanner.workspace import Workspace

NOW = datetime.now(UTC)
KEYS = ["ok", "problems", "agent", "sources", "chores", "notices", "drift", "cases"]
POLICY = """
[[policy]]
name = "ansökningar"
area = "Employment"
says = "Applications are kept for 24 months."
match = ["Ansökningar/**"]
older = { months = 24, from = "received" }
"""


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GALLRA_CONFIG", raising=False)
    run("init")
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = run("status", *arguments, "--json")
    return code, json.loads(capsys.readouterr().out)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run("status", *arguments)
    return code, " ".join(capsys.readouterr().out.split())


def state(here: Path) -> Path:
    return here / ".gallra"


def case(here: Path, received: date) -> str:
    """A case whose request came on that day; its number."""
    with Workspace.open(here / "gallra.toml") as work:
        made = work.cases.new([SubjectId(IdType.EMAIL, "anna@kund.example", True)], NOW)
        note_received(made.request, received, clock.today())
        work.cases.save(made)
    return made.number


def test_a_fresh_installation_has_no_agent_and_is_left_as_it_was(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(here.rglob("*"))
    code, told = answer(capsys)
    assert (code, list(told), told["ok"], told["agent"]["running"]) == (3, KEYS, False, False)
    assert told["problems"] == ["the agent does not run: start it with gallra run"]
    assert told["cases"] == {
        "tasks": {"open": 0, "overdue": 0, "first_due": None},
        "deadlines": [],
        "culls": [],
        "unreadable": 0,
    }
    assert sorted(here.rglob("*")) == before


def test_an_agent_that_runs_and_is_well(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)  # an agent that noted nothing for minutes is not well
    with Book(state(here) / FILE) as book:
        book.end(book.begin("scan:example", now), now, "done", Done(counts={"items": 3}))
    job = LiveJob("idle", now, now + timedelta(hours=1), 0, "watched")
    with agent_lock(state(here)):
        write_live(state(here) / "agent.json", Live(os.getpid(), now, now, now, jobs={"scan:example": job}))
        code, told = answer(capsys)
        assert (code, told["ok"], told["problems"]) == (0, True, [])
        assert told["agent"]["pid"] == os.getpid()
        assert (told["sources"][0]["source"], told["sources"][0]["watch"]) == ("example", "watched")
        code, text = shown(capsys)
    assert code == 0
    assert f"The agent runs (process {os.getpid()})" in text
    assert "example folder idle" in text
    assert "All is well." in text


def test_how_much_the_index_holds_comes_from_the_index(capsys: pytest.CaptureFixture[str]) -> None:
    run("scan", "--json")
    scanned = json.loads(capsys.readouterr().out)["sources"][0]
    _, told = answer(capsys)
    assert told["sources"][0]["items"] == scanned["seen"] > 0
    assert told["sources"][0]["gaps"] == scanned["gaps"]
    assert told["sources"][0]["state"] == "idle"  # by whomever it was scanned
    assert datetime.fromisoformat(told["sources"][0]["scanned_at"]) >= NOW.replace(microsecond=0)


def test_a_source_that_is_not_reached_is_told_with_code_5(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Book(state(here) / FILE) as book:
        book.end(book.begin("scan:example", NOW), NOW, "failed", Done(5, error="the folder is not there"))
        book.note(Notice("failing", "failing:scan:example", source="example", counts={"failures": 3}), NOW)
    code, text = shown(capsys)
    assert code == 5
    assert "example failed: the folder is not there" in text
    assert "Newest notices ([notify] names nobody to be told)" in text
    assert "Something fails again and again" in text


def test_days_for_answers_are_told_by_case_number_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late, soon = case(here, clock.today() - timedelta(days=60)), case(here, clock.today())
    code, told = answer(capsys)
    days = told["cases"]["deadlines"]
    assert [one["case"] for one in days] == [late, soon]
    assert days[0]["days_left"] < 0 < days[1]["days_left"]
    assert any(problem.startswith(f"case {late}: the answer was due") for problem in told["problems"])
    assert not any(soon in problem for problem in told["problems"])
    assert code == 3
    _, text = shown(capsys)
    assert f"{late} {days[0]['due']} {-days[0]['days_left']} days late" in text
    assert "anna" not in text + json.dumps(told)


def finding(number: int, action: Action) -> Finding:
    where = Locator("example", f"{number}.txt")
    return Finding(number, where, "file", Tier.CERTAIN, (), Ownership.OWN, action, Version("1"))


def test_culls_wait_by_rule(here: Path) -> None:
    with Workspace.open(here / "gallra.toml") as work:
        made = work.cases.new([], NOW)
        made.cull = "ansökningar"
        work.cases.save(made)
        assert waiting(work, clock.today()).culls == ()  # nothing is due by it any more
        made.findings = [finding(1, Action.REMOVE), finding(2, Action.HOLD)]
        work.cases.save(made)
        (one,) = waiting(work, clock.today()).culls
    assert (one.case, one.rule, one.items, one.approved) == (made.number, "ansökningar", 1, False)


def test_without_the_key_all_else_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case(here, clock.today())
    (here / "gallra.key").rename(here / "away")
    code, told = answer(capsys)
    assert (code, told["cases"]) == (3, None)
    assert any("there is no key here" in problem for problem in told["problems"])
    assert [one["source"] for one in told["sources"]] == ["example"]


@pytest.mark.parametrize("arguments", [(), ("--policy",)])
def test_a_record_that_is_damaged_is_called_by_its_name(
    here: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    (state(here) / FILE).write_bytes(b"no database at all, and longer than a header of one" * 40)
    assert run("status", *arguments) == 2
    assert "agent.sqlite in the state folder) is damaged" in capsys.readouterr().err


def test_how_far_from_the_policy(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = here / "gallra.toml"
    path.write_text(path.read_text("utf-8") + POLICY, "utf-8")
    assert run("status", "--policy") == 3  # not looked at yet
    assert not (state(here) / FILE).exists()
    for breaking, code in ((0, 0), (4, 3)):
        with Book(state(here) / FILE) as book:
            book.drifted([Drift("ansökningar", NOW + timedelta(minutes=breaking), breaking, 0, 9)])
        found, text = shown(capsys, "--policy")
        assert (found, "ansökningar" in text) == (code, True)
        found, told = answer(capsys, "--policy")
        assert (found, told["policy"][0]["breaking"]) == (code, breaking)
