"""Which format a blob needs: by its content first, then its media type, then the ending of its name.

Names lie: mails are called .txt, documents .bin, web pages .xls. What is no text and no format we know is None, which
becomes a gap, never text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from scanner.blob import Blob
from scanner.formats import charset, header
from scanner.formats.archives import archive_gz
from scanner.formats.archives.archive_libarchive import is_archive
from scanner.formats.archives.archive_tar import is_tar
from scanner.formats.archives.archive_zip import peek_zip
from scanner.formats.ole.ole import OLE, root_names
from scanner.formats.streams import FAULTS
from scanner.records import ReadError

_HEAD = 8192
ROW = "application/vnd.gallra.row+json"  # said by a register, never guessed: such JSON from elsewhere may hold more


def sniff(blob: Blob) -> str | None:
    """The name of the blob's format in the registry; None for binary content that no format reads."""
    head = blob.head(_HEAD)
    if blob.media_type == "message/rfc822" and _SURE_MAIL.match(head) and b"\0" not in head:
        return "mail"
    if blob.media_type == ROW:
        return "row"
    for test in (_by_magic, _packed):
        name = test(blob, head)
        if name:
            return name
    if charset.is_binary(head):
        return None
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

_MAGIC = (
    (b"{\\rtf", "rtf"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"!BDN", "pst"),
    (b"SQLite format 3\0", "sqlite"),
    (b"bplist0", "plist"),
    (b"\xff\xd8\xff", "image"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"II+\0", "image"),
    (b"MM\0+", "image"),
    (b"\xd7\xcd\xc6\x9a", "metafile"),
    (b"\x01\0\x09\0\0\x03", "metafile"),
    (b"\0\0\0\x0cjP  \r\n", "image"),
    (b"8BPS\0\x01", "image"),
)
_BMP = re.compile(rb"BM.{4}\0\0\0\0.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL)
_HEIF = re.compile(rb".{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1|avi[fs])", re.DOTALL)  # ISO/IEC 23008-12, 10
_BIFF = re.compile(rb"\x09[\0\x02\x04]\x04\0.\0|\x09[\x02\x04]\x06\0.\0|\x09\x08[\x08\x10]\0\0[\5\6]", re.DOTALL)
_OPEN_DOCUMENT = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.([a-z-]+)", re.DOTALL)
_OPEN_DOCUMENTS = {"spreadsheet": "xlsx", "spreadsheet-template": "xlsx"}
_IWORK = re.compile(r"^index\.apxl(?:\.gz)?$|^(?:index/.*|[^/]*)\.iwa$|^buildversionhistory\.plist$|^\.iwpv2$")
_OFFICE = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
# The streams at the root of an OLE file tell what it is ([MS-CFB]); the first that is there counts.
_OLE_STREAMS = (
    ("encryptedpackage", "locked"),
    ("worddocument", "doc"),
    ("powerpoint document", "ppt"),
    ("pp97_dualstorage", "ppt"),
    ("workbook", "xls"),
    ("book", "xls"),
    ("__properties_version1.0", "msg"),
)


def _by_magic(blob: Blob, head: bytes) -> str | None:
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK\x03\x04")):
        return _zip_family(blob, head)
    if head.startswith(OLE):
        return _ole(blob)
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if is_tar(head):
        return "tar"
    if head[:4] == b"\x01\0\0\0" and head[40:44] == b" EMF":
        return "metafile"
    if _BMP.match(head) or _HEIF.match(head) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    return _by_place(blob, head)


def _by_place(blob: Blob, head: bytes) -> str | None:
    """What is told by more than its first bytes."""
    if head.startswith(b"MZ") or blob.name.lower().endswith(".zip"):
        return _behind_program(blob)
    if _BIFF.match(head):
        return "xls"
    return "archive" if is_archive(blob, head) else None


def _behind_program(blob: Blob) -> str | None:
    """An archive that opens itself: a program with a zip's directory at its end, or with another archive behind it."""
    try:
        if peek_zip(blob).namelist():
            return "zip"
    except (ReadError, ValueError):
        pass
    start = blob.head(1 << 20)
    return next((name for magic, name in _MAGIC if name in ("7z", "rar") and start.find(magic) > 0), None)


def _zip_family(blob: Blob, head: bytes) -> str:
    document = _OPEN_DOCUMENT.match(head)
    if document:
        return _OPEN_DOCUMENTS.get(document[1].decode("ascii"), "odt")
    try:
        members = _members(blob)
    except (ReadError, ValueError):  # the zip reader says what is wrong
        return "zip"
    lower = {name.lower() for name in members}
    if "[content_types].xml" in lower:
        for folder, name in _OFFICE:
            if any(member.startswith(folder) for member in lower):
                return name
    if b"mimetypeapplication/epub+zip" in head[:128] or "meta-inf/container.xml" in lower:
        return "epub"
    return "iwork" if any(_IWORK.match(member) for member in lower) else "zip"


def _members(blob: Blob) -> set[str]:
    return {name.replace("\\", "/") for name in peek_zip(blob).namelist()}


def _ole(blob: Blob) -> str:
    """Which program's file it is; `ole` for another, or one whose directory cannot be read."""
    roots = root_names(blob)
    for stream, name in _OLE_STREAMS:
        if stream in roots:
            return name
    return "ole"


def _packed(blob: Blob, head: bytes) -> str | None:
    """One packed stream: a tar, or a single file."""
    if not archive_gz.is_packed(head):
        return None
    try:
        with archive_gz.unpacked(blob) as stream:
            first = stream.read(512)
    except FAULTS:
        return "gz"
    return "tar" if is_tar(first) else "gz"


# Text formats

_BEGIN = re.compile(r"\s*BEGIN[ \t]*:[ \t]*(VCARD|VCALENDAR|VEVENT|VTODO|VJOURNAL|VNOTE|VMSG)\b", re.IGNORECASE)
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
_OFFICE_XML = re.compile(
    r"<\?mso-application|<[a-z]*:?(?:wordDocument|Workbook|package)\s[^>]*schemas\.microsoft\.com"
    r"|<[a-z]*:?document\s[^>]*urn:oasis:names:tc:opendocument"
)
_XML = re.compile(r"\s*(?:<\?xml[\s?]|<!DOCTYPE\s|<[A-Za-z_][\w.-]*(?::[\w.-]+)?(?:\s+[\w.:-]+\s*=|\s*/?>))")
_PLIST = re.compile(r"\s*<\?xml[^>]*>\s*<!DOCTYPE\s+plist\b|\s*<plist\b")
_LDIF = re.compile(r"(?:\s|#[^\n]*|version:[^\S\n]*1(?=\s))*^dn::? ?\S", re.MULTILINE)
_JSON = re.compile(r'\s*(?:\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\}\s*$)|\[\s*(?:[\[{"\]]|-?[0-9]|true|false|null))')
_MEDIA = {
    "application/json": "json",
    "application/ld+json": "json",
    "text/xml": "xml",
    "application/xml": "xml",
    "text/ldif": "ldif",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "message/rfc822": "mail",
    "message/global": "mail",
    "application/mbox": "mbox",
}
_ENDINGS = {
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
    "geojson": "json",
    "xml": "xml",
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
        return "vcard" if begin[1].upper() in ("VCARD", "VNOTE", "VMSG") else "ics"
    media = _MEDIA.get((blob.media_type or "").partition(";")[0].strip().lower())
    if _MBOX.match(text):
        return "mail" if media == "mail" else "mbox"
    if _is_mail(text, sure=media == "mail"):
        return "mail"
    if _MARKUP.match(text):
        return "html"
    return _by_markup(text) or _by_shape(blob, text, media or _ENDINGS.get(blob.name.rpartition(".")[2].lower()))


def _by_shape(blob: Blob, text: str, hint: str | None) -> str:
    if hint == "mail":
        return "mail" if _FIELD.match(text.lstrip()) else "text"
    if hint == "csv" or (hint in ("html", "xml") and "<" in text):
        return hint
    if _JSON.match(text):
        return "json"
    if _LDIF.match(text):
        return "ldif"
    if not text.lstrip().startswith(("{", "[", "<")) and _is_table(text, whole=blob.size <= _HEAD):
        return "csv"
    return "text"


def _by_markup(text: str) -> str | None:
    """XML in its kinds; pages of the web come before."""
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return None
    if _PLIST.match(text):
        return "plist"
    if _OFFICE_XML.search(text[:4096]):
        return "officexml"
    return "xml" if _XML.match(text) else None


def _is_mail(text: str, *, sure: bool) -> bool:
    """Header fields at the very start, two of them a mail's and one of those a mail's alone."""
    place = len(text) - len(text.lstrip())
    if sure:
        return _FIELD.match(text, place) is not None
    known: set[str] = set()
    while match := _FIELD.match(text, place):
        name = match[1].lower()
        if name in _MAIL_FIELDS:
            known.add(name)
            if len(known) >= 3 or (len(known) == 2 and known & _TELLING):
                return True
        place = match.end()
    return False


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
