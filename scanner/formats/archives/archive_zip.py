"""Zip archives, and everything that is a zip at heart and has no reader of its own (jar, Keynote)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.archives.libarchive_read import state
from scanner.formats.archives.zip_closed import ENCRYPTED, Closed, is_closed, renamed
from scanner.formats.base import Format, Found, Nested
from scanner.formats.streams import FAULTS, MemberStream, Names, member_stream, readable_name
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

_UTF8 = 0x800
_UNICODE_PATH = 0x7075  # APPNOTE.TXT 4.6.9
_SMALL = 1 << 20  # below this no ratio is suspicious


def open_zip(blob: Blob) -> zipfile.ZipFile:
    """The archive over the blob's stream. Raises ReadError UNREADABLE, or TOO_LARGE for a big zip inside a zip."""
    kept, blob.opened = blob.opened, None
    if isinstance(kept, zipfile.ZipFile):
        return kept
    stream = blob.open()
    if isinstance(stream, MemberStream):  # a zip is read from its end: seeking in a deflated stream is too dear
        stream = io.BytesIO(blob.data())
    try:
        return zipfile.ZipFile(stream)
    except FAULTS as fault:
        raise ReadError(GapReason.UNREADABLE, f"the archive's directory is damaged ({type(fault).__name__})") from None


def peek_zip(blob: Blob) -> zipfile.ZipFile:
    """The archive, left open for the reader that comes next: its directory is read once. Raises ReadError."""
    archive = open_zip(blob)
    blob.opened = archive
    return archive


def refused(info: zipfile.ZipInfo, limits: Limits) -> ReadError | None:
    """Why this member is not to be unpacked, by what the directory says; reading holds it to that."""
    if info.flag_bits & ENCRYPTED:
        return ReadError(GapReason.ENCRYPTED, "zip member")
    return _too_much(info, limits)


def _too_much(info: zipfile.ZipInfo, limits: Limits) -> ReadError | None:
    if info.file_size > limits.expanded:
        return ReadError(GapReason.TOO_LARGE, f"{info.file_size} bytes, limit {limits.expanded}")
    if info.file_size > _SMALL and info.file_size > limits.ratio * max(info.compress_size, 1):
        return ReadError(GapReason.TOO_LARGE, f"unpacks to more than {limits.ratio} times its size")
    return None


def member_name(info: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: Unicode path field, UTF-8 flag, else by its bytes."""
    if info.flag_bits & _UTF8:
        return info.filename
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    return _unicode_path(info.extra, raw) or readable_name(raw.partition(b"\0")[0])


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if tag == _UNICODE_PATH and len(field) > 5 and int.from_bytes(field[1:5], "little") == zlib.crc32(raw):
            return field[5:].decode("utf-8", "replace")
    return None


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    with open_zip(blob) as archive:
        if archive.comment:
            yield Record((), "file", [(Role.BODY, readable_name(archive.comment))])
        names = Names()
        closed = Closed(archive, blob)
        for info in archive.infolist():
            yield from _member(archive, info, names, limits, closed)


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, names: Names, limits: Limits, closed: Closed
) -> Iterator[Found]:
    name = member_name(info).replace("\\", "/")  # some programs of Windows write paths in its way
    steps = (f"member {names.unique(name)}",)
    if info.comment:
        yield Record((*steps, "part comment"), "part", [(Role.BODY, readable_name(info.comment))])
    if info.is_dir() and not info.file_size:
        yield Record(steps, "member", [(Role.FILENAME, name)])
        return
    problem = _too_much(info, limits)
    if problem is None and is_closed(info):
        try:
            data = closed.content(info, limits.blob)
        except ReadError as fault:
            problem = fault
        else:
            yield Nested(steps, Blob(data, name, limit=limits.blob), "member")
            return
    if problem is not None:
        yield Record(steps, "member", [(Role.FILENAME, name)])
        yield Unread(steps, problem.reason, problem.detail)
        return
    stream = member_stream(lambda: _open(archive, info), info.file_size)
    yield Nested(steps, Blob(stream, name, size=info.file_size, limit=limits.blob), "member")


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(info)
    except zipfile.BadZipFile:  # for one, its own header names it otherwise
        same = renamed(archive, info)
        if same.orig_filename == info.orig_filename:
            raise
        return archive.open(same)


FORMAT = Format(
    "zip",
    3,
    "zipfile (Python), pyzipper, libarchive",
    _extract,
    records="`member PATH`",
    editable="members, and what is in them",
    limits="what lies between the members; at most 64 passwords are tried",
    state=state,
)
