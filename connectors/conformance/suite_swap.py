"""Checks of changing an item: stage, commit, abandon, with a crash (a new session) between any two of them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from connectors.base import Canonical, Connector, Locator, Staged
from connectors.conformance.world import World, items_of, must_raise, nothing_altered, picture
from connectors.errors import Changed, Denied, NotFound, Unsupported
from connectors.layers import role_of


class SwapChecks:
    """The old one, or the old and the staged; then the new one; never neither, and never another's."""

    def test_staging_shows_nobody_anything(self, world: World) -> None:
        """The old items stay what users see."""
        items, attributes, surroundings = picture(world)
        with world.connect() as connector:
            if self._stage(world, connector) is None:
                return
        now, now_attributes, now_surroundings = picture(world)
        assert {path: now.get(path) for path in items} == items
        assert {path: now_attributes.get(path) for path in attributes} == attributes
        assert {path: now_surroundings.get(path) for path in surroundings} == surroundings

    def test_commit_makes_it_the_item(self, world: World) -> None:
        """New bytes under the old attributes, all else as it was, nothing left beside; the answer is true."""
        with world.connect() as connector:
            self._commit_is_whole(world, connector, world.subject)

    def test_commit_after_a_crash(self, world: World) -> None:
        """A new session commits what another one staged."""
        with world.connect() as connector:
            self._commit_is_whole(world, connector, world.subject, crash=True)

    def test_commit_again_answers_the_same(self, world: World) -> None:
        """In the session that did it, and in the next."""
        with world.connect() as connector:
            staged = self._stage(world, connector)
            if staged is None:
                return
            answer = connector.commit(staged)
            with nothing_altered(world):
                assert connector.commit(staged) == answer
        with nothing_altered(world), world.connect() as connector:
            assert connector.commit(staged) == answer

    def test_commit_over_a_changed_item_is_refused(self, world: World) -> None:
        """A colleague saved meanwhile: their bytes stay, and the staged can still be taken away."""
        before, _, _ = picture(world)
        with world.connect() as connector:
            staged = self._stage(world, connector)
            if staged is None:
                return
            world.change(world.subject)
            with nothing_altered(world), must_raise(world, Changed):
                connector.commit(staged)
            theirs = world.witness.items()[world.subject]
            connector.abandon(staged)
        assert world.witness.items() == before | {world.subject: theirs}

    def test_commit_over_a_deleted_item_is_refused(self, world: World) -> None:
        """A commit brings nothing back."""
        with world.connect() as connector:
            staged = self._stage(world, connector)
            if staged is None:
                return
            world.delete(world.subject)
            with must_raise(world, Changed, NotFound):
                connector.commit(staged)
            connector.abandon(staged)
        assert world.subject not in world.witness.items()

    def test_abandon_leaves_the_old(self, world: World) -> None:
        """Nothing staged is left, at once, after a crash, and when asked twice."""
        before = picture(world)
        for crash in (False, True):
            with world.connect() as first:
                staged = self._stage(world, first)
                if staged is None:
                    return
                with self._next(world, first, crash=crash) as other:
                    other.abandon(staged)
                    assert picture(world) == before
                    other.abandon(staged)
                    assert picture(world) == before
                    with must_raise(world, Changed, NotFound):
                        other.commit(staged)
                    assert picture(world) == before

    def test_staging_hostile_names_touches_no_sibling(self, world: World) -> None:
        """Promise 3, for surgery."""
        with world.connect() as connector:
            for path in world.hostile:
                self._commit_is_whole(world, connector, path)

    def _commit_is_whole(self, world: World, first: Connector, path: str, *, crash: bool = False) -> None:
        items, attributes, surroundings = picture(world)
        new = world.new_content(path)
        assert new != items[path]
        staged = self._stage(world, first, path)
        if staged is None:
            return
        with self._next(world, first, crash=crash) as second:
            locator, version = second.commit(staged)
            items.pop(path)
            attributes[locator.path] = attributes.pop(path)
            assert self._seen(world, second, locator, new) == (items | {locator.path: new}, attributes, surroundings)
            assert version != staged.expected
            assert second.version(locator) == version
            assert items_of(second)[locator.path].version == version

    def _seen(
        self, world: World, connector: Connector, locator: Locator, new: bytes
    ) -> tuple[dict[str, bytes], dict[str, str], dict[str, bytes]]:
        """What the witness sees; a source that writes things down its own way may have done so, in this item only."""
        items, attributes, surroundings = picture(world)
        role = role_of(connector, Canonical)
        if role is not None and role.canonical(items[locator.path]) == role.canonical(new):
            items[locator.path] = new
        return items, attributes, surroundings

    def _next(self, world: World, first: Connector, *, crash: bool) -> AbstractContextManager[Connector]:
        """The session that goes on: the same, or after a crash a new one, begun when the first was in the middle."""
        return world.connect() if crash else nullcontext(first)

    def _stage(self, world: World, connector: Connector, path: str | None = None) -> Staged | None:
        """What was staged; None where staging is not declared, and then it is refused and alters nothing."""
        locator = Locator(world.source, path or world.subject)
        new = world.new_content(locator.path)
        version = connector.version(locator)
        if connector.open().stages:
            staged = connector.stage(locator, version, new)
            assert isinstance(staged.token, str)
            return staged
        with nothing_altered(world), must_raise(world, Denied, Unsupported):
            connector.stage(locator, version, new)
        return None
