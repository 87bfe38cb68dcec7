"""Waiting for other processes that use the index: in short sleeps, so that Ctrl-C and a stop are heard meanwhile."""

from __future__ import annotations

import fcntl
import os
import random
import time
from typing import Final

WRITING: Final = 900.0
"""Seconds that a writer waits for another: one that rewrites the file, for an erasure, takes a minute a GB."""

_SHORTEST: Final = 0.002  # seconds; doubled with each try
_LONGEST: Final = 0.05


class Patience:
    """What SQLite asks when another process is in the way: again, or give up? For `set_busy_handler`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = 0.0

    def __call__(self, tries: int) -> bool:
        """Sleep a while; False once the time is over. SQLite counts `tries` anew for each thing that it waits for."""
        now = time.monotonic()
        if tries == 0:
            self._until = now + self._seconds
        if now >= self._until:
            return False
        pause(tries)
        return True


def pause(tries: int) -> None:
    """Sleep longer with each try, up to a twentieth of a second, and never all waiting processes equally long."""
    time.sleep(min(_SHORTEST * 2 ** min(tries, 10), _LONGEST) * random.uniform(0.5, 1.0))  # noqa: S311 - no secret


def take(handle: int, seconds: float) -> bool:
    """Take the lock of an opened file, for us alone; False where another process still has it after so long."""
    until = time.monotonic() + seconds
    tries = 0
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            pause(tries)
            tries += 1
        else:
            return True


def opened_lock(path: str | os.PathLike[str], mode: int = 0o600) -> int:
    """A descriptor of a lock file, made if it is new. Not inherited by programs that we start."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
