"""Files that stand in the text of a message, as mailers sent them before MIME: uuencode (POSIX) and yEnc (1.3)."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from scanner.formats import charset
from scanner.formats.mail import encoded

_BEGIN = re.compile(
    rb"^(?:begin(-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n"
    rb"|=ybegin ([^\r\n]{1,400})\r?\n(=ypart [^\r\n]{1,200}\r?\n)?)",
    re.MULTILINE,
)
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/=]{1,200}\r?\n)*(?:====)?")
_YEND = re.compile(rb"^=yend[^\r\n]{0,200}\r?(?:\n|\Z)", re.MULTILINE)
_SIZE = re.compile(rb"\bsize=(\d{1,12})\b")
_YNAME = re.compile(rb"\bname=(.+)")
_SHIFTED = bytes((value - 42) & 255 for value in range(256))
_ESCAPED = bytes((value - 106) & 255 for value in range(256))


@dataclass(frozen=True, slots=True)
class File:
    """One file as far as it could be decoded, and whether that is all of it."""

    name: str
    data: bytes
    whole: bool


def found(text: bytes) -> tuple[list[File], bytes]:
    """The files in a text, and the text without those that are whole: what is broken stays text too."""
    files: list[File] = []
    if b"begin" not in text:
        return files, text
    left: list[bytes] = []
    place = kept = 0
    while match := _BEGIN.search(text, place):
        made = _yenc(text, match) if match[3] else _uu(text, match)
        if made is None:
            place = match.end()
            continue
        file, place = made
        files.append(file)
        if file.whole:
            left.append(text[kept : match.start()])
            kept = place
    return files, b"".join([*left, text[kept:]]) if left else text


def _uu(text: bytes, begin: re.Match[bytes]) -> tuple[File, int] | None:
    """Line by line; None where what follows is no code, so that the line before it was only words."""
    name = charset.decode(begin[2]).strip()
    if begin[1]:
        return _base64(text, name, begin.end())
    data = bytearray()
    place = begin.end()
    while place < len(text):
        end = text.find(b"\n", place)
        end = len(text) if end < 0 else end
        line = text[place:end].rstrip(b"\r")
        if line.rstrip() == b"end":
            return File(name, bytes(data), whole=True), min(end + 1, len(text))
        piece = _line(line)
        if piece is None:
            break
        data += piece
        place = end + 1
    return (File(name, bytes(data), whole=False), min(place, len(text))) if data else None


def _line(line: bytes) -> bytes | None:
    """The bytes of one line; some encoders put a check sum behind it, some mailers cut spaces at its end."""
    if not line.strip():
        return b""
    length = (line[0] - 32) & 63
    try:
        return binascii.a2b_uu(line[: 1 + (length + 2) // 3 * 4])
    except binascii.Error:
        return None


def _base64(text: bytes, name: str, start: int) -> tuple[File, int] | None:
    """`uuencode -m` ends with four equals signs."""
    run = _BASE64.match(text, start)
    lines, mark, _ = run[0].partition(b"\n====") if run else (b"", b"", b"")
    if not lines:
        return None
    data, clean = encoded.base64(lines)
    return File(name, data, whole=clean and bool(mark)), start + len(lines) + len(mark)


def _yenc(text: bytes, begin: re.Match[bytes]) -> tuple[File, int] | None:
    named = _YNAME.search(begin[3])
    name = charset.decode(named[1]).strip() if named else ""
    last = _YEND.search(text, begin.end())
    end = last.start() if last else len(text)
    first, *escaped = text[begin.end() : end].replace(b"\r", b"").replace(b"\n", b"").split(b"=")
    pieces = [first.translate(_SHIFTED)]
    for piece in escaped:
        pieces.extend((piece[:1].translate(_ESCAPED), piece[1:].translate(_SHIFTED)))
    data = b"".join(pieces)
    size = _SIZE.search(last[0]) if last else None
    whole = size is not None and int(size[1]) == len(data) and begin[4] is None  # one of several parts is not all
    return File(name, data, whole), last.end() if last else end
