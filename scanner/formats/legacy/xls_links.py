"""What a cell of an old workbook links to: the HLINK record ([MS-XLS] 2.4.140, [MS-OSHARED] 2.3.7)."""

from __future__ import annotations

from collections.abc import Iterator

_HAS_MONIKER, _HAS_LOCATION, _HAS_NAME, _HAS_FRAME, _MONIKER_TEXT = 0x01, 0x08, 0x10, 0x80, 0x100
_URL = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_FILE = bytes.fromhex("0303000000000000c000000000000046")


def link(data: bytes) -> Iterator[str]:
    """The link's shown name, its target and the place in that; as far as the bytes can be followed."""
    flags = int.from_bytes(data[28:32], "little")
    place = 32
    for flag in (_HAS_NAME, _HAS_FRAME):
        if flags & flag:
            text, place = _counted(data, place)
            yield text
    if flags & _HAS_MONIKER:
        if flags & _MONIKER_TEXT:
            text, place = _counted(data, place)
        else:
            text, place = _moniker(data, place)
        yield text
    if flags & _HAS_LOCATION and place:
        yield _counted(data, place)[0]


def _counted(data: bytes, place: int) -> tuple[str, int]:
    """Characters of two bytes, counted, with a NUL at the end."""
    end = place + 4 + 2 * int.from_bytes(data[place : place + 4], "little")
    return _ended(data[place + 4 : end]), end


def _moniker(data: bytes, place: int) -> tuple[str, int]:
    """An address or a file's path, and where it ends; 0 for an end that is not known."""
    kind = data[place : place + 16]
    place += 16
    size = int.from_bytes(data[place : place + 4], "little")
    if kind == _URL:
        return _ended(data[place + 4 : place + 4 + size]), place + 4 + size
    if kind != _FILE:
        return "", 0
    length = int.from_bytes(data[place + 2 : place + 6], "little")
    narrow = data[place + 6 : place + 6 + length].partition(b"\0")[0].decode("cp1252", "replace")
    place += 6 + length + 24
    size = int.from_bytes(data[place : place + 4], "little")
    if not size:
        return narrow, place + 4
    wide = data[place + 10 : place + 4 + size].decode("utf-16-le", "replace")
    return wide or narrow, place + 4 + size


def _ended(data: bytes) -> str:
    return data.decode("utf-16-le", "replace").partition("\0")[0]
