"""Tar archives: plain, and packed as a whole with gzip, bzip2 or xz."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
from collections.abc import Iterator
from typing import IO, BinaryIO, cast

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.streams import FAULTS, Names, member_stream, readable_name
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

_BLOCK = 512
_ZEROS = bytes(_BLOCK)
_SMALL = 1 << 20


class _Watched(io.RawIOBase):
    """The unpacked bytes, held to a limit; remembers the last block, which tells a whole archive from a cut one."""

    def __init__(self, inner: IO[bytes], limit: int) -> None:
        super().__init__()
        self._inner = inner
        self._limit = limit
        self.last = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._inner.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET and offset > self._limit:
            raise ReadError(GapReason.TOO_LARGE, f"unpacks to more than {self._limit} bytes")
        return self._inner.seek(offset, whence)

    def read(self, count: int | None = -1) -> bytes:
        self.last = self._inner.read(-1 if count is None else count)
        if self._inner.tell() > self._limit:
            raise ReadError(GapReason.TOO_LARGE, f"unpacks to more than {self._limit} bytes")
        return self.last


def is_tar(block: bytes) -> bool:
    """Whether a tar begins with this block; older ones are told by nothing but their sum."""
    if block[257:262] == b"ustar":
        return True
    stated = _SUM.fullmatch(block[148:156])
    return stated is not None and int(stated[1], 8) == sum(block[:148]) + 256 + sum(block[156:512])


_SUM = re.compile(rb" *([0-7]{3,7})[\0 ]+")


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    stream = blob.open()
    watched = _Watched(_unpacked(stream, blob.head(8)), max(limits.expanded, blob.size))
    names = Names()
    try:
        going = True
        while going:
            with tarfile.open(fileobj=cast(BinaryIO, watched), mode="r:", errors="surrogateescape") as archive:
                yield from _members(archive, names, limits)
            if len(watched.last) != _BLOCK or any(watched.last):  # tarfile ends in silence at a damaged header
                yield Unread((), GapReason.UNREADABLE, "the archive has no end mark: cut off or damaged")
                return
            going = _goes_on(watched)
        yield from _rest(watched, blob.limit)
    except FAULTS as fault:
        raise ReadError(GapReason.UNREADABLE, f"tar ({type(fault).__name__})") from None


def _goes_on(watched: _Watched) -> bool:
    """Whether another archive follows the end mark (`cat a.tar b.tar`); the stream then stands before it."""
    while (block := watched.read(_BLOCK)) == _ZEROS:
        pass
    watched.seek(-len(block), io.SEEK_CUR)
    return len(block) == _BLOCK and is_tar(block)


def _rest(watched: _Watched, limit: int) -> Iterator[Found]:
    """What somebody put behind the last archive, of whatever kind it is."""
    data = watched.read(limit + 1).lstrip(b"\0")
    if len(data) > limit:
        yield Unread(("part end",), GapReason.TOO_LARGE, "bytes after the archive's end")
    elif data:
        yield Nested(("part end",), Blob(data, "", limit=limit), "part")


def _unpacked(stream: BinaryIO, head: bytes) -> IO[bytes]:
    stream.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.GzipFile(fileobj=stream))
    if head.startswith(b"BZh"):
        return bz2.BZ2File(stream)
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(stream)
    return stream


def _members(archive: tarfile.TarFile, names: Names, limits: Limits) -> Iterator[Found]:
    while (info := archive.next()) is not None:
        vars(archive)["members"].clear()  # tarfile keeps all it saw; a long archive would fill the memory
        yield from _member(archive, info, names, limits)


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo, names: Names, limits: Limits) -> Iterator[Found]:
    name = readable_name(info.name.encode("utf-8", "surrogateescape"))
    steps = (f"member {names.unique(name)}",)
    problem = _refused(info, limits)
    if info.isreg() and problem is None:
        stream = member_stream(lambda: _open(archive, info, limits), info.size)
        yield Nested(steps, Blob(stream, name, size=info.size, limit=limits.blob), "member")
        return
    target = [(Role.FILENAME, info.linkname)] if info.linkname else []
    yield Record(steps, "member", [(Role.FILENAME, name), *target])
    if problem is not None:
        yield Unread(steps, problem.reason, problem.detail)


def _refused(info: tarfile.TarInfo, limits: Limits) -> ReadError | None:
    if info.issym() or info.islnk():
        return ReadError(GapReason.LINK, "in a tar archive")
    if info.isdir():
        return None
    if not info.isreg():
        return ReadError(GapReason.SPECIAL_FILE, "in a tar archive")
    if info.size > limits.expanded:
        return ReadError(GapReason.TOO_LARGE, f"{info.size} bytes, limit {limits.expanded}")
    if info.sparse and info.size > _SMALL:
        stored = sum(size for _, size in cast(list[tuple[int, int]], info.sparse))
        if info.size > limits.ratio * max(stored, 1):
            return ReadError(GapReason.TOO_LARGE, f"unpacks to more than {limits.ratio} times its size")
    return None


def _open(archive: tarfile.TarFile, info: tarfile.TarInfo, limits: Limits) -> IO[bytes]:
    inner = archive.extractfile(info)
    if inner is None:
        raise tarfile.ReadError("no content")
    if info.size > limits.blob:
        return inner
    with inner:  # one pass: going back in a packed archive means unpacking it from its start again
        data = inner.read()
    if len(data) < info.size:
        raise tarfile.ReadError("unexpected end of data")
    return io.BytesIO(data)


FORMAT = Format(
    "tar",
    2,
    "tarfile (Python)",
    _extract,
    records="`member PATH`, `part end`",
    editable="members, and what is in them",
    limits="owners and times of members",
)
