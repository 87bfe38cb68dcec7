"""The demo company's backup: three nights of its customer folders, files that did not change linked to one another."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

CONFIG = """
[[backup]]
name = "nas"
kind = "mirror"
path = "nas"
covers = ["kunder"]
at = { kunder = "kunder" }
keeps_days = 30
"""
"""What the configuration says of it."""

_NIGHTS = 3
_DELETED = "anteckning-2023.txt"


def make_copies(root: Path, folder: str) -> None:
    """Back up `root/kunder` as rsnapshot would. The oldest night has a note on the customer that was deleted since."""
    nights = [root / "nas" / f"daily.{number}" / "kunder" for number in range(_NIGHTS)]
    shutil.copytree(root / "kunder", nights[-1])
    for older, newer in zip(nights[:0:-1], nights[-2::-1], strict=True):
        shutil.copytree(older, newer, copy_function=os.link)
    note = nights[-1] / folder / _DELETED
    note.write_text(f"{folder} ringde om offerten; vill att vi hör av oss i maj.\n", encoding="utf-8")
    for number, night in enumerate(nights):
        stamp = (datetime.now(UTC) - timedelta(days=number, hours=5)).timestamp()
        os.utime(night.parent, (stamp, stamp))


class Copies:
    """What lay in the backup before, to be compared with what lies there afterwards: no code of gallra in it."""

    def __init__(self, root: Path) -> None:
        self._root = root / "nas"
        self._before = dict(self._files())

    def told(self, needle: str) -> str:
        """One line. Raises AssertionError where a file changed, or one went that is not about `needle`."""
        after = dict(self._files())
        gone = self._before.keys() - after.keys()
        assert all(after[path] == self._before[path] for path in after), "a file in the backup changed"
        assert all(needle in path for path in gone), "a file went from the backup that the case is not about"
        nights = len({path.partition("/")[0] for path in gone})
        return f"nas: {len(gone)} copies are gone from {nights} nights. All {len(after)} others are the same."

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self._root.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(self._root)), hashlib.sha256(path.read_bytes()).digest()
