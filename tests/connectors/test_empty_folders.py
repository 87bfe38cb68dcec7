"""A folder goes only when there is nothing in it but empty folders."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import Changed, ConnectorError, Malformed, Unreachable
from connectors.files import empty_folders
from connectors.files.local import Folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "kunder" / "Anna Ek").mkdir(parents=True)
    (tmp_path / "kunder" / "Anna Ekberg").mkdir()
    (tmp_path / "kunder" / "Anna").mkdir()
    (tmp_path / "kunder" / "other.txt").write_text("x")
    return tmp_path / "kunder"


@pytest.fixture
def source(root: Path) -> Iterator[Folder]:
    with Folder("kunder", {"path": str(root), "exclude": [], "follow_symlinks": False, "sentinel": ""}) as folder:
        yield folder


def names(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


NEIGHBOURS = ["Anna", "Anna Ekberg", "other.txt"]


def test_an_empty_folder_goes_and_its_neighbours_stay(root: Path, source: Folder) -> None:
    assert source.remove_folder("Anna Ek")
    assert names(root) == NEIGHBOURS
    assert not source.remove_folder("Anna Ek"), "twice is safe"
    assert not source.has_folder("Anna Ek")


def test_empty_folders_in_it_go_with_it(root: Path, source: Folder) -> None:
    for path in ("a/b/c", "a/d", "e"):
        (root / "Anna Ek" / path).mkdir(parents=True)
    assert source.remove_folder("Anna Ek")
    assert names(root) == NEIGHBOURS


@pytest.mark.parametrize("name", ["a.txt", ".hidden", "a/b/c.txt", ".gallra-old-1", "*"])
def test_one_file_anywhere_in_it_keeps_all_of_it(root: Path, source: Folder, name: str) -> None:
    (root / "Anna Ek/empty/too").mkdir(parents=True)
    (root / "Anna Ek" / name).parent.mkdir(parents=True, exist_ok=True)
    (root / "Anna Ek" / name).write_text("Bo Dal")
    before = names(root)
    with pytest.raises(Changed):
        source.remove_folder("Anna Ek")
    assert names(root) == before


def test_a_link_is_not_followed_and_is_something(root: Path, source: Folder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "inner").mkdir(parents=True)
    (root / "Anna Ek" / "link").symlink_to(outside)
    (root / "Bo").symlink_to(outside)
    for path in ("Anna Ek", "Bo", "Bo/inner"):
        with pytest.raises(ConnectorError):
            source.remove_folder(path)
    assert (outside / "inner").is_dir()
    assert (root / "Bo").is_symlink()


@pytest.mark.parametrize("special", ["fifo", "dangling"])
def test_what_is_no_file_keeps_it_too(root: Path, source: Folder, special: str) -> None:
    path = root / "Anna Ek" / "x"
    os.mkfifo(path) if special == "fifo" else path.symlink_to("nowhere")
    with pytest.raises(Changed):
        source.remove_folder("Anna Ek")
    assert os.path.lexists(path)


def test_a_file_is_no_folder(root: Path, source: Folder) -> None:
    with pytest.raises(Changed):
        source.remove_folder("other.txt")
    assert (root / "other.txt").read_text() == "x"


@pytest.mark.parametrize("path", ["", ".", "..", "../kunder", "/", "Anna Ek/..", "Anna Ek//"])
def test_no_path_leads_out_of_the_source_or_to_itself(root: Path, source: Folder, path: str) -> None:
    before = names(root)
    with contextlib.suppress(ConnectorError):
        assert not source.remove_folder(path)
    assert root.is_dir()
    assert names(root) == before


@pytest.mark.parametrize("path", ["*", "Anna*", "[A]nna", "Anna E?", "-rf", "%"])
def test_a_name_is_no_pattern(root: Path, source: Folder, path: str) -> None:
    before = names(root)
    assert not source.remove_folder(path)
    assert names(root) == before
    (root / path).mkdir()
    assert source.remove_folder(path)
    assert names(root) == before


def test_what_comes_into_it_in_the_last_instant_stays(
    root: Path, source: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rmdir takes no folder that holds anything, whenever it came."""
    (root / "Anna Ek/inner").mkdir()
    removing = os.rmdir

    def late(name: str, *, dir_fd: int) -> None:
        if name == "Anna Ek":
            (root / "Anna Ek/new.txt").write_text("Bo Dal")
        removing(name, dir_fd=dir_fd)

    monkeypatch.setattr(os, "rmdir", late)
    with pytest.raises(Changed):
        source.remove_folder("Anna Ek")
    assert (root / "Anna Ek/new.txt").read_text() == "Bo Dal"


def test_folders_nested_too_deep_are_refused_whole(root: Path, source: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(empty_folders, "_DEEPEST", 3)
    (root / "Anna Ek/1/2/3/4").mkdir(parents=True)
    with pytest.raises(Malformed):
        source.remove_folder("Anna Ek")
    assert (root / "Anna Ek/1/2/3/4").is_dir()


def test_a_source_that_is_not_there_is_no_evidence(root: Path, source: Folder) -> None:
    root.rename(root.with_name("moved"))
    with pytest.raises(Unreachable):
        source.remove_folder("Anna Ek")
    assert (root.with_name("moved") / "Anna Ek").is_dir()
