"""The worker processes as their parent sees them: what each was given, where it is, and its end."""

from __future__ import annotations

import itertools
import multiprocessing
import pickle
import signal
import sys
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, Final, NamedTuple

from scanner.limits import Limits
from scanner.worker import CHUNK_BITS, CODE, START, STOP, Broken, work

_CONTEXT: Final = multiprocessing.get_context("spawn")
_WAITING: Final = 32 << 10  # bytes of tasks that may wait unread in a channel: more could block us while it blocks


class Message(NamedTuple):
    """Results from a worker, and the seconds that it worked for them."""

    results: list[tuple[int, object]]
    seconds: float


class Member:
    """One worker process."""

    def __init__(self, make_job: Callable[[], Callable[[Any], Any]], limits: Limits) -> None:
        self._state = _CONTEXT.RawArray("d", 3)
        self._state[STOP] = -1.0
        self.channel: Connection
        self.channel, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=work, args=(make_job, theirs, self._state, limits), daemon=True)
        with _no_main(), _deaf():
            self.process.start()
        theirs.close()
        self._started = time.monotonic()
        self._ready = False
        self._last = 0
        self._given: dict[int, list[int]] = {}  # chunk number -> task numbers
        self._answered: set[int] = set()
        self._bytes: dict[int, int] = {}

    @property
    def chunks(self) -> int:
        """Chunks it was given and has not finished."""
        return len(self._given)

    @property
    def crammed(self) -> bool:
        """True where more might block: it may itself be blocked on telling us its results."""
        return sum(self._bytes.values()) > _WAITING

    def give(self, tasks: Sequence[tuple[int, object]]) -> bool:
        """Hand over a chunk. False where the worker is dead."""
        self._last += 1
        data = pickle.dumps((self._last, [task for _, task in tasks]), pickle.HIGHEST_PROTOCOL)
        try:
            self.channel.send_bytes(data)
        except OSError:
            return False
        self._given[self._last] = [number for number, _ in tasks]
        self._bytes[self._last] = len(data)
        return True

    def take(self) -> Message | Broken | None:
        """What it sent; None where it is dead."""
        try:
            message = self.channel.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            return None
        if isinstance(message, Broken):
            return message
        self._ready = True
        number, done, results, seconds = message
        numbers = self._given.get(number, [])
        answers = [(numbers[place], result) for place, result in results]
        self._answered.update(number for number, _ in answers)
        if done:
            self._answered.difference_update(self._given.pop(number, ()))
            self._bytes.pop(number, None)
        return Message(answers, seconds)

    def current(self) -> tuple[int, float] | None:
        """The task it is working on and since when; None between tasks and before the first."""
        for _ in range(3):
            code, since, again = int(self._state[CODE]), float(self._state[START]), int(self._state[CODE])
            if code == again:
                break
        number, place = divmod(code, CHUNK_BITS)
        if not since or number not in self._given:
            return None
        return self._given[number][place], since

    def starting_since(self, now: float) -> float:
        """Seconds that it has been starting, 0 when it is up."""
        return 0.0 if self._ready else now - self._started

    def release(self, current: int) -> list[int]:
        """All it has besides the current task, which it will not do any more. Once for each chunk."""
        if self._state[STOP] >= self._last:
            return []
        self._state[STOP] = float(self._last)
        return [number for number in self.held() if number != current]

    def held(self) -> list[int]:
        """The tasks it was given and has not answered."""
        return [number for chunk in self._given.values() for number in chunk if number not in self._answered]

    @property
    def released(self) -> bool:
        """True while it finishes the last task of chunks that were taken from it."""
        return bool(self._given) and self._state[STOP] >= min(self._given)

    def kill(self) -> None:
        """End it now. It only reads: there is nothing to lose."""
        self.process.kill()

    def bury(self) -> str:
        """Wait for its end, and say in a word how it ended."""
        with suppress(OSError):
            self.channel.close()
        self.process.join(1.0)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        code = self.process.exitcode or 0
        return f"signal {-code}" if code < 0 else f"exit {code}"


@contextmanager
def _no_main() -> Iterator[None]:
    """A spawned process imports the parent's main program first: for us the whole command line, that no job needs.

    So a job must come from a module that can be imported, not from a script.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl-C goes to all processes of a terminal and is ours to handle.

    A new process inherits what is blocked here: it would show a traceback before it can say so itself.
    """
    resource_tracker.ensure_running()  # started later, it would unblock the signal for all that follows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Crew:
    """All workers. They end when this is closed, or forgotten."""

    def __init__(self, make_job: Callable[[], Callable[[Any], Any]], limits: Limits) -> None:
        self._make_job = make_job
        self._limits = limits
        self.members: list[Member] = []
        self.numbers = itertools.count()  # of tasks, over all runs
        self._end = weakref.finalize(self, _forgotten, self.members)

    def free(self, most: int, depth: int) -> Member | None:
        """The worker with the most room; a new one where all others have work and there may be more."""
        usable = [one for one in self.members[:most] if not one.released and not one.crammed]
        best = min(usable, key=lambda member: member.chunks, default=None)
        if (best is None or best.chunks) and len(self.members) < most:
            best = Member(self._make_job, self._limits)
            self.members.append(best)
        return best if best is not None and best.chunks < depth else None

    def sweep(self) -> None:
        """Bury workers that died while there was nothing to do."""
        for member in [one for one in self.members if not one.process.is_alive()]:
            self.bury(member)

    def bury(self, member: Member) -> str:
        """Take a dead worker out, and say how it ended."""
        if member in self.members:
            self.members.remove(member)
        return member.bury()

    def close(self) -> None:
        """End all workers. Safe to call twice."""
        _end(self.members)


def _end(members: list[Member]) -> None:
    for member in members:
        member.kill()
    while members:
        members.pop().bury()


def _forgotten(members: list[Member]) -> None:
    """As `_end`, where nobody is left to be told: an interruption in it would only be printed."""
    with suppress(KeyboardInterrupt):
        _end(members)
