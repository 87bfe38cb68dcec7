"""Financial years and last days, against dates worked out by hand from the statute."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config.model import Span
from scanner.policy_dates import financial_year_end, kept_through, plausible

YEARS = Span("financial-year-end", years=7)


@pytest.mark.parametrize(
    ("day", "end", "closed"),
    [
        ("2019-12-31", "12-31", "2019-12-31"),
        ("2019-01-01", "12-31", "2019-12-31"),
        ("2019-06-30", "06-30", "2019-06-30"),
        ("2019-07-01", "06-30", "2020-06-30"),
        ("2020-02-29", "02-29", "2020-02-29"),
        ("2020-03-01", "02-29", "2021-02-28"),
        ("2021-02-28", "02-29", "2021-02-28"),
        ("2020-02-29", "02-28", "2021-02-28"),
        ("2021-04-30", "04-30", "2021-04-30"),
    ],
)
def test_the_financial_year_that_a_day_falls_in(day: str, end: str, closed: str) -> None:
    assert financial_year_end(date.fromisoformat(day), end) == date.fromisoformat(closed)


@pytest.mark.parametrize(
    ("day", "end", "last"),
    [
        ("2019-03-01", "12-31", "2026-12-31"),
        ("2019-06-30", "06-30", "2026-12-31"),  # the year closed in 2019
        ("2019-07-01", "06-30", "2027-12-31"),  # the next one closes in 2020
        ("2018-07-01", "06-30", "2026-12-31"),
        ("2019-12-31", "12-31", "2026-12-31"),
        ("2020-01-01", "12-31", "2027-12-31"),
    ],
)
def test_kept_through_the_seventh_year_after_the_one_in_which_it_closed(day: str, end: str, last: str) -> None:
    assert kept_through(date.fromisoformat(day), YEARS, end) == date.fromisoformat(last)


def test_every_day_of_forty_years_lies_in_the_year_that_ends_next() -> None:
    for end in ("12-31", "06-30", "02-29", "04-30"):
        day = date(1999, 1, 1)
        while day < date(2039, 1, 1):
            closed = financial_year_end(day, end)
            assert day <= closed < day + timedelta(days=366)
            day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "span", "last"),
    [
        ("2024-01-31", Span("received", months=1), "2024-02-29"),
        ("2023-01-31", Span("received", months=1), "2023-02-28"),
        ("2024-02-29", Span("received", years=1), "2025-02-28"),
        ("2024-11-15", Span("received", months=24), "2026-11-15"),
        ("2024-12-15", Span("created", years=1, months=1, days=10), "2026-01-25"),
        ("2024-12-31", Span("created", days=1), "2025-01-01"),
    ],
)
def test_months_end_on_the_same_day_number_or_the_last(day: str, span: Span, last: str) -> None:
    assert kept_through(date.fromisoformat(day), span, "12-31") == date.fromisoformat(last)


def test_past_the_calendar_is_said() -> None:
    with pytest.raises(OverflowError):
        kept_through(date(9999, 1, 1), Span("received", years=1), "12-31")


def test_what_was_read_wrongly_is_no_day() -> None:
    today = date(2026, 11, 22)
    assert [plausible(date(year, 1, 1), today) for year in (1924, 2036, 9999)] == [None, None, None]
    assert plausible(date(2027, 5, 1), today) == date(2027, 5, 1)
    assert plausible(None, today) is None
