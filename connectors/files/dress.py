"""Giving a new file the owner, mode and extended attributes (and so the access list) of the one it replaces."""

from __future__ import annotations

import errno
import os
import stat

from connectors.errors import Denied, Unsupported
from connectors.locator import Locator

_NONE_HERE = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
# Labels and signatures that the system sets by itself, or that are of the old bytes (IMA, EVM, file capabilities).
_THE_SYSTEMS_OWN = ("security.", "trusted.", "btrfs.", "system.nfs4_acl", "system.cifs", "system.smb3")
_OF_USERS = "user."
_HARMLESS = frozenset({"user.mime_type", "user.charset", "user.DOSATTRIB"})  # kinds and flags: they name nobody


def no_remarks(handle: int, locator: Locator) -> None:
    """Raises Unsupported where users or programs may have written about the file: its origin, remarks, tags.

    No scan reads that, so nobody could say that the changed file tells no more of a person. OSError is the caller's.
    """
    if any(name.startswith(_OF_USERS) and name not in _HARMLESS for name in attributes(handle)):
        raise Unsupported("the file has extended attributes of users, which are not looked through", locator)


def dress(old: int, new: int, locator: Locator) -> None:
    """Copy what says who may do what with the file. Times are not copied.

    Raises Denied where the account may not keep them: a rewrite must not open a file to others, or take it from them.
    OSError is the caller's to name.
    """
    state, now = os.fstat(old), os.fstat(new)
    try:
        if (state.st_uid, state.st_gid) != (now.st_uid, now.st_gid):
            os.fchown(new, state.st_uid, state.st_gid)
        os.fchmod(new, stat.S_IMODE(state.st_mode))
        for name in attributes(old):
            os.setxattr(new, name, os.getxattr(old, name))
        for name in set(attributes(new)) - set(attributes(old)):
            os.removexattr(new, name)
    except PermissionError:
        raise Denied("the account may not keep the file's owner and permissions", locator) from None


def attributes(handle: int) -> list[str]:
    """The names of the extended attributes that belong to the file's users."""
    if not hasattr(os, "listxattr"):
        return []
    try:
        names = os.listxattr(handle)
    except OSError as error:
        if error.errno in _NONE_HERE:
            return []
        raise
    return [name for name in names if not name.startswith(_THE_SYSTEMS_OWN)]
