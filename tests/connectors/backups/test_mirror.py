"""Mirrors by rsync and rsnapshot: what is erased, what survives and is told, and what stops it; os is the witness."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.backups import mirror_erasing, mirror_lock
from connectors.backups.base import SCOPE, parted
from connectors.backups.mirror import Mirror
from connectors.base import Gap, GapReason, Item, Locator, Outcome, Presence, Receipt
from connectors.errors import ConnectorError, Denied, Malformed, Unreachable
from connectors.files import erasing
from connectors.files.leftovers import aside_names
from tests.connectors.backups.folder_world import lay
from tests.connectors.backups.mirror_world import rsnapshot_trees, rsync, rsync_trees, run_rsnapshot

FILES = {"Maja/brev.txt": b"Maja Blomqvist, kanariefageln 88-K\n", "Maja/annat.txt": b"other\n", "fil.txt": b"a file\n"}
LETTER = "srv/Maja/brev.txt"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return rsync_trees(tmp_path, [FILES, FILES, FILES])


def mirror(root: Path, **settings: object) -> Mirror:
    return Mirror("spegel", {"path": str(root), **settings})


def items(backup: Mirror) -> dict[str, Locator]:
    """By path without content; fails where a path has several."""
    found = [event.locator for event in backup.walk(SCOPE) if isinstance(event, Item)]
    told = {parted(one.path)[0]: one for one in found}
    assert len(told) == len(found)
    return told


def names_of(root: Path, data: bytes) -> list[str]:
    """Every file below with these bytes."""
    return sorted(str(one.relative_to(root)) for one in root.rglob("*") if one.is_file() and one.read_bytes() == data)


def erased(answer: dict[Locator, Receipt | ConnectorError], locator: Locator) -> Receipt:
    told = answer[locator]
    assert isinstance(told, Receipt), told
    return told


# What survives


def test_other_names_in_the_mirror_and_outside_are_told(root: Path, tmp_path: Path) -> None:
    first = root / "2026-03-01"
    for other in (first / "srv/fil-copy.txt", root / "2026-03-03/srv/Maja/kopia.txt", tmp_path / "outside.txt"):
        os.link(first / LETTER, other)
    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        notes = backup.note([letter])
        told = erased(backup.rewrite([letter]), letter)
        assert told.outcome is Outcome.ERASED
        assert told.survives == (
            "2 other names in the mirror with the same content, which stay",
            "1 name (hard links) outside the mirror with the same content",
        )
        assert backup.prove(notes) == {letter: Presence.ABSENT}
    assert names_of(root, FILES["Maja/brev.txt"]) == ["2026-03-01/srv/fil-copy.txt", "2026-03-03/srv/Maja/kopia.txt"]
    assert (tmp_path / "outside.txt").read_bytes() == FILES["Maja/brev.txt"]


def test_names_that_go_in_the_same_run_do_not_survive(root: Path) -> None:
    os.link(root / "2026-03-01" / LETTER, root / "2026-03-01/srv/kopia.txt")
    with mirror(root) as backup:
        there = items(backup)
        doomed = [there[LETTER], there["srv/kopia.txt"]]
        answer = backup.rewrite(doomed)
        assert [erased(answer, one).survives for one in doomed] == [(), ()]
    assert not names_of(root, FILES["Maja/brev.txt"])


def test_a_folder_that_became_a_link_leads_nowhere(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        shutil.copytree(root / "2026-03-02/srv/Maja", outside, copy_function=os.link)
        shutil.rmtree(root / "2026-03-02/srv/Maja")
        (root / "2026-03-02/srv/Maja").symlink_to(outside)
        told = erased(backup.rewrite([letter], ["srv/Maja"]), letter)
    assert told.survives == ("1 name (hard links) outside the mirror with the same content",)
    assert (outside / "brev.txt").read_bytes() == FILES["Maja/brev.txt"]
    assert (root / "2026-03-02/srv/Maja").is_symlink()
    assert not names_of(root, FILES["Maja/brev.txt"])


def test_a_folder_that_becomes_a_link_in_mid_run_leads_nowhere(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    original = erasing.erase

    def swapped(*arguments: Any, **options: Any) -> int:
        folder = root / "2026-03-03/srv/Maja"
        if not folder.is_symlink():
            shutil.copytree(folder, outside, copy_function=os.link)
            shutil.rmtree(folder)
            folder.symlink_to(outside)
        return int(original(*arguments, **options))

    monkeypatch.setattr(erasing, "erase", swapped)
    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        backup.rewrite([letter])
    assert (outside / "brev.txt").read_bytes() == FILES["Maja/brev.txt"]
    assert not names_of(root, FILES["Maja/brev.txt"])


# What stops it


def test_a_file_that_is_open_is_left_alone(root: Path) -> None:
    with mirror(root) as backup, open(root / "2026-03-02" / LETTER, "rb"):
        letter = items(backup)[LETTER]
        told = backup.rewrite([letter])[letter]
        assert isinstance(told, Denied)
        assert "open elsewhere" in str(told)
        assert backup.presence(letter) is Presence.PRESENT
    with mirror(root, open_files="erase") as backup, open(root / "2026-03-02" / LETTER, "rb"):
        assert erased(backup.rewrite([letter]), letter).outcome is Outcome.ERASED


def test_an_immutable_file_is_named_as_such(root: Path) -> None:
    # as root, of a file system that knows the flag; another generation's file is another inode
    file = root / "2026-03-02" / LETTER
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data)
    if subprocess.run(["chattr", "+i", str(file)], check=False, capture_output=True).returncode:
        pytest.skip("no immutable files on this file system")
    try:
        with mirror(root) as backup:
            letters = [
                one.locator for one in backup.walk(SCOPE) if isinstance(one, Item) and LETTER in one.locator.path
            ]
            notes = backup.note(letters)
            answer = backup.rewrite(letters)
            stopped = [one for one in letters if isinstance(answer[one], ConnectorError)]
            assert len(letters) == 2
            assert len(stopped) == 1
            assert str(answer[stopped[0]]) == mirror_erasing.IMMUTABLE
            assert backup.prove(notes)[stopped[0]] is Presence.PRESENT
    finally:
        subprocess.run(["chattr", "-i", str(file)], check=True)
    assert names_of(root, data) == [f"2026-03-02/{LETTER}"]


def test_a_mount_for_reading_only_is_named_as_such(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fstatvfs

    class ReadOnly:
        f_flag = os.ST_RDONLY
        f_fsid = 0

    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        monkeypatch.setattr(os, "fstatvfs", lambda handle: ReadOnly)
        with pytest.raises(Denied, match="read-only"):
            backup.rewrite([letter])
        monkeypatch.setattr(os, "fstatvfs", real)
        assert backup.presence(letter) is Presence.PRESENT


def test_a_folder_that_may_not_be_read_is_a_gap_and_never_gone(open_tmp: Path, without_rights: Any) -> None:
    root = rsync_trees(open_tmp, [FILES, FILES, FILES])
    closed = root / "2026-03-02/srv/Maja"
    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        notes = backup.note([letter])
    for name in ("2026-03-01", "2026-03-03"):
        (root / name / LETTER).unlink()
    closed.chmod(0)

    def child() -> tuple[list[Gap], type, type]:
        with mirror(root) as inner:
            gaps = [event for event in inner.walk(SCOPE) if isinstance(event, Gap)]
            told = inner.prove(notes)[letter]
            try:
                inner.presence(letter)
            except ConnectorError as error:
                return gaps, type(told), type(error)
            raise AssertionError

    gaps, told, asked = without_rights(child)
    assert gaps == [Gap(Locator("spegel", "srv/Maja"), GapReason.DENIED)]
    assert told is asked is Denied


# Generations


def test_rsnapshot_renames_the_generations_between_finding_and_erasing(tmp_path: Path) -> None:
    root = rsnapshot_trees(tmp_path, [FILES, FILES], link_dest=True)
    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        before = [one.label for one in backup.snapshots()]
        notes = backup.note([letter])
    run_rsnapshot(tmp_path)
    with mirror(root) as backup:
        assert before == ["daily.1", "daily.0"]
        assert [one.label for one in backup.snapshots()] == ["daily.2", "daily.1", "daily.0"]
        assert items(backup)[LETTER] == letter
        assert erased(backup.rewrite([letter], ["srv/Maja"]), letter).outcome is Outcome.ERASED
        assert backup.prove(notes) == {letter: Presence.ABSENT}
    assert not names_of(root, FILES["Maja/brev.txt"])
    assert len(names_of(root, FILES["Maja/annat.txt"])) == 3
    lay(str(tmp_path / "source"), {path: data for path, data in FILES.items() if "brev" not in path})
    run_rsnapshot(tmp_path)  # rsnapshot goes on as ever
    assert sorted(os.listdir(root)) == ["daily.0", "daily.1", "daily.2", "daily.3"]


def test_a_rotation_in_mid_run_is_gone_after(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new generation with a link to the content, made when that of its day has been done."""
    original = erasing.erase
    made: list[str] = []

    def rotated(*arguments: Any, **options: Any) -> int:
        if not made:
            made.append("2026-01-01")
            rsync(str(root / "2026-03-02/srv"), str(root / "2026-01-01"), str(root / "2026-03-02/srv"))
            (root / "2026-01-01").rename(root / "moving")
            (root / "2026-01-01").mkdir()
            (root / "moving").rename(root / "2026-01-01/srv")
        return int(original(*arguments, **options))

    monkeypatch.setattr(erasing, "erase", rotated)
    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        assert erased(backup.rewrite([letter]), letter).outcome is Outcome.ERASED
    assert (root / "2026-01-01/srv/fil.txt").exists()
    assert not names_of(root, FILES["Maja/brev.txt"])


