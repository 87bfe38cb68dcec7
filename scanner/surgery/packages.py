"""Zip packages (xlsx, docx, odt, zip) with a few members changed or taken out, and every other byte as it was.

Members that stay are copied as they lie in the file: header, packed bytes, descriptor. A changed member keeps its
name, place, times, attributes, extra fields and way of packing. The format is PKWARE's APPNOTE 6.3.10. What is odd
(bytes that belong to no member, several disks, a signed directory) is refused: a copy might stand there.
"""

from __future__ import annotations

import bz2
import io
import struct
import zipfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

from scanner.surgery.base import CannotEdit

_LOCAL = struct.Struct("<4s5H3L2H")  # 4.3.7
_ENTRY = struct.Struct("<4s6H3L5H2L")  # 4.3.12
_END = struct.Struct("<4s4H2LH")  # 4.3.16
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_PLACE64 = struct.Struct("<4sLQL")  # 4.3.15
_FULL = 0xFFFFFFFF
_ENCRYPTED, _DESCRIBED = 0x1, 0x8  # flags, 4.4.4
_DESCRIPTORS = frozenset({0, 12, 16, 20, 24})
_ZIP64 = b"\1\0"  # the kind of the extra field of 4.5.3


@dataclass(slots=True)
class Member:
    """One member, as its bytes lie in the file."""

    info: zipfile.ZipInfo
    entry: bytes  # in the directory
    raw: bytes  # header, packed bytes and descriptor, as they lie in the file


@dataclass(slots=True)
class Archive:
    """All bytes of a package, in pieces."""

    members: list[Member]  # in the order of the directory
    end: bytes  # all behind the directory


def rewrite(data: bytes, parts: Mapping[str, bytes | None]) -> bytes:
    """The package with these members' new bytes; None takes a member out.

    Names are those of `zipfile`. The same input gives the same bytes. Raises CannotEdit where a name is missing or
    stands there twice, is encrypted or packed in a rare way, or the package is not built plainly.
    """
    archive = opened(data)
    known: dict[str, int] = {}
    for member in archive.members:
        known[member.info.filename] = known.get(member.info.filename, 0) + 1
    if any(known.get(name) != 1 for name in parts):
        raise CannotEdit("a member of the package is missing, or stands there twice")
    kept = [member for member in archive.members if parts.get(member.info.filename, b"") is not None]
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        for member in kept:
            new = parts.get(member.info.filename)
            if new is not None and not _is_same(whole, member.info, new):
                change(member, new)
    return written(kept, archive.end)


