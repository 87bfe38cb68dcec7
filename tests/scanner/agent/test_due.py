"""When jobs are due: interval and cron, what was missed, what failed, what was cut off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.running import Schedule
from scanner.agent.due import FIRST_WAIT, Habit, Past, due, wait

HERE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
HOURLY = Habit("scan:kunder", Schedule(every=3600.0))
NIGHTLY = Habit("chore:culls", Schedule(cron="30 2 * * *"))


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def good(begun: datetime, seconds: float = 60.0) -> Past:
    return Past(begun=begun, ended=begun + timedelta(seconds=seconds))


def test_what_never_ran_is_due_at_once() -> None:
    assert due(HOURLY, Past(), NOW) == NOW
    assert due(NIGHTLY, Past(), NOW, HERE) == NOW


def test_what_counts_from_a_day_waits_for_its_first_time() -> None:
    assert due(NIGHTLY, Past(since=NOW), NOW, HERE) == datetime(2026, 6, 4, 0, 30, tzinfo=UTC)
    assert due(NIGHTLY, Past(since=ago(days=1)), NOW, HERE) == NOW


def test_an_interval_counts_from_the_beginning() -> None:
    assert due(HOURLY, good(ago(minutes=20)), NOW) == NOW + timedelta(minutes=40)


def test_however_many_times_were_missed_it_is_due_once() -> None:
    past = good(ago(days=30))
    assert due(HOURLY, past, NOW) == NOW
    assert due(NIGHTLY, past, NOW, HERE) == NOW
    assert due(HOURLY, good(NOW), NOW) == NOW + timedelta(hours=1)
    assert due(NIGHTLY, good(NOW), NOW, HERE) == datetime(2026, 6, 4, 0, 30, tzinfo=UTC)


def test_a_scan_that_takes_longer_than_its_interval_leaves_a_pause() -> None:
    past = Past(begun=ago(hours=3), ended=ago(seconds=10))
    assert due(HOURLY, past, NOW) == NOW + timedelta(seconds=50)
    short = replace(HOURLY, schedule=Schedule(every=2.0))
    assert due(short, Past(begun=ago(seconds=9), ended=NOW), NOW) == NOW + timedelta(seconds=2)


def test_without_a_schedule_nothing_is_due_by_the_clock() -> None:
    never = replace(HOURLY, schedule=Schedule())
    assert due(never, Past(), NOW) is None
    assert due(never, good(ago(days=9)), NOW) is None
    assert due(never, Past(broken=True), NOW) == NOW
    assert due(never, Past(failures=1, failed=NOW), NOW) == NOW + timedelta(seconds=FIRST_WAIT)


def test_what_was_cut_off_is_due_at_once() -> None:
    assert due(HOURLY, replace(good(ago(minutes=1)), broken=True), NOW) == NOW
    assert due(HOURLY, Past(failures=5, failed=NOW, broken=True), NOW) == NOW


@pytest.mark.parametrize(("failures", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 32), (9, 256), (10, 360), (4000, 360)])
def test_after_failures_the_wait_doubles_up_to_the_longest(failures: int, minutes: float) -> None:
    past = replace(good(ago(days=1)), failures=failures, failed=ago(seconds=30))
    assert due(HOURLY, past, NOW) == ago(seconds=30) + timedelta(minutes=minutes)


def test_a_short_longest_wait_holds_from_the_first_failure() -> None:
    assert wait(replace(HOURLY, longest_wait=2.0), 1) == 2.0


def test_a_clock_that_was_wrong_keeps_nothing_from_being_done() -> None:
    ahead = NOW + timedelta(days=4000)
    assert due(HOURLY, good(ahead), NOW) == NOW
    assert due(NIGHTLY, good(ahead), NOW, HERE) == NOW
    assert due(HOURLY, Past(failures=1, failed=ahead), NOW) == NOW  # a wait from now on would never end
    within = Past(begun=ago(hours=2), ended=NOW + timedelta(hours=1))  # put back while it ran
    assert due(HOURLY, within, NOW) == NOW


def test_starts_are_put_off_by_up_to_the_jitter_and_ever_by_as_much() -> None:
    past, plain = good(ago(minutes=20)), NOW + timedelta(minutes=40)
    found = [due(replace(HOURLY, name=f"scan:{number}", jitter=30.0), past, NOW) for number in range(50)]
    later = [(one - plain).total_seconds() for one in found if one is not None]
    assert len(set(later)) == len(found) == 50
    assert all(0 <= one <= 30 for one in later)
    assert max(later) - min(later) > 15
    again = [due(replace(HOURLY, name=f"scan:{number}", jitter=30.0), past, ago(minutes=1)) for number in range(50)]
    assert again == found
    short = Habit("scan:x", Schedule(every=5.0), jitter=30.0)
    at = due(short, good(ago(seconds=2), 0.0), NOW)
    assert at is not None
    assert timedelta(seconds=3) <= at - NOW <= timedelta(seconds=3.5)


def test_an_hour_that_comes_twice_brings_the_night_once() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    past = good(first, 1.0)
    assert due(NIGHTLY, past, first + timedelta(hours=1), HERE) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
