"""What `gallra status` says of an agent that runs, one that does not, and one that was killed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from config.model import Backup, Config, PolicyRule, Source
from config.running import Schedule, Schedules
from scanner.agent.book import Book, Drift
from scanner.agent.chores import AFTER_SCAN, NIGHTLY
from scanner.agent.done import Done
from scanner.agent.live import Live, LiveJob, write_live
from scanner.agent.lock import agent_lock
from scanner.agent.status import Held, Job, Snapshot, now_of, take
from scanner.agent.status_json import as_json
from tests.scanner.agent.told_world import FIRST, NOW, SECOND, book, config, notify, put, smtp

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
JOB = "scan:kunder"


def ran(path: Path, job: str, begun: datetime, outcome: str | None, done: Done = Done()) -> None:  # noqa: B008 - frozen
    """A run of a minute; None: it has not ended."""
    with Book(path) as record:
        number = record.begin(job, begun)
        if outcome is not None:
            record.end(number, begun + MINUTE, outcome, done)


def live(**jobs: LiveJob) -> Live:
    named = {name.replace("_", ":"): one for name, one in jobs.items()}
    return Live(os.getpid(), NOW - HOUR, NOW, NOW - HOUR, jobs=named)


def of(snapshot: Snapshot, job: str = JOB) -> Job:
    (found,) = (one for one in snapshot.jobs if one.job == job)
    return found


def test_where_no_agent_ever_ran_all_is_never_and_that_is_told(tmp_path: Path) -> None:
    one = now_of(config(tmp_path), NOW)
    assert (one.pid, one.live, one.code) == (None, None, 3)
    assert {job.state for job in one.jobs} == {"never"}
    assert one.problems == ("the agent does not run: start it with gallra run",)
    assert [job.name for job in one.chores] == list(dict.fromkeys([*AFTER_SCAN, *NIGHTLY]))
    assert list((tmp_path / "state").iterdir()) == []


def test_where_nothing_is_to_be_done_by_the_clock_nobody_needs_an_agent(tmp_path: Path) -> None:
    never = Schedules(sources=Schedule(), night=Schedule())
    assert now_of(config(tmp_path, schedules=never), NOW).code == 0


def test_an_agent_that_runs_and_does_its_work_is_well(tmp_path: Path) -> None:
    path = book(tmp_path)
    ran(path, JOB, NOW - 2 * HOUR, "done", Done(counts={"items": 3, "gaps": 1}))
    ran(path, JOB, NOW - HOUR, "incomplete", Done(3, {"items": 4}))
    ran(path, JOB, NOW - MINUTE, "done", Done(counts={"items": 1, "paths": 1}))
    told = live(scan_kunder=LiveJob("idle", None, NOW + MINUTE, 0, "watched"))
    one = take(config(tmp_path), NOW, told, held={"kunder": Held(120, 3)})
    assert (one.pid, one.code, one.problems) == (os.getpid(), 0, ())
    job = of(one)
    assert (job.state, job.next, job.watch, job.held) == ("idle", NOW + MINUTE, "watched", Held(120, 3))
    assert job.last is not None
    assert job.last.begun == NOW - MINUTE
    assert job.good is not None
    assert job.good.begun == NOW - HOUR  # the newest that walked all


def test_what_runs_is_told_with_its_beginning_with_and_without_the_agent_s_own_word(tmp_path: Path) -> None:
    path = book(tmp_path)
    ran(path, JOB, NOW - MINUTE, None)
    with_word = take(config(tmp_path), NOW, live(scan_kunder=LiveJob("running", NOW)))
    without = take(config(tmp_path), NOW, live())
    for one in (with_word, without):
        assert (of(one).state, of(one).since) == ("running", NOW - MINUTE)
    assert of(take(config(tmp_path), NOW, None)).state == "never"  # nobody does it: the agent was killed


def test_failures_in_a_row_are_told_since_the_first_and_with_the_last_reason(tmp_path: Path) -> None:
    path = book(tmp_path)
    ran(path, JOB, NOW - 5 * HOUR, "failed", Done(5, error="long ago"))
    ran(path, JOB, NOW - 4 * HOUR, "done")
    ran(path, JOB, NOW - 3 * HOUR, "failed", Done(5, error="first"))
    ran(path, JOB, NOW - 2 * HOUR, "stopped")
    ran(path, JOB, NOW - HOUR, "failed", Done(1, error="the server does not answer"))
    for told in (None, live(scan_kunder=LiveJob("failing", NOW, NOW + HOUR, 2))):
        one = take(config(tmp_path), NOW, told)
        job = of(one)
        assert (job.state, job.failures, job.since) == ("failing", 2, NOW - 3 * HOUR + MINUTE)
        assert "kunder failed 2 times in a row: the server does not answer" in one.problems
        assert one.code == 3


def test_a_source_that_is_not_reached_has_a_code_of_its_own(tmp_path: Path) -> None:
    ran(book(tmp_path), JOB, NOW - HOUR, "failed", Done(5, error="no answer"))
    assert take(config(tmp_path), NOW, live(scan_kunder=LiveJob("failing", NOW, NOW, 1))).code == 5


def test_what_was_cut_off_is_failing_while_nobody_does_it_again(tmp_path: Path) -> None:
    path = book(tmp_path)
    ran(path, JOB, NOW - HOUR, None)
    with Book(path) as record:
        assert record.cut_off(NOW) == 1
    assert of(take(config(tmp_path), NOW, None)).state == "failing"


@pytest.mark.parametrize(
    ("job", "word"),
    [
        (LiveJob("idle", None, NOW - HOUR), "kunder was due 60 minutes ago and has not begun"),
        (LiveJob("idle", None, NOW + HOUR, 0, "lost: not mounted"), "kunder is not watched for now (not mounted)"),
    ],
)
def test_what_the_agent_forgets_or_cannot_see_is_told(tmp_path: Path, job: LiveJob, word: str) -> None:
    ran(book(tmp_path), JOB, NOW - 3 * HOUR, "done")
    one = take(config(tmp_path), NOW, live(scan_kunder=job))
    assert [word in problem for problem in one.problems] == [True]
    assert one.code == 3


def test_what_failed_is_told_while_it_is_tried_again(tmp_path: Path) -> None:
    path = book(tmp_path)
    ran(path, JOB, NOW - HOUR, "failed", Done(5, error="no answer"))
    ran(path, JOB, NOW, None)
    one = take(config(tmp_path), NOW, live(scan_kunder=LiveJob("running", NOW, None, 1)))
    assert (of(one).state, one.problems, one.code) == ("running", ("kunder failed: no answer",), 5)


def test_watching_may_take_its_time_to_begin(tmp_path: Path) -> None:
    ran(book(tmp_path), JOB, NOW - MINUTE, "done")
    told = replace(live(scan_kunder=LiveJob("idle", None, NOW + HOUR, 0, "lost")), config_read=NOW - MINUTE)
    assert take(config(tmp_path), NOW, told).code == 0


@pytest.mark.parametrize("state", ["waiting", "quiet", "running"])
def test_what_waits_for_its_turn_is_not_forgotten(tmp_path: Path, state: str) -> None:
    ran(book(tmp_path), JOB, NOW - 3 * HOUR, "done")
    one = take(config(tmp_path), NOW, live(scan_kunder=LiveJob(state, None, NOW - HOUR)))
    assert (of(one).state, one.code) == (state, 0)


def test_a_configuration_that_was_refused_is_told(tmp_path: Path) -> None:
    one = take(config(tmp_path), NOW, replace(live(), refused=NOW, problems=2))
    assert "the configuration was refused" in one.problems[0]
    assert one.problems[0].endswith(f"have it read again: kill -HUP {live().pid}")
    assert as_json(one)["agent"]["config_problems"] == 2


def test_when_it_is_due_without_an_agent(tmp_path: Path) -> None:
    ran(book(tmp_path), JOB, NOW - 10 * MINUTE, "done")
    schedules = Schedules(jitter=0.0)
    assert of(take(config(tmp_path, schedules=schedules), NOW, None)).next == NOW + 50 * MINUTE
    daily = config(tmp_path, schedules=schedules)
    own = replace(daily.sources[0], schedule=Schedule(every=86400.0))
    assert of(take(replace(daily, sources=(own,)), NOW, None)).next == NOW + 24 * HOUR - 10 * MINUTE


def test_a_running_agent_is_known_by_its_lock_and_not_by_what_it_left(tmp_path: Path) -> None:
    settings, state = config(tmp_path), tmp_path / "state"
    write_live(state / "agent.json", live(scan_kunder=LiveJob("running", NOW)))
    gone = now_of(settings, NOW)
    assert (gone.pid, gone.live, of(gone).state) == (None, None, "never")
    with agent_lock(state):
        one = now_of(settings, NOW)
        assert (one.pid, of(one).state) == (os.getpid(), "running")
        write_live(state / "agent.json", replace(live(), pid=os.getpid() + 1))
        assert now_of(settings, NOW).live is None  # an older agent's


def both(folder: Path) -> Config:
    return config(folder, smtp=smtp(1), notify=notify(mail=("it@invex.example",), events=("failing",)))


def mute(folder: Path) -> Config:
    return config(folder)


@pytest.mark.parametrize(("settings", "untold", "newest"), [(both, 1, ["failing"]), (mute, 0, ["failing", "deadline"])])
def test_notices_that_wait_or_that_nobody_is_told(
    tmp_path: Path, settings: Callable[[Path], Config], untold: int, newest: list[str]
) -> None:
    path = book(tmp_path)
    put(path, FIRST)
    put(path, SECOND, now=NOW + MINUTE)
    told = as_json(take(settings(tmp_path), NOW, None))["notices"]
    assert (told["untold"], [one["event"] for one in told["newest"]]) == (untold, newest)


def test_a_notice_that_was_put_off_still_waits_and_is_told_of(tmp_path: Path) -> None:
    path = book(tmp_path)
    put(path, SECOND)
    with Book(path) as record:
        (one,) = record.untold(NOW, mail=True, webhook=False)
        record.sent(replace(one, tries=3, next=NOW + 9 * HOUR))
    snapshot = take(both(tmp_path), NOW, live())
    assert snapshot.untold == 1
    assert snapshot.problems == ("1 notice could not be sent yet",)


def test_the_json_has_every_source_chore_and_rule(tmp_path: Path) -> None:
    rule = PolicyRule(name="ansökningar")
    copy = Source("nas", "restic", {}, tmp_path, backup=True)
    path = book(tmp_path)
    with Book(path) as record:
        record.drifted([Drift("ansökningar", NOW, 4, 1, 90)])
    ran(path, "chore:culls", NOW - HOUR, "done", Done(counts={"items": 2}))
    settings = config(tmp_path, policies=(rule,), backups=(Backup(copy, ("kunder",)),))
    told = as_json(take(settings, NOW, live()))
    assert list(told) == ["ok", "problems", "agent", "sources", "chores", "notices", "drift"]
    assert [(one["source"], one["kind"], one["backup"]) for one in told["sources"]] == [
        ("kunder", "folder", False),
        ("nas", "restic", True),
    ]
    (culls,) = (one for one in told["chores"] if one["chore"] == "culls")
    assert culls["last_good"]["counts"] == {"items": 2}
    assert culls["last_good"]["begun"] == "2026-11-23T11:00:00+00:00"
    looked = {"rule": "ansökningar", "at": "2026-11-23T12:00:00+00:00", "breaking": 4, "undated": 1, "looked": 90}
    assert told["drift"] == [looked]


def test_an_agent_that_has_noted_nothing_for_long_is_told_of(tmp_path: Path) -> None:
    (problem,) = take(config(tmp_path), NOW + 5 * MINUTE, live()).problems
    assert "noted nothing for 5 minutes" in problem
    assert take(config(tmp_path), NOW + MINUTE, live()).problems == ()
