"""Plain text, and all that is text inside (logs, source, settings): the whole of it as one record."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats import charset
from scanner.formats.base import Format, Found
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role

_ESCAPES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\/")


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    data = blob.data()
    if charset.is_binary(data):
        raise ReadError(GapReason.UNREADABLE, "not text")
    text = unescaped(charset.decode(data))
    if text.strip():
        yield Record((), "file", [(Role.BODY, text)])


FORMAT = Format(
    "text",
    2,
    "own",
    _extract,
    editable="passages, on decision",
    limits="words that PostScript splits into pieces, uuencode outside of mails",
)


def unescaped(text: str) -> str:
    """Text that looks like JSON or XML, without their escapes: also what is too broken for their readers."""
    start = text[:64].lstrip()[:1]
    if start in ("{", "[", '"') and "\\" in text:
        return _ESCAPES.sub(_unescape, text)  # JSON (RFC 8259, 7): names and even `@` may be escaped
    if start == "<" and "&" in text:
        return html.unescape(text)  # XML character references
    return text


def _unescape(match: re.Match[str]) -> str:
    escape = match[0]
    if escape == "\\/":
        return "/"
    units = bytes.fromhex(escape.replace("\\u", ""))
    return units.decode("utf-16-be", "replace")
