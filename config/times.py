"""Durations ("15m"), times of the day ("02:30") and quiet hours ("mon-fri 22:00-06:00"), as an admin writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, time
from typing import Final

from config.cron import DAYS, days_of
from config.running import Quiet

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION: Final = re.compile(r"([0-9]{1,9})([smhd])")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_QUIET: Final = re.compile(r"(?:(\S+) +)?([0-9]{2}:[0-9]{2}) ?- ?([0-9]{2}:[0-9]{2})")
_LONGEST: Final = 366 * 86400
_MIDNIGHT: Final = "24:00"
_HOW_LONG: Final = 'must say how long, as in "30s", "15m", "2h" or "1d"'
_HOW_QUIET: Final = 'must be hours to be quiet in, as in "07:00-18:00" or "mon-fri 22:00-06:00"'


def seconds(text: str, *, zero: bool = False) -> float:
    """How long a duration is. Raises ValueError: no duration, none at all (but with `zero`), or above a year."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(_HOW_LONG)
    found = int(match[1]) * _UNITS[match[2]]
    if not (0 if zero else 1) <= found <= _LONGEST:
        raise ValueError(f"{_HOW_LONG}: {'0s' if zero else '1s'} at least, and 366d at most")
    return float(found)


def is_clock(text: str) -> bool:
    """True for a time of the day, "02:30"."""
    return _CLOCK.fullmatch(text.strip()) is not None


def clock(text: str) -> time:
    """The time of the day; "24:00" is midnight. Raises ValueError."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None and text != _MIDNIGHT:
        raise ValueError(f'"{text}" is no time of the day: write it as "07:30"')
    return time(int(match[1]), int(match[2])) if match else time()


def quiet(text: str) -> Quiet:
    """Quiet hours. Those of a whole day, "00:00-24:00", end where they begin. Raises ValueError."""
    match = _QUIET.fullmatch(text.strip())
    if match is None:
        raise ValueError(_HOW_QUIET)
    begin, end = match[2], match[3]
    if begin in (end, _MIDNIGHT):
        raise ValueError('ends where it begins: write "00:00-24:00" for a whole day')
    if clock(begin) == clock(end) and end != _MIDNIGHT:
        raise ValueError(_HOW_QUIET)
    days = days_of(match[1]) if match[1] else ()
    return Quiet(clock(begin), clock(end), () if len(days) == len(DAYS) else days)


def wrong(read: Callable[[str], object]) -> Callable[[str], str | None]:
    """What a reader that raises ValueError finds wrong with a text, as the checks of a table answer it."""

    def said(text: str) -> str | None:
        try:
            read(text)
        except ValueError as error:
            return str(error)
        return None

    return said


def is_quiet(windows: Iterable[Quiet], moment: datetime) -> bool:
    """True where a moment (local time) lies within quiet hours: their beginning does, their end does not."""
    return any(_within(one, moment.weekday(), moment.time()) for one in windows)


def _within(window: Quiet, weekday: int, now: time) -> bool:
    """Hours past midnight belong to the day that they begin on."""
    if window.begin < window.end:
        return _on(window, weekday) and window.begin <= now < window.end
    return (_on(window, weekday) and now >= window.begin) or (_on(window, (weekday - 1) % 7) and now < window.end)


def _on(window: Quiet, weekday: int) -> bool:
    return not window.days or weekday in window.days
