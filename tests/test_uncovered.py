"""A source of which nobody knows a backup: a gap in every answer that hides nothing, until somebody says how it is."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Desk
from tests.little import ANNA, CONFIG, HERS, Little
from tests.little import little as built

NO_BACKUP = "no backup known"
GAP = {"source": "kunder", "path": "", "within": [], "reason": NO_BACKUP, "detail": "no [[backup]] covers it"}
UNKNOWN = CONFIG.replace('kind = "folder"\nbackup = "none"\n', 'kind = "folder"\n')
PROVIDER = UNKNOWN + '[[backup]]\nname = "moln"\nkind = "provider"\ncovers = ["kunder"]\n'


@pytest.fixture
def company(desk: Desk) -> Little:
    """One that says of its mail that there is no backup, and nothing of its files."""
    made = built(desk)
    desk.write(UNKNOWN)
    return made


def told(gaps: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{key: one[key] for key in GAP} for one in gaps]


def test_every_answer_tells_it_and_ends_with_3(company: Little) -> None:
    desk = company.desk
    assert told(desk("find", ANNA, "--no-case", "--json", code=3).json["gaps"]) == [GAP]
    case, run = company.find()
    assert (run.code, told(run.json["gaps"])) == (3, [GAP])
    assert told(desk("show", case, "--json", code=3).json["gaps"]) == [GAP]
    quick = desk("find", ANNA, "--quick", "--json", code=3).json
    assert quick["gap_counts"] == [{"source": "kunder", "reason": NO_BACKUP, "count": 1}]
    shown = desk("show", case, code=3).out
    assert "kunder: (all of it)  no backup known (no [[backup]] covers it)" in shown
    assert re.search(r"no backup known +name it in covers of a \[\[backup\]\], or say backup = \"none\"", shown)


def test_it_hides_nothing_and_makes_nothing_stale(company: Little) -> None:
    """Files are erased and verified, and one that somebody else took away is gone for sure."""
    desk = company.desk
    case, _ = company.find(ANNA, "Anna Ek")
    (company.root / "kunder" / "Anna Ek" / "kvitto.txt").unlink()
    desk("erase", case, "--yes", code=[3, 4])
    assert told(desk("show", case, "--json", code=3).json["gaps"]) == [GAP]
    desk("erase", case, "--yes", code=3)
    final = desk("verify", case, "--json", code=3).json
    states = {one["path"]: one["state"] for one in final["findings"]}
    assert (states["Anna Ek/avtal.txt"], states["Anna Ek/kvitto.txt"]) == ("erased", "absent")
    assert set(states.values()) <= {"erased", "absent"}
    assert told(final["gaps"]) == [GAP]
    assert not any((company.root / path).exists() for path in HERS)


def test_it_goes_where_backups_were_not_asked_for_and_comes_back(company: Little) -> None:
    desk = company.desk
    case, _ = company.find()
    desk("request", case, "--no-backups", code=0)
    assert desk("show", case, "--json").json["gaps"] == []
    desk("erase", case, "--yes", code=0)
    assert desk("certificate", case, "--json", code=0).json["outcome"] == "complete"
    desk("request", case, "--backups", code=0)
    assert told(desk("show", case, "--json", code=3).json["gaps"]) == [GAP]
    assert told(desk("verify", case, "--json", code=3).json["gaps"]) == [GAP]


def test_who_says_how_it_is_closes_it_without_another_scan(company: Little) -> None:
    desk = company.desk
    case, _ = company.find()
    desk.write(CONFIG)
    assert desk("show", case, "--json").json["gaps"] == []
    desk.write(UNKNOWN)
    assert told(desk("show", case, "--json", code=3).json["gaps"]) == [GAP]
    desk.write(PROVIDER)
    assert NO_BACKUP not in {one["reason"] for one in desk("show", case, "--json").json["gaps"]}


def test_somebody_can_accept_it(company: Little) -> None:
    desk = company.desk
    case, _ = company.find()
    desk("erase", case, "--yes", code=3)
    desk("accept", case, "--reason-is", NO_BACKUP, "--by", "Eva", "--reason", "asked the host", code=0)
    assert told(desk("verify", case, "--json", code=0).json["gaps"]) == [GAP]
    signed = desk("certificate", case, "--json", code=0).json
    assert (signed["outcome"], signed["gaps"], signed["gaps_accepted"]) == ("complete", 1, 1)


@pytest.mark.parametrize(
    ("language", "word", "detail"),
    [
        ("sv", "ingen känd säkerhetskopia", "ingen [[backup]] täcker den"),
        pytest.param("en", "no backup known", "no [[backup]] covers it", marks=pytest.mark.prove),
    ],
)
def test_page_and_certificate_tell_it_in_their_language(company: Little, language: str, word: str, detail: str) -> None:
    desk = company.desk
    desk.write(UNKNOWN.replace("[agent]\n", f'[agent]\nlanguage = "{language}"\n'))
    case, _ = company.find()
    desk("show", case, "--html", "answer.html", code=3)
    assert f"{word} ({detail})" in (company.root / "answer.html").read_text("utf-8")
    desk("erase", case, "--yes", code=3)
    signed = desk("certificate", case, "--json", code=[0, 3]).json
    (kunder,) = [one for one in signed["sources"] if one["source"] == "kunder"]
    assert kunder["gaps"] == [{"reason": NO_BACKUP, "count": 1, "open": 1, "accepted": []}]
    assert (kunder["unseen"], signed["outcome"], signed["gaps_open"]) == (None, "incomplete", 1)
    desk("certificate", case, "-o", "proof.html", code=[0, 3])
    assert word in (company.root / "proof.html").read_text("utf-8")


def test_check_tells_it_before_anybody_asks(company: Little) -> None:
    value = company.desk("check", "--json", code=3).json
    assert (value["uncovered"], value["backups"], value["hands"]) == (["kunder"], [], [])
    assert [one["reason"] for one in value["gaps"]] == [NO_BACKUP]
    assert company.desk("check", "post", "--json", code=0).json["gaps"] == []
