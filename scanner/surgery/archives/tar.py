"""Tar archives without some of their members, or with others' content changed; packed as a whole or not.

A member's blocks (its header, the pax and GNU headers before it, its content, the padding) stay or leave together. A
global pax header stays: it is all members'. POSIX.1-2017, pax, and GNU tar's manual tell of the blocks.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.blob import Blob
from scanner.formats.archives.archive_gz import is_packed
from scanner.formats.archives.archive_tar import is_tar
from scanner.formats.streams import FAULTS, Names, readable_name
from scanner.limits import Limits
from scanner.records import ReadError, Steps
from scanner.surgery.archives.packing import named_in, packed_as, unpacked
from scanner.surgery.archives.tar_proof import differences
from scanner.surgery.archives.tar_rules import LINKED, check_padding, plain, target_of
from scanner.surgery.base import CannotEdit, Editor, Edits, Person

_BLOCK = 512
_RECORD = 20 * _BLOCK  # what tar writes at once: archives are padded to it
_ZEROS = bytes(_BLOCK)
_SIZE, _SUM = slice(124, 136), slice(148, 156)
_NUMBER = re.compile(rb"( *)([0-7]+)([\0 ]*)")


@dataclass(frozen=True, slots=True)
class _Member:
    """A member, and where its blocks begin (extended headers counted in) and end."""

    steps: Steps
    info: tarfile.TarInfo
    start: int
    end: int


def _edit(blob: Blob, edits: Edits, person: Person, limits: Limits) -> bytes:
    if edits.amend:
        raise CannotEdit("an archive is not amended, only its members")
    packed = _data(blob)
    if not is_packed(packed):
        return _edited(packed, edits, person)
    if named_in(packed, person):
        raise CannotEdit("the name that the packed archive keeps is the person's")
    return packed_as(packed, _edited(unpacked(packed, limits.blob), edits, person))


def _edited(data: bytes, edits: Edits, person: Person) -> bytes:
    members = list(_members(data))
    touched = edits.remove | edits.replace.keys()
    if not {member.steps for member in members} >= touched:
        raise CannotEdit("a member that is to leave is not there")
    if len(edits.remove) == len(members):
        raise CannotEdit("no member would be left in the archive: remove the whole")  # and readers know none of zeros
    _check(data, members, edits, person)
    check_padding(data, [(member.end, member.info.pax_headers.get("size", "")) for member in members])
    pieces: list[bytes] = []
    place = 0
    for member in members:
        if member.steps not in touched:
            continue
        pieces.append(data[place : member.start])
        if member.steps in edits.replace:
            pieces.append(_replaced(data, member, edits.replace[member.steps]))
        place = member.end
    last = max((member.end for member in members), default=0)
    pieces.append(data[place:last])
    return _padded(b"".join(pieces), len(data) - last, len(data))


def _data(blob: Blob) -> bytes:
    try:
        return blob.data()
    except ReadError as fault:
        raise CannotEdit(f"the archive cannot be held in memory: {fault.reason.value}") from None


def _refuses(blob: Blob) -> str | None:
    try:
        packed = _data(blob)
        if is_packed(packed):
            packed_as(packed, b"")
    except CannotEdit as fault:
        return fault.reason
    return None


# Reading


def _members(data: bytes) -> Iterator[_Member]:
    """All members, of archives behind one another too, as the reader names them. Raises CannotEdit."""
    stream = io.BytesIO(data)
    names = Names()
    try:
        while True:
            with tarfile.open(fileobj=stream, mode="r:", errors="surrogateescape") as archive:
                while (info := archive.next()) is not None:
                    vars(archive)["members"].clear()
                    name = readable_name(info.name.encode("utf-8", "surrogateescape"))
                    yield _Member((f"member {names.unique(name)}",), info, info.offset, archive.offset)
                place = archive.offset
            if data[place - _BLOCK : place] != _ZEROS and data[place : place + _BLOCK] != _ZEROS:
                raise CannotEdit("the archive has no end mark: it is cut off or damaged")
            while data[place : place + _BLOCK] == _ZEROS:
                place += _BLOCK
            block = data[place : place + _BLOCK]
            if len(block) != _BLOCK or not is_tar(block):
                return
            stream.seek(place)
    except FAULTS:
        raise CannotEdit("the archive is damaged") from None


def _check(data: bytes, members: list[_Member], edits: Edits, person: Person) -> None:
    """Raises CannotEdit where another member needs what leaves, or a header that stays names the person."""
    gone = {plain(member.info.name) for member in members if member.steps in edits.remove}
    place = 0
    for member in members:
        between = data[place : member.start].rstrip(b"\0")
        if between and person.holds(between.decode("utf-8", "replace")):
            raise CannotEdit("a header for all members of the archive names the person")
        place = member.end
        info, is_link = member.info, member.info.islnk() or member.info.issym()
        if is_link and member.steps not in edits.remove and target_of(info.name, info.linkname, info.issym()) in gone:
            raise CannotEdit(LINKED)
        if member.steps in edits.remove | edits.replace.keys() and member.info.issparse():
            raise CannotEdit("a member of the archive has holes, which is not edited")


# Writing


def _replaced(data: bytes, member: _Member, content: bytes) -> bytes:
    """The member's blocks with new content: of its header only the size and the sum change."""
    if not member.info.isreg() or "size" in member.info.pax_headers:
        raise CannotEdit("a member of the archive is no plain file")
    start = member.info.offset_data - _BLOCK
    head = bytearray(data[start : member.info.offset_data])
    stated = _NUMBER.fullmatch(bytes(head[_SUM]))
    if stated is None or int(stated[2], 8) != _sum(head):
        raise CannotEdit("the header of a member of the archive has a rare form")
    head[_SIZE] = _number(bytes(head[_SIZE]), len(content))
    head[_SUM] = _number(bytes(data[start + 148 : start + 156]), _sum(head))
    return data[member.start : start] + bytes(head) + content + bytes(-len(content) % _BLOCK)


def _sum(head: bytes | bytearray) -> int:
    return sum(head[:148]) + 8 * 32 + sum(head[156:])


def _number(field: bytes, value: int) -> bytes:
    """An octal number in the form that the field has: as wide, padded and ended as it was."""
    match = _NUMBER.fullmatch(field)
    if match is None:
        raise CannotEdit("the header of a member of the archive has a rare form")
    width = len(match[1]) + len(match[2])
    made = b"%o" % value
    if len(made) > width:
        raise CannotEdit("a member of the archive is too large")
    return made.rjust(width, b" " if match[1] else b"0") + match[3]


def _padded(kept: bytes, end: int, size: int) -> bytes:
    """The members with an end mark of zeros behind them, as long as before or to whole records where that was so."""
    length = len(kept) + 2 * _BLOCK
    if size % _RECORD == 0:
        length += -length % _RECORD
    else:
        length = max(length, len(kept) + end)
    return kept + bytes(length - len(kept))


EDITOR = Editor(_edit, differences, _refuses, records=frozenset({"member"}))
