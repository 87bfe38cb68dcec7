"""What may go unasked once its hold has ended: each condition by itself. The chore as a whole: chores/test_holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Locator, Version
from scanner.agent.book import FILE, Book
from scanner.agent.freed import Freed
from scanner.agent.lapsed import freed_plan
from scanner.casework import plan_of
from scanner.index.pack import path_token
from scanner.model import Action, Case, Finding, Ownership, Searched, State, SubjectId, Tier
from scanner.records import IdType
from scanner.retained import RetainedItem
from scanner.verify import merge
from scanner.workspace import Workspace

NOW = datetime.now(UTC)
TODAY = date.today()
ENDED = TODAY - timedelta(days=1)
TEXT = b"Avtal, anna.ek@kund.example\n"
CONFIG = """
[agent]
state = ".gallra"
[company]
name = "Invex AB"
[[source]]
name = "kunder"
kind = "folder"
backup = "none"
path = "kunder"
"""
HOLD = """
[[hold]]
name = "avtal"
statute = "X"
sources = ["kunder"]
match = ["avtal.txt"]
until = {}
unattended = {}
"""


def finding(**more: Any) -> Finding:
    values: dict[str, Any] = {
        "id": 1, "locator": Locator("kunder", "avtal.txt"), "kind": "file", "tier": Tier.CERTAIN, "evidence": (),
        "ownership": Ownership.OWN, "action": Action.REMOVE, "version": Version("1"),
    }  # fmt: skip
    return Finding(**values | more)


def case_of(*findings: Finding) -> Case:
    subject = [SubjectId(IdType.EMAIL, "anna.ek@kund.example", given=True)]
    return Case("2026-0001", NOW, subject, list(findings), status="run", approved_at=NOW, run_at=NOW)


def company(root: Path, until: date = ENDED, unattended: str = "true") -> Workspace:
    (root / "gallra.toml").write_text(CONFIG + HOLD.format(until.isoformat(), unattended), encoding="utf-8")
    (root / "kunder").mkdir()
    (root / "kunder/avtal.txt").write_bytes(TEXT)
    return Workspace.open(root / "gallra.toml")


@pytest.mark.parametrize(
    ("until", "unattended", "more", "goes"),
    [
        (ENDED, "true", {}, True),
        (ENDED, "false", {}, False),
        (ENDED, "true", {"tier": Tier.PROBABLE}, False),
        (ENDED - timedelta(days=1), "true", {}, False),  # the rule says another day now
        (ENDED, "true", {"lapsed": "annan"}, False),
        (ENDED, "true", {"lapsed": "", "lapsed_on": None}, False),
        (ENDED, "true", {"lapsed_on": TODAY}, False),  # its last day is not over
        (ENDED, "true", {"content": hashlib.sha256(b"x").hexdigest()}, False),  # other than what lies there now
        (ENDED, "true", {"action": Action.DECIDE}, False),
    ],
)
def test_what_goes_unasked_is_what_the_rule_says_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: date, unattended: str, more: dict[str, Any], goes: bool
) -> None:
    monkeypatch.setattr("scanner.workspace.workers", lambda: 0)
    with company(tmp_path, until, unattended) as work:
        with work.index(read_only=False):
            pass  # an empty one
        held = {"lapsed": "avtal", "lapsed_on": ENDED, "content": work.sealer.content(TEXT).hex()}
        case = case_of(finding(**held | more))
        plan = freed_plan(work, case, plan_of(work, case), TODAY)
    assert [step.locator.path for step in plan.steps] == ["avtal.txt"] * goes
    assert (tmp_path / "kunder/avtal.txt").read_bytes() == TEXT


@pytest.mark.parametrize(
    ("fresh", "case", "remembered"),
    [
        ({}, {}, True),
        ({"content": "bb"}, {}, False),
        ({"content": ""}, {}, False),
        ({"tier": Tier.PROBABLE}, {}, False),
        ({"state": State.HELD, "hold": "avtal", "until": TODAY}, {}, False),
        ({}, {"run_at": None}, False),
        ({}, {"approved_at": None}, False),
    ],
)
def test_a_hold_that_ended_is_remembered_of_the_very_content_in_a_case_that_ran(
    fresh: dict[str, Any], case: dict[str, Any], remembered: bool
) -> None:
    held = finding(content="aa", state=State.HELD, hold="avtal", until=ENDED)
    one = replace(case_of(held), **case)
    merge(one, [finding(**{"content": "aa"} | fresh)], [], [Searched("kunder", 1, 1, NOW)])
    (left,) = one.findings
    assert (left.lapsed, left.lapsed_on) == (("avtal", ENDED) if remembered else ("", None))


KEPT: dict[str, tuple[Callable[[RetainedItem], RetainedItem], bool]] = {
    "as it was": (lambda kept: kept, True),
    "never run": (lambda kept: replace(kept, ran=False), False),
    "not certain then": (lambda kept: replace(kept, certain=False), False),
    "other content": (lambda kept: replace(kept, content=b"\x01"), False),
    "content unknown": (lambda kept: replace(kept, content=b""), False),
    "another record": (lambda kept: replace(kept, record="ab"), False),
    "by a person": (lambda kept: replace(kept, hold=""), False),
    "kept, not held": (lambda kept: replace(kept, state=State.KEPT), False),
}


@pytest.mark.parametrize("how", KEPT)
def test_of_a_closed_case_only_what_was_kept_is_marked(tmp_path: Path, how: str) -> None:
    change, marked = KEPT[how]
    kept = RetainedItem(
        "2026-0001", State.HELD, ENDED, "X", "avtal", "kunder", 7, b"\xaa", "", 1, certain=True, ran=True
    )
    case = case_of(finding(content="aa"))
    with company(tmp_path) as work, Book(work.state / FILE) as book:
        freed = Freed(work, book, TODAY, NOW)
        there = replace(change(kept), path_token=path_token(work.sealer, "avtal.txt"))
        freed._kept = {Locator("kunder", "avtal.txt"): [there]}
        assert bool(freed.mark(case)) is marked
    assert case.findings[0].lapsed == ("avtal" if marked else "")
