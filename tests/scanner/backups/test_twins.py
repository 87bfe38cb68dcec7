"""What has the same content is looked at once, the live one first; names on the way are each item's own."""

from __future__ import annotations

from collections.abc import Sequence

from scanner.backups.origins import Origins, Root
from scanner.backups.twins import Twins
from scanner.examined import FAILED, Examined, ExamineTask
from scanner.model import Cut
from scanner.registers.by_path import ByPath

ORIGINS = Origins({"nas": ("kunder",)}, {"nas": (Root("kunder", ("srv",)),)})
V, W = ";version=abcdefghijklmnopabcd", ";version=bbbbbbbbbbbbbbbbbbbb"
SEEN = Examined(frozenset({("row 1",)}), 2, changed=False)


class Looking:
    """Notes what was looked at; what is in `broken` fails, what is in `moved` has changed."""

    def __init__(self) -> None:
        self.tasks: list[ExamineTask] = []
        self.broken: set[str] = set()
        self.moved: set[str] = set()

    def __call__(self, tasks: Sequence[ExamineTask]) -> dict[tuple[str, str], Examined]:
        self.tasks += tasks
        return {(one.source, one.path): self._look(one) for one in tasks}

    def _look(self, one: ExamineTask) -> Examined:
        if one.path in self.broken:
            return FAILED
        return Examined(frozenset(), 0, changed=True) if one.path in self.moved else SEEN

    def looked(self) -> list[str]:
        return [one.path for one in self.tasks]


def twins(looking: Looking, contents: dict[tuple[str, str], str]) -> Twins:
    def strangers(path: str) -> frozenset[str]:
        return frozenset(part for part in path.split("/")[:-1] if " " in part)

    found = Twins(looking, ORIGINS, ByPath([]), strangers)
    found.know(contents)
    return found


def task(source: str, path: str, *wanted: tuple[str, ...], cuts: tuple[Cut, ...] = ()) -> ExamineTask:
    return ExamineTask(source, path, "file", "v", wanted=wanted, cuts=cuts)


def test_the_live_item_is_looked_at_for_its_copies() -> None:
    looking = Looking()
    names = {("kunder", "a.txt"): "1", ("nas", f"srv/a.txt{V}"): "1", ("nas", f"old/b.txt{V}"): "1"}
    found = twins(looking, names)([task("nas", f"old/b.txt{V}"), task("nas", f"srv/a.txt{V}"), task("kunder", "a.txt")])
    assert looking.looked() == ["a.txt"]
    assert found == dict.fromkeys(names, SEEN)


def test_a_later_look_asks_only_for_what_was_not_looked_at() -> None:
    looking = Looking()
    names = {("kunder", "a.csv"): "1", ("nas", f"srv/a.csv{V}"): "1"}
    both = twins(looking, names)
    both([task("kunder", "a.csv", ("row 1",))])
    both([task("nas", f"srv/a.csv{V}", ("row 1",))])
    assert looking.looked() == ["a.csv"]
    both([task("nas", f"srv/a.csv{V}", ("row 2",))])  # another record was wanted
    assert looking.looked() == ["a.csv", f"srv/a.csv{V}"]


def test_what_any_of_them_wants_is_asked_of_the_one() -> None:
    looking = Looking()
    names = {("nas", f"x/a.csv{V}"): "1", ("nas", f"y/a.csv{V}"): "1"}
    twins(looking, names)([task("nas", f"x/a.csv{V}", ("row 1",)), task("nas", f"y/a.csv{V}", ("row 2",))])
    assert [set(one.wanted) for one in looking.tasks] == [{("row 1",), ("row 2",)}]


def test_where_the_live_item_fails_or_has_changed_the_copy_is_read() -> None:
    for broken in (True, False):
        looking = Looking()
        (looking.broken if broken else looking.moved).add("a.txt")
        names = {("kunder", "a.txt"): "1", ("nas", f"srv/a.txt{V}"): "1", ("nas", f"srv/b.txt{V}"): "1"}
        found = twins(looking, names)(
            [task("kunder", "a.txt"), task("nas", f"srv/a.txt{V}"), task("nas", f"srv/b.txt{V}")]
        )
        assert looking.looked() == ["a.txt", f"srv/a.txt{V}"]
        assert found["nas", f"srv/a.txt{V}"] == found["nas", f"srv/b.txt{V}"] == SEEN
        assert found["kunder", "a.txt"].failed is broken


def test_names_on_the_way_are_each_items_own() -> None:
    looking = Looking()
    names = {
        ("kunder", "Anna Ek/a.txt"): "1",
        ("nas", f"srv/Bo Dal/a.txt{V}"): "1",
        ("nas", f"srv/Anna Ek/a.txt{V}"): "1",
    }
    found = twins(looking, names)([task(*key) for key in names])
    assert looking.looked() == ["Anna Ek/a.txt"]
    assert [one.others for one in found.values()] == [2, 3, 2]


def test_other_endings_and_other_contents_and_trials_are_looked_at_by_themselves() -> None:
    looking = Looking()
    names = {
        ("kunder", "a.txt"): "1",
        ("nas", f"srv/a.csv{V}"): "1",
        ("nas", f"srv/a.txt{W}"): "2",
        ("nas", f"srv/c.txt{V}"): "",
    }
    twins(looking, names)([task(*key) for key in names])
    assert len(looking.tasks) == 4
    cut = task("nas", f"srv/a.txt{V}", cuts=(Cut(("row 1",)),))
    twins(looking, names)([cut])
    assert looking.tasks[-1] == cut


def test_live_items_are_never_taken_for_one_another() -> None:
    looking = Looking()
    names = {("kunder", "a.txt"): "1", ("kunder", "b.txt"): "1"}
    twins(looking, names)([task(*key) for key in names])
    assert looking.looked() == ["a.txt", "b.txt"]
