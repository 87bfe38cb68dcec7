"""What happens to files between a plan and its run, or between two runs: somebody's work is never overwritten."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.files.local import Folder
from scanner.outcomes import CHANGED, NOT_EMPTY
from tests.scanner.surgery_pieces import ANNA, lines, pieces
from tests.scanner.surgery_scene import Points, Scene

THEIRS = b"Namn;E-post\r\nsomebody saved this\r\n"
LIST = "lista.csv"


def saved(path: Path) -> None:
    """As an editor saves that writes into the file."""
    path.write_bytes(THEIRS)


def replaced(path: Path) -> None:
    """As an editor saves that writes beside it and renames."""
    beside = path.with_name("saved~")
    beside.write_bytes(THEIRS)
    beside.rename(path)


def reason(scene: Scene, number: int = 1) -> str | None:
    one = scene.case().finding(number)
    assert one is not None
    return one.reason


@pytest.mark.parametrize("save", [saved, replaced])
def test_4_what_changed_between_plan_and_run_is_left_as_it_is(tmp_path: Path, save: Callable[[Path], None]) -> None:
    scene = Scene(tmp_path, [LIST, "lista.tsv", "Anna Ek/avtal.txt"])
    for path in (LIST, "Anna Ek/avtal.txt"):
        save(scene.root / path)
    scene.run()
    states = {"lista.csv|row 2": "open", "lista.tsv|row 2": "erased", "Anna Ek/avtal.txt": "open", "Anna Ek": "open"}
    assert scene.states() == states
    assert (scene.root / LIST).read_bytes() == (scene.root / "Anna Ek/avtal.txt").read_bytes() == THEIRS
    assert (reason(scene), reason(scene, 4)) == (CHANGED, NOT_EMPTY)
    assert not scene.leftovers()


def test_4_other_content_of_the_same_size_time_and_inode_is_left_as_it_is(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [LIST])
    path = scene.root / LIST
    before, other = path.stat(), pieces()[LIST].data.replace(b"Anna", b"Arna")
    path.write_bytes(other)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    scene.run()
    assert scene.states() == {"lista.csv|row 2": "open"}
    assert path.read_bytes() == other


def test_what_went_between_plan_and_run_is_open_until_somebody_looks(tmp_path: Path) -> None:
    """Its row may be in another file by now."""
    scene = Scene(tmp_path, [LIST, "Anna Ek/avtal.txt"])
    for path in (LIST, "Anna Ek/avtal.txt"):
        (scene.root / path).unlink()
    scene.run()
    assert scene.states() == {"lista.csv|row 2": "open", "Anna Ek/avtal.txt": "absent", "Anna Ek": "erased"}


@pytest.mark.parametrize("save", [saved, replaced])
def test_an_edit_after_a_kill_is_kept_and_nothing_of_the_person_lies_about(
    tmp_path: Path, save: Callable[[Path], None]
) -> None:
    points = Points()
    Scene(tmp_path / "measure", [LIST]).run(points)
    ended = set()
    for point in range(len(points.names)):
        scene = Scene(tmp_path / str(point), [LIST])
        assert scene.killed(point)
        save(scene.root / LIST)
        scene.run()
        assert (scene.root / LIST).read_bytes() == THEIRS, points.names[point]
        left = b"".join((scene.root / path).read_bytes() for path in scene.leftovers())
        assert ANNA.encode() not in left, points.names[point]
        assert scene.end()[2] == 0, "nothing waits in the journal"
        ended.add((scene.states()["lista.csv|row 2"], reason(scene)))
    assert ended == {("open", CHANGED), ("erased", None)}, "erased where only the saving of the case was cut off"


def test_what_a_kill_left_beside_an_item_is_met_by_a_walk(tmp_path: Path) -> None:
    scene = Scene(tmp_path, [LIST])
    points = Points()
    Scene(tmp_path / "measure", [LIST]).run(points)
    assert scene.killed(points.names.index("write") + 1)
    (left,) = scene.leftovers()
    with Folder("kunder", scene.settings) as folder:
        assert left in {event.locator.path for event in folder.walk("") if hasattr(event, "locator")}


def test_a_full_disk_leaves_the_old_file_and_a_later_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path, [LIST, "lista.tsv"])
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", _full(os.fdopen))
        scene.run()
    assert set(scene.states().values()) <= {"failed", "blocked"}
    assert (scene.root / LIST).read_bytes() == pieces()[LIST].data
    assert not scene.leftovers()
    scene.run()
    assert set(scene.states().values()) == {"erased"}


def _full(fdopen: Callable[..., Any]) -> Callable[..., Any]:
    def opened(handle: int, *arguments: Any, **named: Any) -> Any:
        stream = fdopen(handle, *arguments, **named)
        if "wb" in arguments:
            stream.write(b"half of it")
            stream.close()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return stream

    return opened


def test_a_folder_that_may_not_be_written_blocks_its_steps_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account without the rights, whoever runs the tests."""
    scene = Scene(tmp_path, [LIST, "Anna Ek/avtal.txt"])
    opening = os.open

    def denied(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if flags & os.O_CREAT and str(path).startswith(".gallra-"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opening(path, flags, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", denied)
        scene.run()
    assert scene.states() == {"lista.csv|row 2": "blocked", "Anna Ek/avtal.txt": "erased", "Anna Ek": "erased"}
    assert (scene.root / LIST).read_bytes() == pieces()[LIST].data


def test_a_file_with_another_name_is_not_rewritten(tmp_path: Path) -> None:
    """The other name would keep the row."""
    scene = Scene(tmp_path, [LIST, "lista.tsv"])
    os.link(scene.root / LIST, tmp_path / "elsewhere")
    scene.run()
    assert scene.states() == {"lista.csv|row 2": "blocked", "lista.tsv|row 2": "erased"}
    assert "hard links" in str(reason(scene))
    assert (scene.root / LIST).read_bytes() == (tmp_path / "elsewhere").read_bytes() == pieces()[LIST].data


def test_6_a_file_swapped_for_a_link_in_mid_run_leads_nowhere(tmp_path: Path) -> None:
    """At every point of the run in turn."""
    points = Points()
    Scene(tmp_path / "measure", [LIST]).run(points)
    for point in range(len(points.names)):
        scene = Scene(tmp_path / str(point), [LIST])
        outside = tmp_path / f"outside-{point}.csv"
        outside.write_bytes(pieces()[LIST].data)
        scene.run(_At(point, partial(_linked, scene.root / LIST, outside)))
        assert outside.read_bytes() == pieces()[LIST].data, points.names[point]
        assert (scene.root / LIST).is_symlink()
        assert os.readlink(scene.root / LIST) == str(outside)


def test_6_a_folder_swapped_for_a_link_in_mid_run_leads_nowhere(tmp_path: Path) -> None:
    points = Points()
    chosen = ["Anna Ek/avtal.txt", "Anna Ek/offert/1.txt"]
    Scene(tmp_path / "measure", chosen).run(points)
    for point in range(len(points.names)):
        scene = Scene(tmp_path / str(point), chosen)
        outside = tmp_path / f"outside-{point}"
        (outside / "offert").mkdir(parents=True)
        (outside / "avtal.txt").write_text(lines(";"))
        (outside / "offert/1.txt").write_text("Offert\n")
        scene.run(_At(point, partial(_linked, scene.root / "Anna Ek", outside)))
        left = sorted(str(path.relative_to(outside)) for path in outside.rglob("*"))
        assert left == ["avtal.txt", "offert", "offert/1.txt"], points.names[point]


def _linked(path: Path, outside: Path) -> None:
    """Take what has the name away, and lay a link to what lies outside."""
    if path.exists():
        path.rename(path.parent.parent / f"moved-{path.name}")
    path.symlink_to(outside)


class _At(Points):
    """Does something at a point, and goes on."""

    def __init__(self, point: int, act: Callable[[], None]) -> None:
        super().__init__()
        self._point, self._act = point, act

    def reached(self, name: str) -> None:
        if len(self.names) == self._point:
            self.names.append(name)
            self._act()
            return
        super().reached(name)
