"""A workspace without configuration, scanner and index: real cases, journal and audit log over memory sources."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.model import Cases
from connectors.base import Connector, Locator, Strength, Version
from connectors.errors import ConfigError, Unreachable
from connectors.memory import Memory, Store
from scanner.audit import AuditLog
from scanner.backups.origins import Origins
from scanner.cases import CaseStore
from scanner.cli import casework
from scanner.cli.main import gallra
from scanner.index.seal import Keys, Sealer
from scanner.model import Action, Case, CaseGap, Evidence, Finding, Ownership, Searched, Step, SubjectId, Tier
from scanner.prepare import Prepare
from scanner.records import IdType, Role
from scanner.signing import Signer
from tests.scanner.preparing import nothing_against


@dataclass
class FakeWorkspace:
    """What `scanner.workspace.Workspace` offers to the commands. An item that holds the word SUBJECT is found."""

    folder: Path
    stores: dict[str, Store]
    kinds: dict[str, type[Memory]] = field(default_factory=dict)
    gaps: list[CaseGap] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # sources that cannot be walked
    raising: set[str] = field(default_factory=set)
    walked: list[str] = field(default_factory=list)
    forgotten: list[Locator] = field(default_factory=list)
    remembered: list[tuple[Step, ...]] = field(default_factory=list)
    uncovered: list[str] = field(default_factory=list)  # sources that no backup covers
    language: str = "sv"
    keeps: dict[str, int] = field(default_factory=dict)  # days, by backup
    origins: Origins = field(default_factory=lambda: Origins({}, {}))
    unreadable: str = ""  # what keeps items from being read
    patience: float = 1.0  # seconds for a source that others scan
    waiting: Callable[[str], None] | None = None

    def __enter__(self) -> FakeWorkspace:
        self.sealer = Sealer(Keys.derive(b"k" * 32))
        self.cases = CaseStore(self.folder / "cases.sqlite", self.sealer)
        self.journal = self.cases.journal
        self.audit = AuditLog(self.folder / "audit.jsonl")
        self.config = SimpleNamespace(
            agent=SimpleNamespace(language=self.language, region="SE"),
            company=SimpleNamespace(name="Bolaget AB"),
            cases=Cases(),
            sources=[SimpleNamespace(name=name, kind="memory", settings={}) for name in self.stores],
            hands=(),
            backups=(),
            backup=lambda name: None,
            smtp=None,
            uncovered=lambda: self.uncovered,
        )
        self.config.places = self.config.sources
        return self

    def __exit__(self, *_: object) -> None:
        self.cases.close()

    @property
    def state(self) -> Path:
        return self.folder

    def check_reading(self) -> None:
        if self.unreadable:
            raise ConfigError([self.unreadable])

    def connect(self, name: str) -> Connector:
        return self.kinds.get(name, Memory)(name, {"store": self.stores[name]})

    @property
    def may_run(self) -> Any:
        return SimpleNamespace(check=lambda *_: None)

    @contextmanager
    def index(self) -> Iterator[Any]:
        """One that holds nothing: what the search does not find is not there."""
        yield SimpleNamespace(item_by_path=lambda *_: None)

    def rules_for(self, number: str) -> str:
        return number

    def is_behind(self, case: Case) -> bool:
        del case
        return False

    def leave(self, lines: Sequence[Any]) -> None:
        assert not lines

    def prepare(self, case: Case) -> Prepare:
        del case
        return nothing_against

    def remember(self, case: Case, steps: Sequence[Step]) -> int:
        del case
        self.remembered.append(tuple(steps))
        return 1

    def rescan(self, sources: Sequence[str]) -> list[Any]:
        self.walked += sources
        if self.raising & set(sources):
            raise Unreachable("gone")
        return [
            SimpleNamespace(source=name, error="gone" if name in self.lost else None, exit_code=5 * (name in self.lost))
            for name in sources
        ]

    def forget_items(self, locators: Iterable[Locator]) -> None:
        self.forgotten += locators

    def search_again(self, case: Case) -> tuple[list[Finding], list[CaseGap], list[Searched]]:
        del case
        return self.search()

    def search(self) -> tuple[list[Finding], list[CaseGap], list[Searched]]:
        found = [
            found_in(Locator(name, path), content)
            for name, store in self.stores.items()
            for path, content in store.items.items()
            if b"SUBJECT" in content
        ]
        for number, one in enumerate(found, start=1):
            one.id = number
        when = datetime.now(UTC)
        searched = [
            Searched(name, len(store.items), len(store.items), when)
            for name, store in self.stores.items()
            if name not in self.lost
        ]
        return found, list(self.gaps), searched


def found_in(locator: Locator, content: bytes) -> Finding:
    others = content.count(b"OTHER")
    return Finding(
        0,
        locator,
        "file",
        Tier.POSSIBLE if b"PERHAPS" in content else Tier.CERTAIN,
        (Evidence(IdType.EMAIL, Role.BODY),),
        Ownership.SHARED if others else Ownership.OWN,
        Action.DECIDE if others or b"PERHAPS" in content else Action.REMOVE,
        Version(hashlib.sha256(content).hexdigest(), Strength.STRONG),
        hashlib.sha256(content).hexdigest(),
        others,
        reason="it also holds others' data" if others else None,
    )


ITEMS = {
    "kunder": {
        "x/a.txt": b"SUBJECT",
        "x/b.txt": b"SUBJECT two",
        "x/list.csv": b"SUBJECT OTHER OTHER",
        "x/bystander.txt": b"somebody else",
    },
    "post": {"x/1": b"SUBJECT PERHAPS"},
}


@dataclass
class Desk:
    """Runs commands on case 2026-0001 of a fake workspace."""

    work: FakeWorkspace

    def run(self, *arguments: str, input: str | None = None) -> Result:  # noqa: A002
        return CliRunner().invoke(gallra, list(arguments), input=input, standalone_mode=False)

    def code(self, result: Result) -> int:
        assert result.exception is None, result.exception
        return result.return_value or 0

    def case(self) -> Case:
        with CaseStore(self.work.folder / "cases.sqlite", Sealer(Keys.derive(b"k" * 32))) as store:
            return store.load(f"{datetime.now(UTC).year}-0001")

    def states(self) -> dict[int, str]:
        return {one.id: one.state.value for one in self.case().findings}

    def items(self) -> set[str]:
        return {path for store in self.work.stores.values() for path in store.items}

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.work.folder / "audit.jsonl").read_text().splitlines()]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A draft case: 1, 2 are to be removed, 3 is a shared list, 4 is only possible."""
    work = FakeWorkspace(tmp_path, {name: Store(dict(items)) for name, items in ITEMS.items()})
    with work:
        case = work.cases.new([SubjectId(IdType.EMAIL, "anna@x.example", given=True)], datetime.now(UTC))
        case.findings, case.gaps, case.searched = work.search()
        work.cases.save(case)
    opening: Callable[[Path], FakeWorkspace] = lambda _: work  # noqa: E731
    monkeypatch.setattr(casework, "open_workspace", opening)
    monkeypatch.setattr("scanner.signing.of_installation", lambda _: Signer.derive(b"k" * 32))
    return Desk(work)
