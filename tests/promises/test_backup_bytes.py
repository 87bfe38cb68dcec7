"""After an erasure no byte of the person is in the repository, and every other file restores from every snapshot.

The witnesses: for restic a reader of packs that knows no restic, for borg its objects as `borg debug` writes them and,
of one without encryption, the raw bytes; the tools themselves restore each day, and check their repositories.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from tests.conftest import Desk
from tests.promises.kept_copies import ANNA, CANARY, FILE, NEEDLES, Copied, Day, needles
from tests.servers.borg import quick
from tests.servers.restic import cheapen
from tests.servers.restic_packs import Packs

PASSWORD = "korp-1882"
CONFIG = """
[agent]
state = ".gallra"

[company]
name = "Invex AB"

[erase]
max_items_per_run = 100000

[[source]]
name = "kunder"
kind = "folder"
path = "kunder"

[[backup]]
name = "nas"
kind = "{kind}"
repository = "{repository}"
{password}
covers = ["kunder"]
"""
SMALL = (240, 12, 800, 3)  # files, hers among them, bytes each, days
LARGE = (20_000, 200, 52_000, 10)

SIZES = [pytest.param(SMALL, id="small"), pytest.param(LARGE, id="gigabyte", marks=pytest.mark.prove)]


@dataclass
class Restic:
    """The repository as its own binary and a reader of packs see it."""

    path: Path
    kind = "restic"
    password = 'password = "env:NAS"'

    def make(self) -> None:
        self._run("init")
        cheapen(next((self.path / "keys").iterdir()), PASSWORD)

    def back_up(self, folder: Path, day: int) -> None:
        self._run(
            "backup", "--host", f"host{day}", "--tag", f"dag{day},alla", "--compression", "off", os.fspath(folder)
        )

    def restored(self, day: int) -> Day:
        command = [*self._command, "dump", "--archive", "tar", self._id(day), "/"]
        return _streamed(command, self._environment)

    def labels(self) -> list[tuple[object, ...]]:
        told = [(one["time"], one["hostname"], sorted(one["tags"]), one["paths"]) for one in self._snapshots()]
        return sorted(told, key=repr)

    def noted(self) -> set[str]:
        return Packs(self.path, PASSWORD).contents(FILE)

    def unknown(self, noted: set[str]) -> bool:
        """Restic itself, of some; the reader of packs, of all."""
        for one in sorted(noted)[:3]:
            ended = subprocess.run(
                [*self._command, "cat", "blob", one], env=self._environment, capture_output=True, check=False
            )
            if not ended.returncode or b"not found" not in ended.stderr:
                return False
        return not noted & Packs(self.path, PASSWORD).ids()

    def holds(self) -> set[bytes]:
        return Packs(self.path, PASSWORD).holds(NEEDLES)

    def check(self) -> None:
        self._run("check", "--read-data")

    def _id(self, day: int) -> str:
        return next(str(one["id"]) for one in self._snapshots() if one["hostname"] == f"host{day}")

    def _snapshots(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(self._run("snapshots", "--json"))
        return found

    @property
    def _command(self) -> list[str]:
        return ["restic", "--quiet", "--no-cache", "--repo", os.fspath(self.path)]

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "RESTIC_PASSWORD": PASSWORD}

    def _run(self, *arguments: str) -> bytes:
        return subprocess.run(
            [*self._command, *arguments], env=self._environment, check=True, capture_output=True
        ).stdout


@dataclass
class Borg:
    """The repository as borg sees it, and as bytes."""

    path: Path
    encryption: str = "none"
    kind = "borg"

    @property
    def password(self) -> str:
        told = "" if self.encryption == "none" else 'password = "env:NAS"'
        return f'{told}\nbinary = "{quick()}"'

    def make(self) -> None:
        self._run("init", "--encryption", self.encryption, os.fspath(self.path))

    def back_up(self, folder: Path, day: int) -> None:
        stamp = f"2026-0{1 + day // 28}-{1 + day % 28:02d}T03:00:00"
        where = f"{self.path}::dag{day}"
        self._run(
            "create",
            "--compression",
            "none",
            "--timestamp",
            stamp,
            "--comment",
            f"natt {day}",
            where,
            os.fspath(folder),
        )

    def restored(self, day: int) -> Day:
        return _streamed(["borg", "export-tar", f"{self.path}::dag{day}", "-"], self._environment)

    def labels(self) -> list[tuple[object, ...]]:
        told = json.loads(self._run("list", "--json", "--format", "{comment}{hostname}", os.fspath(self.path)))
        return [(one["name"], one["start"], one["comment"], one["hostname"]) for one in told["archives"]]

    def noted(self) -> set[str]:
        """Every object that holds a canary of hers."""
        return {name for name, data in self._objects() if CANARY.encode() in data}

    def unknown(self, noted: set[str]) -> bool:
        return bool(noted) and not noted & {name for name, _ in self._objects()}

    def holds(self) -> set[bytes]:
        found = {needle for _, data in self._objects() for needle in NEEDLES.findall(data)}
        if self.encryption == "none":
            files = (path.read_bytes() for path in self.path.rglob("*") if path.is_file())
            found |= {needle for data in files for needle in NEEDLES.findall(data)}
        return found

    def check(self) -> None:
        self._run("check", "--verify-data", os.fspath(self.path))

    def _objects(self) -> Iterator[tuple[str, bytes]]:
        """What is stored, decrypted by borg, one after the other; each is named after its id."""
        target = self.path.with_name("objekt")
        target.mkdir()
        try:
            subprocess.run(
                ["borg", "debug", "dump-repo-objs", os.fspath(self.path)],
                env=self._environment,
                cwd=target,
                check=True,
                capture_output=True,
            )
            for path in sorted(target.iterdir()):
                yield path.name.partition("_")[2], path.read_bytes()
        finally:
            for path in target.iterdir():
                path.unlink()
            target.rmdir()

    @property
    def _environment(self) -> dict[str, str]:
        base = self.path.with_name("borg-hem")
        told = {"BORG_PASSPHRASE": PASSWORD, "BORG_BASE_DIR": os.fspath(base), "BORG_SELFTEST": "disabled"}
        return {**os.environ, **told, "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}

    def _run(self, *arguments: str) -> bytes:
        return subprocess.run(["borg", *arguments], env=self._environment, check=True, capture_output=True).stdout


REPOSITORIES = [
    pytest.param(lambda folder: Restic(folder / "arkiv"), id="restic"),
    pytest.param(lambda folder: Borg(folder / "arkiv"), id="borg-in-the-clear"),
    pytest.param(
        lambda folder: Borg(folder / "arkiv", "repokey-blake2"), id="borg-under-a-key", marks=pytest.mark.prove
    ),
]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", REPOSITORIES)
def test_nothing_of_her_is_left_in_the_repository(
    make: Callable[[Path], Restic | Borg], size: tuple[int, int, int, int], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = make(desk.root.parent)
    monkeypatch.setenv("NAS", PASSWORD)
    desk.write(CONFIG.format(kind=repository.kind, repository=repository.path, password=repository.password))
    files, hers, bytes_each, days = size
    desk.seconds = 3000 if size == LARGE else desk.seconds
    copied = _days(repository, Copied(desk.root / "kunder", files, hers, bytes_each), days)
    wanted, labels, noted = needles(hers), repository.labels(), repository.noted()
    assert repository.holds() == wanted, "the witness sees what is there"
    assert len(noted) >= hers

    desk("scan", code=0)
    case = str(desk("find", "--json", ANNA, "Anna Ek", code=0).json["case"])
    done = desk("erase", case, "--yes", "--json", code=0).json

    assert {one["state"] for one in done["findings"]} == {"erased"}
    assert repository.holds() == set()
    assert repository.unknown(noted)
    assert repository.labels() == labels
    for day in range(days):
        assert _inside(repository.restored(day), desk.root / "kunder") == copied.left(day), day
    repository.check()
    certificate = desk("certificate", case, "-o", "intyg.json", code=0)
    assert certificate.code == 0


def _days(repository: Restic | Borg, copied: Copied, days: int) -> Copied:
    repository.make()
    for day in range(days):
        if day:
            copied.change(day)
        else:
            copied.begin()
        repository.back_up(copied.root, day)
        copied.note()
    return copied


def _inside(restored: Mapping[str, str], root: Path) -> Day:
    """The paths as they are in the folder."""
    above = os.fspath(root).strip("/") + "/"
    return {path.strip("/").removeprefix(above): digest for path, digest in restored.items()}


def _streamed(command: list[str], environment: Mapping[str, str]) -> Day:
    """Every file of a tar that the tool writes: path -> sha256, hard links too."""
    with subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        found = dict(_members(process.stdout))
    assert process.returncode == 0
    return found


def _members(stream: IO[bytes]) -> Iterator[tuple[str, str]]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            if member.isfile():
                data = archive.extractfile(member)
                assert data is not None
                yield member.name, hashlib.file_digest(data, "sha256").hexdigest()  # type: ignore[arg-type]
