"""What kind of file system a folder is on: a share's server tells no changes, and keeps its own locks."""

from __future__ import annotations

import os
import re
from pathlib import Path

_NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone",
     "fuse.s3fs", "fuse.sshfs", "fuse.vmhgfs-fuse", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "prl_fs", "smb3",
     "smbfs", "vboxsf", "virtiofs"}
)  # fmt: skip
_TABLE = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")


def file_system(path: str, table: Path = _TABLE) -> str:
    """The name of the file system that a path is on, as `mount` shows it; empty where the system does not tell."""
    try:
        lines = os.fsdecode(table.read_bytes()).splitlines()
    except OSError:
        return ""
    real, found, longest = os.path.realpath(path), "", -1
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(" "), after.split(" ")
        if len(fields) < 5 or not kinds[0]:
            continue
        point = _OCTAL.sub(lambda code: chr(int(code[1], 8)), fields[4])
        # Of two mounts on one point the later one is seen.
        if (real == point or real.startswith(point.rstrip("/") + "/")) and len(point) >= longest:
            found, longest = kinds[0], len(point)
    return found


def is_network(kind: str) -> bool:
    """True for a file system that is another machine's: inotify sees nothing of what others do there."""
    return kind in _NETWORK
