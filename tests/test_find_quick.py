"""`gallra find --quick`: what the index knows, without a look; no case, no plan, and it says so."""

from __future__ import annotations

import shutil

import pytest

from tests.conftest import Desk
from tests.little import ANNA, Little
from tests.little import little as built


@pytest.fixture
def little(desk: Desk) -> Little:
    return built(desk)


def _places(answer: dict[str, list[dict[str, str]]], *tiers: str) -> set[str]:
    return {one["path"] for one in answer["findings"] if one["tier"] in tiers}


def test_it_answers_without_looking_at_anything(little: Little) -> None:
    whole = little.desk("find", ANNA, "--no-case", "--json", code=[0, 3]).json
    shutil.rmtree(little.root / "kunder")
    shutil.rmtree(little.root / "post")
    quick = little.desk("find", ANNA, "--quick", "--json", code=[0, 3]).json
    assert _places(quick, "certain") == _places(whole, "certain") != set()
    assert quick["subject"]["identifiers"] == whole["subject"]["identifiers"]


def test_nothing_of_it_can_be_erased(little: Little) -> None:
    answer = little.desk("find", ANNA, "--quick", "--json", code=[0, 3]).json
    assert answer["confirmed"] is False
    assert answer["case"] is None
    assert answer["plan"] is None
    assert {one["action"] for one in answer["findings"]} == {"none"}
    assert all("not confirmed" in one["reason"] for one in answer["findings"])
    assert little.desk("show", "2026-0001").code == 2


def test_words_of_a_name_that_nobody_has_looked_at_are_possible(little: Little) -> None:
    desk = little.desk
    little.write("kunder/apart.txt", "Anna kommer i morgon.\nTrädet är en ek, sade grannen till Ek.\n")
    desk("scan", code=0)
    quick = desk("find", "--name", "Anna Ek", "--quick", "--json", code=[0, 3]).json
    whole = desk("find", "--name", "Anna Ek", "--no-case", "--json", code=[0, 3]).json
    assert "apart.txt" in _places(quick, "possible")
    assert "apart.txt" not in _places(whole, "certain", "probable", "possible")


def test_the_terminal_says_that_nothing_was_looked_at(little: Little) -> None:
    told = little.desk("find", ANNA, "--quick", code=[0, 3]).out
    assert "Not confirmed" in told
    assert "Nothing can be erased from it" in told
    assert "avtal.txt" in told
    assert "gallra erase" not in told


def test_gaps_are_counted_by_source_and_reason(little: Little) -> None:
    desk = little.desk
    for number in range(3):
        little.write(f"kunder/maskin{number}.blob", bytes(range(1, 32)) * 40)
    desk("scan", code=3)
    answer = desk("find", ANNA, "--quick", "--json", code=3).json
    assert {"source": "kunder", "reason": "unknown format", "count": 3} in answer["gap_counts"]
    assert "gaps" not in answer
    assert "unknown format" in desk("find", ANNA, "--quick", code=3).out


def test_it_is_noted_as_a_search(little: Little) -> None:
    log = little.root / ".gallra" / "audit.jsonl"
    before = log.read_text(encoding="utf-8").count('"searched"') if log.exists() else 0
    little.desk("find", ANNA, "--quick", code=[0, 3])
    assert log.read_text(encoding="utf-8").count('"searched"') == before + 1
