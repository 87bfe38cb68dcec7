"""What the tests' servers have in common: a port, a folder, and an end that comes with the test runner's, however."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

SECONDS = 60


def missing(what: str) -> None:
    """Skips where a server is not installed; fails where all of them should be."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed: run scripts/system")
    pytest.skip(f"{what} is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """True where somebody takes connections on that port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


_WATCHER = """
import os, pwd, shutil, signal, subprocess, sys, threading
root, account, *command = sys.argv[1:]
endings = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
for one in endings:
    signal.signal(one, signal.SIG_IGN)
usual = lambda: [signal.signal(one, signal.SIG_DFL) for one in endings]
who = pwd.getpwnam(account) if account else None
more = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if who else {}
server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=usual, **more)
forsaken = []

def watch():
    while os.read(0, 1024):  # ends when the tests do, however they end
        pass
    forsaken.append(True)
    if command[0].endswith("postgres"):
        server.send_signal(signal.SIGQUIT)
    else:
        os.killpg(server.pid, signal.SIGKILL)

threading.Thread(target=watch, daemon=True).start()
server.wait()
if forsaken:
    shutil.rmtree(root, ignore_errors=True)
"""


class Server:
    """A server process of its own; `port` on loopback. It ends with the process that began it, also by kill -9."""

    ending = signal.SIGTERM

    def __init__(self, account: str) -> None:
        """`account` is whom it runs as where root runs the tests; empty means as whoever runs them."""
        self.root = Path(tempfile.mkdtemp(prefix="gallra-server-"))
        self.root.chmod(0o755)
        self.port = free_port()
        self._account = account if os.geteuid() == 0 else ""
        self._as = ["runuser", "-u", account, "--"] if self._account else []
        if self._account:
            shutil.chown(self.root, account)
        self.pid = 0

    def run(self, *command: str) -> None:
        done = subprocess.run([*self._as, *command], check=False, capture_output=True, cwd=self.root, timeout=SECONDS)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]

    def launch(self, *command: str, env: Mapping[str, str] | None = None) -> None:
        """Start the server under a watcher that ends it with us. What it says goes to `launch.log`."""
        watched = [sys.executable, "-c", _WATCHER, str(self.root), self._account, *command]
        with open(self.root / "launch.log", "wb") as log:
            self._watcher = subprocess.Popen(
                watched,
                stdout=log,
                stderr=log,
                stdin=subprocess.PIPE,
                cwd=self.root,
                start_new_session=True,
                env={**os.environ, **(env or {})},
            )

    def wait(self) -> None:
        end = time.monotonic() + SECONDS
        while not self.answers():
            assert time.monotonic() < end, (self.root / "launch.log").read_text(errors="replace")[-2000:]
            assert self._watcher.poll() is None, (self.root / "launch.log").read_text(errors="replace")[-2000:]
            time.sleep(0.05)
        self.pid = self._pid()

    def answers(self) -> bool:
        """True once it takes connections."""
        return listens(self.port)

    def _pid(self) -> int:
        """The server's own process, the watcher's only child."""
        return int(Path(f"/proc/{self._watcher.pid}/task/{self._watcher.pid}/children").read_text().split()[0])

    def kill(self) -> None:
        """As a power cut would."""
        os.kill(self.pid, signal.SIGKILL)
        self._watcher.wait(SECONDS)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, self.ending)
        self._watcher.wait(SECONDS)
        if self._watcher.stdin is not None:
            self._watcher.stdin.close()
        shutil.rmtree(self.root, ignore_errors=True)
