"""What a rule may not take unasked: what persons keep elsewhere by then, what nobody can see is kept, and too much."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.files.local import Folder
from scanner.agent.book import Book
from scanner.agent.chores import culls, resume
from scanner.agent.done import Done
from scanner.cull.cases import look
from scanner.ledger import Ledger
from scanner.model import State, Verdict
from scanner.workspace import Workspace
from tests.scanner.cull.culled_world import Company, pdf, rule, the_rule

UNASKED = rule("a", "Ans/**", more="unattended = true\nmax_items = 2")
YEARS = {"2014.pdf", "2015.pdf", "2016.pdf"}
Chore = Callable[[Workspace, Book, datetime], Done]


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.workspace.workers", lambda: 0)


@pytest.fixture
def firm(tmp_path: Path) -> Company:
    firm = Company(tmp_path, UNASKED)
    for year in (2014, 2015, 2016):
        firm.write(f"kunder/Ans/{year}.pdf", pdf(date(year, 5, 1), str(year)))
    with firm.scanned():
        pass
    return firm


def left(firm: Company) -> set[str]:
    return set(os.listdir(firm.root / "kunder/Ans"))


def tried(firm: Company, outcome: str, chore: Chore = culls.run, later: timedelta = timedelta()) -> Done:
    """One run as a job has it, which came to this outcome."""
    with firm.open() as work, Book(firm.root / "agent.sqlite") as book:
        now = datetime.now(UTC) + later
        number = book.begin("chore:culls", now)
        done = chore(work, book, now)
        book.end(number, datetime.now(UTC) + later, outcome, done)
        return done


def test_without_the_ledgers_key_nothing_goes_for_it_knows_what_persons_keep(firm: Company) -> None:
    with firm.open() as work:
        Ledger.open(work.config).close()
    (firm.root / "gallra-ledger.key").rename(firm.root / "away.key")
    assert tried(firm, "failed").code == 2
    assert left(firm) == YEARS
    (firm.root / "away.key").rename(firm.root / "gallra-ledger.key")
    assert tried(firm, "done").code == 0
    assert left(firm) == {"2016.pdf"}


def test_nothing_goes_while_a_case_cannot_be_read(firm: Company) -> None:
    """It may be the one that keeps it."""
    with firm.open() as work:
        other = work.cases.new([], datetime.now(UTC))
        work.cases.save(other)
        work.cases.db.execute("UPDATE cases SET sealed = x'00' WHERE number = ?", (other.number,))
    tried(firm, "done")
    assert left(firm) == YEARS
    with firm.open() as work:
        work.cases.db.execute("DELETE FROM cases WHERE number = ?", (other.number,))
    tried(firm, "done", later=timedelta(days=1))
    assert left(firm) == {"2016.pdf"}


@pytest.mark.parametrize("chore", [culls.run, resume.run], ids=["culls", "resume"])
def test_what_was_cut_off_and_is_kept_in_another_case_by_now_stays(
    firm: Company, monkeypatch: pytest.MonkeyPatch, chore: Chore
) -> None:
    """The agent goes on with its own run; what a person has decided meanwhile goes before what was planned."""
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(Folder, "remove", lambda *_: os._exit(9))
        try:
            tried(firm, "done")
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    firm.configure(UNASKED + rule("b", "Ans/**"))
    with firm.open() as work:
        case = look(work, the_rule(work, "b"), datetime.now(UTC)).case
        assert case is not None
        for one in case.findings:
            if one.locator.path != "Ans/2016.pdf":
                one.state, one.verdict = State.KEPT, Verdict.KEEP
        work.cases.save(case)
        work.journal.save(case)
    assert left(firm) == YEARS
    tried(firm, "done", chore)
    assert left(firm) == YEARS
    tried(firm, "done")
    tried(firm, "done")
    assert left(firm) == YEARS - {"2016.pdf"}, "and the rule is not stuck: what nobody keeps goes"


def test_a_try_that_failed_and_comes_again_takes_no_more_than_one_night(firm: Company) -> None:
    """One source is away: the chore fails, and is tried again and again, a minute later and then more."""
    (firm.root / "post").rename(firm.root / "away")
    for _ in range(3):
        assert tried(firm, "failed").code == 5
        assert left(firm) == {"2016.pdf"}
    tried(firm, "failed", later=timedelta(days=1))
    assert left(firm) == set()
