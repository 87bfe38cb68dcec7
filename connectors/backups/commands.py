"""Running a backup tool: what it is told goes by environment and standard input, what it says is read as it comes.

Secrets never stand in an argument, where every user of the machine sees them; nor do names of files, where standard
input will do: that is a file in memory alone, which a tool may open again by `/dev/stdin` and find whole. What a tool
says on stderr may hold paths: it is kept to be recognised (`Done.err`), and never shown. A tool that is still at work
when its caller is interrupted is asked to end, so that it lets go of its locks, and then killed with all that it has
started.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Final, Self

from connectors.errors import Unreachable, Unsupported

SILENCE: Final = 900.0  # seconds without a word after which a tool counts as hanging

_KEPT = 64 << 10  # bytes of what it says on stderr, the last ones
_GRACE = 10.0  # seconds between being asked to end and being killed
_LOOK = 0.02
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Done:
    """How a tool ended. Its words may hold paths, so that they are not shown where this is printed."""

    code: int  # negative: the signal that ended it
    out: bytes = field(default=b"", repr=False)
    err: str = field(default="", repr=False)


class Tool:
    """One tool with one environment. A context manager: what still runs when it is closed is ended."""

    def __init__(self, name: str, binary: str, environment: Mapping[str, str], own: str | tuple[str, ...]) -> None:
        """`environment` is laid over this process's; its variables that begin with `own` are not handed on.

        They would change what the tool looks at behind the configuration's back, as RESTIC_HOST does.
        """
        self._name = name
        self._binary = binary
        kept = {key: value for key, value in os.environ.items() if not key.startswith(own)}
        self._environment = kept | {"LC_ALL": "C.UTF-8"} | dict(environment)
        self._running: set[Running] = set()

    def run(self, *arguments: str, feed: bytes = b"", silence: float = SILENCE) -> Done:
        """Run it to its end. `feed` is its standard input. Raises Unsupported (not installed), Unreachable (hangs)."""
        with self.start(*arguments, feed=feed, silence=silence) as running:
            out = running.stdout.read()
            return running.finish(out)

    def start(self, *arguments: str, feed: bytes = b"", silence: float = SILENCE) -> Running:
        """Begin it. Raises Unsupported where it is not installed."""
        found = shutil.which(self._binary)
        if found is None:
            raise Unsupported(f"{self._name} is not installed here, or `binary` does not name it: install it")
        with _in_memory(feed) as given:
            try:
                process = subprocess.Popen(  # noqa: S603 - the admin names the binary; nothing goes by a shell
                    [found, *(one.encode("utf-8", "surrogateescape") for one in arguments)],
                    stdin=given,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=self._environment,
                    start_new_session=True,
                    bufsize=0,
                )
            except OSError:
                raise Unsupported(f"{self._name} cannot be started here: look at `binary`") from None
        running = Running(self._name, process, silence)
        self._running = {one for one in self._running if one.alive} | {running}
        return running

    def close(self) -> None:
        """End what still runs. Safe to call twice."""
        while self._running:
            self._running.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Running:
    """A tool at work. A context manager: it ends with the block. `stdout` is read; `finish` then tells how it ended."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], silence: float) -> None:
        self._process = process
        self._said = bytearray()
        self._name = name
        pipe = process.stdout
        assert pipe is not None and process.stderr is not None
        self._pipe = pipe
        self.stdout = io.BufferedReader(_Patient(name, pipe.fileno(), silence), _CHUNK)
        self._listener = threading.Thread(target=self._listen, args=(process.stderr,), daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """True until it has ended."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process, which leads a group of its own."""
        return self._process.pid

    def lines(self) -> Iterator[bytes]:
        """What it prints, line by line, without the newline."""
        for line in self.stdout:
            yield line.rstrip(b"\n")

    def finish(self, out: bytes = b"") -> Done:
        """How it ended, once its output was read to the end."""
        code = self._process.wait()
        self._listener.join(_GRACE)  # what it has left behind, as ssh does for the next time, may hold the pipe open
        return Done(code, out, self._said.decode("utf-8", "replace"))

    def close(self) -> None:
        """End it, and what it has started, where it has not ended. Safe to call twice."""
        alive = self.alive
        if alive:
            self._signal(signal.SIGINT)
        self.stdout.close()
        self._pipe.close()  # one that waits for its output to be taken hears nothing else
        if alive:
            self._await()
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._listener.join(_GRACE)

    def _await(self) -> None:
        """Give it time to end. Its number stays its own, so that nobody else is killed by it."""
        until = time.monotonic() + _GRACE
        waiting = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while os.waitid(os.P_PID, self._process.pid, waiting) is None and time.monotonic() < until:
            time.sleep(_LOOK)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _listen(self, pipe: IO[bytes]) -> None:
        with pipe:
            while piece := pipe.read(4096):
                self._said += piece
                del self._said[:-_KEPT]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Patient(io.RawIOBase):
    """A pipe that is waited for only so long. It does not own the descriptor."""

    def __init__(self, name: str, descriptor: int, silence: float) -> None:
        super().__init__()
        self._name = name
        self._descriptor = descriptor
        self._silence = silence

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """See io.RawIOBase. Raises Unreachable after the silence."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN | select.POLLHUP)
        until = time.monotonic() + self._silence
        while not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            if time.monotonic() >= until:
                raise Unreachable(f"{self._name} has said nothing for {self._silence:.0f} seconds; it was stopped")
        piece = os.read(self._descriptor, len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


@contextlib.contextmanager
def _in_memory(feed: bytes) -> Iterator[int]:
    """A descriptor of a file that holds this and lies on no disk. Raises Unsupported where the system has no such."""
    if not feed:
        yield subprocess.DEVNULL
        return
    if not hasattr(os, "memfd_create"):
        raise Unsupported("this system keeps no files in memory alone: gallra erases in backups on Linux")
    with open(os.memfd_create("feed"), "w+b") as file:
        file.write(feed)
        file.flush()
        file.seek(0)
        yield file.fileno()
