"""`gallra run` as its installed command, killed and started again; and what the system says of it and of its jobs."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.conftest import Desk
from tests.servers.common import free_port

SECONDS = 90.0
_MARK = "LIVING_COMPANY"  # in the environment of the agent and of all that it starts


def wait_for(there: Callable[[], object], what: Callable[[], object] = str, pause: float = 0.05) -> float:
    """Wait until it is so, and ask again after a `pause`, longer where asking is dear; how long that took."""
    began = time.monotonic()
    while not there():
        assert time.monotonic() < began + SECONDS, what()
        time.sleep(pause)
    return time.monotonic() - began


@dataclass
class Agent:
    """The agent of one desk: at most one at a time. `killed` is when, `env` what only it is given."""

    desk: Desk
    port: int = field(default_factory=free_port)
    killed: list[datetime] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def tables(self) -> str:
        """For gallra.toml: the log, and health."""
        return f'\n[log]\nfile = "agent.log"\nformat = "json"\n\n[health]\nlisten = "127.0.0.1:{self.port}"\n'

    def start(self) -> None:
        with open(self.desk.root / "agent.err", "ab") as err:
            env = dict(os.environ) | self.desk.env | self.env | {_MARK: str(self.desk.root)}
            self.process = self.desk.start("run", stdout=err, stderr=err, env=env)

    def kill(self) -> None:
        """As a power cut would, but for its jobs, which live on for as long as they like."""
        assert self.process is not None and self.process.poll() is None, self.said()
        self.killed.append(datetime.now(UTC))
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """In order: with 0, without a word, and nothing of it is left."""
        assert self.process is not None and self.process.poll() is None, self.said()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(SECONDS) == 0, self.said()
        assert self.said() == ""
        wait_for(lambda: not self.alive())
        for lock in self.desk.root.glob(".gallra/*.lock"):
            with open(lock, "rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def end(self) -> None:
        """However it came: nothing stays behind the test."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for pid in self.alive():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def said(self) -> str:
        return (self.desk.root / "agent.err").read_text("utf-8", "replace")

    def alive(self) -> list[int]:
        """The agent, its jobs and all that they have started, by the environment that each was given."""
        mark = f"{_MARK}={self.desk.root}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                is_dead = (folder / "stat").read_text().rpartition(") ")[2][0] in "ZX"
                if not is_dead and mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found

    def ask(self, sql: str, *values: object) -> list[Any]:
        """What `agent.sqlite` has."""
        try:
            with closing(sqlite3.connect(f"file:{self.desk.root}/.gallra/agent.sqlite?mode=ro", uri=True)) as book:
                return book.execute(sql, values).fetchall()
        except sqlite3.OperationalError:  # not made yet
            return []

    def done_since(self, job: str, since: datetime) -> bool:
        """Whether it has been done from beginning to end since then (a scan: of the whole source)."""
        sql = (
            "SELECT count(*) FROM run WHERE job = ? AND begun > ? AND ended IS NOT NULL AND counts NOT LIKE '%paths%'"
            " AND outcome IN ('done', 'incomplete')"
        )
        return bool(self.ask(sql, job, since.isoformat(timespec="microseconds")) not in ([], [(0,)]))

    def begun(self) -> int:
        """How many runs of jobs were begun so far."""
        return int((self.ask("SELECT coalesce(max(id), 0) FROM run") or [(0,)])[0][0])

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.desk.root / "agent.log").read_text("utf-8").splitlines()]

    def get(self, path: str) -> bytes:
        """What the health endpoint says, well or not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=SECONDS) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            assert error.code == 503
            return error.read()

    def check_runs(self) -> int:
        """No job ran while it ran; how many runs there were. Needs the agent to have ended in order.

        What an agent that was killed had begun may be ending while the next agent asks for the same: that one waits
        for the source's lock, so that only there the times of two runs may touch.
        """
        runs = self.ask("SELECT job, id, begun, ended, outcome FROM run ORDER BY job, id")
        assert runs and all(ended for _, _, _, ended, _ in runs), "a run without an end"
        assert not [run for run in runs if run[4] == "failed"], [run for run in runs if run[4] == "failed"]
        for (job, _, begun, ended, _), (other, number, follows, _, _) in pairwise(runs):
            if job == other and follows < ended:
                when = [one for one in self.killed if begun <= _text(one) <= ended]
                assert when, f"{job}: run {number} began at {follows}, the one before it ended at {ended}"
        return len(runs)

    def check_silence(self, secrets: tuple[bytes, ...], *more: bytes) -> None:
        """None of this stands in anything that the agent writes of itself."""
        state = self.desk.root / ".gallra"
        files = [*self.desk.root.glob("agent.*"), *state.glob("agent*")]
        assert {"agent.log", "agent.sqlite", "agent.json", "agent.err"} <= {path.name for path in files}
        for data, where in [*((path.read_bytes(), path.name) for path in files), *((one, "answer") for one in more)]:
            for secret in secrets:
                assert secret.lower() not in data.lower(), f"{secret!r} in {where}"


@contextmanager
def agent_of(desk: Desk) -> Iterator[Agent]:
    """Not started yet."""
    made = Agent(desk)
    try:
        yield made
    finally:
        made.end()


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
