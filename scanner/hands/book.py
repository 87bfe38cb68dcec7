"""The numbers and days of tasks, beside the sealed cases: a number means one task, and is never given to another.

Here stand case numbers, numbers of findings and days, and nothing about a person, so that what is overdue can be told
without opening any case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from scanner.cases import CLOSED, CaseStore
from scanner.tasks import Task

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS tasks(
    number INTEGER PRIMARY KEY AUTOINCREMENT, case_number TEXT NOT NULL, finding INTEGER NOT NULL, due TEXT NOT NULL,
    open INTEGER NOT NULL, written TEXT, sent TEXT, objects INTEGER, reminded TEXT,
    UNIQUE (case_number, finding)) STRICT;
"""
_FIELDS: Final = "number, case_number, finding, open, written, sent, objects, reminded"


@dataclass(frozen=True, slots=True)
class Line:
    """What is noted of a task: when its letter was written last, and sent, and when somebody was reminded.

    `objects`: how many that letter lists; None where none was made.
    """

    number: int
    case: str
    finding: int
    open: bool
    written: date | None
    sent: date | None
    objects: int | None
    reminded: date | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many tasks are over their day, and the first such day."""

    count: int
    since: date


class TaskBook:
    """The tasks of one file of cases."""

    def __init__(self, store: CaseStore) -> None:
        self._store = store

    def keep(self, case: str, tasks: Iterable[Task]) -> list[Task]:
        """Note which tasks of a case are open now, all of them; the same with their numbers and what is noted."""
        tasks = list(tasks)
        if not tasks and not self._lines("WHERE case_number = ? AND open", case):
            return []  # nothing to write
        numbered: list[Task] = []
        with self._store.transaction():
            self._store.db.execute(_SCHEMA)
            known = {one.finding: one for one in self._lines("WHERE case_number = ?", case)}
            self._store.db.execute("UPDATE tasks SET open = 0 WHERE case_number = ? AND open", (case,))
            for task in tasks:
                line = self._line(task, [known[one] for one in task.findings if one in known])
                numbered.append(replace(task, number=line.number, written=line.written, sent=line.sent))
        return numbered

    def line(self, number: int) -> Line | None:
        """What is noted under a number; None where it was never given."""
        return next(iter(self._lines("WHERE number = ?", number)), None)

    def overdue(self, today: date) -> Overdue | None:
        """The open tasks whose day has passed; None where there are none. A case that is gone has none."""
        sql = (
            "SELECT count(*), min(due) FROM tasks JOIN cases ON cases.number = case_number"
            " WHERE open AND due < ? AND status <> ?"
        )
        if not self._is_there():
            return None
        ((count, first),) = self._store.db.execute(sql, (today.isoformat(), CLOSED)).fetchall()
        return Overdue(int(count), date.fromisoformat(str(first))) if count else None

    def note_written(self, number: int, day: date) -> None:
        """A letter was made for somebody to hand over."""
        self._note("UPDATE tasks SET written = ? WHERE number = ?", day, number)

    def note_objects(self, number: int, count: int) -> None:
        """How many objects the letter lists that was written or sent."""
        with self._store.transaction():
            self._store.db.execute("UPDATE tasks SET objects = ? WHERE number = ?", (count, number))

    def note_sent(self, number: int, day: date | None) -> None:
        """A letter was sent, or (None) was not after all."""
        self._note("UPDATE tasks SET sent = ? WHERE number = ?", day, number)

    def note_reminded(self, number: int, day: date | None) -> None:
        """Somebody was reminded, or (None) was not after all."""
        self._note("UPDATE tasks SET reminded = ? WHERE number = ?", day, number)

    def _is_there(self) -> bool:
        """True where a task was ever noted: looking changes nothing."""
        sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'tasks'"
        return self._store.db.execute(sql).get is not None

    def _note(self, sql: str, day: date | None, number: int) -> None:
        with self._store.transaction():
            self._store.db.execute(sql, (day.isoformat() if day else None, number))

    def _line(self, task: Task, known: list[Line]) -> Line:
        """The line of a task, made or opened; the oldest one where its findings had several."""
        finding = min(known, key=lambda one: one.number).finding if known else task.findings[0]
        sql = (  # no upsert: that would use up a number each time
            "UPDATE tasks SET due = ?1, open = 1 WHERE case_number = ?2 AND finding = ?3"
            if known
            else "INSERT INTO tasks(due, case_number, finding, open) VALUES (?1, ?2, ?3, 1)"
        )
        self._store.db.execute(sql, (task.due.isoformat(), task.case, finding))
        (line,) = self._lines("WHERE case_number = ? AND finding = ?", task.case, finding)
        return line

    def _lines(self, where: str, *values: Any) -> list[Line]:  # noqa: ANN401 - what SQLite takes
        if not self._is_there():
            return []
        rows = self._store.db.execute(f"SELECT {_FIELDS} FROM tasks {where}", values).fetchall()  # noqa: S608 - constants
        return [_of_row(row) for row in rows]


def _of_row(row: Any) -> Line:  # noqa: ANN401 - as SQLite gives it
    number, case, finding, is_open, written, sent, objects, reminded = row
    return Line(number, case, finding, bool(is_open), _day(written), _day(sent), objects, _day(reminded))


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None
