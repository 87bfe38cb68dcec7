"""A job that tells with how many others each task was announced, and takes its time."""

from __future__ import annotations

import time
from collections.abc import Sequence


class Announced:
    """Answers with the size of the chunk that a task came in."""

    def __init__(self) -> None:
        self._size = 0

    def ahead(self, tasks: Sequence[int]) -> None:
        self._size = len(tasks)

    def __call__(self, task: int) -> int:
        time.sleep(0.03)
        return self._size


def make() -> Announced:
    """One a worker."""
    return Announced()
