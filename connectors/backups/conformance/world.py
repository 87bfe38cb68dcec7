"""What the suite asks of a kind: a backup laid down by the tool itself, and a witness that is not the connector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date

from connectors.backups.base import Backup, Entry, versioned
from connectors.backups.conformance import states
from connectors.base import Gap, Locator
from connectors.conformance.world import told_by
from connectors.errors import ConnectorError

Picture = tuple[list[dict[str, bytes]], list[str], list[dict[str, str]]]


class BackupWorld(ABC):
    """A backup of `states()`, one snapshot each, in this order of time. Paths in words of the states: see `inside`."""

    source: str = "world"  # the name that the connector is given
    ways_to_break: tuple[str, ...]  # "gone", "cut off", "wrong password", ...: see `broken`

    def allows(self, path: str) -> bool:
        """Whether the kind can hold such a path at all; where it cannot, the suite does without."""
        del path
        return True

    def states(self) -> list[dict[str, bytes]]:
        """What to back up, the oldest first."""
        return [{path: data for path, data in one.items() if self.allows(path)} for one in states.states()]

    def inside(self, path: str) -> str:
        """The path as the backup should have it, where it adds the folder that was backed up: `srv/kunder/Anna`."""
        return path

    @abstractmethod
    def connect(self) -> Backup:
        """A new connector of the backup, not yet opened."""

    @abstractmethod
    def restored(self) -> list[dict[str, bytes]]:
        """By path, every file of every snapshot that there is now, the oldest first: restored without the connector."""

    @abstractmethod
    def readable(self, needle: bytes) -> bool:
        """Whether these bytes are in anything the backup stores, referred to or not: contents, names, deleted blobs.

        Whatever the key opens is read, and what is compressed is unpacked. Needles are ASCII.
        """

    @abstractmethod
    def labels(self) -> list[str]:
        """What must stay of each snapshot that there is now, the oldest first: time, host, tags, name."""

    def attributes(self) -> list[dict[str, str]]:
        """By path, what must stay of each file of each snapshot: owner, mode, time. Empty where there is no such."""
        return []

    def folders(self) -> list[set[str]] | None:
        """The folders of each snapshot; None where the kind has none."""
        return None

    @abstractmethod
    def broken(self, way: str) -> AbstractContextManager[None]:
        """The backup as it is while it cannot be listed, or not to its end, for the `with` block; then it is whole."""

    def lock(self, path: str) -> date | None:
        """Let the backup itself keep the path, in all snapshots; gives the last day. None: the kind cannot do that."""
        del path
        return None


def must_raise(
    world: BackupWorld, *kinds: type[ConnectorError], private: set[str] | None = None
) -> AbstractContextManager[None]:
    """Fails unless the block raises one of the kinds, in words that hold no path, name or content.

    `private` is given where the witness cannot see the backup either.
    """
    return _must_raise(private_texts(world) if private is None else private, kinds or (ConnectorError,))


@contextmanager
def _must_raise(private: set[str], kinds: tuple[type[ConnectorError], ...]) -> Iterator[None]:
    try:
        yield
    except ConnectorError as error:
        tells_nothing(error, private)
        assert isinstance(error, kinds), f"raised {type(error).__name__}, not {' or '.join(k.__name__ for k in kinds)}"
        return
    raise AssertionError(f"raised nothing, not {' or '.join(kind.__name__ for kind in kinds)}")


def tells_nothing(error: BaseException, private: set[str]) -> None:
    """Fails where the texts of an error hold any of these."""
    shown = told_by(error)
    assert not any(text in shown for text in private), "an error's text holds a path or content"


def private_texts(world: BackupWorld) -> set[str]:
    """Paths, names and contents, as they could turn up in a text."""
    private: set[str] = set()
    for files in world.restored():
        for path, content in files.items():
            for text in (path, path.rpartition("/")[2], content.decode("latin-1")):
                private.update(part for part in (text, repr(text)[1:-1]) if len(part) > 5)
    return private


def picture(world: BackupWorld) -> Picture:
    """All that the witness sees of the snapshots."""
    return world.restored(), world.labels(), world.attributes()


def without(before: Picture, doomed: Mapping[str, bytes]) -> Picture:
    """What must be seen when these paths with these bytes have left every snapshot, and nothing else."""
    restored, labels, attributes = before
    left = [{path: data for path, data in one.items() if doomed.get(path) != data} for one in restored]
    dressed = [
        {path: text for path, text in one.items() if path not in restored[number] or path in left[number]}
        for number, one in enumerate(attributes)
    ]
    return left, labels, dressed


@contextmanager
def nothing_altered(world: BackupWorld) -> Iterator[None]:
    """Fails unless the witness sees the same afterwards."""
    before, folders = picture(world), world.folders()
    yield
    assert picture(world) == before, "something in the backup was altered"
    assert world.folders() == folders, "a folder in the backup was altered"


def entries_of(backup: Backup) -> list[list[Entry]]:
    """The entries of each snapshot, the oldest first. Fails at a gap: the world has none."""
    told = []
    for snapshot in backup.snapshots():
        events = list(backup.entries(snapshot))
        assert not any(isinstance(event, Gap) for event in events), "a gap, where everything can be read"
        told.append([event for event in events if isinstance(event, Entry)])
    return told


def locators(world: BackupWorld, backup: Backup, wanted: Mapping[str, bytes]) -> list[Locator]:
    """The addresses of these paths with these bytes: the witness says in which snapshot to look for each."""
    restored = world.restored()
    told = [{entry.path: entry.content for entry in entries} for entries in entries_of(backup)]
    found = []
    for path, data in wanted.items():
        number = next(number for number, files in enumerate(restored) if files.get(path) == data)
        place = world.inside(path)
        found.append(Locator(world.source, versioned(place, told[number][place])))
    return found


def of_states(world: BackupWorld, paths: Iterable[str]) -> dict[str, bytes]:
    """These paths with the bytes of the last snapshot that holds each; those that the kind cannot hold are left out."""
    seen = world.restored()
    found = {}
    for path in paths:
        holders = [files[path] for files in seen if path in files]
        if holders:
            found[path] = holders[-1]
    return found
