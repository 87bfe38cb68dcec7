"""Jobs in processes of their own: ordered, stopped, killed, and what they leave behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from config.load import load
from connectors import registry
from scanner.agent.book import FILE, Book, Run
from scanner.agent.lock import chore_lock
from scanner.agent.order import BUSY, Answer, Order
from scanner.agent.process import Ended, JobProcess
from scanner.scan_lock import ScanLocks
from scanner.workspace import Workspace
from tests.scanner.scan_process import offer

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 60.0


@dataclass
class Desk:
    """An installation with a folder whose files called `seg` are slow to read, and the agent's side of its jobs."""

    root: Path
    ends: SimpleQueue[Ended] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        (self.root / "data").mkdir()
        self.path = self.root / "gallra.toml"
        self.path.write_text(
            '[[source]]\nname = "mapp"\nkind = "rough"\npath = "data"\nbackup = "none"\n'
            '[[source]]\nname = "borta"\nkind = "folder"\npath = "saknas"\nbackup = "none"\n'
        )
        with Workspace.open(self.path) as work:
            self.state = work.state
            self.locks = ScanLocks(work.state, work.sealer)

    def begin(self, job: str, paths: frozenset[str] | None = None) -> tuple[int, JobProcess]:
        with Book(self.state / FILE) as book:
            run = book.begin(job, datetime.now(UTC))
        return run, JobProcess(Order(self.path, job, run, paths, settings=load(self.path)), self.ends.put)

    def run(self, job: str, paths: frozenset[str] | None = None) -> Ended:
        self.begin(job, paths)
        return self.ends.get(timeout=SECONDS)

    def noted(self, job: str) -> Run:
        with Book(self.state / FILE) as book:
            found = book.last(job)
        assert found is not None
        return found

    def items(self) -> int:
        """How many items are in the index, asked of SQLite."""
        try:
            db = sqlite3.connect(f"file:{self.state}/index.sqlite?mode=ro", uri=True)
        except sqlite3.OperationalError:
            return 0
        try:
            return int(db.execute("SELECT count(*) FROM item").fetchone()[0])
        except sqlite3.OperationalError:  # not made yet
            return 0
        finally:
            db.close()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    offer(tmp_path / "site")
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{tmp_path / 'site'}:{before}")
    monkeypatch.syspath_prepend(tmp_path / "site")
    registry._known.cache_clear()  # who was asked before knows no such kind
    yield Desk(tmp_path)
    registry._known.cache_clear()


def wait_for(there: Callable[[], object]) -> None:
    until = time.monotonic() + SECONDS
    while not there():
        assert time.monotonic() < until
        time.sleep(0.1)


