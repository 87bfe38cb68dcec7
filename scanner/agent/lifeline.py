"""The job's side of its line to the agent: the order comes through it, and at its end the job ends too.

It ends when the agent wants the job to stop, and when the agent dies, however it dies.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType

GRACE: Final = 20.0
"""Seconds that a job has to end in order, before it is ended hard."""

_CHUNK: Final = 1 << 16
_AGAIN: Final = 0.05  # seconds


class Lifeline:
    """Takes stdin and stdout for itself: nothing that the job starts, and nothing it prints, gets in between."""

    def __init__(self) -> None:
        self._in = _keep(0, os.O_RDONLY)
        self._out = _keep(1, os.O_WRONLY)
        self._over = threading.Event()

    def order(self) -> bytes:
        """The first line; what there is of it where the agent died meanwhile."""
        found = bytearray()
        while b"\n" not in found:
            chunk = os.read(self._in, _CHUNK)
            if not chunk:
                break
            found += chunk
        return bytes(found)

    def hold(self) -> None:
        """From now on the end of the line, SIGTERM and SIGINT are a KeyboardInterrupt in the main thread."""
        signal.signal(signal.SIGINT, _interrupt)  # it may have been inherited as ignored
        signal.signal(signal.SIGTERM, _interrupt)
        sys.unraisablehook = _unraisable
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def let_go(self) -> None:
        """The work is over: what is left to do, to note and to answer, is not to be interrupted."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def answer(self, line: bytes) -> None:
        """Tell the agent how it ended; where there is none any more, nobody."""
        try:
            while line:
                line = line[os.write(self._out, line) :]
        except OSError:
            pass
        self._over.set()

    def _watch(self) -> None:
        while os.read(self._in, _CHUNK):
            pass
        _interrupt_main()
        if not self._over.wait(GRACE):
            if os.getpgrp() == os.getpid():  # with all that it has started
                os.killpg(0, signal.SIGKILL)
            os._exit(1)


def _keep(stream: int, way: int) -> int:
    """The stream under a number that no child inherits, and nothing in its place."""
    kept = os.dup(stream)
    nowhere = os.open(os.devnull, way)
    os.dup2(nowhere, stream)
    os.close(nowhere)
    return kept


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _interrupt_main() -> None:
    """As Ctrl-C; to the main thread itself, so that whatever it waits for is cut short."""
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)


def _unraisable(told: UnraisableHookArgs) -> None:
    """An interruption where Python lets nothing be raised (a destructor) comes again a moment later."""
    if told.exc_type is KeyboardInterrupt:
        again = threading.Timer(_AGAIN, _interrupt_main)
        again.daemon = True
        again.start()
