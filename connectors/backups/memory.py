"""The reference backup: snapshots in memory, with the whole contract and nothing else. For tests; not registered."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar

from connectors.backups.base import Backup, Entry, Snapshot, above, content_id, parted
from connectors.base import (
    Capabilities,
    Content,
    Gap,
    GapReason,
    Locator,
    Outcome,
    Presence,
    Receipt,
    Strength,
    Version,
)
from connectors.errors import ConnectorError, NotFound, Unreachable


@dataclass(slots=True)
class Kept:
    """One snapshot: by path, the hash of the content. Rewriting it gives it another id, and nothing else."""

    id: str
    at: datetime
    label: str
    files: dict[str, str]
    folders: set[str] = field(default_factory=set)
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class BackupStore:
    """What the backup stores; shared by all its connectors, as a repository is.

    `hook` is told the name of each step before it is done ("snapshots", "entries", "entry", "read", "note", "rewrite",
    "rewritten" before each snapshot is replaced, "reclaim", "prove"), and may raise: so a test breaks the backup, or
    ends the run there.
    """

    snapshots: list[Kept] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    locked: dict[str, date] = field(default_factory=dict)  # paths that the backup itself keeps, and until when
    hidden: set[str] = field(default_factory=set)  # paths that cannot be listed: told as gaps
    reachable: bool = True
    hook: Callable[[str], None] = lambda step: None
    rewrites: int = 0
    reclaims: int = 0

    def add(self, at: datetime, files: Mapping[str, bytes], label: str = "") -> Kept:
        """A snapshot of these paths with these bytes."""
        hashes = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
        self.blobs |= {hashes[path]: data for path, data in files.items()}
        folders = {folder for path in files for folder in above(path)}
        owners = {path: f"owner {len(path)}" for path in files}
        kept = Kept(_id(at, hashes), at, label, hashes, folders, owners)
        self.snapshots.append(kept)
        return kept


class MemoryBackup(Backup):
    """Settings: `store`, a BackupStore."""

    kind: ClassVar[str] = "memory"

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self.store: BackupStore = settings["store"]

    def open(self) -> Capabilities:
        """A memory can do all there is."""
        self._reach("open")
        self.changed()
        return Capabilities(Strength.STRONG, stages=False)

    def snapshots(self) -> list[Snapshot]:
        """By time."""
        self._reach("snapshots")
        return [Snapshot(one.id, one.at, one.label) for one in sorted(self.store.snapshots, key=lambda one: one.at)]

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        """In the order of paths."""
        self._reach("entries")
        kept = next((one for one in self.store.snapshots if one.id == snapshot.id), None)
        if kept is None:
            raise NotFound("the snapshot is gone meanwhile")
        for path, blob in sorted(kept.files.items()):
            self._reach("entry")
            if path in self.store.hidden:
                yield Gap(Locator(self.name, path), GapReason.UNREADABLE)
            else:
                yield Entry(path, content_id([blob]), len(self.store.blobs[blob]))

    def read(self, locator: Locator) -> Content:
        """The bytes, under the id of the content."""
        self._reach("read")
        path, content = self.key(locator)
        blob = next((blob for _, blob in self._holders(locator)), None)
        if blob is None:
            raise NotFound("no snapshot holds it", locator)
        data = self.store.blobs[blob]
        return Content(io.BytesIO(data), Version(content, Strength.STRONG), len(data), path.rpartition("/")[2])

    def presence(self, locator: Locator) -> Presence:
        """As every backup."""
        self._reach("presence")
        return super().presence(locator)

    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        """The hash of the content."""
        self._reach("note")
        return {locator: next((blob for _, blob in self._holders(locator)), "") for locator in locators}

    def rewrite(
        self, locators: Sequence[Locator], folders: Sequence[str] = ()
    ) -> dict[Locator, Receipt | ConnectorError]:
        """References go; the blobs stay until they are reclaimed."""
        self._reach("rewrite")
        doomed = {locator: self._holders(locator) for locator in locators}
        if not doomed:
            return {}
        self.store.rewrites += 1
        self.changed()
        gone: dict[str, set[str]] = {}
        for locator, holders in doomed.items():
            for kept, _ in holders:
                if parted(locator.path)[0] not in self.store.locked:
                    gone.setdefault(kept.id, set()).add(parted(locator.path)[0])
        for number, kept in enumerate(self.store.snapshots):
            if paths := gone.get(kept.id):
                self._reach("rewritten")
                self.store.snapshots[number] = _without(kept, paths, folders)
        return {locator: self._receipt(locator, bool(holders)) for locator, holders in doomed.items()}

    def reclaim(self) -> None:
        """Blobs that no snapshot refers to go."""
        self._reach("reclaim")
        self.store.reclaims += 1
        for blob in set(self.store.blobs) - self._referred():
            del self.store.blobs[blob]

    def has_folder(self, path: str) -> bool:
        """Whether a snapshot has it, or anything below it."""
        self._reach("list")
        return any(
            one == path or one.startswith(f"{path}/")
            for kept in self.store.snapshots
            for one in (*kept.folders, *kept.files)
        )

    def unreclaimed(self) -> bool:
        """Whether a blob is left that no snapshot refers to."""
        self._reach("unreclaimed")
        return bool(set(self.store.blobs) - self._referred())

    def prove(self, notes: Mapping[Locator, str]) -> dict[Locator, Presence | ConnectorError]:
        """Absent where it is not listed, and its blob is gone or belongs to others."""
        self._reach("prove")
        lost = set(self.store.blobs) - self._referred()
        return {
            locator: Presence.PRESENT if self._holders(locator) or blob in lost else Presence.ABSENT
            for locator, blob in notes.items()
        }

    def _reach(self, step: str) -> None:
        self.store.hook(step)
        if not self.store.reachable:
            raise Unreachable("the memory is cut off")

    def _holders(self, locator: Locator) -> list[tuple[Kept, str]]:
        path, content = self.key(locator)
        found = [(kept, kept.files[path]) for kept in self.store.snapshots if path in kept.files]
        return [(kept, blob) for kept, blob in found if content_id([blob]) == content]

    def _referred(self) -> set[str]:
        return {blob for kept in self.store.snapshots for blob in kept.files.values()}

    def _receipt(self, locator: Locator, listed: bool) -> Receipt:
        until = self.store.locked.get(parted(locator.path)[0])
        if not listed:
            return Receipt(locator, Outcome.ABSENT)
        if until is not None:
            return Receipt(locator, Outcome.RECOVERABLE, ("what the backup keeps by a rule of its own",), until)
        return Receipt(locator, Outcome.ERASED)


def _without(kept: Kept, paths: set[str], folders: Sequence[str]) -> Kept:
    """The snapshot without these paths, and without these folders where they have become empty."""
    files = {path: blob for path, blob in kept.files.items() if path not in paths}
    left = set(kept.folders)
    for folder in sorted(folders, key=len, reverse=True):
        if not any(path.startswith(f"{folder}/") for path in (*files, *left)):
            left.discard(folder)
    attributes = {path: text for path, text in kept.attributes.items() if path in files}
    return replace(kept, id=_id(kept.at, files), files=files, folders=left, attributes=attributes)


def _id(at: datetime, files: Mapping[str, str]) -> str:
    return hashlib.sha256(repr((at, sorted(files.items()))).encode("utf-8", "surrogateescape")).hexdigest()
