"""A case whose items lie in a source and in a backup of it, both in memory, erased by the real executor."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from connectors.backups.base import content_id, versioned
from connectors.backups.memory import BackupStore, MemoryBackup
from connectors.base import Connector, Locator, Strength, Version
from connectors.memory import Memory, Store
from scanner.cases import CaseStore
from scanner.erase import run
from scanner.index.seal import Keys, Sealer
from scanner.journal import Journal
from scanner.model import Action, Case, Finding, Ownership, Plan, Step, Tier
from scanner.plan import make_plan
from scanner.prepare import Prepared
from tests.scanner.preparing import nothing_against

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIVE, DEEP = "kunder", "nas"
HERS = {"Anna/brev.txt": b"Anna Ek, anna.ek@kund.example", "Anna/avtal.txt": b"Avtal med Anna Ek"}
OTHERS = {"Bo/brev.txt": b"Bo Dal, bo.dal@kund.example", "lista.txt": b"Bo Dal\nCarl Ek\n"}


class Killed(BaseException):
    """The run ends here, as by a kill: nothing that follows is done."""


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def item(path: str, content: bytes) -> Locator:
    """The address that a path with this content has in the backup."""
    return Locator(DEEP, versioned(f"srv/{path}", content_id([sha(content)])))


class World:
    """Two snapshots with everything, one from before with an older version of a letter and one with others' data."""

    def __init__(self, folder: Path, *, live: bool = True, backups: tuple[str, ...] = (DEEP,)) -> None:
        folder.mkdir(exist_ok=True)
        self.kind: type[MemoryBackup] = MemoryBackup
        self.hook: Callable[[str], None] = lambda _: None  # told of each write to the journal, before and after it
        self.source = Store(dict(HERS | OTHERS) if live else dict(OTHERS))
        self.backups = {name: BackupStore() for name in backups}
        files = {f"srv/{path}": data for path, data in (HERS | OTHERS).items()}
        for store in self.backups.values():
            store.add(NOW.replace(month=1), {**files, "srv/Anna/brev.txt": b"an older letter"}, "first")
            store.add(NOW.replace(month=2), files, "second")
            store.add(NOW.replace(month=2, day=2), files, "third")
        self.store = CaseStore(folder / "cases.sqlite", Sealer(Keys.derive(b"k" * 32)))
        self.case = self.store.new([], NOW)
        if live:
            for path, data in HERS.items():
                self.add(Locator(LIVE, path), data, Version(sha(data), Strength.STRONG))
        for name in backups:
            for path, data in HERS.items():
                where = item(path, data)
                self.add(Locator(name, where.path), data, Version(content_id([sha(data)]), Strength.STRONG))
        self.store.save(self.case)
        self.steps: list[tuple[int, int]] = []

    @property
    def backup(self) -> BackupStore:
        return self.backups[DEEP]

    def add(self, locator: Locator, data: bytes, version: Version, **more: Any) -> Finding:
        number = len(self.case.findings) + 1
        values = {"kind": "file", "ownership": Ownership.OWN, "action": Action.REMOVE, "content": sha(data)} | more
        one = Finding(number, locator, tier=Tier.CERTAIN, evidence=(), version=version, **values)
        self.case.findings.append(one)
        return one

    def connect(self, name: str) -> Connector:
        if name in self.backups:
            return self.kind(name, {"store": self.backups[name]})
        return Memory(name, {"store": self.source})

    def plan(self, case: Case | None = None) -> Plan:
        return make_plan((case or self.case).findings, sha)

    def run(self, **more: Any) -> frozenset[str]:
        """As the command does; what was reached is saved unless the run is killed."""
        case = self.case = self.store.load(self.case.number)
        values: dict[str, Any] = {
            "prepare": nothing_against,
            "check": lambda *_: None,
            "progress": lambda done, total: self.steps.append((done, total)),
        }
        lost = run(
            case,
            self.plan(),
            self.connect,
            cast(Journal, _Told(self.store.journal, self.hook)),
            lambda: NOW,
            fingerprint=fingerprint,
            **(values | more),
        )
        self.store.journal.save(case)
        return lost

    def run_until(self, step: str) -> None:
        """Run, and be killed before the backup does this; the case is what the next command finds on disk."""

        def hook(now: str) -> None:
            if now == step:
                raise Killed

        self.backup.hook = hook
        with pytest.raises(Killed):
            self.run()
        self.backup.hook = lambda _: None
        self.case = self.store.load(self.case.number)

    def states(self) -> list[str]:
        return [one.state.value for one in self.store.load(self.case.number).findings]

    def reasons(self) -> list[str]:
        return [one.reason or "" for one in self.store.load(self.case.number).findings]


class _Told:
    """The journal, with a hook before and after each write."""

    def __init__(self, journal: Journal, hook: Callable[[str], None]) -> None:
        self._journal, self._hook = journal, hook

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._journal, name)
        if name not in ("intend", "staged", "answered", "done"):
            return method

        def told(*arguments: Any) -> Any:
            self._hook(f"before {name}")
            answer = method(*arguments)
            self._hook(f"after {name}")
            return answer

        return told


def fingerprint(stream: BinaryIO) -> str:
    return sha(stream.read())


def stored(store: BackupStore) -> bytes:
    """All bytes that the backup stores, listed or not."""
    return b"\n".join(store.blobs.values())


def killing(at: int) -> Callable[[str], None]:
    """A hook that ends the run at its so-manieth step."""
    left = [at]

    def hook(_: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    return hook


def looking(found: dict[Locator, Prepared]) -> Callable[[Iterable[Step]], Iterator[tuple[Step, Prepared]]]:
    """A look that gives this, and nothing against the rest."""

    def prepare(steps: Iterable[Step]) -> Iterator[tuple[Step, Prepared]]:
        for step in steps:
            yield step, found.get(step.locator, Prepared())

    return prepare
