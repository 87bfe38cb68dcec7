"""What goes from a backup goes all at once, after its source, and is called gone only when that is proven."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from connectors.backups.base import content_id, versioned
from connectors.backups.memory import BackupStore, MemoryBackup
from connectors.base import Locator, Outcome, Presence, Receipt, Strength, Version
from connectors.errors import ConnectorError, Denied, Unreachable
from scanner.holding import Held
from scanner.journal import Phase
from scanner.model import Action, State
from scanner.prepare import Prepared
from scanner.settling import settle
from tests.scanner.backups.erasing_world import (
    DEEP,
    HERS,
    LIVE,
    OTHERS,
    Killed,
    World,
    fingerprint,
    item,
    killing,
    looking,
    sha,
    stored,
)

Answers = dict[Locator, Receipt | ConnectorError]
OTHERS_THERE = {f"srv/{path}": sha(data) for path, data in OTHERS.items()}
OLDER = {"srv/Anna/brev.txt": sha(b"an older letter")}


def paths(store: BackupStore) -> list[dict[str, str]]:
    return [one.files for one in sorted(store.snapshots, key=lambda one: one.at)]


def test_what_is_planned_leaves_every_snapshot_and_nothing_else_does(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.run() == frozenset()
    assert world.states() == ["erased"] * 4
    assert world.source.items == OTHERS
    assert paths(world.backup) == [OLDER | OTHERS_THERE, OTHERS_THERE, OTHERS_THERE]
    assert not any(data in stored(world.backup) for data in HERS.values())
    assert b"an older letter" in stored(world.backup)
    assert (world.backup.rewrites, world.backup.reclaims) == (1, 1)
    assert world.steps[-1] == (4, 4)
    assert world.store.journal.entries(world.case) == []


def test_sources_go_before_their_backups(tmp_path: Path) -> None:
    world = World(tmp_path)
    order: list[str] = []
    world.backup.hook = lambda step: order.append(f"{step} {len(world.source.items)}")
    world.run()
    assert f"rewrite {len(OTHERS)}" in order
    assert not [one for one in order if one.split()[0] in ("note", "rewrite", "reclaim") and one[-1] != "2"]


def test_what_is_to_be_proven_is_on_disk_before_anything_is_rewritten(tmp_path: Path) -> None:
    world = World(tmp_path)
    seen: dict[str, set[Phase]] = {}

    def hook(step: str) -> None:
        entries = world.store.journal.entries(world.case)
        seen[step] = {one.phase for one in entries if one.step.locator.source == DEEP}
        if step == "rewrite":
            assert all(one.staged and one.staged.token != '[""]' for one in entries if one.step.locator.source == DEEP)

    world.backup.hook = hook
    world.run()
    assert seen["note"] == {Phase.INTENDED}
    assert seen["rewrite"] == seen["reclaim"] == seen["prove"] == {Phase.STAGED}


def test_killed_at_any_step_nothing_is_called_gone_and_the_next_run_finishes(tmp_path: Path) -> None:
    for at in range(200):
        world = World(tmp_path / str(at).zfill(3))
        world.backup.hook = world.hook = killing(at)
        try:
            world.run()
            break
        except Killed:
            pass
        world.backup.hook = world.hook = lambda _: None
        world.case = world.store.load(world.case.number)
        settle(world.case, world.connect, world.store.journal, fingerprint)
        there = [data for data in HERS.values() if data in stored(world.backup)]
        gone = [one for one in world.case.findings if one.locator.source == DEEP and one.state.resolved]
        assert not gone or not there, at
        world.run()
        assert world.states() == ["erased"] * 4, at
        assert paths(world.backup) == [OLDER | OTHERS_THERE, OTHERS_THERE, OTHERS_THERE], at
        assert not any(data in stored(world.backup) for data in HERS.values()), at
        assert world.store.journal.entries(world.case) == []
    assert at > 30


@pytest.fixture
def half(tmp_path: Path) -> World:
    """Rewritten, and killed before the room was reclaimed."""
    world = World(tmp_path)
    world.run_until("reclaim")
    return world


def test_between_rewriting_and_reclaiming_nothing_is_erased(half: World) -> None:
    assert paths(half.backup)[1] == OTHERS_THERE  # no snapshot lists it any more, and yet:
    assert HERS["Anna/brev.txt"] in stored(half.backup)
    case = half.store.load(half.case.number)
    assert settle(case, half.connect, half.store.journal, fingerprint) == {Locator(LIVE, path) for path in HERS}
    assert [one.state for one in case.findings if one.locator.source == DEEP] == [State.OPEN] * 2


def test_what_was_begun_in_a_backup_is_settled_by_no_look_that_says_absent(half: World) -> None:
    class Hasty(MemoryBackup):
        def presence(self, locator: Locator) -> Presence:
            return Presence.ABSENT

    half.kind = Hasty
    case = half.store.load(half.case.number)
    assert settle(case, half.connect, half.store.journal, fingerprint) == {Locator(LIVE, path) for path in HERS}
    assert [one.state for one in case.findings if one.locator.source == DEEP] == [State.OPEN] * 2


def test_the_proof_uses_what_was_noted_before_the_crash(half: World) -> None:
    class Forgetful(MemoryBackup):
        """Reclaims nothing, as where another backup that runs holds the blobs."""

        def reclaim(self) -> None:
            pass

    half.kind = Forgetful
    half.run()
    assert half.states() == ["erased", "erased", "failed", "failed"]
    assert "can still be read" in half.reasons()[2]
    half.kind = MemoryBackup
    half.run()
    assert half.states() == ["erased"] * 4
    assert not any(data in stored(half.backup) for data in HERS.values())


def test_a_reclaim_that_fails_leaves_it_open_and_says_so(tmp_path: Path) -> None:
    world = World(tmp_path)

    def hook(step: str) -> None:
        if step == "reclaim":
            raise Unreachable("the disk is full")

    world.backup.hook = hook
    assert world.run() == {DEEP}
    assert world.states() == ["erased", "erased", "failed", "failed"]
    said = "rewritten, but the room is not reclaimed yet: run gallra erase 2026-0001 again"
    assert world.reasons()[2] == f"{said} (could not be reached: the disk is full)"
    world.backup.hook = lambda _: None
    world.run()
    assert world.states() == ["erased"] * 4


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (Unreachable("it is locked by another program"), "failed", "could not be reached: it is locked"),
        (Denied("the password is wrong"), "blocked", "denied: the password is wrong"),
    ],
)
@pytest.mark.parametrize("step", ["open", "note", "rewrite"])
def test_a_backup_that_refuses_is_told_and_the_source_is_erased(
    tmp_path: Path, step: str, error: ConnectorError, state: str, reason: str
) -> None:
    world = World(tmp_path)

    def hook(now: str) -> None:
        if now == step:
            raise error

    world.backup.hook = hook
    assert world.run() == (frozenset({DEEP}) if state == "failed" else frozenset())
    assert world.states() == ["erased", "erased", state, state]
    assert world.reasons()[3].startswith(reason)
    assert not world.store.journal.pending(world.case)  # nothing was begun
    assert world.source.items == OTHERS
    world.backup.hook = lambda _: None
    world.run()
    assert world.states() == ["erased"] * 4


def test_a_rewriting_that_breaks_off_half_way_stays_begun(tmp_path: Path) -> None:
    world, seen = World(tmp_path), [0]

    def hook(step: str) -> None:
        seen[0] += step == "rewritten"
        if step == "rewritten" and seen[0] == 2:
            raise Unreachable("the line was cut")

    world.backup.hook = hook
    world.run()
    assert world.states() == ["erased", "erased", "failed", "failed"]
    world.backup.hook = lambda _: None
    world.run()
    assert world.states() == ["erased"] * 4
    assert not any(data in stored(world.backup) for data in HERS.values())


def test_what_the_backup_keeps_by_a_rule_is_recoverable_until_its_day(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.backup.locked["srv/Anna/brev.txt"] = date(2026, 9, 1)
    world.run()
    assert world.states() == ["erased", "erased", "recoverable", "erased"]
    assert world.store.load("2026-0001").findings[2].until == date(2026, 9, 1)


def test_what_no_snapshot_held_any_more_is_absent(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.backup.snapshots = world.backup.snapshots[:1]
    world.backup.snapshots[0].files.pop("srv/Anna/avtal.txt")
    world.run()
    assert world.states() == ["erased", "erased", "absent", "absent"]
    assert not any(data in stored(world.backup) for data in HERS.values())  # it was reclaimed all the same


def test_what_is_held_is_refused_in_a_backup_too(tmp_path: Path) -> None:
    world = World(tmp_path)
    held = Held("lag", "Bokföringslagen", date(2030, 12, 31), "voucher")
    world.run(prepare=looking({item("Anna/avtal.txt", HERS["Anna/avtal.txt"]): Prepared(held=held)}))
    assert world.states() == ["erased", "erased", "erased", "held"]
    assert all("srv/Anna/avtal.txt" in one for one in paths(world.backup))
    assert world.store.load("2026-0001").findings[3].until == date(2030, 12, 31)


def test_a_copy_of_what_turns_out_to_be_held_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.case.findings[2].copy_of = 1
    world.store.save(world.case)
    held = Held("lag", "Bokföringslagen", date(2030, 12, 31), "voucher")
    world.run(prepare=looking({Locator(LIVE, "Anna/brev.txt"): Prepared(held=held)}))
    assert world.states() == ["held", "erased", "held", "erased"]
    assert HERS["Anna/brev.txt"] in stored(world.backup)


def test_other_content_at_the_same_path_stays(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.run()
    assert paths(world.backup)[0] == OLDER | OTHERS_THERE
    older = Locator(DEEP, versioned("srv/Anna/brev.txt", content_id([sha(b"an older letter")])))
    world.case = world.store.load("2026-0001")
    world.add(older, b"an older letter", Version("x", Strength.STRONG))
    world.store.save(world.case)
    world.run()
    assert paths(world.backup)[0] == OTHERS_THERE


def test_one_that_cannot_be_taken_out_keeps_the_others_from_nothing(tmp_path: Path) -> None:
    class Partly(MemoryBackup):
        def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
            first, *rest = sorted(locators)
            return {first: Denied("one snapshot lets nobody change it"), **super().rewrite(rest, folders)}

    world = World(tmp_path)
    world.kind = Partly
    world.run()
    assert sorted(world.states()) == ["blocked", "erased", "erased", "erased"]
    assert world.store.journal.entries(world.case) == []


def test_a_backup_that_says_erased_and_still_reads_it_is_not_believed(tmp_path: Path) -> None:
    class Liar(MemoryBackup):
        def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
            return {one: Receipt(one, Outcome.ERASED) for one in locators}

    world = World(tmp_path)

    world.kind = Liar
    world.run()
    assert world.states() == ["erased", "erased", "failed", "failed"]
    assert all("can still be read" in one for one in world.reasons()[2:])
    assert len(world.store.journal.pending(world.case)) == 2  # the next run proves it, or says so again
    assert all(one["srv/Anna/avtal.txt"] for one in paths(world.backup))


def test_one_that_cannot_tell_is_not_believed_either(tmp_path: Path) -> None:
    class Dumb(MemoryBackup):
        def prove(self, notes: Mapping[Locator, str]) -> dict[Locator, Presence | ConnectorError]:
            first, *rest = sorted(notes)
            return {first: Unreachable("the line was cut"), **dict.fromkeys(rest, Presence.ABSENT)}

    world = World(tmp_path)
    world.kind = Dumb
    assert world.run() == {DEEP}
    assert sorted(world.states()) == ["erased", "erased", "erased", "failed"]
    world.kind = MemoryBackup
    assert len(world.store.journal.pending(world.case)) == 1
    world.run()
    assert world.states() == ["erased"] * 4


def test_two_backups_are_each_rewritten_once_and_one_that_fails_stops_no_other(tmp_path: Path) -> None:
    world = World(tmp_path, backups=(DEEP, "borta"))
    world.backup.reachable = False
    assert world.run() == {DEEP}
    assert [one.rewrites for one in world.backups.values()] == [0, 1]
    assert world.states() == ["erased"] * 2 + ["failed"] * 2 + ["erased"] * 2


def test_a_decision_to_keep_after_a_crash_ends_what_was_begun(half: World) -> None:
    case = half.store.load("2026-0001")
    for one in case.findings[2:]:
        one.state, one.action = State.KEPT, Action.NONE
    half.store.save(case)
    half.run()
    assert half.states() == ["erased", "erased", "kept", "kept"]
    assert half.store.journal.entries(half.case) == []


def test_what_was_begun_and_left_the_case_is_finished(half: World) -> None:
    case = half.store.load("2026-0001")
    case.findings = [one for one in case.findings if one.locator.source == LIVE]
    half.store.save(case)
    half.run()
    assert not any(data in stored(half.backup) for data in HERS.values())
    assert half.store.journal.entries(half.case) == []


def test_a_batch_waits_on_disk_and_a_second_run_takes_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    waits = lambda name: name == DEEP  # noqa: E731
    world.run(waits=waits)
    assert world.states() == ["erased", "erased", "open", "open"]
    assert world.reasons()[2:] == ["waits for gallra backups erase"] * 2
    assert world.backup.rewrites == 0
    assert len(world.store.journal.waiting(world.case)) == 2
    world.run(waits=waits)
    assert world.states() == ["erased"] * 4
    assert world.store.journal.waiting(world.case) == []


@pytest.mark.parametrize("link_left", [False, True])
def test_a_folder_is_erased_only_where_no_snapshot_has_it_afterwards(tmp_path: Path, link_left: bool) -> None:
    """No file is below it in the end; a link, which is no item, may be."""

    class LinkIn(MemoryBackup):
        def rewrite(self, locators: Sequence[Locator], folders: Sequence[str] = ()) -> Answers:
            answers = super().rewrite(locators, folders)
            for kept in self.store.snapshots if link_left else ():
                kept.folders.add("srv/Anna")
            return answers

    world = World(tmp_path)
    world.kind = LinkIn
    older = item("Anna/brev.txt", b"an older letter")
    world.add(older, b"an older letter", Version(content_id([sha(b"an older letter")]), Strength.STRONG))
    world.add(Locator(DEEP, "srv/Anna"), b"", Version("", Strength.NONE), kind="folder")
    world.store.save(world.case)
    world.run()
    assert not any("Anna" in path for snapshot in paths(world.backup) for path in snapshot)
    assert world.states() == ["erased"] * 5 + ["open" if link_left else "erased"]
