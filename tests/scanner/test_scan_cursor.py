"""A walk that goes on from where another ended: what it does not yield stays, and what it says is gone leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import registry
from connectors.base import Gap, GapReason, Gone, Item, Resumed, Version
from connectors.locator import Locator
from tests.scanner.scan_world import ScanWorld


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScanWorld]:
    monkeypatch.setitem(registry.BUILT_IN, "memory", "tests.scanner.scan_world:Counting")
    monkeypatch.setattr("tests.scanner.scan_world.Counting.kind", "memory")
    registry._known.cache_clear()
    world = ScanWorld(tmp_path)
    world.store.cursors = True
    world.put(a__x="anna@x.example", a__y="bo@x.example", b__z="hej")
    world.scan()
    yield world
    world.index.close()
    registry._known.cache_clear()


def where(path: str) -> Locator:
    return Locator("minne", path)


def cursors(world: ScanWorld) -> list[str | None]:
    """Of the last two walks: of scope a, then of b."""
    return [cursor for _, cursor in world.store.walks[-2:]]


def test_the_next_scan_goes_on_from_the_checkpoints(world: ScanWorld) -> None:
    assert cursors(world) == [None, None]
    report = world.scan()
    assert cursors(world) == ["at 1", "at 2"]
    assert (report.seen, report.read, report.retired, report.complete) == (0, 0, 0, True)
    assert world.held() == {"a/x", "a/y", "b/z"}
    world.scan()
    assert cursors(world) == ["at 3", "at 4"]


def test_what_it_yields_is_read_and_what_it_says_is_gone_leaves(world: ScanWorld) -> None:
    world.put(a__ny="carin@x.example")
    world.store.news["a"] = [Item(where("a/ny"), Version("1")), Gone(where("a/y")), Gone(where("a/never"))]
    report = world.scan()
    assert (report.read, report.retired) == (1, 1)
    assert world.store.reads == ["a/ny"]
    assert world.held() == {"a/x", "a/ny", "b/z"}
    assert [world.found(f"{name}@x.example") for name in ("anna", "bo", "carin")] == [1, 0, 1]


@pytest.mark.parametrize("how", ["full", "whole"])
def test_a_scan_that_must_see_all_takes_no_cursor(world: ScanWorld, how: str) -> None:
    del world.store.items["a/y"]
    world.store.walks.clear()
    assert world.scan(**{how: True}).retired == 1  # type: ignore[arg-type]
    assert world.store.walks[:2] == [("a", None), ("b", None)]


def test_what_moves_to_a_walked_scope_while_another_is_walked_is_met(world: ScanWorld) -> None:
    """A colleague files a mail while gallra looks whether it is gone."""
    world.store.walks.clear()
    world.put(a__z="hej")  # nobody told of it in the first walk of a: it came from b just then
    world.store.news["a"] = [Item(where("a/z"), Version("1"))]
    world.store.hidden.add("a/z")
    world.scan(whole=True)
    assert [cursor is None for _, cursor in world.store.walks] == [True, True, False, False]
    assert "a/z" in world.held()


def test_after_a_gap_and_while_something_is_stale_walks_are_full(world: ScanWorld) -> None:
    world.store.news["a"] = [Gap(where("a/x"), GapReason.DENIED)]
    assert world.scan().gaps == 1
    assert world.held() == {"a/x", "a/y", "b/z"}
    world.store.refused.add("a/x")
    for _ in range(2):
        world.scan()
        assert cursors(world)[0] is None
        assert world.stale() == {"a/x"}
    world.store.refused.clear()
    world.store.news.clear()
    world.scan()
    assert cursors(world)[0] is None, "one more, to see what was hidden"
    assert world.stale() == set()
    world.scan()
    assert cursors(world)[0] is not None


def test_what_changed_while_it_was_read_is_looked_for_at_the_next_scan(world: ScanWorld) -> None:
    world.store.news["a"] = [Item(where("a/gone"), Version("1"))]  # not there when it is read
    world.scan()
    world.scan()
    assert cursors(world) == [None, "at 4"]


def test_a_scan_that_broke_off_leaves_no_cursor(world: ScanWorld) -> None:
    world.put(a__ny="carin@x.example")
    world.store.news["a"] = [Item(where("a/ny"), Version("1"))]
    world.store.fails_after = 2
    assert world.scan().error
    world.store.fails_after = None
    world.scan()
    assert cursors(world) == [None, None]
    assert world.held() == {"a/x", "a/y", "a/ny", "b/z"}


def test_a_walk_that_resumes_unasked_is_not_believed(world: ScanWorld) -> None:
    world.store.cursors = False
    world.store.more["a"] = [Resumed()]
    report = world.scan(whole=True)
    assert report.error
    assert world.held() == {"a/x", "a/y", "b/z"}
