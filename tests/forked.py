"""Commands that a warm process forks: each has a process of its own, and none pays again for the same imports.

Run as a program it is that process: Python with gallra's modules imported and nothing done with them. For each command
it forks a child, which becomes what a fresh one would be (its own environment, folder, streams, umask, arguments), runs
gallra's `main` and ends as any Python program does. What can only be set at the start of an interpreter must be as it
was at its own start; else `fits` says no, and the real program is started.

There are two, which take turns: sets of strings go in another order in the next command, as they do for users.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from itertools import cycle
from pathlib import Path
from typing import Any, Final, Self, TextIO

_MOST = 1 << 18  # bytes of one message
_AT_START: Final = ("PYTHON", "LC_", "LANG", "LD_", "TZ", "MALLOC_", "GLIBC_")  # variables read when a program starts
_WARM: Final = ("check", "examine", "holding", "prepare", "preparing", "scan", "workspace")
_DRIVERS: Final = ("mysql.pymysql", "postgresql.psycopg", "sqlite.pysqlite")


class Forks:
    """One warm process. Its commands are run one at a time; `lock` is held while one runs."""

    def __init__(self, environment: Mapping[str, str], program: str) -> None:
        self._at_start = _fixed(environment)
        self._program = program
        self.lock = threading.Lock()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno())]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=dict(environment),
                pass_fds=[theirs.fileno()],
            )
        atexit.register(self.close)

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether a command in this environment would start as the warm process did."""
        return _fixed(environment) == self._at_start

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, seconds: float
    ) -> tuple[int, bytes, bytes]:
        """A command to its end, with nothing to read: how it ended (as `Popen.returncode`), and what it said."""
        umask = os.umask(0)
        os.umask(umask)
        request = [[self._program, *arguments], dict(environment), str(folder), umask]
        (out, to_out), (err, to_err) = os.pipe(), os.pipe()
        try:
            socket.send_fds(self._channel, [json.dumps(request).encode()], [to_out, to_err])
        finally:
            os.close(to_out)
            os.close(to_err)
        pid = int(self._channel.recv(_MOST))
        until = time.monotonic() + seconds
        texts, ended = _read((out, err), until)
        if not ended:
            os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(int(self._channel.recv(_MOST)))
        if not ended:
            raise subprocess.TimeoutExpired([self._program, *arguments], seconds, *texts)
        return code, *texts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lock.release()

    def close(self) -> None:
        """End the warm process. Safe to call twice."""
        self._channel.close()
        self._process.wait()


class Turns:
    """Warm processes that take turns, started when they are first needed."""

    def __init__(self, program: str, count: int = 2) -> None:
        self._program = program
        self._count = count
        self._turn: Any = None

    def next(self, environment: Mapping[str, str]) -> Forks | None:
        """The one whose turn it is, with its lock held; None where only the real program will do."""
        if self._turn is None:
            self._turn = cycle([Forks(environment, self._program) for _ in range(self._count)])
        forks: Forks = next(self._turn)
        return forks if forks.fits(environment) and forks.lock.acquire(blocking=False) else None


def _fixed(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_AT_START)}


def _read(pipes: tuple[int, int], until: float) -> tuple[tuple[bytes, bytes], bool]:
    """All that comes out of both, and whether both came to their end in time. Closes them."""
    texts: dict[int, list[bytes]] = {pipe: [] for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map() and time.monotonic() < until:
            for key, _ in selector.select(until - time.monotonic()):
                if data := os.read(key.fd, 1 << 16):
                    texts[key.fd].append(data)
                else:
                    selector.unregister(key.fd)
        ended = not selector.get_map()
    for pipe in pipes:
        os.close(pipe)
    return (b"".join(texts[pipes[0]]), b"".join(texts[pipes[1]])), ended


def _serve(channel: socket.socket) -> None:
    """Fork for each request, and tell the process and how it ended. Returns in a child only."""
    while True:
        request, handles, _, _ = socket.recv_fds(channel, _MOST, 2)
        if not request:
            os._exit(0)  # whoever asks has left
        pid = os.fork()
        if not pid:
            channel.close()
            _become(*json.loads(request), *handles)
            return
        for handle in handles:
            os.close(handle)
        channel.send(str(pid).encode())
        channel.send(str(os.waitpid(pid, 0)[1]).encode())


def _become(arguments: list[str], environment: dict[str, str], folder: str, umask: int, out: int, err: int) -> None:
    """All that a fresh process has of its own."""
    from multiprocessing import process

    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    os.umask(umask)
    sys.argv[:] = arguments
    process.ORIGINAL_DIR = folder  # type: ignore[attr-defined]
    for handle, standard in ((out, 1), (err, 2)):
        os.dup2(handle, standard)
        os.close(handle)
    for name, standard in (("stdout", 1), ("stderr", 2)):
        stream = _stream(standard, getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _stream(handle: int, like: TextIO) -> TextIO:
    """A standard stream over a pipe, as the interpreter makes it."""
    binary = os.fdopen(handle, "wb", closefd=False)
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    return TextIOWrapper(binary, like.encoding, like.errors, "\n", line_buffering=handle == 2, write_through=unbuffered)


def _warm() -> None:
    main = importlib.import_module("scanner.cli.main")
    registry = importlib.import_module("connectors.registry")
    known = [place for place, _ in main.COMMANDS.values()] + list(registry.BUILT_IN.values())
    known += [f"scanner.{name}" for name in _WARM] + [f"sqlalchemy.dialects.{name}" for name in _DRIVERS]
    for place in known:
        with suppress(Exception):  # the command that needs it tells
            importlib.import_module(place.partition(":")[0])
    gc.collect()
    gc.freeze()  # else each child would copy all of it, to look through it at its end
    if len(os.listdir("/proc/self/task")) > 1:
        raise SystemExit("the tests fork what only one thread may run: a module starts threads when it is imported")


if __name__ == "__main__":
    sys.path[0] = str(Path(sys.executable).parent)  # where the real program lies, and its path begins
    _warm()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C at the tests: no word of it from here
    _serve(socket.socket(fileno=int(sys.argv[1])))
    sys.exit(importlib.import_module("scanner.cli.main").main())
