"""The suite proves itself: the honest connector passes every check, and each liar fails the one made for it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

import pytest

from connectors.base import (
    Capabilities,
    Checkpoint,
    Content,
    Gap,
    Gone,
    Item,
    Locator,
    Looked,
    Outcome,
    Presence,
    Receipt,
    Staged,
    Strength,
    Version,
    WalkEvent,
)
from connectors.conformance import Conformance
from connectors.conformance.in_memory import MemoryWorld
from connectors.errors import Changed, ConnectorError, NotFound
from connectors.memory import Memory


class DropsAFolder(Memory):
    """Forgets a scope."""

    def scopes(self) -> Iterator[str]:
        yield from list(super().scopes())[:-1]


class YieldsTwice(Memory):
    """Meets the first item of each scope again."""

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        events = list(super().walk(scope, cursor))
        yield from [*events, *events[:1]]


class RepeatsScopes(Memory):
    """Names a scope twice."""

    def scopes(self) -> Iterator[str]:
        yield from [*super().scopes(), *super().scopes()]


class ReadsTheBeginning(Memory):
    """Cuts long items."""

    def read(self, locator: Locator) -> Content:
        content = super().read(locator)
        content.stream = io.BytesIO(content.stream.read()[:5])
        return content


class RetiresAfterCursors(Memory):
    """Says gone of what it did not meet again."""

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        if cursor == "half":
            yield Gone(Locator(self.name, f"{scope}/x"))
        yield from super().walk(scope)
        yield Checkpoint("half")


class EndsShort(Memory):
    """A cut line ends the walk instead of raising."""

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        try:
            yield from super().walk(scope, cursor)
        except ConnectorError:
            return


class HidesGaps(Memory):
    """What it may not see, it does not tell."""

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        yield from (event for event in super().walk(scope, cursor) if not isinstance(event, Gap))


class TrustsCursors(Memory):
    """Takes a cursor it does not know for one at the end."""

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        return iter(()) if cursor else super().walk(scope)


class ForgetsVersions(Memory):
    """A version that is another in every session."""

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        for event in super().walk(scope, cursor):
            if isinstance(event, Item):
                yield Item(event.locator, Version(f"{event.version.token}{id(self)}", Strength.STRONG))
            else:
                yield event


class RenamesItems(Memory):
    """A locator that is another in every session."""

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        for event in super().walk(scope, cursor):
            if isinstance(event, Item):
                yield Item(Locator(self.name, f"{event.locator.path}#{id(self)}"), event.version)
            else:
                yield event


class OverstatesVersions(Memory):
    """Declares weak what it gives as strong."""

    def open(self) -> Capabilities:
        super().open()
        return Capabilities(Strength.WEAK)


class MarksAsRead(Memory):
    """Leaves a read mark."""

    def read(self, locator: Locator) -> Content:
        content = super().read(locator)
        self.store.reads[locator.path] += 1
        return content


class MutatesOnRead(Memory):
    """Normalises what it reads."""

    def read(self, locator: Locator) -> Content:
        content = super().read(locator)
        self.store.items[locator.path] = content.stream.read().strip()
        content.stream.seek(0)
        return content


class ReadsNothing(Memory):
    """A missing item is an empty one."""

    def read(self, locator: Locator) -> Content:
        try:
            return super().read(locator)
        except NotFound:
            self.store.items[locator.path] = b""
            return super().read(locator)


class ErrorsMeanAbsent(Memory):
    """Says absent of whatever it cannot see."""

    def presence(self, locator: Locator) -> Presence:
        try:
            return super().presence(locator)
        except ConnectorError:
            return Presence.ABSENT


class RefusalsMeanErased(Memory):
    """Says absent of what it may not remove."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        try:
            return super().remove(locator, expected)
        except ConnectorError:
            return Receipt(locator, Outcome.ABSENT)


class EmptyMeansDeleted(Memory):
    """Takes an emptied source for a source whose items were all deleted."""

    def _reach(self) -> None:
        self.expect_items = False
        super()._reach()


class KeepsWhatItErases(Memory):
    """Says erased, and keeps it."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        self._at(locator, expected)
        return Receipt(locator, Outcome.ERASED)


class ExpungesNeighbours(Memory):
    """Takes all with the same beginning along."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        receipt = super().remove(locator, expected)
        for path in [path for path in self.store.items if path.startswith(locator.path)]:
            del self.store.items[path]
        return receipt


class DeletesByPattern(Memory):
    """Takes a name for a pattern: SQL's LIKE."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        receipt = super().remove(locator, expected)
        like = [path for path in self.store.items if len(path) == len(locator.path)]
        for path in like:
            if all(wild in ("_", char) for wild, char in zip(locator.path, path, strict=True)):
                del self.store.items[path]
        return receipt


class IgnoresVersions(Memory):
    """Erases whatever is there by now."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        if self._find(locator) is None:
            return Receipt(locator, Outcome.ABSENT)
        return super().remove(locator, self.version(locator))


