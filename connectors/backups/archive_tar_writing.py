"""A tar without some of its members: the blocks of those that stay are copied as they are, headers and padding.

The proof walks both archives block by block, by types and sizes alone, where the writer let `tarfile` find the members:
so both must agree. A global pax header stays: it is all members'.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence

from connectors.backups.archive_members import Form, Member, Unlisted
from connectors.backups.archive_streams import CHUNK, Damaged, Forward
from connectors.backups.archive_tar import BLOCK, ZEROS

LINKED = "another name in the archive is a hard link to it, and would lose its content: decide on both"

_RECORD = 20 * BLOCK  # what tar writes at once: archives are padded to it
_BEFORE = b"xXLK"  # headers that tell of the member behind them: pax, Solaris, GNU
_EMPTY = b"123456"  # links, devices, folders, pipes: no content, whatever the size says
_GLOBAL, _SPARSE = b"g", b"S"


def linked(members: Sequence[Member | Unlisted], gone: Collection[int]) -> set[int]:
    """Those of `gone` whose content a hard link that stays leads to."""
    doomed = set(gone)
    return {
        member.target
        for number, member in enumerate(members)
        if isinstance(member, Member) and number not in doomed and member.target in doomed and member.target is not None
    }


def write(
    old: Forward, members: Sequence[Member | Unlisted], gone: Collection[int], put: Callable[[bytes], object]
) -> None:
    """Hands on the unpacked archive without the members of these numbers. Raises Damaged, ConnectorError."""
    ranges = []
    for number in sorted(gone):
        member = members[number]
        if isinstance(member, Unlisted) or member.form is Form.OTHER:
            raise Damaged("a member of it cannot be told from others")
        ranges.append((member.start, member.end))
    last = max((member.end for member in members if isinstance(member, Member)), default=0)
    place = kept = 0
    for start, end in [*ranges, (last, last)]:
        kept += _copy(old, place, start, put)
        place = max(place, end)
    total = place + _rest(old, place)
    length = kept + 2 * BLOCK
    length = length + -length % _RECORD if total % _RECORD == 0 else max(length, kept + total - place)
    put(bytes(length - kept))


def differences(old: Forward, new: Forward, gone: Collection[int]) -> str:
    """What differs between them beside these members; "" where nothing does."""
    left = _runs(new)
    number = 0
    for is_member, digest in _runs(old):
        if is_member:
            number += 1
            if number - 1 in gone:
                continue
        if next(left, None) != (is_member, digest):
            return "a member that stays"
    return "" if next(left, None) is None else "how many members there are"


def _copy(old: Forward, start: int, end: int, put: Callable[[bytes], object]) -> int:
    old.seek(start)
    left = end - start
    while left > 0:
        data = old.read(min(left, CHUNK))
        if not data:
            raise Damaged("it is cut off")
        put(data)
        left -= len(data)
    return max(end - start, 0)


def _rest(old: Forward, place: int) -> int:
    """How many zeros are left. Raises Damaged for anything else."""
    old.seek(place)
    count = 0
    while data := old.read(CHUNK):
        if data.count(0) != len(data):
            raise Damaged("bytes stand behind its end")
        count += len(data)
    return count


def _runs(stream: Forward) -> Iterator[tuple[bool, bytes]]:
    """Of each member the hash of all its blocks; of each header for all members the same, told apart from them."""
    digest = hashlib.blake2b(digest_size=16)
    pending = False
    stated = -1  # the size that a pax header tells of the next member
    while block := stream.read(BLOCK):
        if block == ZEROS:
            continue
        if len(block) != BLOCK or not _is_header(block):
            raise Damaged("bytes in it belong to no member")
        kind, size = block[156:157], _number(block[124:136])
        if kind == _GLOBAL:
            own = hashlib.blake2b(block, digest_size=16)
            _blocks(stream, size, own.update)
            yield False, own.digest()
            continue
        digest.update(block)
        if kind in _BEFORE:
            pending = True
            told = bytearray()
            _blocks(stream, size, lambda data, told=told: told.extend(data))  # type: ignore[misc]
            digest.update(told)
            stated = _pax_size(bytes(told[:size])) if kind in b"xX" else stated
            continue
        more = kind == _SPARSE and block[482:483] != b"\0"
        while more:
            map_ = stream.read(BLOCK)
            digest.update(map_)
            more = map_[504:505] not in (b"\0", b"")
        size, stated = (stated, -1) if stated >= 0 else (size, -1)
        _blocks(stream, 0 if kind in _EMPTY else size, digest.update)
        yield True, digest.digest()
        digest, pending = hashlib.blake2b(digest_size=16), False
    if pending:
        raise Damaged("a header in it tells of no member")


def _blocks(stream: Forward, size: int, update: Callable[[bytes], object]) -> None:
    left = size + -size % BLOCK
    while left:
        data = stream.read(min(left, CHUNK))
        if not data:
            raise Damaged("it is cut off")
        update(data)
        left -= len(data)


def _is_header(block: bytes) -> bool:
    return sum(block) - sum(block[148:156]) + 256 == _number(block[148:156])


def _number(raw: bytes) -> int:
    try:
        if raw[0] & 0x80:
            return int.from_bytes(raw[1:], "big")
        return int(raw.split(b"\0")[0].strip() or b"0", 8)
    except ValueError:
        raise Damaged("a header in it cannot be read") from None


def _pax_size(content: bytes) -> int:
    """The size in the records of `length key=value`, whose values may hold anything; -1 for none."""
    found = -1
    while content[:1].isdigit():
        length = int(content.partition(b" ")[0])
        record, content = content[:length], content[length:]
        key, _, value = record.partition(b" ")[2].partition(b"=")
        if key == b"size" and value.strip().isdigit():
            found = int(value)
        if not length:
            break
    return found
