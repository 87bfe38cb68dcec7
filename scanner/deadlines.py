"""When a request must be answered: GDPR Art. 12(3), counted as Regulation (EEC, Euratom) No 1182/71 says. Pure.

A period of months ends on the day that has the number of the day of receipt, or on the last day of a month that has
none (Art. 3(2)(c)); the day of receipt itself is not counted (Art. 3(1)). Where that is a Saturday, a Sunday or a
public holiday, it ends with the next working day (Art. 3(4)).

Swedish public holidays are those of lag (1989:253) om allmänna helgdagar. The eves of Midsummer, Christmas and New
Year are none there, and count as working days: to answer before them is never too late.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import cache

ANSWER = 1  # months, Art. 12(3) first sentence
FURTHER = 2  # months more, where the person is told of it within the first, Art. 12(3) second sentence

_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_FIXED = ((1, 1), (1, 6), (5, 1), (6, 6), (12, 25), (12, 26))
_FROM_EASTER = (-2, 0, 1, 39, 49)  # Good Friday, Easter Day and Monday, Ascension, Whit Sunday


def answer_due(received: date, region: str = "SE") -> date:
    """The last day for the answer to a request that came on `received`.

    `region` (ISO 3166) says whose public holidays count; of other countries than Sweden none are known here, and the
    day may then be earlier than the law's, never later. Raises OverflowError past the year 9999.
    """
    return next_working_day(_months_later(received, ANSWER), region)


def extended_due(received: date, region: str = "SE") -> date:
    """The last day where the person was told in time that it takes longer: three months after receipt."""
    return next_working_day(_months_later(received, ANSWER + FURTHER), region)


def next_working_day(day: date, region: str = "SE") -> date:
    """The day itself, or the first after it that is no Saturday, Sunday or public holiday."""
    while not is_working_day(day, region):
        day += _DAY
    return day


def is_working_day(day: date, region: str = "SE") -> bool:
    """True for a Monday to Friday that is no public holiday there."""
    return day.weekday() not in (_SATURDAY, _SUNDAY) and day not in holidays(day.year, region)


@cache
def holidays(year: int, region: str = "SE") -> frozenset[date]:
    """The public holidays of a year, Sundays as such left out. Empty for a country whose are not known here."""
    if region != "SE":
        return frozenset()
    easter = easter_day(year)
    days = {date(year, month, day) for month, day in _FIXED}
    days |= {easter + timedelta(days=after) for after in _FROM_EASTER}
    days.add(_first_saturday(date(year, 6, 20)))  # Midsummer Day: the Saturday of 20 to 26 June
    days.add(_first_saturday(date(year, 10, 31)))  # All Saints: the Saturday of 31 October to 6 November
    return frozenset(days)


def easter_day(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the computus in the form of Meeus, Astronomical Algorithms)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _first_saturday(day: date) -> date:
    return day + timedelta(days=(_SATURDAY - day.weekday()) % 7)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise OverflowError("a date after the year 9999")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
