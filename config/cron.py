"""Cron texts of five fields: minute, hour, day of the month, month, day of the week. No library is needed to read them.

What a scheduler is handed is free of what schedulers read differently: days of the week stand by name (cron counts from
Sunday, others from Monday), and a text with both a day of the month and one of the week is refused.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Days of the week as `datetime.weekday` counts them."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PART: Final = re.compile(r"(?:(\*)|([a-z]+|[0-9]{1,2})(?:-([a-z]+|[0-9]{1,2}))?)(?:/([0-9]{1,2}))?")
_HOW: Final = (
    'write five fields: minute, hour, day of the month, month, day of the week, as in "30 2 * * mon-fri"; every two '
    'hours is every = "2h"'
)
_LEAP_YEAR: Final = 2000


@dataclass(frozen=True, slots=True)
class Cron:
    """When a cron text fires; `weekdays` are counted from Monday, which is 0. `text` is it for any scheduler."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Field:
    what: str
    first: int
    last: int
    names: Mapping[str, int]


_FIELDS: Final = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Field("day of the week", 0, 7, {name: (number + 1) % 7 for number, name in enumerate(DAYS)}),
)


def read_cron(text: str) -> Cron:
    """The cron text, read. Raises ValueError with a sentence for an admin."""
    parts = text.lower().split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"has {len(parts)} fields; {_HOW}")
    minutes, hours, days, months, weekdays = (_values(*one) for one in zip(_FIELDS, parts, strict=True))
    if parts[2] != "*" and parts[4] != "*":
        raise ValueError(
            "has a day of the month and a day of the week, which some read as both and some as either: leave one as *"
        )
    if not any(min(days) <= monthrange(_LEAP_YEAR, month)[1] for month in months):
        raise ValueError("is never due: none of its months has such a day")
    of_week = frozenset((day - 1) % 7 for day in weekdays)
    month = "*" if len(months) == len(_MONTHS) else ",".join(str(one) for one in sorted(months))
    week = "*" if len(of_week) == len(DAYS) else ",".join(DAYS[one] for one in sorted(of_week))
    return Cron(" ".join((*parts[:3], month, week)), minutes, hours, days, months, of_week)


def days_of(text: str) -> tuple[int, ...]:
    """Days of the week as `mon-fri` and `sat,sun` say them, from Monday, which is 0; past Sunday where it is needed.

    Raises ValueError.
    """
    found: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        begin, end = _day(first), _day(last if dash else first)
        found.update((begin + number) % len(DAYS) for number in range((end - begin) % len(DAYS) + 1))
    return tuple(sorted(found))


def _day(text: str) -> int:
    if text not in DAYS:
        raise ValueError(f'"{text}" is no day of the week; known: {", ".join(DAYS)}')
    return DAYS.index(text)


def _values(field: _Field, text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f'"{part}" is no {field.what}; {_HOW}')
        found |= _range(field, part, match.groups())
    return frozenset(found)


def _range(field: _Field, part: str, groups: Sequence[str | None]) -> set[int]:
    """The values of one part of a field: `*`, `7`, `1-5`, each of the ranges with a step."""
    star, low, high, step = groups
    first = field.first if star else _number(field, low or "")
    last = field.last if star else _number(field, high or low or "")
    if step is not None and not (star or high):
        raise ValueError(f'"{part}": a step goes with * or a range, as in */{step} or {first}-{field.last}/{step}')
    if field.names and last < first and last == 0:
        last = field.last  # "fri-sun": Sunday is 0 and 7
    if last < first:
        raise ValueError(f'"{part}" ends before it begins: write two ranges, with a comma between them')
    width = int(step or 1)
    if step is not None and not 1 <= width <= last - first:
        raise ValueError(f'"{part}": a step must be 1 at least, and no longer than its range')
    top = last - 1 if star and field.last == 7 else last  # with *, Sunday counts once
    return set(range(first, top + 1, width))


def _number(field: _Field, text: str) -> int:
    value = field.names.get(text, int(text) if text.isdigit() else -1)
    if not field.first <= value <= field.last:
        raise ValueError(f'"{text}" is no {field.what} ({field.first} to {field.last}); {_HOW}')
    return value
