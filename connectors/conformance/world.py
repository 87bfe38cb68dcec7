"""What the suite asks of a source: things in it, ways to disturb it, and a witness that is not the connector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from connectors.base import Connector, Gap, Item, Locator, WalkEvent
from connectors.errors import ConnectorError

T = TypeVar("T")


class Witness(Protocol):
    """An independent client of the source (os, imaplib, sqlite3, ...). It must share no code with the connector."""

    def items(self) -> dict[str, bytes]:
        """Every item in scope: the path that its locator should have, and its bytes."""
        ...

    def marks(self) -> dict[str, str]:
        """By path: what reading must not change (access times, read marks, flags). Taking it must change nothing."""
        ...

    def attributes(self) -> dict[str, str]:
        """By path: what a change of content must keep (owner, mode, flags)."""
        ...

    def surroundings(self) -> dict[str, bytes]:
        """What is near and none of the source's items, and must never change: files outside, the server's own."""
        ...


class World(ABC):
    """A seeded source. Every path named here is the path of a locator, and is an item that the witness lists."""

    source: str = "world"  # the name that the connector is given
    subject: str  # the item that most checks erase
    neighbours: tuple[str, ...]  # items that look like it: same name elsewhere, a longer name, the same bytes
    hostile: tuple[str, ...]  # names with * [x] % _ ' " a newline, a leading -, .. as a part, bytes that are no UTF-8
    gaps: frozenset[str] = frozenset()  # paths that must be told as gaps
    refuses_whole: bool = False  # True where the source can only be refused as a whole: then opening it is denied
    ways_to_vanish: tuple[str, ...]  # "gone", "emptied", "unmounted", ... see `vanished`

    @property
    @abstractmethod
    def witness(self) -> Witness:
        """The independent client."""

    @abstractmethod
    def connect(self) -> Connector:
        """A new connector of the source, not yet opened."""

    @abstractmethod
    def change(self, path: str) -> None:
        """Give an item other bytes, as a colleague would."""

    @abstractmethod
    def delete(self, path: str) -> None:
        """Take an item away, as a colleague would."""

    @abstractmethod
    def vanished(self, way: str) -> AbstractContextManager[None]:
        """The source as it is while it cannot be seen, for the `with` block; afterwards it is back, whole."""

    @abstractmethod
    def refused(self, path: str, ask: Callable[[Connector], T]) -> T:
        """What `ask` answers, or raises, with an opened connector to which the source refuses all work on the path."""

    def on_disk(self, path: str) -> str:
        """Where an item lies, or lay, in the folder of a `Watchable` source."""
        return path

    def new_content(self, path: str) -> bytes:
        """What the item is rewritten to. A source that takes only content of its own kind gives such, in its writing.

        It differs from what is there, and is the same every time as long as the item is.
        """
        del path
        return b"what is left of it\n"

    def locator(self, path: str) -> Locator:
        """The locator of a path."""
        return Locator(self.source, path)


def walk_all(connector: Connector) -> list[WalkEvent]:
    """Every event of every scope."""
    return [event for scope in connector.scopes() for event in connector.walk(scope)]


def items_of(connector: Connector) -> dict[str, Item]:
    """The items of a full walk, by path."""
    return {event.locator.path: event for event in walk_all(connector) if isinstance(event, Item)}


def gaps_of(events: list[WalkEvent]) -> list[Gap]:
    """The gaps among the events."""
    return [event for event in events if isinstance(event, Gap)]


@contextmanager
def must_raise(world: World, *kinds: type[ConnectorError], private: set[str] | None = None) -> Iterator[None]:
    """Fails unless the block raises one of the kinds, in words that hold no path and no content.

    `private` is given where the witness cannot see the source either.
    """
    private = private_texts(world) if private is None else private
    try:
        yield
    except ConnectorError as error:
        shown = told_by(error)
        assert not any(text in shown for text in private), "an error's text holds a path or content"
        assert isinstance(error, kinds), f"raised {type(error).__name__}, not {' or '.join(k.__name__ for k in kinds)}"
        return
    raise AssertionError(f"raised nothing, not {' or '.join(kind.__name__ for kind in kinds)}")


def private_texts(world: World) -> set[str]:
    """Paths, last components and contents of the world's items, as they could turn up in a text."""
    private: set[str] = set()
    for path, content in world.witness.items().items():
        for text in (path, path.rpartition("/")[2], content.decode("latin-1")):
            private.update(part for part in (text, repr(text)[1:-1]) if len(part) > 5)
    return private


def told_by(error: BaseException) -> str:
    """All that a traceback would say of an error and of what it comes from, without the lines of code."""
    told = []
    current: BaseException | None = error
    while current is not None:
        told.append(f"{current} {current.args!r}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(told)


@contextmanager
def nothing_altered(world: World) -> Iterator[None]:
    """Fails unless the witness sees the same afterwards, byte for byte."""
    before = picture(world)
    yield
    assert picture(world) == before, "something in the source was altered"


def picture(world: World) -> tuple[dict[str, bytes], dict[str, str], dict[str, bytes]]:
    """All the witness sees, except what reading could change."""
    return world.witness.items(), world.witness.attributes(), world.witness.surroundings()
