"""Cases on disk: one SQLite file in which each case is one sealed blob; only number, dates and status are plain."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Protocol

from scanner.case_json import dump_case, load_case
from scanner.case_lock import case_lock
from scanner.durable import DurableFile
from scanner.journal import Journal
from scanner.model import Case, SubjectId
from scanner.refusal import Refusal

DRAFT_DAYS = 30  # a draft that nobody touched for so long is deleted
CLOSED = "closed"  # the status of a case of which only the line is left

_NUMBER = re.compile(r"(?:([0-9]{4})-)?0*([0-9]{1,9})", re.ASCII)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS cases(
    number TEXT PRIMARY KEY, created TEXT NOT NULL, touched TEXT NOT NULL, status TEXT NOT NULL, sealed BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS counters(year INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
"""


class Seals(Protocol):
    """What seals a case: authenticated encryption bound to a context."""

    def seal(self, data: bytes, context: bytes) -> bytes:
        """The sealed bytes."""

    def open(self, data: bytes, context: bytes) -> bytes:
        """The bytes that were sealed under the same context; raises on anything else."""


class CaseError(Refusal):
    """A case cannot be given. `exit_code` is the documented one."""

    exit_code: ClassVar[int] = 2


class UnknownCase(CaseError):
    """No case has this number."""


class CaseUnreadable(CaseError):
    """The case is there but the key does not open it."""


class CaseClosed(CaseError):
    """The case was closed, and what it held is gone."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class CaseLine:
    """What may be read of a case without the key."""

    number: str
    created: datetime
    touched: datetime
    status: str


class CaseStore(DurableFile):
    """The cases of one workspace."""

    def __init__(self, path: Path, sealer: Seals, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Open or make the file."""
        super().__init__(path)
        self.sealer = sealer
        self._clock = clock
        with self.transaction():
            self.db.execute(_SCHEMA)

    @cached_property
    def journal(self) -> Journal:
        """The journal in the same file."""
        return Journal(self)

    def new(self, subject: Sequence[SubjectId], now: datetime) -> Case:
        """Open a draft under the next number of the year. A number is never used twice."""
        with self.transaction():
            ((last,),) = self.db.execute(
                "INSERT INTO counters(year, last) VALUES(?, 1)"
                " ON CONFLICT(year) DO UPDATE SET last = last + 1 RETURNING last",
                (now.year,),
            ).fetchall()
            case = Case(f"{now.year}-{last:04d}", now, list(subject))
            self._write(case, now)
        return case

    def save(self, case: Case) -> None:
        """Write the case as it is now."""
        with self.transaction():
            self.write(case)

    def write(self, case: Case) -> None:
        """Like `save`, inside a transaction of the caller's."""
        self._write(case, self._clock())

    def load(self, number: str) -> Case:
        """The case with this number; "1" is taken for the current year. Raises UnknownCase, CaseUnreadable."""
        full = self.number(number)
        row = self.db.execute("SELECT sealed, status, touched FROM cases WHERE number = ?", (full,)).fetchone()
        if row is None:
            raise UnknownCase(self._unknown())
        if row[1] == CLOSED:
            day = str(row[2])[:10]
            raise CaseClosed(
                f"case {full} was closed on {day}: what it held is gone, and its certificate speaks for it"
            )
        try:
            return load_case(self.sealer.open(bytes(row[0]), _context(full)))
        except Exception as error:
            raise CaseUnreadable(
                f"case {full} cannot be opened: it was sealed with another key, or is damaged"
            ) from error

    def number(self, text: str) -> str:
        """The full number of what somebody typed. Raises UnknownCase where it cannot be one."""
        match = _NUMBER.fullmatch(text.strip())
        if not match:
            raise UnknownCase(self._unknown())
        year, sequence = match.groups()
        return f"{year or self._clock().year}-{int(sequence):04d}"

    def list(self) -> list[CaseLine]:
        """All cases, oldest first."""
        rows = self.db.execute("SELECT number, created, touched, status FROM cases ORDER BY created, number")
        return [
            CaseLine(number, datetime.fromisoformat(created), datetime.fromisoformat(touched), status)
            for number, created, touched, status in rows
        ]

    def opened(self, but: str = "") -> Iterator[Case | CaseUnreadable]:
        """Every open case besides `but`, the oldest first, to be looked at only; of one that cannot be read, why.

        One that is closed or leaves meanwhile is open no more.
        """
        for line in self.list():
            if line.number != but and line.status != CLOSED:
                with suppress(UnknownCase, CaseClosed):
                    try:
                        yield self.load(line.number)
                    except CaseUnreadable as error:
                        yield error

    def expire(self, now: datetime) -> Sequence[str]:
        """Delete drafts that nobody touched for 30 days, overwriting them, and tell their numbers."""
        limit = now - timedelta(days=DRAFT_DAYS)
        old = [line.number for line in self.list() if line.status == "draft" and line.touched < limit]
        for number in old:
            self.delete(number)
        return old

    def delete(self, number: str) -> None:
        """Take a case out of the file; its pages are overwritten."""
        with self.transaction():
            self.db.execute("DELETE FROM cases WHERE number = ?", (number,))

    def shut(self, number: str, now: datetime, reason: str | None = None) -> None:
        """Take what a case holds, and its journal, out of the file, and rewrite every page; one plain line stays.

        `reason`: why a case was closed that was not complete; kept sealed.
        """
        assert self.journal  # makes the table, where nothing was ever erased
        sealed = self.sealer.seal(reason.encode("utf-8"), b"closed " + number.encode("ascii")) if reason else b""
        with self.transaction():
            self.db.execute("DELETE FROM journal WHERE number = ?", (number,))
            self.db.execute(
                "UPDATE cases SET sealed = ?, status = ?, touched = ? WHERE number = ?",
                (sealed, CLOSED, now.isoformat(), number),
            )
        self.db.execute("VACUUM")

    def lock(self, number: str) -> AbstractContextManager[None]:
        """Hold the case against other processes. Raises CaseBusy at once where another holds it."""
        return case_lock(self.path.parent, self.number(number))

    def _write(self, case: Case, now: datetime) -> None:
        sealed = self.sealer.seal(dump_case(case), _context(case.number))
        self.db.execute(
            "INSERT INTO cases(number, created, touched, status, sealed) VALUES(?, ?, ?, ?, ?)"
            " ON CONFLICT(number) DO UPDATE SET touched = excluded.touched, status = excluded.status,"
            " sealed = excluded.sealed",
            (case.number, case.created.isoformat(), now.isoformat(), case.status, sealed),
        )

    def _unknown(self) -> str:
        known = [line.number for line in self.list()]
        if not known:
            return "there is no such case, and no other either: gallra find PERSON opens one"
        return f"there is no such case; the cases are: {', '.join(known[-20:])}"


def _context(number: str) -> bytes:
    return b"case " + number.encode("ascii")
