"""What refers to others goes before these, and what a source refused is tried again: also over kill -9."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.base import Locator, Receipt, Version
from connectors.errors import Held
from connectors.files.local import Folder
from connectors.memory import Memory
from tests.scanner.test_erase import World
from tests.scanner.test_erase_crash import Files, Points, _hooked, killed


class Referred(Memory):
    """An item stays for as long as one with the next name is there: each refers to the one before it."""

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        scope, _, name = locator.path.partition("/")
        if f"{scope}/{int(name) + 1}" in self.store.items:
            raise Held("another refers to it")
        return super().remove(locator, expected)


class InOrder(Memory):
    """Parents tell of their children: once they are gone, these are not what they were."""

    def order(self, path: str) -> int:
        return 0 if path.startswith("z-children/") else 1

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        children = [path for path in self.store.items if path.startswith("z-children/")]
        if locator.path.startswith("parents/"):
            for path in children:
                self.store.items[path] += b" changed"
        return super().remove(locator, expected)


def test_a_chain_of_references_goes_in_one_run(tmp_path: Path) -> None:
    world = World(tmp_path, crm={f"rows/{number}": bytes([number]) for number in range(1, 6)})
    world.kinds["crm"] = Referred
    world.run()
    assert world.stores["crm"].items == {}
    assert world.states() == ["erased"] * 5
    assert (world.steps[-1], max(done for done, _ in world.steps)) == ((5, 5), 5)
    assert world.store.journal.entries(world.case) == []


def test_what_refers_to_an_item_that_nobody_plans_keeps_it_and_all_below(tmp_path: Path) -> None:
    world = World(tmp_path, crm={"rows/1": b"1", "rows/2": b"2", "rows/4": b"4"})
    world.kinds["crm"] = Referred
    world.stores["crm"].items["rows/3"] = b"a bystander"
    world.run()
    assert world.stores["crm"].items == {"rows/1": b"1", "rows/2": b"2", "rows/3": b"a bystander"}
    assert world.states() == ["blocked", "blocked", "erased"]
    assert world.reasons()[0] == "held by the source: another refers to it"


def test_the_source_says_what_goes_first(tmp_path: Path) -> None:
    world = World(tmp_path, crm={"parents/1": b"1", "z-children/1": b"2", "z-children/2": b"3"})
    world.kinds["crm"] = InOrder
    world.run()
    assert world.stores["crm"].items == {}
    assert world.states() == ["erased"] * 3


class ReferredFiles(Files):
    def connect(self, name: str, points: Points) -> Any:
        class Guarded(Folder):
            def remove(self, locator: Locator, expected: Version) -> Receipt:
                if locator.path == "a.txt" and self.has("c.txt"):
                    raise Held("another refers to it")
                return super().remove(locator, expected)

            def has(self, path: str) -> bool:
                return (root / path).exists()

        root = self.root
        options = {"path": str(root), "exclude": [], "follow_symlinks": False, "sentinel": ""}
        return _hooked(Guarded(name, options), ("remove", "presence"), points)


@pytest.mark.parametrize("second", [None, 1])
def test_kill_9_at_any_point_comes_to_the_same_end(tmp_path: Path, second: int | None) -> None:
    def fresh(name: str) -> ReferredFiles:
        return ReferredFiles(tmp_path / name)

    first = fresh("measure")
    points = first.run()
    assert not (first.root / "a.txt").exists()
    end = first.end()
    for point in range(points):
        files = fresh(str(point))
        assert killed(files, point), point
        if second is not None:
            killed(files, second)
        files.run()
        assert files.end() == end, point
