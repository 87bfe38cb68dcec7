"""The members of a zip, by its directory, and where their bytes lie. PKWARE's APPNOTE 6.3.10.

A content's id is made of the sum, size and time that the directory tells; of a member under a password, whose sum may
be left out (AE-2), also of the first packed bytes, which hold its salt.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO, Final

from connectors.backups.archive_members import Form, Member, Unlisted, plain_path
from connectors.backups.archive_streams import Damaged
from connectors.backups.base import content_id
from connectors.base import GapReason
from connectors.errors import ProtocolBroken
from connectors.files.failures import failure

LOCAL: Final = struct.Struct("<4s5H3L2H")  # 4.3.7
FAULTS: Final = (
    zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, IndexError, EOFError, zlib.error, RuntimeError,
)  # fmt: skip

_ENCRYPTED, _DESCRIBED, _UTF8 = 0x1, 0x8, 0x800  # flags, 4.4.4
_DESCRIPTORS = frozenset({0, 12, 16, 20, 24})  # 4.3.9, with and without a signature, 32 and 64 bits
_UNICODE_PATH = 0x7075  # 4.6.9
_BACKSLASHED = frozenset({0, 10, 11, 14})  # made on DOS, NTFS, VFAT: 4.4.2
_UNIX = 3
_SALTED = 64
_END = 22  # bytes of the end record, 4.3.16


def is_zip(head: bytes) -> bool:
    """Whether a zip begins so, or is empty."""
    return head[:4] in (b"PK\3\4", b"PK\5\6")


def ends_as_zip(file: BinaryIO) -> bool:
    """Whether it is one all the same, as a program that unpacks itself."""
    return zipfile.is_zipfile(file)


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """The zip over an opened file. Raises Damaged, ConnectorError."""
    try:
        return zipfile.ZipFile(file)
    except OSError as error:
        if error.errno is not None:
            raise failure(error) from None
        raise Damaged("it is damaged: its directory cannot be read") from None
    except FAULTS:
        raise Damaged("it is damaged: its directory cannot be read") from None


def members(archive: zipfile.ZipFile) -> Iterator[Member | Unlisted]:
    """Every member, in the order of the directory.

    Raises Damaged, after the last, where bytes of the archive belong to none: what was taken out might stand there.
    """
    infos = archive.infolist()
    places, fault = _pieces(archive, infos)
    for info in infos:
        yield _member(archive, info, *places.get(info.header_offset, (0, 0)))
    if fault:
        raise Damaged(fault)


def is_closed(info: zipfile.ZipInfo) -> bool:
    """Whether it is under a password."""
    return bool(info.flag_bits & _ENCRYPTED)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, start: int, end: int) -> Member | Unlisted:
    name = _name(info)
    path = plain_path(name)
    if name.endswith("/"):
        return Member(path, Form.FOLDER, start=start, end=end)
    if info.create_system == _UNIX and stat.S_ISLNK(info.external_attr >> 16):
        return Member(path, Form.OTHER, start=start, end=end)
    if not path or "\0" in path:
        return Unlisted("", GapReason.UNREADABLE, "a member without a proper name")
    facts: tuple[object, ...] = ("zip", info.CRC, info.file_size, *info.date_time)
    if is_closed(info):
        facts = (*facts, info.compress_size, _packed(archive, info, min(_SALTED, info.compress_size)).hex())
    return Member(path, Form.FILE, content_id(facts), info.file_size, start, end, 0, info.compress_size)


def _name(info: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: its Unicode field, its UTF-8 flag, else by its bytes."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            raw = name.encode("utf-8", "surrogateescape")
        name = _unicode_path(info.extra, raw) or _decoded(raw)
    return name.replace("\\", "/") if info.create_system in _BACKSLASHED else name


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if tag == _UNICODE_PATH and len(field) > 5 and int.from_bytes(field[1:5], "little") == zlib.crc32(raw):
            return field[5:].decode("utf-8", "surrogateescape")
    return None


def _pieces(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> tuple[dict[int, tuple[int, int]], str]:
    """Where each member's bytes begin and end, by its place; and what is wrong with how they lie."""
    by_place = {info.header_offset: info for info in infos}
    places = [*sorted(by_place), archive.start_dir]
    if len(by_place) != len(infos) or places[0] != 0:
        return {}, "members share their bytes, or bytes stand before the first"
    pieces = {}
    fault = "" if _ends(archive) else "bytes stand behind its end"
    for place, after in pairwise(places):
        info = by_place[place]
        signature, *_, name, extra = LOCAL.unpack(_at(archive, place, LOCAL.size).ljust(LOCAL.size, b"\0"))
        rest = after - place - LOCAL.size - name - extra - info.compress_size
        if signature != b"PK\3\4" or rest not in _DESCRIPTORS or (rest > 0) != bool(info.flag_bits & _DESCRIBED):
            fault = "bytes in it belong to no member"
        pieces[place] = (place, after)
    return pieces, fault


def _ends(archive: zipfile.ZipFile) -> bool:
    """Whether the end record and its comment are the last bytes."""
    if archive.fp is None:
        raise ProtocolBroken("the archive was closed")
    place = archive.fp.seek(0, 2) - _END - len(archive.comment)
    end = _at(archive, max(place, 0), _END)
    return end[:4] == b"PK\5\6" and int.from_bytes(end[20:], "little") == len(archive.comment)


def _packed(archive: zipfile.ZipFile, info: zipfile.ZipInfo, count: int) -> bytes:
    lengths = struct.unpack_from("<2H", _at(archive, info.header_offset, LOCAL.size).ljust(LOCAL.size, b"\0"), 26)
    return _at(archive, info.header_offset + LOCAL.size + sum(lengths), count)


def _at(archive: zipfile.ZipFile, place: int, count: int) -> bytes:
    if archive.fp is None:
        raise ProtocolBroken("the archive was closed")
    try:
        archive.fp.seek(place)
        return archive.fp.read(count)
    except OSError as error:
        raise failure(error) from None
