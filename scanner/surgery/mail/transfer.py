"""New content in the transfer encoding that a part already has (RFC 2045, 6), in lines as before."""

from __future__ import annotations

import binascii
import re

from scanner.formats.mail.mime import Part
from scanner.surgery.base import CannotEdit

_PLAIN = frozenset({"", "7bit", "8bit", "binary"})
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_USUAL = 76
_ODD = "an attachment is encoded in a way that is not written"


def encoded_as(part: Part, data: bytes) -> bytes:
    """The part's body with `data` in place of what it holds. Raises CannotEdit where the encoding is broken or rare."""
    old, clean = part.decoded()
    if old == data:
        return part.body
    encoding = part.headers.get("content-transfer-encoding", "").strip(" \t\"'").lower()
    if not clean:
        raise CannotEdit("the transfer encoding of a part is broken")
    if encoding == "base64":
        return _base64(part.body, data)
    if encoding == "quoted-printable":
        return _quoted(part.body, data)
    if encoding not in _PLAIN:
        raise CannotEdit(_ODD)
    if encoding in ("", "7bit") and part.body.isascii() and not data.isascii():
        raise CannotEdit("the new content does not fit in the 7 bits that a part declares")
    return data


def _base64(body: bytes, data: bytes) -> bytes:
    """In lines as long as the first one was."""
    text = body.strip()
    lead = body[: len(body) - len(body.lstrip())]
    tail = body[len(body.rstrip()) :]
    if not text:
        raise CannotEdit(_ODD)
    first, newline, _ = text.partition(b"\n")
    end = b"\r\n" if first.endswith(b"\r") else b"\n"
    length = len(first.rstrip()) if newline else max(_USUAL, len(text) if len(text) > _USUAL else 0)
    made = binascii.b2a_base64(data, newline=False)
    if not newline:
        end = b"\r\n" if b"\r\n" in lead + tail else b"\n"
    lines = end.join(made[at : at + length] for at in range(0, len(made), length))
    return lead + lines + tail


def _quoted(body: bytes, data: bytes) -> bytes:
    """Lines that were there before stay as they were written."""
    known: dict[bytes, bytes] = {}
    for line in _logical(body):
        known.setdefault(binascii.a2b_qp(line), line)
    end = b"\r\n" if b"\r\n" in body else b"\n"
    lines = _LINE.findall(data)
    made = b"".join(known.get(line) or _quoted_line(line, end) for line in lines)
    if binascii.a2b_qp(made) != data:
        made = b"".join(_quoted_line(line, end) for line in lines)
    if binascii.a2b_qp(made) != data:
        raise CannotEdit("the new content cannot be written as quoted-printable")
    return made


def _logical(body: bytes) -> list[bytes]:
    """The lines of the content as they are written: soft breaks do not end one."""
    lines: list[bytes] = []
    held: list[bytes] = []
    for line in _LINE.findall(body):
        held.append(line)
        if not line.rstrip(b" \t\r\n").endswith(b"="):
            lines.append(b"".join(held))
            held = []
    return [*lines, b"".join(held)] if held else lines


def _quoted_line(line: bytes, end: bytes) -> bytes:
    text = line.rstrip(b"\r\n")
    made = binascii.b2a_qp(text, istext=True).replace(b"=\n", b"=" + end)
    return made + line[len(text) :]
