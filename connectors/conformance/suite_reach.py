"""Checks of a source that cannot be seen, or refuses: invariants 1, 6 and 8. "Could not tell" is never "gone"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from connectors.base import Connector, Gap, GapReason, WalkEvent
from connectors.conformance.world import World, items_of, must_raise, nothing_altered, private_texts, walk_all
from connectors.errors import ConnectorError, Denied, Unreachable, Unsupported


class ReachChecks:
    """No silence is taken for an answer."""

    def test_a_walk_that_is_cut_off_raises(self, world: World) -> None:
        """Invariant 1: cut after the first event, a walk never ends short."""
        private = private_texts(world)
        for way in world.ways_to_vanish:
            with world.connect() as connector:
                events = self._events(connector)
                next(events)
                with world.vanished(way), must_raise(world, Unreachable, private=private):
                    list(events)

    def test_a_source_that_is_not_there_is_unreachable(self, world: World) -> None:
        """Invariant 8, for a new session: gone, emptied, unmounted."""
        private = private_texts(world)
        with world.connect() as connector:
            version = connector.version(world.locator(world.subject))
        for way in world.ways_to_vanish:
            with world.vanished(way):
                with must_raise(world, Unreachable, private=private):
                    self._knowing(world, walk_all)
                with must_raise(world, Unreachable, private=private):
                    self._knowing(world, lambda connector: connector.presence(world.locator(world.subject)))
                with must_raise(world, Unreachable, Denied, Unsupported, private=private):
                    self._knowing(world, lambda connector: connector.remove(world.locator(world.subject), version))

    def test_a_source_that_goes_away_is_unreachable(self, world: World) -> None:
        """Invariant 8, for a session that had begun."""
        private = private_texts(world)
        for way in world.ways_to_vanish:
            with nothing_altered(world), world.connect() as connector:
                connector.expect_items = True
                locator = world.locator(world.subject)
                version = connector.version(locator)
                with world.vanished(way):
                    with must_raise(world, Unreachable, private=private):
                        connector.presence(locator)
                    with must_raise(world, Unreachable, Denied, Unsupported, private=private):
                        connector.remove(locator, version)

    def test_a_refusal_is_no_absence(self, world: World) -> None:
        """What may not be looked at is denied, told as a gap, and never said to be gone."""
        locator = world.locator(world.subject)
        new = world.new_content(world.subject)
        with world.connect() as connector:
            version = connector.version(locator)
        asks: tuple[Callable[[Connector], object], ...] = (
            lambda connector: connector.read(locator),
            lambda connector: connector.presence(locator),
            lambda connector: connector.remove(locator, version),
            lambda connector: connector.stage(locator, version, new),
        )
        with nothing_altered(world):
            for ask in asks:
                with must_raise(world, Denied):
                    world.refused(world.subject, ask)

    def test_a_refusal_is_a_gap(self, world: World) -> None:
        """Invariant 1: what the walk may not see is covered by a gap; what is refused whole cannot be opened."""
        if world.refuses_whole:
            with must_raise(world, Denied):
                world.refused(world.subject, walk_all)
            return
        events = world.refused(world.subject, walk_all)
        gaps = [event for event in events if isinstance(event, Gap) and event.reason is GapReason.DENIED]
        assert any(gap.locator.covers(world.locator(world.subject)) for gap in gaps)

    def test_closing_is_safe_at_any_time(self, world: World) -> None:
        """Twice, before opening, and after a failed opening."""
        connector = world.connect()
        connector.close()
        with world.vanished(world.ways_to_vanish[0]):
            with suppress(ConnectorError):
                connector.open()
            connector.close()
        with connector:
            assert items_of(connector)
        connector.close()
        connector.close()

    def _events(self, connector: Connector) -> Iterator[WalkEvent]:
        for scope in connector.scopes():
            yield from connector.walk(scope)

    def _knowing(self, world: World, ask: Callable[[Connector], object]) -> None:
        """A new session of a scanner whose index knows items."""
        connector = world.connect()
        connector.expect_items = True
        with connector:
            ask(connector)
