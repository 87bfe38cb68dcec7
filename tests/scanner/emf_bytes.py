"""Writes metafiles ([MS-EMF]) by hand."""

from __future__ import annotations

import struct


def record(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, 8 + len(body)) + body


def emf(*records: bytes, description: str = "") -> bytes:
    told = description.encode("utf-16-le")
    place = (len(description), 100) if description else (0, 0)
    header = struct.pack("<8i4sIIIHHII", *range(8), b" EMF", 0x10000, 0, 0, 1, 0, *place)
    return record(1, header.ljust(92, b"\0") + told) + b"".join(records) + record(14, bytes(12))


def text_out(text: str, x: int, y: int, steps: list[int] | None = None, *, kind: int = 84, options: int = 0) -> bytes:
    """EMR_EXTTEXTOUTW, or A."""
    raw = text.encode("utf-16-le" if kind == 84 else "cp1252")
    raw += bytes(-len(raw) % 4)
    spread = 76 + len(raw) if steps else 0
    head = struct.pack("<4iI2f2iIII4iI", *bytes(4), 1, 1.0, 1.0, x, y, len(text), 76, options, *bytes(4), spread)
    return record(kind, head + raw + struct.pack(f"<{len(steps or ())}i", *(steps or ())))
