"""Looking at single paths of a tree, of which something is known to have changed: as a walk would see them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack

from connectors.base import Gap, GapReason, Item, ItemKind, Locator, Looked
from connectors.errors import Changed, NotFound
from connectors.files.atomic import Place
from connectors.files.erasing import leftovers
from connectors.files.handles import open_listing
from connectors.files.snapshots import DETAIL, is_snapshots
from connectors.files.states import quick_item
from connectors.files.walking import DEEPEST, Walker

Event = Item | Gap | Looked


class Looker(Walker):
    """Looks at paths of one tree, one component after the other, by no link. Use once."""

    def at(self, path: str) -> Iterator[Event]:
        """What a walk would yield at a path and below it, then `Looked`; nothing for what is left out.

        Where the way to it ends at something that is no folder, is gone or cannot be seen into, that is looked at.
        """
        if not self._exclude.covers(path):
            with ExitStack() as handles:
                yield from self._way(path.split("/"), handles)

    def linked(self) -> Iterator[Event]:
        """What followed links among all that was looked at lead to, where a walk would leave it out."""
        yield from self._linked()

    def _way(self, parts: list[str], handles: ExitStack) -> Iterator[Event]:
        above, at = self._root.fd, ""
        for depth, name in enumerate(parts, 1):
            over, at = at, "/".join(parts[:depth])
            try:
                state = os.stat(name, dir_fd=above, follow_symlinks=False)
            except FileNotFoundError:
                yield from self._aside(Place(above, name), at)
                break
            except OSError as error:
                at = over  # a folder whose listing gives names and nothing else is told whole
                yield from self._trouble(error, at)
                break
            if depth == len(parts) or not self._is_deeper(name, state, depth):
                yield from self._there(over, name, at, state, depth)
                break
            try:
                above = open_listing(name, above)
            except OSError as error:
                yield from self._trouble(error, at)
                break
            handles.callback(os.close, above)
        yield Looked(Locator(self._source, at))

    def _is_deeper(self, name: str, state: os.stat_result, depth: int) -> bool:
        """True for a folder that a walk goes into."""
        return stat.S_ISDIR(state.st_mode) and not is_snapshots(name) and depth < DEEPEST

    def _there(self, over: str, name: str, path: str, state: os.stat_result, depth: int) -> Iterator[Item | Gap]:
        form = stat.S_IFMT(state.st_mode)
        if form == stat.S_IFREG:
            yield quick_item(self._source, path, state, ItemKind.FILE)
        elif form != stat.S_IFDIR:
            yield from self._no_file(path, form)
        elif is_snapshots(name):
            yield self._gap(path, GapReason.SPECIAL_FILE, DETAIL)
        elif depth >= DEEPEST:
            yield self._gap(path, GapReason.TOO_DEEP)
        else:
            try:
                yield from self._tree(over, name, depth)
            except (Changed, NotFound):
                yield self._gap(path, GapReason.CHANGED)

    def _aside(self, place: Place, path: str) -> Iterator[Item]:
        """What a crash left of a file that is not there under its own name: that is not gone."""
        over = path.rpartition("/")[0]
        for aside, _ in leftovers(place, place.name, Locator(self._source, path)):
            state = os.stat(aside.name, dir_fd=aside.folder, follow_symlinks=False)
            yield quick_item(self._source, f"{over}/{aside.name}".lstrip("/"), state, ItemKind.FILE)
