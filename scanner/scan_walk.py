"""The walk of one scope: which of its items must be read, which are gone, and which a gap hides."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from config.model import Source
from connectors.base import Checkpoint, Connector, Gap, Gone, Item, Resumed, WalkEvent
from connectors.errors import Unreachable
from connectors.locator import Locator
from scanner.index.pack import path_token
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.read import ReadTask
from scanner.registers.by_path import ByPath

_FOLDER = "folder"  # the kind of source that may hold gallra's own files


class Known(NamedTuple):
    """What the index has of a scope: as it should be, by the token of the path, with the item and its version.

    `stale` are the items that must be read whatever their version says.
    """

    known: dict[int, tuple[int, str]]
    stale: dict[int, int]
    marks: Marks


class Walk:
    """What the walk of one scope has seen, against what the index has of it.

    `since` is where the walk may go on, None where it must be full: also where an
    item has to be read that the source does not know to be new.
    """

    def __init__(
        self,
        source: str,
        scope: str,
        has: Known,
        since: str | None = None,
    ) -> None:
        known, stale, marks = has
        self.source = source
        self.scope = scope
        self.since = None if stale or marks or any(not version for _, version in known.values()) else since
        self.gaps: list[Gap] = []
        self.count = 0  # items seen
        self._known = known
        self._stale = stale
        self._marks = marks
        self._seen: set[int] = set()
        self._gone: dict[int, str] = {}
        self._resumed = False
        self._cursor: str | None = None

    @property
    def cursor(self) -> str | None:
        """Where the next walk may go on: none after one with gaps, of which only a full walk can tell the end."""
        return self._cursor if not self.gaps else None

    def tasks(self, connector: Connector, sealer: Sealer, own: OwnFiles) -> Generator[ReadTask, None, None]:
        """Walk the source: the items that the index does not have as they are now."""
        return self.changed(connector.walk(self.scope, self.since), sealer, own)

    def changed(self, events: Iterable[WalkEvent], sealer: Sealer, own: OwnFiles) -> Generator[ReadTask, None, None]:
        """The items that the index does not have as they are now; all else is noted on the way."""
        known_of, seen = self._known.get, self._seen.add
        marks = self._marks if self._marks else None
        for event in events:
            if isinstance(event, Item):
                path = event.locator.path
                if own and path in own:
                    continue
                self.count += 1
                token = path_token(sealer, path)
                seen(token)
                self._gone.pop(token, None)
                known = known_of(token)
                same = known is not None and known[1] == event.version.token and known[1]
                if not same or (marks is not None and marks.differ(self.source, path, token)):
                    yield task_of(self, event)
            else:
                self._note(event, sealer, own)

    def missing(self, index: Index) -> tuple[list[int], set[int]]:
        """The items that are gone, and those that are not in sight because a gap is above them."""
        told = [index.item_by_path(self.source, path) for path in self._gone.values()]
        gone = {view.id for view in told if view is not None}
        if self._resumed:
            return [*gone], set()
        everything = {token: item for token, (item, _) in self._known.items()} | self._stale
        unseen = [item for token, item in everything.items() if token not in self._seen and item not in gone]
        hidden = hidden_by(self.gaps, index, self.source, unseen)
        return [*gone, *(item for item in unseen if item not in hidden)], hidden

    def note(self, index: Index) -> bool:
        """Write what the index keeps of the walk besides its items, once it has ended; whether that is other now."""
        del index
        return False

    def _note(self, event: WalkEvent, sealer: Sealer, own: OwnFiles) -> None:
        if isinstance(event, Gap):
            if event.locator.path not in own:
                self.gaps.append(event)
        elif isinstance(event, Gone):
            token = path_token(sealer, event.locator.path)
            self._seen.discard(token)
            self._gone[token] = event.locator.path
        elif isinstance(event, Checkpoint):
            self._cursor = event.cursor
        elif isinstance(event, Resumed) and self.since is not None and not self.count and not self._gone:
            self._resumed = True
        else:
            raise Unreachable("the walk gave something that is no walk event, or not in its place")


class Marks:
    """Whether items were read under other `[[register]]` rules than those of now: `marked` by the token of the path."""

    def __init__(self, registers: ByPath, marked: Mapping[int, str]) -> None:
        self._registers = registers
        self._marked = marked

    def __bool__(self) -> bool:
        return bool(self._registers) or bool(self._marked)

    def differ(self, source: str, path: str, token: int) -> bool:
        """True where the item must be read again."""
        return self._registers.mark(source, path) != self._marked.get(token, "")


def hidden_by(gaps: Sequence[Gap], index: Index, source: str, items: Sequence[int]) -> set[int]:
    """Those of the items that one of the gaps covers."""
    if not gaps or not items:
        return set()
    return {
        number
        for number, view in index.items(items).items()
        if any(gap.locator.covers(Locator(source, view.path)) for gap in gaps)
    }


class OwnFiles:
    """What gallra itself keeps inside a folder source: its state, its key, its configuration. `path in own`."""

    def __init__(self, source: Source, leave_out: Iterable[Path]) -> None:
        """`leave_out` are absolute paths of files and folders; those outside the source are none of its paths."""
        folder = source.settings.get("path") if source.kind == _FOLDER else None
        inside = [_inside(Path(folder), path) for path in leave_out] if folder else []
        self._paths = frozenset(path for path in inside if path is not None)
        self._below = tuple(path + "/" for path in self._paths)

    def __bool__(self) -> bool:
        return bool(self._paths)

    def __contains__(self, path: str) -> bool:
        return path in self._paths or path.startswith(self._below)


def _inside(folder: Path, path: Path) -> str | None:
    """The path as an item of the folder has it, whatever links lead to both; None where it is not inside."""
    with suppress(ValueError):
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(folder))
        if relative != os.curdir and relative.partition("/")[0] != os.pardir:
            return relative
    return None


def task_of(walk: Walk, item: Item) -> ReadTask:
    """The task to read an item that the walk met."""
    return ReadTask(
        walk.source,
        walk.scope,
        item.locator.path,
        item.version.token,
        item.version.strength.value,
        item.kind.value,
        item.size,
        item.links,
    )
