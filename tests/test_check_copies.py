"""`gallra check` of backups as it is typed: what it holds against the claims, by a mirror whose days are known."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Desk
from tests.little import CONFIG, Little
from tests.little import little as built

BACKUP = """
[[backup]]
name = "band"
kind = "mirror"
path = "band"
snapshots = ["*"]
covers = ["kunder"]
at = { kunder = "kunder" }
keeps_days = 30
"""
HANDS = """
[[source]]
name = "lön"
kind = "processor"

[[backup]]
name = "moln"
kind = "provider"
covers = ["post"]
contact = "abuse@moln.example"
owner = "It"
keeps_days = 10
"""
NOW = datetime.now(UTC)


def day(ago: int) -> str:
    return f"{NOW - timedelta(days=ago):%Y-%m-%d}"


@pytest.fixture
def company(desk: Desk) -> Little:
    """Copies of yesterday and of twenty days ago, with hard links."""
    made = built(desk)
    shutil.copytree(made.root / "kunder", made.root / "band" / day(20) / "kunder")
    shutil.copytree(made.root / "band" / day(20), made.root / "band" / day(1), copy_function=os.link)
    desk.write(CONFIG.replace('backup = "none"\n', "") + BACKUP + HANDS)
    desk("scan", code=[0, 3])
    return made


def test_a_backup_that_is_as_it_is_said_to_be(company: Little) -> None:
    value = company.desk("check", "--json", code=0).json
    (one,) = value["backups"]
    assert (one["backup"], one["kind"], one["reached"], one["erases"]) == ("band", "mirror", True, True)
    assert (one["covers"], one["keeps_days"], one["batch"]) == (["kunder"], 30, False)
    assert (one["snapshots"], one["oldest"][:10], one["newest"][:10]) == (2, day(20), day(1))
    assert (one["problems"], one["locked"], one["locked_until"], one["error"]) == ([], 0, None, None)
    assert one["indexed"] == sum(path.is_file() for path in (company.root / "band" / day(1)).rglob("*"))
    assert {each["source"] for each in value["sources"]} == {"kunder", "post"}
    assert value["uncovered"] == []
    said = company.desk("check", code=0).out
    assert "band    mirror  yes      yes        2          " in said
    assert "What the backups cover\n  band: kunder\n  moln: post\n" in said
    assert said.endswith("All is well.\n")


def test_a_claim_that_is_not_so_is_3_with_its_dates(company: Little) -> None:
    old = company.root / "band" / day(45)
    shutil.copytree(company.root / "kunder", old / "kunder")
    (problem,) = company.desk("check", "--json", code=3).json["backups"][0]["problems"]
    assert problem.startswith(f"keeps_days = 30 is not true: the oldest snapshot is of {day(45)}, 45 days ago")
    assert f"band: keeps_days = 30 is not true: the oldest snapshot is of {day(45)}" in " ".join(
        company.desk("check", "band", code=3).out.split()
    )
    shutil.rmtree(old)
    company.desk("check", "band", code=0)


def test_a_source_that_does_not_lie_where_it_is_said_to_is_3(company: Little) -> None:
    company.desk.write(
        (company.root / "gallra.toml").read_text().replace('{ kunder = "kunder" }', '{ kunder = "/srv" }')
    )
    (problem,) = company.desk("check", "band", "--json", code=3).json["backups"][0]["problems"]
    assert problem.startswith("nothing of kunder was seen at its place in it")


def test_one_that_nobody_makes_any_more(company: Little) -> None:
    shutil.rmtree(company.root / "band" / day(1))
    (one,) = company.desk("check", "band", "--json", code=[0, 3]).json["backups"]
    assert one["problems"] == []
    assert any(fact.startswith(f"the newest snapshot is of {day(20)}, 20 days ago") for fact in one["facts"])


def test_one_that_cannot_be_reached_is_5_and_the_others_are_told(company: Little) -> None:
    (company.root / "band").rename(company.root / "elsewhere")
    value = company.desk("check", "--json", code=5).json
    (one,) = value["backups"]
    assert (one["reached"], one["snapshots"], one["problems"]) == (False, None, [])
    assert one["error"]
    assert all(each["reached"] for each in value["sources"])
    assert "NO" in company.desk("check", "band", code=5).out


def test_what_is_lacking_to_ask_people_is_told_and_is_no_problem(company: Little) -> None:
    lon, moln = company.desk("check", "--json", code=0).json["hands"]
    assert (lon["name"], lon["kind"], lon["deadline_days"]) == ("lön", "processor", 30)
    assert any("no contact" in fact for fact in lon["facts"])
    assert (moln["covers"], moln["facts"]) == (["post"], ["no [smtp]: its letter is written, and a person sends it"])
    said = company.desk("check", code=0).out
    assert "What only people can look through\n  lön (processor)\n    - no contact" in said
