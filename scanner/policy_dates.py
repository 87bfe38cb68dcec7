"""The calendar of the rules: financial years, spans, and the last day through which something is kept. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from config.model import Span

_EARLIEST = 1970  # what seems older was read wrongly, or is not a document of these rules: its year counts as unknown
_AHEAD = timedelta(days=731)  # a document may be dated ahead; what lies further off was read wrongly


def financial_year_end(day: date, month_day: str) -> date:
    """The last day of the financial year that the day falls in.

    `month_day` is MM-DD as in `[company] financial_year_end`; 02-29 is the last day of February in every year.
    """
    month, number = map(int, month_day.split("-"))
    this_year = _day(day.year, month, number)
    return this_year if day <= this_year else _day(day.year + 1, month, number)


def kept_through(day: date, span: Span, month_day: str) -> date:
    """The last day of the span that begins with the day; the day after it, the span has ended.

    From "financial-year-end" it is the last day of the calendar year that many years after the one in which the
    financial year of the day closed (Bokföringslagen 7 kap. 2 §). Else it is the same day number, or the last of the
    month. Raises OverflowError past the year 9999.
    """
    if span.start == "financial-year-end":
        return _day(financial_year_end(day, month_day).year + span.years, 12, 31)
    months = day.year * 12 + day.month - 1 + 12 * span.years + span.months
    return _day(months // 12, months % 12 + 1, day.day) + timedelta(days=span.days)


def plausible(day: date | None, today: date) -> date | None:
    """The day, or None where it cannot be a date that a rule may count from."""
    return day if day is not None and day.year >= _EARLIEST and day - today <= _AHEAD else None


def _day(year: int, month: int, number: int) -> date:
    """The day of that month, or the last one it has."""
    if year > date.max.year:
        raise OverflowError("past the year 9999")
    return date(year, month, min(number, monthrange(year, month)[1]))
