"""The contract of a backup: what copies of sources promise to gallra, beyond what `connectors.base` asks of a source.

A backup holds snapshots, a snapshot holds entries, and an entry is a path with one content. What is indexed, found and
erased is the path with that content, once, however many snapshots hold it: `versioned` makes its address. Erasing is
for all of a run at once: `note` what shall be gone, `rewrite` the snapshots that hold it, `reclaim` the room that it
took, and `prove` that nothing of it can be read any more. Each may be called again after a crash.

What a caller may rely on, besides `connectors.base`
  1. Of a snapshot every file is yielded once by `entries`, or as a `Gap`; one that breaks off raises.
  2. The same path with the same content has the same content id in all snapshots and sessions.
  3. `rewrite` takes out exactly what it is given: another content at the same path, and all else, stays byte for byte,
     with names, times, owners, tags and hosts. It selects by exact path, never by a pattern; it looks before and after.
  4. Locks of others are waited for, told, and never broken.
  5. What the backup keeps by a rule of its own (Object Lock, append-only) is told with its date, and never called gone.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final

from connectors.base import (
    Connector,
    Gap,
    GapReason,
    Item,
    ItemKind,
    Locator,
    Outcome,
    Presence,
    Receipt,
    Staged,
    Strength,
    Version,
    WalkEvent,
)
from connectors.errors import ConnectorError, Malformed, NotFound, Unreachable, Unsupported

SCOPE: Final = "snapshots"
"""The only scope of a backup."""

LASTING: Final = frozenset({GapReason.LINK, GapReason.SPECIAL_FILE})
"""Gaps that hide no content: what they are about stays so, and all else of their snapshot was listed."""

_MARK: Final = ";version="
_LETTERS: Final = "abcdefghijklmnop"  # no digit: an id is never taken for a number of a person
_TO_LETTERS: Final = str.maketrans("0123456789abcdef", _LETTERS)
_ID: Final = 20  # letters, of 4 bits each

Key = tuple[str, str]
"""A path in the backup, and the id of its content: what `versioned` joins."""

NOT_EDITED: Final = "a file in a backup is not edited: it can be dropped from the snapshots, or stay"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of the backup. `id` changes when it is rewritten; `label` is how an admin knows it (no personal data).

    `at` is when it was made, in UTC. `immutable_until`: the last day on which the backup lets nobody change it.
    """

    id: str
    at: datetime
    label: str = ""
    immutable_until: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a snapshot: its path as the backup has it, with `/`, and the id of its content (`content_id`)."""

    path: str
    content: str
    size: int | None = None
    kind: ItemKind = ItemKind.FILE


class Backup(Connector):
    """One backup, signed in."""

    frozen: ClassVar[bool] = True
    """False where a snapshot may hold something else under the same id: then it is always listed anew."""

    scattered: ClassVar[bool] = False
    """True where reading a few files here and there of a snapshot costs as much as reading it whole, and of several
    snapshots side by side little more: what only older ones hold is then asked for by path over all of them."""

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        super().__init__(name, settings)
        self._listed: set[str] | None = None
        self._hidden: ConnectorError | None = None
        self._clean = False

    @abstractmethod
    def snapshots(self) -> list[Snapshot]:
        """All of them, the oldest first. Raises Unreachable, Denied."""

    @abstractmethod
    def entries(self, snapshot: Snapshot) -> Iterator[Entry | Gap]:
        """Every file of the snapshot once, in the order in which reading them is fastest; or a gap.

        A gap's locator is the path without content, "" for a snapshot that cannot be read. Raises NotFound where the
        snapshot is gone meanwhile, Unreachable where it breaks off.
        """

    @abstractmethod
    def note(self, locators: Sequence[Locator]) -> dict[Locator, str]:
        """What `prove` needs to know of these later, when no snapshot lists them: ids of blobs, versions, links.

        Changes nothing. Nothing ("") for what is not listed now. Holds no name and no content.
        """

    @abstractmethod
    def rewrite(
        self, locators: Sequence[Locator], folders: Sequence[str] = ()
    ) -> dict[Locator, Receipt | ConnectorError]:
        """Take these out of every snapshot that holds them, and `folders` (paths) wherever nothing is in them then.

        For each: a receipt with ERASED (no snapshot lists it any more, `reclaim` must follow), ABSENT (none listed it),
        RECOVERABLE with the day until which the backup keeps it; or the error that kept it in. Raises what stops all of
        it: Unreachable (offline, locked, full disk), Denied (password, append-only), Unsupported.
        """

    @abstractmethod
    def reclaim(self) -> None:
        """Make the room that nothing refers to free, to the last byte, and let the backup check itself.

        Raises Unreachable, Denied, ProtocolBroken (its own check finds it damaged). Safe to call again.
        """

    @abstractmethod
    def unreclaimed(self) -> bool:
        """True where the backup still stores what no snapshot refers to. Raises Unreachable, Denied: never a guess."""

    @abstractmethod
    def prove(self, notes: Mapping[Locator, str]) -> dict[Locator, Presence | ConnectorError]:
        """Of each: ABSENT only where no snapshot lists it and what was noted of it cannot be read any more.

        What others refer to as well (the same content under another path) does not count against it.
        """

    def scopes(self) -> Iterator[str]:
        """One: a snapshot is no scope, since most of it is in the others too."""
        yield SCOPE

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """Every path with every content that a snapshot holds, once. Always whole: see `scanner.backups.walk`."""
        del cursor
        if scope != SCOPE:
            raise Malformed("a backup has no such scope")
        seen: set[str] = set()
        for snapshot in self.snapshots():
            for entry in self.entries(snapshot):
                if isinstance(entry, Gap):
                    yield entry
                    continue
                item = self.item(entry)
                if item.locator.path not in seen:
                    seen.add(item.locator.path)
                    yield item

    def key(self, locator: Locator) -> Key:
        """What a locator of this backup means. Raises Malformed for another source's, and for what is no address."""
        if locator.source != self.name or locator.steps:
            raise Malformed("not an item of this backup", locator)
        return parted(locator.path)

    def item(self, entry: Entry) -> Item:
        """The item that an entry is."""
        locator = Locator(self.name, versioned(entry.path, entry.content))
        return Item(locator, Version(entry.content, Strength.STRONG), entry.kind, entry.size)

    def version(self, locator: Locator) -> Version:
        """The id of its content, where a snapshot lists it."""
        if self.presence(locator) is Presence.ABSENT:
            raise NotFound("no snapshot holds it", locator)
        return Version(self.key(locator)[1], Strength.STRONG)

    def presence(self, locator: Locator) -> Presence:
        """Whether a snapshot lists it, or what nothing refers to is still stored: that may be it.

        The listing is made once an opened session, and anew after `rewrite` (see `changed`).
        """
        if self.listed(locator):
            return Presence.PRESENT
        if not self._clean and self.unreclaimed():
            raise Unreachable("no snapshot lists it, but the backup has not been reclaimed: it may still be stored")
        self._clean = True
        return Presence.ABSENT

    def listed(self, locator: Locator) -> bool:
        """Whether a snapshot lists it: all there is to ask of what was proven gone. Raises where one is hidden."""
        self.key(locator)
        if locator.path in self._listing():
            return True
        if self._hidden is not None:
            raise self._hidden
        return False

    def paths(self) -> set[str]:
        """The paths of all its items, listed anew. Raises Unreachable where a part of it cannot be listed."""
        self.changed()
        found = self._listing()
        if self._hidden is not None:
            raise self._hidden
        return found

    def has_folder(self, path: str) -> bool:
        """Whether a snapshot has this folder, also an empty one, or one with links alone in it. Raises Unreachable.

        Here for a backup in which there are no folders but the paths of its items.
        """
        return any(one.startswith(f"{path}/") for one in self.paths())

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """One item, by itself: what a run does for all of its items at once."""
        del expected  # another content is another address
        if self.presence(locator) is Presence.ABSENT:
            return Receipt(locator, Outcome.ABSENT)
        notes = self.note([locator])
        receipt = self.rewrite([locator])[locator]
        if isinstance(receipt, ConnectorError):
            raise receipt
        self.reclaim()
        left = self.prove(notes)[locator]
        if isinstance(left, ConnectorError):
            raise left
        if left is Presence.PRESENT and receipt.outcome is not Outcome.RECOVERABLE:
            raise Unreachable("it was taken out of the snapshots, and can still be read", locator)
        return receipt

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Refused."""
        del expected, content
        raise Unsupported(NOT_EDITED, locator)

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Refused."""
        raise Unsupported(NOT_EDITED, staged.locator)

    def abandon(self, staged: Staged) -> None:
        """There is nothing to abandon."""

    def changed(self) -> None:
        """For who implements `rewrite`: what was listed is no longer so."""
        self._listed, self._hidden, self._clean = None, None, False

    def _listing(self) -> set[str]:
        if self._listed is None:
            found: set[str] = set()
            for event in self.walk(SCOPE):
                if isinstance(event, Item):
                    found.add(event.locator.path)
                elif isinstance(event, Gap) and event.reason not in LASTING:
                    self._hidden = Unreachable("part of the backup could not be listed")
            self._listed = found
        return self._listed


def versioned(path: str, content: str) -> str:
    """The path of an item in a backup: `srv/Anna/brev.docx;version=abcdefghijklmnopabcd`."""
    return f"{path}{_MARK}{content}"


def parted(path: str) -> Key:
    """The path in the backup, and the id of the content. Raises Malformed for what `versioned` did not make."""
    before, mark, content = path.rpartition(_MARK)
    if not mark or not before or len(content) != _ID or not set(content) <= set(_LETTERS):
        raise Malformed("not an address in a backup")
    return before, content


def plain(path: str) -> str:
    """The path without the id of its content; itself where it has none, as a folder."""
    try:
        return parted(path)[0]
    except Malformed:
        return path


def above(path: str) -> list[str]:
    """The folders that a path lies in, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def content_id(facts: Iterable[object]) -> str:
    """An id from whatever tells a content from another, in 20 letters: a hash, or size, times and inode."""
    digest = hashlib.blake2b("\x00".join(map(str, facts)).encode("utf-8", "surrogateescape"), digest_size=_ID // 2)
    return digest.hexdigest().translate(_TO_LETTERS)
