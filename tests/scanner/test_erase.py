from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from connectors.base import Connector, Locator, Outcome, Presence, Receipt, Strength, Version
from connectors.errors import Changed, Denied, Held, ProtocolBroken, Throttled, Unreachable, Unsupported
from connectors.memory import Memory, Store
from scanner.cases import CaseStore
from scanner.erase import run
from scanner.index.seal import Keys, Sealer
from scanner.journal import Journal
from scanner.model import Action, Finding, Ownership, Plan, Searched, Tier
from scanner.plan import make_plan
from tests.scanner.preparing import nothing_against

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Connect = Callable[[str], Connector]


def fingerprint(stream: BinaryIO) -> str:
    return hashlib.sha256(b"key" + stream.read()).hexdigest()


def opened(folder: Path) -> CaseStore:
    return CaseStore(folder / "cases.sqlite", Sealer(Keys.derive(b"k" * 32)))


def finding(number: int, source: str, path: str, version: Version, **more: Any) -> Finding:
    values: dict[str, Any] = {"evidence": (), "ownership": Ownership.OWN, "action": Action.REMOVE, "content": "aa"}
    return Finding(number, Locator(source, path), "file", Tier.CERTAIN, version=version, **values | more)


def sha(content: bytes) -> Version:
    return Version(hashlib.sha256(content).hexdigest(), Strength.STRONG)


class World:
    """Sources in memory, and a case on all their items."""

    def __init__(self, folder: Path, **sources: dict[str, bytes]) -> None:
        self.stores = {name: Store(dict(items)) for name, items in sources.items()}
        self.kinds: dict[str, type[Memory]] = {}
        self.store = opened(folder)
        self.case = self.store.new([], NOW)
        self.steps: list[tuple[int, int]] = []
        number = 0
        for name, items in sources.items():
            for path, content in items.items():
                number += 1
                self.case.findings.append(finding(number, name, path, sha(content)))
        self.store.save(self.case)

    def connect(self, name: str) -> Connector:
        return self.kinds.get(name, Memory)(name, {"store": self.stores[name]})

    @property
    def plan(self) -> Plan:
        return make_plan(self.case.findings, lambda data: hashlib.sha256(data).hexdigest())

    def run(self, connect: Connect | None = None, journal: Journal | None = None) -> frozenset[str]:
        try:
            return run(
                self.case,
                self.plan,
                connect or self.connect,
                journal or self.store.journal,
                lambda: NOW,
                lambda done, total: self.steps.append((done, total)),
                fingerprint,
                nothing_against,
                lambda *_: None,
            )
        finally:
            self.store.journal.save(self.case)

    def states(self) -> list[str]:
        return [one.state.value for one in self.store.load(self.case.number).findings]

    def reasons(self) -> list[str | None]:
        return [one.reason for one in self.case.findings]


