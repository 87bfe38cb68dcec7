"""How the agent is, what it did and will do: what `gallra status` and the health endpoint tell.

Made from the agent's record (`Book`), the configuration and, while the agent runs, what only it knows (`Live`). No
personal data: names of sources, rules and jobs, case numbers, days and counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from config.model import Config, Source
from config.running import Schedule
from scanner.agent.book import CUT_OFF, Book, Drift, Run, Told
from scanner.agent.book import FILE as BOOK
from scanner.agent.chores import AFTER_SCAN, NIGHTLY
from scanner.agent.due import Habit, due
from scanner.agent.live import FAILING, IDLE, LOST, RUNNING, Live, LiveJob, holder, read_live, write_live
from scanner.agent.live import FILE as LIVE
from scanner.agent.past import CHORE, FAILED, SCAN, first_known, past_of

__all__ = [
    "LIVE",
    "NEVER",
    "Held",
    "Job",
    "Live",
    "LiveJob",
    "Snapshot",
    "now_of",
    "read_live",
    "take",
    "write_live",
]

NEVER: Final = "never"
"""It has not come to an end yet, and does not run."""

_LATE: Final = timedelta(minutes=10)  # after its time at which an idle job counts as forgotten
_SILENT: Final = timedelta(minutes=2)  # after which an agent that has noted nothing is stuck; it does twice a minute
_SETTLED: Final = timedelta(minutes=5)  # after the configuration was read, until which watching may still begin
_NEWEST: Final = 20  # notices that are told
_ALWAYS: Final = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
_UNREACHABLE: Final = 5


@dataclass(frozen=True, slots=True)
class Held:
    """What the index holds of a source, and when it was walked last, by whomever; None: never to its end."""

    items: int
    gaps: int
    scanned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One source, backup or chore.

    `state` is one of `live.STATES` or NEVER, `since` when that began, as far as it is known. `last` is its newest run
    that has ended, `good` the newest that came to its end (of a scan: one that walked all). `next`: when it is begun
    next; None: not by the clock. `failures` are those in a row, `error` what the last of them said. `watch` as of
    `LiveJob`. `kind`: of the source; "" for a chore. `held` None: the index was not looked at.
    """

    name: str
    job: str
    state: str
    since: datetime | None = None
    last: Run | None = None
    good: Run | None = None
    next: datetime | None = None
    failures: int = 0
    error: str = ""
    watch: str = ""
    kind: str = ""
    backup: bool = False
    held: Held | None = None

    @property
    def fails(self) -> bool:
        """True where its last try failed, though the next one may have begun."""
        return self.state == FAILING or self.failures > 0

    @property
    def unreachable(self) -> bool:
        """True where it fails since what it needs cannot be reached."""
        return self.fails and self.last is not None and self.last.code == _UNREACHABLE

    @property
    def unwatched(self) -> bool:
        """True where it should be watched and is not for now."""
        return self.watch.partition(":")[0] == LOST

    def is_late(self, now: datetime) -> bool:
        """True where its time has passed and nobody began it."""
        return self.state in (IDLE, NEVER) and self.next is not None and self.next < now - _LATE


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The agent at one moment. `pid` None: it does not run; 0: it does, and does not say as what.

    `live` is None where it does not run, or has not told anything yet. `ways`: how notices are sent; `untold`: how many
    wait for that.
    """

    at: datetime
    pid: int | None
    live: Live | None
    sources: tuple[Job, ...] = ()
    chores: tuple[Job, ...] = ()
    ways: tuple[str, ...] = ()
    untold: int = 0
    notices: tuple[Told, ...] = ()
    drift: tuple[Drift, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Sources, backups and chores."""
        return (*self.sources, *self.chores)

    @property
    def code(self) -> int:
        """0: all is well; 5: a source cannot be reached; 3: something else is to be seen to."""
        if any(one.unreachable for one in self.jobs):
            return _UNREACHABLE
        return 3 if self.problems else 0


def now_of(config: Config, now: datetime, held: Mapping[str, Held] | None = None) -> Snapshot:
    """The snapshot as another process than the agent sees it. `held`: what the index holds of each source."""
    pid = holder(config.agent.state)
    live = read_live(config.agent.state / LIVE) if pid is not None else None
    return take(config, now, live if live is not None and live.pid == pid else None, pid=pid, held=held)


def take(
    config: Config,
    now: datetime,
    live: Live | None,
    *,
    pid: int | None = None,
    held: Mapping[str, Held] | None = None,
) -> Snapshot:
    """The snapshot at this moment; within the agent, with what it knows of itself."""
    path = config.agent.state / BOOK
    pid = live.pid if live is not None else pid
    if not path.exists():
        return _made(config, now, live, pid, _Looked(), held or {})
    with closing(Book(path)) as book:
        return _made(config, now, live, pid, _look(config, book, now), held or {})


@dataclass(frozen=True, slots=True)
class _Looked:
    """What the Book says."""

    runs: Mapping[str, list[Run]] = field(default_factory=dict)
    next: Mapping[str, datetime | None] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    good: Mapping[str, Run | None] = field(default_factory=dict)
    ways: tuple[str, ...] = ()
    untold: int = 0
    notices: tuple[Told, ...] = ()
    drift: tuple[Drift, ...] = ()


