"""A single file packed with gzip, bzip2 or xz: one member, named as the file without its ending."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator
from typing import IO, cast

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.streams import FAULTS, member_stream
from scanner.limits import Limits
from scanner.records import ReadError

_SMALL = 1 << 20  # below this no ratio is suspicious
_CHUNK = 1 << 18
_ENDINGS = (".gz", ".bz2", ".xz", ".gzip")
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"


def is_packed(head: bytes) -> bool:
    """True where the bytes begin a gzip, bzip2 or xz stream."""
    return head.startswith((_GZIP, _BZIP2, _XZ))


def unpacked(blob: Blob) -> IO[bytes]:
    """A stream over what the blob unpacks to. Reading it may raise any of `streams.FAULTS`."""
    head = blob.head(8)
    stream = blob.open()
    if head.startswith(_BZIP2):
        return bz2.BZ2File(stream)
    if head.startswith(_XZ):
        return lzma.LZMAFile(stream)
    return cast(IO[bytes], gzip.GzipFile(fileobj=stream))


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    name = _inner_name(blob.name)
    steps = (f"member {name}",)
    try:
        data, size = _measured(blob, limits)
    except FAULTS as fault:
        raise ReadError(GapReason.UNREADABLE, f"packed file ({type(fault).__name__})") from None
    if data is not None:
        yield Nested(steps, Blob(data, name, limit=limits.blob), "member")
        return
    stream = member_stream(lambda: unpacked(blob), size)
    yield Nested(steps, Blob(stream, name, size=size, limit=limits.blob), "member")


FORMAT = Format("gz", 1, "gzip, bz2, lzma (Python)", _extract)


def _inner_name(name: str) -> str:
    for ending in _ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name or "content"


def _measured(blob: Blob, limits: Limits) -> tuple[bytes | None, int]:
    """The content if it may be held in memory, and its size. Raises ReadError TOO_LARGE for a bomb."""
    most = min(limits.expanded, max(_SMALL, limits.ratio * max(blob.size, 1)))
    held: list[bytes] | None = []
    size = 0
    with unpacked(blob) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise ReadError(GapReason.TOO_LARGE, f"unpacks to more than {most} bytes")
            if held is not None and size <= limits.blob:
                held.append(chunk)
            else:
                held = None
    return (b"".join(held) if held is not None else None), size