def test_what_is_planned_goes_and_nothing_else(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1", "x/b": b"2"}, info={"x/c": b"3"})
    world.stores["kunder"].items["x/ab"] = b"bystander"
    assert world.run() == frozenset()
    assert [store.items for store in world.stores.values()] == [{"x/ab": b"bystander"}, {}]
    assert world.states() == ["erased"] * 3
    assert (world.case.status, world.case.run_at) == ("run", NOW)
    assert world.store.journal.entries(world.case) == []
    assert world.steps == [(1, 3), (2, 3), (3, 3)]


def test_what_changed_since_the_plan_stays_and_is_open(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1", "x/b": b"2"})
    world.stores["kunder"].items["x/a"] = b"changed"
    world.run()
    assert world.stores["kunder"].items == {"x/a": b"changed"}
    assert world.states() == ["open", "erased"]
    assert world.reasons() == ["changed since the plan; scan and look again", None]


def test_what_went_without_us_is_absent(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})
    world.stores["kunder"].items.clear()
    world.run()
    assert world.states() == ["absent"]


class Liar(Memory):
    """Says erased, and keeps it."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        return Receipt(locator, Outcome.ERASED)


def test_a_source_that_says_erased_and_keeps_it_is_never_believed(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})
    world.kinds["kunder"] = Liar
    world.run()
    assert world.states() == ["failed"]
    assert world.reasons() == ["the source says erased but still has it"]


def test_a_source_that_says_absent_and_has_it_is_never_believed(tmp_path: Path) -> None:
    class Absent(Memory):
        def remove(self, locator: Locator, expected: Version) -> Receipt:
            return Receipt(locator, Outcome.ABSENT)

    world = World(tmp_path, kunder={"x/a": b"1"})
    world.kinds["kunder"] = Absent
    world.run()
    assert world.states() == ["failed"]


def raising(error: Exception) -> type[Memory]:
    class Raising(Memory):
        def remove(self, locator: Locator, expected: Version) -> Receipt:
            if locator.path == "x/a":
                raise error
            return super().remove(locator, expected)

    return Raising


@pytest.mark.parametrize(
    ("error", "state", "word"),
    [
        (Denied("no"), "blocked", "denied"),
        (Held("legal hold"), "blocked", "legal hold"),
        (Unsupported("no UID EXPUNGE"), "blocked", "no UID EXPUNGE"),
        (Changed("x"), "open", "changed since"),
        (ProtocolBroken("?"), "failed", "the source failed"),
        (ZeroDivisionError("Anna Andersson"), "failed", "connector fault: ZeroDivisionError"),
    ],
)
def test_a_refusal_stops_one_step_and_says_why(tmp_path: Path, error: Exception, state: str, word: str) -> None:
    world = World(tmp_path, kunder={"x/a": b"1", "x/b": b"2"})
    world.kinds["kunder"] = raising(error)
    assert world.run() == frozenset()
    assert world.states() == [state, "erased"]
    assert word in str(world.reasons()[0])
    assert "Anna" not in str(world.reasons()[0])
    assert world.stores["kunder"].items == {"x/a": b"1"}


@pytest.mark.parametrize("error", [Unreachable("gone"), Throttled("slow", 60.0)])
def test_a_lost_source_fails_whole_and_the_others_go_on(tmp_path: Path, error: Exception) -> None:
    world = World(tmp_path, kunder={"x/a": b"1", "x/b": b"2"}, post={"x/c": b"3"})
    world.kinds["kunder"] = raising(error)
    assert world.run() == {"kunder"}
    assert world.states() == ["failed", "failed", "erased"]
    assert world.reasons()[1] == "not tried: the source could not be reached"
    assert world.stores["kunder"].items == {"x/a": b"1", "x/b": b"2"}


def test_a_source_that_does_not_open_fails_and_the_others_go_on(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"}, post={"x/c": b"3"})
    world.stores["kunder"].reachable = False
    assert world.run() == {"kunder"}
    assert world.states() == ["failed", "erased"]


def test_a_source_that_is_configured_no_more_fails_and_the_others_go_on(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"}, post={"x/c": b"3"})
    del world.stores["kunder"]
    world.run()
    assert world.states() == ["failed", "erased"]


def test_an_empty_source_that_should_hold_more_is_unreachable_not_absent(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})
    world.case.searched = [Searched("kunder", 500, 500, NOW)]
    world.stores["kunder"].items.clear()  # a share that is not mounted looks so
    assert world.run() == {"kunder"}
    assert world.states() == ["failed"]


def answering(receipt: Callable[[Locator], Receipt]) -> type[Memory]:
    class Answering(Memory):
        def remove(self, locator: Locator, expected: Version) -> Receipt:
            super().remove(locator, expected)
            return receipt(locator)

    return Answering


def test_what_a_server_can_bring_back_is_recoverable_until_then(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})
    until = date(2026, 9, 1)
    world.kinds["kunder"] = answering(lambda one: Receipt(one, Outcome.RECOVERABLE, ("dumpster",), until))
    world.run()
    assert world.states() == ["recoverable"]
    assert world.case.findings[0].until == until


def test_content_that_survives_under_another_name_is_not_erased(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})
    world.kinds["kunder"] = answering(lambda one: Receipt(one, Outcome.ERASED, ("2 other names",)))
    world.run()
    assert world.states() == ["failed"]
    assert world.reasons() == ["the content survives: 2 other names"]


class Blind(Memory):
    """Removes, and then cannot say whether it is gone."""

    blind = True

    def presence(self, locator: Locator) -> Presence:
        if self.blind:
            raise Denied("no look")
        return super().presence(locator)


def test_could_not_tell_is_never_gone_and_the_receipt_waits_for_who_can(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})
    world.kinds["kunder"] = Blind
    world.run()
    assert world.states() == ["failed"]
    assert len(world.store.journal.pending(world.case)) == 1
    world.kinds["kunder"] = Memory
    world.run()
    assert world.states() == ["erased"]
    assert world.store.journal.entries(world.case) == []


class Versionless(Memory):
    """Has no versions, and so removes whatever is there."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        return super().remove(locator, sha(self.store.items[locator.path]))


@pytest.mark.parametrize(
    ("content", "state"), [(b"1", "erased"), (b"changed", "open"), (None, "absent")], ids=["same", "changed", "gone"]
)
def test_without_versions_the_content_decides(tmp_path: Path, content: bytes | None, state: str) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})
    world.kinds["kunder"] = Versionless
    world.case.findings[0].version = Version("", Strength.NONE)
    world.case.findings[0].content = hashlib.sha256(b"key1").hexdigest()
    if content is None:
        world.stores["kunder"].items.clear()
    else:
        world.stores["kunder"].items["x/a"] = content
    world.run()
    assert world.states() == [state]
    assert world.stores["kunder"].items == ({"x/a": b"changed"} if content == b"changed" else {})


def test_without_versions_and_content_nothing_is_erased(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})
    world.kinds["kunder"] = Versionless
    world.case.findings[0].version, world.case.findings[0].content = Version("", Strength.NONE), ""
    world.run()
    assert world.states() == ["open"]
    assert world.stores["kunder"].items == {"x/a": b"1"}


def test_ctrl_c_between_steps_keeps_the_states_and_a_second_run_ends_it(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1", "x/b": b"2"})

    class Interrupted(Memory):
        def remove(self, locator: Locator, expected: Version) -> Receipt:
            if locator.path == "x/b":
                raise KeyboardInterrupt
            return super().remove(locator, expected)

    world.kinds["kunder"] = Interrupted
    with pytest.raises(KeyboardInterrupt):
        world.run()
    assert world.states() == ["erased", "open"]
    world.kinds.clear()
    world.run()
    assert world.states() == ["erased", "erased"]


def test_a_full_disk_under_the_journal_stops_the_run_before_anything_is_tried(tmp_path: Path) -> None:
    world = World(tmp_path, kunder={"x/a": b"1"})

    class Full(Journal):
        def intend(self, *_: Any) -> Any:
            raise OSError(28, "no space")

    with pytest.raises(OSError, match="no space"):
        world.run(journal=Full(world.store))
    assert world.stores["kunder"].items == {"x/a": b"1"}
    assert world.states() == ["open"]
