"""Repositories of BorgBackup (1.2 and later versions of borg 1), on this machine or on a server.

A snapshot is an archive, an item is a path with the ids of its chunks. Erasing makes each archive concerned anew
without the paths (`borg_rewrite`), then `borg compact --threshold 0`. On this machine the segment files are looked at
besides (`borg_segments`): what no archive refers to and nobody has overwritten is told as still stored.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from connectors.backups import borg_reclaim, borg_rewrite, borg_segments
from connectors.backups.base import Backup, Entry, Key, Snapshot
from connectors.backups.borg_listing import Archive, Listings, Record
from connectors.backups.borg_places import TWICE, Reader
from connectors.backups.borg_proof import Proof
from connectors.backups.borg_rewrite import Doomed, Plan
from connectors.backups.borg_tool import Borg as Tool
from connectors.base import (
    Capabilities,
    Content,
    Gap,
    GapReason,
    Locator,
    Option,
    Outcome,
    Presence,
    Receipt,
    Strength,
    Version,
)
from connectors.errors import ConnectorError, Denied, NotFound, Unreachable, Unsupported

_ROUNDS: Final = 3
_PIECES = "a piece of a file, of a backup that was broken off: delete that archive, or let prune do it"
_DAMAGED = "chunks of it are lost: look at `borg check`"
_APPEND_ONLY = (
    "the repository is append-only: nothing in it can be erased until an admin sets append_only to 0 "
    "(`borg config`) and runs gallra again"
)
_LIMITS: Final = (
    "symbolic links and devices are no items: what they are called and where they lead stays",
    "what an archive says of itself (name, comment, command line, host, user) stays",
    "copies of the repository, and snapshots of the disk below it, are not reached",
)
_BUSY = "new snapshots that hold it are being made: run again when no borg is at work"


class Borg(Backup):
    """One repository."""

    kind: ClassVar[str] = "borg"
    options: ClassVar[tuple[Option, ...]] = (
        Option("repository", str, "the repository: a folder's whole path, or ssh://user@host/path"),
        Option("password", str, "what opens it; without: it is not encrypted", None, secret=True),
        Option("binary", str, "the borg to run", "borg"),
        Option("lock_wait", int, "seconds to wait while another borg has locked it", 300),
        Option(
            "check",
            str,
            'how borg checks itself after erasing: "archives" (their lists), "repository" (all bytes by CRC), "data" '
            "(all contents, by the key)",
            "repository",
            choices=("archives", "repository", "data"),
        ),
        Option("folder", str, "where borg has its cache and keys (BORG_BASE_DIR); empty: as the user", None, path=True),
        Option("remote_shell", str, "the command that reaches the server; empty: ssh, asking nothing", ""),
        Option("remote_path", str, "the borg to run on the server", ""),
    )

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._tool: Tool | None = None
        self._lists: Listings | None = None
        self._read: Reader | None = None
        self._state: tuple[borg_segments.State, bool] | None = None
        self._reclaimed = False  # by this session, of a repository whose segments cannot be seen

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """An address that means the same wherever gallra is started; a wait that ends."""
        problems = []
        local = Tool(settings).local
        if local is not None and not Path(local).is_absolute():
            problems.append("repository: give the folder's whole path, or ssh://user@host/path")
        if "::" in str(settings["repository"]):
            problems.append("repository: name the repository alone, without ::ARCHIVE")
        wait = settings.get("lock_wait")
        if isinstance(wait, int) and wait < 0:
            problems.append("lock_wait: seconds, 0 or more")
        return problems

    def open(self) -> Capabilities:
        """Run borg, open the repository, and see whether anything can be erased in it."""
        self.close()
        tool = Tool(self.settings)
        version = tool.version()
        self._tool, self._lists = tool, Listings(tool)
        self._read = Reader(tool, self._lists)
        self.changed()
        number = len(self._archives())
        fixed = tool.local is not None and borg_segments.append_only(tool.local)
        place = "a folder" if tool.local is not None else "on a server: what its files hold cannot be seen from here"
        facts = (f"borg {'.'.join(map(str, version))}", place, f"{number} archive{'s' * (number != 1)}")
        limits = (_APPEND_ONLY, *_LIMITS) if fixed else _LIMITS
        return Capabilities(Strength.STRONG, removes=not fixed, stages=False, limits=limits, facts=facts)

    def has_folder(self, path: str) -> bool:
        """See Backup."""
        return any(
            record.path == path or record.path.startswith(f"{path}/")
            for archive in self._archives()
            for record in self._listings.records(archive)
        )

    def close(self) -> None:
        """End every borg that still runs."""
        if self._read is not None:
            self._read.forget()
        if self._tool is not None:
            self._tool.close()
        self._tool = self._lists = self._read = self._state = None
        self._reclaimed = False

    def snapshots(self) -> list[Snapshot]:
        """The archives, checkpoints and leftovers of broken-off runs too: they hold data as well."""
        return [Snapshot(one.id, one.at, one.name) for one in self._archives()]

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        """Files in the order of the archive. What borg cannot restore is a gap; links and devices hold no content."""
        archive = Archive(snapshot.label, snapshot.id, snapshot.at)
        seen: dict[str, str] = {}
        pieces: dict[str, None] = {}
        for record in self._listings.records(archive):
            if record.piece:
                pieces[record.whole] = None
            elif not stat.S_ISDIR(record.mode):
                content = record.content
                if record.path not in seen:
                    seen[record.path] = content
                    if stat.S_ISREG(record.mode):
                        yield self._entry(record)
                elif seen[record.path] != content:
                    yield self._gap(record.path, GapReason.UNREADABLE, TWICE)
        for path in pieces:
            if path not in seen:
                yield self._gap(path, GapReason.UNREADABLE, _PIECES)

    def ahead(self, locators: Sequence[Locator]) -> None:
        """They are read by one export for each archive."""
        self._reader.plan(self.key(one) for one in locators if one.source == self.name and not one.steps)

    def read(self, locator: Locator) -> Content:
        """From the newest archive that holds it."""
        path, content = self.key(locator)
        try:
            stream, size = self._reader.read(path, content)
        except NotFound:  # perhaps rewritten since it was listed
            self._reader.forget()
            try:
                stream, size = self._reader.read(path, content)
            except NotFound:
                raise NotFound("no snapshot holds it", locator) from None
        return Content(stream, Version(content, Strength.STRONG), size, path.rpartition("/")[2])

    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        """The ids of its chunks: which the content's id is made of, and which nothing else can be told from."""
        return Proof(self._borg, self._listings, self._archives()).note(locators, self.key)

    def rewrite(
        self, locators: Sequence[Locator], folders: Sequence[str] = ()
    ) -> dict[Locator, Receipt | ConnectorError]:
        """Archives that hold nothing of it are not touched."""
        doomed = self._doomed(locators, folders)
        borg = self._borg
        if borg.local is not None and borg_segments.append_only(borg.local):
            raise Denied(_APPEND_ONLY)
        self.changed()
        self._reader.forget()
        self._reclaimed = False
        archives = borg_rewrite.settle(borg, self._listings)
        held: set[Key] = set()
        refused: dict[str, ConnectorError] = {}
        for _ in range(_ROUNDS):
            plans = [plan for plan in self._plans(archives, doomed) if self._can(plan, doomed, refused)]
            held.update(pair for plan in plans for pair in plan.files.items())
            if not plans:
                return {one: self._answer(one, held, refused) for one in locators}
            archives = borg_rewrite.carry_out(borg, self._listings, plans, doomed.folders)
        raise Unreachable(_BUSY)

    def reclaim(self) -> None:
        """`borg compact --threshold 0`, a look at what the files hold then, and borg's own check."""
        borg_rewrite.settle(self._borg, self._listings)
        borg_reclaim.reclaim(self._borg, str(self.settings.get("check") or "repository"))
        self._reclaimed = True

    def unreclaimed(self) -> bool:
        """Of a repository on a server it cannot be told, but by having reclaimed it in this session."""
        local = self._borg.local
        if local is None:
            self._archives()
            return not self._reclaimed
        state = borg_segments.state(local)
        if self._state is None or self._state[0] != state:
            self._state = state, Proof(self._borg, self._listings, self._archives()).hidden()
        return self._state[1]

    def prove(self, notes: Mapping[Locator, str]) -> dict[Locator, Presence | ConnectorError]:
        """By the segment files where they are on this machine, else by asking borg for every chunk."""
        proof = Proof(self._borg, self._listings, self._archives())
        return proof.prove(notes, self.key, reclaimed=self._reclaimed)

    @property
    def _borg(self) -> Tool:
        if self._tool is None:
            raise Unreachable("the backup is not open")
        return self._tool

    @property
    def _listings(self) -> Listings:
        if self._lists is None:
            raise Unreachable("the backup is not open")
        return self._lists

    @property
    def _reader(self) -> Reader:
        if self._read is None:
            raise Unreachable("the backup is not open")
        return self._read

    def _archives(self) -> list[Archive]:
        found = self._listings.archives()
        if self.expect_items and not found:
            raise Unreachable("the repository holds no archive, though it held some: look at `repository`")
        return found

    def _entry(self, record: Record) -> Entry | Gap:
        if record.broken or record.chunks is None:
            return self._gap(record.path, GapReason.UNREADABLE, _DAMAGED)
        return Entry(record.path, record.content, record.size)

    def _gap(self, path: str, reason: GapReason, detail: str = "") -> Gap:
        return Gap(Locator(self.name, path), reason, detail)

    def _doomed(self, locators: Sequence[Locator], folders: Sequence[str]) -> Doomed:
        contents: dict[str, set[str]] = {}
        for locator in locators:
            path, content = self.key(locator)
            contents.setdefault(path, set()).add(content)
        named = frozenset(folder.strip("/") for folder in folders) - {""}
        return Doomed({path: frozenset(some) for path, some in contents.items()}, named)

    def _plans(self, archives: Sequence[Archive], doomed: Doomed) -> Iterator[Plan]:
        for archive in archives:
            yield borg_rewrite.look(archive, self._listings.records(archive), doomed)

    def _can(self, plan: Plan, doomed: Doomed, refused: dict[str, ConnectorError]) -> bool:
        """Whether the archive is to be rewritten; notes what has to stay in it, and why."""
        for path in plan.kept_in:
            refused[path] = Unsupported(TWICE)
        for path in plan.pieces & set(doomed.contents):
            refused[path] = Unsupported(_PIECES)
        if plan.leaving and (plan.pieces or plan.archive.name.endswith(borg_rewrite.UNFINISHED)):
            refused.update((path, Unsupported(_PIECES)) for path in plan.files)
            return False
        return bool(plan.leaving)

    def _answer(
        self, locator: Locator, held: set[Key], refused: Mapping[str, ConnectorError]
    ) -> Receipt | ConnectorError:
        path, content = self.key(locator)
        if path in refused:
            return type(refused[path])(str(refused[path]), locator)
        return Receipt(locator, Outcome.ERASED if (path, content) in held else Outcome.ABSENT)
