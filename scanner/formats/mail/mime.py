"""The MIME structure of a message (RFC 2045, 2046), read so that no text is lost.

Why own code beside `fast-mail-parser` and stdlib `email`: the first gives header values only after RFC 2047 is decoded
(so a comma in a name splits it), drops text before, after and between parts, and refuses a whole message for one bad
base64 run; the second takes ten times as long. Here every byte of a body belongs to some part, header values stay raw,
and broken transfer encodings give what they can and say so.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from functools import lru_cache

from scanner.formats import charset
from scanner.formats.mail import encoded, inline_files

_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_FROM_LINE = re.compile(rb"(?:\s*\n)?(?:>?From [^\n]*\n)?", re.ASCII)
_NAME = re.compile(r"([!-9;-~]{1,200})[ \t]*")
_USUAL = 1 << 18  # bytes in which a header that is read at once must end
MAX_DEPTH = 40

Headers = list[tuple[str, str]]


def headers(raw: bytes) -> tuple[Headers, int]:
    """The header fields, (lower-case name, unfolded raw value), and where the body begins."""
    start = _FROM_LINE.match(raw)
    place = start.end() if start else 0
    return _clean_headers(raw, place) or _any_headers(raw, place)


def _clean_headers(raw: bytes, place: int) -> tuple[Headers, int] | None:
    """A header of nothing but fields with a blank line below, read at once. None for all others."""
    first = raw.find(b"\n", place)
    usual, other = (b"\n\r\n", b"\n\n") if raw[first - 1 : first] == b"\r" else (b"\n\n", b"\n\r\n")
    end, gap = raw.find(usual, place, place + _USUAL), len(usual)
    sooner = raw.find(other, place, end)  # looked for in the header only, and in all where it has no usual end
    if sooner >= 0:
        end, gap = sooner, len(other)
    if end <= place:
        return None
    text = raw[place:end].decode("latin-1")
    if "\r" in text:
        text = text.removesuffix("\r").replace("\r\n", "\n")
    if "\r" in text:
        return None
    if "\n " in text or "\n\t" in text:
        text = text.replace("\n ", " ").replace("\n\t", "\t")
    written, colons, values = zip(*[line.partition(":") for line in text.split("\n")], strict=True)
    names = list(map(_field_name, written))
    if None in names or "" in colons:
        return None
    clean = map(str.strip, values) if text.isascii() else map(_eight_bit, values)
    return list(zip(names, clean, strict=True)), end + gap  # type: ignore[arg-type]


def _eight_bit(value: str) -> str:
    return (value if value.isascii() else charset.decode(value.encode("latin-1"))).strip()


@lru_cache(maxsize=2048)
def _field_name(written: str) -> str | None:
    """A field's name as it stands before the colon, in lower case; None where no field can have it."""
    match = _NAME.fullmatch(written)
    return match[1].lower() if match else None


def _any_headers(raw: bytes, place: int) -> tuple[Headers, int]:
    """The header of any message, up to the first line that is no field."""
    found: Headers = []
    match = _HEADER.match(raw, place)
    while match:
        found.append((match[1].decode("ascii").lower(), _unfold(match[2])))
        place = match.end()
        match = _HEADER.match(raw, place) or _skip_from(raw, place)
    if raw.startswith(b"\r\n", place):
        return found, place + 2
    return found, place + 1 if raw.startswith(b"\n", place) else place


def _skip_from(raw: bytes, place: int) -> re.Match[bytes] | None:
    """Some stores put `>From ` or `From ` lines between header fields."""
    if raw.startswith((b">From ", b"From "), place):
        end = raw.find(b"\n", place)
        return _HEADER.match(raw, end + 1) if end > 0 else None
    return None


def _unfold(value: bytes) -> str:
    if b"\n" in value:
        value = value.replace(b"\r", b"").replace(b"\n", b"")
    try:
        return value.decode("ascii").strip()
    except UnicodeDecodeError:
        return charset.decode(value).strip()


