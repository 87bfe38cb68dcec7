"""Gzip, bzip2 and xz streams with other content: packed in the same way, the same header of gzip before it.

The same content gives the same bytes, whatever the clock says: times and names of the header are those that were.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zlib
from typing import IO, cast

from scanner.formats.streams import FAULTS, readable_name
from scanner.surgery.base import CannotEdit, Person

_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_CHECKSUM, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16  # flags of gzip, RFC 1952, 2.3.1
_LEVELS = {2: 9, 4: 1}  # of deflate, by XFL
_HEADER = re.compile(rb"\x1f\x8b\x08.{7}", re.DOTALL)


def unpacked(data: bytes, most: int) -> bytes:
    """The content of a packed stream. Raises CannotEdit where it is damaged or more than `most` bytes."""
    try:
        with _opened(data) as stream:
            content = stream.read(most + 1)
    except FAULTS:
        raise CannotEdit("the packed content is damaged") from None
    if len(content) > most:
        raise CannotEdit(f"it unpacks to more than {most} bytes, too many to be edited in memory")
    return content


def _opened(data: bytes) -> IO[bytes]:
    if data.startswith(_BZIP2):
        return bz2.BZ2File(io.BytesIO(data))
    if data.startswith(_XZ):
        return lzma.LZMAFile(io.BytesIO(data))
    return cast(IO[bytes], gzip.GzipFile(fileobj=io.BytesIO(data)))


def packed_as(old: bytes, content: bytes) -> bytes:
    """The content, packed as `old` is. Raises CannotEdit for what other programs read by places (bgzip, dictzip)."""
    if old.startswith(_BZIP2):
        return bz2.compress(content, int(old[3:4]))
    if old.startswith(_XZ):
        return lzma.compress(content, lzma.FORMAT_XZ, check=old[7] & 15)  # the stream flags: xz file format, 2.1.1.2
    header = gzip_header(old)
    packer = zlib.compressobj(_LEVELS.get(header[8], 6), zlib.DEFLATED, -15)
    ending = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return header + packer.compress(content) + packer.flush() + ending


def named_in(data: bytes, person: Person) -> bool:
    """Whether the name or remark that gzip keeps is the person's."""
    return data.startswith(_GZIP) and any(person.holds(readable_name(label)) for label in _labels(data)[0])


def gzip_header(data: bytes) -> bytes:
    """The header of the first member (RFC 1952, 2.3). Raises CannotEdit."""
    return data[: _labels(data)[1]]


def _labels(data: bytes) -> tuple[list[bytes], int]:
    """The labels of a gzip header, and where it ends."""
    if not _HEADER.match(data):
        raise CannotEdit("the packed content is damaged")
    flags, place = data[3], 10
    if flags & _EXTRA:
        raise CannotEdit("it is packed in blocks that other programs look up by their place")
    labels = []
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            end = data.find(b"\0", place)
            if end < 0:
                raise CannotEdit("the packed content is damaged")
            labels.append(data[place:end])
            place = end + 1
    return labels, place + (2 if flags & _CHECKSUM else 0)
