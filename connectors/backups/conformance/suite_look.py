"""Checks of listing and reading: everything is told once, and keeps its address over snapshots and sessions."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from connectors.backups.base import SCOPE, Backup, parted, versioned
from connectors.backups.conformance import states
from connectors.backups.conformance.world import (
    BackupWorld,
    entries_of,
    locators,
    must_raise,
    nothing_altered,
    private_texts,
)
from connectors.base import Item, Locator, Presence, Staged, Strength, Version
from connectors.errors import ConnectorError, Malformed, NotFound, Unsupported


class LookChecks:
    """Listing and reading, which change nothing."""

    def test_the_world_is_worth_testing(self, world: BackupWorld) -> None:
        """The witness sees the states, and can tell what is there from what is not."""
        restored = world.restored()
        assert len(restored) == len(world.labels()) == len(world.states()) == 3
        for files, state in zip(restored, world.states(), strict=True):
            assert files == state
        assert {states.SUBJECT, states.SHARED, states.TURNED} <= set(restored[0])
        assert sum(path in restored[0] for path in states.hostile()) >= 10
        assert world.readable(states.CANARY.strip())
        assert world.readable(states.SUBJECT.rpartition("/")[2].encode())
        assert not world.readable(b"nobody ever wrote this, 0417")
        assert world.ways_to_break
        assert world.folders() is None or set(states.EMPTIED) <= (world.folders() or [set()])[0]

    def test_snapshots_are_the_same_in_every_session(self, world: BackupWorld) -> None:
        """The oldest first, each with an id of its own, a time in UTC, and no name in its label."""
        with world.connect() as first, world.connect() as second:
            told = first.snapshots()
            assert second.snapshots() == told
        assert len(told) == len({one.id for one in told}) == len(world.restored())
        assert [one.at for one in told] == sorted(one.at for one in told)
        assert all(one.at.utcoffset() == timedelta(0) for one in told)
        private = private_texts(world)
        assert not any(text in one.label for one in told for text in private)

    def test_every_file_of_every_snapshot_is_told_once(self, world: BackupWorld) -> None:
        """By the path that it has there."""
        with world.connect() as backup:
            told = entries_of(backup)
        for entries, files in zip(told, world.restored(), strict=True):
            assert Counter(entry.path for entry in entries) == Counter(world.inside(path) for path in files)
            sizes = {world.inside(path): len(data) for path, data in files.items()}
            assert all(entry.size in (None, sizes[entry.path]) for entry in entries)

    def test_the_same_content_has_the_same_id(self, world: BackupWorld) -> None:
        """At one path, over snapshots and sessions; another content at the path has another."""
        restored = world.restored()
        for _ in range(2):
            with world.connect() as backup:
                told = [{entry.path: entry.content for entry in entries} for entries in entries_of(backup)]
            known: dict[tuple[str, str], bytes] = {}
            ids: dict[tuple[str, bytes], str] = {}
            for ids_here, files in zip(told, restored, strict=True):
                for path, data in files.items():
                    content = ids_here[world.inside(path)]
                    assert known.setdefault((path, content), data) == data
                    assert ids.setdefault((path, data), content) == content
        with world.connect() as backup:
            assert [{entry.path: entry.content for entry in one} for one in entries_of(backup)] == told

    def test_walk_yields_each_content_of_each_path_once(self, world: BackupWorld) -> None:
        """However many snapshots hold it, under an address that survives being written down."""
        distinct = {(world.inside(path), data) for files in world.restored() for path, data in files.items()}
        with world.connect() as backup:
            assert list(backup.scopes()) == [SCOPE]
            items = [event for event in backup.walk(SCOPE) if isinstance(event, Item)]
            met = []
            for item in items:
                again = Locator.parse(str(item.locator))
                assert again == item.locator
                assert again.source == world.source
                assert item.version == backup.version(again)
                assert item.version.strength is Strength.STRONG
                path = parted(again.path)[0]
                with backup.read(again) as content:
                    data = content.stream.read()
                    content.stream.seek(0)
                    assert content.stream.read() == data, "a stream that cannot be read again from its start"
                    assert content.name == path.rpartition("/")[2]
                    assert content.version == item.version
                    assert content.size in (None, len(data))
                met.append((path, data))
        assert len(met) == len(set(met))
        assert set(met) == distinct

    def test_looking_changes_nothing(self, world: BackupWorld) -> None:
        """Walking, noting and proving; and what is there is never told as gone."""
        with nothing_altered(world), world.connect() as backup:
            found = [event.locator for event in backup.walk(SCOPE) if isinstance(event, Item)]
            assert all(backup.presence(locator) is Presence.PRESENT for locator in found)
            notes = backup.note(found)
            assert set(notes) == set(found)
            assert set(backup.prove(notes).values()) == {Presence.PRESENT}
            assert backup.unreclaimed() is False
        private = private_texts(world)
        assert not any(text in note for note in notes.values() for text in private), "a note holds a name or content"

    def test_what_was_never_there_is_not_found(self, world: BackupWorld) -> None:
        """Another content, another path; and the note of it is empty."""
        with nothing_altered(world), world.connect() as backup:
            there = locators(world, backup, {states.SUBJECT: states.CANARY})[0]
            path, content = parted(there.path)
            other = content[:-1] + ("a" if content[-1] != "a" else "b")
            for strange in (versioned(path, other), versioned(path + "x", content), versioned(path[:-1], content)):
                locator = Locator(world.source, strange)
                with must_raise(world, NotFound):
                    backup.read(locator)
                with must_raise(world, NotFound):
                    backup.version(locator)
                assert backup.presence(locator) is Presence.ABSENT
                assert backup.note([locator]) == {locator: ""}

    def test_what_is_no_address_is_refused(self, world: BackupWorld) -> None:
        """Nothing, a path without content, another source's, a step into an item."""
        with nothing_altered(world), world.connect() as backup:
            there = locators(world, backup, {states.SUBJECT: states.CANARY})[0]
            for locator in wrong(world, there):
                for ask in (backup.read, backup.presence, backup.version):
                    with must_raise(world, Malformed):
                        ask(locator)
                with must_raise(world, Malformed, Unsupported):
                    backup.remove(locator, Version("", Strength.STRONG))
                refused(world, backup, locator)

    def test_nothing_is_edited(self, world: BackupWorld) -> None:
        """A file in a backup is dropped whole, or stays."""
        with nothing_altered(world), world.connect() as backup:
            there = locators(world, backup, {states.SUBJECT: states.CANARY})[0]
            version = backup.version(there)
            with must_raise(world, Unsupported):
                backup.stage(there, version, b"other")
            with must_raise(world, Unsupported):
                backup.commit(Staged(there, version, ""))
            backup.abandon(Staged(there, version, ""))


def wrong(world: BackupWorld, there: Locator) -> list[Locator]:
    """What no backup has for an address."""
    return [
        Locator(world.source, ""),
        Locator(world.source, parted(there.path)[0]),
        Locator(world.source + "2", there.path),
        there.into("row 1"),
    ]


def refused(world: BackupWorld, backup: Backup, locator: Locator) -> None:
    """Fails unless a rewrite of such a locator raises, or answers with an error."""
    try:
        answer = backup.rewrite([locator])
    except ConnectorError as error:
        assert isinstance(error, Malformed | Unsupported)
        return
    assert isinstance(answer[locator], Malformed | Unsupported)