class Part:
    """One leaf of a message, or a run of text that stands where no part should be (`loose`)."""

    __slots__ = ("_filename", "body", "encrypted", "headers", "loose", "type")

    def __init__(self, headers: dict[str, str], body: bytes, *, loose: bool = False) -> None:
        self.headers = headers
        self.body = body
        self.loose = loose
        self.encrypted = False  # the sealed half of multipart/encrypted
        self.type = media_type(headers.get("content-type", ""))
        """`type/subtype`, lower case; text/plain where nothing sensible is said (RFC 2045, 5.2)."""
        self._filename: str | None = None

    @property
    def charset(self) -> str | None:
        """The charset that is declared, if any."""
        return parameter(self.headers.get("content-type", ""), "charset")

    @property
    def filename(self) -> str:
        """The decoded file name, or "" (RFC 2231, and RFC 2047 as many write it)."""
        if self._filename is None:
            self._filename = self._named()
        return self._filename

    def _named(self) -> str:
        for name, key in (("content-disposition", "filename"), ("content-type", "name")):
            value = self.headers.get(name, "")
            if "name" in value.lower():
                found = _parameter_2231(value, key)
                if found:
                    return found
        return ""

    @property
    def is_attachment(self) -> bool:
        """True for all that is not the text of the message itself."""
        if self.loose:
            return False
        disposition = self.headers.get("content-disposition", "")[:10].lower()
        return self.type not in _BODIES or disposition == "attachment" or bool(self.filename)

    def decoded(self) -> tuple[bytes, bool]:
        """The bytes without their transfer encoding, and whether all of it could be decoded."""
        encoding = self.headers.get("content-transfer-encoding", "").strip(" \t\"'").lower()
        if encoding == "base64":
            return encoded.base64(self.body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body), True
        if encoding in _OLD_ENCODINGS:
            files, _ = inline_files.found(self.body)
            return (files[0].data, files[0].whole and len(files) == 1) if files else (self.body, False)
        return self.body, encoding not in _UNKNOWN_ENCODINGS

    def files(self) -> list[inline_files.File]:
        """Take out of a text the files that stand in it encoded; what is left is the text."""
        coded = "base64" in self.headers.get("content-transfer-encoding", "").lower()
        if not coded and b"begin" not in self.body:
            return []
        found, rest = inline_files.found(self.decoded()[0])
        if any(one.whole for one in found):
            self.body = rest
            self.headers = {**self.headers, "content-transfer-encoding": "8bit"}
        return found

    def other_names(self) -> Iterator[str]:
        """What else the header calls it: the name of its other field or other form, its description."""
        for field, key in (("content-disposition", "filename"), ("content-type", "name")):
            value = self.headers.get(field, "")
            if "name" in value.lower() and (value.count("name") > 1 or f'name="{self.filename}"' not in value):
                yield from _all_of(value, key)
        yield encoded.words(self.headers.get("content-description", ""))

    def text(self) -> str:
        """The text of a body part. Plain text that somebody put after a base64 body is there as well."""
        data, clean = self.decoded()
        if not clean:
            tail = _AFTER_BASE64.search(self.body)
            data += b"\n" + self.body[tail.start() :] if tail else b""
        return charset.decode(data, self.charset)


_BODIES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/x-amp-html", "text/markdown"})
_OLD_ENCODINGS = frozenset({"x-uuencode", "uuencode", "x-uue", "uue", "x-yencode", "yenc"})
_UNKNOWN_ENCODINGS = frozenset({"binhex", "x-binhex40"})
_AFTER_BASE64 = re.compile(rb"^[^\n]*[^A-Za-z0-9+/=\s][^\n]*$", re.MULTILINE)


def parts(raw: bytes, fields: Headers, start: int) -> Iterator[Part]:
    """Every leaf of the message whose header is `fields` and whose body begins at `start`, in order."""
    return _walk(content_headers(fields), raw[start:], 0, "text/plain")


def content_headers(fields: Headers) -> dict[str, str]:
    """The fields that tell what a part is."""
    return {name: value for name, value in reversed(fields) if name in _CONTENT}  # of several the first counts


_CONTENT = frozenset({"content-type", "content-disposition", "content-transfer-encoding", "content-description"})


