"""The walk of a backup: only snapshots that the index does not know are listed, each content at a path is read once.

Which snapshots hold an item is one mask of bits, kept for all items at once: memory grows with the items, not with the
snapshots times the items. What is noted of snapshots is written when the walk has ended; a scan that is killed keeps
what it read, and the next one lists again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Final

from config.model import Source
from connectors.backups.base import LASTING, Backup, Snapshot, parted
from connectors.base import Connector, Gap, GapReason, Locator, Strength
from connectors.errors import NotFound, Unreachable
from connectors.layers import role_of
from scanner.backups.origins import Origins
from scanner.index.pack import path_token
from scanner.index.seal import Sealer
from scanner.index.snapshots import KnownSnapshot
from scanner.index.sqlite import Index
from scanner.index.views import ItemView
from scanner.read import ReadTask
from scanner.scan_walk import Known, OwnFiles, Walk, hidden_by, task_of

_CHUNK: Final = 5000  # items whose paths are opened together
_LOT: Final = 50_000  # tasks of later snapshots that are sorted together


class BackupWalk(Walk):
    """What the walk of a backup has seen, against what the index has of it. See `Walk`."""

    def __init__(
        self,
        source: str,
        scope: str,
        has: Known,
        index: Index,
        *,
        anew: bool,
    ) -> None:
        """`anew`: every snapshot is listed, known or not."""
        super().__init__(source, scope, has)
        self._index = index
        self._anew = anew
        self._snapshots: list[KnownSnapshot] = []
        self._before = index.masks(source)
        self._kept = 0  # the bits of snapshots that are as they were, and are not listed
        self._again = 0  # the bits of known ones that are listed
        self._hiding: dict[int, list[Gap]] = {}  # by the bit of its snapshot
        self._found: dict[int, int] = {}  # token -> the bits of the snapshots in which it was seen
        self._told: set[tuple[str, GapReason]] = set()

    def tasks(self, connector: Connector, sealer: Sealer, own: OwnFiles) -> Generator[ReadTask, None, None]:
        """The items that the index does not have as they are: snapshot by snapshot, the oldest first."""
        backup = role_of(connector, Backup)
        if backup is None:
            raise Unreachable("it is configured as a backup and is none")
        listed = self._plan(backup)
        first = 1 if backup.scattered else len(listed)
        for number, snapshot in listed[:first]:
            yield from (task for _, task in self._list(backup, number, snapshot, sealer, own))
        rest = (
            pair for number, snapshot in listed[first:] for pair in self._list(backup, number, snapshot, sealer, own)
        )
        while lot := list(islice(rest, _LOT)):
            lot.sort(key=lambda pair: pair[1].path)
            yield from (task for token, task in lot if self._found.get(token))  # a snapshot may be forgotten meanwhile
        yield from self._unlisted()
        self._tell_again(sealer)

    def missing(self, index: Index) -> tuple[list[int], set[int]]:
        """The items that no snapshot holds any more, and those of them that an unread part of one may hide."""
        self._settle()
        known = {token: item for token, (item, _) in self._known.items()} | self._stale
        lost = [token for token in known.keys() | self._found.keys() if not self._found.get(token)]
        items: list[int] = []
        for token in lost:
            item = known.get(token)
            if item is None:  # read in this walk, from a snapshot that went away meanwhile
                view = index.item_by_token(self.source, token)
                item = view.id if view is not None else None
            items += [item] if item is not None else []
        hiding = [gap for gaps in self._hiding.values() for gap in gaps]
        hidden = hidden_by(hiding, index, self.source, items)
        return [item for item in items if item not in hidden], hidden

    def note(self, index: Index) -> bool:
        """Write which snapshots hold what, once all is known; whether there are other snapshots, or items in them."""
        changed = {
            token: self._found.get(token, 0)
            for token in self._before.keys() | self._found.keys()
            if self._found.get(token, 0) != self._before.get(token, 0)
        }
        before = {one.id for one in index.snapshots_of(self.source)}
        index.note_snapshots(self.source, self._snapshots, changed)
        return bool(changed) or before != {one.id for one in self._snapshots}

    def _plan(self, backup: Backup) -> list[tuple[int, Snapshot]]:
        """Number all snapshots; gives those that must be listed, the oldest first."""
        there = {one.id: one for one in backup.snapshots()}
        if not there and backup.expect_items:
            raise Unreachable("the backup lists no snapshot, though it had some: is it the right one, and whole?")
        before = {one.id: one for one in self._index.snapshots_of(self.source)}
        known = {id_: before[id_] for id_ in there if id_ in before}
        free = _free({one.number for one in known.values()})
        listed: list[tuple[int, Snapshot]] = []
        for id_, snapshot in there.items():
            old = known.get(id_)
            number = old.number if old is not None else next(free)
            if old is not None and old.whole and backup.frozen and not self._anew:
                self._kept |= 1 << number
                self._snapshots.append(old)
                continue
            if old is not None:
                self._again |= 1 << number
            listed.append((number, snapshot))
        return listed

    def _list(
        self, backup: Backup, number: int, snapshot: Snapshot, sealer: Sealer, own: OwnFiles
    ) -> Iterator[tuple[int, ReadTask]]:
        """One snapshot's entries; those that are to be read, with the tokens of their paths."""
        bit, found, gaps = 1 << number, self._found, self._hiding
        try:
            for entry in backup.entries(snapshot):
                if isinstance(entry, Gap):
                    if entry.locator.path not in own:
                        self._meet(entry, bit, sealer)
                    continue
                item = backup.item(entry)
                token = path_token(sealer, item.locator.path)
                mask = found.get(token)
                if mask is not None:
                    found[token] = mask | bit
                    continue
                if entry.path in own:
                    continue
                found[token] = bit
                self.count += 1
                known = self._known.get(token)
                same = known is not None and known[1] == item.version.token
                if not same or (self._marks and self._marks.differ(self.source, item.locator.path, token)):
                    yield token, task_of(self, item)
        except NotFound:  # forgotten by the backup while it was listed: what only it held is gone
            for token, mask in found.items():
                found[token] = mask & ~bit
            gaps.pop(bit, None)
            return
        self._snapshots.append(KnownSnapshot(number, snapshot.id, snapshot.at, snapshot.label, bit not in gaps))

    def _meet(self, gap: Gap, bit: int, sealer: Sealer) -> None:
        if gap.reason in LASTING:
            token = _gap_token(sealer, gap.locator.path, gap.reason)
            self._found[token] = self._found.get(token, 0) | bit
        else:
            self._hiding.setdefault(bit, []).append(gap)
        self._tell(gap)

    def _tell(self, gap: Gap) -> None:
        """The same path in many snapshots is one gap."""
        key = (gap.locator.path, gap.reason)
        if key not in self._told:
            self._told.add(key)
            self.gaps.append(gap)

    def _unlisted(self) -> Iterator[ReadTask]:
        """What must be read though no snapshot was listed that holds it: its reader changed, or its register."""
        wanted = [item for token, item in self._stale.items() if self._is_kept(token)]
        for view in _views(self._index, wanted):
            yield _again(view)
        if self._marks:
            kept = {item: token for token, (item, _) in self._known.items() if self._is_kept(token)}
            for view in _views(self._index, list(kept)):
                if self._marks.differ(self.source, view.path, kept[view.id]):
                    yield _again(view)

    def _is_kept(self, token: int) -> bool:
        return token not in self._found and bool(self._before.get(token, 0) & self._kept)

    def _tell_again(self, sealer: Sealer) -> None:
        """The lasting gaps of snapshots that were not listed."""
        for gap in self._index.gaps():
            if gap.source == self.source and gap.reason in LASTING and not gap.steps:
                token = _gap_token(sealer, gap.path, gap.reason)
                if self._before.get(token, 0) & self._kept:
                    self._tell(Gap(Locator(gap.source, gap.path), gap.reason, gap.detail))

    def _settle(self) -> None:
        """Add what snapshots hold that were not listed, and what a part of one that could not be read may hide."""
        hiding = 0
        for bit in self._hiding:
            hiding |= bit & self._again
        unseen: dict[int, int] = {}
        for token, mask in self._before.items():
            seen = self._found.get(token, 0)
            whole = seen | (mask & self._kept)
            if mask & hiding & ~seen:
                unseen[token] = mask & hiding & ~seen
            if whole:
                self._found[token] = whole
        known = {token: item for token, (item, _) in self._known.items()} | self._stale
        for bit, gaps in self._hiding.items():
            tokens = {known[token]: token for token, mask in unseen.items() if mask & bit and token in known}
            for item in hidden_by(gaps, self._index, self.source, list(tokens)):
                token = tokens[item]
                self._found[token] = self._found.get(token, 0) | bit


