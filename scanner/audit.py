"""The append-only log of what gallra did: a chain of hashes, one JSON line an entry, without personal data.

Every entry holds the hash of the one before, so that no line can be altered, taken out or put elsewhere without the
next ones telling. A small head file beside the log holds the number and hash of the last entry, so that a tail cut
off tells too. Whoever can rewrite both files can write another history: only a head hash that was noted elsewhere
(`gallra audit verify` prints it, certificates carry it) shows that.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from scanner.audit_words import check_words

GENESIS = "0" * 64  # what the first entry names as the hash before it
TORN = "audit-torn"
BREAK = "audit-break"
_KEYS = frozenset({"n", "time", "event", "case", "counts", "details", "prev", "hash"})
_TAIL = 1 << 16  # bytes that hold the last line, unless somebody made it longer


class Problem(NamedTuple):
    """A break in the chain, at a line of the log (from 1; the line after the last for what is missing there)."""

    line: int
    text: str


class Head(NamedTuple):
    """The last entry: its number (0 for none) and its hash."""

    n: int
    hash: str


ALTERED = Head(-1, "")
"""What stands for a head file that holds no head."""


@dataclass(slots=True)
class Report:
    """What a look through the whole log gave."""

    entries: int = 0
    head: str = GENESIS
    number: int = 0  # of the last entry, as the entry itself says
    problems: list[Problem] = field(default_factory=list)


FILE = "audit.jsonl"  # its name in the state folder


class AuditLog:
    """The log at `path`; its head file has the same name, ending `.head`. Any number of processes may append."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = path
        self.head_path = path.with_suffix(".head")
        self._clock = clock

    def append(self, event: str, case: str | None, counts: Mapping[str, int], details: Mapping[str, str]) -> str:
        """Write one entry to the disk and answer its hash.

        Where a crash or a hand has left the file otherwise than the last entry left it, an entry that says so comes
        first. Raises ValueError for anything that is not of the vocabulary (`scanner.audit_words`), OSError.
        """
        check_words(event, case, counts, details)
        with self._locked(fcntl.LOCK_EX) as log:
            state = _Writer(log, self._clock)
            state.mend(_read_head(self.head_path), self.head_path)
            state.write(event, case, counts, details)
            _replace(self.head_path, state.last)
            return state.last.hash

    def verify(self) -> list[Problem]:
        """Every line that was altered, moved or is missing; none when the chain is whole."""
        return self.check().problems

    def check(self) -> Report:
        """The same, with the number of entries and the hash of the last."""
        try:
            with self._locked(fcntl.LOCK_SH) as log, os.fdopen(os.dup(log), "rb") as lines:
                check = _Check()
                for raw in lines:
                    check.line(raw)
                return check.end(_read_head(self.head_path))
        except FileNotFoundError:
            return _Check().end(_read_head(self.head_path))

    def holds(self, number: int, entry_hash: str) -> bool:
        """True where the log has a whole entry of this number and hash. Says nothing about the other entries."""
        return any(entry["n"] == number and entry["hash"] == entry_hash for entry in self._entries())

    def notes(self, event: str, case: str | None, details: Mapping[str, str]) -> bool:
        """True where a whole entry of this event and case has all these details."""
        return any(
            (entry["event"], entry["case"]) == (event, case)
            and isinstance(entry["details"], dict)
            and details.items() <= entry["details"].items()
            for entry in self._entries()
        )

    def entries(self) -> Iterator[dict[str, Any]]:
        """The entries that are whole, one by one. Take them all at once: until then nobody else can append."""
        return self._entries()

    def _entries(self) -> Iterator[dict[str, Any]]:
        """The entries that are whole, one by one; the chain between them is not looked at."""
        try:
            with self._locked(fcntl.LOCK_SH) as log, os.fdopen(os.dup(log), "rb") as lines:
                yield from filter(None, (_entry(raw.removesuffix(b"\n")) for raw in lines))
        except FileNotFoundError:
            return

    @contextmanager
    def _locked(self, how: int) -> Iterator[int]:
        """The log's descriptor, under a lock that other processes keep to; appending makes the file."""
        flags = os.O_RDONLY if how == fcntl.LOCK_SH else os.O_RDWR | os.O_APPEND | os.O_CREAT
        log = os.open(self.path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(log, how)
            yield log
        finally:
            os.close(log)


class _Writer:
    """Appends to a locked log. `last` is the entry that the next one follows."""

    def __init__(self, log: int, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._clock = clock
        self.last = Head(0, GENESIS)

    def mend(self, head: Head | None, head_path: Path) -> None:
        """Find the last entry, and note first what a crash or a hand has done to the file."""
        whole, torn = _tail(self._log)
        entry = _entry(whole) if whole else None
        fits = not whole and head in (None, self.last)
        if entry is not None:
            self.last = Head(entry["n"], entry["hash"])
            fits = head in (self.last, _before(entry))  # the one before: a crash came between entry and head
        elif whole and head not in (None, ALTERED):
            self.last = head
        found = self.last
        if torn:
            fits = self._end_line(torn, head) or fits
        if not fits:
            known = Head(0, GENESIS) if head in (None, ALTERED) else head
            self.write(BREAK, None, {"expected": known.n, "found": found.n}, {"head": known.hash})
        if head != self.last:
            _replace(head_path, self.last)

    def _end_line(self, torn: bytes, head: Head | None) -> bool:
        """End a line that was cut off, and note it; true where only its end was missing and the head fits it."""
        self._put(b"\n")
        entry = _entry(torn)
        if entry is not None and _before(entry) == self.last:
            before, self.last = self.last, Head(entry["n"], entry["hash"])
            return head in (before, self.last)
        self.write(TORN, None, {"bytes": len(torn)}, {"torn": hashlib.sha256(torn).hexdigest()})
        return False

    def write(self, event: str, case: str | None, counts: Mapping[str, int], details: Mapping[str, str]) -> None:
        """One entry, brought to the disk."""
        entry: dict[str, Any] = {
            "n": self.last.n + 1,
            "time": self._clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "event": event,
            "case": case,
            "counts": dict(counts),
            "details": dict(details),
            "prev": self.last.hash,
        }
        entry["hash"] = _hash(entry)
        self._put(_canonical(entry) + b"\n")
        self.last = Head(entry["n"], entry["hash"])

    def _put(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._log, data) :]
        os.fsync(self._log)


class _Check:
    """Looks at the lines one by one."""

    def __init__(self) -> None:
        self._report = Report()
        self._last = Head(0, GENESIS)
        self._prior = self._last  # the entry before the last
        self._number = 0
        self._odd: tuple[int, bytes] | None = None  # a line that is no entry, till the next one explains it

    def line(self, raw: bytes) -> None:
        self._number += 1
        entry = _entry(raw[:-1]) if raw.endswith(b"\n") else None
        if entry is None:
            self._settle()
            self._odd = (self._number, raw.removesuffix(b"\n"))
            return
        self._explain(entry)
        if entry["prev"] != self._last.hash or entry["n"] != self._last.n + 1:
            self._problem(self._number, self._gap(entry["n"]))
        if entry["event"] == BREAK:
            self._problem(self._number, "notes that the log was not as it had been left")
        self._prior = _before(entry)
        self._last = Head(entry["n"], entry["hash"])
        self._report.entries += 1

    def end(self, head: Head | None) -> Report:
        """The report, after the head file had its say."""
        self._settle()
        after = self._number + 1
        if head in (None, ALTERED):
            if self._number or head is not None:
                self._problem(after, "the head file is missing or altered, so that a missing tail cannot be told")
        elif head.n > self._last.n:
            self._problem(after, f"entries {self._last.n + 1} to {head.n} are missing at the end")
        elif head not in (self._last, self._prior):
            self._problem(after, "the head file does not fit the last entry")
        self._report.head, self._report.number = self._last.hash, self._last.n
        return self._report

    def _explain(self, entry: Mapping[str, Any]) -> None:
        """A line that a crash cut off is no problem where the very next entry says so, with its hash."""
        if self._odd is not None and entry["event"] == TORN:
            number, raw = self._odd
            if entry["details"] == {"torn": hashlib.sha256(raw).hexdigest()}:
                self._odd = None
                return
            self._problem(number, "was cut off, and altered after that was noted")
            self._odd = None
        elif entry["event"] == TORN:
            self._problem(self._number, "the cut off line before it is missing")
        self._settle()

    def _settle(self) -> None:
        if self._odd is not None:
            self._problem(self._odd[0], "is not a whole and unaltered entry")
            self._odd = None

    def _gap(self, n: int) -> str:
        if n > self._last.n + 1:
            return f"does not follow the entry before it: {self._last.n + 1} to {n - 1} are missing or altered"
        return "does not follow the entry before it: out of order, or altered"

    def _problem(self, line: int, text: str) -> None:
        self._report.problems.append(Problem(line, text))


def _before(entry: Mapping[str, Any]) -> Head:
    """The head as it was before this entry."""
    return Head(entry["n"] - 1, entry["prev"])


def _canonical(value: Mapping[str, Any]) -> bytes:
    """The one way to write a value, so that any other byte tells."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def _hash(entry: Mapping[str, Any]) -> str:
    """sha256 over the canonical entry without its own hash; `prev` is in it."""
    return hashlib.sha256(_canonical({key: entry[key] for key in entry if key != "hash"})).hexdigest()


def _entry(raw: bytes) -> dict[str, Any] | None:
    """The entry that the line holds, if it is whole, canonical and hashes to what it says."""
    entry = _parsed(raw)
    if entry is None or entry.keys() != _KEYS or type(entry["n"]) is not int or type(entry["prev"]) is not str:
        return None
    return entry if entry["hash"] == _hash(entry) else None


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw.decode("ascii"))
        return value if isinstance(value, dict) and _canonical(value) == raw else None
    except (ValueError, RecursionError):
        return None


def _tail(log: int) -> tuple[bytes, bytes]:
    """The last whole line, without its end, and what stands after it: a line that was cut off, or nothing."""
    size = os.fstat(log).st_size
    start = max(0, size - _TAIL)
    data = os.pread(log, size - start, start)
    if start and data.count(b"\n") < 2:
        data = os.pread(log, size, 0)
    whole, _, torn = data.rpartition(b"\n")
    return whole.rpartition(b"\n")[2], torn


def _read_head(path: Path) -> Head | None:
    """The head; None where there is no such file, ALTERED where it holds no head."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    value = _parsed(raw[:-1]) if raw.endswith(b"\n") else None
    if value is None or value.keys() != {"n", "hash"} or type(value["n"]) is not int or type(value["hash"]) is not str:
        return ALTERED
    return Head(value["n"], value["hash"])


def _replace(path: Path, head: Head) -> None:
    """Put the new head in the old one's place at once; a crash leaves one or the other."""
    beside = path.with_suffix(".head.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(_canonical({"n": head.n, "hash": head.hash}) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
