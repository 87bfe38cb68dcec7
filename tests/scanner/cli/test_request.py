from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.cli import main
from scanner.cli import request as command

TODAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def office(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command, a configuration that asks for the check, and a day."""
    monkeypatch.setitem(main.COMMANDS, "request", ("scanner.cli.request:command", "What was asked."))
    monkeypatch.setattr(command, "_today", lambda: TODAY)
    enter = type(desk.work).__enter__

    def configured(self: Any) -> Any:
        enter(self)
        self.config.cases = SimpleNamespace(identity_check=True, keep_days=30)
        self.config.agent.region = "SE"
        return self

    monkeypatch.setattr(type(desk.work), "__enter__", configured)


def test_a_new_case_says_what_is_not_noted_and_the_next_step(desk: Any) -> None:
    result = desk.run("request", "1")
    assert desk.code(result) == 0
    number = desk.case().number
    assert f"not noted; next: gallra request {number} --received DATE" in result.stdout
    assert f"Next: gallra request {number} --identified HOW --by WHO" in result.stdout
    assert not (desk.work.folder / "audit.jsonl").exists()


def test_what_was_noted_is_shown_with_the_last_day_and_in_the_audit_log_without_words(desk: Any) -> None:
    result = desk.run("request", "1", "--received", "2026-03-03", "--identified", "BankID", "--by", "Cecilia Ek")
    assert desk.code(result) == 0
    assert "received    2026-03-03 (Tuesday)" in result.stdout
    assert "answer due  2026-04-07 (Tuesday): 28 days left" in result.stdout
    assert "identity    BankID, by Cecilia Ek, " in result.stdout
    assert "backups     asked for" in result.stdout
    request = desk.case().request
    assert (request.received, request.due) == (date(2026, 3, 3), date(2026, 4, 7))
    assert (request.identified, request.identified_by) == ("BankID", "Cecilia Ek")
    assert request.identified_at is not None
    assert abs(datetime.now(UTC) - request.identified_at) < timedelta(minutes=5)
    noted, checked = desk.events()
    assert (noted["event"], noted["counts"]) == ("request-noted", {"backups": 1})
    assert noted["details"] == {"received": "2026-03-03", "due": "2026-04-07"}
    assert (checked["event"], checked["counts"], checked["details"]) == ("identity-checked", {}, {})
    for file in desk.work.folder.iterdir():
        assert b"BankID" not in file.read_bytes()
        assert b"Cecilia" not in file.read_bytes()


def test_each_thing_is_noted_on_its_own_and_shown_as_json(desk: Any) -> None:
    desk.run("request", "1", "--received", "2026-02-05")
    desk.run("request", "1", "--extended", "2026-03-05", "--no-backups")
    found = json.loads(desk.run("request", "1", "--json").stdout)
    assert found == {
        "case": desk.case().number,
        "received": "2026-02-05",
        "due": "2026-05-05",
        "days_left": 56,
        "extended": "2026-03-05",
        "identity": {"required": True, "checked": False, "how": None, "by": None, "at": None},
        "backups": False,
    }
    assert "extended    told on 2026-03-05 (Thursday)" in desk.run("request", "1").stdout
    desk.run("request", "1", "--backups")
    assert desk.case().request.backups is True
    assert [one["event"] for one in desk.events()] == ["request-noted"] * 3
    assert desk.events()[1]["details"]["extended"] == "2026-03-05"


@pytest.mark.parametrize(
    ("received", "told"),
    [
        ("2026-02-10", "2026-03-10 (Tuesday): today"),
        ("2026-02-09", "2026-03-09 (Monday): 1 day late"),
        ("2026-02-11", "2026-03-11 (Wednesday): 1 day left"),
        ("2026-01-05", "2026-02-05 (Thursday): 33 days late"),
    ],
)
def test_days_left_and_days_late(desk: Any, received: str, told: str) -> None:
    assert told in desk.run("request", "1", "--received", received).stdout


def test_an_identification_that_was_noted_by_mistake_is_taken_back(desk: Any) -> None:
    desk.run("request", "1", "--identified", "BankID", "--by", "AB")
    result = desk.run("request", "1", "--not-identified")
    assert "is not noted as checked" in result.stdout
    assert desk.case().request.identified is None
    assert [one["event"] for one in desk.events()] == ["identity-checked", "identity-withdrawn"]
    desk.run("request", "1", "--not-identified")
    assert len(desk.events()) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--received", "2026-03-11"),
        ("--extended", "2026-03-05"),
        ("--received", "2026-01-05", "--extended", "2026-03-05"),
        ("--received", "2026-03-01", "--identified", "körkort 19811218-9876", "--by", "AB"),
        ("--received", "2026-03-01", "--identified", "BankID", "--by", "4711"),
        ("--received", "2026-03-01", "--identified", "mailed from anna@x.example", "--by", "AB"),
        ("--received", "2026-03-01", "--identified", "Anna called", "--by", "AB"),  # the subject is anna@x.example
        ("--received", "2026-03-01", "--identified", "", "--by", "AB"),
    ],
)
def test_what_cannot_be_or_may_not_be_kept_is_refused_and_nothing_is_noted(
    desk: Any, arguments: tuple[str, ...]
) -> None:
    result = desk.run("request", "1", *arguments)
    assert desk.code(result) == 4
    assert "9876" not in result.stderr
    request = desk.case().request
    assert (request.received, request.extended_at, request.identified) == (None, None, None)
    assert not (desk.work.folder / "audit.jsonl").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--identified", "BankID"),
        ("--by", "AB"),
        ("--identified", "BankID", "--by", "AB", "--not-identified"),
        ("--received", "5/3"),
        ("--received", "2026-02-30"),
    ],
)
def test_half_an_answer_is_a_usage_error(desk: Any, arguments: tuple[str, ...]) -> None:
    assert type(desk.run("request", "1", *arguments).exception).__name__ in {"UsageError", "BadParameter"}
    assert desk.case().request.identified is None
