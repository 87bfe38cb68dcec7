"""The connector contract: what a source promises to gallra, and what gallra promises to it.

A connector is one module that can list, read and erase the items of one kind of source. To write one, subclass
`Connector`, keep every sentence below, register it under the entry point group `gallra.connectors`, and let
`connectors.conformance` judge it against an independent witness.

What a caller may rely on
  1. Everything in scope is yielded once by `walk`, or as a `Gap`. An interrupted walk raises; it never ends short.
  2. An unchanged item keeps its locator and its version across sessions.
  3. A stale version raises `Changed` and alters nothing.
  4. `remove` touches its target only. Never a pattern, never a folder-wide operation.
  5. Removing twice is safe: the second receipt says `absent`.
  6. No message, log line or exception holds content or identifiers; a locator is passed as a value, never in text.
  7. Nothing notifies anyone.
  8. A source that is unmounted, empty where it was not, or cut off half-way is `Unreachable`, never "all deleted".

What a caller may not assume
  - that two connectors of one source share anything but the source; each worker opens its own;
  - that `walk` is ordered, or that a `Content` outlives its `with` block;
  - that retrying, throttling or read-only protection happens here: those are `connectors.layers`.

What only some sources can do or need is a role: `connectors.roles`.

Arrows point one way: nothing in `connectors` imports `config` or `scanner`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from types import TracebackType, UnionType
from typing import Any, BinaryIO, ClassVar, Self

from connectors.errors import ConfigError
from connectors.locator import Locator
from connectors.roles import ByHand, Canonical, HoldsFolders, Notifying, Ordered, ReadsAhead, Renumbers, Watchable

__all__ = [
    "ByHand",
    "Canonical",
    "Capabilities",
    "Checkpoint",
    "Connector",
    "Content",
    "Gap",
    "GapReason",
    "Gone",
    "HoldsFolders",
    "Item",
    "ItemKind",
    "LeftOut",
    "Locator",
    "Looked",
    "Notifying",
    "Option",
    "Ordered",
    "Outcome",
    "Presence",
    "ReadsAhead",
    "Receipt",
    "Renumbers",
    "Resumed",
    "Staged",
    "Strength",
    "Version",
    "WalkEvent",
    "Watchable",
]


class Strength(StrEnum):
    """How far a version can be trusted: strong = content hash or server etag; weak = size+mtime+inode."""

    STRONG = "strong"
    WEAK = "weak"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Version:
    """What a source says of an item's content. Two equal tokens mean: not changed, as far as the source can tell."""

    token: str
    strength: Strength = Strength.WEAK


class ItemKind(StrEnum):
    """What an item is, in words a user knows."""

    FILE = "file"
    MESSAGE = "message"
    EVENT = "event"
    CONTACT = "contact"
    ROW = "row"
    FOLDER = "folder"


class GapReason(StrEnum):
    """Why something in scope was not searched. The values are part of the JSON contract."""

    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too large"
    TOO_DEEP = "too deep"
    DENIED = "denied"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    CRASHED = "reader crashed"
    UNKNOWN_FORMAT = "unknown format"
    SPECIAL_FILE = "special file"
    LINK = "link not followed"
    CHANGED = "changed while read"
    NEEDS_OCR = "needs OCR"
    STALE = "stale"
    NEVER_SCANNED = "never scanned"
    UNREACHABLE = "unreachable"
    NO_BACKUP = "no backup known"


@dataclass(frozen=True, slots=True)
class Item:
    """One addressable thing in a source.

    `links` counts the names the same content has (hard links); more than 1 means that removing this locator leaves
    the content under another name, and the plan must say so. `name` is what a reader may use to guess the format.
    """

    locator: Locator
    version: Version
    kind: ItemKind = ItemKind.FILE
    size: int | None = None
    links: int = 1


@dataclass(frozen=True, slots=True)
class Gone:
    """Positive word from the source that the item is no more. Only this, or a full walk, retires an item."""

    locator: Locator


@dataclass(frozen=True, slots=True)
class Gap:
    """Something in scope that could not be searched. Covers its locator and all below it."""

    locator: Locator
    reason: GapReason
    detail: str = ""  # for an admin; no content, no identifiers, no paths


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a source's settings keep out of its walks: `setting` in the admin's words, a pattern or a name.

    `items` counts what was passed by, `folders` those among it that were not looked into; None: nobody has counted.
    Not `countable` is what no walk will ever count: a table that is not configured.
    """

    setting: str
    items: int | None = None
    folders: int = 0
    countable: bool = True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place from which `walk(scope, cursor)` can go on. The last event of a whole walk, where a source can do it."""

    cursor: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """The first event of a walk that goes on from its cursor: what it does not yield is as it was at that cursor.

    A walk that does not begin with it is full, whatever cursor it was given.
    """


@dataclass(frozen=True, slots=True)
class Looked:
    """Of a look at some paths (`Watchable`): all that is at this locator and below it was yielded, or as a gap."""

    locator: Locator


WalkEvent = Item | Gone | Gap | Checkpoint | Resumed


