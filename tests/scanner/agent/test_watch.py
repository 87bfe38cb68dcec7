"""A watched folder: what changes is told, by its own path or as the whole source. Witnesses: os, os.walk."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from config.model import Source
from scanner.agent.watching import Times, Watching
from tests.scanner.agent.watched import QUICK, Told, await_that, files, states, watched

pytest.importorskip("watchdog.observers.inotify_c")

REAL = Times()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "kunder"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    return folder


def make(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("x")


def test_the_whole_source_is_told_when_the_watch_begins(root: Path) -> None:
    with watched(root) as here:
        assert here.told.calls()[0] == ("kunder", None)


def test_each_change_is_told_by_its_path(root: Path) -> None:
    with watched(root) as here:

        def told(path: str, change: object) -> None:
            since = time.monotonic()
            assert callable(change)
            change()
            here.await_covered(path, since)

        told("new.txt", lambda: (root / "new.txt").write_text("1"))
        told("new.txt", lambda: (root / "new.txt").write_text("22"))
        told("moved.txt", lambda: (root / "new.txt").rename(root / "moved.txt"))
        told("moved.txt", lambda: os.truncate(root / "moved.txt", 1))
        told("moved.txt", (root / "moved.txt").unlink)
        told("link", lambda: (root / "link").symlink_to("old.txt"))
        told("hard.txt", lambda: os.link(root / "old.txt", root / "hard.txt"))
        told("a/b/c.txt", lambda: make(root / "a/b/c.txt"))
        told("a/b/d.txt", lambda: (root / "a/b/d.txt").write_text("d"))
        told("z/b/c.txt", lambda: (root / "a").rename(root / "z"))
        told("z/b/e.txt", lambda: (root / "z/b/e.txt").write_text("e"))
        told("z", lambda: shutil.rmtree(root / "z"))
        assert here.told.wholes() == 1
        assert here.state == "watched"


def test_a_file_still_being_written_is_told(root: Path) -> None:
    with watched(root) as here, (root / "long.txt").open("w") as stream:
        for _ in range(3):
            since = time.monotonic()
            stream.write("more")
            stream.flush()
            here.await_covered("long.txt", since)


def test_looking_and_rights_are_no_change(root: Path) -> None:
    with watched(root) as here:
        before = here.told.calls()
        (root / "old.txt").read_text()
        list(files(root))
        (root / "old.txt").chmod(0o600)
        os.utime(root / "old.txt")
        (root / "end").write_text("")
        await_that(lambda: "end" in here.told.paths())
        assert here.told.calls()[len(before) :] == [("kunder", frozenset({"end"}))]


def test_names_go_through_unharmed(root: Path) -> None:
    names = [b"\xe9", b"new\nline", b"*", b"-rf", b" ", "åäö".encode(), b"%s", b"\\", b"a" * 255]
    with watched(root) as here:
        since = time.monotonic()
        for name in names:
            folder = os.fsencode(root) + b"/d-" + name[:200]
            os.mkdir(folder)
            with open(folder + b"/" + name, "wb"):
                pass
        for name in names:
            path = os.fsdecode(b"d-" + name[:200] + b"/" + name)
            here.await_covered(path, since)
        told = here.told.paths()
        assert told <= {os.fsdecode(b"d-" + name[:200]) for name in names} | set(files(root))


def test_a_folder_moved_in_is_told_and_watched(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside/deep").mkdir(parents=True)
    (tmp_path / "outside/deep/x.txt").write_text("x")
    with watched(root) as here:
        since = time.monotonic()
        (tmp_path / "outside").rename(root / "inside")
        here.await_covered("inside/deep/x.txt", since)
        since = time.monotonic()
        (root / "inside/deep/y.txt").write_text("y")
        here.await_covered("inside/deep/y.txt", since)


def test_a_folder_moved_out_is_told_and_watched_no_longer(root: Path, tmp_path: Path) -> None:
    (root / "inside").mkdir()
    with watched(root) as here:
        since = time.monotonic()
        (root / "inside").rename(tmp_path / "outside")
        here.await_covered("inside", since)
        before = len(here.told.calls())
        (tmp_path / "outside/x.txt").write_text("x")
        (root / "end").write_text("")
        await_that(lambda: "end" in here.told.paths())
        assert here.told.calls()[before:] == [("kunder", frozenset({"end"}))]


def test_a_name_that_is_used_again_and_again_hides_no_folder(root: Path) -> None:
    """Made, filled, renamed, made again, faster than events are read: each folder is watched by what it is called."""
    with watched(root) as here:
        for number in range(200):
            (root / "tmp").mkdir()
            (root / "tmp/sub").mkdir()
            (root / "tmp").rename(root / f"done-{number}")
        (root / "end").write_text("")
        await_that(lambda: "end" in here.told.paths())
        since = time.monotonic()
        for number in range(200):
            (root / f"done-{number}/sub/late.txt").write_text("x")
        for number in range(200):
            here.await_covered(f"done-{number}/sub/late.txt", since)
        assert here.told.wholes() == 1


def test_excluded_folders_and_own_files_are_not_told(root: Path) -> None:
    (root / "Arkiv").mkdir()
    (root / ".gallra").mkdir()
    with watched(root, exclude=["Arkiv/", "*.tmp"], own=[root / ".gallra", root / "agent.log"]) as here:
        (root / "Arkiv/x.txt").write_text("x")
        (root / ".gallra/index.sqlite").write_text("x")
        (root / "agent.log").write_text("x")
        (root / "x.tmp").write_text("x")
        (root / "end").write_text("")
        await_that(lambda: "end" in here.told.paths())
        assert here.told.paths() == {"end"}


def test_what_is_left_out_is_told_where_a_followed_link_may_lead_to_it(root: Path) -> None:
    (root / "Arkiv").mkdir()
    with watched(root, exclude=["Arkiv/"], follow_symlinks=True) as here:
        (root / "Arkiv/x.txt").write_text("x")
        await_that(lambda: "Arkiv/x.txt" in here.told.paths())


def test_the_real_times_keep_a_change_within_five_seconds(root: Path) -> None:
    """A change every tenth of a second, for longer than the longest wait: told before it ends."""
    with watched(root, times=REAL) as here:
        since, ends = time.monotonic(), threading.Event()

        def write() -> None:
            while not ends.wait(0.1):
                (root / "busy.txt").write_text("x")

        writer = threading.Thread(target=write)
        writer.start()
        here.await_covered("busy.txt", since)
        ends.set()
        writer.join()


def test_a_root_renamed_deleted_or_replaced_is_told_and_watched_anew(root: Path, tmp_path: Path) -> None:
    with watched(root) as here:
        root.rename(tmp_path / "away")
        here.await_state("lost: the folder is not there")
        here.await_whole(1)
        root.mkdir()
        here.await_state("watched")
        here.await_whole(2)
        shutil.rmtree(root)
        here.await_state("lost: the folder is not there")
        here.await_whole(3)
        (tmp_path / "away").rename(root)
        here.await_state("watched")
        here.await_whole(4)
        (tmp_path / "other").mkdir()
        os.rename(root, tmp_path / "away")
        os.rename(tmp_path / "other", root)
        here.await_whole(5)
        since = time.monotonic()
        (root / "new.txt").write_text("x")
        here.await_covered("new.txt", since)


def test_each_new_state_is_told(root: Path, tmp_path: Path) -> None:
    with watched(root) as here:
        root.rename(tmp_path / "away")
        here.await_state("lost: the folder is not there")
        (tmp_path / "away").rename(root)
        here.await_state("watched")
    looking = "lost: its folders are being looked through"
    without = [state for state in here.stated if state != looking]
    assert without == ["watched", "lost: the folder is not there", "watched"]


def test_a_folder_above_the_root_that_is_swapped_is_noticed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "kunder").mkdir(parents=True)
    (tmp_path / "now").symlink_to("one")
    with watched(tmp_path / "now/kunder") as here:
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").replace(tmp_path / "now")
        here.await_whole(1)
        since = time.monotonic()
        (tmp_path / "two/kunder/new.txt").write_text("x")
        here.await_covered("new.txt", since)


def test_without_its_sentinel_nothing_is_told_but_the_state(root: Path) -> None:
    (root / "mounted").write_text("")
    with watched(root, sentinel="mounted") as here:
        (root / "mounted").unlink()
        here.await_state("lost: not mounted")
        before = here.told.calls()
        for name in files(root):
            (root / name).unlink()
        time.sleep(1.0)  # longer than a change waits
        assert here.told.calls() == before
        (root / "mounted").write_text("")
        here.await_state("watched")
        await_that(lambda: here.told.calls()[len(before) :] == [("kunder", None)])


def test_a_root_that_is_not_there_yet_is_watched_when_it_comes(tmp_path: Path) -> None:
    with watched(tmp_path / "late", start="lost: the folder is not there") as here:
        assert here.told.calls() == []
        (tmp_path / "late").mkdir()
        here.await_state("watched")
        here.await_whole(0)


def test_a_share_is_polled_where_that_is_asked_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.agent.watching.file_system", lambda _: "nfs4")
    (root / "a").mkdir()
    (root / "loop").symlink_to(".")
    with watched(root, watch=True, start="polled", exclude=["*.tmp"]) as here:
        for path in ("a/new.txt", "a/b/deep.txt"):
            (root / path).parent.mkdir(exist_ok=True)
            since = time.monotonic()
            (root / path).write_text("x")
            here.await_covered(path, since)
        (root / "x.tmp").write_text("x")
        since = time.monotonic()
        (root / "a").rename(root / "z")
        here.await_covered("a", since)
        here.await_covered("z/b/deep.txt", since)
        since = time.monotonic()
        (root / "old.txt").write_text("longer than it was")
        here.await_covered("old.txt", since)
        time.sleep(0.5)  # that picture is taken
        since = time.monotonic()
        (root / "old.txt").write_text("longer than it saw")
        here.await_covered("old.txt", since)
        assert not any("loop/" in path or path.endswith(".tmp") for path in here.told.paths())
        wholes = here.told.wholes()
        shutil.rmtree(root)
        here.await_state("lost: the folder is not there")
        root.mkdir()
        here.await_state("polled")
        here.await_whole(wholes)


def test_a_share_too_large_to_be_polled_is_told_in_its_state(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.agent.watching.file_system", lambda _: "cifs")
    monkeypatch.setattr("scanner.agent.polls.Poll.__init__.__defaults__", (None, 0.2, 2))
    with watched(root, watch=True, start="polled") as here:
        for number in range(3):
            (root / f"{number}.txt").write_text("x")
        here.await_state("lost: more than 2 files are not polled")
        (root / "0.txt").unlink()
        (root / "1.txt").unlink()
        here.await_state("polled")
        await_that(lambda: here.told.covers("2.txt", 0.1))
    with watched(root, watch=True, start="polled"):
        pass


@pytest.mark.parametrize(
    ("kind", "watch", "system", "state"),
    [
        ("imap", True, "ext4", "not watched: its kind tells no changes"),
        ("folder", False, "ext4", "not watched: watch = false"),
        ("maildir", False, "ext4", "not watched: watch = false"),
    ],
)
def test_what_is_not_watched_says_why(kind: str, watch: bool, system: str, state: str) -> None:
    assert states([Source("x", kind, {"path": "/nowhere"}, watch=watch)]) == {"x": state}


def test_a_share_is_not_watched_where_nobody_asks_for_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.agent.watching.file_system", lambda _: "nfs4")
    with watched(root, start="not watched: the system tells no changes there") as here:
        (root / "new.txt").write_text("x")
        time.sleep(0.5)
        assert here.told.calls() == []


def test_an_error_of_who_is_told_loses_nothing(root: Path) -> None:
    told, failed = Told(), threading.Event()

    def changed(source: str, paths: frozenset[str] | None) -> None:
        if paths is not None and not failed.is_set():
            failed.set()
            raise OSError("busy")
        told(source, paths)

    watching = Watching([Source("kunder", "folder", {"path": str(root)})], changed, times=QUICK)
    watching.start()
    try:
        await_that(lambda: told.wholes() == 1)
        (root / "new.txt").write_text("x")
        await_that(lambda: told.wholes() == 2)
        assert failed.is_set()
    finally:
        watching.stop()


def test_a_maildir_tells_what_is_delivered_and_moved(tmp_path: Path) -> None:
    for box in ("cur", "new", "tmp"):
        (tmp_path / "mail" / box).mkdir(parents=True)
    with watched(tmp_path / "mail", kind="maildir") as here:
        (tmp_path / "mail/tmp/1.host").write_text("x")
        since = time.monotonic()
        (tmp_path / "mail/tmp/1.host").rename(tmp_path / "mail/new/1.host")
        here.await_covered("new/1.host", since)
        since = time.monotonic()
        (tmp_path / "mail/new/1.host").rename(tmp_path / "mail/cur/1.host:2,S")
        here.await_covered("cur/1.host:2,S", since)


def test_nothing_is_told_after_the_end_and_no_thread_stays(root: Path) -> None:
    before = set(threading.enumerate())
    with watched(root) as here:
        assert set(threading.enumerate()) - before
    count = len(here.told.calls())
    (root / "new.txt").write_text("x")
    time.sleep(0.5)
    assert len(here.told.calls()) == count
    await_that(lambda: set(threading.enumerate()) <= before)
