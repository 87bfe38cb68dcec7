"""A process that runs `Watching` and nothing else; what it told comes out as JSON lines, in the end how large it was.

Arguments: the folder, and the real or quick times ("real", "quick"). It ends at the end of its input.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from config.model import Source
from scanner.agent.watching import Times, Watching
from tests.scanner.agent.watched import QUICK

_LOCK = threading.Lock()


def say(**values: object) -> None:
    """One line, with the moment."""
    with _LOCK:
        print(json.dumps({"moment": time.monotonic()} | values), flush=True)


def _peak() -> int:
    """kB. Not of getrusage: that one begins with what the parent had when it forked."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Until the end of the input."""
    folder, times = sys.argv[1:]
    watching = Watching(
        [Source("kunder", "folder", {"path": folder})],
        lambda source, paths: say(source=source, paths=None if paths is None else sorted(paths)),
        times=Times() if times == "real" else QUICK,
    )
    before = _peak()
    watching.start()
    sys.stdin.read()
    state = dict(watching.states())["kunder"]
    watching.stop()
    say(peak=_peak(), before=before, seconds=time.process_time(), state=state)


if __name__ == "__main__":
    main()
