"""A zip without some of its members: those that stay are copied as they lie, header, packed bytes and descriptor.

The directory's entries keep all but the places; comments, extra fields and the records of ZIP64 stay. The proof reads
both files by their directories anew.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Collection, Sequence
from typing import BinaryIO

from connectors.backups.archive_members import Member, Unlisted
from connectors.backups.archive_streams import CHUNK, Damaged
from connectors.backups.archive_zip import LOCAL, opened

_ENTRY = struct.Struct("<4s6H3L5H2L")  # 4.3.12
_END = struct.Struct("<4s4H2LH")  # 4.3.16
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_PLACE64 = struct.Struct("<4sLQL")  # 4.3.15
_FULL = 0xFFFFFFFF
_ZIP64 = b"\1\0"  # 4.5.3
_DESCRIBED = 0x8
_RARE = "its directory is built in a rare way"


def write(old: BinaryIO, members: Sequence[Member | Unlisted], gone: Collection[int], out: BinaryIO) -> None:
    """The archive without the members of these numbers. Raises Damaged; OSError is the caller's."""
    archive = opened(old)
    infos = archive.infolist()
    if len(infos) != len(members):
        raise Damaged("it was changed while it was looked at")
    entries, end = _directory(old, archive.start_dir, len(infos), len(archive.comment))
    places: dict[int, int] = {}
    at = 0
    for number in sorted(set(range(len(infos))) - set(gone), key=lambda one: infos[one].header_offset):
        member = members[number]
        if isinstance(member, Unlisted) or member.start != infos[number].header_offset:
            raise Damaged("a member of it cannot be told from others")
        places[number] = at
        at += copy(old, member.start, member.end, out.write)
    directory = b"".join(_placed(entries[number], places[number]) for number in sorted(places))
    out.write(directory)
    out.write(_ended(end, len(places), at, len(directory)))


def differences(old: BinaryIO, new: BinaryIO, gone: Collection[int]) -> str:
    """What differs between them beside these members; "" where nothing does."""
    was, now = opened(old), opened(new)
    left = [info for number, info in enumerate(was.infolist()) if number not in gone]
    if was.comment != now.comment or len(left) != len(now.infolist()):
        return "its comment, or how many members there are"
    for one, other in zip(left, now.infolist(), strict=True):
        if _told(one) != _told(other) or not _same_bytes(old, one, new, other):
            return "a member that stays"
    return "" if now.start_dir == sum(_length(new, info) for info in now.infolist()) else "bytes belong to no member"


def copy(old: BinaryIO, start: int, end: int, put: Callable[[bytes], object]) -> int:
    """Hands the bytes on; gives how many."""
    old.seek(start)
    left = end - start
    while left:
        data = old.read(min(left, CHUNK))
        if not data:
            raise Damaged("it is cut off")
        put(data)
        left -= len(data)
    return end - start


def _directory(old: BinaryIO, start: int, count: int, comment: int) -> tuple[list[bytes], bytes]:
    """The entries, and all behind them."""
    old.seek(start)
    data = old.read()
    end = len(data) - comment - _END.size
    if data[end : end + 4] != b"PK\5\6" or _END.unpack_from(data, end)[7] != comment:
        raise Damaged("bytes stand behind its end")
    if end >= _PLACE64.size and data[end - _PLACE64.size : end - 16] == b"PK\6\7":
        end = end - _PLACE64.size - _END64.size
        if data[end : end + 4] != b"PK\6\6":
            raise Damaged(_RARE)
    entries = []
    place = 0
    for _ in range(count):
        size = _ENTRY.size + sum(_ENTRY.unpack_from(data, place)[10:13])
        entries.append(data[place : place + size])
        place += size
    if place != end:
        raise Damaged(_RARE)
    return entries, data[end:]


def _placed(entry: bytes, place: int) -> bytes:
    """The entry with where its member lies now; in the ZIP64 field, where it stood there."""
    if int.from_bytes(entry[42:46], "little") != _FULL:
        return entry[:42] + place.to_bytes(4, "little") + entry[46:]
    skipped = 8 * sum(int.from_bytes(entry[at : at + 4], "little") == _FULL for at in (24, 20))
    name, extra = struct.unpack_from("<2H", entry, 28)
    at = 46 + name
    stop = at + extra
    while at + 4 <= stop:
        size = 4 + int.from_bytes(entry[at + 2 : at + 4], "little")
        if entry[at : at + 2] == _ZIP64 and size >= 4 + skipped + 8:
            at += 4 + skipped
            return entry[:at] + place.to_bytes(8, "little") + entry[at + 8 :]
        at += size
    raise Damaged(_RARE)


def _ended(end: bytes, count: int, start: int, size: int) -> bytes:
    made = b""
    if end[:4] == b"PK\6\6":
        values = list(_END64.unpack_from(end))
        values[6:10] = (count, count, size, start)
        place = list(_PLACE64.unpack_from(end, _END64.size))
        place[2] = start + size
        made = _END64.pack(*values) + _PLACE64.pack(*place)
        end = end[_END64.size + _PLACE64.size :]
    values = list(_END.unpack_from(end))
    for at, full, new in ((3, 0xFFFF, count), (4, 0xFFFF, count), (5, _FULL, size), (6, _FULL, start)):
        if values[at] != full:
            values[at] = new
    return made + _END.pack(*values) + end[_END.size :]


def _told(info: zipfile.ZipInfo) -> tuple[object, ...]:
    return (
        info.orig_filename, info.date_time, info.compress_type, info.comment, info.create_system, info.create_version,
        info.extract_version, info.internal_attr, info.external_attr, info.flag_bits, info.CRC, info.compress_size,
        info.file_size, len(info.extra),
    )  # fmt: skip


def _length(file: BinaryIO, info: zipfile.ZipInfo) -> int:
    """How many bytes the member takes: its header, its packed bytes, its descriptor."""
    file.seek(info.header_offset)
    head = file.read(LOCAL.size)
    if len(head) != LOCAL.size:
        raise Damaged("it is cut off")
    size: int = LOCAL.size + sum(struct.unpack_from("<2H", head, 26)) + info.compress_size
    if not info.flag_bits & _DESCRIBED:
        return size
    file.seek(info.header_offset + size)
    after = file.read(24)
    signed = 4 if after[:4] == b"PK\7\x08" else 0
    for width in (4, 8):  # of the two sizes: 4.3.9.2
        told = after[signed + 4 : signed + 4 + 2 * width]
        if told == info.compress_size.to_bytes(8, "little")[:width] + info.file_size.to_bytes(8, "little")[:width]:
            follows = after[signed + 4 + 2 * width :][:2]
            if follows in (b"PK", b"") or width == 8:
                return size + signed + 4 + 2 * width
    raise Damaged("bytes in it belong to no member")


def _same_bytes(old: BinaryIO, one: zipfile.ZipInfo, new: BinaryIO, other: zipfile.ZipInfo) -> bool:
    left = _length(old, one)
    if left != _length(new, other):
        return False
    was, now = one.header_offset, other.header_offset
    while left:
        count = min(left, CHUNK)
        old.seek(was)
        new.seek(now)
        data = old.read(count)
        if not data or data != new.read(count):
            return False
        was, now, left = was + count, now + count, left - count
    return True
