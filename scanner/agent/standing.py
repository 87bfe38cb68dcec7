"""Where a watched folder stands: which folder it is, whether its mount is there, what is mounted inside it.

inotify is told by path once and then follows the folder itself. So it does not see that another folder stands in its
place, that something was mounted over or inside it, or that one above it was renamed: these are found by looking.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.files.mounts import is_network

NO_MORE: Final[Mapping[int, str]] = {
    errno.ENOSPC: "the system has no more watches: raise fs.inotify.max_user_watches",
    errno.EMFILE: "too many files are open, or watchers run: raise fs.inotify.max_user_instances",
}
"""What the system's errors mean where folders are watched: its own texts mislead ("No space left on device")."""

_TABLE: Final = Path("/proc/self/mountinfo")
_OCTAL: Final = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Standing:
    """What must stay the same while a folder is watched. `mounts` are those below it: device, point, file system."""

    device: int
    inode: int
    mounts: frozenset[tuple[bytes, bytes, bytes]] = frozenset()

    @property
    def shares(self) -> bool:
        """True where a share of another machine is mounted inside the folder."""
        return any(is_network(os.fsdecode(kind)) for _, _, kind in self.mounts)


def look(path: str) -> Standing | None:
    """How the folder stands now; None where there is no folder. Costs one stat and one small file."""
    try:
        state = os.stat(path)  # noqa: PTH116 - every few seconds
    except OSError:
        return None
    return Standing(state.st_dev, state.st_ino, mounts_below(path))


def has_sentinel(path: str, sentinel: str) -> bool:
    """True where the folder holds its sentinel, or has none to hold."""
    return not sentinel or os.path.lexists(os.path.join(path, sentinel))  # noqa: PTH118 - as above


def mounts_below(path: str, table: Path = _TABLE) -> frozenset[tuple[bytes, bytes, bytes]]:
    """What is mounted inside the folder; nothing where the system does not tell."""
    try:
        lines = table.read_bytes().splitlines()
    except OSError:
        return frozenset()
    inside = os.fsencode(os.path.realpath(path)).rstrip(b"/") + b"/"
    found = set()
    for line in lines:
        before, _, after = line.partition(b" - ")
        fields, kinds = before.split(b" "), after.split(b" ")
        if len(fields) >= 5:
            point = _OCTAL.sub(lambda code: bytes([int(code[1], 8)]), fields[4])
            if point.startswith(inside) and point != inside:
                found.add((fields[2], point, kinds[0]))
    return frozenset(found)
