"""When quiet hours are over."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from config.times import is_quiet, quiet
from scanner.agent.quiet import after_quiet

HERE = ZoneInfo("Europe/Stockholm")


def local(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=HERE)


CASES = [
    (["07:00-18:00"], "2026-06-03 06:59", "2026-06-03 06:59"),
    (["07:00-18:00"], "2026-06-03 07:00", "2026-06-03 18:00"),
    (["07:00-18:00"], "2026-06-03 18:00", "2026-06-03 18:00"),
    (["22:00-06:00"], "2026-06-03 23:30", "2026-06-04 06:00"),
    (["22:00-06:00"], "2026-06-03 03:00", "2026-06-03 06:00"),
    (["mon-fri 22:00-06:00"], "2026-06-06 03:00", "2026-06-06 06:00"),  # Saturday, in Friday's hours
    (["mon-fri 22:00-06:00"], "2026-06-07 03:00", "2026-06-07 03:00"),  # Sunday: Saturday has none
    (["mon-fri 22:00-06:00"], "2026-06-08 03:00", "2026-06-08 03:00"),  # Monday: Sunday has none
    (["07:00-12:00", "12:00-18:00"], "2026-06-03 08:00", "2026-06-03 18:00"),
    (["sat,sun 00:00-24:00"], "2026-06-06 10:00", "2026-06-08 00:00"),
    (["sat,sun 00:00-24:00", "22:00-06:00"], "2026-06-05 22:30", "2026-06-08 06:00"),
    (["22:00-06:00"], "2026-03-28 23:00", "2026-03-29 06:00"),  # the night is an hour short
    (["22:00-06:00"], "2026-10-24 23:00", "2026-10-25 06:00"),  # and an hour long
    (["22:00-02:30"], "2026-03-28 23:00", "2026-03-29 03:30"),  # 02:30 is not there
]


@pytest.mark.parametrize(("windows", "at", "over"), CASES)
def test_quiet_hours_end_when_they_say(windows: list[str], at: str, over: str) -> None:
    read = [quiet(one) for one in windows]
    found = after_quiet(read, local(at), HERE)
    assert found is not None
    assert found.astimezone(HERE).strftime("%Y-%m-%d %H:%M") == over
    assert not is_quiet(read, found.astimezone(HERE))


def test_an_end_that_comes_twice_is_waited_for_the_second_time() -> None:
    found = after_quiet([quiet("02:40-02:30")], local("2026-10-25 02:45"), HERE)
    assert found == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_where_all_the_week_is_quiet_there_is_no_end() -> None:
    assert after_quiet([quiet("00:00-24:00")], datetime(2026, 6, 3, tzinfo=UTC), HERE) is None


def test_without_quiet_hours_it_is_now() -> None:
    now = datetime(2026, 6, 3, tzinfo=UTC)
    assert after_quiet([], now) == now
