"""A member's bytes, opened when they are asked for, and never more of them than the archive said."""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from connectors.base import GapReason
from scanner.records import ReadError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FAULTS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    UnicodeError,
    ValueError,
    struct.error,
)  # what the standard library raises on damaged archives


class MemberStream(io.RawIOBase):
    """A seekable stream over one member. Opens on the first read; seeking back may cost a new decompression.

    Raises ReadError: TOO_LARGE when there are more bytes than `size`, UNREADABLE when they are damaged.
    """

    def __init__(self, opener: Callable[[], IO[bytes]], size: int) -> None:
        super().__init__()
        self._opener = opener
        self._inner: IO[bytes] | None = None
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always, though going back may be dear."""
        return True

    def tell(self) -> int:
        """The position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Note the position; nothing is read yet."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, count: int | None = -1) -> bytes:
        """Up to `count` bytes, all that is left for None or less than 0. Raises ReadError."""
        if count is None or count < 0:
            count = max(0, self._size - self._at) + 1
        try:
            inner = self._opened()
            if inner.tell() != self._at:
                inner.seek(self._at)
            data = inner.read(count)
        except FAULTS as fault:
            raise ReadError(GapReason.UNREADABLE, f"damaged member ({type(fault).__name__})") from None
        self._at += len(data)
        if self._at > self._size:
            raise ReadError(GapReason.TOO_LARGE, f"more than the {self._size} bytes that its archive says")
        return data

    def readall(self) -> bytes:
        """All that is left."""
        return self.read(-1)

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as the bytes go."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the member too."""
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.close()
        super().close()

    def _opened(self) -> IO[bytes]:
        if self._inner is None:
            self._inner = self._opener()
        return self._inner


def member_stream(opener: Callable[[], IO[bytes]], size: int) -> BinaryIO:
    """A MemberStream, as the type that Blob takes."""
    return cast(BinaryIO, MemberStream(opener, size))


def readable_name(raw: bytes) -> str:
    """A file name without a stated encoding. Swedish Windows wrote cp437 (DOS tools) or cp1252, all else UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    high = [byte for byte in raw if byte >= 0x80]
    if all(byte <= 0xA5 for byte in high):  # where cp437 keeps its letters, and cp1252 has none worth a name
        return raw.decode("cp437")
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("cp437")


class Names:
    """Tells members of the same name apart: `a.txt`, then `a.txt (2)`."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """The name, or the name with the first free number."""
        count = self._seen.get(name, 0)
        if not count:
            self._seen[name] = 1
            return name
        while True:
            count += 1
            other = f"{name} ({count})"
            if other not in self._seen:
                self._seen[name] = count
                self._seen[other] = 1
                return other
