"""`gallra scan` as a process: killed, interrupted, and with items that break their readers."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scanner.scan_process import offer

ROOT = Path(__file__).resolve().parents[2]
FILES = 160


@pytest.fixture
def config(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    for number in range(FILES):
        (data / f"seg{number}.txt").write_text(f"person{number}@x.example\n")
    offer(tmp_path / "site")
    path = tmp_path / "gallra.toml"
    path.write_text('[[source]]\nname = "mapp"\nkind = "rough"\npath = "data"\n')
    return path


def begin(config: Path, batch: int, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.scanner.scan_process", str(batch), "--config", str(config), "scan"]
    return subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ, PYTHONPATH=f"{ROOT}:{config.parent / 'site'}"),
        start_new_session=True,
    )


def committed(config: Path) -> int:
    """How many items are in the index file, asked of SQLite."""
    path = config.parent / ".gallra" / "index.sqlite"
    if not path.exists():
        return 0
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(db.execute("SELECT count(*) FROM item").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0
    finally:
        db.close()


def wait_for(config: Path, items: int) -> None:
    until = time.monotonic() + 30
    while committed(config) < items:
        assert time.monotonic() < until
        time.sleep(0.02)


def wait_for_workers(process: subprocess.Popen[str]) -> None:
    """Until all that it started has come so far as to leave Ctrl-C to it: the kernel's word."""
    until = time.monotonic() + 30
    while not all(_ignores_interrupts(child) for child in _children(process.pid)):
        assert time.monotonic() < until
        time.sleep(0.02)


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _ignores_interrupts(pid: str) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    ignored = next(int(line.split()[1], 16) for line in lines if line.startswith("SigIgn:"))
    return bool(ignored >> (signal.SIGINT - 1) & 1)


def report(process: subprocess.Popen[str]) -> dict[str, int]:
    out, _ = process.communicate(timeout=60)
    found: dict[str, int] = json.loads(out)["sources"][0]
    return found


def test_killed_in_mid_scan_it_goes_on_where_it_was(config: Path) -> None:
    process = begin(config, 20)
    wait_for(config, 20)
    process.kill()
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL
    kept = committed(config)
    assert 20 <= kept < FILES
    again = report(begin(config, 4096, "--json"))
    assert (again["seen"], again["read"]) == (FILES, FILES - kept)
    assert committed(config) == FILES
    db = sqlite3.connect(config.parent / ".gallra" / "index.sqlite")
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_interrupted_it_says_so_and_keeps_what_was_read(config: Path) -> None:
    process = begin(config, 20)
    wait_for(config, 20)
    wait_for_workers(process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of the group
    out, err = process.communicate(timeout=20)
    assert process.returncode == 3
    assert "Traceback" not in err
    assert err.strip()
    assert out == ""
    kept = committed(config)
    assert 20 <= kept < FILES
    assert report(begin(config, 4096, "--json"))["read"] == FILES - kept


def test_an_item_that_kills_its_reader_is_a_gap_and_the_others_are_read(config: Path) -> None:
    (config.parent / "data" / "krasch.txt").write_text("hej")
    for _ in range(2):
        process = begin(config, 4096, "--json")
        out, _ = process.communicate(timeout=60)
        found = json.loads(out)["sources"][0]
        assert process.returncode == 3  # also when nothing is read anew: the gap is still there
        assert (found["seen"], found["gaps"], found["complete"]) == (FILES + 1, 1, True)
        assert committed(config) == FILES + 1
    assert found["read"] == 0
