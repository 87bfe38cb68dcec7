"""A file that a user asked for: all of it or nothing, readable for its owner only, and never over another unasked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from scanner.refusal import Refusal


def write_new(target: Path, data: bytes, *, force: bool) -> None:
    """Write with mode 0600. Raises Refusal where a file is there already (unless `force`), or none can be made."""
    try:
        handle, beside = tempfile.mkstemp(prefix=".gallra-", dir=target.parent)  # mode 0600
    except OSError as error:
        raise Refusal(f"the folder of the file cannot be written: {os.strerror(error.errno or 0)}") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if force:
            Path(beside).replace(target)
        else:
            _claim(target, beside)
    except FileExistsError:
        raise Refusal("the file is there already; use another name, or --force to replace it") from None
    finally:
        Path(beside).unlink(missing_ok=True)


def check_free(target: Path, *, force: bool) -> None:
    """Raise Refusal at once for what `write_new` would refuse after long work."""
    if target.is_dir():
        raise Refusal("the file is a folder; name a file in it")
    if not force and (target.exists() or target.is_symlink()):
        raise Refusal("the file is there already; use another name, or --force to replace it")
    if not target.parent.is_dir():
        raise Refusal("the folder of the file is not there; make it first")


def _claim(target: Path, beside: str) -> None:
    """Give the finished file its name without replacing another. Raises FileExistsError."""
    try:
        os.link(beside, target)  # unlike a rename, this never replaces
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        target.touch(mode=0o600, exist_ok=False)
        Path(beside).replace(target)
