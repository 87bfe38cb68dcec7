"""What is not proven in a backup is neither erased nor absent, whatever a look, a listing or a search says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from connectors.backups.base import Entry, Snapshot
from connectors.backups.memory import MemoryBackup
from connectors.base import Connector, Gap, GapReason, Locator, Strength, Version
from connectors.errors import ConfigError, Unreachable
from scanner.backups.pending import STORED, StillStored, is_begun, is_retained, keep_open
from scanner.model import Case, Finding, Searched, State
from scanner.outcomes import of_error, stops
from scanner.plan import FOLDER
from scanner.verify import look_again, merge
from tests.scanner.backups.erasing_world import DEEP, HERS, LIVE, NOW, World


@pytest.fixture
def half(tmp_path: Path) -> World:
    """Rewritten, and killed before the room was reclaimed; as the next command finds it."""
    world = World(tmp_path)
    world.run_until("reclaim")
    return world


def searched(case: Case, at: datetime = NOW) -> list[Searched]:
    case.run_at = NOW
    return [Searched(name, 2, 2, at) for name in (LIVE, DEEP)]


def in_backup(case: Case) -> list[Finding]:
    return [one for one in case.findings if one.locator.source == DEEP]


def test_what_no_scan_finds_any_more_stays_open_until_it_is_proven(half: World) -> None:
    case = half.case
    missing = StillStored(case, half.store.journal, half.connect, {DEEP})
    half.backup.blobs.clear()  # so that nothing but the journal speaks for it
    merge(case, [], [], searched(case), missing)
    assert [one.state for one in in_backup(case)] == [State.OPEN] * 2
    keep_open(case, half.store.journal)
    assert all(is_begun(one) for one in in_backup(case))
    assert [one.state for one in case.findings if one.locator.source == LIVE] == [State.ABSENT] * 2


@pytest.mark.parametrize("state", [State.OPEN, State.ERASED, State.ABSENT])
def test_no_state_of_before_makes_it_gone(half: World, state: State) -> None:
    for one in in_backup(half.case):
        one.state = state
    keep_open(half.case, half.store.journal)
    assert {(one.state, one.reason) for one in in_backup(half.case)} == {
        (State.FAILED, "rewritten, but the room is not reclaimed yet: run gallra erase 2026-0001 again")
    }


def test_what_went_without_us_is_absent_only_where_nothing_unlisted_is_stored(tmp_path: Path) -> None:
    world = World(tmp_path)
    case = world.case
    world.backup.snapshots.clear()
    missing = StillStored(case, world.store.journal, world.connect, {DEEP})
    merge(case, [], [], searched(case), missing)
    assert {(one.state, one.reason) for one in in_backup(case)} == {(State.OPEN, STORED)}
    world.backup.blobs.clear()
    merge(case, [], [], searched(case), StillStored(case, world.store.journal, world.connect, {DEEP}))
    assert {one.state for one in in_backup(case)} == {State.ABSENT}


def test_a_backup_that_cannot_tell_makes_nothing_absent(tmp_path: Path) -> None:
    world = World(tmp_path)

    def hook(step: str) -> None:
        if step == "unreclaimed":
            raise Unreachable("locked")

    world.backup.hook = hook
    merge(world.case, [], [], searched(world.case), StillStored(world.case, world.store.journal, world.connect, {DEEP}))
    assert {one.state for one in in_backup(world.case)} == {State.OPEN}


def test_looking_again_opens_what_is_listed_and_nothing_for_what_others_left(tmp_path: Path) -> None:
    world = World(tmp_path)
    case = world.case
    for one in in_backup(case):
        one.state = State.ABSENT
    assert look_again(case, world.connect).whole
    assert {one.state for one in in_backup(case)} == {State.OPEN}
    world.backup.snapshots.clear()
    for one in in_backup(case):
        one.state = State.ABSENT
    assert look_again(case, world.connect).whole
    assert {one.state for one in in_backup(case)} == {State.ABSENT}


def test_a_backup_that_cannot_be_set_up_makes_nothing_absent(half: World) -> None:
    """As where its password cannot be had: nobody can even ask whether it is a backup."""

    def connect(source: str) -> Connector:
        if source == DEEP:
            raise ConfigError(["no password"])
        return half.connect(source)

    case = half.case
    missing = StillStored(case, half.store.journal, connect, {DEEP})
    merge(case, [], [], searched(case), missing)
    keep_open(case, half.store.journal)
    assert all(is_begun(one) for one in in_backup(case))
    half.store.journal.save(case)
    case = half.store.load("2026-0001")
    for one in case.findings:
        one.state, one.reason = State.OPEN, None
    half.store.db.execute("DELETE FROM journal")
    merge(case, [], [], searched(case), StillStored(case, half.store.journal, connect, {DEEP}))
    assert {one.state for one in in_backup(case)} == {State.OPEN}


def test_what_was_proven_stays_erased_though_others_left_unlisted_data(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.run()
    case = world.store.load("2026-0001")
    world.backup.blobs["elsewhere"] = b"what a nightly forgetting left"
    assert look_again(case, world.connect).whole
    assert {one.state for one in in_backup(case)} == {State.ERASED}


def test_a_link_in_a_snapshot_hides_nothing(tmp_path: Path) -> None:
    """A symbolic link is told as a gap, and holds no content: all else was listed."""

    class Linking(MemoryBackup):
        def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
            yield Gap(Locator(self.name, "srv/senaste"), GapReason.LINK)
            yield from super().entries(snapshot)

    world = World(tmp_path)
    world.kind, world.backup.snapshots = Linking, world.backup.snapshots[1:]  # without the older letter in the folder
    world.add(Locator(DEEP, "srv/Anna"), b"", Version("", Strength.NONE), kind=FOLDER)
    world.store.save(world.case)
    world.run()
    assert world.states() == ["erased"] * 5
    case = world.store.load("2026-0001")
    world.backup.blobs["elsewhere"] = b"what a nightly forgetting left"
    assert look_again(case, world.connect).whole
    assert {one.state for one in in_backup(case)} == {State.ERASED}


def test_what_a_backup_keeps_is_there_as_told_until_its_day(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.backup.locked = {f"srv/{path}": date(2026, 9, 1) for path in HERS}
    world.run()
    case = world.store.load("2026-0001")
    assert look_again(case, world.connect).whole
    assert {one.state for one in in_backup(case)} == {State.RECOVERABLE}
    (first, *_) = in_backup(case)
    assert is_retained(first, date(2026, 9, 1))
    assert not is_retained(first, date(2026, 9, 2))


def test_settings_that_cannot_be_used_are_a_backup_that_was_not_reached() -> None:
    result = of_error(ConfigError(["file:losen: cannot be read"]))
    assert (result.state, result.unreachable) == (State.FAILED, True)
    assert "gallra check" in (result.reason or "")
    assert stops(ConfigError([]))
