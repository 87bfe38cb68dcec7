"""The optional roles of the contract, each a small protocol: what only some sources can do, or need to be told.

Ask by `connectors.layers.role_of`, which sees through the layers around a connector.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from connectors.locator import Locator

if TYPE_CHECKING:
    from connectors.base import Gap, Item, Looked, Version


@runtime_checkable
class HoldsFolders(Protocol):
    """An optional role: a source whose items lie in folders that have names of their own."""

    def has_folder(self, path: str) -> bool:
        """True where a folder is there, empty or not. Raises Denied, Changed, Unreachable: never a guess."""

    def remove_folder(self, path: str) -> bool:
        """Remove a folder that is empty, with empty folders in it; False where there is none.

        Raises Changed, and removes nothing that holds anything, where it is not empty; Denied, Unreachable.
        """


@runtime_checkable
class Ordered(Protocol):
    """An optional role: a source whose items refer to each other, so that some must go before others."""

    def order(self, path: str) -> int:
        """When the item goes among those of the source, once open: what refers to others has a smaller number."""


@runtime_checkable
class ReadsAhead(Protocol):
    """An optional role: a source that is faster when it knows what will be read next."""

    def ahead(self, locators: Sequence[Locator]) -> None:
        """These items are about to be read, in this order. Does no I/O, and replaces what was said before."""


@runtime_checkable
class Renumbers(Protocol):
    """An optional role: a source that may number its items anew, so that an old address means another item, or none."""

    def known_as(self, locator: Locator, version: Version) -> None:
        """The item was at this address at this version: `presence` then raises Changed where it is numbered anew.

        Of an open connector; does no I/O.
        """


@runtime_checkable
class Canonical(Protocol):
    """An optional role: a source that keeps what it is given in a writing of its own, as CalDAV servers do."""

    def canonical(self, content: bytes) -> bytes:
        """The same for two contents that differ in nothing but how this source writes them down. No I/O."""


@runtime_checkable
class Dated(Protocol):
    """An optional role: a source that knows since when, at the latest, it has had an item as it is.

    It may tell a later moment than the true one (a copy, a restore, a change of rights), never an earlier one.
    """

    def here_since(self, locator: Locator) -> datetime | None:
        """That moment, with its time zone; None where nothing tells it. Raises NotFound, Denied, Unreachable."""


@runtime_checkable
class Notifying(Protocol):
    """An optional role: a source whose server writes to people by itself when an item changes (RFC 6638).

    `remove`, `stage` and `commit` raise Unsupported ("would notify N people") for it, unless `allow` named the item.
    """

    def would_notify(self, locator: Locator) -> int:
        """How many people the server would write to if the item went or changed; 0 where it is known to stay silent.

        Raises NotFound, Denied, Unreachable: never a guess.
        """

    def allow(self, locator: Locator) -> None:
        """A person decided that they may be told of this item, in this session."""


@runtime_checkable
class ByHand(Protocol):
    """An optional role: a source in which only a person can erase, as in a phone. `remove` and `stage` of it refuse.

    A newer item may show that it was done: `connectors.manual.Shows`.
    """

    def task(self, locator: Locator) -> str | None:
        """What a person must do so that the item goes, in one sentence; None where gallra can erase it.

        Of an open connector, which may look at the source once a session. Raises Denied, Unreachable.
        """


@runtime_checkable
class Watchable(Protocol):
    """An optional role: a source in a folder of this machine that can look at some of its paths alone.

    The paths are relative to the folder, with `/`, as the file system spells them: what somebody watching it was told.
    """

    def places(self, paths: Iterable[str]) -> dict[str, list[str]] | None:
        """The paths by the scope in which `look` looks at them; None where only whole walks can tell what changed.

        Paths that no walk would yield anything of are left out. Of an open connector. Raises as `scopes`.
        """

    def look(self, scope: str, paths: Sequence[str]) -> Iterator[Item | Gap | Looked]:
        """What is at these paths now, and below them: as `walk` would yield it, then `Looked` of each.

        Where a folder above a path is gone, or is none, `Looked` is of that one. What lies at or below what was looked
        at, and is neither yielded nor under a gap, is not there. Raises Unreachable where this is no evidence, and
        NotFound, Denied, Changed where only a whole walk can tell.
        """
