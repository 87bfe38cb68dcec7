"""What the agent leaves for others to read: whole, or as it was; and a lock that a dead process does not hold."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.agent.live import Live, LiveJob, holder, read_live, write_live
from scanner.agent.lock import FILE, agent_lock

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIVE = Live(
    pid=17,
    since=NOW,
    written=NOW + timedelta(hours=1),
    config_read=NOW,
    refused=NOW + timedelta(minutes=5),
    problems=2,
    jobs={
        "scan:kunder å": LiveJob("failing", NOW, NOW + timedelta(minutes=2), 3, "lost"),
        "chore:culls": LiveJob(),
    },
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    write_live(path, LIVE)
    assert read_live(path) == LIVE
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text("utf-8"))["jobs"]["scan:kunder å"]["next"] == "2026-11-23T12:02:00+00:00"
    assert [one.name for one in tmp_path.iterdir()] == ["agent.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": 1}', '{"jobs": 7}', "\xff"])
def test_what_is_no_such_file_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "agent.json"
    assert read_live(path) is None
    path.write_text(text, "latin-1")
    assert read_live(path) is None


def test_a_file_of_a_later_version_is_none(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    write_live(path, LIVE)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"later": 1}))
    assert read_live(path) is None


def test_the_old_one_stays_where_the_new_one_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    write_live(path, LIVE)
    (tmp_path / "agent.json.new").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_live(path, Live(18, NOW, NOW, NOW))
    assert read_live(path) == LIVE


def test_who_holds_the_lock_is_known_until_it_is_killed(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    hold = "import fcntl,os,sys,time;h=os.open(sys.argv[1],os.O_RDWR|os.O_CREAT);fcntl.flock(h,fcntl.LOCK_EX);"
    hold += "os.write(h,b'%d\\n'%os.getpid());print(flush=True);time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold, str(tmp_path / FILE)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert holder(tmp_path) == other.pid
        other.kill()
    assert holder(tmp_path) is None
    assert (tmp_path / FILE).read_text() == f"{other.pid}\n"


def test_asking_leaves_the_lock_free(tmp_path: Path) -> None:
    with agent_lock(tmp_path):
        assert holder(tmp_path) == os.getpid()
    assert holder(tmp_path) is None
    handle = os.open(tmp_path / FILE, os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)
