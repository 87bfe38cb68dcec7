"""Which format a blob needs: by its content first, then its media type, then the ending of its name.

Names lie: mails are called .txt, documents .bin, web pages .xls. What is no text and no format we know is None, which
becomes a gap, never text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from scanner.blob import Blob
from scanner.formats import archive_gz, charset, header
from scanner.formats.archive_zip import peek_zip
from scanner.formats.streams import FAULTS
from scanner.records import ReadError

_HEAD = 8192


def sniff(blob: Blob) -> str | None:
    """The name of the blob's format in the registry; None for binary content that no format reads."""
    head = blob.head(_HEAD)
    if blob.media_type == "message/rfc822" and _SURE_MAIL.match(head) and b"\0" not in head:
        return "mail"
    for test in (_by_magic, _packed):
        name = test(blob, head)
        if name:
            return name
    if charset.is_binary(head):
        return None
    if head.startswith(b"{\\rtf"):
        return None  # its text is escaped: read as plain text, names with å, ä or ö would be missed in silence
    codec, skip = charset.encoding(head)
    return _by_text(blob, head[skip:].decode(codec, charset.handler(codec)))


# What a mail store calls a mail, and begins with a field that mails begin with, is no other format's.
_SURE_MAIL = re.compile(
    rb"(?:[xX]-[A-Za-z0-9-]+|(?i:return-path|received|delivered-to|from|to|cc|subject|date|message-id|mime-version|sender"
    rb"|content-(?:type|transfer-encoding|disposition|language)|reply-to|errors-to|envelope-to|dkim-signature|user-agent"
    rb"|arc-seal|authentication-results|in-reply-to|references|status|list-id|list-unsubscribe|importance|thread-topic)"
    rb")[ \t]*:"
)

# Binary formats

_OPEN_DOCUMENT = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.([a-z-]+)", re.DOTALL)
_OPEN_DOCUMENTS = {"spreadsheet": "xlsx", "spreadsheet-template": "xlsx"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKBOOK = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))


def _by_magic(blob: Blob, head: bytes) -> str | None:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")):
        return _zip_family(blob, head)
    if head.startswith(_OLE):
        return _old_office(blob)
    if head[257:262] == b"ustar":
        return "tar"
    return None


def _zip_family(blob: Blob, head: bytes) -> str:
    document = _OPEN_DOCUMENT.match(head)
    if document:
        return _OPEN_DOCUMENTS.get(document[1].decode("ascii"), "odt")
    try:
        members = _members(blob)
    except (ReadError, ValueError):  # the zip reader says what is wrong
        return "zip"
    if "[Content_Types].xml" in members:
        if any(name.startswith("word/") for name in members):
            return "docx"
        if any(name.startswith("xl/") for name in members):
            return "xlsx"
    return "zip"


def _members(blob: Blob) -> set[str]:
    return {name.replace("\\", "/") for name in peek_zip(blob).namelist()}


def _old_office(blob: Blob) -> str | None:
    """An Excel 97 workbook is read by the sheet reader; other OLE files by none."""
    sample = blob.data() if blob.size <= blob.limit else blob.head(1 << 20)
    return "xlsx" if any(name in sample for name in _WORKBOOK) else None


def _packed(blob: Blob, head: bytes) -> str | None:
    """One packed stream: a tar, or a single file."""
    if not archive_gz.is_packed(head):
        return None
    try:
        with archive_gz.unpacked(blob) as stream:
            first = stream.read(512)
    except FAULTS:
        return "gz"
    return "tar" if first[257:262] == b"ustar" else "gz"


# Text formats

_BEGIN = re.compile(r"\s*BEGIN[ \t]*:[ \t]*(VCARD|VCALENDAR|VEVENT|VTODO|VJOURNAL)\b", re.IGNORECASE)
_MBOX = re.compile(r"\s*From [^\r\n]*\r?\n(?:>?From [^\r\n]*\r?\n)*[!-9;-~]+[ \t]*:")
_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*\r?(?:\n|\Z)")
_MAIL_FIELDS = frozenset(
    {
        "from", "to", "cc", "subject", "date", "received", "message-id", "mime-version", "content-type", "return-path",
        "delivered-to", "reply-to", "sender", "x-mailer", "bcc", "references", "in-reply-to", "dkim-signature",
        "authentication-results", "x-original-to", "list-id", "content-transfer-encoding", "resent-from",
    }
)  # fmt: skip
_TELLING = frozenset({"from", "received", "return-path", "delivered-to", "message-id", "x-original-to", "resent-from"})
_MARKUP = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:[^-]|-(?!->))*-->\s*)*<(?:!doctype\s+html|html|head|body|table|div|meta|title|p"
    r"|center|style|script|span|h[1-6]|ul|ol|font|br)\b",
    re.IGNORECASE,
)
_MEDIA = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "message/rfc822": "mail",
    "message/global": "mail",
    "application/mbox": "mbox",
}
_ENDINGS = {
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "csv": "csv",
    "tsv": "csv",
    "tab": "csv",
    "eml": "mail",
    "mbox": "mbox",
}


def _by_text(blob: Blob, text: str) -> str:
    begin = _BEGIN.match(text)
    if begin:
        return "vcard" if begin[1].upper() == "VCARD" else "ics"
    media = _MEDIA.get((blob.media_type or "").partition(";")[0].strip().lower())
    if _MBOX.match(text):
        return "mail" if media == "mail" else "mbox"
    if _is_mail(text, sure=media == "mail"):
        return "mail"
    if _MARKUP.match(text):
        return "html"
    hint = media or _ENDINGS.get(blob.name.rpartition(".")[2].lower())
    if hint == "mail":
        return "mail" if _FIELD.match(text.lstrip()) else "text"
    if hint == "csv" or (hint == "html" and "<" in text):
        return hint
    if not text.lstrip().startswith(("{", "[", "<")) and _is_table(text, whole=blob.size <= _HEAD):
        return "csv"
    return "text"


def _is_mail(text: str, *, sure: bool) -> bool:
    """Header fields at the very start, two of them a mail's and one of those a mail's alone."""
    known: set[str] = set()
    fields = 0
    place = len(text) - len(text.lstrip())
    while match := _FIELD.match(text, place):
        fields += 1
        known.add(match[1].lower())
        place = match.end()
    known &= _MAIL_FIELDS
    if sure:
        return fields > 0
    return (len(known) >= 2 and bool(known & _TELLING)) or len(known) >= 3


def _is_table(text: str, *, whole: bool) -> bool:
    """At least two rows with a known header, or three, all of the same number of columns."""
    if not whole:
        text = text[: text.rfind("\n") + 1] or text
    for delimiter, least in ((";", 2), ("\t", 2), ("|", 3), (",", 3)):
        if delimiter not in text:
            continue
        rows = _parsed(text.splitlines(keepends=True), delimiter, whole=whole)
        if len(rows) < 2 or len(rows[0]) < 2:
            continue
        same = all(len(row) == len(rows[0]) for row in rows)
        if header.columns(rows[0]) is not None and (same or len(rows[0]) >= 3):
            return True
        if same and len(rows) >= 3 and len(rows[0]) >= least:
            return True
    return False


def _parsed(lines: Iterable[str], delimiter: str, *, whole: bool) -> list[list[str]]:
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return []
    return rows if whole else rows[:-1]