class OwnCopies(OwnFiles):
    """What gallra keeps for itself, as it lies in a backup. `path in own`."""

    def __init__(self, backup: Source, sources: Iterable[Source], leave_out: Sequence[Path], origins: Origins) -> None:
        """`leave_out` are absolute paths of files and folders; `sources` may hold them too."""
        self._backup = backup.name
        self._origins = origins
        self._absolute = tuple(f"{path}/" for path in leave_out if len(path.parts) > 2)
        self._inside = {one.name: OwnFiles(one, leave_out) for one in sources}

    def __bool__(self) -> bool:
        return True

    def __contains__(self, path: str) -> bool:
        whole = f"/{path}/"
        if any(own in whole for own in self._absolute):
            return True
        origin = self._origins.origin(self._backup, path) if any(self._inside.values()) else None
        return origin is not None and origin.source in self._inside and origin.path in self._inside[origin.source]


def _free(taken: set[int]) -> Iterator[int]:
    """Numbers that no snapshot has, the smallest first."""
    return (number for number in count() if number not in taken)


def _gap_token(sealer: Sealer, path: str, reason: GapReason) -> int:
    """The token of a gap among those of items: no path of an item begins so."""
    return path_token(sealer, f"\x00{reason.value}\x00{path}")


def _views(index: Index, items: Sequence[int]) -> Iterator[ItemView]:
    """Items of the index, some at a time, each lot by path."""
    for start in range(0, len(items), _CHUNK):
        yield from sorted(index.items(items[start : start + _CHUNK]).values(), key=lambda view: view.path)


def _again(view: ItemView) -> ReadTask:
    """The task to read an item as it was listed before."""
    version = parted(view.path)[1]
    return ReadTask(
        view.source, view.scope, view.path, version, Strength.STRONG.value, view.kind.value, view.size, view.links
    )
