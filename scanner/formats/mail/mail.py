"""Mails: who wrote to whom, the text of all alternatives, and every attachment and message inside as a blob.

The message itself is the record without steps. Identifiers in it get the role of their header; what mail servers wrote
(Received, Return-Path, List-*, X-*) is trace. Ids that only look like addresses (Message-ID and its like) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.mail import addresses, encoded, inline_files, mime
from scanner.formats.web import html, html_files
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Steps, Unread

_PERSONS = {
    "from": Role.FROM,
    "to": Role.TO,
    "cc": Role.CC,
    "bcc": Role.BCC,
    "reply-to": Role.REPLY_TO,
    "sender": Role.SENDER,
    "resent-from": Role.FROM,
    "resent-to": Role.TO,
    "resent-cc": Role.CC,
    "resent-bcc": Role.BCC,
    "resent-sender": Role.SENDER,
    "resent-reply-to": Role.REPLY_TO,
    "apparently-to": Role.TO,
    "errors-to": Role.REPLY_TO,
    "disposition-notification-to": Role.REPLY_TO,
    "return-receipt-to": Role.REPLY_TO,
    "x-confirm-reading-to": Role.REPLY_TO,
    "mail-followup-to": Role.REPLY_TO,
    "mail-reply-to": Role.REPLY_TO,
}
# Ids and seals: many have the shape of an address and belong to nobody.
_IDS = frozenset(
    {
        "arc-seal",
        "content-id",
        "content-length",
        "content-location",
        "content-transfer-encoding",
        "content-type",
        "date",
        "lines",
        "mime-version",
        "thread-index",
        "x-abuse-reports-to-id",
        "x-gm-message-state",
        "x-uid",
        "x-uidl",
    }
)
_ID_LIKE = re.compile(r"(?:message-?id|msg-?id|-signature|guid|uuid|correlation-id|references)$")
_ANGLE = re.compile(r"<[^<>]*>")
_REPLY_FROM = re.compile(r"\bfrom\s+(.+)", re.DOTALL)  # old mailers: `In-Reply-To: <id>; from anna@a.example on Mon`
_RECEIVED_ID = re.compile(r"(?:id|ID)(?<=\b..)\s+<?[^\s;>]+>?")  # where the word begins is looked at last: faster
_RECEIVED_ID_USUAL = re.compile(r"id(?<=\bid)\s+<?[^\s;>]+>?")  # and faster still, where nobody shouts


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    try:
        raw = blob.data()
    except ReadError:
        yield header_record(mime.headers(blob.head(1 << 18))[0])
        raise
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    fields, start = mime.headers(raw)
    record = header_record(fields)
    others: list[Found] = []
    count = 0
    inline: list[inline_files.File] = []
    names: list[str] = []
    for part in mime.parts(raw, fields, start):
        if part.is_attachment or part.encrypted:
            if part.type == "application/pgp-encrypted":
                continue
            count += 1
            others.extend(_attachment(part, count, blob.limit))
            names.extend(name for name in part.other_names() if name and name != part.filename)
        else:
            inline.extend(part.files())
            _add_body(record, part, others, blob.limit)
    for number, file in enumerate(inline, count + 1):
        others.extend(_inline(file, number, blob.limit))
    if names:
        record.texts.append((Role.FILENAME, "\n".join(dict.fromkeys(names))))
    yield record
    yield from others


FORMAT = Format(
    "mail",
    5,
    "own reader over stdlib binascii",
    _extract,
    editable="attachments; passages and a recipient, on decision",
)


# Headers


# What a field is good for.
_NOTHING, _TRACE, _RECEIVED, _ANSWER, _SUBJECT, _PERSON = range(6)


@lru_cache(maxsize=2048)
def _use(name: str) -> int:
    if name in _PERSONS:
        return _PERSON
    if name == "subject":
        return _SUBJECT
    if name in ("in-reply-to", "references"):
        return _ANSWER
    if name in _IDS or _ID_LIKE.search(name):
        return _NOTHING
    return _RECEIVED if name == "received" else _TRACE


def header_record(fields: mime.Headers) -> Record:
    """The record of a message (without steps) with what its header says: persons, subject, trace."""
    record = Record((), "message")
    trace: list[str] = []
    for name, value in fields:
        use = _use(name)
        if use == _TRACE:
            trace.append(encoded.words(value) if "=?" in value else value)
        elif use == _RECEIVED:
            pattern = _RECEIVED_ID if "ID" in value else _RECEIVED_ID_USUAL
            trace.append(pattern.sub(" ", value))
        elif use == _PERSON:
            record.entities.extend(addresses.entities(value, _PERSONS[name]))
        elif use == _SUBJECT:
            record.texts.append((Role.SUBJECT, encoded.words(value)))
        elif use == _ANSWER and "from" in value and (said := _REPLY_FROM.search(_ANGLE.sub(" ", value))):
            trace.append(said[1])
    if trace:
        record.texts.append((Role.TRACE, "\n".join(trace)))
    return record


# Bodies


def _add_body(record: Record, part: mime.Part, others: list[Found], limit: int) -> None:
    if part.type in ("text/html", "text/x-amp-html"):
        markup = _markup(part)
        text = html.render(markup)
        others.extend(html_files.nested(markup, limit, 1 + len(others)))
    else:
        text = plain(part)
    if text and not text.isspace():
        record.texts.append((Role.BODY, text))
    if "-----BEGIN PGP MESSAGE-----" in text:
        others.append(Unread((), GapReason.ENCRYPTED, "PGP in the text"))


def _markup(part: mime.Part) -> str:
    if part.charset:
        return part.text()
    return html.decode(part.decoded()[0])


_FLOWED = re.compile(r" \r?\n(?:>+ ?)?")


def plain(part: mime.Part) -> str:
    """The text of a body that is no page, its soft line breaks joined (RFC 3676, 4.2)."""
    text = part.text()
    declared = part.headers.get("content-type", "")
    if "flowed" in declared.lower() and (mime.parameter(declared, "format") or "").lower() == "flowed":
        joined = (mime.parameter(declared, "delsp") or "").lower() == "yes"
        text = _FLOWED.sub("" if joined else " ", text)
    return text


# Attachments

_ENDINGS = {
    "text/calendar": "ics",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/directory": "vcf",
    "text/csv": "csv",
    "text/rfc822-headers": "txt",
    "message/delivery-status": "txt",
    "message/disposition-notification": "txt",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/pgp-signature": "asc",
    "application/pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m",
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
}
_SUBTYPE = re.compile(r"[a-z0-9]{1,8}")
_ENVELOPED = bytes.fromhex("06092a864886f70d010703")
_AUTH_ENVELOPED = bytes.fromhex("060b2a864886f70d0109100117")


def _attachment(part: mime.Part, number: int, limit: int) -> Iterator[Found]:
    name = part.filename or part_name(part.type)
    steps: Steps = (f"attachment {number}: {name}",)
    if part.encrypted:
        yield Unread(steps, GapReason.ENCRYPTED, "PGP/MIME")
        return
    data, clean = part.decoded()
    if part.type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        yield sealed(part.headers.get("content-type", ""), data, steps)
        return
    kind = "message" if part.type in ("message/rfc822", "message/global") else "attachment"
    if data or clean:
        yield Nested(steps, Blob(data, name, media_type=part.type, limit=limit), kind)
    if not clean:
        yield Unread(steps, GapReason.UNREADABLE, "broken transfer encoding")
    if part.type == "message/partial":
        yield Unread(steps, GapReason.UNREADABLE, "a part of a message")


def _inline(file: inline_files.File, number: int, limit: int) -> Iterator[Found]:
    name = file.name or "part.bin"
    steps: Steps = (f"attachment {number}: {name}",)
    yield Nested(steps, Blob(file.data, name, limit=limit), "attachment")
    if not file.whole:
        yield Unread(steps, GapReason.UNREADABLE, "broken uuencode or yEnc")


def part_name(kind: str) -> str:
    """A file name for a part that has none, by its media type."""
    if kind.startswith("message/rfc822") or kind == "message/global":
        return "message.eml"
    ending = _ENDINGS.get(kind)
    if ending is None:
        subtype = kind.partition("/")[2]
        ending = subtype if _SUBTYPE.fullmatch(subtype) else "bin"
        ending = "txt" if kind.startswith(("text/", "message/")) and ending != "html" else ending
    return f"part.{ending}"


def sealed(declared: str, data: bytes, steps: Steps) -> Unread:
    """S/MIME (RFC 8551): an envelope is encrypted; an opaque signature is merely not opened. `declared` is its type."""
    kind = (mime.parameter(declared, "smime-type") or "").lower()
    if "enveloped" in kind or (not kind and (_ENVELOPED in data[:64] or _AUTH_ENVELOPED in data[:64])):
        return Unread(steps, GapReason.ENCRYPTED, "S/MIME")
    return Unread(steps, GapReason.UNREADABLE, "S/MIME signed or compressed data")
