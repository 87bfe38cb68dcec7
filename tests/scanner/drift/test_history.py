"""Rules over time: what is noted, when something is told, and how `gallra status --policy` shows it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from config.load import load
from config.model import Config
from scanner.agent.book import FILE, Book, Drift
from scanner.agent.done import Done
from scanner.drift.count import Count, Marks
from scanner.drift.history import course, noted
from scanner.drift.render import policy_json, render_policy
from tests.scanner.drift.policy_world import PERSON, PolicyWorld

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CONFIG = """
[[source]]
name = "filer"
kind = "folder"
path = "filer"
backup = "none"
[[policy]]
name = "gamla"
area = "Ansökningar"
says = "Efter två år är de borta."
match = ["A/**"]
older = { months = 24, from = "received" }
[[policy]]
name = "nummer"
area = "Mejl"
says = "Inga personnummer."
sources = ["filer"]
identifiers = ["national-id"]
at_most = 1
[[cull]]
name = "ansökningar"
match = ["A/**"]
after = { months = 24, from = "received" }
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "gallra.toml").write_text(CONFIG, encoding="utf-8")
    return load(tmp_path / "gallra.toml")


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_row_a_day_and_a_row_a_change(config: Config, tmp_path: Path) -> None:
    rule = config.policies[0]
    with Book(tmp_path / FILE) as book:
        for hours, breaking, looked in (
            (0, 0, 10),
            (1, 0, 11),
            (2, 0, 12),
            (3, 2, 12),
            (4, 2, 13),
            (28, 2, 14),
            (29, 2, 15),
        ):
            at = NOW + hours * HOUR
            book.drifted(noted(book, [Count(rule, breaking, 0, looked)], at))
        rows = [((one.at - NOW) / HOUR, one.breaking, one.looked) for one in book.drift(rule.name)]
    assert rows == [(28, 2, 15), (3, 2, 13), (0, 0, 12)]


def test_a_clock_that_was_put_back_changes_no_row_of_before(config: Config, tmp_path: Path) -> None:
    rule = config.policies[0]
    with Book(tmp_path / FILE) as book:
        for at in (NOW, NOW - HOUR):
            book.drifted(noted(book, [Count(rule, 0, 0, 1)], at))
        assert len(book.drift(rule.name)) == 2


def test_what_was_so_then(config: Config, tmp_path: Path) -> None:
    rule = config.policies[0]
    with Book(tmp_path / FILE) as book:
        assert course(book, rule, NOW).now is None
        book.drifted(
            [Drift(rule.name, NOW - days * DAY, breaking, 0, 9) for days, breaking in ((90, 1), (31, 0), (8, 4))]
        )
        book.drifted([Drift(rule.name, NOW - 3 * DAY, 5, 0, 9), Drift(rule.name, NOW - HOUR, 2, 1, 9)])
        way = course(book, rule, NOW)
    told = [None if one is None else one.breaking for one in (way.first, way.month, way.week, way.now)]
    assert told == [1, 0, 4, 2]
    assert way.since == NOW - 8 * DAY
    with Book(tmp_path / "other") as book:
        book.drifted([Drift(rule.name, NOW - HOUR, 0, 0, 9)])
        way = course(book, rule, NOW)
    assert (way.week, way.month, way.since) == (None, None, None)
    assert way.first == way.now


