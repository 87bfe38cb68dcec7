"""The agent's clock: APScheduler, which wakes the engine when the next job is due. Nothing is stored.

Each job stands there with the one moment at which it is to be looked at, which `scanner.agent.due` works out: what was
missed (the machine slept, the agent was busy) is looked at as soon as may be, once. A look every now and then besides
finds what a clock that was put forward or back has moved.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

LOOK: Final = 10
"""Seconds between two looks at everything."""

_JOB: Final[Mapping[str, Any]] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


class Alarm:
    """Calls `wake` when a moment has come, in a thread of its own."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._set: dict[str, datetime] = {}
        self._scheduler = BackgroundScheduler(timezone=UTC, job_defaults=dict(_JOB))

    def start(self) -> None:
        """Begin to count."""
        self._scheduler.add_job(self._wake, IntervalTrigger(seconds=LOOK, timezone=UTC), id="look", **_JOB)
        self._scheduler.start()

    def stop(self) -> None:
        """Wake nobody any more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def set(self, moments: Mapping[str, datetime]) -> None:
        """From now on these moments, by job, and no others."""
        for job in self._set.keys() - moments.keys():
            with contextlib.suppress(JobLookupError):  # its moment has come
                self._scheduler.remove_job(job)
        for job, moment in moments.items():
            if self._set.get(job) != moment:
                trigger = DateTrigger(moment, timezone=UTC)
                self._scheduler.add_job(self._wake, trigger, id=job, replace_existing=True, **_JOB)
        self._set = dict(moments)
