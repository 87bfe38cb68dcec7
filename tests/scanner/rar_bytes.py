"""Writes rar archives, stored, in both forms, as their published descriptions have them."""

from __future__ import annotations

import struct
import zlib


def old_header(kind: int, flags: int, body: bytes) -> bytes:
    rest = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest


def old_rar(members: dict[str, bytes], *, archive: int = 0, file: int = 0x8000) -> bytes:
    data = b"Rar!\x1a\x07\0" + old_header(0x73, archive, bytes(6))
    for name, content in members.items():
        raw = name.encode()
        body = struct.pack(
            "<IIBIIBBHI", len(content), len(content), 3, zlib.crc32(content), 0, 20, 0x30, len(raw), 0o100644
        )
        data += old_header(0x74, file, body + raw) + content
    return data + old_header(0x7B, 0x4000, b"")


def number(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def new_header(*fields: bytes) -> bytes:
    body = b"".join(fields)
    rest = number(len(body)) + body
    return struct.pack("<I", zlib.crc32(rest)) + rest


def new_rar(members: dict[str, bytes]) -> bytes:
    data = b"Rar!\x1a\x07\x01\0" + new_header(number(1), number(0), number(0))
    for name, content in members.items():
        raw = name.encode()
        data += new_header(
            number(2), number(2), number(len(content)), number(4), number(len(content)), number(0o100644),
            struct.pack("<I", zlib.crc32(content)), number(0), number(1), number(len(raw)), raw,
        ) + content  # fmt: skip
    return data + new_header(number(5), number(0), number(0))
