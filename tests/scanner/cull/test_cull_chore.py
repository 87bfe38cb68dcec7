"""The chore of the night: what may go unasked goes, once and no more than allowed; all else is told, once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest

from connectors.files.local import Folder
from scanner.agent.book import Book
from scanner.agent.chores.culls import run
from scanner.agent.done import Done
from scanner.cull.cases import cases_of
from scanner.journal import Journal
from scanner.workspace import Workspace
from tests.scanner.cull.culled_world import NEW, OLD, Company, mail, pdf, rule

UNASKED = rule("a", "Ans/**", more="unattended = true\nmax_items = 2")


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.workspace.workers", lambda: 0)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    firm = Company(tmp_path, UNASKED)
    for year in (2014, 2015, 2016):
        firm.write(f"kunder/Ans/{year}.pdf", pdf(date(year, 5, 1), str(year)))
    firm.write("kunder/Ans/ny.pdf", pdf(NEW, "ny"))
    firm.write("kunder/Ans/utan.txt", "utan datum")
    firm.write("kunder/Andra/1.pdf", pdf(OLD, "andra"))
    firm.mailbox("Ans", "1583143200.M2.x:2,S", mail(NEW, NEW))
    with firm.scanned():
        pass
    yield firm


def night(firm: Company) -> tuple[Done, list[tuple[str, str, dict[str, int]]]]:
    """One run in a process' life; what the book has to tell after it."""
    with firm.open() as work, Book(firm.root / "agent.sqlite") as book:
        now = datetime.now(UTC)
        number = book.begin("chore:culls", now)
        done = run(work, book, now)
        book.end(number, datetime.now(UTC), "done", done)
        return done, [(one.notice.event, one.notice.source, dict(one.notice.counts)) for one in book.notices()]


def left(firm: Company) -> set[str]:
    return {path.removeprefix("kunder/Ans/") for path in firm.files() if path.startswith("kunder/Ans/")}


def test_what_may_go_unasked_goes_two_a_night_and_is_told_once(firm: Company) -> None:
    before = firm.files()
    done, told = night(firm)
    assert done.code == 0 and done.error == ""
    assert left(firm) == {"2016.pdf", "ny.pdf", "utan.txt"}
    assert told == [("culled", "a", {"erased": 2})]
    _, told = night(firm)
    assert left(firm) == {"ny.pdf", "utan.txt"}
    assert sorted(map(str, told)) == ["('culled', 'a', {'erased': 1})", "('culled', 'a', {'erased': 2})"]
    for _ in range(2):
        assert len(night(firm)[1]) == 2
    after = firm.files()
    assert {path: before[path] for path in after} == after
    assert not (firm.root / ".gallra" / "ledger.sqlite").exists()


def test_a_rule_that_asks_makes_a_draft_and_tells_once_of_each_plan(firm: Company) -> None:
    firm.configure(rule("a", "Ans/**"))
    before = firm.files()
    assert night(firm)[1] == [("attention", "a", {"due": 3})]
    assert night(firm)[1] == [("attention", "a", {"due": 3})]
    firm.write("kunder/Ans/2013.pdf", pdf(date(2013, 1, 1), "x"))
    with firm.open() as work:
        work.scan()
    assert sorted(count["due"] for _, _, count in night(firm)[1]) == [3, 4]
    assert before.items() <= firm.files().items()


def test_what_is_above_a_ceiling_is_told_and_stays(firm: Company) -> None:
    config = firm.root / "gallra.toml"
    config.write_text(config.read_text("utf-8") + "\n[erase]\nmax_items_per_run = 1\n", encoding="utf-8")
    before = firm.files()
    done, told = night(firm)
    assert done.code == 4
    assert told == [("attention", "a", {"due": 2})]
    assert firm.files() == before


def test_a_rule_that_fails_keeps_no_other_from_its_work(firm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    firm.configure(rule("x", "Ans/**") + UNASKED)
    from scanner.agent.chores import culls
    from scanner.index.errors import NoIndex

    real = culls._asked

    def fails(*_: Any) -> NoReturn:
        raise NoIndex("there is no index yet")

    monkeypatch.setattr(culls, "_asked", fails)
    done, told = night(firm)
    assert (done.code, done.error) == (2, "x: there is no index yet")
    assert told == [("culled", "a", {"erased": 2})]
    assert real is not fails


def _before(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, after: bool = False, nth: int = 1) -> None:
    real: Callable[..., Any] = getattr(owner, name)
    seen = [0]

    def dies(*args: Any, **more: Any) -> Any:
        seen[0] += 1
        if seen[0] < nth:
            return real(*args, **more)
        if after:
            real(*args, **more)
        os._exit(9)

    monkeypatch.setattr(owner, name, dies)


@pytest.mark.parametrize(
    ("owner", "name", "after", "nth"),
    [
        (Workspace, "remember", False, 1),  # approved, nothing begun
        pytest.param(Journal, "intend", True, 1, marks=pytest.mark.prove),
        pytest.param(Folder, "remove", False, 2, marks=pytest.mark.prove),
        (Folder, "remove", True, 1),
        pytest.param(Journal, "answered", True, 2, marks=pytest.mark.prove),
        pytest.param(Journal, "done", True, 2, marks=pytest.mark.prove),
        pytest.param(Journal, "save", False, 1, marks=pytest.mark.prove),
        (Workspace, "rescan", False, 1),
        (Book, "note", False, 1),
    ],
)
def test_killed_at_any_point_the_next_night_ends_it(
    firm: Company, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, after: bool, nth: int
) -> None:
    child = os.fork()
    if child == 0:
        try:
            _before(monkeypatch, owner, name, after=after, nth=nth)
            night(firm)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    done, told = night(firm)
    assert done.code == 0, done.error
    assert left(firm) == {"2016.pdf", "ny.pdf", "utan.txt"} or left(firm) == {"ny.pdf", "utan.txt"}
    _, told = night(firm)
    assert left(firm) == {"ny.pdf", "utan.txt"}
    assert {(event, source) for event, source, _ in told} == {("culled", "a")}
    assert sum(counts["erased"] for _, _, counts in told) == 3
    with firm.open() as work:
        assert all(case.status == "verified" for case in cases_of(work, "a"))
        assert not any(work.journal.entries(case) for case in cases_of(work, "a"))
