"""What differs between two tar archives beyond the edits: their blocks, walked by hand.

The editor lets `tarfile` find the members; this walk knows only sizes and types, so that both must agree.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.formats.streams import FAULTS, Names, readable_name
from scanner.records import Steps
from scanner.surgery.archives.tar_rules import BETWEEN, LINKED, plain, target_of
from scanner.surgery.base import Edits, Person

_BLOCK = 512
_BEFORE = b"xXLKgN"  # headers that tell of the member behind them: pax, Solaris, GNU
_EMPTY = b"123456"  # links, devices, folders, pipes: no content, whatever the size says


@dataclass(slots=True)
class _Run:
    """One member's blocks."""

    before: list[tuple[bytes, bytes]] = field(default_factory=list)  # type and blocks of the headers before it
    head: bytes = b""
    content: bytes = b""
    size: int = 0


def differences(before: bytes, after: bytes, edits: Edits, person: Person) -> list[str]:
    """What differs, told by number; nothing where nothing does."""
    del person
    try:
        (*old, old_rest), (*new, new_rest) = _runs(_plain(before)), _runs(_plain(after))
    except (*FAULTS, IndexError) as fault:
        return [f"the archive could not be compared ({type(fault).__name__})"]
    steps = _steps(old)
    if _has_more(_plain(after)):
        return [BETWEEN]
    gone = {plain(_name(run)) for one, run in zip(steps, old, strict=True) if one in edits.remove}
    if any(_target(run) in gone for one, run in zip(steps, old, strict=True) if one not in edits.remove):
        return [LINKED]
    left = [pair for pair in zip(steps, old, strict=True) if pair[0] not in edits.remove]
    told = [_for_all([*runs, rest]) for runs, rest in ((old, old_rest), (new, new_rest))]
    if len(left) != len(new) or told[0] != told[1] or _own(old_rest) != _own(new_rest):
        return ["how many members there are, or what is told of all"]
    return [
        f"member {number}"
        for number, ((one, was), now) in enumerate(zip(left, new, strict=True), 1)
        if not _is_same(was, now, edits.replace.get(one))
    ]


def _has_more(data: bytes) -> bool:
    """Whether anything but zeros fills a block up, or stands behind the last member."""
    return any(content[size:].strip(b"\0") for _, _, content, size in _headers(data))


def _is_same(was: _Run, now: _Run, content: bytes | None) -> bool:
    if _own(was) != _own(now):
        return False
    if content is None:
        return (was.head, was.content) == (now.head, now.content)
    told = [run.head[:124] + run.head[136:148] + run.head[156:] for run in (was, now)]
    return told[0] == told[1] and now.content[: now.size] == content and not now.content[now.size :].strip(b"\0")


def _for_all(runs: list[_Run]) -> list[tuple[bytes, bytes]]:
    """The global pax headers."""
    return [one for run in runs for one in run.before if one[0] == b"g"]


def _own(run: _Run) -> list[tuple[bytes, bytes]]:
    return [one for one in run.before if one[0] != b"g"]


def _plain(data: bytes) -> bytes:
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"BZh"):
        return bz2.decompress(data)
    return lzma.decompress(data) if data.startswith(b"\xfd7zXZ\0") else data


def _runs(data: bytes) -> list[_Run]:
    """The members in order, and at the end a run without a head: headers that tell of no member."""
    runs: list[_Run] = []
    run = _Run()
    for kind, head, content, size in _headers(data):
        if kind in _BEFORE:
            run.before.append((kind, head + content))
            continue
        run.head, run.content, run.size = head, content, size
        runs.append(run)
        run = _Run()
    return [*runs, run]


def _headers(data: bytes) -> Iterator[tuple[bytes, bytes, bytes, int]]:
    """Type, header block, content blocks and size of each, over end marks to the next archive."""
    place = 0
    stated = -1  # the size that a pax header tells of the next member
    while place + _BLOCK <= len(data):
        head = data[place : place + _BLOCK]
        place += _BLOCK
        if not any(head):
            continue
        if not _is_header(head):
            yield b"", b"", data[place - _BLOCK :], 0
            return
        kind = head[156:157]
        size = _octal(head[124:136])
        if kind not in _BEFORE and stated >= 0:
            size, stated = stated, -1
        length = 0 if kind in _EMPTY else -(-size // _BLOCK) * _BLOCK
        content = data[place : place + length]
        place += length
        if kind in b"xX":
            stated = _pax_size(content[:size])
        yield kind, head, content, size
    if data[place:].strip(b"\0"):
        yield b"", b"", data[place:], 0


def _is_header(head: bytes) -> bool:
    return sum(head) - sum(head[148:156]) + 256 == _octal(head[148:156])


def _octal(raw: bytes) -> int:
    if raw[0] & 0x80:
        return int.from_bytes(raw[1:], "big")
    return int(raw.split(b"\0")[0].strip() or b"0", 8)


def _pax_size(content: bytes) -> int:
    for record in content.split(b"\n"):
        _, _, told = record.partition(b" ")
        if told.startswith(b"size="):
            return int(told[5:])
    return -1


def _steps(runs: list[_Run]) -> list[Steps]:
    names = Names()
    return [(f"member {names.unique(_name(run))}",) for run in runs]


def _name(run: _Run) -> str:
    head = run.head
    name = head[:100].split(b"\0")[0]
    prefix = head[345:500].split(b"\0")[0] if head[257:263] == b"ustar\0" else b""
    name = prefix + b"/" + name if prefix else name
    for kind, blocks in run.before:
        content = blocks[_BLOCK:]
        if kind == b"L":
            name = content.split(b"\0")[0]
        elif kind in b"xX":
            name = _pax_path(content[: _octal(blocks[124:136])]) or name
    return readable_name(name.rstrip(b"/"))


def _target(run: _Run) -> str | None:
    """Where a link leads; None for what is none."""
    kind = run.head[156:157]
    if kind not in (b"1", b"2"):
        return None
    link = run.head[157:257].split(b"\0")[0]
    for before, blocks in run.before:
        content = blocks[_BLOCK:]
        if before == b"K":
            link = content.split(b"\0")[0]
        elif before in b"xX":
            link = _pax_path(content[: _octal(blocks[124:136])], b"linkpath") or link
    return target_of(_name(run), readable_name(link), kind == b"2")


def _pax_path(content: bytes, wanted: bytes = b"path") -> bytes:
    """The path that a pax header tells: records of `length key=value`, and a value may hold anything."""
    while content and content[:1].isdigit():
        length = int(content.partition(b" ")[0])
        record, content = content[:length], content[length:]
        key, _, value = record.partition(b" ")[2].partition(b"=")
        if key == wanted:
            return value[:-1]
    return b""
