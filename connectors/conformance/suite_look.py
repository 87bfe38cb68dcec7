"""Checks of the role `Watchable`: a look at some paths sees what a walk sees there, and tells of nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.base import Connector, Gap, Item, Locator, Looked, Watchable
from connectors.conformance.world import World, items_of, must_raise, nothing_altered, private_texts
from connectors.errors import Denied, Unreachable
from connectors.layers import role_of

_NO_PATHS = ("../x", "a/../../x", "/etc/passwd", "./a", "a//b", "a\0b")


class LookChecks:
    """Sources without the role pass."""

    def test_a_look_at_items_sees_them_as_a_walk_does(self, world: World) -> None:
        """Also under hostile names, and all are said to have been looked at."""
        with nothing_altered(world), world.connect() as connector:
            walked = items_of(connector)
            events = _look(connector, map(world.on_disk, walked))
        if events is None:
            return
        assert {one.locator.path: one for one in events if isinstance(one, Item)} == walked
        assert {one.locator.path for one in events if isinstance(one, Looked)} == set(walked)

    def test_a_look_at_what_is_gone_covers_that_alone(self, world: World) -> None:
        """What the look covers leaves the index."""
        at = world.on_disk(world.subject)
        with world.connect() as connector:
            before = items_of(connector)
            world.delete(world.subject)
            events = _look(connector, [at])
        if events is None:
            return
        assert not [one for one in events if not isinstance(one, Looked)]
        covered = {path for path in before if any(one.locator.covers(Locator(world.source, path)) for one in events)}
        assert covered == {world.subject}

    def test_a_look_at_what_changed_sees_another_version(self, world: World) -> None:
        """And at the item only."""
        with world.connect() as connector:
            before = items_of(connector)
            world.change(world.subject)
            events = _look(connector, [world.on_disk(world.subject)])
            after = items_of(connector)
        if events is None:
            return
        items = [one for one in events if isinstance(one, Item)]
        assert items == [after[world.subject]]
        assert items[0].version != before[world.subject].version

    def test_a_look_at_what_may_not_be_seen_is_no_absence(self, world: World) -> None:
        """It is denied, or told as a gap above the item."""
        at, locator = world.on_disk(world.subject), world.locator(world.subject)
        try:
            events = world.refused(world.subject, lambda connector: _look(connector, [at]))
        except Denied:
            return
        told = [one for one in events or () if not isinstance(one, Looked)]
        assert events is None or any(one.locator.covers(locator) for one in told)

    def test_a_path_that_is_none_leads_nowhere(self, world: World) -> None:
        """Nothing is looked at, above all nothing outside."""
        with nothing_altered(world), world.connect() as connector:
            for path in _NO_PATHS:
                assert not _look(connector, [path])

    def test_a_look_at_a_source_that_is_not_there_is_unreachable(self, world: World) -> None:
        """No evidence that anything is gone."""
        private = private_texts(world)
        at = world.on_disk(world.subject)
        for way in world.ways_to_vanish:
            with nothing_altered(world), world.connect() as connector:
                connector.expect_items = True
                if role_of(connector, Watchable) is None:
                    return
                with world.vanished(way), must_raise(world, Unreachable, private=private):
                    _look(connector, [at])


def _look(connector: Connector, paths: Iterable[str]) -> list[Item | Gap | Looked] | None:
    """Every event of a look; None where the source cannot look at paths alone."""
    role = role_of(connector, Watchable)
    if role is None:
        return None
    places = role.places(list(paths))
    assert places is not None, "items are no reason for a whole walk"
    return [event for scope, chosen in places.items() for event in role.look(scope, chosen)]
