"""The members of a tar, in one pass forwards: ustar, pax and GNU forms, with `tar -r`'s later copies of a name.

A content's id is made of its bytes: a tar tells no sum of them, and two of the same size and second are no rarity. So
every byte is read, as unpacking must anyway. POSIX.1-2017, pax; GNU tar's manual, "Basic Tar Format".
"""

from __future__ import annotations

import hashlib
import re
import struct
import tarfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, cast

from connectors.backups.archive_members import Form, Member, Unlisted, plain_path
from connectors.backups.archive_streams import CHUNK, Damaged, Forward
from connectors.backups.base import content_id
from connectors.base import GapReason

BLOCK: Final = 512
ZEROS: Final = bytes(BLOCK)

_SUM = re.compile(rb" *([0-7]{3,7})[\0 ]+")
_DUMPED, _VOLUME = b"D", b"M"  # of GNU tar: lists of an incremental dump, the rest of a member of several volumes
_FAULTS = (tarfile.TarError, ValueError, EOFError, struct.error, OverflowError, RecursionError)

Taken = Callable[[str], bool]
Found = tuple[Member | Unlisted, bytes | None]


def is_tar(block: bytes) -> bool:
    """Whether a tar begins with this block, or is empty."""
    if len(block) < BLOCK:
        return False
    if block[257:262] == b"ustar" or block == ZEROS:
        return True
    stated = _SUM.fullmatch(block[148:156])
    return stated is not None and int(stated[1], 8) == sum(block[:148]) + 256 + sum(block[156:512])


def members(stream: Forward, taken: Taken = lambda path: False, largest: int = 0) -> Iterator[Found]:
    """Every member, with its content where `taken` of its path, and no larger than `largest`.

    Raises Damaged where it has no end mark, or anything but zeros behind it.
    """
    known: dict[str, tuple[int, Member]] = {}
    number = 0
    try:
        while True:
            archive = tarfile.open(  # noqa: SIM115 - it closes nothing
                fileobj=cast(BinaryIO, stream), mode="r:", encoding="utf-8", errors="surrogateescape"
            )
            while (info := archive.next()) is not None:
                vars(archive)["members"].clear()  # tarfile keeps all it saw
                found = _found(stream, archive, info, known, taken, largest)
                member = found[0]
                if isinstance(member, Member) and member.form is Form.FILE:
                    known[member.path] = (number if member.target is None else member.target, member)
                yield found
                number += 1
            if stream.last != ZEROS:
                raise Damaged("it is damaged or cut off: it has no end mark")
            if not _goes_on(stream):
                return
    except _FAULTS:
        raise Damaged("it is damaged: a header cannot be read") from None


def _goes_on(stream: Forward) -> bool:
    """Whether another archive follows the end mark (`cat a.tar b.tar`); the stream then stands before it."""
    while (block := stream.read(BLOCK)) == ZEROS:
        pass
    if len(block) == BLOCK and is_tar(block):
        stream.seek(-BLOCK, 1)
        return True
    if block.strip(b"\0"):
        raise Damaged("bytes stand behind its end")
    return False


def _found(
    stream: Forward,
    archive: tarfile.TarFile,
    info: tarfile.TarInfo,
    known: dict[str, tuple[int, Member]],
    taken: Taken,
    largest: int,
) -> Found:
    path, end = plain_path(info.name), archive.offset
    if info.type in (_DUMPED, _VOLUME) or (info.islnk() and info.size):
        raise Damaged("it is an incremental dump, one of several volumes or of a rare form, which is not read here")
    if info.isdir():
        return Member(path, Form.FOLDER, start=info.offset, end=end), None
    if info.islnk():
        return _link(path, plain_path(info.linkname), info.offset, end, known), None
    if not info.isreg():
        return Member(path, Form.OTHER, start=info.offset, end=end), None
    sparse = cast("list[tuple[int, int]] | None", info.sparse)
    holes = None if sparse is None else tuple(sparse)
    stored = info.size if holes is None else sum(size for _, size in holes)
    keep = taken(path) and info.size <= largest
    digest, data = _read(stream, info.offset_data, stored, end, keep=keep)
    facts = ("tar", digest, info.size) if holes is None else ("tar", digest, info.size, holes)
    if not path or "\0" in path:
        return Unlisted("", GapReason.UNREADABLE, "a member without a proper name"), None
    member = Member(path, Form.FILE, content_id(facts), info.size, info.offset, end, info.offset_data, stored, holes)
    return member, data if data is None else expanded(member, data)


def _link(path: str, target: str, start: int, end: int, known: dict[str, tuple[int, Member]]) -> Member | Unlisted:
    if target not in known:
        return Unlisted(path, GapReason.LINK, "a hard link to what is not in the archive")
    number, member = known[target]
    return Member(
        path, Form.FILE, member.content, member.size, start, end, member.data, member.stored, member.holes, number
    )


def _read(stream: Forward, start: int, count: int, end: int, *, keep: bool) -> tuple[str, bytes | None]:
    """The hash of what is stored, and the bytes themselves; goes on to where the next member begins."""
    digest = hashlib.blake2b(digest_size=16)
    pieces: list[bytes] = []
    stream.seek(start)
    while count:
        data = stream.read(min(count, CHUNK))
        if not data:
            raise Damaged("it is cut off")
        digest.update(data)
        if keep:
            pieces.append(data)
        count -= len(data)
    stream.seek(end)
    return digest.hexdigest(), b"".join(pieces) if keep else None


def expanded(member: Member, data: bytes) -> bytes:
    """The content with its holes."""
    if member.holes is None:
        return data
    whole = bytearray(member.size)
    place = 0
    for offset, size in member.holes:
        whole[offset : offset + size] = data[place : place + size]
        place += size
    return bytes(whole[: member.size])
