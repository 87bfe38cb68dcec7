"""Taking files out of archives: a new archive is made beside the old one, compared with it, and only then put in place.

`borg recreate` by itself replaces the old archive at once. Here it writes under another name (`--target`), the listing
of the new one must be the old one's without exactly what was doomed, and then the old one is deleted and the new one
renamed. A run that dies leaves the old archive, or the compared new one under its other name: `settle` finishes that.
No path stands in an argument: borg stores its command line in the archive.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from connectors.backups import borg_patterns
from connectors.backups.base import above
from connectors.backups.borg_listing import Archive, Head, Listings, Record
from connectors.backups.borg_patterns import key
from connectors.backups.borg_tool import Borg, address, literal
from connectors.errors import ConnectorError, ProtocolBroken, Unreachable

BESIDE: Final = ".gallra"
"""Ends the name of an archive that is being made to take the place of another."""

_CHECKPOINT = ".checkpoint"
_SAME = ("time", "time_end", "comment", "cmdline", "chunker_params")
UNFINISHED = (".recreate", ".recreate" + _CHECKPOINT)
"""What a broken-off `borg recreate` leaves: borg does not rewrite that."""


@dataclass(slots=True)
class Doomed:
    """What shall go: by path the contents, and folders where nothing else is in them."""

    contents: Mapping[str, frozenset[str]]
    folders: frozenset[str] = frozenset()


@dataclass(slots=True)
class Plan:
    """What is to be done with one archive: the paths that leave it, and what it must look like then."""

    archive: Archive
    files: dict[str, str] = field(default_factory=dict)  # path and content of each that leaves
    folders: list[str] = field(default_factory=list)
    kept_in: set[str] = field(default_factory=set)  # paths that cannot leave, since another item is named so too
    pieces: set[str] = field(default_factory=set)  # paths of which it holds only pieces
    signature: bytes = b""

    @property
    def leaving(self) -> list[str]:
        """What borg is to leave out."""
        return [*self.files, *self.folders]


def look(archive: Archive, records: Iterable[Record], doomed: Doomed) -> Plan:
    """What leaves the archive, and the signature of all that stays."""
    return _Look(archive, doomed).over(records)


class _Look:
    """One pass over an archive."""

    def __init__(self, archive: Archive, doomed: Doomed) -> None:
        self._plan = Plan(archive)
        self._doomed = doomed
        self._near = {key(path) for path in doomed.contents}
        self._others: set[str] = set()  # keys of doomed paths that something else has too
        self._full: set[str] = set()  # doomed folders with something in them
        self._marks: dict[str, bytes] = {}
        self._inner: dict[str, list[str]] = {}  # folders in doomed ones, by path: which
        self._pieces: set[str] = set()
        self._whole: set[str] = set()

    def over(self, records: Iterable[Record]) -> Plan:
        """The plan."""
        for record in records:
            self._sort(record)
        plan = self._plan
        plan.kept_in = {path for path in plan.files if key(path) in self._others}
        plan.files = {path: content for path, content in plan.files.items() if path not in plan.kept_in}
        plan.pieces = self._pieces - self._whole
        kept_folders = {folder for path in plan.kept_in for folder in above(path)}
        plan.folders = [path for path in self._marks if path not in self._full | kept_folders]
        going = set(plan.folders)  # with the folders in them, in which there is nothing either
        plan.folders += [path for path, around in self._inner.items() if not going.isdisjoint(around)]
        return plan

    def _sort(self, record: Record) -> None:
        if record.piece:
            self._pieces.add(record.whole)
            return
        if stat.S_ISREG(record.mode):
            if record.content in self._doomed.contents.get(record.path, ()) and record.chunks is not None:
                self._plan.files[record.path] = record.content
                self._whole.add(record.path)
                return
            self._whole.add(record.path)
        elif stat.S_ISDIR(record.mode) and record.path in self._doomed.folders:
            self._marks[record.path] = record.mark
            return
        around = [folder for folder in above(record.path) if folder in self._doomed.folders]
        if key(record.path) in self._near:
            self._others.add(key(record.path))
        elif around and stat.S_ISDIR(record.mode):
            self._inner[record.path] = around
            return
        self._full.update(around)


def signature(records: Iterable[Record], leaving: Iterable[str], folders: Iterable[str]) -> bytes:
    """A hash of all that is restored from these records without the leaving ones, hard links as such.

    `folders` may leave or stay, and are compared apart: whether they do is known only at the end.
    """
    gone, loose = set(leaving), set(folders)
    digest = hashlib.blake2b(digest_size=32)
    moved: dict[str, str] = {}  # by the path of a hard link's first name that leaves: the next one, which takes over
    left: list[tuple[str, bytes]] = []
    for record in records:
        if record.piece or record.path in gone:
            continue
        if record.path in loose and stat.S_ISDIR(record.mode):
            left.append((record.path, record.mark))
            continue
        leader = record.path if record.link is None else record.link
        if leader in gone:
            leader = moved.setdefault(leader, record.path)
        chunks = b"-" if record.chunks is None else b"".join(record.chunks)
        facts = (record.path, record.mode, record.mark, chunks, record.size, leader, record.broken)
        digest.update(repr(facts).encode("utf-8", "surrogatepass"))
    digest.update(repr(sorted(left)).encode("utf-8", "surrogatepass"))
    return digest.digest()


def settle(borg: Borg, listings: Listings) -> list[Archive]:
    """Finish what a run that died has left: archives beside the ones whose place they take. Gives what there is now.

    Only those that gallra had made, by what they say of themselves: somebody else's may be called so too.
    """
    archives = listings.archives()
    found = {one.name: one for one in archives}
    settled = False
    for one in archives:
        checkpoint = one.name.endswith(BESIDE + _CHECKPOINT)
        name = one.name.removesuffix(_CHECKPOINT).removesuffix(BESIDE)
        if not name or name == one.name.removesuffix(_CHECKPOINT) or not _is_made(listings.head(one), name):
            continue
        old = found.get(name)
        if old is None and not checkpoint:
            borg.run("rename", address(one.name), literal(name))
            settled = True
        elif old is not None and (checkpoint or old.at == one.at):
            borg.run("delete", address(one.name))
            settled = True
    return listings.archives() if settled else archives


def _is_made(head: Head, name: str) -> bool:
    """Whether the archive was written by `_make` for the one of this name; a checkpoint has that as its own command."""
    commands = (head.said("recreate_cmdline"), head.said("cmdline"))
    return any("recreate" in words and literal(name + BESIDE) in words for words in commands)


def carry_out(borg: Borg, listings: Listings, plans: Sequence[Plan], folders: frozenset[str]) -> list[Archive]:
    """Rewrite these archives, and give those that there are then.

    Raises ProtocolBroken where a new one is not as it must be; the old ones stay then.
    """
    try:
        for plan in plans:
            plan.signature = signature(listings.records(plan.archive), plan.leaving, folders)
            _make(borg, listings, plan)
        beside = _compared(listings, plans, folders)
    except ConnectorError:
        with suppress(ConnectorError):
            settle(borg, listings)
        raise
    return _swap(borg, listings, plans, beside)


def _make(borg: Borg, listings: Listings, plan: Plan) -> None:
    """Let borg write the archive anew, under another name, with its chunks as they are."""
    params = listings.head(plan.archive).facts.get("chunker_params")
    keep = ["--chunker-params", ",".join(str(one) for one in params)] if params else []
    beside = literal(plan.archive.name + BESIDE)
    arguments = [
        "recreate",
        "--target",
        beside,
        "--exclude-from",
        borg_patterns.FILE,
        *keep,
        address(plan.archive.name),
    ]
    borg.run(*arguments, feed=borg_patterns.excluding(plan.leaving))


def _compared(listings: Listings, plans: Sequence[Plan], folders: frozenset[str]) -> dict[str, Archive]:
    """The new archives by the names of the old ones, each compared with what it must be."""
    found = {one.name: one for one in listings.archives()}
    beside = {}
    for plan in plans:
        old, new = plan.archive, found.get(plan.archive.name + BESIDE)
        if found.get(old.name) != old:
            raise Unreachable("a snapshot was changed by another borg meanwhile: run again")
        if new is None or new.at != old.at:
            raise ProtocolBroken("borg did not write the new snapshot that it was asked for")
        before, after = listings.head(old).facts, listings.head(new).facts
        if any(before.get(fact, after.get(fact)) != after.get(fact) for fact in _SAME):
            raise ProtocolBroken("a rewritten snapshot differs from the old one in what it says of itself")
        if signature(listings.records(new), (), folders) != plan.signature:
            raise ProtocolBroken("a rewritten snapshot is not the old one without what was to go: nothing was erased")
        beside[old.name] = new
    return beside


def _swap(borg: Borg, listings: Listings, plans: Sequence[Plan], beside: Mapping[str, Archive]) -> list[Archive]:
    """Put the new archives in place. From here on a run that dies is finished by `settle`."""
    names = [plan.archive.name for plan in plans]
    if any(name.startswith("-") for name in names):
        for name in names:
            borg.run("delete", address(name))
    else:
        borg.run("delete", address(names[0]), *(literal(name) for name in names[1:]))
    for name in names:
        borg.run("rename", address(name + BESIDE), literal(name))
    archives = listings.archives()
    found = {one.name: one for one in archives}
    for name in names:
        new = found.get(name)
        if new is None or new.at != beside[name].at or not listings.same(beside[name], new):
            raise ProtocolBroken("a rewritten snapshot is not in its place: look at `borg list`")
    return archives
