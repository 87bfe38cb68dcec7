"""How fast a source is asked: so many calls, or so many bytes, a second, by all processes that ask it together."""

from __future__ import annotations

import math
import os
import struct
import threading
import time
from collections.abc import Callable

from connectors import shared
from connectors.errors import Unreachable
from connectors.patience import wait

Clock = Callable[[], float]
Sleep = Callable[[float], None]

_STATE = struct.Struct("<dd")  # when the next may be taken, and when that was written


class Pace:
    """So many takes a second, with a burst allowed. May be shared by connectors of one source; safe across threads."""

    def __init__(self, per_second: float, burst: float = 1, clock: Clock = time.monotonic, sleep: Sleep = wait) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a pace needs more than no calls a second, and a burst of one at least")
        self._gap = 1.0 / per_second
        self._slack = self._gap * (burst - 1)
        self._clock = clock
        self._sleep = sleep
        self._next = float("-inf")
        self._lock = threading.Lock()

    def take(self, amount: float = 1) -> None:
        """Wait until it is our turn. What is taken is paid for by who comes next."""
        with self._lock:
            left = self._book(amount)
        if left > 0:
            self._sleep(left)

    def _book(self, amount: float) -> float:
        """Take our place in the row; how many seconds to wait for it."""
        now = self._clock()
        due = self._place(self._next, now)
        self._next = due + self._gap * amount
        return due - now

    def _place(self, following: float, now: float) -> float:
        return max(following, now - self._slack)


class SharedPace(Pace):
    """A pace that all processes of one user on one machine keep together: where it is stands in a small locked file."""

    def __init__(
        self,
        whose: str,
        per_second: float,
        burst: float = 1,
        clock: Clock = time.monotonic,
        sleep: Sleep = wait,
    ) -> None:
        """`whose` pace it is: those that say the same share it. `clock` is one that all processes agree on."""
        super().__init__(per_second, burst, clock, sleep)
        self._name = f"{shared.named(whose)}.pace"

    def _book(self, amount: float) -> float:
        try:
            descriptor = shared.locked(shared.folder() / self._name, wait=True)
        except OSError:
            raise Unreachable("the folder for temporary files cannot be used, where its pace is kept") from None
        assert descriptor is not None
        try:
            now = self._clock()
            due = self._place(_read(descriptor, now), now)
            os.pwrite(descriptor, _STATE.pack(due + self._gap * amount, now), 0)
        finally:
            os.close(descriptor)
        return due - now


def _read(descriptor: int, now: float) -> float:
    """When the next may be taken. What was written later than now is from before the machine was started anew."""
    data = os.pread(descriptor, _STATE.size, 0)
    if len(data) != _STATE.size:
        return float("-inf")
    following: float
    following, written = _STATE.unpack(data)
    return following if written <= now and math.isfinite(following) else float("-inf")
