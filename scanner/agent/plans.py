"""The jobs that there are, made from the configuration and the Book at each start; none of them is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from config.model import Config
from config.running import Schedule
from scanner.agent.book import Book
from scanner.agent.chores import AFTER_SCAN, NIGHTLY
from scanner.agent.due import Habit, Past, due
from scanner.agent.limits import Load, server_of
from scanner.agent.past import CHORE, SCAN, first_known, missed, past_of, took
from scanner.agent.quiet import after_quiet

_LONGEST_HOLD: Final = timedelta(hours=1)
MOST_PATHS: Final = 1000
"""Changed paths that one scan looks at; more of them, and the whole source is walked."""


@dataclass(slots=True)
class Asked:
    """What is asked for besides the clock: of a source, changed `paths`; None: all of it, or simply the chore.

    `at_once`: a person waits for it: neither quiet hours nor earlier failures put it off. `back`: the source may be
    there again, so that failures put it off no longer than one would.
    """

    paths: frozenset[str] | None = None
    at_once: bool = False
    back: bool = False

    def more(self, paths: frozenset[str] | None) -> None:
        """Ask for these too."""
        both = None if paths is None or self.paths is None else self.paths | paths
        self.paths = None if both is not None and len(both) > MOST_PATHS else both


@dataclass(slots=True)
class Plan:
    """One job and what is to come of it. `place` is its turn among those that are due at the same time.

    `hold`: not before then; where another process has its source, `run` is the number that it was begun under already
    and `busy` how often that was so. `waits`: since when it is due and not begun. `over`: done, where all is done once.
    """

    name: str
    place: int
    habit: Habit
    past: Past
    server: str | None = None
    since: datetime | None = None
    asked: Asked | None = None
    hold: datetime | None = None
    run: int | None = None
    busy: int = 0
    waits: datetime | None = None
    over: bool = False

    @property
    def source(self) -> str:
        """The source or backup that it scans; nothing for a chore."""
        return self.name.removeprefix(SCAN) if self.name.startswith(SCAN) else ""

    def due(self, now: datetime, zone: tzinfo | None = None) -> datetime | None:
        """When it is due, quiet hours aside, `now` at the earliest; None: nothing is planned."""
        at = due(self.habit, self.past, now, zone)
        if self.asked is not None:
            at = self._asked_for(self.asked, at, now)
        if at is None or self.hold is None or self.hold > now + _LONGEST_HOLD:  # the clock was put back since
            return at
        return max(at, self.hold)

    def _asked_for(self, asked: Asked, at: datetime | None, now: datetime) -> datetime | None:
        if asked.at_once or not self.past.failures or at is None:
            return now
        if asked.back:
            return min(at, due(self.habit, replace(self.past, failures=1), now) or now)
        return at

    def begins(self, now: datetime, zone: tzinfo | None = None) -> datetime | None:
        """When it may begin, `now` at the earliest; None: nothing is planned, or all the week is quiet."""
        at = self.due(now, zone)
        if at is None or (self.asked is not None and self.asked.at_once):
            return at
        return after_quiet(self.habit.schedule.quiet, at, zone)

    def paths(self, now: datetime, zone: tzinfo | None = None) -> frozenset[str] | None:
        """What a scan that begins now looks at: what changed, or all (None) where that is due by the clock too."""
        at = due(self.habit, self.past, now, zone)
        return None if self.asked is None or (at is not None and at <= now) else self.asked.paths

    def ask(self, paths: frozenset[str] | None = None, *, at_once: bool = False, back: bool = False) -> None:
        """Ask for it besides the clock, for these changed paths or (None) as a whole."""
        if self.asked is None:
            self.asked = Asked(frozenset())
        self.asked.more(paths)
        self.asked.at_once |= at_once
        self.asked.back |= back

    def load(self, paths: frozenset[str] | None, seconds: float = 0.0) -> Load:
        """What it asks of the machine."""
        failing = self.past.failures > 0
        return Load(self.server, not self.source, paths is not None, failing, seconds, took(self.past))

    def behind(self, book: Book) -> Past:
        """What is behind it by now."""
        return past_of(book, self.name, self.since)


@dataclass(slots=True)
class Plans:
    """All jobs of a configuration, by name."""

    all: dict[str, Plan] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config, book: Book, now: datetime, before: Mapping[str, Plan] | None = None) -> Plans:
        """The jobs that follow from the configuration; what was asked of one of the same name stays asked."""
        made = cls()
        usual = config.schedules
        for one in config.places:
            made._add(config, book, SCAN + one.name, one.schedule or usual.sources, server=server_of(one))
        since = first_known(book, now)
        for name in NIGHTLY:
            made._add(config, book, CHORE + name, usual.night, since=since, jitter=0.0)
        for name in AFTER_SCAN:
            plan = made.all.get(CHORE + name) or made._add(config, book, CHORE + name, Schedule(), jitter=0.0)
            plan.asked = Asked() if missed(book, name) else None
        for name, plan in made.all.items():
            old = (before or {}).get(name)
            if old is not None:
                plan.asked, plan.hold, plan.run, plan.busy = old.asked or plan.asked, old.hold, old.run, old.busy
        return made

    def _add(
        self,
        config: Config,
        book: Book,
        name: str,
        schedule: Schedule,
        *,
        server: str | None = None,
        since: datetime | None = None,
        jitter: float | None = None,
    ) -> Plan:
        usual = config.schedules
        habit = Habit(name, schedule, usual.jitter if jitter is None else jitter, usual.longest_wait)
        plan = Plan(name, len(self.all), habit, past_of(book, name, since), server, since)
        self.all[name] = plan
        return plan
