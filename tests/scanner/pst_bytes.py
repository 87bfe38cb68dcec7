"""A small Outlook store for tests, written by hand after [MS-PST]: Unicode, not encrypted, one page a B-tree."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from uuid import UUID

Values = dict[tuple[int, int], bytes]  # (property id, type) to the value as it lies in the heap, or 4 bytes of it
INTEGER, BOOLEAN, OBJECT, STRING, BINARY = 0x0003, 0x000B, 0x000D, 0x001F, 0x0102
_STORE, _NAMES, _ROOT, _FOLDER, _RECIPIENTS, _ATTACHMENTS = 0x21, 0x61, 0x122, 0x8022, 0x692, 0x671


def text(value: str) -> bytes:
    """A string value."""
    return value.encode("utf-16-le")


def number(value: int) -> bytes:
    """A value of 4 bytes."""
    return struct.pack("<i", value)


def named(numbers: dict[int, int], header: str = "X-Kund") -> Values:
    """The map of named properties (2.4.7): long id to index (the id is 0x8000 + index), and one mail header, last."""
    entries = b"".join(struct.pack("<IHH", one, 3 << 1, index) for one, index in numbers.items())
    entries += struct.pack("<IHH", 0, 4 << 1 | 1, len(numbers))
    sets = bytes(16) + UUID("00020386-0000-0000-c000-000000000046").bytes_le
    name = text(header)
    strings = struct.pack("<I", len(name)) + name
    return {(1, INTEGER): number(251), (2, BINARY): sets, (3, BINARY): entries, (4, BINARY): strings}


@dataclass
class Message:
    """What lies in the folder; each attachment has properties of its own."""

    values: Values
    recipients: list[Values] = field(default_factory=list)
    attachments: list[Values] = field(default_factory=list)


def store(folder: str, messages: list[Message], names: Values | None = None) -> bytes:
    """The file, with one folder of these messages."""
    file = _File()
    file.node(_STORE, 0, _properties({(0x3001, STRING): text("Outlook Data File")}))
    file.node(_NAMES, 0, _properties(names or named({0x8208: 0})))
    file.node(_ROOT, _ROOT, _properties({(0x3001, STRING): b"", (0x360A, BOOLEAN): number(1)}))
    file.node(_FOLDER, _ROOT, _properties({(0x3001, STRING): text(folder), (0x360A, BOOLEAN): number(0)}))
    for index, message in enumerate(messages):
        inner: list[tuple[int, bytes]] = []
        if message.recipients:
            inner.append((_RECIPIENTS, _table(message.recipients)))
        if message.attachments:
            rows = [{(0x3705, INTEGER): values[0x3705, INTEGER]} for values in message.attachments]
            inner.append((_ATTACHMENTS, _table(rows, [_attachment(at) for at in range(len(rows))])))
            inner += [(_attachment(at), _properties(values)) for at, values in enumerate(message.attachments)]
        file.node(0x200004 + 0x20 * index, _FOLDER, _properties(message.values), sorted(inner))
    return file.closed()


def _attachment(index: int) -> int:
    return 0x8005 + 0x20 * index


# Tables and lists of properties (the LTP layer, 2.3)


class _Heap:
    """A heap in one block (2.3.1)."""

    def __init__(self, client: int) -> None:
        self._client = client
        self._runs: list[bytes] = []

    def add(self, data: bytes) -> int:
        """The id of this run; 0 for an empty one."""
        if not data:
            return 0
        self._runs.append(data)
        return len(self._runs) << 5

    def closed(self, root: int) -> bytes:
        starts = [12]
        for run in self._runs:
            starts.append(starts[-1] + len(run))
        data = b"".join(self._runs)
        pad = -(12 + len(data)) % 2
        head = struct.pack("<HBBI4x", 12 + len(data) + pad, 0xEC, self._client, root)
        return head + data + bytes(pad) + struct.pack(f"<HH{len(starts)}H", len(self._runs), 0, *starts)


def _properties(values: Values) -> bytes:
    heap = _Heap(0xBC)
    tree = heap.add(bytes(8))  # filled in below: it has to come first
    entries = b""
    for (key, kind), value in sorted(values.items()):
        small = kind in (INTEGER, BOOLEAN)
        entries += struct.pack("<HH", key, kind) + (value if small else number(heap.add(value)))
    heap._runs[0] = struct.pack("<BBBBI", 0xB5, 2, 6, 0, heap.add(entries))
    return heap.closed(tree)


def _table(rows: list[Values], ids: list[int] | None = None) -> bytes:
    """Rows of the same columns; cells of 4 bytes first (2.3.4)."""
    columns = [(0x67F2, INTEGER), (0x67F3, INTEGER), *sorted(rows[0])]
    heap = _Heap(0x7C)
    info = heap.add(bytes(22 + 8 * len(columns)))
    index = heap.add(bytes(8))
    width = 4 * len(columns)
    bits = -(-len(columns) // 8)
    ids = ids or list(range(1, len(rows) + 1))
    places = b"".join(struct.pack("<II", name, at) for at, name in enumerate(ids))
    heap._runs[1] = struct.pack("<BBBBI", 0xB5, 4, 4, 0, heap.add(places))
    cells = b""
    for name, values in zip(ids, rows, strict=True):
        line = [number(name), number(1)]
        line += [values[column] if column[1] == INTEGER else number(heap.add(values[column])) for column in columns[2:]]
        cells += b"".join(line) + b"\xff" * bits
    described = b"".join(
        struct.pack("<HHHBB", kind, key, 4 * at, 4, at) for at, (key, kind) in sorted(enumerate(columns), key=_tag)
    )
    heap._runs[0] = (
        struct.pack("<BB4HIII", 0x7C, len(columns), width, width, width, width + bits, index, heap.add(cells), 0)
        + described
    )
    return heap.closed(info)


def _tag(column: tuple[int, tuple[int, int]]) -> tuple[int, int]:
    return column[1]


# Nodes, blocks and pages (the NDB layer, 2.2)


class _File:
    def __init__(self) -> None:
        self._data = bytearray(0x4800)
        self._blocks: list[tuple[int, int, int]] = []
        self._nodes: list[tuple[int, int, int, int]] = []
        self._next = 4

    def node(self, name: int, parent: int, data: bytes, inner: list[tuple[int, bytes]] | None = None) -> None:
        """A node with its data, and nodes of its own inside."""
        below = 0
        if inner:
            entries = b"".join(struct.pack("<QQQ", one, self._block(block), 0) for one, block in inner)
            below = self._block(struct.pack("<BBH4x", 2, 0, len(inner)) + entries, internal=True)
        self._nodes.append((name, self._block(data), below, parent))

    def _block(self, data: bytes, *, internal: bool = False) -> int:
        assert len(data) <= 8176
        bid, place = self._next | 2 * internal, len(self._data)
        self._next += 4
        self._blocks.append((bid, place, len(data)))
        mark = struct.pack("<HHIQ", len(data), _signature(place, bid), _crc(data), bid)
        self._data += data + bytes(-(len(data) + 16) % 64) + mark
        return bid

    def _page(self, kind: int, size: int, entries: list[bytes]) -> tuple[int, int]:
        assert len(entries) * size <= 488
        self._data += bytes(-len(self._data) % 512)
        bid, place = self._next, len(self._data)
        self._next += 4
        body = b"".join(entries).ljust(488, b"\0") + struct.pack("<BBBB4x", len(entries), 488 // size, size, 0)
        self._data += body + struct.pack("<BBHIQ", kind, kind, _signature(place, bid), _crc(body), bid)
        return bid, place

    def closed(self) -> bytes:
        nodes = [struct.pack("<QQQI4x", *node) for node in sorted(self._nodes)]
        blocks = [struct.pack("<QQHH4x", bid, place, size, 2) for bid, place, size in sorted(self._blocks)]
        node_page, block_page = self._page(0x81, 32, nodes), self._page(0x80, 24, blocks)
        root = struct.pack("<4xQQQQ4QB3x", len(self._data), 0x4400, 0, 0, *node_page, *block_page, 2)
        head = struct.pack("<HHHBB8x8xQI128x8x", 0x4D53, 23, 19, 1, 1, self._next, 1)
        head += root + bytes(4) + b"\xff" * 256 + struct.pack("<BB2xQ", 0x80, 0, self._next)
        self._data[:8] = b"!BDN" + struct.pack("<I", _crc(head[:471]))
        self._data[8 : 8 + len(head)] = head
        self._data[524:528] = struct.pack("<I", _crc(bytes(self._data[8:524])))
        return bytes(self._data)


def _crc(data: bytes) -> int:
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def _signature(place: int, bid: int) -> int:
    both = (place ^ bid) & 0xFFFFFFFF
    return (both >> 16 ^ both) & 0xFFFF
