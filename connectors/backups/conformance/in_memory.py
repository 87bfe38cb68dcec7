"""The memory backup's world: the honest one, on which the suite is proved, and the liars' stage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from connectors.backups.conformance.world import BackupWorld
from connectors.backups.memory import BackupStore, Kept, MemoryBackup
from connectors.errors import Unreachable


class MemoryBackupWorld(BackupWorld):
    """A store, looked into directly."""

    ways_to_break = ("cut off", "in the middle")

    def __init__(self, connector: type[MemoryBackup] = MemoryBackup) -> None:
        self._connector = connector
        self.store = BackupStore()
        for number, state in enumerate(self.states()):
            at = datetime(2026, 3, 1, 3, tzinfo=UTC) + timedelta(days=number)
            self.store.add(at, {self.inside(path): data for path, data in state.items()}, f"host a, tag {number}")

    def inside(self, path: str) -> str:
        """Below the folder that was backed up."""
        return f"srv/{path}"

    def connect(self) -> MemoryBackup:
        """A connector of the kind under test."""
        return self._connector(self.source, {"store": self.store})

    def restored(self) -> list[dict[str, bytes]]:
        """See BackupWorld."""
        return [
            {path.removeprefix("srv/"): self.store.blobs[blob] for path, blob in kept.files.items()}
            for kept in self._kept()
        ]

    def readable(self, needle: bytes) -> bool:
        """See BackupWorld."""
        names = [path.encode("utf-8", "surrogateescape") for kept in self._kept() for path in kept.files]
        return any(needle in stored for stored in (*self.store.blobs.values(), *names))

    def labels(self) -> list[str]:
        """See BackupWorld."""
        return [f"{kept.at} {kept.label}" for kept in self._kept()]

    def attributes(self) -> list[dict[str, str]]:
        """See BackupWorld."""
        return [{path.removeprefix("srv/"): text for path, text in kept.attributes.items()} for kept in self._kept()]

    def folders(self) -> list[set[str]]:
        """See BackupWorld."""
        return [{path.removeprefix("srv/") for path in kept.folders} for kept in self._kept()]

    @contextmanager
    def broken(self, way: str) -> Iterator[None]:
        """Cut off: no answer. In the middle: the first entries, and then none."""
        left = iter(range(3))

        def breaks(step: str) -> None:
            if step not in ("open", "snapshots", "entries", "entry") or (step == "entry" and next(left, None) is None):
                raise Unreachable("the memory broke off")

        self.store.reachable = way != "cut off"
        before, self.store.hook = self.store.hook, breaks if way == "in the middle" else self.store.hook
        try:
            yield
        finally:
            self.store.reachable, self.store.hook = True, before

    def lock(self, path: str) -> date:
        """The store keeps it."""
        until = date(2099, 1, 31)
        self.store.locked[self.inside(path)] = until
        return until

    def _kept(self) -> list[Kept]:
        return sorted(self.store.snapshots, key=lambda kept: kept.at)
