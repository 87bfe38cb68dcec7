"""What all of gallra's processes of one user on one machine share: small files in the folder for temporary files.

Their names are hashes: they say nothing of a server or source. Locks on them end with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path


def folder() -> Path:
    """The folder, made where it is not there. Raises OSError, where it belongs to somebody else too."""
    found = place()
    found.mkdir(mode=0o700, exist_ok=True)
    if found.stat().st_uid != os.getuid():
        raise PermissionError(f"{found} belongs to somebody else")
    return found


def place() -> Path:
    """Where the folder is, or will be."""
    return Path(tempfile.gettempdir()) / f"gallra-{os.getuid()}"


def named(text: str) -> str:
    """The name of a file for what the text says."""
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def locked(path: Path, *, wait: bool = False) -> int | None:
    """The descriptor of a file that is locked now; None where another has the lock, and it is not to be waited for."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
