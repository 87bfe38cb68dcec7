"""Entry ids of people: addresses inside binary properties, such as those a reply goes to and members of lists."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from scanner.formats import charset

_ONE_OFF = UUID("a41f2b81-a3be-1910-9d6e-00dd010f5402").bytes_le  # [MS-OXCDATA] 2.2.5.1
_DIRECTORY = UUID("c840a7dc-42c0-1a10-b4b9-08002b2fe182").bytes_le  # 2.2.5.2
_WRAPPED = UUID("d3ad91c0-9d51-11cf-a4a9-00aa0047faa4").bytes_le  # [MS-OXOCNTC] 2.2.2.2.4
_UNICODE = 0x8000


class Box(NamedTuple):
    """Whom an entry id stands for; parts that it does not tell are empty."""

    name: str
    kind: str
    address: str


def box(entry: bytes, codec: str | None = None) -> Box | None:
    """The person of one entry id; None where it holds no more than a reference."""
    if entry[4:20] == _WRAPPED:
        entry = entry[21:]
    provider = entry[4:20]
    if provider == _ONE_OFF and len(entry) > 24:
        wide = int.from_bytes(entry[22:24], "little") & _UNICODE
        parts = _wide(entry[24:]) if wide else [charset.decode(part, codec) for part in entry[24:].split(b"\0", 3)[:3]]
        name, kind, address = (*parts, "", "", "")[:3]
        return Box(name, kind, address)
    if provider == _DIRECTORY and len(entry) > 28:
        return Box("", "EX", charset.decode(entry[28:].split(b"\0", 1)[0], codec))
    return None


def boxes(entries: bytes, codec: str | None = None) -> Iterator[Box]:
    """The persons of a FLATENTRYLIST ([MS-OXCDATA] 2.3.3)."""
    place = 8
    while place + 4 <= len(entries):
        (size,) = struct.unpack_from("<I", entries, place)
        found = box(entries[place + 4 : place + 4 + size], codec)
        if found:
            yield found
        place += 4 + size + -size % 4


def _wide(data: bytes) -> list[str]:
    text = data[: len(data) // 2 * 2].decode("utf-16-le", "replace")
    return text.split("\0", 3)[:3]
