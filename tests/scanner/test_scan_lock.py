"""Two processes never scan one source at a time, and different ones never wait for each other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from connectors.base import Locator
from scanner.index.seal import Keys, Sealer
from scanner.scan_lock import ScanLocks, SourceBusy, Turns
from scanner.workspace import Workspace
from tests.scanner.index.test_writers import pictured
from tests.scanner.scan_process import offer
from tests.scanner.scan_world import MASTER
from tests.scanner.test_scan_process import begin

ROOT = Path(__file__).resolve().parents[2]
SEALER = Sealer(Keys.derive(MASTER))
_HOLDS = (
    "import sys, pathlib; from scanner.scan_lock import ScanLocks; from scanner.workspace import Workspace;"
    "work = Workspace.open(pathlib.Path(sys.argv[1]));"
    "held = ScanLocks(work.state, work.sealer).hold(sys.argv[2]); held.__enter__(); print('held', flush=True);"
    "sys.stdin.read()"
)


@contextmanager
def held_elsewhere(config: Path, source: str) -> Iterator[subprocess.Popen[str]]:
    """The source is held by another process until that ends."""
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLDS, str(config), source],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other
    finally:
        other.kill()
        other.communicate()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    text = '[agent]\nstate = "state"\n'
    for name in ("ett", "två"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(f"{name}@x.example")
        text += f'[[source]]\nname = "{name}"\nkind = "folder"\npath = "{name}"\nbackup = "none"\n'
    path = tmp_path / "gallra.toml"
    path.write_text(text, encoding="utf-8")
    with Workspace.open(path) as work:
        assert [report.error for report in work.scan()] == [None, None]
    return path


def locks(config: Path) -> ScanLocks:
    with Workspace.open(config) as work:
        return ScanLocks(work.state, work.sealer)


def test_a_source_is_held_by_one_and_let_go_by_a_kill(config: Path) -> None:
    ours = locks(config)
    with held_elsewhere(config, "ett") as other:
        assert ours.is_held("ett")
        assert not ours.is_held("två")
        with pytest.raises(SourceBusy, match="ett: being scanned by another gallra"), ours.hold("ett"):
            pass
        with ours.hold("två"):
            assert ours.is_held("två")
        os.kill(other.pid, signal.SIGKILL)
        other.wait(30)
        with ours.hold("ett", wait=30):
            pass


def test_who_waits_is_told_once_and_goes_on(tmp_path: Path) -> None:
    ours, told = ScanLocks(tmp_path, SEALER), list[str]()
    with ExitStack() as held:
        held.enter_context(ours.hold("ett"))
        end = threading.Timer(0.1, held.pop_all().close)

        def waiting(source: str) -> None:
            told.append(source)
            end.start()

        with ours.hold("ett", 30, waiting):
            pass
        end.join()
    with ours.hold("två", 30, told.append):
        pass
    assert told == ["ett"]


def test_no_name_of_a_source_is_in_the_state_folder(config: Path) -> None:
    names = [path.name for path in (config.parent / "state").iterdir()]
    assert sum(name.startswith("scan-") and name.endswith(".lock") for name in names) == 2
    assert not [name for name in names if "ett" in name or "tv" in name]


def test_those_of_others_come_last_and_one_lock_is_held_at_a_time(tmp_path: Path) -> None:
    ours = ScanLocks(tmp_path, SEALER)
    others = ExitStack()
    others.enter_context(ours.hold("a"))
    met = []
    for source, free in Turns(ours, wait=0.1).each(["a", "b", "c"]):
        held = {one for one in "abc" if ours.is_held(one)}
        met.append((source, free, held))
    assert met == [("b", True, {"a", "b"}), ("c", True, {"a", "c"}), ("a", False, {"a"})]
    with pytest.raises(SourceBusy):
        list(Turns(ours).each(["a", "b"]))
    assert not ours.is_held("b")
    others.close()
    assert list(Turns(ours).each(["a", "b"])) == [("a", True), ("b", True)]


def test_a_busy_source_is_told_and_the_others_are_scanned(config: Path) -> None:
    (config.parent / "två" / "b.txt").write_text("b@x.example")
    with held_elsewhere(config, "ett"), Workspace.open(config) as work:
        told: list[str] = []
        work.waiting = told.append
        first, second = work.scan(wait=0.1)
        assert (first.source, first.busy, first.exit_code, first.complete) == ("ett", True, 3, False)
        assert (second.source, second.busy, second.error, second.read, second.changed) == ("två", False, None, 1, True)
        assert told == ["ett"]
        with pytest.raises(SourceBusy):
            work.scan(["ett"], wait=0)
        with work.index() as index:
            assert index.note("ett").error == ""  # who scans it tells of it


def test_looking_again_never_counts_what_it_could_not_walk(config: Path) -> None:
    """A report with an error: no case is verified by it."""
    with held_elsewhere(config, "ett"), Workspace.open(config) as work:
        work.patience = 0.0
        assert [(one.source, bool(one.error), one.exit_code) for one in work.rescan(["ett", "två"])] == [
            ("ett", True, 3), ("två", False, 0),
        ]  # fmt: skip
        work.forget_items([Locator("ett", "a.txt"), Locator("två", "a.txt")])
        with work.index() as index:
            assert index.item_by_path("ett", "a.txt") is not None
            assert index.item_by_path("två", "a.txt") is None


def test_the_command_says_that_it_waits_and_goes_on(config: Path) -> None:
    with held_elsewhere(config, "ett") as other:
        scan = subprocess.Popen(
            [sys.executable, "-m", "scanner.cli.main", "--config", str(config), "scan", "--json"],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert scan.stderr is not None
        assert scan.stderr.readline() == "ett: being scanned by another gallra; waiting\n"
        assert scan.poll() is None
        assert other.stdin is not None
        other.stdin.close()
        other.wait(30)
        other.stdin = None
        out, _ = scan.communicate(timeout=60)
    assert scan.returncode == 0
    assert [one["error"] for one in json.loads(out)["sources"]] == [None, None]


@pytest.mark.prove
def test_two_scans_and_an_erasure_at_once_leave_what_one_after_the_other_leaves(tmp_path: Path) -> None:
    """Real commands: each scan reads slowly, from before the erasure until after it; its second look waits for them."""
    config = _two_slow_ones(tmp_path)
    assert _gallra(config, "scan", "kund").returncode == 0
    found = json.loads(_gallra(config, "find", "anna@x.example", "--json").stdout)
    scans = [begin(config, 20, source, "--json") for source in ("långsam", "seg")]
    try:
        _until(lambda: len(_pictured(config)["items"]) >= 2 + 2 * 20)
        scans.append(_begun(config, "erase", found["case"], "--plan", found["plan"], "--yes", "--json"))
        _until(lambda: not (tmp_path / "kund" / "anna.txt").exists())
        assert [scan.poll() for scan in scans] == [None] * 3, "the scans ended before anything was erased"
        told = [scan.communicate(timeout=120) for scan in scans]
        assert [scan.returncode for scan in scans] == [0, 0, 0], told
        assert json.loads(told[2][0])["states"] == {"erased": 1}
        assert "being scanned by another gallra; waiting" in told[2][1]
    finally:
        for scan in scans:
            scan.kill()
            scan.wait(30)
    assert [path.name for path in (tmp_path / "kund").iterdir()] == ["bo.txt"]
    again = tmp_path / "efteråt"
    again.mkdir()
    (again / "gallra.key").write_bytes((tmp_path / "gallra.key").read_bytes())
    os.chmod(again / "gallra.key", 0o600)
    (again / "site").symlink_to(tmp_path / "site")
    (again / "gallra.toml").write_text(
        config.read_text(encoding="utf-8").replace('path = "', 'path = "../').replace("rough", "folder")
    )
    for source in ("kund", "långsam", "seg"):
        assert _gallra(again / "gallra.toml", "scan", source).returncode == 0
    sealer = Workspace.open(again / "gallra.toml").sealer
    words = ("anna", "bo", "person", "person7", "hej")
    one, other = (pictured(path / ".gallra" / "index.sqlite", sealer, words) for path in (tmp_path, again))
    assert one == other
    assert len(one["items"]) == 1 + 2 * _SLOW


_SLOW = 700  # files, of 20 ms each


def _two_slow_ones(folder: Path) -> Path:
    offer(folder / "site")
    text = ""
    for name, kind in (("kund", "folder"), ("långsam", "rough"), ("seg", "rough")):
        (folder / name).mkdir()
        text += f'[[source]]\nname = "{name}"\nkind = "{kind}"\npath = "{name}"\nbackup = "none"\n'
    for number in range(_SLOW):
        for name in ("långsam", "seg"):
            (folder / name / f"seg{number}.txt").write_text(f"hej person{number % 50}@x.example, bo@x.example\n")
    (folder / "kund" / "anna.txt").write_text("Anna, anna@x.example")
    (folder / "kund" / "bo.txt").write_text("Bo, bo@x.example")
    path = folder / "gallra.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _gallra(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    process = _begun(config, *words)
    out, told = process.communicate(timeout=120)
    return subprocess.CompletedProcess(words, process.returncode, out, told)


def _begun(config: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.scanner.scan_process", "4096", "--config", str(config), *words]
    paths = f"{ROOT}:{config.parent / 'site'}"
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ, PYTHONPATH=paths),
    )


def _pictured(config: Path) -> dict[str, set[object]]:
    return pictured(config.parent / ".gallra" / "index.sqlite", SEALER, ())


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)
