"""RFC 2047 encoded words in header values, as senders really write them."""

from __future__ import annotations

import binascii
import re

from scanner.formats import charset

# Never goes back, and reads over 500 bare question marks at most: words that never end cost no square of time.
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*+(?:\?(?!=)[^?]*+){0,500})\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?)")


def words(text: str) -> str:
    """`text` with its encoded words decoded. Neighbours are joined as bytes: some split in mid-character."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    pending = b""
    pending_charset = ""
    place = 0
    joined = _BETWEEN.sub(r"\1", text)
    for match in _WORD.finditer(joined):
        name = match[1].split("*", 1)[0].lower()
        apart = match.start() > place
        if pending and (apart or name != pending_charset):
            pieces.append(charset.decode(pending, pending_charset))
            pending = b""
        if apart:
            pieces.append(joined[place : match.start()])
        pending += _bytes(match[2], match[3])
        pending_charset = name
        place = match.end()
    if pending:
        pieces.append(charset.decode(pending, pending_charset))
    pieces.append(joined[place:])
    return "".join(pieces).replace("\ufeff", "")  # each word of UTF-16 has its own byte order mark


def _bytes(how: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "surrogateescape")
    if how in "qQ":
        return binascii.a2b_qp(data, header=True)
    return base64(data)[0]


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_CLEAN = re.compile(rb"[A-Za-z0-9+/\s]*=?\s?=?\s*")


def base64(data: bytes) -> tuple[bytes, bool]:
    """All that decodes of base64 text, and whether that was all of it. Never raises.

    Padding in the middle (two texts pasted together) and missing padding are read over.
    """
    clean = _CLEAN.fullmatch(data) is not None
    if clean:
        try:
            return binascii.a2b_base64(data), True
        except binascii.Error:
            pass
    if b"-" in data or b"_" in data:
        data = data.translate(_URL_SAFE)
    found = bytearray()
    for run in data.split(b"="):
        piece = _NOT_BASE64.sub(b"", run)
        if len(piece) % 4 == 1:
            piece, clean = piece[:-1], False
        found += binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))
    return bytes(found), clean


_URL_SAFE = bytes.maketrans(b"-_", b"+/")
