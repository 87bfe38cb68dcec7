"""The memory connector's world: the honest one, on which the suite is proved, and the liars' stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from connectors.base import Connector
from connectors.conformance.world import World
from connectors.memory import Memory, Store

T = TypeVar("T")

HOSTILE = (
    "*", "[x]", "x", "-rf", "--", "100%", "a_b", "axb", "a\nb", "..x", "a..b", "it's", 'say "x"', "räksmörgås",
    "\udcff\udce5", "a;b", "a!b", "a:b", "%2e%2e",
)  # fmt: skip


class StoreWitness:
    """Looks into the store itself."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def items(self) -> dict[str, bytes]:
        """See Witness."""
        return dict(self._store.items)

    def marks(self) -> dict[str, str]:
        """See Witness."""
        return {path: str(count) for path, count in self._store.reads.items()}

    def attributes(self) -> dict[str, str]:
        """See Witness."""
        return {path: text for path, text in self._store.attributes.items() if path in self._store.items}

    def surroundings(self) -> dict[str, bytes]:
        """See Witness. A memory has none."""
        return {}


class MemoryWorld(World):
    """Two scopes, look-alikes, hostile names."""

    subject = "kunder/Maja Blomqvist offert.txt"
    neighbours = (
        "kunder/Maja Blomqvist offert.txt2",
        "kunder/maja blomqvist offert.txt",
        "mail/Maja Blomqvist offert.txt",
    )
    hostile = tuple(f"kunder/{name}" for name in HOSTILE)
    ways_to_vanish = ("cut off", "emptied")

    def __init__(self, connector: type[Memory] = Memory) -> None:
        self._connector = connector
        self.store = Store()
        for number, path in enumerate((self.subject, *self.neighbours, *self.hostile)):
            self.store.items[path] = (
                b"Maja Blomqvist, the same in two\n" if number < 2 else f"content {number}\n".encode()
            )
            self.store.attributes[path] = f"owner {number}"
            self.store.reads[path] = 0

    @property
    def witness(self) -> StoreWitness:
        """The store, seen directly."""
        return StoreWitness(self.store)

    def connect(self) -> Connector:
        """A connector of the kind under test."""
        return self._connector(self.source, {"store": self.store})

    def change(self, path: str) -> None:
        """Other bytes."""
        self.store.items[path] += b"and more, by a colleague\n"

    def delete(self, path: str) -> None:
        """No bytes."""
        del self.store.items[path]

    @contextmanager
    def vanished(self, way: str) -> Iterator[None]:
        """Cut off: no answer. Emptied: an answer, and nothing there."""
        items = dict(self.store.items)
        self.store.reachable = way != "cut off"
        if way == "emptied":
            self.store.items.clear()
        try:
            yield
        finally:
            self.store.reachable = True
            self.store.items.update(items)

    def refused(self, path: str, ask: Callable[[Connector], T]) -> T:
        """The store refuses the path."""
        self.store.refused.add(path)
        try:
            with self.connect() as connector:
                return ask(connector)
        finally:
            self.store.refused.discard(path)