def test_a_generation_that_was_renamed_by_hand_still_holds_it(root: Path) -> None:
    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        notes = backup.note([letter])
    (root / "2026-03-02").rename(root / "sparas")
    with mirror(root) as backup:
        backup.rewrite([letter])
        assert backup.prove(notes) == {letter: Presence.PRESENT}
        there = items(backup)
        backup.rewrite([there[f"sparas/{LETTER}"]])
        assert backup.prove(notes) == {letter: Presence.ABSENT}


def test_what_is_beside_the_generations_is_no_secret(root: Path) -> None:
    (root / "gammalt").mkdir()
    (root / "gammalt/brev.txt").write_bytes(b"beside\n")
    (root / "latest").symlink_to("2026-03-03")
    (root / "_delete.4711").mkdir()
    rsync(str(root / "2026-03-01/srv"), str(root / "_delete.4711/srv"), None)
    with mirror(root) as backup:
        labels = [one.label for one in backup.snapshots()]
        assert set(labels) == {*("2026-03-01", "2026-03-02", "2026-03-03"), "_delete.4711", "beside the generations"}
        found = [parted(one.locator.path)[0] for one in backup.walk(SCOPE) if isinstance(one, Item)]
        assert "gammalt/brev.txt" in found
        assert found.count(LETTER) == 2  # the copy that rsnapshot is throwing away is another inode
        assert not any(path.startswith(("latest", "2026")) for path in found)


