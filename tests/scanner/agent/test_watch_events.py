"""What is gathered of changes, and when it is told: no clock, no disk."""

from __future__ import annotations

import random

import pytest

from scanner.agent.events import Changes, Ignored
from tests.scanner.growth import is_steep

NAMES = ["a", "b", "åäö", "\udce9", "new\nline", "*", "-x", " "]


def gathered(*paths: str) -> set[str] | None:
    changes = Changes()
    for path in paths:
        changes.add(path, 0.0)
    told = changes.take()
    return None if told is None else set(told)


def test_nothing_is_due_where_nothing_changed() -> None:
    changes = Changes()
    assert changes.due is None
    changes.add("a", 10.0)
    changes.take()
    assert changes.due is None


def test_it_is_told_half_a_second_after_the_last_change() -> None:
    changes = Changes()
    for moment in (10.0, 10.3, 10.6):
        changes.add("a", moment)
        assert changes.due == moment + 0.5


def test_it_is_told_three_seconds_after_the_first_whatever_comes() -> None:
    changes = Changes()
    for tenth in range(100):
        changes.add("a", 10.0 + tenth / 10)
    assert changes.due == 13.0
    changes.take()
    changes.add("a", 20.0)
    assert changes.due == 20.5


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (["a/b", "a"], {"a"}),
        (["a", "a/b"], {"a"}),
        (["a/b/c", "a/b/d", "a/b", "ab"], {"a/b", "ab"}),
        (["a/b", "a/bc", "a.b"], {"a/b", "a/bc", "a.b"}),
        (["a", "a", "a"], {"a"}),
        (["a/b/c/d", "a"], {"a"}),
    ],
)
def test_a_folder_stands_for_all_below_it(paths: list[str], told: set[str]) -> None:
    assert gathered(*paths) == told


def test_the_root_is_the_whole_source() -> None:
    assert gathered("a", "", "b") is None


def test_a_thousand_paths_are_told_and_one_more_is_the_whole_source() -> None:
    names = [f"{number}/x" for number in range(1001)]
    assert gathered(*names[:1000]) == set(names[:1000])
    assert gathered(*names) is None


def test_what_a_folder_stands_for_is_not_counted() -> None:
    names = [f"a/{number}" for number in range(1000)]
    assert gathered(*names, "a", *(f"b/{number}" for number in range(999))) is not None
    assert gathered(*names, "a", *(f"b/{number}" for number in range(1000))) is None


def test_what_is_whole_stays_whole_until_it_is_taken() -> None:
    changes = Changes(most=2)
    for name in "abcd":
        changes.add(name, 0.0)
    assert changes.take() is None
    changes.add("e", 1.0)
    assert changes.take() == frozenset("e")


def test_what_was_dropped_is_not_told() -> None:
    changes = Changes()
    changes.add_all(0.0)
    changes.drop()
    assert changes.due is None
    changes.add("a", 1.0)
    assert changes.take() == frozenset("a")


@pytest.mark.parametrize("seed", range(20))
def test_any_paths_are_covered_and_none_lies_below_another(seed: int) -> None:
    dice = random.Random(seed)
    paths = ["/".join(dice.choices(NAMES, k=dice.randint(1, 5))) for _ in range(300)]
    told = gathered(*paths)
    assert told is not None
    assert told <= set(paths)
    for path in paths:
        parts = path.split("/")
        above = {"/".join(parts[:count]) for count in range(1, len(parts) + 1)}
        assert len(above & told) == 1, path


def test_a_flood_costs_as_much_as_it_has_changes() -> None:
    def flood(count: int) -> object:
        changes = Changes()
        for number in range(count):
            changes.add(f"a/{number % 999}/{number}", 0.0)
            changes.add(f"a/{number % 999}", 0.0)
        return changes.take()

    assert not is_steep(flood, 20_000)


def test_excluded_names_and_paths_are_ignored() -> None:
    ignored = Ignored(["*.iso", "Arkiv/", "Anna/gamla/**"])
    assert [path in ignored for path in ("a.iso", "x/a.iso", "Arkiv", "Anna/gamla/x")] == [True] * 4
    assert [path in ignored for path in ("a.isolde", "Arkivet", "Anna/gamla")] == [False] * 3


def test_own_files_are_ignored_with_all_below() -> None:
    ignored = Ignored(own=[".gallra", "log/agent.log"])
    assert [path in ignored for path in (".gallra", ".gallra/index.sqlite-wal", "log/agent.log")] == [True] * 3
    assert [path in ignored for path in (".gallra2", "log", "log/agent.log.1", "x/.gallra")] == [False] * 4


def test_earlier_versions_that_a_server_shows_are_ignored() -> None:
    assert ".snapshot" in Ignored()
    assert "x/@GMT-2026.01.01-00.00.00" in Ignored()


def test_what_gallra_leaves_in_a_folder_is_told() -> None:
    """A walk yields them as items, so that nothing they hold is hidden: a watch tells them too."""
    assert ".gallra-old-0123456789abcdef0123-0.txt" not in Ignored()
