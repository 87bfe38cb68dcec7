"""Runs jobs in worker processes; a task that hangs, crashes or eats memory costs itself and no other.

Workers are spawned, not forked: a fork would share the parent's SQLite handles (whose locks are lost when any copy is
closed) and its keys, and a fork server would outlive a killed parent. Spawning costs 0.1 s a worker, once: workers
stay for the next `run`.

Tasks travel in chunks that grow to `chunk` while tasks are cheap (a message a task costs more than a small task) and
shrink to one while they are dear. When one task of a chunk takes long, the rest of it goes to others.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from types import TracebackType
from typing import Generic, Self, TypeVar

from connectors.base import GapReason
from scanner.crew import Crew, Member
from scanner.limits import Limits
from scanner.worker import Broken, Failure, guarded

__all__ = ["Failure", "Supervisor", "WorkersBroken"]

T = TypeVar("T")
R = TypeVar("R")

_STEP = 0.05  # seconds of work that one chunk should hold
_WHOLE = 1.0  # seconds that a chunk which shall be whole may take to fill
_DEPTH = 3  # chunks that a worker has before it: one in work, two waiting, so that it never idles while we store
_STUCK = 1.0  # seconds after which the rest of a chunk goes to others
_TICK = 0.2  # seconds between looks at the clock
_FAULTLESS = 5  # deaths in a row that no task can be blamed for


class WorkersBroken(Exception):
    """The workers cannot start, or die without any task to blame: nothing can be read."""

    exit_code = 1


class Supervisor(Generic[T, R]):
    """Workers that each run one job, made once by `make_job` (which pickles) in each of them.

    `workers=0` runs the job in this process: exceptions are caught, nothing else is. Use as a context manager or call
    `close`; a supervisor that is forgotten takes its workers along.
    """

    def __init__(self, make_job: Callable[[], Callable[[T], R]], workers: int, limits: Limits, chunk: int = 64) -> None:
        self._make_job = make_job
        self._workers = workers
        self._limits = limits
        self._most = chunk
        self._crew = Crew(make_job, limits)
        self._job: Callable[[T], R] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers. Safe to call twice; a later `run` starts new ones."""
        self._crew.close()

    def run(
        self, tasks: Iterable[T], most: int | None = None, *, whole: bool = False
    ) -> Iterator[tuple[T, R | Failure]]:
        """Every task once, with its result or failure, in the order they are ready. `most` workers at once, if set.

        `whole`: chunks do not shrink, since a task is dear by itself and cheap with the others of its chunk.

        `tasks` is taken from as workers have room: a long iterator costs no memory. Raises WorkersBroken, and what
        `tasks` raises.
        """
        if self._workers == 0:
            return self._here(tasks)
        workers = min(self._workers, most or self._workers)
        least = float(self._most) if whole else 1.0
        return _Run(self._crew, workers, self._limits.seconds, (least, self._most), tasks).results()

    def _here(self, tasks: Iterable[T]) -> Iterator[tuple[T, R | Failure]]:
        if self._job is None:
            self._job = self._make_job()
        for task in tasks:
            yield task, guarded(self._job, task)  # type: ignore[misc]


class _Run(Generic[T, R]):
    """One `run`: what is open, and who has it."""

    def __init__(self, crew: Crew, workers: int, seconds: float, sizes: tuple[float, int], tasks: Iterable[T]) -> None:
        self._crew = crew
        self._workers = workers
        self._seconds = seconds
        self._least, self._most = sizes
        # Never the same number twice in a crew: a late answer to an earlier run must not pass for one of this run's.
        self._tasks = zip(crew.numbers, tasks, strict=False)
        self._more = True
        self._again: deque[int] = deque()  # tasks to hand out once more
        self._open: dict[int, T] = {}  # handed out or to be handed out, not answered
        self._size = max(self._least, 4.0)  # tasks a chunk, follows what they cost
        self._faultless = 0

    def results(self) -> Iterator[tuple[T, R | Failure]]:
        self._crew.sweep()
        whole = False
        try:
            while True:
                yield from self._fill()
                if not self._open:
                    break
                yield from self._receive()
                yield from self._watch()
            whole = True
        finally:
            if not whole:  # given up half-way: what is still in work must not answer the next run
                self._crew.close()

    def _fill(self) -> Iterator[tuple[T, R | Failure]]:
        """Hand out chunks while there is room; between them take what is ready, as `tasks` may be slow."""
        while self._more or self._again:
            member = self._crew.free(self._workers, _DEPTH)
            if member is None:
                return
            numbers = self._chunk()
            if not numbers:
                return
            if not member.give([(number, self._open[number]) for number in numbers]):
                self._again.extendleft(reversed(numbers))
                yield from self._lost(member)
                return
            if self._more:
                yield from self._receive(0.0)

    def _chunk(self) -> list[int]:
        size = max(1, min(self._most, int(self._size)))
        numbers: list[int] = []
        while self._again and len(numbers) < size:
            number = self._again.popleft()
            if number in self._open:
                numbers.append(number)
        until = time.monotonic() + (_STEP if self._least < self._most else _WHOLE)
        while self._more and len(numbers) < size and (not numbers or time.monotonic() < until):
            pair = next(self._tasks, None)
            if pair is None:
                self._more = False
                break
            number, self._open[pair[0]] = pair
            numbers.append(number)
        return numbers

    def _receive(self, timeout: float = _TICK) -> Iterator[tuple[T, R | Failure]]:
        channels = {member.channel: member for member in self._crew.members}
        for channel in wait(list(channels), timeout):
            member = channels[channel]  # type: ignore[index]
            message = member.take()
            if isinstance(message, Broken):
                raise WorkersBroken(f"a worker cannot start: {message.error}")
            if message is None:
                yield from self._lost(member)
                continue
            self._faultless = 0
            self._adapt(message.seconds, len(message.results))
            for number, result in message.results:
                if number in self._open:
                    yield self._open.pop(number), result  # type: ignore[misc]

    def _adapt(self, seconds: float, count: int) -> None:
        if count and seconds > 0:
            fits = _STEP * count / seconds
            self._size = max(self._least, min(self._most, self._size * 2, (self._size + fits) / 2))

    def _watch(self) -> Iterator[tuple[T, R | Failure]]:
        """Kill what takes too long; let others have what waits behind something long."""
        now = time.monotonic()
        for member in list(self._crew.members):
            current = member.current()
            if current is None:
                if member.starting_since(now) > max(60.0, self._seconds):
                    raise WorkersBroken("a worker does not start")
                continue
            number, since = current
            if now - since > self._seconds:
                member.kill()
                yield from self._lost(member, number)
            elif now - since > _STUCK:
                self._again.extend(one for one in member.release(number) if one in self._open)

    def _lost(self, member: Member, slow: int | None = None) -> Iterator[tuple[T, R | Failure]]:
        """A dead worker: its current task is to blame, the rest of what it had is handed out again.

        `slow` is the task that it was killed for; had it just gone on to another, none is to blame.
        """
        detail = self._crew.bury(member)
        current = member.current()
        guilty = current[0] if current and slow in (None, current[0]) else None
        self._again.extend(one for one in member.held() if one in self._open and one != guilty)
        if guilty is None:
            self._faultless += 1
            if self._faultless > _FAULTLESS:
                raise WorkersBroken(f"workers die before they do anything ({detail})")
            return
        self._faultless = 0
        if guilty in self._open:
            late = Failure(GapReason.TIMED_OUT, f"more than {self._seconds:g} s")
            yield self._open.pop(guilty), Failure(GapReason.CRASHED, detail) if slow is None else late
