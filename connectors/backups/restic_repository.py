"""One restic repository: its commands, asked by explicit ids and exact paths, and waited for where it is locked.

Reading takes no lock (`--no-lock`): a scan holds up nobody's backup, leaves no lock behind when it is killed, and works
with an account that may only read. What is deleted under its hands ends in an error, not in silence. What changes the
repository takes restic's own locks.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from connectors.backups.commands import SILENCE, Done, Running, Tool
from connectors.backups.restic_errors import failure, is_locked, locked
from connectors.backups.restic_settings import OWN, environment, is_local
from connectors.errors import NotFound, ProtocolBroken, Unsupported

OLDEST: Final = (0, 15)
"""The first version with `rewrite`."""

_VERSION = re.compile(rb"restic ([0-9]+)\.([0-9]+)[.0-9]*")
_FIRST = 60.0  # seconds until a repository has to show that it is there
_LOOK = 2.0  # seconds between two tries to get a lock
_MANY = 500  # ids in one command
_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class State:
    """A snapshot as restic tells it. Not `readable`: its file is there, and restic cannot open it."""

    id: str
    at: datetime
    tree: str = ""
    original: str = ""
    tags: tuple[str, ...] = ()
    labels: Mapping[str, object] = field(default_factory=dict)  # what must stay: host, user, paths, time as written
    readable: bool = True


class Repository:
    """A context manager by way of `close`. Not for two threads."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._tool = Tool("restic", str(settings["binary"]), environment(settings), OWN)
        self._wait = float(settings["lock_wait"])
        self._local = is_local(settings)

    def close(self) -> None:
        """End what still runs."""
        self._tool.close()

    def version(self) -> str:
        """The program's own, as 0.18.0. Raises Unsupported for one that is too old, or none."""
        done = self._tool.run("version", silence=_FIRST)
        found = _VERSION.search(done.out)
        if found is None:
            raise Unsupported("`binary` names something that is not restic")
        if (int(found[1]), int(found[2])) < OLDEST:
            raise Unsupported("this restic is too old to take files out of snapshots: install restic 0.15 or newer")
        return found[0].decode().partition(" ")[2]

    def format(self) -> int:
        """The version of the repository's format. Raises Unreachable, Denied."""
        try:
            return int(json.loads(self.look("cat", "config", silence=_FIRST))["version"])
        except (ValueError, KeyError, TypeError):
            raise ProtocolBroken("restic's answer about the repository cannot be understood") from None

    def states(self) -> list[State]:
        """All snapshots, the oldest first. One that restic cannot open is among them."""
        done = self._done(self._tool.run(*self._quietly("snapshots", "--json"), silence=_FIRST))
        try:
            known = [_state(one) for one in json.loads(done.out or b"[]") or ()]
        except (ValueError, KeyError, TypeError):
            raise ProtocolBroken("restic's list of snapshots cannot be understood") from None
        if done.err.strip():  # it says so there when it passes one by
            ids = {one.id for one in known}
            listed = self.look("list", "snapshots").decode().split()
            known += [State(id_, _NEVER, readable=False) for id_ in listed if id_ not in ids]
        return sorted(known, key=lambda state: (state.at, state.id))

    def look(self, *arguments: str, silence: float = SILENCE) -> bytes:
        """What a command says that changes nothing. Raises as `failure` tells."""
        return self._done(self._tool.run(*self._quietly(*arguments), silence=silence)).out

    def begin(self, *arguments: str) -> Running:
        """Begin a command that changes nothing and says much; ask `ended` when all was read."""
        return self._tool.start(*self._quietly(*arguments))

    def ended(self, running: Running) -> None:
        """Raises what stopped it."""
        self._done(running.finish())

    def lines(self, *arguments: str) -> Iterator[bytes]:
        """What a command says that changes nothing, line by line, to its very end."""
        with self.begin(*arguments) as running:
            yield from running.lines()
            self.ended(running)

    def has_blob(self, blob: str) -> bool:
        """Whether the key opens it, asked of the repository itself. Raises for all but a plain no."""
        done = self._tool.run("--no-cache", "--no-lock", "cat", "blob", blob)
        if done.code == 0:
            return True
        if re.search(r"blob not found", done.err):
            return False
        raise failure(done)

    def rewrite(self, ids: Sequence[str], patterns: bytes) -> None:
        """Lay snapshots without these beside the old ones. The patterns go by a pipe: names stand in no argument."""
        for some in batches(ids):
            self.change("rewrite", "--exclude-file", "/dev/stdin", *some, feed=patterns)

    def untag(self, ids: Sequence[str], tag: str) -> None:
        """Take a tag off these snapshots."""
        for some in batches(ids):
            self.change("tag", "--remove", tag, *some)

    def forget(self, ids: Sequence[str]) -> None:
        """Take these snapshots away, and no others."""
        for some in batches(ids):
            self.change("forget", *some)

    def change(self, *arguments: str, feed: bytes = b"") -> Done:
        """Run a command that changes the repository, waiting for who has it locked. Raises as `failure` tells."""
        until = time.monotonic() + self._wait
        while True:
            done = self._tool.run(*self._cached(), *arguments, feed=feed)
            if not is_locked(done) or time.monotonic() >= until:
                return self._done(done)
            time.sleep(min(_LOOK, max(0.0, until - time.monotonic())))

    def plan_of_prune(self) -> str:
        """What restic would take away to the last byte, in its own words. Changes nothing."""
        return self.look("prune", "--dry-run", "--max-unused", "0").decode("utf-8", "replace")

    def await_unlocked(self) -> None:
        """Wait until nobody has it locked. Raises Unreachable that tells who, where they do not end in time."""
        until = time.monotonic() + self._wait
        while held := self.look("list", "locks").decode().split():
            if time.monotonic() >= until:
                raise locked(self._holder(held[0]))
            time.sleep(min(_LOOK, max(0.0, until - time.monotonic())))

    # -- details

    def _holder(self, lock: str) -> str:
        """Who has a lock, in the words in which restic tells it when it stops at one."""
        try:
            told = json.loads(self.look("cat", "lock", lock))
            only = "exclusively " if told.get("exclusive") else ""
            since = str(told["time"]).replace("T", " ")
            return f"locked {only}by PID {told['pid']} on {told['hostname']}\nlock was created at {since}"
        except (NotFound, ProtocolBroken, ValueError, KeyError, TypeError):
            return ""

    def _quietly(self, *arguments: str) -> list[str]:
        return [*self._cached(), "--no-lock", *arguments]

    def _cached(self) -> list[str]:
        """A folder here needs no cache, which would keep a second copy of all names."""
        return ["--no-cache"] if self._local else []

    def _done(self, done: Done) -> Done:
        if done.code != 0:
            raise failure(done)
        return done


def _state(raw: Mapping[str, Any]) -> State:
    kept = ("time", "hostname", "username", "uid", "gid", "paths", "excludes")
    return State(
        str(raw["id"]),
        _moment(str(raw["time"])),
        str(raw["tree"]),
        str(raw.get("original") or ""),
        tuple(raw.get("tags") or ()),
        {key: raw[key] for key in kept if key in raw},
    )


def _moment(text: str) -> datetime:
    """A time as Go writes it: up to nine digits of a second, of which six are kept."""
    whole = re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text)
    return datetime.fromisoformat(whole.replace("Z", "+00:00")).astimezone(UTC)


def batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids, as many as go into one command. One without an id would mean all snapshots: there is none without."""
    known = list(ids)
    for start in range(0, len(known), _MANY):
        yield known[start : start + _MANY]