def same_but(before: bytes, after: bytes, names: Collection[str]) -> list[str]:
    """What differs between two packages beside the members of these names, which may differ or be gone.

    Order, packed bytes, times, attributes, extra fields and comments are looked at, of a changed member all but its
    bytes. The answer tells places by number, never a name.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
            return _compared(old, new, before, after, frozenset(names))
    except (zipfile.BadZipFile, OSError, struct.error, ValueError, NotImplementedError):
        return ["one of both is no readable package"]


def _compared(
    old: zipfile.ZipFile, new: zipfile.ZipFile, before: bytes, after: bytes, names: frozenset[str]
) -> list[str]:
    found = [] if old.comment == new.comment else ["the comment of the package"]
    there = {info.filename for info in new.infolist()}
    left = [info for info in old.infolist() if info.filename not in names or info.filename in there]
    if [info.filename for info in left] != [info.filename for info in new.infolist()]:
        return [*found, "which members there are, or their order"]
    for number, (one, other) in enumerate(zip(left, new.infolist(), strict=True), 1):
        if _told(one) != _told(other):
            found.append(f"member {number}: its times, attributes or packing")
        elif one.filename not in names and _packed(before, one) != _packed(after, other):
            found.append(f"member {number}: its bytes")
    return found


def _told(info: zipfile.ZipInfo) -> tuple[object, ...]:
    return (
        info.date_time, info.external_attr, info.internal_attr, info.compress_type, info.create_system, info.comment,
        info.flag_bits & ~_DESCRIBED, [field for field in _fields(info.extra) if field[:2] != _ZIP64],
    )  # fmt: skip


def _packed(data: bytes, info: zipfile.ZipInfo) -> tuple[int, bytes]:
    lengths = struct.unpack_from("<2H", data, info.header_offset + 26)
    start = info.header_offset + 30 + sum(lengths)
    return info.CRC, data[start : start + info.compress_size]


def _is_same(whole: zipfile.ZipFile, info: zipfile.ZipInfo, new: bytes) -> bool:
    if len(new) != info.file_size or zlib.crc32(new) != info.CRC or info.flag_bits & _ENCRYPTED:
        return False
    try:
        return whole.read(info) == new
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, zlib.error, EOFError):
        return False


def opened(data: bytes) -> Archive:
    """The package in pieces that together are all of its bytes. Raises CannotEdit."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as whole:
            infos = whole.infolist()
            entries, end = _directory(data, whole.start_dir, len(whole.comment), len(infos))
            pieces = _pieces(data, infos, whole.start_dir)
    except CannotEdit:
        raise
    except (zipfile.BadZipFile, OSError, struct.error, ValueError, NotImplementedError, IndexError):
        raise CannotEdit("the package is damaged") from None
    members = [Member(info, entry, pieces[info.header_offset]) for info, entry in zip(infos, entries, strict=True)]
    return Archive(members, end)


def _directory(data: bytes, start: int, comment: int, count: int) -> tuple[list[bytes], bytes]:
    end = len(data) - comment - _END.size
    if data[end : end + 4] != b"PK\5\6" or _END.unpack_from(data, end)[7] != comment:
        raise CannotEdit("bytes stand behind the end of the package")
    if data[max(0, end - 20) : end - 16] == b"PK\6\7":
        end = end - 20 - _END64.size
        if data[end : end + 4] != b"PK\6\6":
            raise CannotEdit("the package ends in a rare way")
    entries = []
    for _ in range(count):
        lengths = _ENTRY.unpack_from(data, start)[10:13]
        entries.append(data[start : start + _ENTRY.size + sum(lengths)])
        start += _ENTRY.size + sum(lengths)
    if start != end:
        raise CannotEdit("the directory of the package holds more than its members")
    return entries, data[end:]


def _pieces(data: bytes, infos: list[zipfile.ZipInfo], directory: int) -> dict[int, bytes]:
    """Each member's bytes by its place. They must lie one behind the other, with nothing between them."""
    by_place = {info.header_offset: info for info in infos}
    places = [*sorted(by_place), directory]
    if len(by_place) != len(infos) or places[0] != 0:
        raise CannotEdit("members of the package share their bytes, or bytes stand before the first")
    pieces = {}
    for place, after in pairwise(places):
        signature, *_, name, extra = _LOCAL.unpack_from(data, place)
        rest = after - place - _LOCAL.size - name - extra - by_place[place].compress_size
        described = bool(by_place[place].flag_bits & _DESCRIBED)
        if signature != b"PK\3\4" or rest not in _DESCRIPTORS or (rest > 0) != described:
            raise CannotEdit("bytes in the package belong to no member")
        pieces[place] = data[place:after]
    return pieces


def change(member: Member, new: bytes) -> None:
    """Puts new bytes in a member: its headers keep all but the sizes, the checksum, and that a descriptor follows."""
    info = member.info
    if info.flag_bits & _ENCRYPTED:
        raise CannotEdit("a member of the package is encrypted")
    packed = _pack(new, info.compress_type)
    if max(len(packed), len(new)) >= _FULL:
        raise CannotEdit("a member of the package is too large")
    sizes = (zlib.crc32(new), len(packed), len(new))
    signature, version, flags, method, time, date, _, _, _, name, extra = _LOCAL.unpack_from(member.raw)
    if member.raw[30 : 30 + name] != member.entry[46 : 46 + _ENTRY.unpack_from(member.entry)[10]]:
        raise CannotEdit("a member of the package has two names")
    fields = _plain(member.raw[30 + name : 30 + name + extra])
    head = _LOCAL.pack(signature, version, flags & ~_DESCRIBED, method, time, date, *sizes, name, len(fields))
    member.raw = head + member.raw[30 : 30 + name] + fields + packed
    member.entry = _changed_entry(member.entry, sizes)


