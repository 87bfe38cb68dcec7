"""Checks of walking and reading: invariants 1, 2 and the half of 7 that reading is about."""

from __future__ import annotations

from connectors.base import Checkpoint, Gone, Item, Locator, Presence, Strength, Version
from connectors.conformance.world import World, gaps_of, items_of, must_raise, nothing_altered, walk_all
from connectors.errors import Denied, Malformed, NotFound, Unsupported


class WalkChecks:
    """Everything is met once, keeps its address, and is none the worse for being read."""

    def test_the_world_is_worth_testing(self, world: World) -> None:
        """A world without neighbours and hostile names proves nothing."""
        seen = world.witness.items()
        assert {world.subject, *world.neighbours, *world.hostile} <= set(seen)
        assert world.neighbours
        assert world.hostile
        assert world.ways_to_vanish

    def test_walk_yields_every_item_once(self, world: World) -> None:
        """Invariant 1."""
        with world.connect() as connector:
            events = walk_all(connector)
        met = [event.locator for event in events if isinstance(event, Item)]
        assert sorted(locator.path for locator in met) == sorted(world.witness.items())
        assert {locator.source for locator in met} == {world.source}
        assert sorted(gap.locator.path for gap in gaps_of(events)) == sorted(world.gaps)
        assert not any(isinstance(event, Gone) for event in events)

    def test_scopes_are_named_once_and_the_same_in_every_session(self, world: World) -> None:
        """Cursors and parallel work hang on them."""
        with world.connect() as first, world.connect() as second:
            names = list(first.scopes())
            assert names == list(second.scopes())
        assert len(names) == len(set(names))

    def test_items_tell_their_true_size(self, world: World) -> None:
        """A size that is told is the size."""
        seen = world.witness.items()
        with world.connect() as connector:
            for path, item in items_of(connector).items():
                assert item.size in (None, len(seen[path]))
                assert item.links >= 1

    def test_locators_round_trip_through_text(self, world: World) -> None:
        """What the index keeps as text leads back to the item."""
        seen = world.witness.items()
        with world.connect() as connector:
            for path, item in items_of(connector).items():
                again = Locator.parse(str(item.locator))
                assert again == item.locator
                with connector.read(again) as content:
                    assert content.stream.read() == seen[path]

    def test_unchanged_items_keep_locator_and_version(self, world: World) -> None:
        """Invariant 2."""
        with world.connect() as first:
            before = {path: item.version for path, item in items_of(first).items()}
        with world.connect() as second:
            assert {path: item.version for path, item in items_of(second).items()} == before

    def test_versions_are_as_strong_as_declared(self, world: World) -> None:
        """Neither stronger nor weaker, and `version`, `walk` and `read` say the same."""
        connector = world.connect()
        declared = connector.open().versions
        with connector:
            for item in items_of(connector).values():
                assert item.version.strength is declared
                with connector.read(item.locator) as content:
                    assert content.version == item.version
                assert connector.version(item.locator) == item.version

    def test_a_change_shows_in_the_version_and_nowhere_else(self, world: World) -> None:
        """Else a rescan would miss it."""
        connector = world.connect()
        declared = connector.open().versions
        with connector:
            before = items_of(connector)
            world.change(world.subject)
            after = items_of(connector)
        if declared is not Strength.NONE:
            assert after.pop(world.subject).version != before.pop(world.subject).version
        assert {path: item.version for path, item in after.items()} == {
            path: item.version for path, item in before.items()
        }

    def test_an_unknown_cursor_means_a_full_walk(self, world: World) -> None:
        """Expired or made up: all is walked."""
        with world.connect() as connector:
            for scope in connector.scopes():
                full = [event for event in connector.walk(scope) if isinstance(event, Item)]
                again = [event for event in connector.walk(scope, "no cursor of yours") if isinstance(event, Item)]
                assert {item.locator for item in again} == {item.locator for item in full}

    def test_a_cursor_retires_nothing_that_is_there(self, world: World) -> None:
        """A walk that goes on from a checkpoint never says Gone of what exists."""
        with world.connect() as connector:
            for scope in connector.scopes():
                cursors = [event.cursor for event in connector.walk(scope) if isinstance(event, Checkpoint)]
                for cursor in cursors:
                    assert not any(isinstance(event, Gone) for event in connector.walk(scope, cursor))

    def test_read_gives_the_bytes(self, world: World) -> None:
        """The witness's bytes, from a stream that can be read again from its start."""
        with world.connect() as connector:
            for path, bytes_ in world.witness.items().items():
                with connector.read(world.locator(path)) as content:
                    assert content.stream.read() == bytes_
                    content.stream.seek(0)
                    assert content.stream.read() == bytes_
                    assert content.size in (None, len(bytes_))

    def test_looking_changes_nothing(self, world: World) -> None:
        """Invariant 7: no read mark, no access time, no flag."""
        marks = world.witness.marks()
        with nothing_altered(world), world.connect() as connector:
            for item in items_of(connector).values():
                with connector.read(item.locator) as content:
                    content.stream.read()
                connector.version(item.locator)
                assert connector.presence(item.locator) is Presence.PRESENT
            assert world.witness.marks() == marks

    def test_what_is_not_there_is_not_found(self, world: World) -> None:
        """Deleted by a colleague, and never there."""
        world_paths = [world.subject, world.subject + "x"]
        with world.connect() as connector:
            world.delete(world.subject)
            for path in world_paths:
                with must_raise(world, NotFound):
                    connector.read(world.locator(path))
                with must_raise(world, NotFound):
                    connector.version(world.locator(path))
                assert connector.presence(world.locator(path)) is Presence.ABSENT

    def test_what_is_no_address_is_refused(self, world: World) -> None:
        """An empty selector, another source's item, a record inside an item."""
        version = self._version(world)
        wrong = [
            Locator(world.source, ""),
            Locator(world.source + "2", world.subject),
            world.locator(world.subject).into("row 1"),
        ]
        with nothing_altered(world), world.connect() as connector:
            for locator in wrong:
                with must_raise(world, Malformed):
                    connector.read(locator)
                with must_raise(world, Malformed):
                    connector.presence(locator)
                with must_raise(world, Malformed, Denied, Unsupported):
                    connector.remove(locator, version)

    def _version(self, world: World) -> Version:
        with world.connect() as connector:
            return connector.version(world.locator(world.subject))
