"""Cases whose time is over: told once when it comes near, closed by themselves after it; old drafts leave."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.little import MAILS, Little
from tests.scanner.agent.chores.conftest import Night


def test_a_verified_case_is_told_once_and_then_closes_by_itself(company: Little, night: Night) -> None:
    case, _ = company.find()
    company.desk("erase", case, "--yes", code=0)
    night.on(29)
    night("tidy")
    assert night.told() == []
    night.on(31)
    night("tidy")
    night("tidy")
    (told,) = night.told()
    assert (told["event"], told["case"]) == ("attention", case)
    assert told["due"] is not None
    assert night.cases() == {case: "verified"}
    night.on(61)
    assert night("tidy").counts["closed"] == 1
    assert night("tidy").counts["closed"] == 0
    assert night.cases() == {case: "closed"}
    assert len(night.told()) == 1


@pytest.mark.prove
def test_a_draft_that_nothing_followed_leaves(company: Little, night: Night) -> None:
    case, _ = company.find()
    night.on(29)
    night("tidy")
    assert night.cases() == {case: "draft"}
    night.on(31)
    assert night("tidy").counts["expired"] == 1
    assert night.cases() == {}
    assert [one["case"] for one in night.audit("case-expired")] == [case]


def test_a_source_that_is_not_configured_any_more_leaves_the_index(company: Little, night: Night) -> None:
    def held() -> list[int]:
        with closing(sqlite3.connect(company.root / ".gallra/index.sqlite")) as db:
            return [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("source", "item")]

    before = held()
    assert night("tidy").counts["sources left"] == 0
    assert held() == before
    path = company.root / "gallra.toml"
    path.write_text(path.read_text("utf-8").partition('[[source]]\nname = "post"')[0], "utf-8")
    assert night("tidy").counts["sources left"] == 1
    assert held() == [before[0] - 1, before[1] - len(MAILS)]