def _changed_entry(entry: bytes, sizes: tuple[int, int, int]) -> bytes:
    values = list(_ENTRY.unpack_from(entry))
    name, extra = values[10], values[11]
    fields = _plain(entry[46 + name : 46 + name + extra])
    values[3] &= ~_DESCRIBED
    values[7:10] = sizes
    values[11] = len(fields)
    values[16] = 0  # the place: written at the end, where there is no ZIP64 field any more
    return _ENTRY.pack(*values) + entry[46 : 46 + name] + fields + entry[46 + name + extra :]


def _pack(data: bytes, method: int) -> bytes:
    if method == zipfile.ZIP_STORED:
        return data
    if method == zipfile.ZIP_DEFLATED:
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()
    if method == zipfile.ZIP_BZIP2:
        return bz2.compress(data)
    raise CannotEdit("a member of the package is packed in a rare way")


def _fields(extra: bytes) -> list[bytes]:
    """The extra fields (4.5), each with its head; what is no field comes last."""
    found = []
    while len(extra) >= 4:
        size = 4 + int.from_bytes(extra[2:4], "little")
        found.append(extra[:size])
        extra = extra[size:]
    return [*found, extra] if extra else found


def _plain(extra: bytes) -> bytes:
    """The extra fields without that of ZIP64, which holds sizes."""
    return b"".join(field for field in _fields(extra) if field[:2] != _ZIP64)


def written(members: list[Member], end: bytes) -> bytes:
    """The members in the order in which they lay, then the directory in its own order, then the end."""
    out = io.BytesIO()
    places = {}
    for member in sorted(members, key=lambda one: one.info.header_offset):
        places[member.info.header_offset] = out.tell()
        out.write(member.raw)
    start = out.tell()
    for member in members:
        out.write(_placed(member.entry, places[member.info.header_offset]))
    _write_end(out, end, len(members), start)
    return out.getvalue()


def _placed(entry: bytes, place: int) -> bytes:
    """The directory's entry with where its member lies now; in the ZIP64 field, where it stood there."""
    if int.from_bytes(entry[42:46], "little") != _FULL:
        return entry[:42] + place.to_bytes(4, "little") + entry[46:]
    skipped = 8 * sum(int.from_bytes(entry[at : at + 4], "little") == _FULL for at in (24, 20))
    name, extra = struct.unpack_from("<2H", entry, 28)
    at = 46 + name
    for field in _fields(entry[at : at + extra]):
        if field[:2] == _ZIP64 and len(field) >= 4 + skipped + 8:
            at += 4 + skipped
            return entry[:at] + place.to_bytes(8, "little") + entry[at + 8 :]
        at += len(field)
    raise CannotEdit("the package is damaged")


def _write_end(out: io.BytesIO, end: bytes, count: int, start: int) -> None:
    size = out.tell() - start
    if end[:4] == b"PK\6\6":
        values = list(_END64.unpack_from(end))
        values[6:10] = (count, count, size, start)
        place = list(_PLACE64.unpack_from(end, _END64.size))
        place[2] = out.tell()
        out.write(_END64.pack(*values) + _PLACE64.pack(*place))
        end = end[_END64.size + _PLACE64.size :]
    values = list(_END.unpack_from(end))
    for at, full, new in ((3, 0xFFFF, count), (4, 0xFFFF, count), (5, _FULL, size), (6, _FULL, start)):
        if values[at] != full:
            values[at] = new
    out.write(_END.pack(*values) + end[_END.size :])
