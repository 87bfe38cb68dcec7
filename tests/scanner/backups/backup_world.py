"""A backup in memory that counts what is listed and read of it, and a scanner over it in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.model import Register, Source
from connectors.backups.base import Entry, Snapshot
from connectors.backups.memory import BackupStore, MemoryBackup
from connectors.base import Content, Gap, GapReason, Locator
from connectors.errors import Unreachable
from scanner.backups.origins import Origins, Root
from scanner.detect.base import DetectSettings
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.limits import Limits
from scanner.read import ReaderSettings
from scanner.scan import Scanner, SourceReport

MASTER = b"a master key for tests, 32 bytes"
DAY = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@dataclass(slots=True)
class Counted(BackupStore):
    """A store that notes which snapshots are listed and which items read, and breaks where it is told to."""

    listed: list[str] = field(default_factory=list)  # labels
    reads: list[str] = field(default_factory=list)
    fails_at: str = ""  # the path at whose listing the backup is cut off
    gaps: dict[str, GapReason] = field(default_factory=dict)  # path -> why it is none, in every snapshot

    def __deepcopy__(self, memo: dict[int, Any]) -> Counted:
        return self  # every connector works on the same one


class Counting(MemoryBackup):
    """A connector of a Counted store."""

    store: Counted

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        self.store.listed.append(snapshot.label)
        for path, reason in self.store.gaps.items():
            yield Gap(Locator(self.name, path), reason)
        for entry in super().entries(snapshot):
            if isinstance(entry, Entry) and entry.path == self.store.fails_at:
                raise Unreachable("the memory was cut off")
            yield entry

    def read(self, locator: Locator) -> Content:
        self.store.reads.append(locator.path.partition(";version=")[0])
        return super().read(locator)


class Thawed(Counting):
    """One whose snapshots may change under their ids."""

    kind = "thawed"
    frozen = False


class BackupWorld:
    """An index, a counted backup named `nas` that covers `kunder` at srv/kunder, and scans of it in this process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "index.sqlite"
        self.sealer = Sealer(Keys.derive(MASTER))
        self.index = Index.open(self.path, self.sealer)
        self.store = Counted()
        self.source = Source("nas", "memory", {"store": self.store}, backup=True)
        self.kunder = Source("kunder", "folder", {"path": str(folder / "kunder")})
        self.registers: tuple[Register, ...] = ()
        self.origins = Origins({"nas": ("kunder",)}, {"nas": (Root("kunder", ("srv", "kunder")),)})

    def snapshot(self, number: int, files: Mapping[str, str]) -> str:
        """A snapshot of the day `number`, labelled so; gives its id."""
        data = {f"srv/kunder/{path}": text.encode() for path, text in files.items()}
        return self.store.add(DAY + timedelta(days=number), data, str(number)).id

    def forget(self, number: int) -> None:
        """The backup's own retention takes a snapshot away."""
        self.store.snapshots = [one for one in self.store.snapshots if one.label != str(number)]

    def scan(self, *, full: bool = False, whole: bool = False, leave_out: tuple[Path, ...] = ()) -> SourceReport:
        """One scan; `listed` and `reads` then hold what it asked for."""
        self.store.listed.clear()
        self.store.reads.clear()
        settings = ReaderSettings(
            (self.kunder, self.source),
            Limits(),
            DetectSettings(),
            MASTER,
            registers=self.registers,
            origins=self.origins,
        )
        scanner = Scanner(self.index, self.sealer, settings, workers=0, full=full, whole=whole, leave_out=leave_out)
        return scanner.scan([self.source])[0]

    def held(self) -> dict[str, int]:
        """Of each path that the index has, in how many snapshots each of its contents is, the largest number last."""
        items = [state.item for state in self.index.states("nas", "snapshots").values()]
        views = self.index.items(items).values()
        counts = self.index.held_by("nas", [view.path for view in views])
        found: dict[str, int] = {}
        for path, by in counts.items():
            plain = path.partition(";version=")[0].removeprefix("srv/kunder/")
            found[plain] = found.get(plain, 0) + by.snapshots
        return found

    def contents(self, path: str) -> int:
        """How many contents the index has at a path."""
        items = [state.item for state in self.index.states("nas", "snapshots").values()]
        whole = f"srv/kunder/{path};version="
        return sum(view.path.startswith(whole) for view in self.index.items(items).values())

    def stale(self) -> set[str]:
        """The paths of items that may be old."""
        return {
            gap.path.partition(";version=")[0].removeprefix("srv/kunder/")
            for gap in self.index.gaps()
            if gap.reason is GapReason.STALE
        }
