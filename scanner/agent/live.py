"""`agent.json` in the state folder: what only the running agent knows, written by it and read by `gallra status`.

No personal data: names of jobs, moments and counts. It is replaced whole, so that a reader sees the old or the new one;
what an agent left behind that was killed is told apart by its lock, not by this file.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from scanner.agent.lock import FILE as LOCK

FILE: Final = "agent.json"
IDLE: Final = "idle"
RUNNING: Final = "running"
WAITING: Final = "waiting"
"""Due, and put off: too many run at once, or something else has the source."""
FAILING: Final = "failing"
"""Its last run failed, and it is tried again at `next`."""
QUIET: Final = "quiet"
"""Due, and put off until its quiet hours are over."""
STATES: Final = (IDLE, RUNNING, WAITING, FAILING, QUIET)

NOT_WATCHED: Final = ""
WATCHED: Final = "watched"
POLLED: Final = "polled"
LOST: Final = "lost"
"""It should be watched, and is not for now: its folder is away, or the system has no watches left."""
IN_PART: Final = "watched in part"
"""Some of its folders are not watched."""

_LARGEST: Final = 8 << 20  # bytes of the file


@dataclass(frozen=True, slots=True)
class LiveJob:
    """One job (`scan:kunder`, `chore:culls`) as the agent has it now.

    `state` is one of STATES, `since` when that began. `next` is when it is next begun: None where nothing is planned.
    `failures` are those in a row. `watch`, for scans, is one of the words above, with ": " and the
    reason where there is one.
    """

    state: str = IDLE
    since: datetime | None = None
    next: datetime | None = None
    failures: int = 0
    watch: str = NOT_WATCHED


@dataclass(frozen=True, slots=True)
class Live:
    """The agent now. All moments are aware.

    `since` is when it started, `written` when this was noted, `config_read` when the configuration was read that it
    goes by. `refused`: it was told to read it again then, and the file had so many `problems` that the old one goes on;
    None where the newest one is in force. `stopping`: it waits for its jobs to end, and begins none.
    """

    pid: int
    since: datetime
    written: datetime
    config_read: datetime
    refused: datetime | None = None
    problems: int = 0
    stopping: bool = False
    jobs: Mapping[str, LiveJob] = field(default_factory=dict)


def write_live(path: Path, live: Live) -> None:
    """Replace the file at `path` (mode 0600) in one step. Raises OSError: the old one is whole then.

    It is not brought to the disk by force: after a power cut no agent runs, and nobody believes it.
    """
    beside = path.with_name(f"{path.name}.new")
    with open(beside, "w", encoding="utf-8", opener=_private) as stream:
        json.dump(asdict(live), stream, default=_text)
    beside.replace(path)


def read_live(path: Path) -> Live | None:
    """What the file says; None where there is none, or none that this version understands."""
    try:
        with open(path, "rb") as stream:
            raw = json.loads(stream.read(_LARGEST))
        jobs = {str(name): _job(one) for name, one in raw.pop("jobs").items()}
        raw |= {name: _moment(raw[name]) for name in ("since", "written", "config_read", "refused")}
        return Live(jobs=jobs, **raw)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def holder(state: Path) -> int | None:
    """The process of the agent that runs with this state folder; 0 where it does not say, None where none runs.

    The kernel is asked: what an agent that was killed left behind says nothing. For that the lock is held for a moment,
    shared, by who asks.
    """
    try:
        handle = os.open(state / LOCK, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
        return int(pid) if pid.isdigit() else 0
    finally:
        os.close(handle)
    return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _text(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def _job(raw: dict[str, Any]) -> LiveJob:
    since, following = _moment(raw.pop("since")), _moment(raw.pop("next"))
    return LiveJob(since=since, next=following, **raw)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
