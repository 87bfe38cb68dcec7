"""Mirrors as rsync and rsnapshot make them, with os as the witness."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from connectors.backups.conformance import states
from connectors.backups.mirror import Mirror
from tests.connectors.backups.folder_world import FolderWorld, files_below, lay

DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")


def rsync(source: str, target: str, before: str | None) -> None:
    """A tree of today, with hard links to what is as it was in the tree before."""
    link = [f"--link-dest={before}"] if before else []
    subprocess.run(["rsync", "-a", *link, f"{source}/", f"{target}/"], check=True)


def rsync_trees(base: Path, worlds: list[dict[str, bytes]]) -> Path:
    """One tree a state, named by its day."""
    source, root = base / "source", base / "mirror"
    source.mkdir(parents=True)
    root.mkdir()
    before = None
    for day, files in zip(DAYS, worlds, strict=True):
        lay(str(source), files)
        (root / day).mkdir()
        rsync(str(source), str(root / day / "srv"), before)
        before = str(root / day / "srv")
    shutil.rmtree(source)
    return root


def rsnapshot(conf: Path, *, link_dest: bool) -> str:
    """The settings of rsnapshot for `conf`'s folder: copies `source` to `mirror`."""
    base = conf.parent
    lines = [
        ("config_version", "1.2"), ("snapshot_root", f"{base}/mirror/"), ("cmd_rsync", "/usr/bin/rsync"),
        ("cmd_cp", "/bin/cp"), ("cmd_rm", "/bin/rm"), ("retain", "daily", "4"), ("verbose", "1"),
        ("lockfile", f"{base}/rsnapshot.pid"), ("link_dest", "1" if link_dest else "0"),
        ("backup", f"{base}/source/", "srv/", "+rsync_long_args=--no-relative"),
    ]  # fmt: skip
    conf.write_text("".join("\t".join(line) + "\n" for line in lines))
    return str(conf)


def run_rsnapshot(base: Path) -> None:
    """One `rsnapshot daily`."""
    subprocess.run(["rsnapshot", "-c", str(base / "rsnapshot.conf"), "daily"], check=True, capture_output=True)


def rsnapshot_trees(base: Path, worlds: list[dict[str, bytes]], *, link_dest: bool = False) -> Path:
    """daily.2, daily.1 and daily.0."""
    source = base / "source"
    source.mkdir(parents=True)
    rsnapshot(base / "rsnapshot.conf", link_dest=link_dest)
    for files in worlds:
        lay(str(source), files)
        run_rsnapshot(base)
    return base / "mirror"


class MirrorWorld(FolderWorld):
    """`root` is a mirror of three generations, which `names` tells from the oldest on."""

    def __init__(self, root: Path, names: tuple[str, ...] = DAYS) -> None:
        self.root = root
        self._names = names

    def connect(self) -> Mirror:
        return Mirror(self.source, {"path": str(self.root)})

    def restored(self) -> list[dict[str, bytes]]:
        return [{path: _bytes(full) for path, full in files_below(top)} for top in self.tops()]

    def readable(self, needle: bytes) -> bool:
        for top, folders, names in os.walk(self.root):
            if any(needle in os.fsencode(name) for name in (*folders, *names)):
                return True
            if any(needle in _bytes(os.path.join(top, name)) for name in names):
                return True
        return False

    def labels(self) -> list[str]:
        emptied = {os.path.join(top, folder) for top in self.tops() for folder in states.EMPTIED}
        times: list[str] = []
        for name in self._names:
            folders = [top for top, _, _ in os.walk(self.root / name) if top not in emptied]
            times.append(f"{name} {sorted((top, os.stat(top).st_mtime_ns) for top in folders)}")
        return times

    def dress(self, state: os.stat_result) -> str:
        return f"{super().dress(state)} {state.st_atime_ns}"

    def tops(self) -> list[str]:
        return [str(self.root / name / "srv") for name in self._names]


def _bytes(full: str) -> bytes:
    with os.fdopen(os.open(full, os.O_RDONLY | os.O_NOATIME), "rb") as stream:
        return stream.read()
