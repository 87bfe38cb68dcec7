"""One process at a time works on a case. A lock of the kernel, so that kill -9 lets go of it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.refusal import Refusal


class CaseBusy(Refusal):
    """Another process works on the case."""


@contextmanager
def case_lock(folder: Path, number: str) -> Iterator[None]:
    """Hold the case while the block runs. Raises CaseBusy at once where another process holds it."""
    path = folder / f"case-{number}.lock"
    handle = _acquire(path, number)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _acquire(path: Path, number: str) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise CaseBusy(f"another gallra is working on case {number}; wait for it, then try again") from None
        if _same(handle, path):
            return handle
        os.close(handle)  # the holder before us took the file away between our open and our lock


def _same(handle: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(handle), there)