class FailsTheSecondTime(Memory):
    """Raises when asked to erase what is gone."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        self._content(locator)
        return super().remove(locator, expected)


class ErasesEmptySelectors(Memory):
    """Takes no path for all paths."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        if not locator.path:
            self.store.items.clear()
            return Receipt(locator, Outcome.ERASED)
        return super().remove(locator, expected)


class LeaksPaths(Memory):
    """Names the item in the text of an error."""

    def _content(self, locator: Locator) -> bytes:
        if self._find(locator) is None:
            raise NotFound(f"no such item: {locator.path}", locator)
        return super()._content(locator)


class LeaksByCause(Memory):
    """Names the item in the error behind the error."""

    def _content(self, locator: Locator) -> bytes:
        try:
            return super()._content(locator)
        except NotFound:
            raise NotFound("not there", locator) from KeyError(locator.path)


class ShowsTheStaged(Memory):
    """Staging already changes what users see."""

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        staged = super().stage(locator, expected, content)
        self.store.items[locator.path] = content
        return staged


class CommitsOverChanges(Memory):
    """Loses what a colleague saved meanwhile."""

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        try:
            return super().commit(staged)
        except Changed:
            if (laid := self.store.staged.get(staged.token.partition(" ")[0])) is None:
                raise
            self.store.items[staged.locator.path] = laid
            return staged.locator, self.version(staged.locator)


class LosesTheOldOnConflict(Memory):
    """A commit that is refused takes the item along."""

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        try:
            return super().commit(staged)
        except Changed:
            self.store.items.pop(staged.locator.path, None)
            raise


class CommitsOnce(Memory):
    """Knows nothing of a commit that was done."""

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        if staged.token.partition(" ")[0] not in self.store.staged:
            raise NotFound("nothing is staged", staged.locator)
        return super().commit(staged)


class ForgetsTheStaged(Memory):
    """Keeps the staged content in the session: a crash loses it."""

    def close(self) -> None:
        self.store.staged.clear()

    def open(self) -> Capabilities:
        self.store.staged.clear()
        return super().open()


class DropsAttributes(Memory):
    """A changed item loses its owner."""

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        answer = super().commit(staged)
        self.store.attributes[staged.locator.path] = "nobody"
        return answer


class NeverAbandons(Memory):
    """What was staged can still be committed."""

    def abandon(self, staged: Staged) -> None:
        self._reach()


class DeclaresLess(Memory):
    """Says that it does not remove, and does."""

    def open(self) -> Capabilities:
        super().open()
        return Capabilities(Strength.STRONG, removes=False)


class Looking(Memory):
    """Honest: looks at paths alone, as what lies in a folder can."""

    def places(self, paths: Iterable[str]) -> dict[str, list[str]] | None:
        found: dict[str, list[str]] = {}
        for path in paths:
            if "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/")):
                found.setdefault(path.partition("/")[0], []).append(path)
        return {scope: chosen for scope, chosen in found.items() if scope in set(self.scopes())}

    def look(self, scope: str, paths: Sequence[str]) -> Iterator[Item | Gap | Looked]:
        met = {one.locator.path: one for one in super().walk(scope) if isinstance(one, Item | Gap)}
        for path in paths:
            at = Locator(self.name, path)
            yield from (one for one in met.values() if at.covers(one.locator))
            yield Looked(at)


class LooksPastTheHostile(Looking):
    """Yields nothing of a name with a wildcard."""

    def look(self, scope: str, paths: Sequence[str]) -> Iterator[Item | Gap | Looked]:
        yield from (one for one in super().look(scope, paths) if "*" not in one.locator.path)


class LooksTooWide(Looking):
    """Where one item is gone, says so of all of its folder."""

    def look(self, scope: str, paths: Sequence[str]) -> Iterator[Item | Gap | Looked]:
        met = [one.locator.path for one in super().walk(scope) if isinstance(one, Item)]
        for one in super().look(scope, paths):
            wide = isinstance(one, Looked) and one.locator.path not in met
            yield Looked(Locator(self.name, scope)) if wide else one


class LooksAtOldVersions(Looking):
    """Tells the version that it saw when it first looked."""

    def open(self) -> Capabilities:
        found = super().open()
        self._old = {one.locator.path: one for one in self._all() if isinstance(one, Item)}
        return found

    def _all(self) -> Iterator[WalkEvent]:
        for scope in self.scopes():
            yield from super().walk(scope)

    def look(self, scope: str, paths: Sequence[str]) -> Iterator[Item | Gap | Looked]:
        for one in super().look(scope, paths):
            yield self._old.get(one.locator.path, one) if isinstance(one, Item) else one


