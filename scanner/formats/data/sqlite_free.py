"""The bytes of an SQLite file that hold no row any more: free pages, and the room that deleted rows leave in used ones.

By the description of the file format (sqlite.org/fileformat2.html, 1.5 and 1.6).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_BTREE = {2: 12, 5: 12, 10: 8, 13: 8}  # kinds of b-tree pages, and how long their headers are


def unused(data: bytes) -> Iterator[bytes]:
    """Runs of bytes that belong to no row, in the order of pages."""
    size = int.from_bytes(data[16:18], "big")
    size = 65536 if size == 1 else size
    if size < 512 or size & (size - 1) or len(data) < size:
        return
    free = _free_pages(data, size)
    for number in range(1, len(data) // size + 1):
        start = (number - 1) * size
        page = data[start : start + size]
        if number in free:
            yield page[free[number] :]
        else:
            yield from _room(page, 100 if number == 1 else 0)
    yield data[len(data) // size * size :]


def _free_pages(data: bytes, size: int) -> dict[int, int]:
    """The free pages, and at which byte of each the old content begins."""
    found: dict[int, int] = {}
    trunk = int.from_bytes(data[32:36], "big")
    last = len(data) // size
    while 1 < trunk <= last and trunk not in found:
        start = (trunk - 1) * size
        following, count = struct.unpack_from(">II", data, start)
        count = min(count, size // 4 - 2)
        found[trunk] = 8 + 4 * count
        for leaf in struct.unpack_from(f">{count}I", data, start + 8):
            if 1 < leaf <= last:
                found.setdefault(leaf, 0)
        trunk = following
    return found


def _room(page: bytes, at: int) -> Iterator[bytes]:
    """The gap between the pointers and the content of a b-tree page, and its freed blocks."""
    length = _BTREE.get(page[at])
    if length is None:
        return
    block, cells, content = struct.unpack_from(">HHH", page, at + 1)
    begin = at + length + 2 * cells
    if begin < (content or 65536) <= len(page):
        yield page[begin : content or 65536]
    while at < block <= len(page) - 4:  # blocks stand in rising order
        following, size = struct.unpack_from(">HH", page, block)
        yield page[block + 4 : block + max(4, size)]
        if following <= block:
            return
        block = following
