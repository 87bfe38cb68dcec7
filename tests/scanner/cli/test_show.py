from __future__ import annotations

import json
import re
from typing import Any

import pytest

from connectors.base import GapReason, Locator
from scanner.cli.render_findings import place
from scanner.model import CaseGap


def test_an_officer_sees_what_goes_what_waits_and_why(desk: Any) -> None:
    desk.work.gaps = [CaseGap(Locator("kunder", "x/secret.zip"), GapReason.ENCRYPTED)]
    with desk.work as work:
        case = work.cases.load("1")
        case.gaps = desk.work.gaps
        work.cases.save(case)
    result = desk.run("show", "1")
    removed, rest = result.stdout.split("Wait for a decision (1)")
    waiting, possible = rest.split("Possible ones, perhaps another person (1)")
    assert "Will be removed, as whole items (2)" in removed
    assert "kunder: x/a.txt" in removed
    assert "kunder: x/list.csv" in waiting
    assert "others: identifiers of other persons in the same item" in waiting
    assert re.search(r"^ +no +tier +whose +others +where", waiting, re.M)
    assert re.search(r"^ +3 +certain +shared +2 +kunder: x/list\.csv +e-mail in the text$", waiting, re.M)
    assert "- it also holds others' data (1)" in waiting
    assert "post: x/1" in possible
    assert "kunder: x/secret.zip  encrypted" in possible
    assert f"Plan {desk.case().shown_plan}: 2 findings in 2 items to remove" in possible
    assert desk.code(result) == 3


def test_json_is_the_contract(desk: Any) -> None:
    value = json.loads(desk.run("show", "1", "--json").stdout)
    assert list(value) == ["case", "subject", "findings", "plan", "gaps", "searched"]
    assert value["subject"] == {
        "identifiers": [{"type": "email", "value": "anna@x.example", "given": True, "because": None}],
        "missing": [],
        "suggestions": [],
    }
    assert value["plan"] == desk.case().shown_plan
    assert [(one["id"], one["action"]) for one in value["findings"]] == [
        (1, "remove"),
        (2, "remove"),
        (3, "decide"),
        (4, "decide"),
    ]
    assert value["findings"][2] == {
        "id": 3,
        "source": "kunder",
        "path": "x/list.csv",
        "within": [],
        "kind": "file",
        "tier": "certain",
        "evidence": [{"type": "email", "role": "body"}],
        "ownership": "shared",
        "locator": "kunder:x/list.csv",
        "action": "decide",
        "state": "open",
        "until": None,
        "since": None,
        "statute": None,
        "reason": "it also holds others' data",
        "backups": [],
    }
    assert [one["source"] for one in value["searched"]] == ["kunder", "post"]
    assert value["searched"][0].keys() >= {"source", "items", "records", "scanned_at"}


def test_gaps_in_json(desk: Any) -> None:
    with desk.work as work:
        case = work.cases.load("1")
        case.gaps = [CaseGap(Locator("kunder", "x.zip", ("member a",)), GapReason.TOO_LARGE, "detail")]
        work.cases.save(case)
    value = json.loads(desk.run("show", "1", "--json").stdout)
    assert value["gaps"] == [
        {"source": "kunder", "path": "x.zip", "within": ["member a"], "reason": "too large", "detail": "detail"}
    ]


def test_an_unknown_case_is_told_with_the_known_ones(desk: Any) -> None:
    result = desk.run("show", "77")
    assert desk.code(result) == 2
    assert desk.case().number in result.stderr


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\u202egnp.exe", "a\nErase this", "a\udcffb", "a\u200bb"])
def test_hostile_names_cannot_mislead_the_reader(name: str) -> None:
    shown = place(Locator("kunder", name, (name,)))
    assert shown.isprintable()
    assert "\\" in shown
