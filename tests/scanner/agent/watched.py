"""A `Watching` in this process, and what it told, for tests."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.model import Source
from scanner.agent.watching import Times, Watching

QUICK = Times(quiet=0.1, longest=0.6, look=0.1, poll=0.2, again=0.3, retry=0.2)
PATIENCE = 30.0


def await_that(true: Callable[[], object]) -> None:
    """Wait until it is true, which it is soon."""
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.01)


class Told:
    """What was told, with the moment; `covers` asks it as a scan would understand it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[tuple[float, str, frozenset[str] | None]] = []
        self._last: dict[str, float] = {}
        self._whole = 0.0

    def __call__(self, source: str, paths: frozenset[str] | None) -> None:
        self.add(time.monotonic(), source, paths)

    def add(self, moment: float, source: str, paths: frozenset[str] | None) -> None:
        with self._lock:
            self._calls.append((moment, source, paths))
            if paths is None:
                self._whole = moment
            self._last |= dict.fromkeys(paths or (), moment)

    def calls(self) -> list[tuple[str, frozenset[str] | None]]:
        with self._lock:
            return [(source, paths) for _, source, paths in self._calls]

    def paths(self) -> set[str]:
        """All paths that were told one by one."""
        return {path for _, paths in self.calls() for path in paths or ()}

    def wholes(self) -> int:
        return sum(paths is None for _, paths in self.calls())

    def covers(self, path: str, since: float) -> bool:
        """True where a scan that began with a telling from `since` on looked at the path."""
        parts = path.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
        with self._lock:
            return self._whole >= since or any(self._last.get(one, 0.0) >= since for one in above)


class Watched:
    """A watched folder: `root`, what was `told`, the state, and all states that were `stated`."""

    def __init__(self, root: Path, told: Told, watching: Watching, stated: list[str]) -> None:
        self.root, self.told, self.watching, self.stated = root, told, watching, stated

    @property
    def state(self) -> str:
        return dict(self.watching.states())["kunder"]

    def await_state(self, start: str) -> None:
        await_that(lambda: self.state.startswith(start))

    def await_covered(self, path: str, since: float) -> None:
        await_that(lambda: self.told.covers(path, since))

    def await_whole(self, more_than: int) -> None:
        await_that(lambda: self.told.wholes() > more_than)


@contextmanager
def watched(
    root: Path,
    *,
    watch: bool | None = None,
    times: Times = QUICK,
    own: Sequence[Path] = (),
    start: str = "watched",
    kind: str = "folder",
    **settings: Any,
) -> Iterator[Watched]:
    """Watch a folder, once its first whole walk was told."""
    told = Told()
    source = Source("kunder", kind, {"path": str(root)} | settings, watch=watch)
    stated: list[str] = []
    watching = Watching([source], told, own, times, lambda _, state: stated.append(state))
    watching.start()
    try:
        here = Watched(root, told, watching, stated)
        here.await_state(start)
        if start.startswith(("watched", "polled")):
            here.await_whole(0)
        yield here
    finally:
        watching.stop()


def files(root: Path) -> Iterator[str]:
    """Every file, by os.walk, as a relative path: the witness."""
    for folder, _, names in os.walk(root):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


def states(sources: Sequence[Source]) -> Mapping[str, str]:
    """The states of what is never begun."""
    return Watching(sources, Told()).states()
