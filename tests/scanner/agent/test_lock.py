"""One agent a state folder: the kernel's lock decides, not what a file says."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.agent.live import holder
from scanner.agent.lock import FILE, AgentRuns, ChoreRuns, agent_lock, chore_lock

HOLD = "import sys, pathlib; from scanner.agent.lock import agent_lock\n"
HOLD += "with agent_lock(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"


def test_a_second_agent_is_refused_and_told_which_runs(tmp_path: Path) -> None:
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(AgentRuns, match=rf"\(process {other.pid}\)") as refused, agent_lock(tmp_path):
            pass
        assert refused.value.exit_code == 4
        assert str(tmp_path) not in str(refused.value)
        assert holder(tmp_path) == other.pid
        other.kill()
        other.wait()
        with agent_lock(tmp_path):
            assert holder(tmp_path) == os.getpid()


@pytest.mark.parametrize("left", ["999999999\n", "1\n", "kein pid", ""])
def test_what_an_agent_left_behind_is_no_obstacle(tmp_path: Path, left: str) -> None:
    (tmp_path / FILE).write_text(left)
    with agent_lock(tmp_path):
        assert (tmp_path / FILE).read_text() == f"{os.getpid()}\n"


def test_who_only_looks_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE).touch()
    handles = [os.open(tmp_path / FILE, os.O_RDONLY)]
    fcntl.flock(handles[0], fcntl.LOCK_SH)  # as whoever asks for the status does, for a moment
    monkeypatch.setattr("scanner.agent.lock.time.sleep", lambda _: os.close(handles.pop()))
    with agent_lock(tmp_path):
        assert holder(tmp_path) == os.getpid()
    assert not handles


def test_one_chore_at_a_time(tmp_path: Path) -> None:
    with chore_lock(tmp_path), pytest.raises(ChoreRuns), chore_lock(tmp_path):
        pass
    with chore_lock(tmp_path):
        pass
