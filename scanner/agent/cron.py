"""When a cron text fires next, in local time, also where the clock is put forward or back. Pure.

APScheduler's own reading of cron texts has gone round in circles on such days, or fired at moments that do not exist,
in several of the versions that gallra takes (its issues 529, 980, 1021, 1036); so it is only told the moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from config.cron import Cron

_DAYS: Final = 9 * 366  # a 29 February comes within eight years, also where a century leaves one out
_HOURS: Final = 24


def after(cron: Cron, moment: datetime, zone: tzinfo | None = None) -> datetime | None:
    """The first moment after this one at which it fires, in UTC; None where that is not within nine years.

    `zone` None is the system's. A time that the clock leaves out in spring fires an hour later by the clock. One that
    comes twice in autumn fires the first time only, unless every hour is meant: then it fires both times.
    """
    local = moment.astimezone(zone)
    for number in range(_DAYS):
        day = local.date() + timedelta(days=number)
        if day.month in cron.months and day.day in cron.days and day.weekday() in cron.weekdays:
            found = min((one for one in _moments(cron, day, zone) if one > moment), default=None)
            if found is not None:
                return found
    return None


def _moments(cron: Cron, day: date, zone: tzinfo | None) -> Iterator[datetime]:
    for hour in cron.hours:
        for minute in cron.minutes:
            wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
            first, again = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
            yield first
            if again > first and len(cron.hours) == _HOURS:  # it comes twice; where it is left out, it is before
                yield again
