"""Jobs for the tests of the supervisor: top-level, so that workers can import them."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Sequence

from connectors import patience


def make_job() -> Callable[[object], object]:
    """A job that does what its task says."""
    return run


def make_broken() -> Callable[[object], object]:
    """A factory that cannot."""
    raise ValueError


def make_deadly() -> Callable[[object], object]:
    """A factory that ends its process."""
    os._exit(7)


class Told:
    """A job that answers only for what it was told of before."""

    def __init__(self) -> None:
        self._expected: tuple[object, ...] = ()

    def ahead(self, tasks: Sequence[object]) -> None:
        self._expected = tuple(tasks)

    def __call__(self, task: object) -> object:
        return ("told" if task in self._expected else "not told", task)


def make_told() -> Callable[[object], object]:
    """A job that wants to know what comes."""
    return Told()


def run(task: object) -> object:
    if isinstance(task, int):
        return task * 2
    word, _, rest = str(task).partition("\n")[0].partition(" ")
    return _ACTS[word](rest)


def _segfault(rest: str) -> object:
    return ctypes.string_at(0)


def _exit(rest: str) -> object:
    os._exit(int(rest))


def _loop(rest: str) -> object:
    while True:
        pass


def _hog(rest: str) -> object:
    return len(bytearray(int(rest)))


def _deep(rest: str) -> object:
    return _deep(rest)


def _fail(rest: str) -> object:
    raise ValueError("Anna Andersson")


def _sleep(rest: str) -> object:
    time.sleep(float(rest))
    return rest


def _wait(rest: str) -> object:
    patience.wait(float(rest))
    return rest


def _work(rest: str) -> object:
    total = 0
    for number in range(int(rest)):
        total += number
    return total


def _pid(rest: str) -> object:
    return os.getpid()


def _noise(rest: str) -> object:
    os.write(1, b"NOISE out")
    os.write(2, b"NOISE err")
    print("NOISE print")
    print("NOISE print", file=sys.stderr)
    return "quiet"


def _lambda(rest: str) -> object:
    return lambda: rest


def _big(rest: str) -> object:
    return b"x" * int(rest)


def _core(rest: str) -> object:
    import resource

    return resource.getrlimit(resource.RLIMIT_CORE)[1]


_ACTS: dict[str, Callable[[str], object]] = {
    "segfault": _segfault,
    "exit": _exit,
    "loop": _loop,
    "hog": _hog,
    "deep": _deep,
    "fail": _fail,
    "sleep": _sleep,
    "wait": _wait,
    "work": _work,
    "pid": _pid,
    "noise": _noise,
    "lambda": _lambda,
    "big": _big,
    "core": _core,
}
