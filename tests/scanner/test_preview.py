"""What the person who decides is shown: the lines before and after, and why there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.model import Source
from scanner.detect.base import DetectSettings
from scanner.limits import Limits
from scanner.model import Cut
from scanner.preview import Preview, PreviewTask, make_preview_job
from scanner.read import ReaderSettings
from scanner.records import Steps
from tests.scanner.surgery_pieces import ANNA, BO, SAID, SUBJECT, pieces
from tests.scanner.surgery_scene import MASTER, Scene

MASKED = f"Bo Dal {BO} talade med [raderad], [raderad]."


def show(scene: Scene, path: str, steps: Steps, *, amend: bool) -> Preview:
    source = Source("kunder", "folder", scene.settings)
    job = make_preview_job(ReaderSettings((source,), Limits(), DetectSettings(), MASTER), SUBJECT, "sv")
    return job(PreviewTask("kunder", path, Cut(steps, amend)))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.mark.parametrize("path", ["not.txt", "not.md", "not.html", "not.docx", "not.odt"])
def test_only_the_lines_that_change_are_shown_before_and_after(scene: Scene, path: str) -> None:
    before = {name: (scene.root / name).read_bytes() for name in pieces()}
    assert show(scene, path, (), amend=True) == Preview(((SAID[0], MASKED),))
    assert {name: (scene.root / name).read_bytes() for name in pieces()} == before, "nothing is written"
    assert not scene.leftovers()


def test_a_record_that_leaves_is_shown_going(scene: Scene) -> None:
    ((old, new),) = show(scene, "lista.csv", ("row 2",), amend=False).lines
    assert ("Anna Ek" in old, ANNA in old, new) == (True, True, "")


def test_deep_in_an_archive(scene: Scene) -> None:
    ((old, new),) = show(scene, "arkiv.zip", ("member lista.csv", "row 2"), amend=False).lines
    assert (ANNA in old, BO in old, new) == (True, False, "")


def test_a_guest_that_leaves_a_meeting_is_the_only_line(scene: Scene) -> None:
    shown = show(scene, "kal.ics", ("event 1@x",), amend=True)
    assert not shown.problem
    gone = "\n".join(old for old, _ in shown.lines)
    assert BO not in gone
    assert not any(ANNA in new for _, new in shown.lines)


@pytest.mark.parametrize(
    ("path", "steps"), [("Anna Ek/kvitto.bin", ()), ("lista.csv", ("row 9",)), ("borta.csv", ("row 1",))]
)
def test_where_nothing_can_be_shown_it_says_why(scene: Scene, path: str, steps: Steps) -> None:
    shown = show(scene, path, steps, amend=not steps)
    assert not shown.lines
    assert shown.problem
    assert "Anna" not in shown.problem
