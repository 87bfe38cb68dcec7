"""One item rewritten: staged, noted, made the item, read again; what a source says of it is not believed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from connectors.base import Locator, Outcome, Receipt, Staged, Version
from connectors.errors import Changed, ConnectorError, Denied, Unreachable, Unsupported
from connectors.memory import Memory
from scanner.erase import run
from scanner.journal import Phase
from scanner.model import Action, Step
from scanner.outcomes import CHANGED, NOT_REWRITTEN, UNSEEN
from scanner.prepare import Prepared
from scanner.settling import settle
from tests.scanner.test_erase import NOW, World, fingerprint, sha

OLD, NEW = b"anna and bo", b"bo"


class Scene:
    """Two items in memory; a row leaves each. `Memory` keeps what is staged for as long as its store lives."""

    def __init__(self, folder: Path, kind: type[Memory] = Memory) -> None:
        self.world = World(folder, kunder={"x/a": OLD, "x/b": OLD})
        self.world.kinds["kunder"] = kind
        for one in self.world.case.findings:
            one.action, one.locator = Action.REMOVE_RECORD, Locator("kunder", one.locator.path, ("row 1",))
            one.content = hashlib.sha256(b"key" + OLD).hexdigest()
        self.world.store.save(self.world.case)

    def prepare(self, steps: Iterable[Step]) -> Iterator[tuple[Step, Prepared]]:
        for step in steps:
            yield step, Prepared(after=NEW, made=hashlib.sha256(b"key" + NEW).hexdigest())

    def run(self) -> frozenset[str]:
        world = self.world
        try:
            return run(
                world.case,
                world.plan,
                world.connect,
                world.store.journal,
                lambda: NOW,
                lambda *_: None,
                fingerprint,
                self.prepare,
                lambda *_: None,
            )
        finally:
            world.store.journal.save(world.case)

    @property
    def items(self) -> dict[str, bytes]:
        return self.world.stores["kunder"].items

    @property
    def phases(self) -> list[Phase]:
        return [entry.phase for entry in self.world.store.journal.entries(self.world.case)]


def test_the_new_item_takes_the_place_of_the_old_and_all_findings_in_it_know(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert scene.run() == frozenset()
    assert scene.items == {"x/a": NEW, "x/b": NEW}
    assert scene.world.states() == ["erased", "erased"]
    one = scene.world.case.findings[0]
    assert (one.taken, one.version, one.content) == (True, sha(NEW), hashlib.sha256(b"key" + NEW).hexdigest())
    assert scene.phases == []


def on_stage(error: Exception) -> type[Memory]:
    class Failing(Memory):
        def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
            if locator.path == "x/a":
                raise error
            return super().stage(locator, expected, content)

    return Failing


def on_commit(error: Exception) -> type[Memory]:
    class Failing(Memory):
        def commit(self, staged: Staged) -> tuple[Locator, Version]:
            if staged.locator.path == "x/a":
                raise error
            return super().commit(staged)

    return Failing


ERRORS = [
    (Changed("x"), "open"),
    (Denied("no"), "blocked"),
    (Unsupported("hard links"), "blocked"),
    (ConnectorError("?"), "failed"),
    (ZeroDivisionError("Anna"), "failed"),
]


@pytest.mark.parametrize("where", [on_stage, on_commit])
@pytest.mark.parametrize(("error", "state"), ERRORS)
def test_a_refusal_leaves_the_old_item_and_stops_one_step(
    tmp_path: Path, where: Callable[[Exception], type[Memory]], error: Exception, state: str
) -> None:
    scene = Scene(tmp_path, where(error))
    assert scene.run() == frozenset()
    assert scene.world.states() == [state, "erased"]
    assert scene.items == {"x/a": OLD, "x/b": NEW}
    assert "Anna" not in str(scene.world.reasons()[0])
    assert scene.phases == []
    assert not scene.world.stores["kunder"].staged, "nothing is left beside it"


def test_a_source_lost_while_committing_keeps_its_note_and_a_later_run_goes_on(tmp_path: Path) -> None:
    """Nobody knows whether it took the new item."""
    scene = Scene(tmp_path, on_commit(Unreachable("gone")))
    assert scene.run() == {"kunder"}
    assert scene.world.states() == ["failed", "failed"]
    assert scene.phases == [Phase.STAGED]
    scene.world.kinds.clear()
    scene.run()
    assert scene.world.states() == ["erased", "erased"]
    assert scene.items == {"x/a": NEW, "x/b": NEW}
    assert scene.phases == []


def test_a_source_that_says_done_and_keeps_the_old_is_never_believed(tmp_path: Path) -> None:
    """Promise 7, for a record."""

    class Liar(Memory):
        def commit(self, staged: Staged) -> tuple[Locator, Version]:
            return staged.locator, sha(NEW)

    scene = Scene(tmp_path, Liar)
    scene.run()
    assert scene.world.states() == ["failed", "failed"]
    assert scene.world.reasons() == [NOT_REWRITTEN] * 2


def test_a_source_that_writes_something_else_is_told(tmp_path: Path) -> None:
    class Meddler(Memory):
        def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
            return super().stage(locator, expected, content + b" anna")

    scene = Scene(tmp_path, Meddler)
    scene.run()
    assert scene.world.states() == ["failed", "failed"]


def test_what_cannot_be_read_afterwards_is_not_erased_until_somebody_can(tmp_path: Path) -> None:
    class Blind(Memory):
        def commit(self, staged: Staged) -> tuple[Locator, Version]:
            answer = super().commit(staged)
            self.store.refused.add(staged.locator.path)
            return answer

    scene = Scene(tmp_path, Blind)
    scene.run()
    assert scene.world.states() == ["failed", "failed"]
    assert scene.world.reasons() == [UNSEEN] * 2
    assert scene.phases == [Phase.ANSWERED] * 2
    scene.world.kinds.clear()
    scene.world.stores["kunder"].refused.clear()
    assert len(settle(scene.world.case, scene.world.connect, scene.world.store.journal, fingerprint)) == 2
    scene.world.store.journal.save(scene.world.case)
    assert scene.world.states() == ["erased", "erased"]


def test_what_was_saved_anew_between_stage_and_commit_is_kept(tmp_path: Path) -> None:
    class Colleague(Memory):
        def commit(self, staged: Staged) -> tuple[Locator, Version]:
            self.store.items[staged.locator.path] = b"a colleague's work"
            return super().commit(staged)

    scene = Scene(tmp_path, Colleague)
    scene.run()
    assert scene.items == {"x/a": b"a colleague's work", "x/b": b"a colleague's work"}
    assert scene.world.reasons() == [CHANGED] * 2
    assert not scene.world.stores["kunder"].staged


class Emptied(Scene):
    """A scene of which each item holds nothing but what leaves."""

    def prepare(self, steps: Iterable[Step]) -> Iterator[tuple[Step, Prepared]]:
        for step in steps:
            yield step, Prepared(emptied=True)


def test_an_item_of_which_nothing_is_left_goes_whole_and_is_looked_for(tmp_path: Path) -> None:
    scene = Emptied(tmp_path)
    scene.run()
    assert scene.items == {}
    assert scene.world.states() == ["erased", "erased"]
    assert not any(one.taken for one in scene.world.case.findings), "its place is looked at again when it is verified"
    assert scene.phases == []


def test_and_where_the_source_lies_it_is_not_erased(tmp_path: Path) -> None:
    class Liar(Memory):
        def remove(self, locator: Locator, expected: Version) -> Receipt:
            return Receipt(locator, Outcome.ERASED)

    scene = Emptied(tmp_path, Liar)
    scene.run()
    assert "erased" not in scene.world.states()


class Recasting(Memory):
    """Keeps what it is given in capitals, as a server that writes it down in its own way."""

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        return super().stage(locator, expected, content.upper())

    def canonical(self, content: bytes) -> bytes:
        return content.lower()


class Recalcitrant(Recasting):
    """Keeps the old content beside."""

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        return super().stage(locator, expected, content + b" and anna")


def test_a_source_may_write_down_in_its_own_way_what_it_is_given(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Recasting)
    scene.run()
    assert scene.items == {"x/a": NEW.upper(), "x/b": NEW.upper()}
    assert scene.world.states() == ["erased", "erased"]
    assert scene.world.case.findings[0].content == hashlib.sha256(b"key" + NEW.upper()).hexdigest()


def test_but_not_anything_else(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Recalcitrant)
    scene.run()
    assert scene.world.states() == ["failed", "failed"]
    assert {one.reason for one in scene.world.case.findings} == {NOT_REWRITTEN}