def group(pid: int) -> list[int]:
    """All living processes of a process group: the kernel's word."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == pid and fields[0] not in "ZX":
            found.append(int(entry.name))
    return found


def test_a_scan_is_done_noted_and_answered(desk: Desk) -> None:
    for name in ("a.txt", "b.txt"):
        (desk.root / "data" / name).write_text("person@x.example\n")
    ended = desk.run("scan:mapp")
    run = desk.noted("scan:mapp")
    assert ended.answer == Answer(run.id, "done", 0, changed=True)
    assert (ended.code, run.outcome, run.ended is None) == (0, "done", False)
    assert run.counts == {"items": 2, "read": 2, "retired": 0, "gaps": 0, "changed": 1}
    assert desk.items() == 2
    desk.path.write_text("this is no configuration any more")  # the agent's own goes on
    with Book(desk.state / FILE) as book:
        number = book.begin("scan:mapp", datetime.now(UTC))
    order = Order(desk.path, "scan:mapp", number)
    JobProcess(order, desk.ends.put)
    assert desk.ends.get(timeout=SECONDS).answer.code == 2  # type: ignore[union-attr]


def test_it_goes_by_the_settings_of_its_order_and_looks_at_paths_alone(desk: Desk) -> None:
    (desk.root / "data" / "a.txt").write_text("person@x.example\n")
    desk.run("scan:mapp")
    settings = load(desk.path)
    desk.path.write_text("this is no configuration any more")
    for name in ("b.txt", "c.txt"):
        (desk.root / "data" / name).write_text("other@x.example\n")
    with Book(desk.state / FILE) as book:
        number = book.begin("scan:mapp", datetime.now(UTC))
    JobProcess(Order(desk.path, "scan:mapp", number, frozenset({"b.txt"}), settings=settings), desk.ends.put)
    assert desk.ends.get(timeout=SECONDS).code == 0
    run = desk.noted("scan:mapp")
    assert (run.outcome, run.counts["paths"], run.counts["changed"]) == ("done", 1, 1)
    assert desk.items() == 2


def test_a_source_that_is_away_is_told_without_its_path(desk: Desk) -> None:
    ended, run = desk.run("scan:borta"), desk.noted("scan:borta")
    assert (ended.code, run.outcome, run.code) == (5, "failed", 5)
    assert "mounted" in run.error
    assert "saknas" not in run.error


def test_killed_it_has_no_end_and_leaves_nobody_behind(desk: Desk) -> None:
    for number in range(200):
        (desk.root / "data" / f"seg{number}.txt").write_text("person@x.example\n")
    _, process = desk.begin("scan:mapp")
    wait_for(lambda: len(group(process.pid)) > 1)
    os.kill(process.pid, signal.SIGKILL)
    ended = desk.ends.get(timeout=SECONDS)
    assert (ended.answer, ended.code) == (None, -signal.SIGKILL)
    wait_for(lambda: not group(process.pid))
    assert desk.noted("scan:mapp").ended is None


@pytest.mark.parametrize("read", [False, pytest.param(True, marks=pytest.mark.prove)])
def test_its_life_line_cut_it_ends_in_order_and_keeps_what_it_read(desk: Desk, read: bool) -> None:
    for number in range(3000):
        (desk.root / "data" / f"seg{number}.txt").write_text("person@x.example\n")
    _, process = desk.begin("scan:mapp")
    wait_for(lambda: len(group(process.pid)) > 1)
    if read:
        wait_for(lambda: desk.items() > 0)  # the first are stored after five seconds
    process.stop()
    process.stop()
    ended, run = desk.ends.get(timeout=SECONDS), desk.noted("scan:mapp")
    assert ended.answer is not None
    assert (ended.answer.outcome, run.outcome) == ("stopped", "stopped")
    assert int(read) <= desk.items() < 3000
    wait_for(lambda: not group(process.pid))


def test_a_source_or_chore_in_other_hands_is_busy_and_its_run_stays_open(desk: Desk) -> None:
    with desk.locks.hold("mapp"):
        ended = desk.run("scan:mapp")
    assert ended.answer is not None
    assert (ended.answer.outcome, desk.noted("scan:mapp").ended) == (BUSY, None)
    with chore_lock(desk.state):
        ended = desk.run("chore:tidy")
    assert ended.answer is not None
    assert (ended.answer.outcome, desk.noted("chore:tidy").ended) == (BUSY, None)


def test_an_unknown_chore_is_a_fault_that_tells_only_its_type(desk: Desk) -> None:
    ended, run = desk.run("chore:finns inte"), desk.noted("chore:finns inte")
    assert (ended.code, run.outcome, run.error) == (1, "failed", "a fault of gallra's own: KeyError")


def test_orders_and_answers_come_through_whole(desk: Desk) -> None:
    order = Order(desk.path, "scan:åäö", 7, frozenset({"a\nb", "\udce5.txt"}), full=True, settings=load(desk.path))
    assert order.line().count(b"\n") == 1
    assert Order.read(order.line()) == order
    assert Order.read(Order(desk.path, "chore:x", 1).line()) == Order(desk.path, "chore:x", 1)
    answer = Answer(7, "failed", 5, changed=True, error="borta: är inte där")
    assert Answer.read(answer.line()) == answer
    for broken in (b"", b"{", b"[]", b"{}", b"null"):
        assert Answer.read(broken) is None
