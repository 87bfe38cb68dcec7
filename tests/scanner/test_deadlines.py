"""Dates are from printed calendars and from the examples of the EDPB's Guidelines 01/2022; weekdays from `calendar`."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.deadlines import answer_due, easter_day, extended_due, holidays, is_working_day, next_working_day

EASTER = (
    *("1954-04-18", "1961-04-02", "1981-04-19", "2000-04-23", "2008-03-23", "2011-04-24", "2018-04-01", "2019-04-21"),
    *("2020-04-12", "2021-04-04", "2022-04-17", "2023-04-09", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28"),
    *("2028-04-16", "2029-04-01", "2030-04-21", "2031-04-13", "2035-03-25", "2038-04-25", "2049-04-18", "2076-04-19"),
)
# The Swedish almanac: New Year, Epiphany, Good Friday, Easter, Easter Monday, May Day, Ascension, Whitsun, National
# Day, Midsummer Day, All Saints, Christmas Day, Boxing Day.
ALMANAC = {
    2024: "01-01 01-06 03-29 03-31 04-01 05-01 05-09 05-19 06-06 06-22 11-02 12-25 12-26",
    2025: "01-01 01-06 04-18 04-20 04-21 05-01 05-29 06-08 06-06 06-21 11-01 12-25 12-26",
    2026: "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-06 06-20 10-31 12-25 12-26",
    2027: "01-01 01-06 03-26 03-28 03-29 05-01 05-06 05-16 06-06 06-26 11-06 12-25 12-26",
}
DAYS = st.dates(date(2018, 5, 25), date(2120, 1, 1))


@pytest.mark.parametrize("day", EASTER)
def test_easter(day: str) -> None:
    assert easter_day(int(day[:4])) == date.fromisoformat(day)


@pytest.mark.parametrize("year", ALMANAC)
def test_swedish_public_holidays(year: int) -> None:
    assert holidays(year) == {date.fromisoformat(f"{year}-{day}") for day in ALMANAC[year].split()}
    assert holidays(year, "DK") == frozenset()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2021-03-05", "2021-04-06"),  # Monday 5 April is Easter Monday
        ("2021-08-31", "2021-09-30"),  # September has no 31st (EDPB, example)
        ("2026-01-05", "2026-02-05"),
        ("2026-01-12", "2026-02-12"),  # as any Thursday
        ("2026-01-28", "2026-03-02"),  # 28 February 2026 is a Saturday
        ("2026-01-29", "2026-03-02"),  # February has no 29th; its last day is that Saturday
        ("2026-01-31", "2026-03-02"),
        ("2024-01-29", "2024-02-29"),  # a leap year has
        ("2024-01-31", "2024-02-29"),
        ("2024-02-29", "2024-04-02"),  # 29 March is Good Friday, then a week-end, then Easter Monday
        ("2026-03-03", "2026-04-07"),  # Good Friday 3 April to Easter Monday 6 April
        ("2026-03-31", "2026-04-30"),
        ("2026-04-01", "2026-05-04"),  # Friday 1 May, then a week-end
        ("2026-04-14", "2026-05-15"),  # Ascension Day, Thursday 14 May; the Friday after is a working day
        ("2026-05-06", "2026-06-08"),  # National Day on a Saturday
        ("2025-05-06", "2025-06-09"),  # National Day on a Friday
        ("2026-05-19", "2026-06-19"),  # Midsummer Eve is no public holiday in the act
        ("2026-05-20", "2026-06-22"),  # Midsummer Day is
        ("2026-09-30", "2026-10-30"),
        ("2026-10-01", "2026-11-02"),  # 1 November, a Sunday after All Saints
        ("2026-11-24", "2026-12-24"),  # Christmas Eve is no public holiday in the act
        ("2026-11-25", "2026-12-28"),  # Christmas Day and Boxing Day, then a Sunday
        ("2025-11-30", "2025-12-30"),
        ("2025-12-01", "2026-01-02"),  # New Year's Day
        ("2025-12-06", "2026-01-07"),  # Epiphany
        ("2025-12-31", "2026-02-02"),  # 31 January 2026 is a Saturday
    ],
)
def test_the_answer_is_due_one_month_after_receipt(received: str, due: str) -> None:
    assert answer_due(date.fromisoformat(received)).isoformat() == due


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-01-05", "2026-04-07"),  # Easter Day 5 April; counted from receipt, not from the first month's last day
        ("2025-11-30", "2026-03-02"),  # the last day of February is a Saturday
        ("2026-01-31", "2026-04-30"),
        ("2026-10-15", "2027-01-15"),
        ("2026-07-31", "2026-11-02"),  # 31 October is All Saints, a Saturday
    ],
)
def test_extended_it_is_three_months(received: str, due: str) -> None:
    assert extended_due(date.fromisoformat(received)).isoformat() == due


def test_elsewhere_only_weekends_count_so_that_it_is_never_later_than_the_law_says() -> None:
    assert answer_due(date(2026, 3, 6), "DE") == date(2026, 4, 6)
    assert answer_due(date(2026, 3, 6), "SE") == date(2026, 4, 7)
    assert answer_due(date(2026, 3, 4), "DE") == date(2026, 4, 6)


@settings(deadline=None)
@given(DAYS)
def test_it_is_a_working_day_in_the_next_month_or_just_after(received: date) -> None:
    due = answer_due(received)
    assert is_working_day(due)
    assert due.weekday() < 5
    year, month = (received.year + 1, 1) if received.month == 12 else (received.year, received.month + 1)
    plain = date(year, month, min(received.day, calendar.monthrange(year, month)[1]))
    assert plain <= due <= plain + timedelta(days=4)
    assert not any(is_working_day(plain + timedelta(days=number)) for number in range((due - plain).days))
    assert 28 <= (due - received).days <= 35
    assert extended_due(received) > due
    assert answer_due(received, "XX") <= due


@settings(deadline=None)
@given(DAYS, DAYS)
def test_what_came_later_is_not_due_earlier(one: date, other: date) -> None:
    first, second = sorted((one, other))
    assert answer_due(first) <= answer_due(second)
    assert extended_due(first) <= extended_due(second)


@settings(deadline=None)
@given(DAYS)
def test_easter_is_a_sunday_in_spring(day: date) -> None:
    easter = easter_day(day.year)
    assert easter.weekday() == 6
    assert date(day.year, 3, 22) <= easter <= date(day.year, 4, 25)
    assert next_working_day(easter) == easter + timedelta(days=2)


def test_the_end_of_the_calendar_is_an_overflow() -> None:
    with pytest.raises(OverflowError):
        answer_due(date(9999, 12, 1))
