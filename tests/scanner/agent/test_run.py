"""`gallra run` for real: started, told to stop, to read its configuration again, killed, and started again."""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from connectors.errors import ConfigError
from scanner.cli.main import gallra
from tests.scanner.agent.test_process import group
from tests.scanner.scan_process import offer

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 60.0
EVERY = '[schedule]\nevery = "2s"\njitter = "0s"\nlongest_wait = "1s"\n'
SLOW = '[[source]]\nname = "seg"\nkind = "rough"\npath = "seg"\nbackup = "none"\n'


def folder(name: str, *more: str) -> str:
    return "\n".join(
        ("[[source]]", f'name = "{name}"', 'kind = "folder"', f'path = "{name}"', 'backup = "none"', *more, "")
    )


class Home:
    """A folder with a gallra.toml, and what the kernel and SQLite say of the agent that runs there."""

    def __init__(self, root: Path) -> None:
        self.root, self.state = root, root / ".gallra"
        self.started: list[subprocess.Popen[str]] = []

    def write(self, *parts: str) -> None:
        (self.root / "gallra.toml").write_text("\n".join((*parts, '[log]\nfile = "agent.log"\nformat = "json"\n')))

    def put(self, source: str, *names: str) -> None:
        (self.root / source).mkdir(exist_ok=True)
        for name in names:
            (self.root / source / name).write_text(f"{name.partition('.')[0]}@x.example\n")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "scanner.cli.main", "--config", str(self.root / "gallra.toml"), "run"]
        path = f"{ROOT}:{self.root / 'site'}:{os.environ.get('PYTHONPATH', '')}"
        process = subprocess.Popen(
            [*command, *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=dict(os.environ, PYTHONPATH=path),
        )  # fmt: skip
        self.started.append(process)
        return process

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()

    def ask(self, file: str, sql: str) -> list[Any]:
        try:
            db = sqlite3.connect(f"file:{self.state / file}?mode=ro", uri=True)
        except sqlite3.OperationalError:
            return []
        try:
            return db.execute(sql).fetchall()
        except sqlite3.OperationalError:  # not made yet
            return []
        finally:
            db.close()

    def items(self) -> int:
        return int((self.ask("index.sqlite", "SELECT count(*) FROM item") or [(0,)])[0][0])

    def runs(self, job: str, outcome: str = "done") -> int:
        sql = f"SELECT count(*) FROM run WHERE job = '{job}' AND outcome = '{outcome}'"
        return int((self.ask("agent.sqlite", sql) or [(0,)])[0][0])

    def log(self) -> list[dict[str, Any]]:
        path = self.root / "agent.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def logged(self, event: str) -> int:
        return sum(one["event"] == event for one in self.log())

    def jobs(self, agent: subprocess.Popen[str]) -> list[int]:
        """The processes of the jobs that the agent has begun and that live."""
        try:
            children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text().split()
        except OSError:
            return []
        return [int(pid) for pid in children if group(int(pid))]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    offer(tmp_path / "site")
    made = Home(tmp_path)
    yield made
    made.close()


def wait_for(there: Callable[[], object]) -> None:
    until = time.monotonic() + SECONDS
    while not there():
        assert time.monotonic() < until
        time.sleep(0.15)


def end(process: subprocess.Popen[str], how: int = signal.SIGTERM) -> str:
    process.send_signal(how)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    return out + err


def test_it_scans_by_the_clock_one_agent_at_a_time_and_stops_in_order(home: Home) -> None:
    home.put("kunder", "a.txt", "b.txt")
    home.write(folder("kunder", "watch = false"), EVERY)
    first = home.start()
    wait_for(lambda: home.items() == 2)
    second = home.start()
    out, err = second.communicate(timeout=SECONDS)
    assert (second.returncode, out) == (4, "")
    assert f"(process {first.pid})" in err
    home.put("kunder", "c.txt", "d.txt")
    (home.root / "kunder" / "a.txt").unlink()
    wait_for(lambda: home.items() == 3 and home.runs("scan:kunder") >= 2)
    assert end(first) == ""
    assert home.ask("agent.sqlite", "SELECT * FROM run WHERE ended IS NULL") == []
    assert home.logged("agent ended") == 1


@pytest.mark.prove  # tests/agent has it too, for folders and servers
def test_what_changes_in_a_folder_is_known_within_moments(home: Home) -> None:
    home.put("kunder", "a.txt")
    home.write(folder("kunder", 'every = "never"'))
    agent = home.start()
    wait_for(lambda: home.items() == 1)  # told whole when its watch began: nobody knows what came before
    home.put("kunder", "b.txt")
    wait_for(lambda: home.items() == 2)
    sql = "SELECT count(*) FROM run WHERE counts LIKE '%paths%' AND outcome = 'done'"
    wait_for(lambda: home.ask("agent.sqlite", sql)[0][0] >= 1)
    end(agent, signal.SIGINT)


def test_told_to_it_reads_its_configuration_again_and_a_broken_one_is_refused_whole(home: Home) -> None:
    home.put("ett", "a.txt")
    home.put("två", "b.txt")
    home.write(folder("ett", "watch = false"), EVERY)
    agent = home.start()
    wait_for(lambda: home.items() == 1)
    home.write(folder("två", "watch = false"), EVERY, "[fel]\n")
    agent.send_signal(signal.SIGHUP)
    wait_for(lambda: home.logged("configuration refused, the old one goes on") == 1)
    known = home.runs("scan:ett")
    home.put("ett", "c.txt")
    wait_for(lambda: home.items() == 2 and home.runs("scan:ett") > known)  # though the file is broken
    wait_for(lambda: json.loads((home.state / "agent.json").read_text())["problems"] == 1)
    home.write(folder("ett", "watch = false"), folder("två", "watch = false"), EVERY)
    agent.send_signal(signal.SIGHUP)
    wait_for(lambda: home.items() == 3)
    wait_for(lambda: json.loads((home.state / "agent.json").read_text())["problems"] == 0)
    end(agent)


@pytest.mark.prove
def test_a_job_that_is_killed_is_begun_again_and_the_agent_goes_on(home: Home) -> None:
    home.put("seg", *(f"seg{number}.txt" for number in range(100)))
    home.write(SLOW, EVERY)
    agent = home.start()
    wait_for(lambda: home.jobs(agent))
    os.kill(home.jobs(agent)[0], signal.SIGKILL)
    wait_for(lambda: home.items() == 100)
    assert home.runs("scan:seg", "failed") == 1
    end(agent)
    assert "ended by signal 9" in home.ask("agent.sqlite", "SELECT error FROM run WHERE outcome = 'failed'")[0][0]


@pytest.mark.prove  # tests/agent kills it too
def test_the_agent_killed_its_job_ends_by_itself_and_the_next_agent_loses_nothing(home: Home) -> None:
    home.put("seg", *(f"seg{number}.txt" for number in range(250)))
    home.write(SLOW, EVERY)
    first = home.start()
    wait_for(lambda: any(len(group(pid)) > 1 for pid in home.jobs(first)))
    (job,) = home.jobs(first)
    first.kill()
    first.communicate()
    second = home.start()
    wait_for(lambda: home.items() == 250)
    assert not group(job)
    wait_for(lambda: home.runs("scan:seg") >= 1)
    end(second)
    assert home.ask("agent.sqlite", "SELECT * FROM run WHERE ended IS NULL") == []
    assert first.pid != second.pid


def test_once_it_does_what_is_due_and_ends_with_the_worst_code(home: Home) -> None:
    home.put("kunder", "a.txt")
    home.write(folder("kunder"), folder("borta"))
    once = home.start("--once")
    out, err = once.communicate(timeout=SECONDS)
    assert (once.returncode, out) == (5, "")
    assert err == "gallra: not all of it was done: gallra status tells what is left\n"
    assert home.items() == 1
    assert home.runs("chore:tidy") == 0, "it is a chore of the night"


@pytest.mark.prove
def test_once_at_night_it_does_the_chores_and_what_failed_but_no_scan_that_is_not_due(home: Home) -> None:
    home.put("kunder", "a.txt")
    home.write(folder("kunder"), folder("borta"))
    home.start("--once").communicate(timeout=SECONDS)
    home.put("borta", "b.txt")
    again = home.start("--once", "--night")
    again.communicate(timeout=SECONDS)
    assert again.returncode == 0
    assert home.items() == 2
    assert home.runs("scan:kunder") == 1, "it was not due"
    assert home.runs("chore:tidy") == 1


@pytest.mark.prove
def test_told_to_stop_in_mid_scan_it_keeps_what_was_read_and_goes_on_at_the_next_start(home: Home) -> None:
    home.put("seg", *(f"seg{number}.txt" for number in range(1500)))
    home.write(SLOW, EVERY)
    agent = home.start()
    wait_for(lambda: home.items() > 0)
    end(agent)
    kept = home.items()
    assert 0 < kept < 1500
    assert home.runs("scan:seg", "stopped") == 1
    again = home.start()
    wait_for(lambda: home.items() == 1500)
    wait_for(lambda: home.runs("scan:seg") >= 1)
    end(again)
    done = [one for one in home.log() if one.get("outcome") == "done" and one["job"] == "scan:seg"]
    assert [one["counts"]["read"] for one in done][:2] in ([1500 - kept], [1500 - kept, 0])


def test_without_the_extra_it_says_what_to_install(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write(folder("kunder"))
    found = importlib.util.find_spec
    monkeypatch.setattr("scanner.check_running.find_spec", lambda name: None if name == "watchdog" else found(name))
    result = CliRunner().invoke(gallra, ["--config", str(home.root / "gallra.toml"), "run"])
    assert isinstance(result.exception, ConfigError)
    assert list(result.exception.problems) == [
        "gallra run needs watchdog, not installed here: pip install 'gallra[agent]'"
    ]


def test_night_without_once_is_refused(home: Home) -> None:
    home.write(folder("kunder"))
    result = CliRunner().invoke(gallra, ["--config", str(home.root / "gallra.toml"), "run", "--night"])
    assert result.exit_code == 2


def test_a_damaged_record_is_told_with_the_next_step(home: Home) -> None:
    home.put("kunder", "a.txt")
    home.write(folder("kunder"))
    home.state.mkdir()
    (home.state / "agent.sqlite").write_bytes(bytes(range(256)) * 20)
    result = CliRunner().invoke(gallra, ["--config", str(home.root / "gallra.toml"), "run", "--once"])
    assert isinstance(result.exception, ConfigError)
    assert "agent.sqlite" in result.exception.problems[0]


@pytest.mark.prove
def test_where_nothing_can_be_written_the_agent_waits_and_then_goes_on(home: Home) -> None:
    home.put("kunder", "a.txt")
    home.write(folder("kunder", "watch = false"), EVERY)
    agent = home.start()
    wait_for(lambda: home.runs("scan:kunder") >= 2)
    _, hard = resource.prlimit(agent.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, (0, hard))  # as on a full disk: each write fails
    for _ in range(12):
        time.sleep(0.5)
        agent.send_signal(signal.SIGHUP)  # something to do
    assert agent.poll() is None
    home.put("kunder", "b.txt")
    resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, (hard, hard))
    wait_for(lambda: home.items() == 2)
    end(agent)
    assert home.ask("agent.sqlite", "SELECT * FROM run WHERE ended IS NULL") == []