def _walk(fields: dict[str, str], body: bytes, depth: int, default: str) -> Iterator[Part]:
    declared = fields.get("content-type", "")
    kind = media_type(declared) if declared else default
    if not kind.startswith("multipart/"):
        if not declared:
            fields = {**fields, "content-type": default}
        yield Part(fields, body)
        return
    boundary = parameter(declared, "boundary")
    pieces = _split(body, boundary) if boundary and depth < MAX_DEPTH else []
    if not pieces:
        yield Part({}, body, loose=True)
        return
    inner = "message/rfc822" if kind == "multipart/digest" else "text/plain"
    for piece, loose in pieces:
        if loose:
            if piece.strip():
                yield Part({}, piece, loose=True)
            continue
        inner_fields, start = headers(piece)
        for part in _walk(content_headers(inner_fields), piece[start:], depth + 1, inner):
            part.encrypted = part.encrypted or (
                kind == "multipart/encrypted" and part.type != "application/pgp-encrypted"
            )
            yield part


_REST = re.compile(rb"(--)?[ \t]*(?=\r?\n|\Z)")  # of a delimiter line


def _split(body: bytes, boundary: str) -> list[tuple[bytes, bool]]:
    """The pieces between delimiter lines; what stands before the first and after the last is loose text."""
    pieces: list[tuple[bytes, bool]] = []
    place, loose, seen = 0, True, False
    for start, end, last in delimiters(body, b"--" + boundary.encode("utf-8", "surrogateescape")):
        piece = body[place:start]
        if loose:
            pieces.append((piece, True))
        else:
            pieces.append((piece.removeprefix(b"\r").removeprefix(b"\n"), False))
        place, loose, seen = end, last, True
    if not seen:
        return []
    rest = body[place:]
    pieces.append((rest, True) if loose else (rest.removeprefix(b"\r").removeprefix(b"\n"), False))
    return pieces


def delimiters(body: bytes, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """Start (line break before it counted in), end and whether it is the last, of every delimiter line."""
    at = body.find(mark)
    while at >= 0:
        rest = _REST.match(body, at + len(mark))
        if rest and (at == 0 or body[at - 1] == 10):
            breaks = 0 if at == 0 else 2 if body[at - 2 : at] == b"\r\n" else 1
            yield at - breaks, rest.end(), rest[1] is not None
        at = body.find(mark, at + len(mark))


# Parameters

_TYPE = re.compile(r"\s*([a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+)", re.IGNORECASE)
_PARAMETER = re.compile(r';\s*(charset|boundary|format|delsp|smime-type)\s*=\s*(?:"([^"]*)"?|([^\s;]+))', re.IGNORECASE)


def media_type(value: str) -> str:
    """`text/html` of `Text/HTML; charset=x`."""
    return _usual_type(value) if len(value) < _SHORT else _type(value)


def _type(value: str) -> str:
    match = _TYPE.match(value)
    return match[1].lower() if match else "text/plain"


def parameter(value: str, name: str) -> str | None:
    """A plain parameter of Content-Type: charset, boundary, format, delsp, smime-type."""
    if "=" not in value:
        return None
    return _usual_parameter(value, name) if len(value) < _SHORT else _parameter(value, name)


def _parameter(value: str, name: str) -> str | None:
    for key, quoted, bare in _PARAMETER.findall(value):
        if key.lower() == name:
            return str(quoted or bare)
    return _parameter_2231(value, name) or None


_SHORT = 60  # characters of a Content-Type that is worth remembering: longer ones hold a boundary or a name
_usual_type = lru_cache(maxsize=512)(_type)
_usual_parameter = lru_cache(maxsize=512)(_parameter)


def _parameter_2231(value: str, name: str) -> str:
    """A parameter that may be split and encoded; the stdlib knows RFC 2231 with all its continuations."""
    return next(_all_of(value, name), "")


def _all_of(value: str, name: str) -> Iterator[str]:
    """The parameter in every form it has: plain, split, encoded."""
    from email.message import Message  # noqa: PLC0415 - few mails need it, and every worker would load it

    message = Message()
    message["content-type"] = value
    try:
        parameters = message.get_params([], unquote=True)
    except (ValueError, LookupError, TypeError):
        return
    for key, found in parameters:
        if key.lower() == name and (text := _decoded(found)):
            yield text


def _decoded(found: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(found, tuple):
        data = found[2].encode("latin-1", "replace") if found[0] else found[2].encode("utf-8", "surrogateescape")
        return charset.decode(data, found[0])
    return _printable(encoded.words(found))


def _printable(name: str) -> str:
    return name.strip()
