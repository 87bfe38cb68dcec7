"""A folder whose name a snapshot still has is not gone, though no file is in it: a link in it keeps it there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.backups.archive import Archive
from connectors.backups.base import SCOPE, Backup
from connectors.backups.mirror import Mirror
from connectors.backups.restic import Restic
from connectors.base import Gap, Item
from tests.connectors.backups.borg_world import connector
from tests.servers import borg, restic

Listed = Callable[[], str]
WITH_LINK, EMPTIED = "srv/Anna", "srv/Maja"


@pytest.fixture
def srv(tmp_path: Path) -> Path:
    for name in ("Anna", "Maja"):
        (tmp_path / "srv" / name).mkdir(parents=True)
        (tmp_path / "srv" / name / "brev.txt").write_text(f"till {name}")
    (tmp_path / "srv/prislista.txt").write_text("ek 400")
    (tmp_path / "srv/Anna/pris").symlink_to("../prislista.txt")
    return tmp_path / "srv"


def _mirror(srv: Path) -> tuple[Backup, Listed]:
    base = srv.parent / "spegel"
    shutil.copytree(srv, base / "2026-03-01/srv", symlinks=True)
    backup = Mirror("spegel", {"path": str(base)})
    return backup, lambda: "\n".join(str(one.relative_to(base)) for one in base.rglob("*"))


def _tar(srv: Path) -> tuple[Backup, Listed]:
    base = srv.parent / "arkiv"
    base.mkdir()
    subprocess.run(["tar", "-czf", base / "a.tar.gz", "-C", srv.parent, "srv"], check=True)
    listing = ["tar", "-tzf", str(base / "a.tar.gz")]
    return Archive("arkiv", {"path": str(base)}), lambda: subprocess.check_output(listing, text=True)


def _restic(srv: Path) -> tuple[Backup, Listed]:
    repository = restic.Restic(srv.parent / "restic")
    repository.make()
    repository.backup(srv.parent, ["srv"])
    told: dict[str, Any] = {option.name: option.default for option in Restic.options if not option.required}
    told |= {"path": str(repository.folder), "password": repository.password, "lock_wait": 0}
    return Restic("natt", told), lambda: repository.run("ls", "latest").decode()


def _borg(srv: Path) -> tuple[Backup, Listed]:
    borg.needed()
    repository = borg.Repository(srv.parent / "borg", srv.parent / "base")
    repository.init()
    repository.create("natt", srv)
    return connector(repository), lambda: repository.borg("list", "--short", "::natt").decode()


@pytest.mark.parametrize(
    "made",
    [_mirror, _tar, _restic, pytest.param(_borg, marks=pytest.mark.prove)],
    ids=lambda one: one.__name__.strip("_"),
)
def test_a_folder_is_gone_only_when_no_snapshot_has_it(
    srv: Path, made: Callable[[Path], tuple[Backup, Listed]]
) -> None:
    backup, listed = made(srv)
    with backup:
        events = list(backup.walk(SCOPE))
        assert not [one for one in events if isinstance(one, Gap)], "a link holds no content that could be searched"
        letters = [one.locator for one in events if isinstance(one, Item) and "brev.txt" in one.locator.path]
        assert len(letters) == 2
        assert (backup.has_folder(WITH_LINK), backup.has_folder(EMPTIED)) == (True, True)
        backup.rewrite(letters, [WITH_LINK, EMPTIED])
        backup.reclaim()
        left = listed()
        assert "Anna/pris" in left
        assert "Maja" not in left
        assert "brev.txt" not in left
        assert (backup.has_folder(WITH_LINK), backup.has_folder(EMPTIED)) == (True, False)
