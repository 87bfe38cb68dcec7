"""Answers that are due: seven days before, one day before, and over; each once, and anew after an extension."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.little import Little
from tests.scanner.agent.chores.conftest import Night


def received(company: Little, *more: str) -> tuple[str, date]:
    case, _ = company.find()
    company.desk("request", case, "--received", date.today().isoformat(), *more, code=[0, 3])
    due = company.desk("request", case, "--json", code=[0, 3]).json["due"]
    return case, date.fromisoformat(due)


def test_each_warning_comes_once_on_its_day_and_an_extension_makes_new_ones(company: Little, night: Night) -> None:
    case, due = received(company)
    left = (due - date.today()).days
    seen = []
    for before in (8, 7, 6, 2, 1, 0, -1, -2):
        night.on(left - before)
        night("deadlines")
        night("deadlines")
        seen.append((before, len(night.told())))
    assert seen == [(8, 0), (7, 1), (6, 1), (2, 1), (1, 2), (0, 2), (-1, 3), (-2, 3)]
    assert {(one["event"], one["case"], one["due"]) for one in night.told()} == {("deadline", case, due.isoformat())}
    company.desk("request", case, "--extended", date.today().isoformat(), code=[0, 3])
    night.on(left + 3)
    night("deadlines")
    assert len(night.told()) == 3, "two months more"
    night.on((date.today() + timedelta(days=95) - date.today()).days)
    night("deadlines")
    (last,) = (one for one in night.told() if one["due"] != due.isoformat())
    assert last["due"] > due.isoformat()


@pytest.mark.prove
def test_what_is_done_is_not_warned_of(company: Little, night: Night) -> None:
    case, due = received(company)
    company.desk("show", case)
    company.desk("erase", case, "--yes", code=0)
    night.on((due - date.today()).days + 1)
    assert night("deadlines").counts == {"cases": 0, "overdue": 0}
    assert night.told() == []
    company.desk("close", case, "--no-certificate", code=0)
    night("deadlines")
    assert night.told() == []


@pytest.mark.prove
def test_without_a_day_of_receipt_nothing_is_due(company: Little, night: Night) -> None:
    company.find()
    night.on(400)
    night("deadlines")
    assert night.told() == []
