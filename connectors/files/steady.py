"""Opening a file for reading so that nothing at the source changes, and noticing when the file changes meanwhile."""

from __future__ import annotations

import io
import os
from typing import BinaryIO, cast

from connectors.base import Content, Locator, Version
from connectors.errors import Changed
from connectors.files.atomic import Place
from connectors.files.failures import failure
from connectors.files.states import look_at_file, regular, token_of

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NO_ACCESS_TIME = getattr(os, "O_NOATIME", 0)
_BUFFER = 1 << 17


def open_content(place: Place, locator: Locator, name: str, media_type: str | None = None) -> Content:
    """The file's bytes, never those of two versions.

    A small file is read whole here; a read of a larger one raises Changed once the file is no longer at the version it
    was opened under. Raises NotFound, Denied, Changed, Unreachable.
    """
    handle, state = open_file(place, locator)
    data = _whole(handle, state, locator) if 0 < state.st_size <= _BUFFER else None
    stream = io.BufferedReader(_Steady(handle, state, locator), _BUFFER) if data is None else io.BytesIO(data)
    return Content(cast(BinaryIO, stream), Version(token_of(state)), state.st_size, name, media_type)


def open_file(place: Place, locator: Locator) -> tuple[int, os.stat_result]:
    """A handle on a regular file, and its state. A fifo or device is never opened (opening may act on it)."""
    look_at_file(place, locator)
    try:
        handle = _open(place)
    except OSError as error:
        raise failure(error, locator) from None
    try:
        return handle, regular(os.fstat(handle), locator)
    except BaseException:
        os.close(handle)
        raise


def _whole(handle: int, state: os.stat_result, locator: Locator) -> bytes | None:
    """All bytes of a small file in one call, and the handle closed; None (and nothing done) where one is not enough."""
    keep = False
    try:
        data = os.read(handle, state.st_size + 1)
        now = os.fstat(handle)
        if now.st_size != state.st_size or now.st_mtime_ns != state.st_mtime_ns:
            raise Changed("the item changed while it was read; read it again", locator)
        if len(data) == state.st_size:
            return data
        os.lseek(handle, 0, os.SEEK_SET)
        keep = True
    except OSError as error:
        raise failure(error, locator) from None
    finally:
        if not keep:
            os.close(handle)
    return None


def _open(place: Place) -> int:
    try:
        return os.open(place.name, _READ | _NO_ACCESS_TIME, dir_fd=place.folder)
    except PermissionError:  # O_NOATIME is for the owner only; a real refusal comes again below
        return os.open(place.name, _READ, dir_fd=place.folder)


class _Steady(io.FileIO):
    """A file that raises Changed instead of giving bytes of two versions."""

    def __init__(self, handle: int, state: os.stat_result, locator: Locator) -> None:
        super().__init__(handle, "rb")
        self._opened_at = (state.st_size, state.st_mtime_ns)
        self._locator = locator

    def readinto(self, buffer: object) -> int | None:
        count = self._asked(super().readinto, buffer)
        self._check()
        return cast("int | None", count)

    def readall(self) -> bytes:
        data = self._asked(super().readall)
        self._check()
        return cast(bytes, data)

    def _asked(self, call: object, *arguments: object) -> object:
        try:
            return call(*arguments)  # type: ignore[operator]
        except OSError as error:
            raise failure(error, self._locator) from None

    def _check(self) -> None:
        now = os.fstat(self.fileno())
        if (now.st_size, now.st_mtime_ns) != self._opened_at:
            raise Changed("the item changed while it was read; read it again", self._locator)
