"""restic repositories: files are taken out of the snapshots that hold them, and their bytes out of the repository.

See docs/backups/restic.md. What is asked of restic is in `restic_repository`, what a snapshot holds in
`restic_listing`, how files leave it in `restic_rewrite`, how it is proven in `restic_proof`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.backups import restic_proof
from connectors.backups.base import Backup, Entry, Key, Snapshot, parted
from connectors.backups.restic_listing import FILE, UNKNOWN, nodes
from connectors.backups.restic_reading import Reader
from connectors.backups.restic_repository import Repository, State
from connectors.backups.restic_rewrite import rewrite
from connectors.backups.restic_settings import OPTIONS, problems
from connectors.backups.restic_survey import Held, Surveyor
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
from connectors.errors import ConnectorError, NotFound, ProtocolBroken, Unreachable

_NOT_YET = "no snapshot lists it, but the repository stores what no snapshot refers to: it has not been reclaimed"
_LIMITS = (
    "symbolic links and devices are no items: what they are called and where they lead stays",
    "a file is taken for unchanged where restic takes it so: same size, times and inode",
    "what a snapshot says of itself (host, user, tags, the paths that were backed up) stays",
    "copies of the repository, and the caches of other computers, are not reached",
)


class Restic(Backup):
    """One repository. A label is the short id by which restic knows a snapshot."""

    kind: ClassVar[str] = "restic"
    options: ClassVar[tuple[Option, ...]] = OPTIONS
    scattered: ClassVar[bool] = True

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        super().__init__(name, settings)
        self._opened: Repository | None = None
        self._surveyor: Surveyor | None = None
        self._reader: Reader | None = None
        self._states: list[State] | None = None
        self._coming: list[Key] = []

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """One place, and a subset that restic can read."""
        return problems(settings)

    def open(self) -> Capabilities:
        """See Connector. Raises Unsupported where restic is not there, or older than 0.15."""
        self.close()
        repository = self._opened = Repository(self.settings)
        try:
            version = repository.version()
            kept = repository.format()
            self._surveyor = Surveyor(repository)
            self._states = repository.states()
        except BaseException:
            self.close()
            raise
        if self.expect_items and not self._states:
            raise Unreachable("the repository holds no snapshot, where there were some: is it the right one?")
        count = len(self._states)
        facts = (f"restic {version}, repository format {kept}", f"{count} snapshot{'s' * (count != 1)}")
        return Capabilities(Strength.STRONG, removes=True, stages=False, limits=_LIMITS, facts=facts)

    def close(self) -> None:
        """See Connector."""
        if self._reader is not None:
            self._reader.close()
        if self._opened is not None:
            self._opened.close()
        self._opened = self._surveyor = self._reader = self._states = None
        self.changed()

    def snapshots(self) -> list[Snapshot]:
        """See Backup."""
        return [Snapshot(state.id, state.at, state.id[:8]) for state in self._look()]

    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        """See Backup. A name that restic cannot tell is a gap; links and devices hold no content."""
        state = self._state(snapshot)
        if not state.readable:
            yield self._unreadable()
            return
        try:
            for node in nodes(self._repository, state):
                if node.kind == FILE:
                    yield Entry(node.path, node.content, node.size)
                elif node.kind == UNKNOWN:
                    yield Gap(Locator(self.name, node.path), GapReason.UNREADABLE, "a name that restic cannot tell")
        except ProtocolBroken:
            yield self._unreadable()

    def ahead(self, locators: Sequence[Locator]) -> None:
        """See ReadsAhead."""
        self._coming = [parted(locator.path) for locator in locators if self._is_mine(locator)]
        if self._reader is not None:
            self._reader.plan(self._coming)

    def read(self, locator: Locator) -> Content:
        """See Connector."""
        path, content = self.key(locator)
        if self._reader is None:
            self._reader = Reader(self._repository, self._states or self._look())
            self._reader.plan(self._coming)
        try:
            stream, size = self._reader.open((path, content))
        except ConnectorError as error:
            error.locator = locator
            raise
        return Content(stream, Version(content, Strength.STRONG), size, path.rpartition("/")[2])

    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        """See Backup: ids of blobs and of the tree that the name is in."""
        keys = {locator: self.key(locator) for locator in locators}
        known = restic_proof.notes(self._repository, self._survey(keys.values())) if keys else {}
        return {locator: known.get(key, "") for locator, key in keys.items()}

    def rewrite(
        self, locators: Sequence[Locator], folders: Sequence[str] = ()
    ) -> dict[Locator, Receipt | ConnectorError]:
        """See Backup."""
        keys = {locator: self.key(locator) for locator in locators}
        if not keys and not folders:
            return {}
        found = self._survey(keys.values(), [folder.strip("/") for folder in folders if folder.strip("/")])
        there = {item for held in found for item in held.files.items()}
        if found:
            self._forget()
            rewrite(self._repository, self._look(), found)
            self._forget()
        return {
            locator: Receipt(locator, Outcome.ERASED if key in there else Outcome.ABSENT)
            for locator, key in keys.items()
        }

    def reclaim(self) -> None:
        """See Backup: a prune to the last byte, then restic's check, which reads a part of what is stored."""
        self._forget()
        self._repository.change("prune", "--max-unused", "0")
        self._repository.change("check", "--read-data-subset", str(self.settings["check_subset"]))

    def has_folder(self, path: str) -> bool:
        """See Backup."""
        states = self._look()
        self._surveyor = self._surveyor or Surveyor(self._repository)
        return self._surveyor.has_folder(states, path)

    def unreclaimed(self) -> bool:
        """See Backup: whether a prune to the last byte would find anything."""
        return restic_proof.unreclaimed(self._repository)

    def prove(self, notes: Mapping[Locator, str]) -> dict[Locator, Presence | ConnectorError]:
        """See Backup: by the lists of all snapshots, what could be pruned, the index, and some blobs themselves."""
        keys = {locator: self.key(locator) for locator in notes}
        if not keys:
            return {}
        listed = {item for held in self._survey(keys.values()) for item in held.files.items()}
        readable = restic_proof.readable(self._repository, [note for note in notes.values() if note])
        there = {locator for locator, key in keys.items() if key in listed or notes[locator] in readable}
        late = len(there) < len(keys) and self.unreclaimed()
        told: dict[Locator, Presence | ConnectorError] = {}
        for locator in keys:
            if locator in there:
                told[locator] = Presence.PRESENT
            else:
                told[locator] = Unreachable(_NOT_YET, locator) if late else Presence.ABSENT
        return told

    # -- details

    @property
    def _repository(self) -> Repository:
        if self._opened is None:
            raise Unreachable("the repository is not open")
        return self._opened

    def _look(self) -> list[State]:
        """All snapshots that there are now."""
        self._states = self._repository.states()
        return self._states

    def _state(self, snapshot: Snapshot) -> State:
        if self._states is None or all(state.id != snapshot.id for state in self._states):
            self._look()
        for state in self._states or ():
            if state.id == snapshot.id:
                return state
        raise NotFound("that snapshot is no more")

    def _survey(self, keys: Iterable[Key], folders: Sequence[str] = ()) -> list[Held]:
        wanted: dict[str, set[str]] = defaultdict(set)
        for path, content in keys:
            wanted[path].add(content)
        states = self._look()
        self._surveyor = self._surveyor or Surveyor(self._repository)
        return self._surveyor.survey(states, wanted, folders)

    def _forget(self) -> None:
        """The snapshots are others now."""
        if self._reader is not None:
            self._reader.close()
        self._reader = self._states = None
        self.changed()

    def _is_mine(self, locator: Locator) -> bool:
        return locator.source == self.name and not locator.steps and ";version=" in locator.path

    def _unreadable(self) -> Gap:
        detail = "restic cannot read all of that snapshot: run `restic check`"
        return Gap(Locator(self.name, ""), GapReason.UNREADABLE, detail)