def test_generations_may_lie_deeper(tmp_path: Path) -> None:
    root = tmp_path / "spegel"
    for host in ("ett", "två"):
        shutil.copytree(rsync_trees(tmp_path / host, [FILES] * 3), root / host)
    with mirror(root, snapshots=["*/20*"]) as backup:
        assert len(backup.snapshots()) == 6
        found = {parted(one.locator.path)[0] for one in backup.walk(SCOPE) if isinstance(one, Item)}
        assert found == {f"{host}/srv/{path}" for host in ("ett", "två") for path in FILES}
        there = [
            one.locator
            for one in backup.walk(SCOPE)
            if isinstance(one, Item) and one.locator.path.startswith("ett/srv/Maja/brev")
        ]
        backup.rewrite(there)
    left = names_of(root, FILES["Maja/brev.txt"])
    assert left == [f"två/2026-03-0{day}/{LETTER}" for day in (1, 2, 3)]


def test_a_plain_mirror_is_one_snapshot(tmp_path: Path) -> None:
    root = tmp_path / "spegel"
    lay(str(root), {"2026-03-01/brev.txt": b"a\n", "Maja/brev.txt": b"b\n", ".mounted": b""})
    with mirror(root, snapshots=["."], sentinel=".mounted") as backup:
        assert len(backup.snapshots()) == 1
        there = items(backup)
        assert set(there) == {"2026-03-01/brev.txt", "Maja/brev.txt"}
        backup.rewrite([there["Maja/brev.txt"]], ["Maja"])
    assert sorted(os.listdir(root)) == [".mounted", "2026-03-01"]


