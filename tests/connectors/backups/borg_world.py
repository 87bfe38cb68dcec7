"""Repositories of borg for the tests: one is made for all, and copied for each."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from connectors.backups.borg import Borg
from connectors.backups.conformance import BackupWorld
from tests.servers import borg
from tests.servers.borg import Repository

FACTS = ("name", "time", "time_end", "comment", "cmdline", "chunker_params")


def connector(made: Repository, name: str = "world", **settings: Any) -> Borg:
    """A connector of the repository, with a folder of its own for what borg keeps."""
    given = {
        "repository": str(made.path),
        "password": made.password or None,
        "binary": str(borg.quick()),
        "lock_wait": 0,
        "check": "archives",
        "folder": str(made.base.with_name("gallra-base")),
        "remote_shell": "",
        "remote_path": "",
    }
    return Borg(name, given | settings)


class BorgWorld(BackupWorld):
    """An unencrypted repository, so that its bytes can be read by others than borg."""

    ways_to_break = ("gone", "locked", "damaged")

    def __init__(self, folder: Path) -> None:
        self.repository = _prepared().copied(folder)

    def inside(self, path: str) -> str:
        """Below the folder that was backed up."""
        return f"srv/{path}"

    def connect(self) -> Borg:
        """See BackupWorld."""
        return connector(self.repository, self.source)

    def restored(self) -> list[dict[str, bytes]]:
        """See BackupWorld."""
        return [_outside(one.files()) for one in borg.archives(self.repository.path)]

    def readable(self, needle: bytes) -> bool:
        """See BackupWorld."""
        return borg.readable(self.repository.path, needle)

    def labels(self) -> list[str]:
        """See BackupWorld."""
        return [repr([one.facts.get(fact) for fact in FACTS]) for one in borg.archives(self.repository.path)]

    def attributes(self) -> list[dict[str, str]]:
        """See BackupWorld."""
        return [_outside(one.attributes()) for one in borg.archives(self.repository.path)]

    def folders(self) -> list[set[str]]:
        """See BackupWorld."""
        return [set(_outside(dict.fromkeys(one.folders()))) for one in borg.archives(self.repository.path)]

    @contextmanager
    def broken(self, way: str) -> Iterator[None]:
        """Not mounted; locked by a borg on another machine; or its last segment, with the list of archives, spoilt."""
        path = self.repository.path
        lock = path / "lock.exclusive"
        segments = sorted(path.glob("data/*/*"), key=lambda one: int(one.name))
        whole = {one: one.read_bytes() for one in segments if way == "damaged"}
        if way == "gone":
            path.rename(path.with_name("elsewhere"))
        elif way == "locked":
            lock.mkdir()
            (lock / "elsewhere.example@1234.99-1").touch()
        for one, data in whole.items():
            one.write_bytes(data[: len(data) // 2])
        try:
            yield
        finally:
            if way == "gone":
                path.with_name("elsewhere").rename(path)
            elif way == "locked":
                shutil.rmtree(lock)
            for one, data in whole.items():
                one.write_bytes(data)


@cache
def _prepared() -> Repository:
    """The states of the suite, one archive each; made once a process."""
    borg.needed()
    root = Path(tempfile.mkdtemp(prefix="gallra-borg-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    repository = Repository(root / "repository", root / "base")
    repository.init()
    for number, files in enumerate(BackupWorld.states(_Any())):
        source = root / str(number) / "srv"
        borg.write(source, files)
        when = f"2026-03-0{number + 1}T03:00:00"
        repository.create(f"nas-{number}", source, "--comment", f"state {number}", timestamp=when)
        shutil.rmtree(source)
    return repository


class _Any(BorgWorld):
    def __init__(self) -> None:
        pass


def _outside(found: Mapping[str, Any]) -> dict[str, Any]:
    return {path.removeprefix("srv/"): one for path, one in found.items() if path != "srv"}
