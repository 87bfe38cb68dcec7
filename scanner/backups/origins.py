"""Where something in a backup lies in its source: rules, registers and folders are about that place. Pure.

The root of a source is found in a path of the backup by the source's own absolute path, or where the configuration says
that it lies (`at`). Where it cannot be told, rules are laid over every tail of the path, so that more is held, never
less.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.model import Config
from config.names import folded
from connectors.backups.base import plain
from connectors.locator import Locator

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Root:
    """Where the root of a source may lie in a backup; `fixed`: there and nowhere else, from the backup's own root."""

    source: str
    parts: Parts
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Origins:
    """Of each backup, by its name: the sources that it covers, and where their roots lie in it. Pickles."""

    covers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    roots: Mapping[str, tuple[Root, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config) -> Origins:
        """As the configuration says it; links on the way to a source's folder are followed."""
        return cls(
            {one.name: one.covers for one in config.backups},
            {one.name: tuple(_roots(config, one.covers, one.at)) for one in config.backups},
        )

    def is_backup(self, source: str) -> bool:
        """True for the name of a backup."""
        return source in self.covers

    def origin(self, source: str, path: str) -> Locator | None:
        """Where an item of a backup lies in a source; None where that cannot be told, or it is in no backup."""
        found = self._found(source, path)
        return None if found is None else Locator(found[0], "/".join(found[2]))

    def shown(self, source: str, path: str) -> str:
        """The path as a user knows it: in its source, or in the backup where that cannot be told."""
        if source not in self.covers:
            return path
        found = self._found(source, path)
        return plain(path) if found is None else "/".join(found[2])

    def depth(self, source: str, path: str) -> int:
        """How many folders of the path lie above the root of its source; 0 where that cannot be told."""
        found = self._found(source, path) if source in self.covers else None
        return 0 if found is None else found[1]

    def places(self, source: str, path: str) -> list[tuple[str, str]]:
        """Where rules must look: source and path of the item, and of where it lies, or may lie, in its source.

        Roots may lie in each other, as sources may: then rules look from each of them.
        """
        if source not in self.covers:
            return [(source, path)]
        own = (source, plain(path))
        found = self._found(source, path)
        if found is not None:
            first = (found[0], "/".join(found[2]))
            return list(dict.fromkeys([first, *self._from_all(source, path), own]))
        parts = plain(path).split("/")
        tails = ["/".join(parts[start:]) for start in range(len(parts))]
        return [own, *((name, tail) for name in self.covers[source] for tail in tails)]

    def _found(self, source: str, path: str) -> tuple[str, int, Sequence[str]] | None:
        """The source, where its root ends in the path, and what follows. The longest root that fits is meant.

        None where two sources have the same root there (`at`): it may lie in either.
        """
        roots = self.roots.get(source)
        if not roots:
            return None
        parts = plain(path).split("/")
        fitting = [(root, end) for root in roots for end in _ends(root, parts)]
        best = max(fitting, key=_fit, default=None)
        if best is None or len({root.source for root, end in fitting if _fit((root, end)) == _fit(best)}) > 1:
            return None
        return best[0].source, best[1], parts[best[1] :]

    def _from_all(self, source: str, path: str) -> Iterator[tuple[str, str]]:
        """The source and what follows, of every root that fits."""
        parts = plain(path).split("/")
        for root in self.roots.get(source, ()):
            yield from ((root.source, "/".join(parts[end:])) for end in _ends(root, parts))


def _roots(config: Config, covers: Sequence[str], at: Mapping[str, str]) -> Iterator[Root]:
    said = {folded(name): path for name, path in at.items()}
    sources = {folded(one.name): one for one in config.sources}
    for name in covers:
        if folded(name) in said:
            yield Root(name, _parts(said[folded(name)]), fixed=True)
            continue
        source = sources.get(folded(name))
        path = str(source.settings.get("path") or "") if source is not None else ""
        if Path(path).is_absolute():
            for one in dict.fromkeys((os.path.normpath(path), os.path.realpath(path))):
                yield Root(name, _parts(one))


def _fit(one: tuple[Root, int]) -> tuple[int, bool, int]:
    """How well a root fits that ends there."""
    root, end = one
    return len(root.parts), root.fixed, -end


def _ends(root: Root, parts: Sequence[str]) -> Iterator[int]:
    """Where the root may end in a path; something must follow it."""
    size = len(root.parts)
    for start in range(1 if root.fixed else len(parts) - size if size else 0):
        if tuple(parts[start : start + size]) == root.parts and start + size < len(parts):
            yield start + size


def _parts(path: str) -> Parts:
    return tuple(part for part in path.split("/") if part)
