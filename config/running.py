"""What an admin wrote about `gallra run`: schedules, notices, the log, the health endpoint. Part of `config.model`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nothing is begun: from `begin` up to `end`, past midnight where `end` is the earlier.

    `days` are those that it begins on (0 is Monday); none: every day. Local time.
    """

    begin: time
    end: time
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is due: `every` so many seconds, or by `cron` (five fields, local time); never both.

    Neither: never by the clock. Within `quiet` hours nothing is begun.
    """

    every: float = 0.0
    cron: str = ""
    quiet: tuple[Quiet, ...] = ()


HOURLY = Schedule(every=3600.0)
"""When a source is scanned that says nothing, nor does `[schedule]`."""


@dataclass(frozen=True, slots=True)
class Schedules:
    """The `[schedule]` table, for `gallra run`.

    `sources` is for each source that has no schedule of its own; `night` is when the chores of the night are done.
    `at_once` sources are scanned at the same time at most, and `per_server` of those that lie on one server. A start is
    put off by up to `jitter` seconds, so that not all begin together. After a failure a source is tried again later and
    later, up to `longest_wait` seconds.
    """

    sources: Schedule = HOURLY
    night: Schedule = Schedule(cron="30 2 * * *")
    at_once: int = 2
    per_server: int = 2
    jitter: float = 30.0
    longest_wait: float = 21600.0


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told by `gallra run`, by mail (through `[smtp]`) and by a webhook; nothing names a person.

    `events` are those of EVENTS that are told; `secret` is a reference: what the webhook's body is signed with.
    """

    mail: tuple[str, ...] = ()
    webhook: str = ""
    secret: str = ""
    events: tuple[str, ...] = ()


EVENTS = (
    *("returned", "hold-ended", "culled", "deadline", "task", "erased"),
    *("failing", "recovered", "drift", "attention"),
)
"""What notices are about: see docs/agent.md."""


@dataclass(frozen=True, slots=True)
class Log:
    """The agent's log. `file` None: stderr. It is turned over at `max_bytes`, and `keep` old ones stay."""

    file: Path | None = None
    format: str = "text"
    level: str = "info"
    max_bytes: int = 10_000_000
    keep: int = 5


@dataclass(frozen=True, slots=True)
class Health:
    """Where the agent tells how it is: `127.0.0.1:9618`, `[::1]:9618` or `unix:/path`; "": nowhere."""

    listen: str = ""
