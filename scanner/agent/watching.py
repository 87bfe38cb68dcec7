"""Sees what changes in folders and maildirs, so that an answer is seconds old. Tells paths; reads nothing.

Nothing is lost in silence. Where the system told not all (too much at once, a folder that came, went or was replaced, a
mount, a limit), everything is watched anew and then the whole source is told: watched first, told after. What may be
missed all the same, like writes through a memory map, is found by the scheduled scans, which go on.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

from config.model import Source
from connectors.files.mounts import file_system, is_network
from scanner.agent import events
from scanner.agent.events import Changes, Ignored
from scanner.agent.standing import NO_MORE, Standing, has_sentinel, look

Changed = Callable[[str, frozenset[str] | None], None]
Stated = Callable[[str, str], None]

WATCHED: Final = "watched"
IN_PART: Final = "watched in part"
POLLED: Final = "polled"
LOST: Final = "lost"
"""It is to be watched, and cannot be for now."""
NOT_WATCHED: Final = "not watched"

KINDS: Final = ("folder", "maildir")
_BEGINNING: Final = f"{LOST}: its folders are being looked through"
_PATIENCE: Final = 10.0  # seconds that a thread may take to end; it is a daemon, and a dead mount may hold it
_SLOWEST: Final = 60.0  # seconds without a look at the folder after which it counts as not answering


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds. `look` between two looks at where the folder stands, `poll` at a share; `again` for what is unwatched.

    `retry` after a watch that could not be begun.
    """

    quiet: float = events.QUIET
    longest: float = events.LONGEST
    look: float = 2.0
    poll: float = 30.0
    again: float = 600.0
    retry: float = 10.0


class Watching:
    """Watches sources, each in a thread of its own, so that a dead mount delays no other.

    `changed` is called with a source's name and relative paths (files, or folders with all below; gone maybe), or with
    None for the whole source: first when its watch has begun. Calls for one source never overlap, for several they do.
    `own` are absolute paths of what gallra itself writes (state folder, log): no change is told of these. `stated` is
    called with a source's name and its new state, in the same thread as `changed`.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        changed: Changed,
        own: Sequence[Path] = (),
        times: Times | None = None,
        stated: Stated | None = None,
    ) -> None:
        self._states = {source.name: _not_watched(source) for source in sources}
        wanted = [source for source in sources if not self._states[source.name]]
        tell = _Tell(changed, stated or (lambda _name, _state: None))
        self._watchers = [_Watcher(source, tell, own, times or Times()) for source in wanted]

    def start(self) -> None:
        """Begin; returns at once. Until a source's folders are looked through, its state is LOST."""
        for watcher in self._watchers:
            watcher.start()

    def stop(self) -> None:
        """End; nothing is told after it has returned, but by a source whose folder does not answer."""
        for watcher in self._watchers:
            watcher.halt()
        until = monotonic() + _PATIENCE
        for watcher in self._watchers:
            if watcher.ident is not None:
                watcher.join(max(0.0, until - monotonic()))

    def states(self) -> Mapping[str, str]:
        """Of each source WATCHED, POLLED, or IN_PART, LOST, NOT_WATCHED with ": " and the reason. No paths."""
        return self._states | {watcher.name: watcher.state for watcher in self._watchers}


