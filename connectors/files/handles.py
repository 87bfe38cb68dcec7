"""A source's root folder as an opened handle, and the way from it to an item, one component at a time, by no link."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from connectors.errors import Denied, Malformed, Unreachable
from connectors.files.failures import failure
from connectors.locator import Locator

_THROUGH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NO_ACCESS_TIME = getattr(os, "O_NOATIME", 0)


class Root:
    """The opened root of a source. All work is relative to it, never to a path joined from text."""

    def __init__(self, path: str) -> None:
        """Raises Unreachable where the folder is missing or no folder, Denied where it may not be read."""
        self.path = path
        try:
            self.fd = open_listing(path)
        except PermissionError:
            raise Denied("the source's folder may not be read: check its permissions") from None
        except OSError:
            raise Unreachable("the source's folder is not there, or is no folder: is it mounted?") from None
        here = os.fstat(self.fd)
        self._identity = (here.st_dev, here.st_ino)
        self.real = os.path.realpath(path)

    def close(self) -> None:
        """Let go of the handle. Safe to call twice."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def check(self) -> None:
        """Raises Unreachable unless the configured path still leads to the folder that was opened."""
        try:
            now = os.stat(self.path)  # noqa: PTH116 - asked for every item that is read
        except OSError:
            raise Unreachable("the source's folder went away: is it still mounted?") from None
        if (now.st_dev, now.st_ino) != self._identity:
            raise Unreachable("another folder now stands in the source's place: was it unmounted?")

    def is_empty(self) -> bool:
        """True where the root holds nothing at all. Raises Unreachable where it does not answer."""
        try:
            with os.scandir(self.fd) as entries:
                return next(entries, None) is None
        except OSError:
            raise Unreachable("the source's folder does not answer") from None

    @contextmanager
    def folder(self, parts: Sequence[str], locator: Locator | None = None) -> Iterator[int]:
        """A handle on the folder, for use inside the `with` block.

        Raises NotFound where a folder is missing, Changed where a link or a file stands in its place, Denied,
        Unreachable.
        """
        handle = self.fd
        try:
            for part in parts:
                try:
                    deeper = os.open(part, _THROUGH, dir_fd=handle)
                except OSError as error:
                    raise failure(error, locator) from None
                if handle != self.fd:
                    os.close(handle)
                handle = deeper
            yield handle
        finally:
            if handle != self.fd:
                os.close(handle)


def open_listing(name: str, folder: int | None = None) -> int:
    """A handle for listing a folder: no link is followed below a handle, and the access time stays where it may."""
    flags = _LIST if folder is None else _LIST | os.O_NOFOLLOW
    try:
        return os.open(name, flags | _NO_ACCESS_TIME, dir_fd=folder)
    except PermissionError:  # O_NOATIME is for the owner only; EACCES comes again below
        return os.open(name, flags, dir_fd=folder)


def parts_of(locator: Locator, source: str) -> list[str]:
    """The folders and the name that a locator's path is made of.

    Raises Malformed for anything that is not one item of this source: no name, another source, a step into an item,
    `.` or `..` as a whole component, a NUL.
    """
    parts = locator.path.split("/")
    if locator.source != source or locator.steps or "\0" in locator.path:
        raise Malformed("not an item of this source", locator)
    if any(part in ("", ".", "..") for part in parts):
        raise Malformed("not the address of an item", locator)
    return parts
