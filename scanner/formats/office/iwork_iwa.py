"""The archives of new iWork files (.iwa): Snappy in frames of Apple's own, and the strings of protocol buffers in it.

Apple does not publish the messages; all strings are taken, whatever field they stand in. Strings come before nested
messages: a field that is text throughout is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.records import ReadError

_DEPTH = 48
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TELLING = re.compile(r"[^\W_]{2}|[^\W\d_]")
_ID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")


def unpacked(data: bytes, limit: int) -> bytes:
    """The archive without its compression. Raises ReadError UNREADABLE, or TOO_LARGE above `limit` bytes."""
    found = bytearray()
    place = 0
    while place + 4 <= len(data):
        end = place + 4 + int.from_bytes(data[place + 1 : place + 4], "little")
        if data[place] != 0 or end > len(data):
            raise ReadError(GapReason.UNREADABLE, "iwa frame")
        found += _snappy(data[place + 4 : end], limit - len(found))
        place = end
    return bytes(found)


def strings(data: bytes) -> Iterator[str]:
    """All strings of the messages in an archive, in order."""
    place = 0
    while place < len(data):
        size, start = _varint(data, place)
        if start < 0 or start + size > len(data):
            return
        info = data[start : start + size]
        place = start + size
        for length in _lengths(info):
            yield from _texts(data[place : place + length])
            place += length


def _lengths(info: bytes) -> list[int]:
    """TSP.ArchiveInfo: how long each message is that follows (its `message_infos`, 2; their `length`, 3)."""
    found: list[int] = []
    for number, value in _fields(info) or ():
        if number == 2 and isinstance(value, bytes):
            found.extend(inner for field, inner in _fields(value) or () if field == 3 and isinstance(inner, int))
    return found


def _texts(message: bytes) -> Iterator[str]:
    left: list[tuple[bytes, int]] = [(message, 0)]
    while left:
        data, depth = left.pop()
        text = _text(data, strict=True) if depth else None
        fields = _fields(data) if text is None and depth < _DEPTH else None
        if fields is not None:
            left.extend((value, depth + 1) for _, value in reversed(fields) if isinstance(value, bytes))
            continue
        text = _text(data, strict=False) if text is None else text
        if text and _TELLING.search(text) and not _ID.fullmatch(text):
            yield _CONTROL.sub("\n", text)


def _text(data: bytes, *, strict: bool) -> str | None:
    """The bytes as text; not `strict`: with the few control characters that mark pages, notes and sections."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    controls = len(_CONTROL.findall(text))
    return text if not controls or (not strict and controls * 8 <= len(text)) else None


def _fields(data: bytes) -> list[tuple[int, bytes | int]] | None:
    """The fields of a message (protobuf encoding guide); None where the bytes are none."""
    found: list[tuple[int, bytes | int]] = []
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind, number = key & 7, key >> 3
        if place < 0 or not 0 < number < 1 << 29:
            return None
        if kind == 0:
            value, place = _varint(data, place)
            if place < 0:
                return None
            found.append((number, value))
            continue
        size = 8 if kind == 1 else 4
        if kind == 2:
            size, place = _varint(data, place)
        if kind not in (1, 2, 5) or place < 0 or place + size > len(data):
            return None
        if kind == 2:
            found.append((number, data[place : place + size]))
        place += size
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number and where it ends; (0, -1) where there is none."""
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    return 0, -1


def _snappy(data: bytes, limit: int) -> bytes:
    """One block (google/snappy, format_description.txt): literals, and copies of what came before."""
    size, place = _varint(data, 0)
    if place < 0 or size > limit:
        raise ReadError(GapReason.TOO_LARGE if place > 0 else GapReason.UNREADABLE, "iwa block")
    found = bytearray()
    while place < len(data):
        tag = data[place]
        kind, length = tag & 3, (tag >> 2) + 1
        place += 1
        if kind == 0:
            if length > 60:
                extra = length - 60
                length = int.from_bytes(data[place : place + extra], "little") + 1
                place += extra
            found += data[place : place + length]
            place += length
            continue
        if kind == 1:
            length = (tag >> 2 & 7) + 4
            offset = tag >> 5 << 8 | int.from_bytes(data[place : place + 1], "little")
        else:
            offset = int.from_bytes(data[place : place + kind * 2 - 2], "little")
        place += (0, 1, 2, 4)[kind]
        _copy(found, offset, length)
        if len(found) > size:
            break
    if len(found) != size:
        raise ReadError(GapReason.UNREADABLE, "iwa block")
    return bytes(found)


def _copy(found: bytearray, offset: int, length: int) -> None:
    if not 0 < offset <= len(found):
        raise ReadError(GapReason.UNREADABLE, "iwa block")
    start = len(found) - offset
    piece = bytes(found[start : start + length])
    while len(piece) < length:
        piece += piece[: length - len(piece)]
    found += piece
