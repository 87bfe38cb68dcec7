"""What is begun when, and what follows from how it ended: with processes that only pretend, and a clock of our own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest
import structlog

from config.model import Agent, Config, Source
from config.running import Schedule, Schedules
from config.times import quiet
from scanner.agent.book import Book
from scanner.agent.chores import AFTER_SCAN, NIGHTLY
from scanner.agent.done import Done
from scanner.agent.foreman import Foreman
from scanner.agent.order import BUSY, Answer, Order
from scanner.agent.process import Ended

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
HOURLY = Schedule(every=3600.0)
AFTER = {f"chore:{name}" for name in AFTER_SCAN}


class Pretended:
    def __init__(self, order: Order, world: World) -> None:
        self.order, self._world = order, world

    def stop(self) -> None:
        self._world.told.append(f"stop {self.order.job}")

    def kill(self) -> None:
        self._world.told.append(f"kill {self.order.job}")


class World:
    """A foreman, its Book, and a clock that moves when it is told to."""

    def __init__(self, folder: Path, *sources: Source, **schedules: object) -> None:
        self.now, self.orders, self.told, self.broken = NOW, list[Order](), list[str](), False
        self.book = Book(folder / "agent.sqlite")
        usual = Schedules(**{"jitter": 0.0, "sources": HOURLY, **schedules})  # type: ignore[arg-type]
        agent = Agent(folder)
        self.config = Config(folder / "gallra.toml", agent, sources=sources, schedules=usual)
        self.again()

    def again(self) -> None:
        """The agent is started anew."""
        self.book.cut_off(self.now)
        log = structlog.wrap_logger(structlog.PrintLogger(io.StringIO()))
        self.foreman = Foreman(self.config, self.book, log, self._begin, self.now, UTC)

    def _begin(self, order: Order) -> Pretended:
        if self.broken:
            raise OSError("no more processes")
        self.orders.append(order)
        return Pretended(order, self)

    def after(self, **span: float) -> set[str]:
        """Let time pass, and say which jobs were begun."""
        self.now += timedelta(**span)
        before = len(self.orders)
        self.later = self.foreman.consider(self.now)
        return {order.job for order in self.orders[before:]}

    def order(self, job: str) -> Order:
        return next(order for order in reversed(self.orders) if order.job == job)

    def end(self, job: str, outcome: str = "done", code: int = 0, *, changed: int = 0, seconds: float = 1.0) -> None:
        """A job does what a job does: it notes its end and answers."""
        self.now += timedelta(seconds=seconds)
        order = self.order(job)
        if outcome != BUSY:
            counts = {"changed": changed} | ({} if order.paths is None else {"paths": len(order.paths)})
            self.book.end(order.run, self.now, outcome, Done(code, counts if job.startswith("scan:") else {}))
        self.foreman.ended(Ended(job, order.run, Answer(order.run, outcome, code, bool(changed)), code), self.now)

    def die(self, job: str, code: int = -9) -> None:
        self.foreman.ended(Ended(job, self.order(job).run, None, code), self.now)

    def run_all(self, code: int = 0, outcome: str = "done") -> list[str]:
        """Begin and end whatever is due, until nothing is; the jobs in the order in which they were begun."""
        first = len(self.orders)
        while self.after() or self.foreman.running:
            for job in list(self.foreman.running):
                self.end(job, outcome, code)
        return [order.job for order in self.orders[first:]]


def source(name: str, kind: str = "folder", schedule: Schedule | None = None, **settings: str) -> Source:
    return Source(name, kind, settings, no_backup=True, schedule=schedule)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, source("kunder"), source("post", "imap", host="mail.example"))
    yield made
    made.book.close()


def calm(world: World) -> World:
    """All that follows from a first start is done."""
    world.run_all()
    world.after(seconds=10)
    assert not world.foreman.running
    return world


def test_at_the_first_start_all_sources_are_due_and_the_night_is_not(world: World) -> None:
    assert world.after() == {"scan:kunder", "scan:post"}
    assert world.order("scan:kunder").paths is None
    assert set(world.later) == {f"chore:{name}" for name in NIGHTLY}
    assert world.after(minutes=59) == set(), "no second one while the first runs"


def test_the_next_scan_is_due_an_hour_after_the_last_began(world: World) -> None:
    world.after()
    world.end("scan:kunder", seconds=600)
    assert world.after() == set()
    assert world.later["scan:kunder"] == NOW + timedelta(hours=1)
    assert world.after(minutes=50) == {"scan:kunder"}


def test_after_a_restart_what_is_not_due_waits_and_what_was_cut_off_does_not(world: World) -> None:
    world.after()
    world.end("scan:kunder")
    world.again()
    begun = world.after(minutes=5)
    assert begun - AFTER == {"scan:post"}
    assert begun & AFTER, "what was cut off may have changed something"
    cut = world.book.runs("scan:post", 2)[1]
    assert (cut.outcome, cut.ended is None) == ("cut-off", False)


def test_many_missed_nights_are_one(world: World) -> None:
    calm(world)
    assert world.after(days=12) >= {"chore:resume"}
    begun = ["chore:resume", *world.run_all()]
    assert [job for job in begun if job.removeprefix("chore:") in NIGHTLY] == [f"chore:{name}" for name in NIGHTLY]
    world.again()
    assert world.after() == set()
    assert {world.later[f"chore:{name}"] for name in NIGHTLY} == {datetime(2026, 6, 16, 2, 30, tzinfo=UTC)}


def test_chores_run_one_after_another_and_a_failing_one_keeps_none_from_it(world: World) -> None:
    calm(world)
    world.after(hours=15)
    seen: list[str] = []
    while chores := [job for job in world.foreman.running if job.startswith("chore:")]:
        assert len(chores) == 1
        seen += chores
        world.end(chores[0], "failed", 1)
        world.after()
    assert seen == [f"chore:{name}" for name in NIGHTLY]
    assert world.later["chore:resume"] <= world.now + timedelta(seconds=60), "and is tried again in a minute"


def test_changed_paths_are_looked_at_at_once_and_the_schedule_stays(world: World) -> None:
    calm(world)
    due = world.later["scan:kunder"]
    world.foreman.changed("kunder", frozenset({"a.txt"}))
    world.foreman.changed("kunder", frozenset({"b"}))
    assert world.after() == {"scan:kunder"}
    assert world.order("scan:kunder").paths == frozenset({"a.txt", "b"})
    world.foreman.changed("kunder", frozenset({"c"}))
    assert world.after() == set(), "what comes meanwhile waits"
    world.end("scan:kunder")
    assert world.after() == {"scan:kunder"}
    assert world.order("scan:kunder").paths == frozenset({"c"})
    world.end("scan:kunder")
    world.after()
    assert world.later["scan:kunder"] == due


def test_what_is_lost_or_too_much_is_a_walk_of_all(world: World) -> None:
    calm(world)
    world.foreman.changed("kunder", frozenset({"a"}))
    world.foreman.changed("kunder", None)
    world.foreman.changed("kunder", frozenset({"b"}))
    world.after()
    assert world.order("scan:kunder").paths is None
    world.end("scan:kunder")
    world.foreman.changed("kunder", frozenset(f"{number}" for number in range(900)))
    world.foreman.changed("kunder", frozenset(f"x{number}" for number in range(101)))
    world.after()
    assert world.order("scan:kunder").paths is None


def test_changes_of_what_is_due_by_the_clock_too_become_its_walk(world: World) -> None:
    calm(world)
    world.foreman.changed("kunder", frozenset({"a"}))
    assert world.after(hours=1) >= {"scan:kunder"}
    assert world.order("scan:kunder").paths is None


def test_a_scan_of_changes_that_fails_becomes_a_walk_after_its_wait(world: World) -> None:
    calm(world)
    world.foreman.changed("kunder", frozenset({"a"}))
    world.after()
    world.end("scan:kunder", "failed", 5)
    world.foreman.changed("kunder", frozenset({"b"}))
    assert world.after(seconds=30) == set()
    assert world.after(seconds=31) == {"scan:kunder"}
    assert world.order("scan:kunder").paths is None


def test_a_source_that_is_back_is_not_waited_for_long(world: World) -> None:
    calm(world)
    world.after(hours=1)
    for _ in range(6):
        world.end("scan:kunder", "failed", 5)
        world.run_all()
        world.after(seconds=(world.later["scan:kunder"] - world.now).total_seconds())
    world.end("scan:kunder", "failed", 5)
    world.run_all()
    assert world.later["scan:kunder"] > world.now + timedelta(hours=1)
    world.foreman.changed("kunder", None)
    world.after()
    assert world.later["scan:kunder"] <= world.now + timedelta(seconds=60)


def test_after_a_scan_that_changed_something_what_follows_is_done_once(world: World) -> None:
    world.after()
    world.end("scan:kunder", changed=1)
    world.end("scan:post", changed=1)
    assert set(world.run_all()) == AFTER
    calm(world)
    world.after(hours=1)
    world.end("scan:kunder")
    world.end("scan:post")
    assert world.after() == set(), "nothing changed, nothing follows"


def test_what_should_have_followed_is_not_lost_with_the_agent(world: World) -> None:
    world.after()
    world.end("scan:kunder", changed=1)
    world.end("scan:post")
    world.again()
    assert world.after() & AFTER
    calm(world)
    world.again()
    assert world.after() == set()


def test_a_job_that_is_killed_has_failed_and_is_tried_again_later_and_later(world: World) -> None:
    calm(world)
    world.after(hours=1)
    world.die("scan:kunder")
    died = world.now
    run = world.book.last("scan:kunder")
    assert run is not None
    assert (run.outcome, run.error) == ("failed", "its process was ended by signal 9")
    waits = []
    for _ in range(4):
        world.run_all()
        waits.append((world.later["scan:kunder"] - died).total_seconds())
        assert world.after(seconds=(world.later["scan:kunder"] - world.now).total_seconds()) >= {"scan:kunder"}
        world.die("scan:kunder")
        died = world.now
    assert waits == [60, 120, 240, 480]


def test_three_failures_are_told_once_and_its_recovery_once(world: World) -> None:
    world.after()
    world.end("scan:kunder")
    for number in range(5):
        assert "scan:post" in world.foreman.running or "scan:post" in world.after(hours=8)
        world.end("scan:post", "failed", 5)
        events = [one.notice.event for one in world.book.notices()]
        assert events == (["failing"] if number >= 2 else [])
    world.after(hours=8)
    world.end("scan:post")
    assert [(one.notice.event, one.notice.source) for one in world.book.notices()] == [("recovered", "post")]
    for _ in range(3):
        world.after(hours=8)
        world.end("scan:post", "failed", 5)
    assert sorted(one.notice.event for one in world.book.notices()) == ["failing", "recovered"]


def test_a_busy_source_is_tried_again_soon_under_the_same_number_and_has_not_failed(world: World) -> None:
    world.after()
    first = world.order("scan:kunder").run
    for _ in range(300):
        world.end("scan:kunder", BUSY)
        assert world.after() <= AFTER | {"scan:kunder"}
        assert "scan:kunder" in world.after(seconds=31)
        assert world.order("scan:kunder").run == first
    world.end("scan:kunder")
    runs = world.book.runs("scan:kunder")
    assert [(run.id, run.outcome) for run in runs] == [(first, "done")]


def test_changed_paths_are_not_lost_when_the_source_is_busy(world: World) -> None:
    calm(world)
    world.foreman.changed("kunder", frozenset({"a"}))
    world.after()
    world.end("scan:kunder", BUSY)
    world.foreman.changed("kunder", frozenset({"b"}))
    world.after(seconds=10)
    assert world.order("scan:kunder").paths == frozenset({"a", "b"})


def test_in_quiet_hours_nothing_is_begun_changes_neither(tmp_path: Path) -> None:
    hours = Schedule(every=3600.0, quiet=(quiet("11:00-13:00"),))
    world = World(tmp_path, source("kunder", schedule=hours), source("andra"))
    assert world.after() == {"scan:andra"}
    world.foreman.changed("kunder", frozenset({"a"}))
    assert world.after(minutes=30) == set()
    assert world.later["scan:kunder"] == datetime(2026, 6, 3, 13, tzinfo=UTC)
    assert "scan:kunder" in world.after(minutes=30)


def test_limits_hold_and_who_waits_longest_comes_first(tmp_path: Path) -> None:
    world = World(tmp_path, *(source(name) for name in "abcd"), at_once=2)
    assert world.after() == {"scan:a", "scan:b"}
    world.end("scan:a")
    assert world.after() == {"scan:c"}
    world.foreman.changed("a", None)
    world.end("scan:b")
    assert world.after() == {"scan:d"}
    world.end("scan:c")
    assert world.after() == {"scan:a"}


def test_a_process_that_cannot_be_started_is_a_failure_and_no_hot_loop(world: World) -> None:
    world.broken = True
    assert world.after() == set()
    run = world.book.last("scan:kunder")
    assert run is not None
    assert run.outcome == "failed"
    world.broken = False
    assert not world.after(seconds=30) & {"scan:kunder", "scan:post"}
    assert world.after(seconds=30) >= {"scan:kunder"}


def test_when_it_stops_nothing_is_begun_and_what_ran_is_due_at_the_next_start(world: World) -> None:
    world.after()
    world.foreman.stop()
    assert world.told == ["stop scan:kunder", "stop scan:post"]
    world.end("scan:kunder", "stopped")
    world.die("scan:post", -9)
    assert world.after(hours=2) == set()
    assert {run.outcome for run in world.book.runs()} == {"stopped"}
    world.again()
    assert world.after() >= {"scan:kunder", "scan:post"}


def test_another_configuration_takes_the_place_of_the_old_and_what_runs_goes_on(world: World) -> None:
    calm(world)
    world.after(hours=1)
    world.foreman.changed("post", frozenset({"x"}))
    config = replace(world.config, sources=(source("post", "imap", host="mail.example"), source("ny")))
    world.foreman.reload(config, world.foreman.log, world.now)
    assert world.after() == {"scan:ny"} or "scan:ny" in world.foreman.plans
    assert "scan:kunder" not in world.foreman.plans
    world.end("scan:kunder")
    world.end("scan:post")
    assert "scan:ny" in world.foreman.running or "scan:ny" in world.after()
    assert world.order("scan:ny").settings == config


def test_once_does_what_is_due_and_ends(world: World) -> None:
    world.foreman.only_once(world.now, night=False)
    world.after()
    assert set(world.foreman.running) == {"scan:kunder", "scan:post"}
    world.end("scan:kunder", "incomplete", 3, changed=1)
    assert world.after() == set(), "what follows waits for the last scan"
    assert not world.foreman.is_done
    world.end("scan:post", "failed", 5)
    assert set(world.run_all()) == AFTER
    assert world.foreman.is_done
    assert sorted(world.foreman.codes) == [0, 0, 3, 5]


def test_once_at_night_does_the_chores_of_the_night_whatever_the_time(world: World) -> None:
    calm(world)
    world.again()
    world.foreman.only_once(world.now, night=True)
    assert world.run_all() == [f"chore:{name}" for name in NIGHTLY]
    assert world.foreman.is_done


def test_once_tries_what_failed_a_moment_ago(world: World) -> None:
    world.after()
    world.end("scan:kunder")
    world.end("scan:post", "failed", 5)
    world.again()
    world.foreman.only_once(world.now, night=False)
    assert "scan:post" in world.after()
    assert "scan:kunder" not in world.foreman.running


def test_an_end_that_could_not_be_noted_is_noted_later_and_the_job_is_not_begun_beside_itself(world: World) -> None:
    calm(world)
    assert "scan:kunder" in world.after(hours=2)
    world.book._db.execute("PRAGMA query_only = ON")
    for _ in range(2):
        with pytest.raises(apsw.ReadOnlyError):
            world.die("scan:kunder")
        with suppress(apsw.ReadOnlyError):
            assert "scan:kunder" not in world.after(hours=2)
    world.book._db.execute("PRAGMA query_only = OFF")
    world.die("scan:kunder")
    (run,) = world.book.runs("scan:kunder", 1)
    assert (run.outcome, run.id) == ("failed", world.order("scan:kunder").run)
    assert "scan:kunder" in world.after(minutes=5)


def test_what_fails_lets_others_go_first_but_not_for_ever(tmp_path: Path) -> None:
    every = Schedule(every=60.0)
    names = [f"s{number}" for number in range(9)]
    world = World(tmp_path, *(source(name, schedule=every) for name in names), at_once=1, longest_wait=1.0)
    tried = 0
    for _ in range(120):  # with nine sources of 20 seconds each, one is always due
        for job in world.after(seconds=1) & {f"scan:{name}" for name in names}:
            tried += job == "scan:s0"
            world.end(job, *(("failed", 5) if job == "scan:s0" else ()), seconds=20)
    assert 3 <= tried <= 10
    world.book.close()


def test_a_clock_that_is_put_back_keeps_nothing_waiting(world: World) -> None:
    calm(world)
    assert "scan:kunder" in world.after(hours=2)
    world.end("scan:kunder", BUSY)
    world.now -= timedelta(days=2)
    assert "scan:kunder" in world.after()
    world.end("scan:kunder", "failed", 5)
    world.now -= timedelta(days=2)
    assert "scan:kunder" in world.after()
