"""Real files: hard links, and kill -9 at every point of a run."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from connectors.base import Locator, Version
from connectors.files.local import Folder
from scanner.cases import CaseStore
from scanner.erase import run
from scanner.index.seal import Keys, Sealer
from scanner.journal import Journal
from scanner.model import Action, Finding, Ownership, Tier
from scanner.plan import make_plan
from tests.scanner.preparing import nothing_against

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fingerprint(stream: BinaryIO) -> str:
    return hashlib.sha256(b"key" + stream.read()).hexdigest()


def opened(folder: Path) -> CaseStore:
    return CaseStore(folder / "cases.sqlite", Sealer(Keys.derive(b"k" * 32)))


def finding(number: int, source: str, path: str, version: Version, **more: Any) -> Finding:
    values: dict[str, Any] = {"evidence": (), "ownership": Ownership.OWN, "action": Action.REMOVE, "content": "aa"}
    return Finding(number, Locator(source, path), "file", Tier.CERTAIN, version=version, **values | more)


def content_of(path: Path) -> str:
    """What the index knows of the content."""
    with path.open("rb") as stream:
        return fingerprint(stream)


class Files:
    """Three files of a case: one to erase, one that changed since, one with a hard link outside the source."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "kunder"
        self.root.mkdir(parents=True)
        for name in ("a.txt", "b.txt", "c.txt", "bystander.txt"):
            (self.root / name).write_bytes(name.encode())
        os.link(self.root / "c.txt", folder / "elsewhere")
        store = opened(folder)
        case = store.new([], NOW)
        for number, name in enumerate(("a.txt", "b.txt", "c.txt"), start=1):
            state = (self.root / name).stat()
            version = Version(f"{state.st_size}-{state.st_mtime_ns}-{state.st_ino}")
            case.findings.append(
                finding(number, "kunder", name, version, content=content_of(self.root / name), links=state.st_nlink)
            )
        store.save(case)
        store.close()
        (self.root / "b.txt").write_bytes(b"somebody worked on it")

    def run(self, kill_at: int = -1) -> int:
        """Run the plan as the command does; dies by SIGKILL at that point. Gives the number of points passed."""
        points = Points(kill_at)
        with opened(self.folder) as store:
            case = store.load("2026-0001")
            plan = make_plan(case.findings, lambda data: hashlib.sha256(data).hexdigest())
            journal = _hooked(Journal(store), ("intend", "answered", "done"), points)
            connect = partial(self.connect, points=points)
            run(
                case,
                plan,
                connect,
                journal,
                lambda: NOW,
                lambda *_: None,
                fingerprint,
                nothing_against,
                lambda *_: None,
            )
            points.pass_()
            store.journal.save(case)
        return points.passed

    def connect(self, name: str, points: Points) -> Any:
        folder = Folder(name, {"path": str(self.root), "exclude": [], "follow_symlinks": False, "sentinel": ""})
        return _hooked(folder, ("remove", "presence"), points)

    def end(self) -> tuple[list[str], dict[str, bytes], int]:
        with opened(self.folder) as store:
            case = store.load("2026-0001")
            left = len(store.journal.entries(case))
        files = {path.name: path.read_bytes() for path in self.root.iterdir()}
        return [one.state.value for one in case.findings], files, left


class Points:
    def __init__(self, kill_at: int) -> None:
        self.kill_at = kill_at
        self.passed = 0

    def pass_(self) -> None:
        if self.passed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed += 1


def _hooked(target: Any, names: tuple[str, ...], points: Points) -> Any:
    """A point before and one after each call of these methods."""
    for name in names:
        method = getattr(target, name)

        def hook(*arguments: Any, method: Callable[..., Any] = method) -> Any:
            points.pass_()
            answer = method(*arguments)
            points.pass_()
            return answer

        setattr(target, name, hook)
    return target


def killed(files: Files, point: int) -> bool:
    """Run in a child that is killed at the point; True if it was."""
    child = os.fork()
    if child == 0:
        try:
            files.run(point)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


EXPECTED = (
    ["erased", "open", "failed"],
    {"b.txt": b"somebody worked on it", "bystander.txt": b"bystander.txt"},
    0,
)


def test_without_a_kill(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.run()
    assert files.end() == EXPECTED
    assert (tmp_path / "elsewhere").read_bytes() == b"c.txt"


def test_kill_9_at_any_point_comes_to_the_same_end(tmp_path: Path) -> None:
    points = Files(tmp_path / "measure").run()
    assert points > 20
    for point in range(points):
        files = Files(tmp_path / str(point))
        assert killed(files, point), point
        files.run()
        assert files.end() == EXPECTED, point


def test_two_kills_in_a_row_come_to_the_same_end(tmp_path: Path) -> None:
    for first, second in ((3, 2), (4, 5), (13, 1), (20, 4)):
        files = Files(tmp_path / f"{first}-{second}")
        assert killed(files, first)
        assert killed(files, second)
        files.run()
        assert files.end() == EXPECTED, (first, second)


def test_other_content_of_the_same_size_and_time_is_not_erased(tmp_path: Path) -> None:
    files = Files(tmp_path)
    path = files.root / "a.txt"
    before = path.stat()
    with path.open("r+b") as stream:
        stream.write(b"B.TXT")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    files.run()
    states, left, _ = files.end()
    assert states[0] == "open"
    assert left["a.txt"] == b"B.TXT"


def test_a_change_between_a_crash_and_the_next_run_is_not_erased(tmp_path: Path) -> None:
    files = Files(tmp_path)
    assert killed(files, 2)  # a.txt is intended, and not yet tried
    (files.root / "a.txt").write_bytes(b"somebody saved it meanwhile")
    files.run()
    states, left, _ = files.end()
    assert states[0] == "open"
    assert left["a.txt"] == b"somebody saved it meanwhile"


def linked(folder: Path, names: tuple[str, ...]) -> Files:
    files = Files(folder)
    for name in names[1:]:
        os.link(files.root / names[0], files.root / name)
    with opened(folder) as store:
        case = store.load("2026-0001")
        state = (files.root / names[0]).stat()
        version = Version(f"{state.st_size}-{state.st_mtime_ns}-{state.st_ino}")
        case.findings = [
            finding(number, "kunder", name, version, links=state.st_nlink, content=content_of(files.root / name))
            for number, name in enumerate(names, start=1)
        ]
        store.save(case)
    return files


def test_content_with_several_names_is_erased_when_the_last_of_them_is(tmp_path: Path) -> None:
    files = linked(tmp_path, ("a.txt", "a2.txt", "a3.txt"))
    files.run()
    assert files.end()[0] == ["erased"] * 3


def test_content_with_a_name_outside_the_case_is_never_erased(tmp_path: Path) -> None:
    files = linked(tmp_path, ("c.txt", "c2.txt"))
    files.run()
    assert files.end()[0] == ["failed", "failed"]
    assert (tmp_path / "elsewhere").read_bytes() == b"c.txt"


def test_kill_9_among_several_names_comes_to_the_same_end(tmp_path: Path) -> None:
    points = linked(tmp_path / "measure", ("a.txt", "a2.txt")).run()
    for point in range(points):
        files = linked(tmp_path / str(point), ("a.txt", "a2.txt"))
        assert killed(files, point)
        files.run()
        assert files.end()[0] == ["erased"] * 2, point
