"""Rar archives, old and new; nothing can be opened that is under a password, nor packed as solid in the old form."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.archives.archive_libarchive import behind_program, members
from scanner.formats.archives.libarchive_read import state
from scanner.formats.base import Format, Found
from scanner.limits import Limits
from scanner.records import ReadError, Unread

_MAGIC = b"Rar!\x1a\x07"
_OLD_END, _OLD_DATA, _OLD_MORE = 0x7B, 0x8000, 0x0001
_NEW_END, _NEW_LOCKED, _NEW_EXTRA, _NEW_DATA = 5, 4, 0x0001, 0x0002


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    archive = behind_program(blob, _MAGIC)
    problem = _problem(archive, limits)
    if problem is not None and problem.reason is GapReason.ENCRYPTED:
        raise problem
    yield from members(archive, limits, ("rar", "rar5"))
    if problem is not None:
        yield Unread((), problem.reason, problem.detail)


FORMAT = Format(
    "rar",
    1,
    "libarchive",
    _extract,
    records="`member PATH`",
    limits="comments, owners and times of members",
    state=state,
)


def _problem(blob: Blob, limits: Limits) -> ReadError | None:
    """What libarchive does not tell: an archive that is cut off, one that goes on in another file, a locked one."""
    stream = blob.open()
    head = stream.read(8)
    step = _new_block if head[6:8] == b"\x01\0" else _old_block
    stream.seek(8 if step is _new_block else 7)
    for _ in range(limits.members + 16):
        try:
            end = step(stream, blob.size)
        except (struct.error, IndexError):
            return ReadError(GapReason.UNREADABLE, "the archive has no end mark: cut off or damaged")
        except ReadError as fault:
            return fault
        if end:
            return None
    return None


def _old_block(stream: BinaryIO, size: int) -> bool:
    """Step over one block of the form before RAR 5; whether it was the last, which may have no mark."""
    start = stream.tell()
    if start == size:
        return True
    _, kind, flags, length = struct.unpack("<HBHH", stream.read(7))
    data = struct.unpack("<I", stream.read(4))[0] if flags & _OLD_DATA or kind == 0x74 else 0
    if kind == 0x73 and flags & 0x80:
        raise ReadError(GapReason.ENCRYPTED, "rar")
    if kind == 0x74 and flags & 0x100:
        stream.seek(start + 32)
        data += struct.unpack("<I", stream.read(4))[0] << 32
    return _stepped(stream, start + max(length, 7) + data, size, last=kind == _OLD_END, more=flags & _OLD_MORE)


def _new_block(stream: BinaryIO, size: int) -> bool:
    """The same in the form of RAR 5, whose numbers have seven bits a byte."""
    start = stream.tell()
    reader = io.BytesIO(stream.read(40)[4:])
    length = _number(reader)
    end = start + 4 + reader.tell() + length
    kind, flags = _number(reader), _number(reader)
    if flags & _NEW_EXTRA:
        _number(reader)
    if flags & _NEW_DATA:
        end += _number(reader)
    if kind == _NEW_LOCKED:
        raise ReadError(GapReason.ENCRYPTED, "rar")
    more = _number(reader) & 1 if kind == _NEW_END else 0
    return _stepped(stream, end, size, last=kind == _NEW_END, more=more)


def _stepped(stream: BinaryIO, end: int, size: int, *, last: bool, more: int) -> bool:
    if last and more:
        raise ReadError(GapReason.UNREADABLE, "one volume of several")
    if end > size:
        raise IndexError
    stream.seek(end)
    return last


def _number(reader: io.BytesIO) -> int:
    """Raises IndexError at the end of the bytes."""
    value = 0
    for shift in range(0, 70, 7):
        byte = reader.read(1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    return value
