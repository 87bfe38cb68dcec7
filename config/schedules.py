"""When something is due: the `[schedule]` table, and the keys of a source or backup that say the same for it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from config.cron import read_cron
from config.fields import Table, table
from config.model import Source
from config.problems import Problems
from config.running import Schedule, Schedules
from config.times import clock, is_clock, quiet, seconds, wrong

KEYS = ("every", "cron", "quiet", "night", "at_once", "per_server", "jitter", "longest_wait")
"""The keys of the table."""

COMMON = ("every", "cron", "quiet", "watch", "bytes_per_second")
"""The keys of `gallra run` that every kind of source and backup takes."""

WATCHED = ("folder", "maildir")
"""The kinds that can be watched for changes."""

_NEVER = "never"
_MOST_AT_ONCE = 64
_NIGHT = 'must be a time, as in "02:30", a cron text, or how often, as in "12h"'


def schedules(document: Mapping[str, Any], problems: Problems) -> Schedules:
    """The `[schedule]` table."""
    found = table(document, "schedule", problems)
    found.refuse_unknown(KEYS)
    usual = Schedules()
    return Schedules(
        sources=_schedule(found, usual.sources),
        night=_night(found, usual.night),
        at_once=int(found.number("at_once", int, _MOST_AT_ONCE) or usual.at_once),
        per_server=int(found.number("per_server", int, _MOST_AT_ONCE) or usual.per_server),
        jitter=_duration(found, "jitter", usual.jitter, zero=True),
        longest_wait=_duration(found, "longest_wait", usual.longest_wait),
    )


def running(found: Table, place: Source, usual: Schedule) -> Source:
    """The source or backup with what its table says about its runs; what is wrong is noted.

    What of its schedule it does not say is as `[schedule]` has it, `usual`.
    """
    own = any(key in found.values for key in ("every", "cron", "quiet"))
    budget = found.number("bytes_per_second", int, zero=True)
    return replace(
        place,
        schedule=_schedule(found, usual) if own else None,
        watch=_watch(found, place),
        bytes_per_second=int(budget or 0),
    )


def _schedule(found: Table, usual: Schedule) -> Schedule:
    if "every" in found.values and "cron" in found.values:
        found.problem('cannot go with "every": take one of them out', "cron")
    hours = found.texts("quiet", wrong(quiet)) if "quiet" in found.values else None
    windows = usual.quiet if hours is None else tuple(quiet(one) for one in hours)
    if "cron" in found.values:
        text = found.checked("cron", "", wrong(read_cron))
        return Schedule(cron=read_cron(text).text if text else "", quiet=windows)
    if "every" not in found.values:
        return replace(usual, quiet=windows)
    if found.values["every"] == _NEVER:
        return Schedule(quiet=windows)
    return Schedule(every=_duration(found, "every", usual.every), quiet=windows)


def _night(found: Table, usual: Schedule) -> Schedule:
    if "night" not in found.values:
        return usual
    text = found.checked("night", "", wrong(_read_night))
    return _read_night(text) if text else usual


def _read_night(text: str) -> Schedule:
    """A schedule from a time, a cron text or a duration. Raises ValueError."""
    if is_clock(text):
        at = clock(text)
        return Schedule(cron=f"{at.minute} {at.hour} * * *")
    if " " in text.strip():
        return Schedule(cron=read_cron(text).text)
    try:
        return Schedule(every=seconds(text))
    except ValueError:
        raise ValueError(_NIGHT) from None


def _duration(found: Table, key: str, usual: float, *, zero: bool = False) -> float:
    if key not in found.values:
        return usual
    read = partial(seconds, zero=zero)
    text = found.checked(key, "", wrong(read))
    return read(text) if text else usual


def _watch(found: Table, place: Source) -> bool | None:
    if "watch" not in found.values:
        return None
    wanted = found.flag("watch", default=False)
    if wanted and (place.backup or place.kind not in WATCHED):
        what = "a backup" if place.backup else f'kind "{place.kind}"'
        kinds = " and ".join(WATCHED)
        found.problem(f'{what} cannot be watched, only sources of kind {kinds}: use "every" or "cron"', "watch")
    return wanted
