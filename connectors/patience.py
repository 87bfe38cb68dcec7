"""Waiting on purpose: for a source's pace, for its budget, before the next try. Whoever counts time is told before."""

from __future__ import annotations

import time
from collections.abc import Callable

_told: list[Callable[[float], None]] = []


def wait(seconds: float) -> None:
    """Sleep, after everybody who listens was told for how many seconds."""
    for listener in _told:
        listener(seconds)
    time.sleep(seconds)


def listen(listener: Callable[[float], None]) -> None:
    """Be told of all waits of this process, as a worker is, whose time for one item must not run out meanwhile."""
    _told.append(listener)
