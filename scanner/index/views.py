"""What the index answers with: opened, in words of the design."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from connectors.base import GapReason, ItemKind, Version
from connectors.locator import Locator
from scanner.records import Role, Steps


class State(NamedTuple):
    """What a scan must know of an item to decide whether to read it again. `reader`: see `reader_fingerprints`."""

    item: int
    version: str
    reader: int
    stale: bool


class MentionView(NamedTuple):
    """An identifier in a record. Entity 0: it belongs to no entity."""

    token: int
    role: Role
    entity: int


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record. No steps: the item itself."""

    id: int
    item: int
    steps: Steps
    kind: str
    mentions: list[MentionView]


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item. `content` is the keyed hash, `formats` a list with commas."""

    id: int
    source: str
    scope: str
    path: str
    version: Version
    kind: ItemKind
    size: int | None
    links: int
    content: bytes | None
    stale: bool
    formats: str

    @property
    def locator(self) -> Locator:
        """Its address."""
        return Locator(self.source, self.path)


@dataclass(frozen=True, slots=True)
class GapView:
    """Something in scope that was not searched. A gap of a walk covers its path and all below it."""

    source: str
    path: str
    steps: Steps
    reason: GapReason
    detail: str


@dataclass(frozen=True, slots=True)
class SearchedView:
    """How much of a source is in the index.

    `scanned_at` is when the oldest of its scopes' last walks that ended began, None while a scope was never walked to
    its end; `complete` is False when a walk of any scope has not ended, or ended early.
    """

    source: str
    items: int
    records: int
    scanned_at: datetime | None
    complete: bool
