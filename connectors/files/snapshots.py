"""Folders in which a server shows earlier states of a share: read-only copies, in which nothing can be erased."""

from __future__ import annotations

import re

DETAIL = (
    "earlier versions that the server keeps: nothing in them is searched or erased. Set them up as a backup; a folder "
    "of your own with such a name can be a source of its own"
)
HIDDEN = (".zfs", ".snapshot")  # there, but in no listing, on servers that are set up so
_NAMES = frozenset(
    {".snapshot", ".snapshots", ".zfs", "#snapshot", "~snapshot", "@Recently-Snapshot", "System Volume Information"}
)
_AT = re.compile(r"@GMT-\d{4}\.\d\d\.\d\d-\d\d\.\d\d\.\d\d")


def is_snapshots(name: str) -> bool:
    """True for the names that NetApp, ZFS, btrfs (snapper), Samba, Synology, QNAP and Windows give such folders."""
    return name in _NAMES or _AT.fullmatch(name) is not None
