"""Archives as tar and zip make them; the witness is what tar and unzip take out again, and the raw bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from connectors.backups.archive import Archive
from tests.connectors.backups.folder_world import FolderWorld, files_below, lay

FIRST = 1_772_330_400  # 2026-03-01, in seconds
DAY = 86_400


def pack(source: Path, archive: Path, options: Sequence[str] = ()) -> None:
    """The folder `srv` in `source`, by the tool that makes such a file."""
    if archive.suffix == ".zip":
        subprocess.run(["zip", "-qry", *options, str(archive), "srv"], cwd=source, check=True)
    else:
        subprocess.run(["tar", "-C", str(source), "-caf", str(archive), *options, "srv"], check=True)


def archives(base: Path, worlds: list[dict[str, bytes]], ending: str, options: Sequence[str] = ()) -> Path:
    """One archive a state, a day after the other."""
    source, root = base / "source", base / "archives"
    (source / "srv").mkdir(parents=True)
    root.mkdir()
    for number, files in enumerate(worlds):
        lay(str(source / "srv"), files)
        archive = root / f"kunder-{number + 1}{ending}"
        pack(source, archive, options)
        os.utime(archive, (FIRST + number * DAY,) * 2)
        archive.chmod(0o640)
    return root


def unpack(archive: Path, to: Path) -> Path:
    """All of it, with owners, modes and times."""
    to.mkdir()
    if archive.suffix == ".zip":
        asked = ["unzip", "-q", "-^", str(archive), "-d", str(to)]
        done = subprocess.run(asked, check=False, capture_output=True)
        assert done.returncode == 0 or b"zipfile is empty" in done.stderr, done.stderr
    else:
        subprocess.run(["tar", "-xpf", str(archive), "-C", str(to)], check=True)
    return to


def everything(file: Path) -> bytes:
    """All that a file holds: its own bytes, and what unpacks of them."""
    raw = file.read_bytes()
    methods: tuple[Callable[[bytes], bytes], ...] = (gzip.decompress, bz2.decompress, lzma.decompress)
    for method in methods:
        try:
            return raw + method(raw)
        except (OSError, lzma.LZMAError, EOFError):
            continue
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as opened:
            return raw + b"".join(opened.read(info) for info in opened.infolist() if not info.flag_bits & 1)
    return raw


class ArchiveWorld(FolderWorld):
    """`root` holds three archives."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root = root
        self._scratch = scratch
        self._out: dict[tuple[str, int, int, int], Path] = {}

    def connect(self) -> Archive:
        return Archive(self.source, {"path": str(self.root)})

    def restored(self) -> list[dict[str, bytes]]:
        return [{path: Path(full).read_bytes() for path, full in files_below(top)} for top in self.tops()]

    def readable(self, needle: bytes) -> bool:
        return any(needle in everything(self.root / name) for name in os.listdir(self.root))

    def labels(self) -> list[str]:
        told = []
        for file in self._files():
            state = file.stat()
            told.append(
                f"{file.name} {state.st_mtime_ns} {state.st_uid}:{state.st_gid} {stat.S_IMODE(state.st_mode):o}"
            )
        return told

    def _files(self) -> list[Path]:
        return sorted(self.root.glob("kunder-*"))

    def tops(self) -> list[str]:
        tops = []
        for file in self._files():
            state = file.stat()
            key = (file.name, state.st_ino, state.st_size, state.st_ctime_ns)
            if key not in self._out:
                self._out[key] = unpack(file, self._scratch / f"out-{len(self._out)}")
            tops.append(str(self._out[key] / "srv"))
        return tops


class ZipWorld(ArchiveWorld):
    """unzip takes no such names out."""

    def allows(self, path: str) -> bool:
        return not any("\ud800" <= letter <= "\udfff" for letter in path)


def copied(prepared: Path, to: Path) -> Path:
    """The archives, with owners and times."""
    return Path(shutil.copytree(prepared, to / "archives"))
