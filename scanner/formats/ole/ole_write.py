"""Streams to an OLE file of their own ([MS-CFB]): what lies in a storage of another becomes a file that can be read."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.formats.ole.ole import OLE

_END, _FREE, _FAT, _DIFAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFC
_SHORT = 4096  # bytes: streams below lie in the mini stream, in sectors of 64 bytes
_STORAGE, _STREAM, _ROOT = 1, 2, 5


def written(streams: Mapping[tuple[str, ...], bytes]) -> bytes:
    """An OLE file that holds the streams at these paths."""
    root = _Entry("Root Entry", _ROOT)
    for path, data in streams.items():
        _place(root, path, data)
    entries = [root]
    _number(root, entries)
    file = _File()
    mini = bytearray()
    short: list[int] = []
    for entry in entries:
        if entry.kind == _STREAM and len(entry.data) < _SHORT:
            entry.start = len(short) if entry.data else _END
            _chain(short, -(-len(entry.data) // 64))
            mini += entry.data + bytes(-len(entry.data) % 64)
        elif entry.kind == _STREAM:
            entry.start = file.add(entry.data)
    root.data = bytes(mini)
    root.start = file.add(root.data)
    short_start = file.add(struct.pack(f"<{len(short)}I", *short), b"\xff")
    directory = file.add(b"".join(map(_packed, entries)))
    return file.closed(directory, short_start, -(-4 * len(short) // 512))


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    start: int = 0
    children: dict[str, _Entry] = field(default_factory=dict)
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE


def _place(root: _Entry, path: tuple[str, ...], data: bytes) -> None:
    for name in path[:-1]:
        root = root.children.setdefault(name, _Entry(name, _STORAGE))
    root.children[path[-1]] = _Entry(path[-1], _STREAM, data)


def _number(root: _Entry, entries: list[_Entry]) -> None:
    """Give every entry its number, and each storage the balanced tree of those in it (2.6.4)."""
    waiting = [root]
    while waiting:
        storage = waiting.pop()
        children = sorted(storage.children.values(), key=lambda one: (len(one.name), one.name.upper()))
        first = len(entries)
        entries += children
        storage.child = _tree(children, first)
        waiting += [one for one in children if one.kind == _STORAGE]


def _tree(children: list[_Entry], first: int) -> int:
    """The number of the middle one; those before and behind it hang on it in the same way."""
    if not children:
        return _FREE
    middle = len(children) // 2
    children[middle].left = _tree(children[:middle], first)
    children[middle].right = _tree(children[middle + 1 :], first + middle + 1)
    return first + middle


def _packed(entry: _Entry) -> bytes:
    """A directory entry (2.6.1); all are black, which readers do not look at."""
    name = entry.name.encode("utf-16-le", "replace")[:62]
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        name,
        len(name) + 2,
        entry.kind,
        1,
        entry.left,
        entry.right,
        entry.child,
        b"",
        0,
        0,
        0,
        entry.start,
        len(entry.data),
    )


def _chain(table: list[int], count: int) -> None:
    """Sectors in a row, at the end of the table."""
    if count:
        table += range(len(table) + 1, len(table) + count)
        table.append(_END)


class _File:
    """Sectors of 512 bytes and the table that chains them."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._table: list[int] = []

    def add(self, data: bytes, fill: bytes = b"\0") -> int:
        """The first sector of the data; none for no data."""
        if not data:
            return _END
        start = len(self._table)
        _chain(self._table, -(-len(data) // 512))
        self._parts.append(data + fill * (-len(data) % 512))
        return start

    def closed(self, directory: int, short: int, shorts: int) -> bytes:
        """The whole file: header, sectors, their table, and the table of that (2.2 to 2.5)."""
        used = len(self._table)
        fats = difats = 0
        while True:  # the tables describe themselves too
            needed = -(-(used + fats + difats) // 128)
            more = -(-max(0, needed - 109) // 127)
            if (needed, more) == (fats, difats):
                break
            fats, difats = needed, more
        table = [*self._table, *[_FAT] * fats, *[_DIFAT] * difats]
        table += [_FREE] * (128 * fats - len(table))
        places = list(range(used, used + fats))
        first = used + fats if difats else _END
        header = struct.pack(
            "<8s16sHHHHH6xIIIIIIIII",
            OLE,
            b"",
            0x3E,
            3,
            0xFFFE,
            9,
            6,
            0,
            fats,
            directory,
            0,
            _SHORT,
            short,
            shorts,
            first,
            difats,
        )
        header += struct.pack("<109I", *[*places, *[_FREE] * 109][:109])
        body = [header, *self._parts, struct.pack(f"<{len(table)}I", *table)]
        for number in range(difats):
            part = [*places[109 + 127 * number :], *[_FREE] * 127][:127]
            last = number + 1 == difats
            body.append(struct.pack("<128I", *part, _END if last else first + number + 1))
        return b"".join(body)
