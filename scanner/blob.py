"""Bytes that a format reads: an item's content, a member of an archive, an attachment. In memory or streamed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from connectors.base import GapReason
from scanner.records import ReadError

if TYPE_CHECKING:
    from scanner.formats.registers import Registers

_HEAD = 4096


class Blob:
    """A named run of bytes. `data()` holds all of it in memory and refuses above `limit`; `open()` streams."""

    __slots__ = ("_data", "_keys", "_stream", "asked", "limit", "media_type", "name", "opened", "registers", "size")

    def __init__(
        self,
        source: bytes | BinaryIO,
        name: str,
        *,
        size: int | None = None,
        media_type: str | None = None,
        limit: int = 64 << 20,
    ) -> None:
        """`source` is bytes or a seekable binary stream; `limit` (bytes) is what `data()` may hold."""
        self._data: bytes | None = source if isinstance(source, bytes) else None
        self._stream: BinaryIO | None = None if isinstance(source, bytes) else source
        self.name = name
        self.media_type = media_type
        self.limit = limit
        self._keys: tuple[str, ...] = ()
        self.asked = False  # whether a format has looked at the passwords: then what it gave hangs on them
        self.registers: Registers | None = None  # what an admin said of the columns of its tables
        self.opened: object = None  # what looked into it left open for the next, who takes it over
        if self._data is not None:
            self.size = len(self._data)
        elif size is not None:
            self.size = size
        else:
            assert self._stream is not None
            self.size = self._stream.seek(0, io.SEEK_END)

    @property
    def keys(self) -> tuple[str, ...]:
        """Passwords that may open it, or what is in it. Only to be looked at where something is encrypted."""
        self.asked = True
        return self._keys

    @keys.setter
    def keys(self, keys: tuple[str, ...]) -> None:
        self._keys = keys

    def head(self, count: int = _HEAD) -> bytes:
        """The first bytes, without reading the rest."""
        if self._data is not None:
            return self._data[:count]
        stream = self.open()
        return stream.read(count)

    def data(self) -> bytes:
        """All bytes. Raises ReadError(TOO_LARGE) above the limit, whatever the source claimed of its size."""
        if self._data is None:
            if self.size > self.limit:
                raise ReadError(GapReason.TOO_LARGE, f"{self.size} bytes, limit {self.limit}")
            data = self.open().read(self.limit + 1)
            if len(data) > self.limit:
                raise ReadError(GapReason.TOO_LARGE, f"more than {self.limit} bytes")
            self._data = data
        return self._data

    def open(self) -> BinaryIO:
        """A seekable stream at the first byte. One at a time: a second call rewinds the first."""
        if self._stream is None:
            assert self._data is not None
            self._stream = io.BytesIO(self._data)
        self._stream.seek(0)
        return self._stream
