"""A job in a process of its own, as the agent sees it: started, stopped, and its end noticed, however it came."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import scanner
from scanner.agent.order import Answer, Order

_LARGEST: Final = 1 << 16  # bytes of an answer
_PATIENCE: Final = 1.0  # seconds that an order may take to be sent, before its job counts as stuck


@dataclass(frozen=True, slots=True)
class Ended:
    """A job's process is gone, and what it had started is ended. `answer` None: it died without one.

    `code` is its exit code, or the signal that ended it, as a negative number.
    """

    job: str
    run: int
    answer: Answer | None
    code: int


class JobProcess:
    """One process, begun when this is made. `ended` is called once, in a thread of its own. Raises OSError."""

    def __init__(self, order: Order, ended: Callable[[Ended], None]) -> None:
        self._order = order
        self._ended = ended
        self._sending = threading.Lock()
        self._reaping = threading.Lock()
        # A session of its own: Ctrl-C at the agent's terminal is the agent's to handle.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "scanner.agent.job"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": _path()},
        )
        threading.Thread(target=self._attend, name=order.job, daemon=True).start()

    @property
    def pid(self) -> int:
        """Of the process, and of the group of all that it starts."""
        return self._process.pid

    def stop(self) -> None:
        """Ask it to end in order: its life line is cut. Safe to call twice."""
        if not self._sending.acquire(timeout=_PATIENCE):
            self.kill()  # it has not even taken its order
            return
        try:
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        finally:
            self._sending.release()

    def kill(self) -> None:
        """End it now, with all that it has started. Nothing where it has ended."""
        with self._reaping, contextlib.suppress(ProcessLookupError, PermissionError):
            if self._process.returncode is None:  # after that, its number may be another's
                os.killpg(self._process.pid, signal.SIGKILL)

    def _attend(self) -> None:
        process, order = self._process, self._order
        assert process.stdin is not None and process.stdout is not None
        with self._sending, contextlib.suppress(OSError, ValueError):
            process.stdin.write(order.line())
            process.stdin.flush()
        with process.stdout as said:
            line = said.read(_LARGEST)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        self.kill()  # what it left behind
        with self._reaping:
            code = process.wait()
        with self._sending, contextlib.suppress(OSError):
            process.stdin.close()
        self._ended(Ended(order.job, order.run, Answer.read(line), code))


def _path() -> str:
    """Where a job finds us: never in the folder that the agent happens to stand in."""
    ours = str(Path(scanner.__file__).resolve().parents[1])
    before = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join(part for part in (ours, before) if part)
