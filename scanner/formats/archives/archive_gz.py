"""A single file packed with gzip, bzip2 or xz: one member, named as the file without its ending."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Iterator
from typing import IO, cast

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.streams import FAULTS, member_stream, readable_name
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role

_SMALL = 1 << 20  # below this no ratio is suspicious
_CHUNK = 1 << 18
_ENDINGS = (".gz", ".bz2", ".xz", ".gzip")
_EXTRA, _NAME, _COMMENT = 4, 8, 16  # flags
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"


def is_packed(head: bytes) -> bool:
    """True where the bytes begin a gzip, bzip2 or xz stream."""
    return head.startswith((_GZIP, _BZIP2, _XZ))


def unpacked(blob: Blob) -> io.BufferedIOBase:
    """A stream over what the blob unpacks to. Reading it may raise any of `streams.FAULTS`."""
    head = blob.head(8)
    stream = blob.open()
    if head.startswith(_BZIP2):
        return bz2.BZ2File(stream)
    if head.startswith(_XZ):
        return lzma.LZMAFile(stream)
    return gzip.GzipFile(fileobj=stream)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    name = inner_name(blob.name)
    steps = (f"member {name}",)
    texts = _labels(blob.head(), name)
    if texts:
        yield Record((), "file", texts)
    data, size, fault = _measured(blob, limits)
    if data is not None and (data or fault is None):
        yield Nested(steps, Blob(data, name, limit=limits.blob), "member")
    elif size:
        stream = member_stream(lambda: cast(IO[bytes], unpacked(blob)), size)
        yield Nested(steps, Blob(stream, name, size=size, limit=limits.blob), "member")
    if fault is not None:
        raise fault


FORMAT = Format("gz", 2, "gzip, bz2, lzma (Python)", _extract, records="`member NAME`", editable="what is in it")


def _labels(head: bytes, name: str) -> list[tuple[Role, str]]:
    """The name that the file had, and a remark, which gzip keeps (RFC 1952, 2.3)."""
    if not head.startswith(_GZIP) or len(head) < 10:
        return []
    flags, place = head[3], 10
    if flags & _EXTRA:
        place += 2 + int.from_bytes(head[10:12], "little")
    found = []
    for flag, role in ((_NAME, Role.FILENAME), (_COMMENT, Role.BODY)):
        if flags & flag:
            raw, _, _ = head[place:].partition(b"\0")
            place += len(raw) + 1
            text = readable_name(raw)
            if text and text != name:
                found.append((role, text))
    return found


def inner_name(name: str) -> str:
    """What the one member is called, by the name of the packed file."""
    for ending in _ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name or "content"


def _measured(blob: Blob, limits: Limits) -> tuple[bytes | None, int, ReadError | None]:
    """The content if it may be held in memory, its size, and what broke it off. Raises ReadError for a bomb."""
    most = min(limits.expanded, max(_SMALL, limits.ratio * max(blob.size, 1)))
    held: list[bytes] | None = []
    size = 0
    fault = None
    with unpacked(blob) as stream:
        try:
            while chunk := stream.read1(_CHUNK):
                size += len(chunk)
                if size > most:
                    raise ReadError(GapReason.TOO_LARGE, f"unpacks to more than {most} bytes")
                if held is not None and size <= limits.blob:
                    held.append(chunk)
                else:
                    held = None
        except FAULTS as broken:
            fault = ReadError(GapReason.UNREADABLE, f"packed file ({type(broken).__name__})")
    return (b"".join(held) if held is not None else None), size, fault