class Content:
    """An item's bytes and the version they were read under. A context manager; `stream` is seekable and binary."""

    __slots__ = ("media_type", "name", "size", "stream", "version")

    def __init__(
        self, stream: BinaryIO, version: Version, size: int | None, name: str, media_type: str | None = None
    ) -> None:
        self.stream = stream
        self.version = version
        self.size = size
        self.name = name  # a file name with its ending, for guessing the format
        self.media_type = media_type

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stream.close()


class Presence(StrEnum):
    """The two answers of `presence`. Everything else is an exception: "could not tell" is never "gone"."""

    PRESENT = "present"
    ABSENT = "absent"


class Outcome(StrEnum):
    """What `remove` did."""

    ERASED = "erased"  # gone for good, as far as the source can tell; verification looks again
    ABSENT = "absent"  # was not there
    RECOVERABLE = "recoverable"  # the source keeps it until `until`


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a source said of a removal. `survives` names what is left (other links, a dumpster), without paths."""

    locator: Locator
    outcome: Outcome
    survives: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """A changed item that lies beside the old one. Plain strings, so that the journal can keep it over a crash."""

    locator: Locator
    expected: Version
    token: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this source, as signed in, can do. `limits` are sentences for the docs and for `gallra check`.

    `facts` are what the server told of itself, for `gallra check` alone: what it is, its rights and quota, how it is
    walked and erased there. No address and no name of a person is in them.
    """

    versions: Strength
    removes: bool = True
    stages: bool = True
    limits: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


class _Missing(Enum):
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a connector, as an admin writes it in `[[source]]`. `config` checks type, presence and name.

    With `tables` it is a table of settings of its own (type `dict`, written in braces) or a list of them (type `list`,
    written `[[source.NAME]]`): those settings may hold tables again, and no secrets.
    """

    name: str
    type: type | UnionType  # str, int, bool, list (of str), dict (with tables), or a union of them
    help: str
    default: Any = _Missing.MISSING
    secret: bool = False  # only env:, file: and keyring: references are taken
    path: bool = False  # relative to the configuration file
    choices: tuple[str, ...] = field(default=())
    tables: tuple[Option, ...] = ()

    @property
    def required(self) -> bool:
        """True where the admin must write it."""
        return self.default is _Missing.MISSING


class Connector(ABC):
    """One source, signed in. Use as a context manager: `with connector as source: ...`."""

    kind: ClassVar[str]
    options: ClassVar[tuple[Option, ...]] = ()
    networked: bool = False  # a server answers: calls are then retried and paced (`connectors.network`)
    expect_items: bool = False  # set by the scanner when its index knows items: an empty source is then Unreachable

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        """Keep the settings; do no I/O. `settings` holds every option (defaults filled in, secrets resolved)."""
        self.name = name
        self.settings = settings

    @classmethod
    def validate(cls, settings: Mapping[str, Any]) -> list[str]:
        """Problems that types alone do not show, one sentence each; no I/O."""
        del settings
        return []

    @abstractmethod
    def open(self) -> Capabilities:
        """Sign in and learn what the source can do.

        Raises Unreachable (not mounted, no answer, empty where a sentinel is expected) or Denied.
        """

    def close(self) -> None:  # noqa: B027 - nothing to close is a fair default
        """Let go of everything. Safe to call twice, and after a failed `open`."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def scopes(self) -> Iterator[str]:
        """Folders, mailboxes or calendars: the unit of parallel work and of cursors. Names are stable."""

    @abstractmethod
    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """Yield every item of the scope once, or as a gap.

        With no cursor, or one the source no longer knows, the walk is full. One that goes on from the cursor yields
        `Resumed` first, then what is new or changed since, and `Gone` for what is no more. Raises Unreachable if cut
        off.
        """

    def left_out(self) -> tuple[LeftOut, ...]:
        """What the settings keep out of the walks: counted by those since `open`, and only by whole ones. No I/O."""
        return ()

    @abstractmethod
    def read(self, locator: Locator) -> Content:
        """Give content and version, and change nothing at the source (no read marks, no receipts, no access times).

        Raises NotFound, Denied, Changed (it changed while it was read), Unreachable.
        """

    @abstractmethod
    def version(self, locator: Locator) -> Version:
        """The item's version now, as cheaply as the source can tell. Raises NotFound, Denied, Unreachable."""

    @abstractmethod
    def presence(self, locator: Locator) -> Presence:
        """Present or absent, or raise. Absent needs positive evidence: a refused or failed look is an exception."""

    @abstractmethod
    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Erase for good, past trash and dumpsters where the source allows.

        Raises Changed when the item is not at `expected`, Denied, Held, Unsupported, Unreachable. What is already
        gone gives a receipt with outcome ABSENT.
        """

    @abstractmethod
    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Put a changed item beside the old one (or only prepare it, where one conditional write is atomic).

        Raises Changed, Denied, Unsupported. The old item stays what users see.
        """

    @abstractmethod
    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Make the staged item the item. Raises Changed (and leaves both) when the old one is not at `expected`.

        Safe to call again after a crash: a commit that was done answers the same.
        """

    @abstractmethod
    def abandon(self, staged: Staged) -> None:
        """Take the staged item away; the old one stays. Safe to call twice."""


def require(settings: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - settings are what TOML holds
    """The setting, or a ConfigError that names it."""
    if name not in settings or settings[name] in ("", None):
        raise ConfigError([f"{name}: is missing"])
    return settings[name]
