"""Thousands of changes at once: none is missed, and the watching process stays small. The witness is os.walk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scanner.agent.flood import Flood
from tests.scanner.agent.watched import PATIENCE, Told, await_that, files, watched

pytest.importorskip("watchdog.observers.inotify_c")

ROOT = Path(__file__).resolve().parents[3]
MOST_GROWTH_KB = 200_000
QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")


class Process:
    """`watch_process` over a folder; what it says goes into `told`, its last words into `end`."""

    def __init__(self, folder: Path) -> None:
        program = [sys.executable, "-m", "tests.scanner.agent.watch_process", str(folder), "real"]
        self._process = subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.told, self.end = Told(), dict[str, float | str]()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "peak" in said:
                self.end = said
            else:
                paths = said["paths"]
                self.told.add(said["moment"], said["source"], None if paths is None else frozenset(paths))

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kunder/old").mkdir(parents=True)
    return tmp_path / "kunder"


@pytest.fixture
def process(folder: Path) -> Iterator[Process]:
    process = Process(folder)
    try:
        await_that(lambda: process.told.wholes() == 1)
        yield process
    finally:
        process.stop()


def missed(told: Told, done: dict[str, float]) -> list[str]:
    return [path for path, moment in done.items() if not told.covers(path, moment)]


@pytest.mark.parametrize(
    ("count", "seconds", "seed"),
    [(3000, 2.0, 1), pytest.param(50_000, 55.0, 2, marks=pytest.mark.prove)],
)
def test_nothing_of_a_flood_is_missed_and_memory_is_bounded(
    folder: Path, process: Process, count: int, seconds: float, seed: int
) -> None:
    flood = Flood(folder, seed)
    flood.run(count, seconds)
    await_that(lambda: not missed(process.told, flood.done))
    standing = set(files(folder))
    assert len(standing) > 0.6 * count
    assert standing <= set(flood.done)
    process.stop()
    assert process.end["state"] == "watched"
    growth = int(process.end["peak"]) - int(process.end["before"])
    print(f"{count} files: {process.end}; {len(process.told.calls())} times told, {process.told.wholes()} times whole")
    assert growth < MOST_GROWTH_KB


def test_a_flood_in_short_bursts_is_told_by_paths_too(folder: Path, process: Process) -> None:
    flood = Flood(folder, 3)
    for _ in range(3):
        flood.run(150, 0.1)
        await_that(lambda: not missed(process.told, flood.done))
    assert process.told.wholes() == 1
    assert process.told.paths()


@pytest.mark.prove
def test_whole_trees_that_come_move_and_go_at_once_are_not_missed(
    folder: Path, process: Process, tmp_path: Path
) -> None:
    """20 times: a tree is copied in and renamed, its name is used again, and what was renamed gets new files."""
    tree = tmp_path / "tree"
    for place in range(25):
        (tree / f"{place % 5}/{place}").mkdir(parents=True)
        for number in range(20):
            (tree / f"{place % 5}/{place}/{number}.txt").write_text("x")
    done = dict[str, float]()
    for number in range(20):
        shutil.copytree(tree, folder / f"{number}")
        (folder / f"{number}").rename(folder / f"moved-{number}")
        moment = time.monotonic()
        (folder / f"{number}").mkdir()
        late = [f"{number}/late.txt", *(f"moved-{number}/{a}/late.txt" for a in range(5))]
        for path in late:
            (folder / path).write_text("x")
        done |= dict.fromkeys(late, moment)
    await_that(lambda: not missed(process.told, done))
    since = time.monotonic()
    for path in done:
        (folder / path).write_text("again")
    await_that(lambda: not missed(process.told, dict.fromkeys(done, since)))
    assert all(process.told.covers(path, 0.1) for path in files(folder))


def test_an_overflow_is_answered_by_a_walk_of_the_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader is held up until the kernel has dropped events; folders that came meanwhile are watched too."""
    from scanner.agent.tree import Tree

    queued = int(QUEUE.read_text())
    if queued > 100_000:
        pytest.skip(f"the kernel queues {queued} events here")
    go_on, overflows = threading.Event(), list[bool]()
    heard, noticed = Tree._on_event, Tree.on_queue_overflow

    def held_up(self: Tree, event: object) -> None:
        go_on.wait(PATIENCE)
        heard(self, event)  # type: ignore[arg-type]

    def overflow(self: Tree) -> None:
        overflows.append(True)
        noticed(self)

    monkeypatch.setattr(Tree, "_on_event", held_up)
    monkeypatch.setattr(Tree, "on_queue_overflow", overflow)
    with watched(folder) as here:
        (folder / "first").write_text("")
        path = os.fspath(folder / "old/same")
        for number in range(queued // 4 + 3000):  # CREATE, CLOSE_WRITE, MOVED_FROM and MOVED_TO each
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
            os.rename(path, f"{path}{number % 100}")
        (folder / "new/deep").mkdir(parents=True)
        (folder / "new/deep/lost.txt").write_text("x")
        last = time.monotonic()
        go_on.set()
        here.await_covered("new/deep/lost.txt", last)
        until = time.monotonic() + PATIENCE
        while not overflows and time.monotonic() < until:
            time.sleep(0.05)
        assert overflows
        here.await_whole(1)
        here.await_state("watched")
        since = time.monotonic()
        (folder / "new/deep/late.txt").write_text("x")
        await_that(lambda: "new/deep/late.txt" in here.told.paths())
        here.await_covered("new/deep/late.txt", since)