class LooksPastRefusals(Looking):
    """Says nothing of what it may not see, which so counts as gone."""

    def look(self, scope: str, paths: Sequence[str]) -> Iterator[Item | Gap | Looked]:
        yield from (one for one in super().look(scope, paths) if not isinstance(one, Gap))


class LooksAnywhere(Looking):
    """Takes every path for one of its own."""

    def places(self, paths: Iterable[str]) -> dict[str, list[str]] | None:
        return {scope: list(paths) for scope in self.scopes()}


class LooksAtNothing(Looking):
    """Looks at a source that is not there, and sees that all is gone."""

    def places(self, paths: Iterable[str]) -> dict[str, list[str]] | None:
        return {"": list(paths)}

    def look(self, scope: str, paths: Sequence[str]) -> Iterator[Item | Gap | Looked]:
        yield from (Looked(Locator(self.name, path)) for path in paths)


LIARS: dict[type[Memory], str] = {
    LooksPastTheHostile: "test_a_look_at_items_sees_them_as_a_walk_does",
    LooksTooWide: "test_a_look_at_what_is_gone_covers_that_alone",
    LooksAtOldVersions: "test_a_look_at_what_changed_sees_another_version",
    LooksPastRefusals: "test_a_look_at_what_may_not_be_seen_is_no_absence",
    LooksAnywhere: "test_a_path_that_is_none_leads_nowhere",
    LooksAtNothing: "test_a_look_at_a_source_that_is_not_there_is_unreachable",
    DropsAFolder: "test_walk_yields_every_item_once",
    RepeatsScopes: "test_scopes_are_named_once_and_the_same_in_every_session",
    ReadsTheBeginning: "test_read_gives_the_bytes",
    RetiresAfterCursors: "test_a_cursor_retires_nothing_that_is_there",
    YieldsTwice: "test_walk_yields_every_item_once",
    EndsShort: "test_a_walk_that_is_cut_off_raises",
    HidesGaps: "test_a_refusal_is_a_gap",
    TrustsCursors: "test_an_unknown_cursor_means_a_full_walk",
    ForgetsVersions: "test_unchanged_items_keep_locator_and_version",
    RenamesItems: "test_unchanged_items_keep_locator_and_version",
    OverstatesVersions: "test_versions_are_as_strong_as_declared",
    MarksAsRead: "test_looking_changes_nothing",
    MutatesOnRead: "test_looking_changes_nothing",
    ReadsNothing: "test_what_is_not_there_is_not_found",
    ErrorsMeanAbsent: "test_a_refusal_is_no_absence",
    RefusalsMeanErased: "test_a_refusal_is_no_absence",
    EmptyMeansDeleted: "test_a_source_that_is_not_there_is_unreachable",
    KeepsWhatItErases: "test_remove_touches_its_target_only",
    ExpungesNeighbours: "test_remove_touches_its_target_only",
    DeletesByPattern: "test_remove_takes_hostile_names_literally",
    IgnoresVersions: "test_a_stale_version_is_refused",
    FailsTheSecondTime: "test_removing_twice_says_absent",
    ErasesEmptySelectors: "test_what_is_no_address_is_refused",
    LeaksPaths: "test_what_is_not_there_is_not_found",
    LeaksByCause: "test_what_is_not_there_is_not_found",
    ShowsTheStaged: "test_staging_shows_nobody_anything",
    CommitsOverChanges: "test_commit_over_a_changed_item_is_refused",
    LosesTheOldOnConflict: "test_commit_over_a_changed_item_is_refused",
    CommitsOnce: "test_commit_again_answers_the_same",
    ForgetsTheStaged: "test_commit_after_a_crash",
    DropsAttributes: "test_commit_makes_it_the_item",
    NeverAbandons: "test_abandon_leaves_the_old",
    DeclaresLess: "test_remove_touches_its_target_only",
}

FAILED = (AssertionError, ConnectorError, KeyError)
CHECKS = sorted(name for name in dir(Conformance) if name.startswith("test_"))


class TestMemory(Conformance):
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return MemoryWorld()


class TestLooking(Conformance):
    @pytest.fixture
    def world(self) -> MemoryWorld:
        return MemoryWorld(Looking)


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.__name__)
def test_each_liar_fails_the_check_made_for_it(liar: type[Memory]) -> None:
    with pytest.raises(FAILED):
        getattr(Conformance(), LIARS[liar])(MemoryWorld(liar))


def test_every_promise_but_the_plain_ones_has_its_liar() -> None:
    plain = {"test_the_world_is_worth_testing", "test_closing_is_safe_at_any_time"}
    caught = set()
    for liar in LIARS:
        for check in CHECKS:
            try:
                getattr(Conformance(), check)(MemoryWorld(liar))
            except FAILED:
                caught.add(check)
    unproved = set(CHECKS) - caught - plain
    assert not unproved
