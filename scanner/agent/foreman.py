"""Begins the jobs that are due, as far as the limits let it, and takes in how they ended. In one thread; no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final, Protocol

from config.model import Config
from scanner.agent.book import UNWRITABLE, Book, Run
from scanner.agent.chores import AFTER_SCAN, NIGHTLY
from scanner.agent.done import Done
from scanner.agent.limits import Load, fits
from scanner.agent.order import BUSY, Order
from scanner.agent.past import CHORE, FAILED, SCAN, STOPPED, changed, took
from scanner.agent.plans import Plan, Plans
from scanner.agent.process import Ended
from scanner.agent.troubles import tell_troubles

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger

_BUSY_WAIT: Final = 2.0  # seconds until a source that another process has is asked for again, and twice as many then
_LONGEST_BUSY_WAIT: Final = 30.0
_YIELDS: Final = timedelta(minutes=10)
_REST: Final = 4.0  # times as long as it took rests a chore that follows scans, where they follow close upon each other
_LONGEST_REST: Final = 600.0
_AFTER_SCAN: Final = tuple(CHORE + name for name in AFTER_SCAN)
_NIGHTLY: Final = tuple(CHORE + name for name in NIGHTLY)


class Process(Protocol):
    """What is asked of `scanner.agent.process.JobProcess`."""

    def stop(self) -> None:
        """Ask it to end in order."""

    def kill(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class Running:
    """A job that runs; `paths` as it was ordered, `load` as it was when it began."""

    process: Process
    run: int
    begun: datetime
    paths: frozenset[str] | None
    load: Load

    def now(self, now: datetime) -> Load:
        """What it asks of the machine by now."""
        return replace(self.load, seconds=(now - self.begun).total_seconds())


class Foreman:
    """Has all plans, and what runs. How a process that `begin` started ends must be told to `ended`."""

    def __init__(
        self,
        config: Config,
        book: Book,
        log: BoundLogger,
        begin: Callable[[Order], Process],
        now: datetime,
        zone: tzinfo | None = None,
    ) -> None:
        self.config, self.log = config, log
        self.zone = zone
        self.running: dict[str, Running] = {}
        self.stopping = False
        self.codes: list[int] = []
        self._book, self._begin = book, begin
        self._once = False
        self.plans: Mapping[str, Plan] = Plans.of(config, book, now).all

    def reload(self, config: Config, log: BoundLogger, now: datetime) -> None:
        """Go by another configuration. What runs goes on."""
        before = self.plans
        self.config, self.log = config, log
        self.plans = Plans.of(config, self._book, now, before).all
        for name, plan in before.items():
            if plan.run is not None and name not in self.plans:
                self._book.end(plan.run, now, STOPPED)

    def only_once(self, now: datetime, *, night: bool) -> None:
        """Do each scan that is due now once, what follows from it, and with `night` the chores of the night; no more.

        What failed lately is due too. Chores wait for the scans.
        """
        self._once = True
        for plan in self.plans.values():
            at = plan.begins(now, self.zone)
            due = at is not None and (at <= now or plan.past.failures > 0)
            wanted = due if plan.source else plan.asked is not None or (night and plan.name in _NIGHTLY)
            plan.over = not wanted and plan.name not in _AFTER_SCAN
            if wanted:
                plan.ask(at_once=True)

    def changed(self, source: str, paths: frozenset[str] | None) -> None:
        """Something changed in a source: these paths, or nobody knows what (None)."""
        plan = self.plans.get(SCAN + source)
        if plan is not None:
            plan.ask(paths, back=paths is None)

    def consider(self, now: datetime) -> dict[str, datetime]:
        """Begin what is due and fits. Gives when each of those that are not due is to be looked at again."""
        later: dict[str, datetime] = {}
        ready: list[Plan] = []
        for plan in self.plans.values():
            idle = plan.name not in self.running and not (plan.over or (self._once and plan.asked is None))
            at = plan.begins(now, self.zone) if idle else None
            if at is not None and at <= now:
                plan.waits = plan.waits or now
                ready.append(plan)
                continue
            plan.waits = None
            if at is not None:
                later[plan.name] = at
        for plan in [] if self.stopping else sorted(ready, key=_turn):
            paths = plan.paths(now, self.zone)
            if self._fits(plan.load(paths), now):
                self._start(plan, paths, now)
        return later

    def ended(self, ended: Ended, now: datetime) -> None:
        """A job's process is gone. Raises UNWRITABLE where that cannot be noted: it counts as running: tell again."""
        running = self.running.get(ended.job)
        if running is None:
            return
        try:
            if ended.answer is not None and ended.answer.outcome == BUSY:
                self._busy(ended.job, running, now)
            else:
                self._settle(ended.job, running, self._noted(ended, now), now)
        except UNWRITABLE:
            raise
        except BaseException:
            self.running.pop(ended.job, None)
            raise
        self.running.pop(ended.job, None)

    def stop(self) -> None:
        """Begin nothing more, and ask all that runs to end."""
        self.stopping = True
        for one in self.running.values():
            one.process.stop()

    def kill(self) -> None:
        """End what still runs, hard. It is as if the machine had gone down: journals and Book know how to go on."""
        for one in self.running.values():
            one.process.kill()

    @property
    def is_done(self) -> bool:
        """True where all that was to be done once is done."""
        return not self.running and not any(plan.asked and not plan.over for plan in self.plans.values())

    def _fits(self, load: Load, now: datetime) -> bool:
        others = [one.now(now) for one in self.running.values()]
        if self._once and load.chore and (self._scans_wait() or not all(one.chore for one in others)):
            return False
        return fits(load, others, self.config.schedules.at_once, self.config.schedules.per_server)

    def _scans_wait(self) -> bool:
        return any(plan.source and plan.asked and not plan.over for plan in self.plans.values())

    def _start(self, plan: Plan, paths: frozenset[str] | None, now: datetime) -> None:
        run = plan.run if plan.run is not None else self._book.begin(plan.name, now)
        ordered = paths if plan.source else None
        load = plan.load(ordered)
        plan.run, again = run, plan.busy > 0
        try:
            process = self._begin(Order(self.config.path, plan.name, run, ordered, settings=self.config))
        except OSError as error:
            self.log.exception("job cannot be started", job=plan.name, run=run, fault=error)
            self._book.end(run, now, FAILED, Done(1, error="its process could not be started"))
            process = None
        plan.asked = plan.hold = plan.waits = plan.run = None
        if process is None:
            self._settle(plan.name, Running(_NoProcess(), run, now, ordered, load), self._run(plan.name, run), now)
            return
        self.running[plan.name] = Running(process, run, now, ordered, load)
        if not again:
            self.log.info("job begun", job=plan.name, run=run, paths=None if ordered is None else len(ordered))

    def _busy(self, job: str, running: Running, now: datetime) -> None:
        """Another process has the source: the same run is begun again soon."""
        plan = self.plans.get(job)
        if plan is None or self.stopping:
            self._book.end(running.run, now, STOPPED)
            return
        plan.ask(running.paths, at_once=self._once)
        plan.run = running.run
        plan.hold = now + timedelta(seconds=min(_LONGEST_BUSY_WAIT, _BUSY_WAIT * 2.0 ** min(plan.busy, 10)))
        if not plan.busy:
            self.log.info("job waits for another process", job=job, run=running.run)
        plan.busy += 1

    def _noted(self, ended: Ended, now: datetime) -> Run | None:
        """The run as the Book has it; where its process could not note its end, that is done here."""
        run = self._run(ended.job, ended.run)
        if run is None or run.ended is not None:
            return run
        if ended.answer is not None:
            outcome, done = ended.answer.outcome, Done(ended.answer.code, error=ended.answer.error)
        elif self.stopping:
            outcome, done = STOPPED, Done()
        else:
            outcome, done = FAILED, Done(1, error=_how(ended.code))
        self._book.end(ended.run, now, outcome, done)
        return self._run(ended.job, ended.run)

    def _run(self, job: str, number: int) -> Run | None:
        return next((one for one in self._book.runs(job) if one.id == number), None)

    def _settle(self, job: str, running: Running, run: Run | None, now: datetime) -> None:
        """What follows from the end of a run. What is to be noted comes first: where that fails, nothing is done."""
        plan = self.plans.get(job)
        after = plan.behind(self._book) if plan is not None else None
        if plan is not None and after is not None and run is not None:
            tell_troubles(self._book, run, plan.past, after, now)
        outcome = run.outcome if run else FAILED
        told: dict[str, Any] = {"counts": run.counts, "error": run.error or None} if run else {}
        seconds = (now - running.begun).total_seconds()
        self.log.info("job ended", job=job, run=running.run, outcome=outcome, seconds=seconds, **told)
        self.codes.append(3 if outcome == STOPPED else run.code if run else 1)
        if plan is not None and after is not None:
            plan.past, plan.busy, plan.over = after, 0, self._once
            self._follow(plan, run, now)

    def _follow(self, plan: Plan, run: Run | None, now: datetime) -> None:
        if plan.name in _AFTER_SCAN:
            rest = min(_LONGEST_REST, _REST * (took(plan.past) or 0.0))
            plan.hold = None if self._once else now + timedelta(seconds=rest)
        if plan.source and (run is None or changed(run)):
            for name in _AFTER_SCAN:
                self.plans[name].ask(at_once=self._once)


class _NoProcess:
    """That of a job which could not be started."""

    def stop(self) -> None:
        """Nothing."""

    def kill(self) -> None:
        """Nothing."""


def _turn(plan: Plan) -> tuple[datetime, int]:
    """Who waits longest comes first. Those that fail let others go before them, and not for ever."""
    assert plan.waits is not None
    return plan.waits + (_YIELDS if plan.past.failures else timedelta()), plan.place


def _how(code: int) -> str:
    return f"its process was ended by signal {-code}" if code < 0 else f"its process ended with {code}, and no word"
