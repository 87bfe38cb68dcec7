"""When cron texts fire, compared with a walk from minute to minute, also over the days on which the clock is moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.cron import read_cron
from scanner.agent.cron import after

HERE = ZoneInfo("Europe/Stockholm")
SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)


def fires(text: str, begin: datetime, hours: int, zone: ZoneInfo = HERE) -> list[datetime]:
    cron, found, at = read_cron(text), [], begin
    while (following := after(cron, at, zone)) is not None and following < begin + timedelta(hours=hours):
        assert following > at
        found.append(following)
        at = following
    return found


def walked(minutes: set[int], begin: datetime, hours: int, zone: ZoneInfo = HERE) -> Iterator[datetime]:
    """Every minute whose time on the wall fits, the second coming of an hour too."""
    for number in range(1, hours * 60):
        moment = begin + timedelta(minutes=number)
        if moment.astimezone(zone).minute in minutes:
            yield moment


@pytest.mark.parametrize("begin", [SPRING, AUTUMN, datetime(2026, 6, 1, tzinfo=UTC)])
@pytest.mark.parametrize(("text", "minutes"), [("0 * * * *", {0}), ("*/15 * * * *", {0, 15, 30, 45})])
def test_what_is_meant_for_every_hour_comes_in_every_hour(begin: datetime, text: str, minutes: set[int]) -> None:
    assert fires(text, begin, 40) == list(walked(minutes, begin, 40))


def test_a_clock_that_is_moved_by_half_an_hour() -> None:
    howe = ZoneInfo("Australia/Lord_Howe")
    back, forward = datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC)
    assert fires("10,40 * * * *", back, 30, howe) == list(walked({10, 40}, back, 30, howe))
    # 02:10 is left out, and comes when the clock shows 02:40, which comes itself: once
    assert fires("10,40 * * * *", forward, 30, howe) == list(walked({10, 40}, forward, 30, howe))
    later = datetime(2026, 10, 3, 15, 40, tzinfo=UTC)
    assert fires("10 * * * *", forward, 30, howe) == sorted([*walked({10}, forward, 30, howe), later])


def test_an_ordinary_day_and_a_second_between_two_minutes() -> None:
    begin = datetime(2026, 6, 1, 7, 30, 0, 1, tzinfo=UTC)
    assert after(read_cron("30 9 * * *"), begin, HERE) == datetime(2026, 6, 2, 7, 30, tzinfo=UTC)
    assert after(read_cron("30 9 * * *"), begin - timedelta(seconds=1), HERE) == datetime(2026, 6, 1, 7, 30, tzinfo=UTC)


def test_a_time_that_the_clock_leaves_out_comes_an_hour_later_and_once() -> None:
    walls = [one.astimezone(HERE).strftime("%d %H:%M") for one in fires("30 2 * * *", SPRING, 60)]
    assert walls == ["29 03:30", "30 02:30"]


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    moments = fires("30 2 * * *", AUTUMN, 60)
    assert moments == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


def test_days_of_the_week_count_from_sunday_as_cron_has_it() -> None:
    begin = datetime(2026, 6, 3, tzinfo=UTC)  # a Wednesday
    for text in ("0 6 * * 0", "0 6 * * 7", "0 6 * * sun"):
        found = after(read_cron(text), begin, HERE)
        assert found is not None
        assert found.astimezone(HERE).strftime("%a %H:%M") == "Sun 06:00"


def test_a_leap_day_is_waited_for() -> None:
    found = after(read_cron("0 0 29 2 *"), datetime(2096, 3, 1, tzinfo=UTC), UTC)
    assert found == datetime(2104, 2, 29, tzinfo=UTC)  # 2100 has none


def test_months_and_steps() -> None:
    begin = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
    assert after(read_cron("5 4 1 */3 *"), begin, UTC) == datetime(2026, 4, 1, 4, 5, tzinfo=UTC)
    assert after(read_cron("0 8-10 * * mon-fri"), begin, UTC) == datetime(2026, 2, 2, 8, tzinfo=UTC)


def test_where_midnight_is_left_out() -> None:
    beirut = ZoneInfo("Asia/Beirut")  # 2026-03-29: from 00:00 to 01:00
    found = after(read_cron("0 0 * * *"), datetime(2026, 3, 28, 12, tzinfo=UTC), beirut)
    assert found is not None
    assert found.astimezone(beirut).strftime("%d %H:%M") == "29 01:00"
