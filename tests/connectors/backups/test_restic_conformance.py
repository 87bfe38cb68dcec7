"""restic before the suite for backups. The witness is restic's own restore, and a reader of its packs.

Each check costs some seconds: all of them are for `make prove`, and `make test` has those that stand for the rest.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connectors.backups.conformance import BackupConformance, BackupWorld
from connectors.backups.restic import Restic
from tests.connectors.backups.quick import only_quick
from tests.servers import restic
from tests.servers.restic_packs import Packs


def settings(repository: restic.Restic, **more: object) -> dict[str, Any]:
    told = {option.name: option.default for option in Restic.options if not option.required}
    return told | {"path": str(repository.folder), "password": repository.password, "lock_wait": 0} | more


class ResticWorld(BackupWorld):
    """A copy of a repository that was filled once."""

    ways_to_break = ("gone", "emptied", "wrong password")

    def __init__(self, folder: Path, filled: restic.Restic) -> None:
        self._folder = folder
        self.repository = filled.copied(folder / "repository")
        self._restored: dict[str, Path] = {}

    def inside(self, path: str) -> str:
        return f"data/{path}"

    def connect(self) -> Restic:
        return Restic(self.source, settings(self.repository))

    def restored(self) -> list[dict[str, bytes]]:
        return [restic.seen(root) for root in self._roots()]

    def attributes(self) -> list[dict[str, str]]:
        return [restic.dressed(root) for root in self._roots()]

    def folders(self) -> list[set[str]]:
        return [restic.folders(root) for root in self._roots()]

    def labels(self) -> list[str]:
        kept = ("time", "hostname", "username", "tags", "paths")
        return [str([one.get(key) for key in kept]) for one in self.repository.snapshots()]

    def readable(self, needle: bytes) -> bool:
        return bool(Packs(self.repository.folder, self.repository.password).holds(re.compile(re.escape(needle))))

    @contextmanager
    def broken(self, way: str) -> Iterator[None]:
        folder, aside = self.repository.folder, self._folder / "aside"
        shutil.copytree(folder, aside)
        if way == "gone":
            shutil.rmtree(folder)
        elif way == "wrong password":
            restic.cheapen(next((folder / "keys").iterdir()), restic.PASSWORD, "somebody changed it")
        else:
            for one in folder.iterdir():
                shutil.rmtree(one) if one.is_dir() else one.unlink()
        try:
            yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            aside.rename(folder)

    def _roots(self) -> list[Path]:
        """Each snapshot as restic restores it; once, since under its id it never changes."""
        found = []
        for one in self.repository.snapshots():
            if one["id"] not in self._restored:
                target = self._restored[one["id"]] = self._folder / f"restored-{len(self._restored)}"
                self.repository.restore(one["id"], target)
            found.append(self._restored[one["id"]] / "data")
        return found


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> restic.Restic:
    folder = tmp_path_factory.mktemp("restic")
    repository = restic.Restic(folder / "repository")
    repository.make()
    bare = ResticWorld.__new__(ResticWorld)
    for number, files in enumerate(BackupWorld.states(bare)):
        restic.lay(folder / "data", files)
        repository.backup(folder, ["data"], "--host", f"host-{number}", "--tag", f"day,number-{number}")
    return repository


class TestRestic(BackupConformance):
    @pytest.fixture
    def world(self, tmp_path: Path, filled: restic.Restic) -> ResticWorld:
        return ResticWorld(tmp_path, filled)


only_quick(TestRestic)


@pytest.mark.prove
class TestResticWhole(BackupConformance):
    """The same, with every check."""

    @pytest.fixture
    def world(self, tmp_path: Path, filled: restic.Restic) -> ResticWorld:
        return ResticWorld(tmp_path, filled)
