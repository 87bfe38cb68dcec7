"""What an operating system's refusal means in the words of the contract. No text holds a path."""

from __future__ import annotations

import errno

from connectors.errors import Changed, ConnectorError, Denied, Malformed, NotFound, Unreachable
from connectors.locator import Locator

_REFUSED = frozenset({errno.EACCES, errno.EPERM})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# A share whose file a colleague has open exclusively answers so (and a program that runs, ETXTBSY).
_BUSY = frozenset({errno.EBUSY, errno.ETXTBSY, errno.EAGAIN})
_REPLACED = frozenset({errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.ENXIO})

OPEN_ELSEWHERE = "open elsewhere: it is left alone until it is closed there; run again then"


def failure(error: OSError, locator: Locator | None = None) -> ConnectorError:
    """The error to raise, `from None`, so that the system's own text (which holds the path) is not shown.

    Only ENOENT is NotFound. What is not known to be final is Unreachable: "could not tell" is never "gone".
    """
    code = error.errno
    if code == errno.ENOENT:
        return NotFound("the item is not there", locator)
    if code in _REFUSED:
        return Denied(
            "the account may not do this: check the permissions of the file and its folder (a share also says so of a "
            "file that is locked elsewhere)",
            locator,
        )
    if code in _BUSY:
        return Denied(OPEN_ELSEWHERE, locator)
    if code == errno.EROFS:
        return Denied("the file system is mounted read-only", locator)
    if code in _FULL:
        return Denied("the disk is full or over its quota", locator)
    if code in _REPLACED:
        return Changed("something else than a file, or a link, now stands on the way to the item", locator)
    if code in (errno.ENAMETOOLONG, errno.EINVAL):
        return Malformed("not an address that this file system can have", locator)
    return Unreachable(f"the file system answered {errno.errorcode.get(code or 0, 'an unknown error')}", locator)
