"""Compressed RTF, the form in which Outlook keeps rich bodies ([MS-OXRTFCP]).

The `compressed_rtf` library refuses a whole body for one wrong check sum, and this gives what is there.
"""

from __future__ import annotations

_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096


def decompress(data: bytes) -> bytes:
    """The RTF, or as much of it as is there: at most nine times the size of `data`. Empty for what is no such data."""
    kind = data[8:12]
    if kind == b"MELA":
        return data[16:]
    if kind != b"LZFu":
        return data if data.startswith(b"{\\rtf") else b""
    window = bytearray(_START.ljust(_WINDOW, b"\0"))
    out = bytearray()
    at, place, end = len(_START), 16, len(data)
    while place < end:
        control = data[place]
        place += 1
        for bit in range(8):
            if not control >> bit & 1:
                piece = data[place : place + 1]
                place += 1
            else:
                token = int.from_bytes(data[place : place + 2], "big")
                place += 2
                if place > end or token >> 4 == at:  # 2.2.2.1: a reference to the write position ends it
                    return bytes(out)
                piece = _referred(window, token >> 4, (token & 15) + 2, at)
            for byte in piece:
                window[at] = byte
                at = (at + 1) % _WINDOW
            out += piece
    return bytes(out)


def _referred(window: bytearray, start: int, count: int, at: int) -> bytes:
    """A run of the window, which may run on into what it has itself just written."""
    distance = (at - start) % _WINDOW
    if distance >= count and start + count <= _WINDOW:
        return bytes(window[start : start + count])
    run = bytes(window[(start + step) % _WINDOW] for step in range(min(count, distance)))
    return (run * (count // len(run) + 1))[:count]
