"""The index in one SQLite file: open it here, then read (`lookup`, `news`), write (`write`) and purge (`purge`).

What backups hold is in `snapshots`.

Any number of readers and writers, in as many processes, each seeing whole transactions; SQLite lets writers in one by
one. A lock file keeps those apart that open it for writing, since one of them may have to make it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import apsw

from scanner.index import schema
from scanner.index.errors import Busy, Corrupt, DiskFailed, NoIndex
from scanner.index.news import News
from scanner.index.patience import WRITING, opened_lock, take
from scanner.index.purge import Purges
from scanner.index.seal import Sealer
from scanner.index.snapshots import Snapshots
from scanner.index.told import told

__all__ = ["Index"]

_OWNER_ONLY = 0o600


class Index(News, Snapshots, Purges):
    """What was seen where. A context manager; `close` is safe to call twice. Not shared between threads."""

    @classmethod
    def open(cls, path: Path, sealer: Sealer, *, read_only: bool = False) -> Index:
        """Open the index, or make it (mode 0600) unless `read_only`.

        Raises NoIndex, WrongKey, WrongSchema, Corrupt, DiskFull, DiskFailed, or Busy when another process makes it, or
        writes, for minutes.
        """
        if read_only:
            return cls(_connected(path, sealer, read_only=True), sealer)
        with _alone(path):
            return cls(_connected(path, sealer, read_only=False), sealer)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside comes from one moment, though a scan may be writing meanwhile.

        Without it, a record that is read again between two questions has a new id, and the old id finds nothing.
        """
        with told():
            self._db.execute("BEGIN")
        try:
            yield
        finally:
            with told():
                self._db.execute("COMMIT")

    def check(self) -> None:
        """Read every page. Raises Corrupt when the file is damaged; takes seconds a GB."""
        if self._value("PRAGMA quick_check(1)") != "ok":
            raise Corrupt("the index file is damaged: move it away and run `gallra scan`, which makes a new one")


def _connected(path: Path, sealer: Sealer, *, read_only: bool) -> apsw.Connection:
    if read_only and not path.exists():
        raise NoIndex("there is no index yet: run `gallra scan`")
    with told():
        if not read_only:
            os.close(_opened(path))
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            schema.settle(db, writes=not read_only)
            _prepared(db, sealer, read_only=read_only)
        except BaseException:
            db.close(True)
            raise
    return db


def _prepared(db: apsw.Connection, sealer: Sealer, *, read_only: bool) -> None:
    if schema.is_empty(db):
        if read_only:
            raise NoIndex("there is no index yet: run `gallra scan`")
        schema.create(db, sealer)
    schema.check(db, sealer)
    if not read_only:
        schema.name(db)


def _opened(path: Path) -> int:
    """A descriptor of the file, made with mode 0600 if it is new (SQLite gives its journal the same)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return opened_lock(path, _OWNER_ONLY)
    except OSError as error:
        raise DiskFailed("the index cannot be written: check the disk and the rights on the state folder") from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock that those who open the index for writing take, for as long as they open it."""
    lock = _opened(path.with_name(path.name + ".lock"))
    try:
        if not take(lock, WRITING):
            raise Busy("another gallra has been opening this index for minutes: is it stopped? End it, then try again")
        yield
    finally:
        os.close(lock)  # lets go of the lock; the file stays, since unlinking it would let two in