def _look(config: Config, book: Book, now: datetime) -> _Looked:
    since = first_known(book, now)
    runs: dict[str, list[Run]] = {}
    following: dict[str, datetime | None] = {}
    failures: dict[str, int] = {}
    good: dict[str, Run | None] = {}
    for job, schedule in _jobs(config):
        past = past_of(book, job, since if job.startswith(CHORE) else None)
        habit = Habit(job, schedule, config.schedules.jitter, config.schedules.longest_wait)
        runs[job] = book.runs(job)
        following[job], failures[job] = due(habit, past, now), past.failures
        good[job] = next((run for run in runs[job] if run.begun == past.begun), None) or book.last_good(job)
    mail, hook = bool(config.notify.mail) and config.smtp is not None, bool(config.notify.webhook)
    untold = [one for one in book.untold(_ALWAYS, mail=mail, webhook=hook) if one.notice.event in config.notify.events]
    newest = untold[-_NEWEST:][::-1] if mail or hook else book.notices(_NEWEST)
    drift = [look for rule in config.policies for look in book.drift(rule.name, 1)]
    ways = ("mail",) * mail + ("webhook",) * hook
    return _Looked(runs, following, failures, good, ways, len(untold), tuple(newest), tuple(drift))


def _jobs(config: Config) -> Iterator[tuple[str, Schedule]]:
    for source in config.places:
        yield SCAN + source.name, source.schedule or config.schedules.sources
    yield from ((CHORE + name, Schedule()) for name in AFTER_SCAN)
    yield from ((CHORE + name, config.schedules.night) for name in NIGHTLY)


def _made(
    config: Config, now: datetime, live: Live | None, pid: int | None, looked: _Looked, held: Mapping[str, Held]
) -> Snapshot:
    sources = tuple(_source(one, live, looked, held, running=pid is not None) for one in config.places)
    chores = tuple(
        _job(name, CHORE + name, live, looked, running=pid is not None)
        for name in dict.fromkeys([*AFTER_SCAN, *NIGHTLY])
    )
    return Snapshot(
        now, pid, live, sources, chores, looked.ways, looked.untold, looked.notices, looked.drift,
        tuple(_problems(config, now, live, pid, (*sources, *chores), looked)),
    )  # fmt: skip


def _source(source: Source, live: Live | None, looked: _Looked, held: Mapping[str, Held], *, running: bool) -> Job:
    more = {"kind": source.kind, "backup": source.backup, "held": held.get(source.name)}
    return _job(source.name, SCAN + source.name, live, looked, running=running, **more)


def _job(name: str, job: str, live: Live | None, looked: _Looked, *, running: bool, **more: Any) -> Job:  # noqa: ANN401
    runs = looked.runs.get(job, [])
    last = next((run for run in runs if run.ended is not None), None)
    good = looked.good.get(job)
    known = live.jobs.get(job) if live is not None else None
    told = known or LiveJob(next=looked.next.get(job), failures=looked.failures.get(job, 0))
    state = told.state
    if known is None and running and runs and runs[0].ended is None:
        state = RUNNING
    elif known is None and last is not None and last.outcome in (FAILED, CUT_OFF):
        state = FAILING
    held = more.get("held")
    if state == IDLE and good is None and (held is None or held.scanned_at is None):
        state = NEVER
    return Job(
        name, job, state, _since(state, runs) or told.since, last, good, told.next, told.failures,
        last.error if last is not None and (state == FAILING or told.failures) else "", told.watch, **more,
    )  # fmt: skip


def _since(state: str, runs: Sequence[Run]) -> datetime | None:
    """When a row of failures began, or what runs now."""
    if state == RUNNING and runs and runs[0].ended is None:
        return runs[0].begun
    if state != FAILING:
        return None
    ended = [run for run in runs if run.ended is not None]
    row = [run for run in ended[: _streak(ended)] if run.outcome in (FAILED, CUT_OFF)]
    return row[-1].ended if row else None


def _streak(ended: Sequence[Run]) -> int:
    """How many of the newest runs did not come to their end."""
    return next((n for n, run in enumerate(ended) if run.outcome in ("done", "incomplete")), len(ended))


def _problems(
    config: Config, now: datetime, live: Live | None, pid: int | None, jobs: Iterable[Job], looked: _Looked
) -> Iterator[str]:
    """What somebody must see to, a sentence each."""
    if pid is None and any(schedule.every or schedule.cron for _, schedule in _jobs(config)):
        yield "the agent does not run: start it with gallra run"
    if live is not None and live.refused is not None:
        yield (
            "the configuration was refused when it was read again, and the old one goes on: gallra check tells why; "
            f"when it is mended, have it read again: kill -HUP {live.pid}"
        )
    if live is not None and now - live.written > _SILENT:
        yield (
            f"the agent has noted nothing for {_minutes(now, live.written)} minutes: "
            "is the disk of the state folder full or read-only?"
        )
    for one in jobs:
        if one.fails:
            again = f" {one.failures} times in a row" if one.failures > 1 else ""
            yield f"{one.name} failed{again}" + (f": {one.error}" if one.error else "")
        elif pid is not None and one.is_late(now):
            yield f"{one.name} was due {_minutes(now, one.next)} minutes ago and has not begun"
        if one.unwatched and live is not None and now - live.config_read > _SETTLED:
            why = one.watch.partition(": ")[2]
            yield (
                f"{one.name} is not watched for now"
                + (f" ({why})" if why else "")
                + ": its next scan finds what changes"
            )
    if looked.untold and any(one.tries for one in looked.notices):
        yield f"{looked.untold} notice{'s' * (looked.untold != 1)} could not be sent yet"


def _minutes(now: datetime, then: datetime | None) -> int:
    return int((now - then).total_seconds() // 60) if then is not None else 0
