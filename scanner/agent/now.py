"""What the agent does at this moment, for the file that `gallra status` reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from scanner.agent.foreman import Foreman
from scanner.agent.live import FAILING, IDLE, NOT_WATCHED, QUIET, RUNNING, WAITING, Live, LiveJob, write_live
from scanner.agent.plans import Plan

_OLD: Final = 30.0  # seconds after which it is written again, though nothing has changed


@dataclass(slots=True)
class Now:
    """`refused` and `problems` as of `Live`."""

    path: Path
    started: datetime
    config_read: datetime
    refused: datetime | None = None
    problems: int = 0
    live: Live = field(init=False)
    _written: Live | None = None

    def __post_init__(self) -> None:
        self.live = Live(os.getpid(), self.started, self.started, self.config_read)

    def look(self, foreman: Foreman, watches: Mapping[str, str], now: datetime) -> None:
        """Take in how things are, and write them down where that is news. Raises OSError."""
        before = self.live.jobs
        jobs = {name: _job(foreman, plan, watches, now) for name, plan in foreman.plans.items()}
        for name, job in jobs.items():
            old = before.get(name)
            if job.since is None:
                jobs[name] = replace(job, since=old.since if old and old.state == job.state else now)
        told = (self.config_read, self.refused, self.problems, foreman.stopping)
        self.live = Live(self.live.pid, self.started, now, *told, jobs=jobs)
        if self._written is None or self._is_news(now):
            write_live(self.path, self.live)
            self._written = self.live

    def _is_news(self, now: datetime) -> bool:
        assert self._written is not None
        old = abs((now - self._written.written).total_seconds()) > _OLD
        return old or replace(self.live, written=self._written.written) != self._written


def _job(foreman: Foreman, plan: Plan, watches: Mapping[str, str], now: datetime) -> LiveJob:
    watch = watches.get(plan.source, NOT_WATCHED) if plan.source else NOT_WATCHED
    running = foreman.running.get(plan.name)
    if running is not None:
        return LiveJob(RUNNING, running.begun, None, plan.past.failures, watch)
    due, begins = plan.due(now, foreman.zone), plan.begins(now, foreman.zone)
    at, past = None if plan.over else begins, plan.past
    if (plan.hold is not None and plan.busy) or (at is not None and at <= now):
        return LiveJob(WAITING, plan.waits, at, past.failures, watch)
    if past.failures:
        return LiveJob(FAILING, past.failing, at, past.failures, watch)
    state = QUIET if due is not None and due <= now else IDLE
    return LiveJob(state, None, at, 0, watch)
