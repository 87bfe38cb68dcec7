"""What changed in a source, gathered until it is told: a bounded set of paths, or "the whole source". Pure.

Moments are seconds of any one clock that never goes back; the caller hands them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from connectors.files.globs import Globs
from connectors.files.snapshots import is_snapshots

QUIET: Final = 0.5
"""Seconds without a change after which what was gathered is told."""
LONGEST: Final = 3.0
"""Seconds after the first change at which it is told in any case."""
MOST: Final = 1000
"""Paths that are told one by one; more of them are the whole source."""

_Node = dict[str, "_Node"]  # the names below a folder; empty: the path itself is told, with all below it


class Changes:
    """Paths that changed, a folder standing for all below it. Not safe for threads.

    A path is relative, with `/`, as the file system spells it (surrogateescape); "" is the whole source. Whether it is
    a file, a folder or gone is found out by who looks there.
    """

    def __init__(self, quiet: float = QUIET, longest: float = LONGEST, most: int = MOST) -> None:
        self._quiet, self._longest, self._most = quiet, longest, most
        self._top: _Node = {}
        self._count = 0
        self._whole = False
        self._first: float | None = None
        self._last = 0.0

    @property
    def due(self) -> float | None:
        """The moment from which on it is to be told; None: nothing changed."""
        return None if self._first is None else min(self._last + self._quiet, self._first + self._longest)

    def add(self, path: str, now: float) -> None:
        """Something at this path, or below it, is other than it was. Takes as long as the path is deep."""
        if not path:
            self.add_all(now)
            return
        self._touch(now)
        if not self._whole:
            self._enter(path.split("/"))
            if self._count > self._most:
                self.add_all(now)

    def add_all(self, now: float) -> None:
        """Nobody knows what changed, or too much did: the whole source is to be looked at."""
        self._touch(now)
        self._whole, self._top, self._count = True, {}, 0

    def take(self) -> frozenset[str] | None:
        """What changed, and begin anew; None for the whole source. Of a folder in the set nothing below is in it."""
        paths = None if self._whole else frozenset(_paths(self._top))
        self.drop()
        return paths

    def drop(self) -> None:
        """Begin anew."""
        self._top, self._count, self._whole, self._first = {}, 0, False, None

    def _touch(self, now: float) -> None:
        self._last = now
        if self._first is None:
            self._first = now

    def _enter(self, parts: list[str]) -> None:
        node = self._top
        for part in parts[:-1]:
            below = node.get(part)
            if below is None:
                below = node[part] = {}
            elif not below:
                return  # a folder above is told
            node = below
        before = node.get(parts[-1])
        self._count += 1 - (0 if before is None else sum(1 for _ in _leaves(before)))
        node[parts[-1]] = {}


class Ignored:
    """What no change is told of: what the source leaves out, and gallra's own files. `path in ignored`.

    Asked of each path whose folders are not ignored themselves. `own` are relative paths: the state folder, the log.
    """

    def __init__(self, exclude: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        self._exclude = Globs(exclude)
        self._own = frozenset(own)
        self._below = tuple(f"{path}/" for path in self._own)

    def __contains__(self, path: str) -> bool:
        if path in self._own or path.startswith(self._below):
            return True
        name = path.rpartition("/")[2]
        return is_snapshots(name) or (bool(self._exclude) and self._exclude.match(name, path))


def _leaves(node: _Node) -> Iterator[_Node]:
    """The told paths at and below a node. No recursion: paths may be deep."""
    stack = [node]
    while stack:
        node = stack.pop()
        if node:
            stack += node.values()
        else:
            yield node


def _paths(top: _Node) -> Iterator[str]:
    stack = [(name, node) for name, node in top.items()]
    while stack:
        path, node = stack.pop()
        if not node:
            yield path
        stack += ((f"{path}/{name}", below) for name, below in node.items())
