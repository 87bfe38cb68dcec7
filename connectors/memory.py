"""The reference connector: a source in memory, with the whole contract and nothing else. For tests; not registered."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from connectors.base import (
    Capabilities,
    Connector,
    Content,
    Gap,
    GapReason,
    Item,
    Locator,
    Outcome,
    Presence,
    Receipt,
    Staged,
    Strength,
    Version,
    WalkEvent,
)
from connectors.errors import Changed, Denied, Malformed, NotFound, Unreachable


@dataclass(slots=True)
class Store:
    """What lies in the source; shared by all connectors of it, as a disk or a server is. Paths are ``SCOPE/NAME``."""

    items: dict[str, bytes] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)  # an owner, a flag: what a change of content must keep
    reads: dict[str, int] = field(default_factory=dict)  # a read mark: what reading must not touch
    staged: dict[str, bytes] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)  # paths that the source refuses to show, change or list
    reachable: bool = True


class Memory(Connector):
    """Items as bytes in named scopes; a version is the content's hash, and so strong."""

    kind: ClassVar[str] = "memory"

    def __init__(self, name: str, settings: dict[str, Any]) -> None:
        super().__init__(name, settings)
        self.store: Store = settings["store"]

    def open(self) -> Capabilities:
        """A memory can do all there is."""
        self._reach()
        return Capabilities(Strength.STRONG)

    def scopes(self) -> Iterator[str]:
        """The part before the slash."""
        self._reach()
        yield from sorted({path.partition("/")[0] for path in self.store.items})

    def walk(self, scope: str, cursor: str | None = None) -> Iterator[WalkEvent]:
        """Every item of the scope, the refused ones as gaps."""
        del cursor
        self._reach()
        for path in [path for path in self.store.items if path.partition("/")[0] == scope]:
            self._reach()
            if path in self.store.refused:
                yield Gap(Locator(self.name, path), GapReason.DENIED)
            elif path in self.store.items:
                content = self.store.items[path]
                yield Item(Locator(self.name, path), _version(content), size=len(content))
            elif not self.store.items:
                raise Unreachable("the memory was emptied while it was walked")
        self._reach()

    def read(self, locator: Locator) -> Content:
        """The bytes, and their hash."""
        content = self._content(locator)
        return Content(io.BytesIO(content), _version(content), len(content), locator.path.rpartition("/")[2])

    def version(self, locator: Locator) -> Version:
        """The hash of the bytes."""
        return _version(self._content(locator))

    def presence(self, locator: Locator) -> Presence:
        """A memory always knows, unless it refuses or is cut off."""
        return Presence.PRESENT if self._find(locator) is not None else Presence.ABSENT

    def remove(self, locator: Locator, expected: Version) -> Receipt:
        """Take one item out."""
        if self._find(locator) is None:
            return Receipt(locator, Outcome.ABSENT)
        self._at(locator, expected)
        del self.store.items[locator.path]
        return Receipt(locator, Outcome.ERASED)

    def stage(self, locator: Locator, expected: Version, content: bytes) -> Staged:
        """Keep the new content under a token made of what it is for."""
        self._at(locator, expected)
        token = hashlib.sha256(repr((locator.path, expected.token, content)).encode()).hexdigest()
        self.store.staged[token] = content
        return Staged(locator, expected, f"{token} {_version(content).token}")

    def commit(self, staged: Staged) -> tuple[Locator, Version]:
        """Put the staged content in the old one's place; attributes stay."""
        token, _, promised = staged.token.partition(" ")
        now = _version(self._content(staged.locator))
        if token not in self.store.staged:
            if now.token != promised:
                raise Changed("nothing is staged, and the item is another", staged.locator)
            return staged.locator, now
        self._at(staged.locator, staged.expected)
        self.store.items[staged.locator.path] = self.store.staged.pop(token)
        return staged.locator, _version(self.store.items[staged.locator.path])

    def abandon(self, staged: Staged) -> None:
        """Forget the staged content."""
        self._reach()
        self.store.staged.pop(staged.token.partition(" ")[0], None)

    def _reach(self) -> None:
        if not self.store.reachable:
            raise Unreachable("the memory is cut off")
        if self.expect_items and not self.store.items:
            raise Unreachable("the memory is empty and was not")

    def _find(self, locator: Locator) -> bytes | None:
        self._reach()
        if locator.source != self.name or locator.steps or not locator.path.partition("/")[2]:
            raise Malformed("not an item of this source", locator)
        if locator.path in self.store.refused:
            raise Denied("the account may not do this", locator)
        return self.store.items.get(locator.path)

    def _content(self, locator: Locator) -> bytes:
        content = self._find(locator)
        if content is None:
            raise NotFound("the item is not there", locator)
        return content

    def _at(self, locator: Locator, expected: Version) -> None:
        content = self._find(locator)
        if content is None or _version(content) != expected:
            raise Changed("the item is not what was expected", locator)


def _version(content: bytes) -> Version:
    return Version(hashlib.sha256(content).hexdigest(), Strength.STRONG)
