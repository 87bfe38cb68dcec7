"""A task's number is its own for good, and what is overdue is told without opening a case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from scanner.cases import CaseStore
from scanner.hands.book import TaskBook
from scanner.index.seal import Keys, Sealer
from scanner.model import Case, State
from scanner.tasks import Askable, tasks_of
from tests.scanner.hands.people import HANDS, NOW, PAPER, PROCESSOR, PROVIDER, finding

ASK = Askable({one.name: one.owner for one in HANDS}, {one.name: one for one in HANDS})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    with CaseStore(tmp_path / "cases.sqlite", Sealer(Keys.derive(bytes(32))), lambda: NOW) as store:
        yield store


def waiting(store: CaseStore, *names: str) -> Case:
    made = store.new([], NOW)
    made.findings = [
        finding(number, "", source=name, state=State.TASK, since=NOW) for number, name in enumerate(names, start=1)
    ]
    store.save(made)
    return made


def numbers(book: TaskBook, case: Case) -> dict[str, int]:
    return {one.source: one.number for one in book.keep(case.number, tasks_of(case, ASK, NOW))}


def test_a_number_never_means_another_task(store: CaseStore) -> None:
    book = TaskBook(store)
    first, second = waiting(store, PAPER.name, PROCESSOR.name), waiting(store, PAPER.name)
    assert numbers(book, first) == {PROCESSOR.name: 1, PAPER.name: 2}
    assert numbers(book, second) == {PAPER.name: 3}
    first.findings[1].state = State.ERASED
    assert numbers(book, first) == {PAPER.name: 2}
    line = book.line(1)
    assert line is not None
    assert (line.case, line.finding, line.open) == (first.number, 2, False)
    third = waiting(store, PROVIDER.name)
    assert numbers(book, third) == {PROVIDER.name: 4}
    store.delete(third.number)
    assert numbers(book, waiting(store, PAPER.name)) == {PAPER.name: 5}
    first.findings[1].state = State.TASK
    assert numbers(book, first) == {PROCESSOR.name: 1, PAPER.name: 2}
    assert book.line(9) is None


def test_a_task_of_several_findings_keeps_its_number_when_one_of_them_closes(store: CaseStore) -> None:
    book = TaskBook(store)
    phone = waiting(store, "evas", "evas", "evas")
    assert numbers(book, phone) == {"evas": 1}
    phone.findings[2].state = State.ABSENT
    assert numbers(book, phone) == {"evas": 1}


def test_overdue_is_counted_from_what_is_noted(store: CaseStore) -> None:
    book = TaskBook(store)
    assert book.overdue(date(2030, 1, 1)) is None
    case = waiting(store, PAPER.name, PROCESSOR.name)
    numbers(book, case)
    due = NOW.astimezone().date() + timedelta(days=30)
    assert book.overdue(due) is None, "the last day is a day"
    over = book.overdue(due + timedelta(days=1))
    assert over is not None
    assert (over.count, over.since) == (2, due)
    case.findings[0].state = State.ERASED
    numbers(book, case)
    after = book.overdue(due + timedelta(days=1))
    assert after is not None
    assert after.count == 1
    store.shut(case.number, NOW)
    assert book.overdue(due + timedelta(days=1)) is None, "a closed case waits for nobody"


def test_what_is_noted_of_a_letter_stays_with_its_task(store: CaseStore) -> None:
    book = TaskBook(store)
    case = waiting(store, PROCESSOR.name)
    numbers(book, case)
    day = date(2026, 3, 3)
    book.note_written(1, day)
    book.note_sent(1, day)
    book.note_reminded(1, day)
    (task,) = book.keep(case.number, tasks_of(case, ASK, NOW))
    assert (task.written, task.sent) == (day, day)
    book.note_sent(1, None)
    line = book.line(1)
    assert line is not None
    assert (line.written, line.sent, line.reminded) == (day, None, day)
    case.findings[0].state = State.ABSENT
    numbers(book, case)
    closed = book.line(1)
    assert closed is not None
    assert not closed.open


def test_the_plain_file_has_no_name_of_a_place(store: CaseStore) -> None:
    numbers(TaskBook(store), waiting(store, PAPER.name, PROCESSOR.name))
    data = store.path.read_bytes()
    assert b"2026-0001" in data
    for one in HANDS:
        assert one.name.encode() not in data
        assert (one.owner.encode() or b"\0absent") not in data
