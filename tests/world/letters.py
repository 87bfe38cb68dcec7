"""Composes mails as bytes: fast, and the same for the same input (no clock, no random boundaries)."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from urllib.parse import quote

from tests.world.model import Steps
from tests.world.truth import Draft, Piece, Someone


@dataclass(slots=True)
class Attachment:
    """`name` is the file name as a reader shows it; `style` is how the header says it: plain, rfc2231 or rfc2047."""

    name: str
    piece: Piece
    media_type: str
    style: str = "rfc2231"


@dataclass(slots=True)
class Letter:
    """A mail before it is bytes. Addresses are header values, made by `address`, so that the draft knows of them."""

    draft: Draft
    sender: str
    to: Sequence[str]
    subject: str
    when: datetime
    message_id: str
    text: str
    cc: Sequence[str] = ()
    html: str | None = None
    charset: str = "utf-8"
    encoding: str = "quoted-printable"  # or base64, 8bit
    attachments: Sequence[Attachment] = ()
    extra: Sequence[tuple[str, str]] = field(default=())


def address(draft: Draft, who: Someone, style: str = "plain") -> str:
    """`Name <mail>` for a header. Styles: plain, encoded (RFC 2047), latin (the same in ISO-8859-1), reversed, bare."""
    if style == "bare":
        return draft.entity("{a.email}", who)
    if style == "reversed":
        name = draft.entity("{a.reversed}", who)  # its comma needs quotes, or an encoded word, which hides it
        shown = f'"{name}"' if name.isascii() else encoded(name)
        return f"{shown} <{draft.say('{a.email}', a=who)}>"
    name = draft.entity("{a.name}", who)
    shown = encoded(name, "iso-8859-1" if style == "latin" else "utf-8", force=style in ("encoded", "latin"))
    return f"{shown} <{draft.say('{a.email}', a=who)}>"


def encoded(text: str, charset: str = "utf-8", *, force: bool = False) -> str:
    """A header text, as an encoded word where it needs to be one."""
    if text.isascii() and not force:
        return text
    return Header(text, charset, maxlinelen=998).encode()


def compose(letter: Letter) -> Piece:
    """The bytes (CRLF) and the records: the message, and what its attachments hold."""
    draft = letter.draft
    draft.message = True
    body = _body(letter)
    if letter.attachments:
        parts = [body, *(_attached(each) for each in letter.attachments)]
        body = _multipart("mixed", _boundary(letter, "mixed"), parts)
    records: list[tuple[Steps, Draft]] = [((), draft)]
    for number, each in enumerate(letter.attachments, 1):
        records += each.piece.below(f"attachment {number}: {each.name}")
    return Piece("".join(_headers(letter)).encode() + body, records)


def _headers(letter: Letter) -> list[str]:
    rows = [
        ("Message-ID", f"<{letter.message_id}>"),
        ("Date", format_datetime(letter.when)),
        ("From", letter.sender),
        ("To", ",\r\n ".join(letter.to)),
        *([("Cc", ",\r\n ".join(letter.cc))] if letter.cc else []),
        ("Subject", encoded(letter.subject)),
        *letter.extra,
        ("MIME-Version", "1.0"),
    ]
    return [f"{name}: {value}\r\n" for name, value in rows]


def _body(letter: Letter) -> bytes:
    plain = _part(f"text/plain; charset={letter.charset}", letter.text, letter)
    if letter.html is None:
        return plain
    rich = _part(f"text/html; charset={letter.charset}", letter.html, letter)
    return _multipart("alternative", _boundary(letter, "alt"), [plain, rich])


def _part(kind: str, text: str, letter: Letter) -> bytes:
    data = text.replace("\n", "\r\n").encode(letter.charset)
    if letter.encoding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif letter.encoding == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {letter.encoding}\r\n\r\n".encode() + data


def _attached(each: Attachment) -> bytes:
    head = f"Content-Type: {each.media_type}\r\nContent-Disposition: attachment; {_file_name(each)}\r\n"
    if each.media_type == "message/rfc822":  # RFC 2046 5.2.1: never base64
        return head.encode() + b"\r\n" + each.piece.data
    data = base64.encodebytes(each.piece.data).replace(b"\n", b"\r\n")
    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + data


def _file_name(each: Attachment) -> str:
    if each.style == "rfc2047":  # not allowed by RFC 2047 5, and what Outlook sends
        return f'filename="{encoded(each.name)}"'
    if each.name.isascii():
        return f'filename="{each.name}"'
    return f"filename*=utf-8''{quote(each.name)}"


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    mark = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _boundary(letter: Letter, kind: str) -> str:
    return f"=_{kind}_{abs(_number(letter.message_id)):08x}"


def _number(text: str) -> int:
    return int.from_bytes(text.encode()[:24], "big") % 0xFFFFFFFB
