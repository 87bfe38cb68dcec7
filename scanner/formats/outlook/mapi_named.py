"""Named properties: which long id or name a property id from 0x8000 stands for ([MS-OXMSG] 2.2.3, [MS-PST] 2.4.7)."""

from __future__ import annotations

import struct
from typing import Final
from uuid import UUID

from scanner.formats.outlook.mapi_values import Key

_ENTRY = struct.Struct("<IHH")
HEADER: Final = "header:"  # how the key of a mail's header field begins
INTERNET_HEADERS: Final = UUID("00020386-0000-0000-c000-000000000046").bytes_le


def named(guids: bytes, entries: bytes, strings: bytes) -> dict[int, Key]:
    """Property id to key, of the GUID, entry and string streams."""
    found: dict[int, Key] = {}
    for number, guid, index in _ENTRY.iter_unpack(entries[: len(entries) // 8 * 8]):
        key = _name(strings, number) if guid & 1 else key_of(number)
        if guid & 1 and _is_header(guids, guid >> 1):
            key = HEADER + str(key).lower()
        if key != "":
            found[0x8000 + index] = key
    return found


def key_of(number: int) -> Key:
    """The key of a property named by a number. Small ones (PSETID_Meeting) would look like ids of plain properties."""
    return number if 0x8000 <= number <= 0xFFFF else f"#{number:x}"


def _is_header(guids: bytes, index: int) -> bool:
    """Whether the set is PS_INTERNET_HEADERS; the first three indexes are no places in the stream."""
    place = (index - 3) * 16
    return index >= 3 and guids[place : place + 16] == INTERNET_HEADERS


def _name(strings: bytes, place: int) -> str:
    size = int.from_bytes(strings[place : place + 4], "little")
    return strings[place + 4 : place + 4 + size].decode("utf-16-le", "replace").strip("\0")
