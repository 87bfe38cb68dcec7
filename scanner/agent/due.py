"""When a job is due: from its schedule, what is behind it, and now. Pure: no clock but the one handed in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from config.cron import read_cron
from config.running import Schedule
from scanner.agent.cron import after

FIRST_WAIT: Final = 60.0
"""Seconds before a job that failed is tried again; twice as many after each failure more."""

_DOUBLINGS: Final = 20
_REST: Final = 60.0  # seconds between the end of a job that takes longer than its interval and its next start
_SPREAD: Final = 0.1  # of an interval: the most by which a start is put off, so that short ones stay as they are


@dataclass(frozen=True, slots=True)
class Past:
    """What a job has behind it. Moments are aware.

    `begun` and `ended` are of its newest run that came to its end (of a scan: one that walked all). `failures` are
    those in a row since then, `failing` when the first of them ended and `failed` when the last did. `broken`: the
    newest run of all was cut off, or stopped by us. `since`: from when missed times count where it never ran; None: it
    is due at once then.
    """

    begun: datetime | None = None
    ended: datetime | None = None
    failures: int = 0
    failing: datetime | None = None
    failed: datetime | None = None
    broken: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Habit:
    """How a job is begun: `jitter` and `longest_wait` (seconds) as of `config.running.Schedules`."""

    name: str
    schedule: Schedule
    jitter: float = 0.0
    longest_wait: float = 21600.0


def due(habit: Habit, past: Past, now: datetime, zone: tzinfo | None = None) -> datetime | None:
    """When the job is due, `now` at the earliest; None: not by the clock. Quiet hours are not looked at.

    However many times were missed, it is due once. What was cut off is due at once; what failed, after its wait.
    """
    if past.broken:
        return now
    if past.failures and past.failed is not None:
        if past.failed > now:  # the clock was wrong then
            return now
        return max(now, past.failed + timedelta(seconds=wait(habit, past.failures)))
    at = _by_clock(habit, past, now, zone)
    return None if at is None else max(now, at)


def wait(habit: Habit, failures: int) -> float:
    """Seconds to the next try after so many failures in a row."""
    plain = min(habit.longest_wait, FIRST_WAIT * 2.0 ** min(failures - 1, _DOUBLINGS))
    return plain + min(habit.jitter, plain) * _share(habit.name, failures)


def _by_clock(habit: Habit, past: Past, now: datetime, zone: tzinfo | None) -> datetime | None:
    schedule = habit.schedule
    if not schedule.every and not schedule.cron:
        return None
    begun = past.begun or past.since
    if begun is None or begun > now:  # never; or the clock was wrong then, and nobody knows when it was
        return now
    if schedule.cron:
        at = _fires(schedule.cron, begun, zone)
        return None if at is None else at + _put_off(habit, at, habit.jitter)
    every = schedule.every
    at = begun + timedelta(seconds=every)
    if past.ended is not None and past.ended <= now:
        at = max(at, past.ended + timedelta(seconds=min(every, _REST)))
    return at + _put_off(habit, at, min(habit.jitter, every * _SPREAD))


@lru_cache(maxsize=1024)
def _fires(cron: str, begun: datetime, zone: tzinfo | None) -> datetime | None:
    return after(read_cron(cron), begun, zone)  # asked for at every event, and dear


def _put_off(habit: Habit, at: datetime, most: float) -> timedelta:
    return timedelta(seconds=most * _share(habit.name, at.timestamp()))


def _share(name: str, what: float) -> float:
    """From 0 up to 1, ever the same for the same job and time, so that looking again does not put it off again."""
    digest = hashlib.blake2b(f"{name} {what}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64
