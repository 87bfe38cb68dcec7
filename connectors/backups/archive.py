"""Archives: tar and zip files in a folder, each one a snapshot of what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from connectors.backups import archive_tar, archive_zip
from connectors.backups.archive_files import DEFAULT, File, found, handle, kind_of, unpacked_of
from connectors.backups.archive_members import Form, Member, Unlisted
from connectors.backups.archive_rewriting import without
from connectors.backups.archive_shelves import Shelves
from connectors.backups.archive_streams import Damaged, NoArchive
from connectors.backups.archive_swap import clear
from connectors.backups.archive_tar_writing import LINKED
from connectors.backups.base import LASTING, Backup, Entry, Key, Snapshot
from connectors.backups.mirror_root import Rooted, address, sentinel_problems
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
    require,
)
from connectors.errors import Changed, ConnectorError, Denied, NotFound, Unreachable, Unsupported
from connectors.files.atomic import Place, sync_folder
from connectors.files.failures import failure
from connectors.files.globs import Globs
from connectors.files.handles import parts_of
from connectors.files.in_use import Guard, not_open, writable
from connectors.files.mounts import file_system, is_network

_REMEMBERED = 1_000_000  # entries of archives that were listed in this session
_UNLISTED = "an archive cannot be looked through to its end: see it yourself, and erase or replace it; then run again"
_GONE = "the archive is gone, or was written anew, meanwhile"
_MOVING = "an archive was changed while it was looked at: run again when no backup is being made"
_LIMITS = (
    "members under a password are listed, and neither read nor compared",
    "links, devices and labels in an archive are no items: what they are called and where they lead stays",
    "an archive that cannot be looked through to its end is not written anew",
    "other names (hard links) of an archive, and copies of it elsewhere, keep what is in it",
    "blocks on the disk are freed, not overwritten",
)


class _Gone(Exception):
    """The archive was not there from the beginning."""


class Archive(Backup):
    """Archives of one folder, or one archive. Each file is a snapshot; it is written anew to take a member out."""

    kind: ClassVar[str] = "archive"
    options: ClassVar[tuple[Option, ...]] = (
        Option("path", str, "the folder, or one archive; relative paths start at the configuration file", path=True),
        Option(
            "match", list, 'patterns of the archives\' names or relative paths, like "kunder-*.tar.gz"', list(DEFAULT)
        ),
        Option("sentinel", str, "a file in the folder that must be there, else the backup counts as not mounted", ""),
    )

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._rooted: Rooted | None = None
        self._match = Globs(settings.get("match") or DEFAULT)
        self._only = ""
        self._network = False
        self._entries: dict[str, list[Entry | Gap]] = {}
        self._there: dict[str, set[str]] = {}  # by archive: the paths of all members, also of folders and links
        self._shelves = Shelves()
        self._files: list[File] | None = None
        self._wanted: frozenset[Key] = frozenset()

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """Patterns must be texts."""
        problems = sentinel_problems(settings)
        if not all(isinstance(pattern, str) and pattern.strip("/") for pattern in settings.get("match") or ()):
            problems.append("match: every pattern must be a text that is not empty")
        return problems

    def open(self) -> Capabilities:
        """Open the folder, and keep the handle."""
        self.close()
        path = str(require(self.settings, "path"))
        self._only = "" if path.endswith("/") or Path(path).is_dir() else Path(path).name
        self._rooted = Rooted(self.settings, str(Path(path).parent) if self._only else path)
        try:
            self._network = is_network(file_system(self._rooted.root.real))
            files, left = self._find()
            facts = [f"{len(files)} archive{'s' * (len(files) != 1)}, the oldest of {files[0].at:%Y-%m-%d}"]
            if left:
                facts.append("a run that was cut off has left something beside an archive: the next erasure ends it")
        except BaseException:
            self.close()
            raise
        return Capabilities(Strength.STRONG, stages=False, limits=_LIMITS, facts=tuple(facts))

    def close(self) -> None:
        """Let go of the folder and all archives."""
        self._shelves.close()
        if self._rooted is not None:
            self._rooted.close()
        self._rooted, self._files, self._entries, self._there = None, None, {}, {}
        self.changed()

    def snapshots(self) -> list[Snapshot]:
        """One for each archive, by its file's time."""
        return [one.snapshot for one in self._find()[0]]

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        """Every file in the archive, each path with each content once, as they lie in it."""
        self._vouch()
        known = self._files or self._find()[0]
        file = next((one for one in known if one.id == snapshot.id), None)
        if file is None:
            raise NotFound(_GONE)
        if file.id not in self._entries:
            listed: list[Entry | Gap] = []
            for event in self._listed_of(file):
                listed.append(event)
                yield event
            if sum(map(len, self._entries.values())) + len(listed) <= _REMEMBERED:
                self._entries[file.id] = listed
        else:
            yield from self._entries[file.id]
        self._vouch()

    def ahead(self, locators: Sequence[Locator]) -> None:
        """See `connectors.base.ReadsAhead`."""
        self._wanted = frozenset(address(one, self.name) for one in locators if one.source == self.name)

    def read(self, locator: Locator) -> Content:
        """The member, from the first archive that holds it."""
        path, content = key = address(locator, self.name)
        try:
            files = self._find()[0] if self._files is None else self._files
            stream, size = self._shelves.read(self._opened.root, files, key, self._wanted, locator)
        except ConnectorError as error:
            error.locator = locator
            raise
        return Content(stream, Version(content, Strength.STRONG), size, path.rpartition("/")[2])

    def presence(self, locator: Locator) -> Presence:
        """Whether an archive lists it; raises where one cannot be listed, or something of an earlier run is left."""
        address(locator, self.name)
        self._vouch()
        return super().presence(locator)

    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        """The id of the content, where an archive lists it."""
        return {one: address(one, self.name)[1] if self._is_listed(one) else "" for one in locators}

    def rewrite(
        self, locators: Sequence[Locator], folders: Sequence[str] = ()
    ) -> dict[Locator, Receipt | ConnectorError]:
        """Write each archive anew that holds one of these."""
        doomed = {address(locator, self.name): locator for locator in locators}
        for folder in folders:
            parts_of(Locator(self.name, folder), self.name)
        self._forget()
        files, left = self._find()
        if not doomed and not folders:
            return {}
        self._clear(left)
        gone: set[Key] = set()
        failed: dict[Key, ConnectorError] = {}
        for file in files:
            self._without(file, doomed, folders, gone, failed)
        self._forget()
        return {locator: self._answer(key, locator, gone, failed) for key, locator in doomed.items()}

    def reclaim(self) -> None:
        """Take away what a run that was cut off has left."""
        self._clear(self._find()[1])

    def has_folder(self, path: str) -> bool:
        """See Backup: also by members that are no files."""
        for snapshot in self.snapshots():
            for entry in self.entries(snapshot):
                if isinstance(entry, Gap) and entry.reason not in LASTING:
                    raise Unreachable("part of the backup could not be listed")
            if any(f"{one}/".startswith(f"{path}/") for one in self._there.get(snapshot.id, ())):
                return True
        return False

    def unreclaimed(self) -> bool:
        """Whether a run that was cut off has left anything."""
        return bool(self._find()[1])

    def prove(self, notes: Mapping[Locator, str]) -> dict[Locator, Presence | ConnectorError]:
        """Absent where every archive was looked through and none lists it, and nothing is left beside one."""
        self.changed()
        told: dict[Locator, Presence | ConnectorError] = {}
        for locator in notes:
            try:
                told[locator] = self.presence(locator)
            except (Denied, Unreachable) as error:
                told[locator] = error
        return told

    # What is there

    def _find(self) -> tuple[list[File], list[str]]:
        self._vouch()
        files, left = found(self._opened.root, self._match, self._only)
        self._vouch()
        if not files:
            raise Unreachable("no archive is in the backup's folder: is it mounted, and does `match` fit their names?")
        self._files = files
        return files, left

    def _listed_of(self, file: File) -> Iterator[Entry | Gap]:
        seen: set[Key] = set()
        root = Locator(self.name, "")
        try:
            with self._still(file, root) as stream:
                if kind_of(stream) == "zip":
                    members: Iterator[Member | Unlisted] = archive_zip.members(archive_zip.opened(stream))
                else:
                    members = (member for member, _ in archive_tar.members(unpacked_of(stream)))
                there = self._there.setdefault(file.id, set())
                for member in members:
                    there.add(member.path)
                    if isinstance(member, Unlisted):
                        yield Gap(Locator(self.name, member.path), member.reason, member.detail)
                    elif member.form is Form.FILE and (member.path, member.content) not in seen:
                        seen.add((member.path, member.content))
                        yield Entry(member.path, member.content, member.size)
            handle(self._opened.root, file, root).close()  # still the same
        except NoArchive as fault:
            yield Gap(root, GapReason.UNKNOWN_FORMAT, str(fault))
        except Damaged as fault:
            yield Gap(root, GapReason.UNREADABLE, str(fault))
        except _Gone:
            raise NotFound(_GONE) from None
        except (Changed, NotFound):
            raise Unreachable(_MOVING) from None
        except Denied:
            yield Gap(root, GapReason.DENIED)

    def _still(self, file: File, root: Locator) -> BinaryIO:
        try:
            return handle(self._opened.root, file, root)
        except (Changed, NotFound):
            self._vouch()
            raise _Gone(_GONE) from None

    def _is_listed(self, locator: Locator) -> bool:
        try:
            return self.presence(locator) is Presence.PRESENT
        except Unreachable:
            if locator.path in self._listing():
                return True
            raise

    # What is erased

    def _without(
        self,
        file: File,
        doomed: Mapping[Key, Locator],
        folders: Sequence[str],
        gone: set[Key],
        failed: dict[Key, ConnectorError],
    ) -> None:
        try:
            done = without(self._opened.root, file, doomed, folders, self._guard, empty=self._network)
        except Damaged:
            error: ConnectorError = Unreachable(_UNLISTED)
        except NotFound:
            error = Unreachable(_MOVING)
        except ConnectorError as fault:
            if isinstance(fault, Unreachable):
                raise
            error = fault
        else:
            gone |= done.gone
            failed.update((key, Unsupported(LINKED, doomed[key])) for key in done.kept)
            if done.error is not None:
                failed.update((key, type(done.error)(str(done.error), doomed[key])) for key in done.held)
            return
        for key, locator in doomed.items():
            failed.setdefault(key, type(error)(str(error), locator))

    def _answer(
        self, key: Key, locator: Locator, gone: set[Key], failed: Mapping[Key, ConnectorError]
    ) -> Receipt | ConnectorError:
        if key in failed:
            return failed[key]
        return Receipt(locator, Outcome.ERASED if key in gone else Outcome.ABSENT)

    def _clear(self, left: Sequence[str]) -> None:
        for path in left:
            *folders, name = path.split("/")
            with self._opened.root.folder(folders) as folder:
                clear(Place(folder, name), Locator(self.name, path))
                try:
                    sync_folder(folder)
                except OSError as error:
                    raise failure(error) from None

    def _forget(self) -> None:
        """Let go of all archives: while they are open here, nobody can tell whether others have them open."""
        self._shelves.close()
        self._files = None
        self.changed()

    @property
    def _guard(self) -> Guard:
        return writable if self._network else not_open

    def _vouch(self) -> None:
        self._opened.vouch(expect_items=self.expect_items)

    @property
    def _opened(self) -> Rooted:
        if self._rooted is None:
            raise Unreachable("the backup is not open")
        return self._rooted
