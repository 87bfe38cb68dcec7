"""A content that can be read from any place, of a tool or an archive that only gives it forwards."""

from __future__ import annotations

import io
from abc import abstractmethod


class Seeking(io.RawIOBase):
    """Moving costs nothing; what is read at a place is got when it is read, going back mostly by beginning anew."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size
        self._place = 0

    @abstractmethod
    def piece(self, place: int, most: int) -> bytes:
        """From the place on, 1 to `most` bytes of the content. Raises ConnectorError where it ends short."""

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is, at a price."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See io.RawIOBase."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """See io.RawIOBase."""
        most = min(len(buffer), self._size - self._place)
        if most <= 0:
            return 0
        piece = self.piece(self._place, most)
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)
