"""Giving an archive's name to the one that was written anew, so that a crash leaves the old, or both, never neither.

The new one lies beside the old under a private name, with its owner, mode, attributes and times, until it is proved.
Then the two are exchanged in one step; what came out is looked at and taken away. Where the file system offers no
exchange, a rename over the old one does it. In every case a proper archive has the name, so that what a crash leaves
under the private name may go.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, cast

from connectors.base import Locator
from connectors.errors import Changed, ConnectorError, Unreachable, Unsupported
from connectors.files import atomic
from connectors.files.atomic import Place
from connectors.files.dress import dress
from connectors.files.erasing import take_away
from connectors.files.failures import failure
from connectors.files.in_use import Guard
from connectors.files.states import look, token_of
from connectors.files.steady import open_file

FULL = "the disk has no room for the archive that is written anew beside the old one: make room, and run again"

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_ROOM = 28, 122, 27  # ENOSPC, EDQUOT, EFBIG


def rewritten(
    place: Place,
    beside: Place,
    token: str,
    locator: Locator,
    write: Callable[[BinaryIO, BinaryIO], None],
    guard: Guard,
    *,
    empty: bool,
) -> None:
    """`write(old, new)` lays the new archive and proves it, or raises: then the old one is untouched.

    Raises Changed where the archive is not at `token`, Unsupported where it has other names, Unreachable where the
    disk is full, Denied.
    """
    clear(beside, locator)
    guard(place, locator)  # before it is opened here: who asks counts too
    handle, state = open_file(place, locator)
    with os.fdopen(handle, "rb") as old:
        if token_of(state) != token:
            raise Changed("the archive was changed meanwhile; look again", locator)
        if state.st_nlink > 1:
            raise Unsupported("the archive has other names (hard links), which would keep what it holds", locator)
        laid = _lay(beside, old, state, locator, write)
    try:
        guard(place, locator)
        _exchange(place, beside, token, laid, locator, empty=empty)
    except BaseException:
        with suppress(ConnectorError):
            _take_back(beside, laid, locator)
        raise


def clear(beside: Place, locator: Locator) -> None:
    """Take away what a run that was cut off left beside an archive."""
    try:
        os.unlink(beside.name, dir_fd=beside.folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise failure(error, locator) from None


def _lay(
    beside: Place,
    old: BinaryIO,
    state: os.stat_result,
    locator: Locator,
    write: Callable[[BinaryIO, BinaryIO], None],
) -> str:
    try:
        space = os.fstatvfs(beside.folder)
        if space.f_bavail * space.f_frsize < state.st_size:
            raise Unreachable(FULL, locator)
        handle = os.open(beside.name, _CREATE, 0o600, dir_fd=beside.folder)
        try:
            with os.fdopen(handle, "w+b") as new:
                write(old, cast(BinaryIO, new))
                new.flush()
                dress(old.fileno(), new.fileno(), locator)
                os.utime(new.fileno(), ns=(state.st_atime_ns, state.st_mtime_ns))
                os.fsync(new.fileno())
                laid = token_of(os.fstat(new.fileno()))
            atomic.sync_folder(beside.folder)
        except BaseException:
            with suppress(ConnectorError):
                clear(beside, locator)
            raise
    except OSError as error:
        raise _named(error, locator) from None
    return laid


def _named(error: OSError, locator: Locator) -> ConnectorError:
    return Unreachable(FULL, locator) if error.errno in _NO_ROOM else failure(error, locator)


def _exchange(place: Place, beside: Place, token: str, laid: str, locator: Locator, *, empty: bool) -> None:
    try:
        _same(place, token, locator)
        try:
            atomic.exchange(place, beside)
        except atomic.NotOffered:
            os.rename(beside.name, place.name, src_dir_fd=beside.folder, dst_dir_fd=place.folder)
            atomic.sync_folder(place.folder)
            return
        came_out = look(beside, locator)
        if came_out is None or token_of(came_out) != token:
            atomic.exchange(place, beside)
            raise Changed("the archive was written anew in the same moment; it was left as it is", locator)
        atomic.sync_folder(place.folder)
        take_away(beside, locator, empty=empty)
        atomic.sync_folder(place.folder)
    except OSError as error:
        raise failure(error, locator) from None


def _same(place: Place, token: str, locator: Locator) -> None:
    state = look(place, locator)
    if state is None or token_of(state) != token:
        raise Changed("the archive was changed meanwhile; look again", locator)


def _take_back(beside: Place, laid: str, locator: Locator) -> None:
    """What was laid goes; anything else under the private name stays, for the next run to see."""
    state = look(beside, locator)
    if state is not None and token_of(state) == laid:
        clear(beside, locator)