class _Feed(Protocol):
    """What tells changes: `tree.Tree` or `polls.Poll`. `word` is WATCHED or POLLED."""

    @property
    def word(self) -> str: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def again(self) -> None: ...
    @property
    def alive(self) -> bool: ...
    @property
    def trouble(self) -> str: ...
    @property
    def in_part(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Tell:
    changed: Changed
    stated: Stated


class _Watcher(threading.Thread):
    """One source: begins its watch, begins it anew where it was lost, and tells what was gathered when it is due."""

    def __init__(self, source: Source, tell: _Tell, own: Sequence[Path], times: Times) -> None:
        super().__init__(name=source.name, daemon=True)
        self._source, self._to, self._times = source, tell, times
        self._root = str(source.settings["path"])
        self._sentinel = str(source.settings.get("sentinel") or "")
        self._ignored = _ignored(source, self._root, own)
        self._lock = threading.Lock()
        self._changes = Changes(times.quiet, times.longest)
        self._wake, self._halted = threading.Event(), threading.Event()
        self._feed: _Feed | None = None
        self._standing: Standing | None = None
        self._refused: Standing | None = None  # where it is not watched, and nobody wants it to be
        self._events_lost = False
        self._was_watched = False
        self._next_start = self._next_again = 0.0
        self._state = _BEGINNING
        self._looked = monotonic()

    @property
    def state(self) -> str:
        """As `Watching.states` gives it."""
        if self._feed is not None and monotonic() - self._looked > _SLOWEST:
            return f"{LOST}: the folder does not answer"
        return self._state

    def halt(self) -> None:
        """End soon."""
        self._halted.set()
        self._wake.set()

    def run(self) -> None:
        """Until halted."""
        while not self._halted.is_set():
            self._wake.clear()
            self._step()
            self._wake.wait(self._pause())
        self._end_feed()

    def _step(self) -> None:
        standing = look(self._root)
        self._looked = monotonic()
        if standing is None or not has_sentinel(self._root, self._sentinel):
            self._away(standing)
            return
        if self._feed is not None and (self._events_lost or standing != self._standing or not self._feed.alive):
            self._end_feed()
        if self._feed is None and standing != self._refused and monotonic() >= self._next_start:
            self._begin(standing)
        if self._feed is not None:
            self._set_state(self._feed, standing)
            self._tell()

    def _away(self, standing: Standing | None) -> None:
        """What was told of a mount that is away means nothing: everything looks deleted then."""
        self._end_feed()
        self._refused = None
        with self._lock:
            self._changes.drop()
        self._next_start = 0.0
        if standing is not None or self._sentinel:
            self._be(f"{LOST}: not mounted")
            return
        self._be(f"{LOST}: the folder is not there")
        if self._was_watched:  # the scan says how that is: unreachable, never empty
            self._was_watched = False
            self._tell_whole()

    def _begin(self, standing: Standing) -> None:
        feed = self._make_feed()
        if feed is None:
            self._refused = standing
            return
        self._be(_BEGINNING)
        self._events_lost = False
        began = monotonic()
        try:
            feed.start()
        except Exception as error:  # whatever it was, it is not watched
            feed.stop()
            self._be(f"{LOST}: {feed.trouble or _why(error)}")
            self._next_start = monotonic() + (self._times.again if feed.trouble else self._times.retry)
            return
        now = monotonic()
        self._feed, self._standing, self._was_watched = feed, standing, True
        self._next_start = now + min(2 * (now - began) + self._times.quiet, _SLOWEST)  # a flood may lose it again
        self._next_again = now + self._times.again
        with self._lock:
            self._changes.add_all(now)

    def _make_feed(self) -> _Feed | None:
        """None where it is not to be watched, which is noted."""
        kind = file_system(self._root)
        if sys.platform == "linux" and not is_network(kind):
            from scanner.agent.tree import Tree  # noqa: PLC0415 - the extra `agent`, and Linux

            return Tree(self._root, self._heard, self._lose, self._ignored)
        if not self._source.watch:
            self._be(f"{NOT_WATCHED}: the system tells no changes there; watch = true looks for them")
            return None
        from scanner.agent.polls import Poll  # noqa: PLC0415 - the extra `agent`

        return Poll(self._root, self._heard, self._lose, self._ignored, self._times.poll)

    def _be(self, state: str) -> None:
        before, self._state = self._state, state
        if state == before or self._halted.is_set():
            return
        with suppress(Exception):  # it is asked for by `state` all the same
            self._to.stated(self._source.name, state)

    def _set_state(self, feed: _Feed, standing: Standing) -> None:
        if feed.in_part and monotonic() >= self._next_again:
            self._again(feed)
        if feed.trouble:
            self._be(f"{LOST}: {feed.trouble}")
        elif feed.in_part:
            self._be(f"{IN_PART}: {feed.in_part}")
        elif standing.shares:
            self._be(f"{IN_PART}: a share is mounted inside the folder: make it a source of its own")
        else:
            self._be(feed.word)

    def _again(self, feed: _Feed) -> None:
        before = feed.in_part
        try:
            feed.again()
        except OSError:
            self._events_lost = True
        self._next_again = monotonic() + self._times.again
        if feed.in_part != before:
            with self._lock:
                self._changes.add_all(monotonic())

    def _tell(self) -> None:
        with self._lock:
            due = self._changes.due
            if due is None or due > monotonic() or self._halted.is_set():
                return
            paths = self._changes.take()
        try:
            self._to.changed(self._source.name, paths)
        except Exception:  # told again, as a whole
            with self._lock:
                self._changes.add_all(monotonic() + self._times.retry)

    def _tell_whole(self) -> None:
        with self._lock:
            self._changes.add_all(-self._times.longest - self._times.quiet)
        self._tell()

    def _pause(self) -> float:
        with self._lock:
            due = self._changes.due
        now = monotonic()
        moments = [now + self._times.look]
        if due is not None and self._feed is not None:
            moments.append(due)
        if self._feed is None and self._next_start > now:
            moments.append(self._next_start)
        return max(0.0, min(moments) - now)

    def _end_feed(self) -> None:
        if self._feed is not None:
            feed, self._feed = self._feed, None
            self._be(_BEGINNING)
            feed.stop()

    def _heard(self, path: str) -> None:
        with self._lock:
            first = self._changes.due is None
            self._changes.add(path, monotonic())
        if first:
            self._wake.set()

    def _lose(self) -> None:
        self._events_lost = True
        self._wake.set()


def _not_watched(source: Source) -> str:
    """Why a source is not watched, whatever the folder is; empty where it may be."""
    if source.kind not in KINDS:
        return f"{NOT_WATCHED}: its kind tells no changes"
    return f"{NOT_WATCHED}: watch = false" if source.watch is False else ""


def _ignored(source: Source, root: str, own: Sequence[Path]) -> Ignored:
    # A followed link may lead to what is left out, and then that is searched.
    exclude = () if source.settings.get("follow_symlinks") else source.settings.get("exclude") or ()
    real = os.path.realpath(root)
    inside = [os.path.relpath(os.path.realpath(path), real) for path in own]
    return Ignored(exclude, [path for path in inside if path.partition("/")[0] not in (os.curdir, os.pardir)])


def _why(error: Exception) -> str:
    """Without the path that the system's own text holds."""
    if isinstance(error, OSError) and error.errno:
        return NO_MORE.get(error.errno) or os.strerror(error.errno)
    return type(error).__name__
