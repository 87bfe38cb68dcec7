"""Source text of Office's macros, which are never run: unpacked from a project's streams ([MS-OVBA] 2.4.1)."""

from __future__ import annotations

_MARK = b"\0Attribut"  # with this, packed, every module's source begins; before it lies compiled code
_CHUNK = 4096


def source(stream: bytes) -> str:
    """The source of a module's stream; nothing where there is none. Raises IndexError on damaged bytes."""
    from scanner.formats import charset  # noqa: PLC0415 - few files have macros

    start = stream.find(_MARK) - 3
    if start < 0 or stream[start] != 1:
        return ""
    return charset.decode(unpacked(stream[start:]))


def unpacked(data: bytes) -> bytes:
    """What a container of packed chunks holds. Raises IndexError on damaged bytes."""
    whole = bytearray()
    place = 1
    while place + 2 <= len(data):
        header = int.from_bytes(data[place : place + 2], "little")
        end = min(len(data), place + (header & 0xFFF) + 3)
        if header & 0x8000:
            whole += _chunk(data[place + 2 : end])
        else:
            whole += data[place + 2 : place + 2 + _CHUNK]
        place = end
    return bytes(whole)


def _chunk(data: bytes) -> bytearray:
    """Flags for eight tokens each: a byte as it is, or a copy of what came before in this chunk."""
    out = bytearray()
    place = 0
    while place < len(data):
        flags = data[place]
        place += 1
        for bit in range(8):
            if place >= len(data):
                break
            if not flags >> bit & 1:
                out.append(data[place])
                place += 1
                continue
            token = data[place] | data[place + 1] << 8
            place += 2
            _copy(out, token)
    return out


def _copy(out: bytearray, token: int) -> None:
    """A token has so many bits for the distance as the distance may need, at least four (2.4.1.3.19.1)."""
    bits = max(4, (len(out) - 1).bit_length())
    length = (token & 0xFFFF >> bits) + 3
    back = (token >> 16 - bits) + 1
    if back > len(out) or len(out) + length > 2 * _CHUNK:
        raise IndexError
    for _ in range(length):
        out.append(out[-back])
