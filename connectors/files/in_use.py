"""Whether somebody has a file open, asked so that nobody notices.

The kernel gives a write lease on a file only while nobody else has it open (fcntl(2), F_SETLEASE): no other program of
this machine, and no colleague over SMB either, since smbd holds a file open for each client that has it open. The lease
is given back at once. On a mounted share the server itself refuses (`connectors.files.failures`), so it is asked.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import time
from collections.abc import Callable

from connectors.errors import Denied
from connectors.files.atomic import Place
from connectors.files.failures import OPEN_ELSEWHERE, failure
from connectors.locator import Locator

Guard = Callable[[Place, Locator], None]  # raises Denied where the file must be left alone for now

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_F_SETSIG = 10  # asm-generic/fcntl.h; not in every Python
_TRIES = 5  # who only passes by (an indexer, one of our own readers) is waited for
_LOOK = 0.05  # seconds between two tries


def nobody_asks(place: Place, locator: Locator) -> None:
    """The guard of sources whose files may go while they are open."""


def not_open(place: Place, locator: Locator) -> None:
    """Raises Denied while somebody else has the file open. Where the system cannot tell (no lease for this account or
    on this file system), it passes.
    """
    for attempt in range(_TRIES):
        if not _is_open(place):
            return
        if attempt + 1 < _TRIES:
            time.sleep(_LOOK)
    raise Denied(OPEN_ELSEWHERE, locator)


def writable(place: Place, locator: Locator) -> None:
    """Raises Denied where the server of a mounted share does not let the file be opened for writing: a colleague has it
    open and does not share it, or the account may not.
    """
    try:
        os.close(os.open(place.name, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place.folder))
    except OSError as error:
        raise failure(error, locator) from None


def _is_open(place: Place) -> bool:
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        handle = os.open(place.name, _OPEN, dir_fd=place.folder)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EBUSY, errno.ETXTBSY)  # others are told by who opens it in earnest
    try:
        # An opener in this very moment makes the kernel signal the holder; the usual signal would end the process.
        fcntl.fcntl(handle, _F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(handle)
    return False
