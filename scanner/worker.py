"""The inside of one worker process: runs jobs, says where it is, stays within its limits, dies with its parent."""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from connectors.base import GapReason
from connectors.patience import listen
from scanner.limits import Limits

CODE, START, STOP = range(3)  # the fields of the shared state
CHUNK_BITS: Final = 1 << 16  # CODE is chunk number times this, plus the place in the chunk
_FLUSH: Final = 0.05  # seconds after which results are sent before the next job begins
_GARBAGE: Final = 20_000  # objects between two looks for garbage in circles
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)

State = Any  # a shared array of three doubles; typeshed has no usable name for it


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that gave no result, and why. `detail` is for an admin and holds no content."""

    reason: GapReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """Sent instead of results by a worker that cannot make its job."""

    error: str


def guarded(job: Callable[[Any], Any], task: object) -> object:
    """The job's result, or its exception as a Failure."""
    try:
        return job(task)
    except MemoryError:
        return Failure(GapReason.OUT_OF_MEMORY)
    except RecursionError:
        return Failure(GapReason.TOO_DEEP)
    except Exception as fault:
        return Failure(GapReason.UNREADABLE, type(fault).__name__)


def work(make_job: Callable[[], Callable[[Any], Any]], channel: Connection, state: State, limits: Limits) -> None:
    """Run chunks of tasks until the parent closes the channel."""
    _tie_to_parent()
    _silence()
    try:
        job = make_job()
    except Exception as fault:
        channel.send(Broken(type(fault).__name__))
        return
    _confine(limits)
    gc.freeze()  # what was loaded stays: looking through it for garbage again and again costs and finds nothing
    gc.set_threshold(_GARBAGE)
    try:
        listen(partial(_allow, state))
        channel.send((0, True, [], 0.0))
        while True:
            number, tasks = channel.recv()
            _chunk(job, number, tasks, channel, state)
    except (EOFError, OSError):  # the parent closed the channel or is gone
        return


def _chunk(job: Callable[[Any], Any], number: int, tasks: Sequence[object], channel: Connection, state: State) -> None:
    results: list[tuple[int, object]] = []
    sent = time.monotonic()
    ahead = getattr(job, "ahead", None)  # an optional method of a job: what it will be asked for
    if ahead is not None:
        ahead(tasks)
    for place, task in enumerate(tasks):
        now = time.monotonic()
        if results and now - sent > _FLUSH:
            _send(channel, number, False, results, now - sent)
            results, sent = [], time.monotonic()
        if state[STOP] >= number:
            break
        state[CODE] = number * CHUNK_BITS + place
        state[START] = now
        results.append((place, guarded(job, task)))
        state[START] = 0.0
    _send(channel, number, True, results, time.monotonic() - sent)


def _allow(state: State, seconds: float) -> None:
    """What is spent on waiting for a source's turn is no time that the item takes."""
    if state[START]:
        state[START] += seconds


def _send(channel: Connection, number: int, done: bool, results: list[tuple[int, object]], seconds: float) -> None:
    try:
        data = pickle.dumps((number, done, results, seconds), pickle.HIGHEST_PROTOCOL)
    except Exception:
        results = [(place, _travels(result)) for place, result in results]
        data = pickle.dumps((number, done, results, seconds), pickle.HIGHEST_PROTOCOL)
    channel.send_bytes(data)


def _travels(result: object) -> object:
    try:
        pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return Failure(GapReason.OUT_OF_MEMORY)
    except Exception as fault:
        return Failure(GapReason.UNREADABLE, type(fault).__name__)
    return result


def _tie_to_parent() -> None:
    """Ctrl-C is the parent's to handle; when the parent dies, however it dies, so does this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent or parent == 1:
            os._exit(0)


def _silence() -> None:
    """C libraries print what they stumble over; that may be content."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _confine(limits: Limits) -> None:
    """No core dumps (they hold content), and no more address space than now plus the limit."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except OSError:
        return  # no Linux: the time limit has to do
    most = pages * resource.getpagesize() + limits.memory
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
