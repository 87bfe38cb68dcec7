"""The agent: one thread that hears of everything in turn, the jobs in processes of their own, and little beside.

It reads no item and holds no index open, so it stays small, and nothing that goes wrong in a job can harm it.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Final

from structlog.stdlib import BoundLogger

from config.load import load
from config.model import Config
from connectors.errors import ConfigError
from scanner.agent.alarm import LOOK, Alarm
from scanner.agent.beside import Beside
from scanner.agent.book import UNWRITABLE, Book
from scanner.agent.foreman import Foreman
from scanner.agent.live import FILE as LIVE
from scanner.agent.logs import close_log, open_log
from scanner.agent.now import Now
from scanner.agent.process import Ended, JobProcess
from scanner.exits import exit_code

GRACE: Final = 25.0
"""Seconds that jobs have to end in order when the agent is told to stop."""

_HARD: Final = 5.0  # seconds until what was ended hard is gone
_FAULTS: Final = 5  # in a row, after which the agent gives up, and whoever started it may start it anew


@dataclass(frozen=True, slots=True)
class _Signal:
    number: int


@dataclass(frozen=True, slots=True)
class _Changed:
    source: str
    paths: frozenset[str] | None


_Event = _Signal | _Changed | Ended | None  # None: time has passed


class Engine:
    """One run of the agent. The state folder's lock must be held, and the Book is this thread's."""

    def __init__(self, config: Config, book: Book, log: BoundLogger) -> None:
        now = datetime.now(UTC)
        self.log = log
        self._events: SimpleQueue[_Event] = SimpleQueue()
        self._book = book
        cut = book.cut_off(now)
        self._foreman = Foreman(config, book, log, lambda order: JobProcess(order, self._events.put), now)
        self._now = Now(config.agent.state / LIVE, now, now)
        self._alarm = Alarm(lambda: self._events.put(None))
        self._beside: Beside | None = None
        self._until: float | None = None  # when stopping ends being patient
        self._unnoted: list[Ended] = []  # what the Book does not know yet
        self._writable = True
        log.info("agent started", pid=self._now.live.pid, jobs=len(self._foreman.plans), counts={"cut off": cut})

    def changed(self, source: str, paths: frozenset[str] | None) -> None:
        """Something changed in a source: these paths, or nobody knows what (None). From any thread."""
        self._events.put(_Changed(source, paths))

    def run(self) -> int:
        """Work until SIGTERM or SIGINT. The exit code: 0. Raises ConfigError where the health endpoint fails."""
        beside = Beside(self._foreman.config, self.changed, lambda: self._now.live, self.log)
        with self._heard():
            beside.start()
            self._beside = beside
            self._alarm.start()
            try:
                self._loop(lambda: False, patient=True)
            finally:
                self._alarm.stop()
                beside.stop()
        return 0

    def once(self, *, night: bool) -> int:
        """Do what is due now (with `night`: the chores of the night too), then end. The exit code: the worst of all."""
        self._foreman.only_once(datetime.now(UTC), night=night)
        with self._heard():
            self._alarm.start()
            try:
                self._loop(lambda: self._foreman.is_done, patient=False)
            finally:
                self._alarm.stop()
        return exit_code(self._foreman.codes) if self._until is None else 3

    def _loop(self, is_done: Callable[[], bool], *, patient: bool) -> None:
        """`patient`: wait for a record that cannot be written, as on a full disk, however long that is."""
        faults = 0
        event: _Event = None
        while True:
            try:
                self._step(event)
                faults = 0
                self._writes(well=True)
            except UNWRITABLE as error:
                faults += not patient
                self._writes(well=False, fault=error)
                if faults >= _FAULTS:
                    raise
            except Exception as error:
                faults += 1
                self.log.exception("fault of the agent", fault=error)
                if faults >= _FAULTS:
                    raise
            if self._stopped() or is_done():
                break
            try:
                event = self._events.get(timeout=self._patience())
            except Empty:
                event = None
        self.log.info("agent ended", pid=self._now.live.pid)

    def _step(self, event: _Event) -> None:
        while True:
            self._take(event)
            try:
                event = self._events.get_nowait()
            except Empty:
                break
        now = datetime.now(UTC)
        while self._unnoted:
            self._note(self._unnoted.pop(0), now)
        self._alarm.set(self._foreman.consider(now))
        with contextlib.suppress(OSError):  # a full disk: status is older then
            self._now.look(self._foreman, self._beside.watches() if self._beside else {}, now)

    def _take(self, event: _Event) -> None:
        if isinstance(event, _Changed):
            self._foreman.changed(event.source, event.paths)
        elif isinstance(event, Ended):
            self._unnoted.append(event)
        elif isinstance(event, _Signal) and event.number == signal.SIGHUP:
            self._reload()
        elif isinstance(event, _Signal):
            self._stop()

    def _note(self, ended: Ended, now: datetime) -> None:
        try:
            self._foreman.ended(ended, now)
        except UNWRITABLE:
            self._unnoted.insert(0, ended)
            raise

    def _writes(self, *, well: bool, fault: Exception | None = None) -> None:
        if well != self._writable:
            event = "record written again" if well else "record cannot be written"
            self.log.log(logging.INFO if well else logging.ERROR, event, fault=fault)
        self._writable = well

    def _stop(self) -> None:
        """Ask the jobs to end; asked twice, end them."""
        if self._until is None:
            self.log.info("agent stops", jobs=len(self._foreman.running))
            self._until = time.monotonic() + GRACE
            self._foreman.stop()
        else:
            self._until = time.monotonic()

    def _stopped(self) -> bool:
        """True where the agent may end: nothing runs any more, or it was waited for long enough."""
        if self._until is None:
            return False
        runs = self._foreman.running.keys() - {one.job for one in self._unnoted}
        if runs and time.monotonic() >= self._until:
            self._foreman.kill()
            if time.monotonic() < self._until + _HARD:
                return False
        return not runs or time.monotonic() >= self._until + _HARD

    def _patience(self) -> float:
        """Seconds until everything is looked at again; the alarm goes by a clock that may be put back by a day."""
        if self._until is None:
            return LOOK
        return max(0.1, self._until - time.monotonic())

    def _reload(self) -> None:
        """Go by the file as it is now; one with problems is refused whole, and the old one goes on."""
        now = datetime.now(UTC)
        try:
            config = _read(self._foreman.config)
            log = open_log(config.log)
            try:
                if self._beside is not None:
                    self._beside.reload(config, log)
            except ConfigError:
                close_log(log)
                raise
        except ConfigError as error:
            self._now.refused, self._now.problems = now, len(error.problems)
            self.log.warning("configuration refused, the old one goes on", problems=len(error.problems))
            return
        old, self.log = self.log, log
        self._now.config_read, self._now.refused, self._now.problems = now, None, 0
        self._foreman.reload(config, log, now)
        log.info("configuration read", jobs=len(self._foreman.plans))
        close_log(old)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Signals are events, while the block runs."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        before = {number: signal.signal(number, self._hear) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._events.put(_Signal(number))  # SimpleQueue.put may be called from within its own get


def _read(before: Config) -> Config:
    """The configuration of the same file. Raises ConfigError, also where it needs the agent to be started anew."""
    config = load(Path(before.path))
    if config.agent.state != before.agent.state:
        raise ConfigError(["[agent] state: cannot be changed while the agent runs; stop it, and start it again"])
    return config
