"""A SQLite file of gallra's own that no power cut undoes, and in which nothing deleted can be read any more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import apsw


class DurableFile:
    """One file (mode 0600) and its connection; not for sharing between threads. A context manager."""

    def __init__(self, path: Path) -> None:
        """Open or make the file."""
        self.path = path
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self.db = apsw.Connection(str(path))
        self.db.set_busy_timeout(10_000)
        # EXTRA is FULL plus the directory after a commit, so that no power cut brings a committed journal back; and
        # what is rewritten is not to lie in a temporary file.
        for setting in ("secure_delete=ON", "synchronous=EXTRA", "temp_store=MEMORY"):
            self.db.execute(f"PRAGMA {setting}")

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and durable at the end. Does not nest."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")
