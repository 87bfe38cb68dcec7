from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.base import Locator, Outcome, Receipt, Version
from scanner.cases import CaseStore
from scanner.index.seal import Keys, Sealer
from scanner.journal import Phase, Result
from scanner.model import Case, State, Step

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEP = Step(Locator("kunder", "Åsa Ek.txt"), Version("1-2-3"), "aa", (1, 4))
RECEIPT = Receipt(STEP.locator, Outcome.RECOVERABLE, ("a dumpster",), date(2026, 9, 1))
RESULT = Result(State.FAILED, "why", date(2026, 9, 1), 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cases.sqlite"


def opened(path: Path) -> CaseStore:
    return CaseStore(path, Sealer(Keys.derive(b"k" * 32)))


def begun(path: Path) -> tuple[CaseStore, Case]:
    store = opened(path)
    return store, store.new([], NOW)


def test_what_is_intended_is_on_disk_at_once(path: Path) -> None:
    store, case = begun(path)
    store.journal.intend(case.number, STEP)
    (entry,) = opened(path).journal.pending(case)
    assert (entry.phase, entry.step, entry.receipt) == (Phase.INTENDED, STEP, None)


def test_receipt_and_result_come_back(path: Path) -> None:
    store, case = begun(path)
    entry = store.journal.answered(case.number, store.journal.intend(case.number, STEP), RECEIPT)
    (found,) = opened(path).journal.pending(case)
    assert (found.phase, found.receipt, found.result) == (Phase.ANSWERED, RECEIPT, None)
    store.journal.done(case.number, entry, RESULT)
    assert opened(path).journal.pending(case) == []
    (found,) = opened(path).journal.entries(case)
    assert (found.phase, found.receipt, found.result) == (Phase.DONE, RECEIPT, RESULT)


def test_the_journal_tells_no_names(path: Path) -> None:
    store, case = begun(path)
    store.journal.answered(case.number, store.journal.intend(case.number, STEP), RECEIPT)
    raw = path.read_bytes().lower()
    assert not any(word in raw for word in ("åsa".encode(), b"ek.txt", b"kunder", b"dumpster"))
    columns = sqlite3.connect(path).execute("SELECT number, phase FROM journal").fetchall()
    assert columns == [(case.number, "answered")]


def test_saving_the_case_ends_what_is_done_and_keeps_what_is_not(path: Path) -> None:
    store, case = begun(path)
    other = Step(Locator("kunder", "b"), Version("1"), "", (2,))
    store.journal.done(case.number, store.journal.intend(case.number, STEP), RESULT)
    store.journal.intend(case.number, other)
    case.status = "run"
    store.journal.save(case)
    again = opened(path)
    assert [entry.step for entry in again.journal.entries(case)] == [other]
    assert again.load(case.number).status == "run"


def test_a_step_that_is_done_at_the_second_try_leaves_nothing_of_the_first(path: Path) -> None:
    store, case = begun(path)
    store.journal.intend(case.number, STEP)
    store.journal.done(case.number, store.journal.intend(case.number, STEP), RESULT)
    store.journal.save(case)
    assert opened(path).journal.entries(case) == []
    assert sqlite3.connect(path).execute("SELECT count(*) FROM journal").fetchone() == (0,)


def test_cases_do_not_see_each_other(path: Path) -> None:
    store, case = begun(path)
    other = store.new([], NOW)
    store.journal.intend(case.number, STEP)
    assert store.journal.entries(other) == []
    store.journal.save(other)
    assert len(store.journal.entries(case)) == 1
