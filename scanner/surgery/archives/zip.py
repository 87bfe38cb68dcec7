"""Zip archives without some of their members, or with others' content changed; see `packages` for how they are written.

Members are known by the name that the reader gives them, which tells those of the same name apart.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator

from scanner.blob import Blob
from scanner.formats.archives.archive_zip import member_name
from scanner.formats.streams import FAULTS, Names, readable_name
from scanner.limits import Limits
from scanner.records import ReadError, Steps
from scanner.surgery import packages
from scanner.surgery.base import CannotEdit, Editor, Edits, Person

_SIGNED = (".sf", ".rsa", ".dsa", ".ec")
_DESCRIBED = 0x8
_DESCRIPTORS = frozenset({0, 12, 16, 20, 24})  # APPNOTE.TXT 4.3.9, with and without a signature, 32 and 64 bits
_ZIP64 = b"\1\0"


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    del limits
    if edits.amend:
        raise CannotEdit("an archive is not amended, only its members")
    data = _data(blob)
    infos, comment = _members(data)
    steps = _steps(infos)
    if not set(steps) >= edits.remove | edits.replace.keys():
        raise CannotEdit("a member that is to leave is not there")
    if comment and person.holds(readable_name(comment)):
        raise CannotEdit("the comment of the archive names the person")
    return _written(data, steps, edits)


def _written(data: bytes, steps: list[Steps], edits: Edits) -> bytes:
    archive = packages.opened(data)
    members = []
    for one, member in zip(steps, archive.members, strict=True):
        if one in edits.remove:
            continue
        new = edits.replace.get(one)
        if new is not None:
            packages.change(member, new)
        members.append(member)
    return packages.written(members, archive.end)


def _data(blob: Blob) -> bytes:
    try:
        return blob.data()
    except ReadError as fault:
        raise CannotEdit(f"the archive cannot be held in memory: {fault.reason.value}") from None


def _members(data: bytes) -> tuple[list[zipfile.ZipInfo], bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.infolist(), archive.comment
    except FAULTS:
        raise CannotEdit("the archive's directory is damaged") from None


def _steps(infos: list[zipfile.ZipInfo]) -> list[Steps]:
    """The steps of the members in the order of the directory, as the reader gives them."""
    names = Names()
    return [(f"member {names.unique(member_name(info).replace(chr(92), '/'))}",) for info in infos]


def _refuses(blob: Blob) -> str | None:
    try:
        infos, _ = _members(_data(blob))
    except CannotEdit as fault:
        return fault.reason
    names = [info.filename.lower() for info in infos]
    if any(name.startswith("meta-inf/") and name.endswith(_SIGNED) for name in names):
        return "the archive is signed"
    return None


# The proof: both archives as `zipfile` reads them


def _differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    del person
    try:
        with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
            return [*_compared(old, new, edits), *_holes(new, after)]
    except FAULTS as fault:
        return [f"one of both is no readable archive ({type(fault).__name__})"]


def _compared(old: zipfile.ZipFile, new: zipfile.ZipFile, edits: Edits) -> Iterator[str]:
    if old.comment != new.comment:
        yield "the comment of the archive"
    infos = old.infolist()
    left = [pair for pair in zip(infos, _steps(infos), strict=True) if pair[1] not in edits.remove]
    if len(left) != len(new.infolist()):
        yield "how many members there are"
        return
    for number, ((was, steps), now) in enumerate(zip(left, new.infolist(), strict=True), 1):
        content = edits.replace.get(steps)
        if _told(was) != _told(now) or (content is None and _local(old, was) != _local(new, now)):
            yield f"member {number}"
        elif content is not None and new.read(now) != content:
            yield f"member {number}, which was changed"


def _told(info: zipfile.ZipInfo) -> tuple[object, ...]:
    return (
        info.orig_filename, info.date_time, info.compress_type, info.comment, info.create_system, info.create_version,
        info.extract_version, info.internal_attr, info.external_attr, info.flag_bits & ~_DESCRIBED,
        _without_zip64(info.extra),
    )  # fmt: skip


def _without_zip64(extra: bytes) -> bytes:
    """The extra fields but that of ZIP64 (APPNOTE.TXT 4.5.3), which holds sizes and places."""
    kept = []
    while len(extra) >= 4:
        size = 4 + struct.unpack_from("<H", extra, 2)[0]
        if extra[:2] != _ZIP64:
            kept.append(extra[:size])
        extra = extra[size:]
    return b"".join([*kept, extra])


def _start(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """Where a member's packed bytes begin."""
    assert archive.fp is not None
    archive.fp.seek(info.header_offset)
    head = archive.fp.read(30)
    name, extra = struct.unpack_from("<2H", head, 26)
    return info.header_offset + 30 + int(name) + int(extra)


def _local(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[bytes, int, int]:
    """A member's own header and packed bytes, its sum and size."""
    size = _start(archive, info) - info.header_offset + info.compress_size
    assert archive.fp is not None
    archive.fp.seek(info.header_offset)
    return archive.fp.read(size), info.CRC, info.file_size


def _holes(archive: zipfile.ZipFile, data: bytes) -> Iterator[str]:
    """Bytes that belong to no member: what was taken out might stand there."""
    place = 0
    for info in sorted(archive.infolist(), key=lambda one: one.header_offset):
        if info.header_offset - place not in (_DESCRIPTORS if place else {0}):
            yield "bytes between the members"
        place = _start(archive, info) + info.compress_size
    if archive.start_dir - place not in _DESCRIPTORS or not data:
        yield "bytes behind the members"


EDITOR = Editor(_edit, _differences, _refuses, records=frozenset({"member"}))
