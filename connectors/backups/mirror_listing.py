"""Every file of a tree through folder handles, with its state; what could not be listed is told.

Symbolic links, pipes, sockets and devices are copies of what stood in the original: they hold no content, and the
walk of the source has told of them.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.backups.base import content_id
from connectors.base import GapReason
from connectors.errors import Unreachable
from connectors.files.handles import Root, open_listing

_DEEPEST = 200  # folders in folders; each level holds one handle
_LISTINGS = 3  # a folder that changes while it is listed is listed again: a renamed file may have been missed


@dataclass(frozen=True, slots=True)
class Trouble:
    """A folder that could not be listed, and why."""

    path: str
    reason: GapReason
    detail: str = ""


class Inode(NamedTuple):
    """What tells a file from another: hard links to it share all of this. Holds no name."""

    mount: str
    number: int
    size: int
    changed: int  # ns

    @property
    def content(self) -> str:
        """The id of its content. Not by ctime: that changes with every link that is added or taken away."""
        return content_id((self.number, self.size, self.changed, self.mount))

    def __str__(self) -> str:
        return f"{self.mount}:{self.number}:{self.size}:{self.changed}"


class Mounts:
    """Names file systems so that the names last over a new mount; what lies where the root lies has none."""

    def __init__(self, root: Root) -> None:
        self._names = {os.fstat(root.fd).st_dev: ""}

    def inode(self, state: os.stat_result, folder: int) -> Inode:
        """The file of this state, which was found in the folder."""
        name = self._names.get(state.st_dev)
        if name is None:
            name = self._names[state.st_dev] = str(os.fstatvfs(folder).f_fsid or state.st_dev)
        return Inode(name, state.st_ino, state.st_size, state.st_mtime_ns)


@dataclass(slots=True)
class _Level:
    fd: int
    prefix: str
    folders: list[str] = field(default_factory=list)


Seen = Callable[[os.stat_result, int], Inode]


def files(root: Root, folder: str, skip: Set[str], seen: Seen) -> Iterator[tuple[str, Inode, os.stat_result] | Trouble]:
    """Each file below `folder`, by its path from the root; nothing of `skip`. Raises Unreachable where the root goes.

    `seen` is `Mounts.inode`.
    """
    stack: list[_Level] = []
    try:
        parts = folder.split("/") if folder else []
        with root.folder(parts) as handle:
            try:
                stack.append(_Level(open_listing(".", handle), f"{folder}/" if folder else ""))
            except OSError as error:
                yield from _trouble(root, error, folder)
                return
        yield from _list(root, stack[-1], skip, seen)
        while stack:
            level = stack[-1]
            if not level.folders:
                os.close(stack.pop().fd)
                continue
            yield from _deeper(root, stack, level.prefix + level.folders.pop(), skip, seen)
        root.check()
    finally:
        for level in stack:
            os.close(level.fd)


def _deeper(
    root: Root, stack: list[_Level], path: str, skip: Set[str], seen: Seen
) -> Iterator[tuple[str, Inode, os.stat_result] | Trouble]:
    if len(stack) >= _DEEPEST:
        yield Trouble(path, GapReason.TOO_DEEP)
        return
    try:
        handle = open_listing(path.rpartition("/")[2], stack[-1].fd)
    except OSError as error:
        yield from _trouble(root, error, path)
        return
    stack.append(_Level(handle, path + "/"))
    yield from _list(root, stack[-1], skip, seen)


def _list(
    root: Root, level: _Level, skip: Set[str], seen: Seen
) -> Iterator[tuple[str, Inode, os.stat_result] | Trouble]:
    names: set[str] = set()
    before = os.fstat(level.fd).st_mtime_ns
    for _ in range(_LISTINGS):
        try:
            with os.scandir(level.fd) as entries:
                for entry in entries:
                    if entry.name in names:
                        continue
                    names.add(entry.name)
                    path = level.prefix + entry.name
                    try:
                        state = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue  # taken away since it was listed
                    if path in skip:
                        continue
                    if stat.S_ISREG(state.st_mode):
                        yield path, seen(state, level.fd), state
                    elif stat.S_ISDIR(state.st_mode):
                        level.folders.append(entry.name)
            after = os.fstat(level.fd).st_mtime_ns
        except OSError as error:
            yield from _trouble(root, error, level.prefix.rstrip("/"))
            return
        if after == before:
            return
        before = after


def _trouble(root: Root, error: OSError, path: str) -> Iterator[Trouble]:
    """What could not be listed; nothing for what is gone; Unreachable where the root itself is."""
    root.check()
    if error.errno == errno.ENOENT:
        return
    if error.errno in (errno.EACCES, errno.EPERM):
        yield Trouble(path, GapReason.DENIED)
    elif error.errno in (errno.ENOTDIR, errno.ELOOP):
        yield Trouble(path, GapReason.CHANGED)
    elif root.is_empty():
        raise Unreachable("the backup's folder does not answer")
    else:
        yield Trouble(path, GapReason.UNREADABLE, errno.errorcode.get(error.errno or 0, ""))
