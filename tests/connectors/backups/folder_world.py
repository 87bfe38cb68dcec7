"""Backups that are a folder of this machine, with os as the witness."""

from __future__ import annotations

import os
import stat
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from connectors.backups.conformance import BackupWorld


def lay(folder: str, files: Mapping[str, bytes]) -> None:
    """Make the folder hold these files, and touch no file that is as it should be."""
    wanted = {os.path.join(folder, path): data for path, data in files.items()}
    for top, _, names in os.walk(folder, topdown=False):
        for name in names:
            if os.path.join(top, name) not in wanted:
                os.unlink(os.path.join(top, name))
        if top != folder and not os.listdir(top):
            os.rmdir(top)
    for number, (full, data) in enumerate(wanted.items()):
        if os.path.exists(full) and Path(full).read_bytes() == data:
            continue
        os.makedirs(os.path.dirname(full), exist_ok=True)
        Path(full).write_bytes(data)
        os.chmod(full, 0o640 if number % 2 else 0o604)


def files_below(top: str) -> Iterator[tuple[str, str]]:
    """Each file: its path from there, and its whole path."""
    for folder, _, names in os.walk(top):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), top), os.path.join(folder, name)


class FolderWorld(BackupWorld):
    """`root` is the folder; `tops` are where the files of each snapshot lie, the oldest first."""

    ways_to_break = ("gone", "emptied")
    root: Path

    @abstractmethod
    def tops(self) -> list[str]: ...

    def inside(self, path: str) -> str:
        return f"srv/{path}"

    def dress(self, state: os.stat_result) -> str:
        return f"{stat.S_IMODE(state.st_mode):o} {state.st_uid}:{state.st_gid} {state.st_mtime_ns}"

    def attributes(self) -> list[dict[str, str]]:
        return [{path: self.dress(os.lstat(full)) for path, full in files_below(top)} for top in self.tops()]

    def folders(self) -> list[set[str]]:
        return [
            {os.path.relpath(os.path.join(folder, one), top) for folder, ones, _ in os.walk(top) for one in ones}
            for top in self.tops()
        ]

    @contextmanager
    def broken(self, way: str) -> Iterator[None]:
        aside = self.root.with_name("aside")
        if way == "emptied":
            aside.mkdir()
            for name in os.listdir(self.root):
                os.rename(self.root / name, aside / name)
        else:
            self.root.rename(aside)
        yield
        if way == "emptied":
            for name in os.listdir(aside):
                os.rename(aside / name, self.root / name)
            aside.rmdir()
        else:
            aside.rename(self.root)
