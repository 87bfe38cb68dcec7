"""Cron texts: what a scheduler that others wrote makes of them is what they were read as."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from config.cron import days_of, read_cron

TEXTS = [
    ("0 * * * *", "0 * * * *"),
    ("*/15  8-17 * * MON-FRI", "*/15 8-17 * * mon,tue,wed,thu,fri"),
    ("30 2 * * 0", "30 2 * * sun"),
    ("30 2 * * 7", "30 2 * * sun"),
    ("30 2 * * fri-sun", "30 2 * * fri,sat,sun"),
    ("30 2 * * sun-tue", "30 2 * * mon,tue,sun"),
    ("30 2 * * 1-5", "30 2 * * mon,tue,wed,thu,fri"),
    ("30 2 * * */2", "30 2 * * tue,thu,sat,sun"),
    ("30 2 * * 0-7", "30 2 * * *"),
    ("0 0 1,15 jan-jun/2 *", "0 0 1,15 1,3,5 *"),
    ("5,10-20/5 0 29 2 *", "5,10-20/5 0 29 2 *"),
]


@pytest.mark.parametrize(("text", "told"), TEXTS)
def test_days_are_named_and_all_else_stays(text: str, told: str) -> None:
    assert read_cron(text).text == told


def next_by_reading(text: str, after: datetime) -> datetime:
    cron = read_cron(text)
    moment = after
    while not (moment.month in cron.months and moment.day in cron.days and moment.weekday() in cron.weekdays):
        moment = (moment + timedelta(days=1)).replace(hour=0, minute=0)
    while moment.hour not in cron.hours or moment.minute not in cron.minutes:
        before = moment
        moment += timedelta(minutes=1)
        if moment.date() != before.date():
            return next_by_reading(text, moment)
    return moment


@pytest.mark.parametrize("text", [text for text, _ in TEXTS])
def test_a_scheduler_fires_when_it_was_read_to(text: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    trigger = CronTrigger.from_crontab(read_cron(text).text, UTC)
    for _ in range(5):
        due = trigger.get_next_fire_time(None, moment)
        assert due == next_by_reading(text, moment)
        moment = due + timedelta(minutes=1)


PART = st.one_of(
    st.just("*"),
    st.integers(0, 12).map(str),
    st.tuples(st.integers(0, 8), st.integers(0, 12)).map(lambda pair: f"{pair[0]}-{pair[1]}"),
    st.integers(1, 9).map(lambda step: f"*/{step}"),
    st.tuples(st.integers(1, 4), st.integers(5, 7), st.integers(1, 3)).map(lambda t: f"{t[0]}-{t[1]}/{t[2]}"),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(PART, min_size=1, max_size=2).map(",".join), min_size=5, max_size=5).map(" ".join))
def test_what_is_taken_a_scheduler_takes(text: str) -> None:
    try:
        cron = read_cron(text)
    except ValueError as error:
        assert str(error)
        return
    start = datetime(2026, 3, 5, 11, 7, tzinfo=UTC)
    assert CronTrigger.from_crontab(cron.text, UTC).get_next_fire_time(None, start) == next_by_reading(cron.text, start)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@daily", "has 1 fields; write five fields"),
        ("0 0 * * * *", "has 6 fields"),
        ("60 * * * *", '"60" is no minute (0 to 59)'),
        ("* 24 * * *", '"24" is no hour (0 to 23)'),
        ("* * 0 * *", '"0" is no day of the month (1 to 31)'),
        ("* * * 13 *", '"13" is no month'),
        ("* * * * 8", '"8" is no day of the week'),
        ("* * * * mån", '"mån" is no day of the week'),
        ("* * * * weekday", '"weekday" is no day of the week'),
        ("5/15 * * * *", '"5/15": a step goes with * or a range, as in */15'),
        ("*/60 * * * *", "a step must be 1 at least, and no longer than its range"),
        ("*/0 * * * *", "a step must be 1 at least"),
        ("* 22-6 * * *", '"22-6" ends before it begins: write two ranges'),
        (", * * * *", '"" is no minute'),
        ("0 3 1-7 * mon", "has a day of the month and a day of the week"),
        ("0 3 31 2,4 *", "is never due: none of its months has such a day"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="") as caught:
        read_cron(text)
    assert said in str(caught.value)


def test_days_of_the_week() -> None:
    assert days_of("mon-fri") == (0, 1, 2, 3, 4)
    assert days_of("Sat,SUN") == (5, 6)
    assert days_of("fri-mon") == (0, 4, 5, 6)
    assert days_of("wed") == (2,)
    for wrong in ("", "mon-", "monday", "mon-fri-sun", "1-5"):
        with pytest.raises(ValueError, match="is no day of the week"):
            days_of(wrong)
