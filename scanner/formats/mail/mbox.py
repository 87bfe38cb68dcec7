"""Mailboxes in one file (RFC 4155 and its variants), of any size: each message is nested, and none is held but that.

A message begins with a line `From ...` after a blank line (or at the very start), followed by a header field: a
paragraph of a letter that begins with "From" is none. `>From ` is unescaped as mboxrd does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats import charset
from scanner.formats.base import Format, Found, Nested
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread

_CHUNK = 1 << 20
LOOKAHEAD = 4096  # how much must lie behind a separator before it is judged
_NEXT = rb"From [^\r\n]*\r?\n(?=(?:>?From [^\r\n]*\r?\n)*[!-9;-~]+[ \t]*:)"
SEPARATOR = re.compile(rb"(?<=\n)\r?\n(?=" + _NEXT + rb")")
FIRST = re.compile(rb"\s*(?=" + _NEXT + rb")")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_ENVELOPE = re.compile(rb"From +<?([^\s<>]+@[^\s<>]+)")


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    number = 0
    for piece, too_large in _pieces(blob):
        if number == 0 and not too_large and not FIRST.match(piece[:LOOKAHEAD]):
            if piece.strip():
                yield Record((), "file", [(Role.BODY, charset.decode(piece))])
            continue
        number += 1
        steps = (f"message {number}",)
        if too_large:
            yield Unread(steps, GapReason.TOO_LARGE, f"limit {blob.limit}")
        else:
            yield _message(steps, piece, blob.limit)


FORMAT = Format("mbox", 1, "own", _extract, editable="messages, and what is in them")


def _message(steps: tuple[str, ...], piece: bytes, limit: int) -> Nested:
    piece = piece.lstrip()
    line_end = piece.find(b"\n")
    envelope = _ENVELOPE.match(piece, 0, line_end)
    body = unescaped(piece[line_end + 1 :])
    sender = envelope[1].decode("utf-8", "replace") if envelope else ""
    entities = (Entity(Role.TRACE, [Fact(IdType.EMAIL, sender)]),) if sender else ()
    blob = Blob(body, "message.eml", media_type="message/rfc822", limit=limit)
    return Nested(steps, blob, "message", entities)


def unescaped(body: bytes) -> bytes:
    """What stood there before a mailbox put `>` before its lines that begin with `From `."""
    return _ESCAPED.sub(rb"\1", body) if b"\n>" in body else body


def _pieces(blob: Blob) -> Iterator[tuple[bytes, bool]]:
    """Runs between separators, and True instead of content for one that is larger than `blob.limit`."""
    stream = blob.open()
    held = bytearray()
    dropped = False  # the beginning of what is held was thrown away
    searched = 0
    while True:
        chunk = stream.read(_CHUNK)
        held += chunk
        start = 0
        sure = len(held) if not chunk else len(held) - LOOKAHEAD
        for match in SEPARATOR.finditer(held, max(0, searched - 4)):
            if match.end() > sure:
                break
            piece = bytes(held[start : match.start()])
            yield piece, dropped or len(piece) > blob.limit
            dropped = False
            start = match.end()
        del held[:start]
        searched = max(0, len(held) - LOOKAHEAD)
        if not chunk:
            break
        if len(held) > blob.limit + _CHUNK:
            del held[: len(held) - 2 * LOOKAHEAD]
            searched = 0
            dropped = True
    if held or dropped:
        yield bytes(held), dropped or len(held) > blob.limit
