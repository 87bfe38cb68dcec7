"""Renames that overwrite nothing, and swaps that lose nothing: renameat2(2), with what to do where it is missing."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import NamedTuple

_NO_REPLACE = 1
_EXCHANGE = 2
_MISSING = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
_NO_LINKS = frozenset({errno.EPERM, errno.EMLINK, *_MISSING})


class NotOffered(Exception):
    """What was asked cannot be done in one step on this system or file system."""


class Place(NamedTuple):
    """A name in an opened folder. Every step is taken relative to the handle, so a swapped folder misleads nobody."""

    folder: int
    name: str


def move(old: Place, new: Place) -> None:
    """Rename without overwriting.

    Where renameat2 is not offered, a hard link and an unlink do the same (link(2) overwrites nothing; a crash between
    the two leaves both names of the one file). Raises FileExistsError, NotOffered, OSError.
    """
    try:
        _renameat2(old, new, _NO_REPLACE)
    except NotOffered:
        _move_by_link(old, new)


def move_private(old: Place, new: Place) -> None:
    """`move` to a name that only gallra uses. Where links are not offered either, look first and rename."""
    try:
        move(old, new)
    except NotOffered:
        if exists(new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)


def exchange(one: Place, other: Place) -> None:
    """Swap two names in one step. Raises NotOffered, OSError."""
    _renameat2(one, other, _EXCHANGE)


def exists(place: Place) -> bool:
    """True where the name leads to anything, a dangling link too."""
    try:
        os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def sync_folder(folder: int) -> None:
    """Make renames and unlinks last over a power cut. A folder that may not be opened for reading is let be."""
    try:
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _MISSING:
            raise
    finally:
        os.close(handle)


def _move_by_link(old: Place, new: Place) -> None:
    try:
        os.link(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno in _NO_LINKS:
            raise NotOffered from None
        raise
    os.unlink(old.name, dir_fd=old.folder)


def _renameat2(old: Place, new: Place, flag: int) -> None:
    if _libc_renameat2 is None:
        raise NotOffered
    if _libc_renameat2(old.folder, os.fsencode(old.name), new.folder, os.fsencode(new.name), flag) == 0:
        return
    code = ctypes.get_errno()
    if code in _MISSING:
        raise NotOffered
    raise OSError(code, os.strerror(code))


_libc_renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
if _libc_renameat2 is not None:
    _libc_renameat2.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    _libc_renameat2.restype = ctypes.c_int
