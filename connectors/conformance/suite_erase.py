"""Checks of erasing: invariants 3, 4 and 5. The witness says what is gone, and that nothing else is."""

from __future__ import annotations

from connectors.base import Connector, Outcome, Presence, Version
from connectors.conformance.world import World, items_of, must_raise, nothing_altered, picture
from connectors.errors import Changed, Denied, Unsupported


class EraseChecks:
    """One item goes, the expected one, and nothing else."""

    def test_remove_touches_its_target_only(self, world: World) -> None:
        """Invariant 4: the subject, with look-alikes around it."""
        with world.connect() as connector:
            self._erase_alone(world, connector, world.subject)

    def test_remove_takes_hostile_names_literally(self, world: World) -> None:
        """Promise 3: `*`, `[x]`, a leading `-`, `%`, `_`, a newline, `..` touch no sibling."""
        with world.connect() as connector:
            for path in world.hostile:
                self._erase_alone(world, connector, path)

    def test_remove_leaves_the_last_of_its_twins(self, world: World) -> None:
        """Erasing all look-alikes leaves the subject whole."""
        with world.connect() as connector:
            for path in world.neighbours:
                self._erase_alone(world, connector, path)
        assert world.subject in world.witness.items()

    def test_what_is_erased_is_walked_no_more(self, world: World) -> None:
        """Neither in this session nor in the next."""
        with world.connect() as connector:
            if not self._removes(world, connector):
                return
            connector.remove(world.locator(world.subject), connector.version(world.locator(world.subject)))
            assert sorted(items_of(connector)) == sorted(world.witness.items())
        with world.connect() as connector:
            assert sorted(items_of(connector)) == sorted(world.witness.items())

    def test_removing_twice_says_absent(self, world: World) -> None:
        """Invariant 5, in the same session and in the next."""
        locator = world.locator(world.subject)
        with world.connect() as connector:
            if not self._removes(world, connector):
                return
            version = connector.version(locator)
            assert connector.remove(locator, version).outcome is not Outcome.ABSENT
            with nothing_altered(world):
                assert connector.remove(locator, version).outcome is Outcome.ABSENT
        with nothing_altered(world), world.connect() as connector:
            assert connector.remove(locator, version).outcome is Outcome.ABSENT

    def test_a_stale_version_is_refused(self, world: World) -> None:
        """Invariant 3: changed by a colleague since; nothing is altered."""
        locator = world.locator(world.subject)
        with world.connect() as connector:
            version = connector.version(locator)
            world.change(world.subject)
            new = world.new_content(world.subject)
            with nothing_altered(world):
                with must_raise(world, Changed, Denied, Unsupported):
                    connector.remove(locator, version)
                with must_raise(world, Changed, Denied, Unsupported):
                    connector.stage(locator, version, new)

    def test_another_items_version_is_refused(self, world: World) -> None:
        """Invariant 3: a version is the item's own (here: of other content), or made up."""
        locator = world.locator(world.subject)
        seen = world.witness.items()
        other = next(path for path in (*world.neighbours, *world.hostile) if seen[path] != seen[world.subject])
        with world.connect() as connector:
            now = connector.version(locator)
            versions = [connector.version(world.locator(other)), Version(now.token + "0", now.strength)]
            with nothing_altered(world):
                for version in versions:
                    with must_raise(world, Changed, Denied, Unsupported):
                        connector.remove(locator, version)

    def _erase_alone(self, world: World, connector: Connector, path: str) -> None:
        if not self._removes(world, connector):
            return
        locator = world.locator(path)
        items, attributes, surroundings = picture(world)
        receipt = connector.remove(locator, connector.version(locator))
        assert receipt.locator == locator
        assert receipt.outcome in (Outcome.ERASED, Outcome.RECOVERABLE)
        assert (receipt.until is not None) == (receipt.outcome is Outcome.RECOVERABLE)
        items.pop(path)
        attributes.pop(path, None)
        assert picture(world) == (items, attributes, surroundings)
        assert connector.presence(locator) is Presence.ABSENT

    def _removes(self, world: World, connector: Connector) -> bool:
        """Whether removing is declared; where it is not, it is refused and alters nothing."""
        if connector.open().removes:
            return True
        locator = world.locator(world.subject)
        with nothing_altered(world), must_raise(world, Denied, Unsupported):
            connector.remove(locator, connector.version(locator))
        return False
