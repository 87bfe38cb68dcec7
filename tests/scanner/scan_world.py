"""A source in memory that counts what is read of it and fails where it is told to, and a scanner over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.model import Source
from connectors.base import Checkpoint, Content, Item, Locator, Resumed, WalkEvent
from connectors.errors import Unreachable
from connectors.memory import Memory, Store
from scanner.detect.base import DetectSettings
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.limits import Limits
from scanner.read import ReaderSettings
from scanner.scan import Scanner, SourceReport

MASTER = b"a master key for tests, 32 bytes"


@dataclass(slots=True)
class Counted(Store):
    """A store that notes what is read, and how its walks go wrong."""

    reads: list[str] = field(default_factory=list)  # type: ignore[assignment]
    fails_after: int | None = None  # events of a walk, after which the source is cut off
    lost: set[str] = field(default_factory=set)  # paths at whose read the source is cut off
    more: dict[str, list[WalkEvent]] = field(default_factory=dict)  # scope -> what its walk yields besides
    lists: list[str] | None = None  # what it says its scopes are
    hidden: set[str] = field(default_factory=set)  # paths that full walks do not meet
    cursors: bool = False  # its walks end with a checkpoint, and go on from one
    news: dict[str, list[WalkEvent]] = field(default_factory=dict)  # scope -> what a walk from a checkpoint yields
    walks: list[tuple[str, str | None]] = field(default_factory=list)  # scope and cursor of each

    def __deepcopy__(self, memo: dict[int, Any]) -> Counted:
        return self  # every connector of the source works on the same one


class Counting(Memory):
    """A connector of a Counted store."""

    store: Counted

    def scopes(self) -> Iterator[str]:
        yield from super().scopes() if self.store.lists is None else self.store.lists

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        self.store.walks.append((scope, cursor))
        met = (one for one in super().walk(scope, cursor) if _path(one) not in self.store.hidden)
        events = [*met, *self.store.more.get(scope, [])]
        if self.store.cursors:
            known = cursor is not None and cursor.startswith("at ")
            events = [Resumed(), *self.store.news.get(scope, [])] if known else events
            events.append(Checkpoint(f"at {len(self.store.walks)}"))
        for number, event in enumerate(events):
            if number == self.store.fails_after:
                raise Unreachable("the memory was cut off")
            yield event

    def read(self, locator: Locator) -> Content:
        if locator.path in self.store.lost:
            raise Unreachable("the memory was cut off")
        self.store.reads.append(locator.path)
        return super().read(locator)


def _path(event: WalkEvent) -> str:
    return event.locator.path if isinstance(event, Item) else ""


class ScanWorld:
    """An index, a counted source named `minne`, and scans of it in this process."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "index.sqlite"
        self.sealer = Sealer(Keys.derive(MASTER))
        self.index = Index.open(self.path, self.sealer)
        self.store = Counted()
        self.source = Source("minne", "memory", {"store": self.store})

    def put(self, **items: str) -> None:
        """`put(a__x="text")` lays `text` at `a/x`."""
        for name, text in items.items():
            self.store.items[name.replace("__", "/")] = text.encode()

    def scan(
        self,
        source: Source | None = None,
        *,
        full: bool = False,
        whole: bool = False,
        detect: DetectSettings | None = None,
        leave_out: tuple[Path, ...] = (),
    ) -> SourceReport:
        """One scan; `self.store.reads` then holds what it read."""
        self.store.reads.clear()
        one = source or self.source
        settings = ReaderSettings((one,), Limits(), detect or DetectSettings(), MASTER)
        scanner = Scanner(self.index, self.sealer, settings, workers=0, full=full, whole=whole, leave_out=leave_out)
        return scanner.scan([one])[0]

    def held(self, source: str = "minne") -> set[str]:
        """The paths of all items that the index has of a source."""
        items = [
            state.item for scope in self.index.scopes(source) for state in self.index.states(source, scope).values()
        ]
        return {view.path for view in self.index.items(items).values()}

    def stale(self) -> set[str]:
        """The paths of those that are stale."""
        return {gap.path for gap in self.index.gaps() if gap.reason.value == "stale"}

    def found(self, email: str) -> int:
        """In how many records an address is."""
        return self.index.count_records_with(self.sealer.token("email", email))
