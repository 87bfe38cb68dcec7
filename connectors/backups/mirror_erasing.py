"""Taking a content out of the generations: each name of it at its path goes, through handles and by no link.

A folder keeps the times it had, for a mirror copies the original's. A file goes the way of a folder source's
(`connectors.files.erasing`): aside under a private name, looked at once more, and only then unlinked.
"""

from __future__ import annotations

import array
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from connectors.backups.mirror_listing import Inode, Mounts
from connectors.base import Locator, Version
from connectors.errors import Changed, ConnectorError, Denied, NotFound
from connectors.files import erasing
from connectors.files.atomic import Place
from connectors.files.empty_folders import remove_empty
from connectors.files.handles import Root
from connectors.files.in_use import Guard
from connectors.files.leftovers import aside_names
from connectors.files.states import look, regular, token_of

IMMUTABLE = "the file or its folder is immutable or append-only (chattr +i, +a): take that off, and run again"

_GET_FLAGS = 0x80086601  # FS_IOC_GETFLAGS, linux/fs.h, where a long has 8 bytes
_FIXED = 0x10 | 0x20  # FS_IMMUTABLE_FL, FS_APPEND_FL
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Eraser:
    """For one run. `left` tells of each file how many names it still has, when the last known one was taken away."""

    def __init__(self, root: Root, mounts: Mounts, guard: Guard, *, empty: bool) -> None:
        self._root = root
        self._mounts = mounts
        self._guard = guard
        self._empty = empty
        self.left: dict[Inode, int] = {}

    def holds(self, parts: Sequence[str], content: str, locator: Locator) -> Inode | None:
        """The file that has the name with this content, or was left aside of it. Raises Denied, Unreachable."""
        with self._place(parts, locator) as place:
            return None if place is None else next(iter(self._fitting(place, content, locator)), (None, None))[1]

    def erase(self, parts: Sequence[str], content: str, locator: Locator) -> bool:
        """Take it away, and what a crash left aside of it; False where it is not there. Raises Denied, Changed."""
        with self._place(parts, locator) as place:
            if place is None:
                return False
            found = self._fitting(place, content, locator)
            if not found:
                return False
            with _times_kept(place.folder):
                for one, inode in found:
                    self._take(one, inode, locator)
            return True

    def remove_folder(self, parts: Sequence[str], locator: Locator) -> None:
        """Remove a folder that nothing is in any more; one that holds anything stays."""
        with self._place(parts, locator) as place:
            if place is None:
                return
            try:
                with _times_kept(place.folder):
                    remove_empty(place, locator)
            except Changed:
                return
            except Denied as error:
                raise _told(error, place, locator) from None

    @contextmanager
    def _place(self, parts: Sequence[str], locator: Locator) -> Iterator[Place | None]:
        """None where no folder leads there: then this generation has no such file."""
        *folders, name = parts
        try:
            way = self._root.folder(folders, locator)
            folder = way.__enter__()
        except (NotFound, Changed):
            self._root.check()
            yield None
            return
        try:
            yield Place(folder, name)
        finally:
            way.__exit__(None, None, None)

    def _fitting(self, place: Place, content: str, locator: Locator) -> list[tuple[Place, Inode]]:
        names = (place.name, *aside_names(place.name))
        found = []
        for one in (Place(place.folder, name) for name in names):
            state = look(one, locator)
            try:
                inode = None if state is None else self._mounts.inode(regular(state, locator), place.folder)
            except Changed:
                continue  # a folder or link of that name: no file
            if inode is not None and inode.content == content:
                found.append((one, inode))
        return found

    def _take(self, place: Place, inode: Inode, locator: Locator) -> None:
        state = look(place, locator)
        if state is None:
            return  # the erasing of its own name took it along, or somebody was quicker
        if self._mounts.inode(state, place.folder) != inode:
            raise Changed("the item was changed in the same moment; nothing was erased", locator)
        expected = Version(token_of(state))
        try:
            self.left[inode] = erasing.erase(place, place.name, expected, locator, self._guard, empty=self._empty)
        except Denied as error:
            raise _told(error, place, locator) from None


@contextmanager
def _times_kept(folder: int) -> Iterator[None]:
    """The folder's own times are as before afterwards, where the account may set them."""
    before = os.fstat(folder)
    try:
        yield
    finally:
        with suppress(OSError):
            if os.fstat(folder).st_mtime_ns != before.st_mtime_ns:
                os.utime(".", ns=(before.st_atime_ns, before.st_mtime_ns), dir_fd=folder)


def _told(error: ConnectorError, place: Place, locator: Locator) -> ConnectorError:
    """The same, or that somebody has made the file or its folder immutable."""
    if any(_is_fixed(name, place.folder) for name in (place.name, ".")):
        return Denied(IMMUTABLE, locator)
    return error


def _is_fixed(name: str, folder: int) -> bool:
    flags = array.array("l", [0])
    try:
        handle = os.open(name, _OPEN, dir_fd=folder)
    except OSError:
        return False
    try:
        fcntl.ioctl(handle, _GET_FLAGS, flags, True)
    except OSError:
        return False
    finally:
        os.close(handle)
    return bool(flags[0] & _FIXED)
