"""One agent a state folder. A lock of the kernel, so that kill -9 lets go of it; what a file says is no obstacle."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scanner.refusal import Refusal

FILE: Final = "agent.lock"
CHORES: Final = "agent-chores.lock"

_TRIES: Final = 10  # whoever only looks whether an agent runs may hold the lock for a moment
_PAUSE: Final = 0.05  # seconds


class AgentRuns(Refusal):
    """Another agent works in the state folder."""


class ChoreRuns(Refusal):
    """Another chore runs: of an agent that was killed, which ends soon."""


@contextmanager
def agent_lock(state: Path) -> Iterator[None]:
    """Be the agent of this state folder while the block runs; its pid stands in the file. Raises AgentRuns, OSError.

    The file stays there: to take it away could let two in.
    """
    handle = _open(state / FILE)
    try:
        if not _taken(handle, _TRIES):
            pid = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
            which = f" (process {pid})" if pid.isdigit() else ""
            raise AgentRuns(f"an agent runs already in this state folder{which}; gallra status says what it does")
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def chore_lock(state: Path) -> Iterator[None]:
    """Be the only chore while the block runs: two must never erase at once. Raises ChoreRuns, OSError."""
    handle = _open(state / CHORES)
    try:
        if not _taken(handle):
            raise ChoreRuns("another chore of the agent runs")
        yield
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _taken(handle: int, tries: int = 1) -> bool:
    for number in range(tries):
        if number:
            time.sleep(_PAUSE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return True
    return False
