"""The bytes inside a packed file, read forwards once, and packed again by the same method."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import IO, BinaryIO, Final, cast

from connectors.errors import ConnectorError
from connectors.files.failures import failure

CHUNK: Final = 1 << 20
_KEPT = 1 << 10  # bytes behind, which tarfile looks at once more
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"
_OTHERS = {
    b"\x28\xb5\x2f\xfd": "packed with zstd, which Python reads from 3.14 on: pack it with xz or gzip",
    b"\x1f\x9d": "packed with compress: pack it with gzip",
    b"LZIP": "packed with lzip: pack it with xz",
    b"7z\xbc\xaf": "a 7z archive: its members are not read here",
    b"Rar!": "a rar archive: its members are not read here",
}


class Damaged(Exception):
    """An archive that cannot be listed to its end. The text is for an admin, and tells nothing of what is in it."""


class NoArchive(Damaged):
    """What is no archive of a kind that is read here."""


class Forward:
    """A stream for tarfile that goes forwards only, so that nothing is unpacked twice; `last` is what was read last."""

    def __init__(self, inner: IO[bytes], *, jumps: bool) -> None:
        """`jumps`: what is passed over need not be read."""
        self._inner = inner
        self._jumps = jumps
        self._at = 0  # of the inner stream
        self._wanted = 0
        self._behind = b""
        self.last = b""

    def tell(self) -> int:
        """Where the next read begins."""
        return self._wanted

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Changes nothing before the next read."""
        self._wanted = offset if whence == io.SEEK_SET else self._wanted + offset
        return self._wanted

    def read(self, count: int) -> bytes:
        """So many bytes, or fewer at the end. Raises Damaged, and ConnectorError where the disk does not answer."""
        try:
            self.last = self._read(count)
        except ConnectorError:
            raise
        except OSError as error:  # that of a damaged stream has no number
            if error.errno is not None:
                raise failure(error) from None
            raise Damaged("it is damaged: it cannot be unpacked to its end") from None
        except (EOFError, ValueError, lzma.LZMAError, zlib.error):
            raise Damaged("it is damaged: it cannot be unpacked to its end") from None
        return self.last

    def _read(self, count: int) -> bytes:
        back = self._at - self._wanted
        if back > len(self._behind):
            raise Damaged("it is built in a way that goes backwards")
        before = self._behind[len(self._behind) - back :][:count] if back > 0 else b""
        if back < 0:
            self._skip(-back)
        data = before + (self._take(count - len(before)) if count > len(before) else b"")
        self._wanted += len(data)
        return data

    def _skip(self, count: int) -> None:
        if self._jumps:
            self._at = self._inner.seek(count, io.SEEK_CUR)
            self._behind = b""
            return
        while count > 0 and (data := self._take(min(count, CHUNK))):
            count -= len(data)
        self._wanted = min(self._wanted, self._at)

    def _take(self, count: int) -> bytes:
        data = self._inner.read(count)
        self._at += len(data)
        self._behind = (self._behind + data)[-_KEPT:] if len(data) < _KEPT else data[-_KEPT:]
        return data


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is packed as a whole, by a method that is read here."""
    return head.startswith((_GZIP, _BZIP2, _XZ))


def check_kind(head: bytes) -> None:
    """Raises NoArchive for what is known, and not read here."""
    for magic, told in _OTHERS.items():
        if head.startswith(magic):
            raise NoArchive(told)


def unpacked(file: BinaryIO, head: bytes) -> Forward:
    """The bytes inside; of an unpacked file its own. `file` stands at its start; it is lent, and stays open."""
    if not is_packed(head):
        return Forward(file, jumps=True)
    inner: IO[bytes]
    if head.startswith(_GZIP):
        inner = cast(IO[bytes], gzip.GzipFile(fileobj=file))
    elif head.startswith(_BZIP2):
        inner = bz2.BZ2File(file)
    else:
        inner = lzma.LZMAFile(file)  # noqa: SIM115 - closed by who holds it
    return Forward(inner, jumps=False)


def packer(head: bytes, out: BinaryIO) -> tuple[Callable[[bytes], object], Callable[[], None]]:
    """What writes bytes packed as the file that begins with `head` is, and what ends it. `out` stays open.

    A gzip header's own time is kept, its name (which may be a person's) is not. bzip2 tells its level; gzip and xz are
    packed at 6, their own default.
    """
    if head.startswith(_GZIP):
        time = int.from_bytes(head[4:8], "little")
        whole: IO[bytes] = cast(IO[bytes], gzip.GzipFile("", "wb", 6, out, time))
    elif head.startswith(_BZIP2):
        whole = bz2.BZ2File(out, "wb", compresslevel=int(head[3:4]) if head[3:4] in b"123456789" else 9)
    elif head.startswith(_XZ):
        check = head[7] & 15
        whole = lzma.LZMAFile(out, "wb", check=check if lzma.is_check_supported(check) else -1, preset=6)  # noqa: SIM115
    else:
        return out.write, lambda: None
    return whole.write, whole.close
