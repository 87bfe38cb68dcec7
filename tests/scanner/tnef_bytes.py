"""Writes winmail.dat by hand after [MS-OXTNEF]: attributes and lists of properties."""

from __future__ import annotations

import struct
from uuid import UUID

LONG, OBJECT, STRING8, STRING, BINARY = 0x0003, 0x000D, 0x001E, 0x001F, 0x0102
MESSAGE, ATTACHMENT = 1, 2
SUBJECT, BODY, FROM, CODEPAGE, MAPI, RECIPIENTS = 0x18004, 0x2800C, 0x08000, 0x69007, 0x69003, 0x69004
BEGIN, TITLE, DATA, ATTACHED = 0x69002, 0x18010, 0x6800F, 0x69005
ADDRESS = UUID("00062004-0000-0000-c000-000000000046").bytes_le
HEADERS = UUID("00020386-0000-0000-c000-000000000046").bytes_le

Key = int | tuple[bytes, int | str]
Values = dict[tuple[Key, int], str | int | bytes]


def counted(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data + bytes(-len(data) % 4)


def properties(values: Values) -> bytes:
    data = struct.pack("<I", len(values))
    for (key, kind), value in values.items():
        data += struct.pack("<HH", kind, key if isinstance(key, int) else 0x8000)
        if isinstance(key, tuple):
            guid, name = key
            data += guid
            data += (
                struct.pack("<II", 0, name)
                if isinstance(name, int)
                else (struct.pack("<I", 1) + counted(name.encode("utf-16-le") + b"\0\0"))
            )
        if isinstance(value, int):
            data += struct.pack("<i", value)
        elif isinstance(value, bytes):
            data += struct.pack("<I", 1) + counted(value)
        else:
            data += struct.pack("<I", 1) + counted(value.encode("utf-16-le" if kind == STRING else "cp1252") + b"\0\0")
    return data


def tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    data = struct.pack("<IH", 0x223E9F78, 1)
    for level, attribute, value in attributes:
        data += struct.pack("<BII", level, attribute, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
    return data
