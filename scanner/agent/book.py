"""The agent's own record, `agent.sqlite` in the state folder: what ran when, what was told, how far from the policy.

No personal data: names of sources and rules, case numbers, days and counts. What is due is worked out from it anew at
each start; no job is stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import apsw

from scanner.agent.done import Done, Notice

FILE: Final = "agent.sqlite"
CUT_OFF: Final = "cut-off"
"""The outcome of a run whose process ended without a word."""

UNWRITABLE: Final = (
    apsw.FullError, apsw.ReadOnlyError, apsw.IOError, apsw.CantOpenError, apsw.BusyError, apsw.LockedError
)  # fmt: skip
"""What a full or broken disk, missing rights, or another's lock makes of a call: the same call may do well later."""

BROKEN: Final = (apsw.NotADBError, apsw.CorruptError)
DAMAGED: Final = (
    "the agent's record (agent.sqlite in the state folder) is damaged: stop the agent, move the file away and start it "
    "again. Nothing but its memory of when what ran and what was told is lost"
)
"""What is to be said of what is BROKEN."""

_PATIENCE_MS: Final = 10_000
_KEPT: Final = 200  # runs of one job that are remembered
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS run (
  id INTEGER PRIMARY KEY, job TEXT NOT NULL, begun TEXT NOT NULL, ended TEXT, outcome TEXT NOT NULL DEFAULT '',
  code INTEGER NOT NULL DEFAULT 0, counts TEXT NOT NULL DEFAULT '{}', error TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS run_job ON run (job, id);
CREATE TABLE IF NOT EXISTS notice (
  key TEXT PRIMARY KEY, noted TEXT NOT NULL, body TEXT NOT NULL, mailed TEXT, posted TEXT,
  tries INTEGER NOT NULL DEFAULT 0, next TEXT);
CREATE TABLE IF NOT EXISTS drift (
  rule TEXT NOT NULL, at TEXT NOT NULL, breaking INTEGER NOT NULL, undated INTEGER NOT NULL, looked INTEGER NOT NULL,
  PRIMARY KEY (rule, at)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job (`scan:kunder`, `chore:culls`). `ended` None: it runs, or its process died.

    `outcome` is "done", "incomplete", "failed", "stopped" (by us, on the way out) or CUT_OFF; `code` as of a command.
    """

    id: int
    job: str
    begun: datetime
    ended: datetime | None
    outcome: str
    code: int
    counts: Mapping[str, int]
    error: str


@dataclass(frozen=True, slots=True)
class Told:
    """A notice and how far it has come: `mailed` and `posted` None where it has not gone that way yet."""

    notice: Notice
    noted: datetime
    mailed: datetime | None
    posted: datetime | None
    tries: int
    next: datetime | None


@dataclass(frozen=True, slots=True)
class Drift:
    """What one look at a policy rule counted: items that break it, and that were looked at.

    `undated` are those of which it could not be told: no known day, or not read.
    """

    rule: str
    at: datetime
    breaking: int
    undated: int
    looked: int


class Book:
    """A context manager; several processes may have it open. Every call is one transaction."""

    def __init__(self, path: Path) -> None:
        self._db = apsw.Connection(str(path))
        self._db.set_busy_timeout(_PATIENCE_MS)
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(_TABLES)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def begin(self, job: str, now: datetime) -> int:
        """Note that a job runs from now; the number of the run. What of the same job had no end was cut off."""
        with self._transaction():
            self._cut("job = ?", (job,), now)
            self._db.execute("INSERT INTO run (job, begun) VALUES (?, ?)", (job, _text(now)))
            number = self._db.last_insert_rowid()
            newest = "SELECT id FROM run WHERE job = ?1 ORDER BY id DESC LIMIT ?2"
            self._db.execute(f"DELETE FROM run WHERE job = ?1 AND id NOT IN ({newest})", (job, _KEPT))  # noqa: S608 - ours
        return number

    def end(self, number: int, now: datetime, outcome: str, done: Done = Done()) -> None:  # noqa: B008 - frozen
        """Note how a run ended, and all that it has to tell, in one."""
        with self._transaction():
            row = (_text(now), outcome, done.code, json.dumps(dict(done.counts)), done.error, number)
            self._db.execute("UPDATE run SET ended = ?, outcome = ?, code = ?, counts = ?, error = ? WHERE id = ?", row)
            for one in done.notices:
                self._note(one, now)

    def cut_off(self, now: datetime) -> int:
        """At the start of the agent, while no job runs: every run without an end was cut off; how many there were."""
        with self._transaction():
            return self._cut("TRUE", (), now)

    def last(self, job: str) -> Run | None:
        """The newest run of a job, running or ended."""
        return next(iter(self.runs(job, 1)), None)

    def last_good(self, job: str) -> Run | None:
        """The newest run that came to its end ("done" or "incomplete")."""
        sql = "SELECT * FROM run WHERE job = ? AND outcome IN ('done', 'incomplete') ORDER BY id DESC LIMIT 1"
        return next((_run(row) for row in self._rows(sql, (job,))), None)

    def runs(self, job: str | None = None, most: int = 50) -> list[Run]:
        """The newest runs, of one job or of all, the newest first."""
        sql = "SELECT * FROM run WHERE ?1 IS NULL OR job = ?1 ORDER BY id DESC LIMIT ?2"
        return [_run(row) for row in self._rows(sql, (job, most))]

    def jobs(self) -> list[str]:
        """All jobs that ever ran, sorted."""
        return [row[0] for row in self._rows("SELECT DISTINCT job FROM run ORDER BY job", ())]

    def note(self, notice: Notice, now: datetime) -> bool:
        """Put a notice down to be told; False where its key was told, or put down, before."""
        with self._transaction():
            return self._note(notice, now)

    def forget(self, key: str) -> None:
        """Let what this key is about be told again, should it happen again."""
        with self._transaction():
            self._db.execute("DELETE FROM notice WHERE key = ?", (key,))

    def untold(self, now: datetime, *, mail: bool, webhook: bool) -> list[Told]:
        """Notices that have not gone every way that is asked for and may be tried now, the oldest first."""
        sql = (
            "SELECT * FROM notice WHERE ((?1 AND mailed IS NULL) OR (?2 AND posted IS NULL))"
            " AND (next IS NULL OR next <= ?3) ORDER BY noted, key"
        )
        return [_told(row) for row in self._rows(sql, (mail, webhook, _text(now)))]

    def notices(self, most: int = 50) -> list[Told]:
        """The newest notices, the newest first."""
        return [_told(row) for row in self._rows("SELECT * FROM notice ORDER BY noted DESC, key LIMIT ?", (most,))]

    def sent(self, told: Told) -> None:
        """Note how far a notice has come."""
        row = (_maybe(told.mailed), _maybe(told.posted), told.tries, _maybe(told.next), told.notice.key)
        with self._transaction():
            self._db.execute("UPDATE notice SET mailed = ?, posted = ?, tries = ?, next = ? WHERE key = ?", row)

    def drifted(self, looks: Sequence[Drift]) -> None:
        """Note what a look at the policy rules counted."""
        rows = [(one.rule, _text(one.at), one.breaking, one.undated, one.looked) for one in looks]
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO drift VALUES (?, ?, ?, ?, ?)", rows)

    def drift(self, rule: str, most: int = 100) -> list[Drift]:
        """The newest looks at a rule, the newest first."""
        sql = "SELECT * FROM drift WHERE rule = ? ORDER BY at DESC LIMIT ?"
        return [Drift(row[0], datetime.fromisoformat(row[1]), *row[2:]) for row in self._rows(sql, (rule, most))]

    def _cut(self, where: str, values: tuple[object, ...], now: datetime) -> int:
        sql = f"UPDATE run SET ended = ?, outcome = '{CUT_OFF}' WHERE ended IS NULL AND {where}"  # noqa: S608 - ours
        self._db.execute(sql, (_text(now), *values))
        return self._db.changes()

    def _note(self, notice: Notice, now: datetime) -> bool:
        body = asdict(replace(notice, counts=dict(notice.counts)))
        body["due"] = notice.due.isoformat() if notice.due else None
        sql = "INSERT OR IGNORE INTO notice (key, noted, body) VALUES (?, ?, ?)"
        self._db.execute(sql, (notice.key, _text(now), json.dumps(body)))
        return self._db.changes() == 1

    def _rows(self, sql: str, values: tuple[object, ...]) -> list[Any]:
        return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk has ended it already
                self._db.execute("ROLLBACK")
            raise


def _run(row: Any) -> Run:  # noqa: ANN401 - a row of SQLite's
    number, job, begun, ended, outcome, code, counts, error = row
    return Run(number, job, datetime.fromisoformat(begun), _moment(ended), outcome, code, json.loads(counts), error)


def _told(row: Any) -> Told:  # noqa: ANN401 - a row of SQLite's
    _, noted, body, mailed, posted, tries, following = row
    raw = json.loads(body)
    raw["due"] = date.fromisoformat(raw["due"]) if raw["due"] else None
    when = datetime.fromisoformat(noted)
    return Told(Notice(**raw), when, _moment(mailed), _moment(posted), tries, _moment(following))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _maybe(moment: datetime | None) -> str | None:
    return None if moment is None else _text(moment)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
