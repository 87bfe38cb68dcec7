"""One process at a time scans a source: a lock file of the kernel's a source, so that kill -9 lets go of it.

Who scans several sources holds one lock while it waits for none other, so no two wait for each other. Workers are
programs of their own and inherit none (a descriptor of ours is closed in what we start).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scanner.index.patience import opened_lock, take
from scanner.index.seal import Sealer

PATIENT: Final = 3600.0
"""Seconds that a command waits for a source that another process scans, unless it is told otherwise."""

Waiting = Callable[[str], None]  # called once with the name of a source that has to be waited for


class SourceBusy(Exception):
    """Another process scans the source, and did not end in time. The text names the next step and no path."""

    def __init__(self, source: str) -> None:
        super().__init__(f"{source}: being scanned by another gallra; try again when it is done")
        self.source = source


class ScanLocks:
    """The locks of the sources of one state folder."""

    def __init__(self, folder: Path, sealer: Sealer) -> None:
        self._folder = folder
        self._sealer = sealer

    @contextmanager
    def hold(self, source: str, wait: float = 0.0, waiting: Waiting | None = None) -> Iterator[None]:
        """Hold the source while the block runs. Raises SourceBusy where another has it for more than `wait` seconds.

        Hold no other source while `wait` is not 0. Not to be held twice by one process: the second waits for the first.
        """
        handle = opened_lock(self._path(source))
        try:
            if not take(handle, 0.0):
                if wait > 0 and waiting is not None:
                    waiting(source)
                if wait <= 0 or not take(handle, wait):
                    raise SourceBusy(source)
            yield
        finally:
            os.close(handle)  # lets go of it; the file stays, since unlinking it would let two in

    def is_held(self, source: str) -> bool:
        """Whether somebody scans the source at this moment."""
        try:
            with self.hold(source):
                return False
        except SourceBusy:
            return True

    def _path(self, source: str) -> Path:
        """A file for each source; its name is keyed, as the name of a source may be a person's."""
        return self._folder / f"scan-{self._sealer.token('scan lock', source) & (1 << 64) - 1:016x}.lock"


@dataclass(frozen=True, slots=True)
class Turns:
    """Whose turn it is at sources: ours, and for how many seconds we `wait` where it is not. No locks: always ours."""

    locks: ScanLocks | None = None
    wait: float = 0.0
    waiting: Waiting | None = None

    def each(self, sources: Sequence[str]) -> Generator[tuple[str, bool], None, None]:
        """Each source, held until the next is asked for; those of others last. False: it did not come to our turn.

        Raises SourceBusy where nothing is to be waited for.
        """
        later = []
        for source in sources:
            with ExitStack() as held:
                if self.take(source, held):
                    yield source, True
                else:
                    later.append(source)
        for source in later:
            if self.wait <= 0:
                raise SourceBusy(source)
            with ExitStack() as held:
                yield source, self.take(source, held, self.wait)

    def take(self, source: str, held: ExitStack, wait: float = 0.0) -> bool:
        """Hold the source as long as `held`; False where another process has it."""
        if self.locks is not None:
            try:
                held.enter_context(self.locks.hold(source, wait, self.waiting))
            except SourceBusy:
                return False
        return True