def test_times_are_told_by_dates_and_by_touch(tmp_path: Path) -> None:
    root = tmp_path / "spegel"
    for name in ("2025-12-24", "20251231-0315", "srv-2026-01-02T030405Z", "daily.0", "2025-13-31"):
        (root / name).mkdir(parents=True)
        (root / name / "fil.txt").write_text(name)
        os.utime(root / name, (1_770_000_000,) * 2)
    with mirror(root) as backup:
        told = {one.label: one.at.strftime("%Y-%m-%dT%H:%M:%S") for one in backup.snapshots()}
    assert told["srv-2026-01-02T030405Z"] == "2026-01-02T03:04:05"
    assert told["daily.0"] == told["2025-13-31"] == "2026-02-02T02:40:00"
    assert told["2025-12-24"].startswith("2025-12-2")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"sentinel": ".mounted"}, "sentinel"),
        ({"snapshots": ["daily.*"]}, "snapshots"),
    ],
)
def test_what_looks_unmounted_is_unreachable(root: Path, settings: dict[str, object], told: str) -> None:
    with pytest.raises(Unreachable, match=told), mirror(root, **settings) as backup:
        backup.snapshots()


def test_another_folder_in_its_place_is_unreachable(root: Path) -> None:
    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        root.rename(root.with_name("aside"))
        root.mkdir()
        (root / "fil.txt").write_text("x")
        for ask in (lambda: backup.presence(letter), lambda: backup.rewrite([letter]), backup.snapshots):
            with pytest.raises(Unreachable):
                ask()
    assert (root.with_name("aside") / "2026-03-01" / LETTER).exists()


# Crashes and locks


def test_what_a_crash_left_aside_is_present_and_goes(root: Path) -> None:
    with mirror(root) as backup:
        letter = items(backup)[LETTER]
        notes = backup.note([letter])
        for name in ("2026-03-01", "2026-03-02", "2026-03-03"):
            file = root / name / LETTER
            file.rename(file.with_name(aside_names(file.name)[0]))
        assert backup.presence(letter) is Presence.PRESENT
        assert backup.prove(notes) == {letter: Presence.PRESENT}
        assert erased(backup.rewrite([letter]), letter).outcome is Outcome.ERASED
        assert backup.prove(notes) == {letter: Presence.ABSENT}
    assert not names_of(root, FILES["Maja/brev.txt"])


def test_rsnapshot_waits_while_something_is_erased(tmp_path: Path) -> None:
    rsnapshot_trees(tmp_path, [FILES])
    with mirror_lock.held(str(tmp_path / "rsnapshot.pid")):
        asked = ["rsnapshot", "-c", str(tmp_path / "rsnapshot.conf"), "daily"]
        done = subprocess.run(asked, check=False, capture_output=True)
        assert done.returncode == 1
        assert b"so does its process" in done.stderr
    run_rsnapshot(tmp_path)


@contextmanager
def _locked(lock: Path, process: int, more: str = "") -> Iterator[None]:
    lock.write_text(f"{process}{more}")
    os.utime(lock, (0, 0))
    yield
    lock.unlink(missing_ok=True)


def test_a_backup_that_is_being_made_is_waited_for_and_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_lock.held.__wrapped__, "__defaults__", (0.2,))  # type: ignore[attr-defined]
    lock = root.with_name("lock")
    gone = subprocess.Popen(["true"])
    gone.wait()
    with mirror(root, lockfile=str(lock)) as backup:
        letter = items(backup)[LETTER]
        with _locked(lock, os.getpid()), pytest.raises(Unreachable, match="is being made"):
            backup.rewrite([letter])
        with _locked(lock, gone.pid), pytest.raises(Unreachable, match="has ended"):
            backup.rewrite([letter])
        assert len(names_of(root, FILES["Maja/brev.txt"])) == 3
        with _locked(lock, gone.pid, "\ngallra\n"):  # a crash of gallra's own
            assert erased(backup.rewrite([letter]), letter).outcome is Outcome.ERASED
            assert not lock.exists()


def test_settings_that_cannot_work_are_named() -> None:
    assert Mirror.validate({"path": "x", "snapshots": [], "sentinel": ""}) == []
    assert Mirror.validate({"path": "x", "snapshots": ["."], "sentinel": ""}) == []
    for wrong in (["../x"], ["**/x"], [""], [3], [".", "daily.*"]):
        assert any(one.startswith("snapshots: ") for one in Mirror.validate({"path": "x", "snapshots": wrong}))
    assert Mirror.validate({"path": "x", "sentinel": "/x"})
    assert Mirror.validate({"path": "x", "lockfile": "rsnapshot.pid"})


def test_a_folder_outside_is_refused(root: Path) -> None:
    with mirror(root) as backup, pytest.raises(Malformed):
        backup.rewrite([], ["../2026-03-01"])