def test_the_page_tells_each_rule_and_what_to_do(config: Config, tmp_path: Path) -> None:
    with Book(tmp_path / FILE) as book:
        empty = flat(render_policy(config, book, NOW))
        assert empty.startswith("2 rules of the policy: 2 not counted yet Ansökningar gamla: not counted yet")
        assert empty.count("next: run the agent (gallra run)") == 2
        book.drifted([Drift("gamla", NOW - 40 * DAY, 0, 0, 5), Drift("gamla", NOW - 2 * DAY, 3, 1, 7)])
        book.drifted([Drift("nummer", NOW - DAY, 1, 0, 12)])
        number = book.begin("chore:policies", NOW - DAY)
        book.end(number, NOW - DAY, "done", Done())
        page, told = flat(render_policy(config, book, NOW)), policy_json(config, book, NOW)
    assert page.startswith("2 rules of the policy: 1 broken, 1 kept, counted last 2026-06-14")
    assert (
        "gamla: broken since 2026-06-13 “Efter två år är de borta.” 3 break it of 7 items looked at; 1 without a"
        in page
    )
    assert "first (2026-05-06) 0, a month ago 0, a week ago 0, now 3 next: gallra cull ansökningar" in page
    assert (
        "nummer: kept “Inga personnummer.” 1 breaks it of 12 items looked at; 1 may first (2026-06-14) 1, a month"
        in page
    )
    assert json.loads(json.dumps(told)) == told
    first, second = told["policy"]
    assert (told["broken"], told["unknown"], told["counted_at"]) == (1, 0, "2026-06-14T12:00:00+00:00")
    assert first == {
        **{"rule": "gamla", "area": "Ansökningar", "says": "Efter två år är de borta.", "state": "broken"},
        **{"breaking": 3, "at_most": 0, "undated": 1, "looked": 7, "since": "2026-06-13T12:00:00+00:00"},
        "over_time": {
            "first": {"at": "2026-05-06T12:00:00+00:00", "breaking": 0, "undated": 0, "looked": 5},
            "month_ago": {"at": "2026-05-06T12:00:00+00:00", "breaking": 0, "undated": 0, "looked": 5},
            "week_ago": {"at": "2026-05-06T12:00:00+00:00", "breaking": 0, "undated": 0, "looked": 5},
            "now": {"at": "2026-06-13T12:00:00+00:00", "breaking": 3, "undated": 1, "looked": 7},
        },
        **{"cull": "ansökningar", "next": "gallra cull ansökningar"},
    }
    assert (second["state"], second["since"], second["over_time"]["week_ago"], second["next"]) == (
        "kept",
        None,
        None,
        None,
    )


def test_without_rules_it_says_so(config: Config, tmp_path: Path) -> None:
    (tmp_path / "gallra.toml").write_text(CONFIG.split("[[policy]]", maxsplit=1)[0], encoding="utf-8")
    with Book(tmp_path / FILE) as book:
        assert render_policy(load(tmp_path / "gallra.toml"), book).startswith("There are no [[policy]] rules.")


def test_each_break_is_told_once_and_again_when_it_held_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = PolicyWorld(tmp_path, monkeypatch, date(2026, 6, 15))
    world.configure(CONFIG)
    assert (world.look(), world.rows()) == (Done(), []), "nothing was scanned yet"
    world.write("filer/a.txt", PERSON)
    world.scan()
    told = []
    for others in (0, 1, 1, 0, 1):
        for number in range(others):
            world.write(f"filer/b{number}.txt", PERSON)
        if not others:
            (tmp_path / "filer" / "b0.txt").unlink(missing_ok=True)
        world.scan()
        world.now += HOUR
        world.look()
        told.append([row[1] for row in world.rows("notice", "key")])
    assert [len(one) for one in told] == [0, 1, 1, 0, 1]
    assert told[1] == told[2] != told[4]
    body = json.loads(str(world.rows("notice", "key")[0][2]))
    assert body == {
        **{"event": "drift", "key": "drift:nummer", "case": "", "source": "nummer", "due": None},
        "counts": {"breaking": 2, "untold": 0, "looked": 2},
    }


def test_marks_hold_what_was_added_and_nothing_else() -> None:
    marks, known = Marks(10), set()
    for number in (0, 7, 8, 9, 10, 11, 4096, 4097, 1_000_003, 8):
        assert marks.add(number) is (number not in known)
        known.add(number)
    assert {number for number in range(1_000_100) if number in marks} == known
