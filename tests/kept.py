"""The little company with a backup of its folder: a mirror with hard links, as rsync makes it, or restic."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from tests.conftest import Desk
from tests.little import ANNA, CONFIG, FILES, Little

MIRROR = """
[[backup]]
name = "spegel"
kind = "mirror"
path = "spegel"
covers = ["kunder"]
at = { kunder = "kunder" }
"""
OLDER = f"Utkast till avtal med Anna Ek, {ANNA}.\n"
HERS = ("Anna Ek/avtal.txt", "Anna Ek/kvitto.txt")
GONE_LONG_AGO = f"Offert till {ANNA}, Anna Ek.\n"


def kept(desk: Desk, more: str = "", *, batch: bool = False) -> Little:
    """Three generations of `kunder`: the oldest with an older version of a file, and one that was deleted since."""
    made = Little(desk.write(CONFIG.replace('backup = "none"\n', "", 1) + MIRROR + more))
    if batch:
        desk.write((made.root / "gallra.toml").read_text() + "batch = true\n")
    for path, text in FILES.items():
        made.write(f"kunder/{path}", text)
    for folder in ("cur", "new", "tmp"):
        (made.root / "post" / folder).mkdir(parents=True)
    made.write("post/cur/1700000002.M2P1.x:2,S", b"From: bo.dal@kund.example\nSubject: Annat\n\nHej.\n")
    generation(made, "2026-01-01", {"Anna Ek/avtal.txt": OLDER, "Anna Ek/offert.txt": GONE_LONG_AGO})
    generation(made, "2026-02-01")
    generation(made, "2026-03-01")
    desk("scan", code=0)
    return made


def generation(made: Little, day: str, other: dict[str, str] | None = None) -> None:
    """One more tree: what is as in the live folder is a hard link to the tree before, if that has it so."""
    root = made.root / "spegel"
    before = sorted(root.iterdir())[-1] if root.exists() and any(root.iterdir()) else None
    live = {path: made.root / "kunder" / path for path in FILES}
    texts = {path: full.read_bytes() for path, full in live.items() if full.exists()}
    texts |= {path: text.encode() for path, text in (other or {}).items()}
    for path, data in texts.items():
        target = root / day / "kunder" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        same = before / "kunder" / path if before is not None else None
        if same is not None and same.exists() and same.read_bytes() == data:
            os.link(same, target)
        else:
            target.write_bytes(data)


def trees(made: Little, folder: str = "spegel") -> dict[str, str]:
    """Every file below the folder: path -> sha256, as the system's own walk and read tell it."""
    found = {}
    for path in sorted((made.root / folder).rglob("*")):
        if path.is_file() and not path.is_symlink():
            found[str(path.relative_to(made.root))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def holds(folder: Path, word: str) -> list[str]:
    """The files below the folder in which the word stands, or that are called so."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if word in path.name or (path.is_file() and word.encode() in path.read_bytes())
    ]


def restored(made: Little, generation_: Path) -> None:
    """Put an old tree over the live folder, as a restore does."""
    shutil.copytree(generation_, made.root / "kunder", dirs_exist_ok=True)
