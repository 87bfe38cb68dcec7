"""Whether work grows by the square: how long it takes is never asserted, only what four times as much costs."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

_MOST = 12  # times as long for four times as much: 4 is linear, 16 is a square
_LEAST = 0.003  # seconds below which the clock tells little
_TRIES = 6  # a busy machine makes single runs look worse than they are, never all of them


def is_steep(work: Callable[[int], object], count: int) -> bool:
    """True where `work(4 * count)` costs far more than four times `work(count)`, each time it is tried."""
    for _ in range(_TRIES):
        once = min(_timed(work, count), _timed(work, count))
        if _timed(work, 4 * count) < _MOST * max(once, _LEAST):
            return False
    return True


def _timed(work: Callable[[int], object], count: int) -> float:
    start = process_time()
    work(count)
    return process_time() - start
