"""What stands in a PDF's objects and is on no page: PDFium gives text of pages, but not all of what objects say.

Looks at the bytes between streams and at object streams (ISO 32000-1, 7.3.4 and 7.5.7). Everything is linear in the
bytes, and unpacks no more than its budget. Strings of an encrypted file are not to be read so.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from html import unescape
from typing import Final

_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")
_INNER: Final = rb"[^()\\]++|\\."
_STRING: Final = re.compile(
    rb"\(((?:" + _INNER + rb"|\((?:" + _INNER + rb"|\((?:" + _INNER + rb")*\))*\))*)\)|<([0-9A-Fa-f\s]{4,}+)>",
    re.DOTALL,
)
_KEY: Final = re.compile(rb"/([A-Za-z]+)\s*\[?\s*$")
_REFERENCE: Final = re.compile(rb"\s*\d+\s+\d+\s+R")
_BREAK: Final = re.compile(r"<(?:/p|/div|/li|br)\b[^<>]*>")
_TAG: Final = re.compile(r"<[^<>]*>")
_MARKS: Final = (b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf")
_PACKED: Final = 400  # letters without a space
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|[\s\S]))")
_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"", b"f": b"\n", b"\n": b"", b"\r": b"", b"\r\n": b""}
_BINARY: Final = re.compile(r"[\0-\x08\x0e-\x1f\x7f-\x9f\ufffd\ufffe\uffff]")
_DULL_TEXT: Final = re.compile(r"D:\d{4}|/\S+ -?[\d.]+ Tf|[\d.\s-]*\bTf\b|\W*\w?\W*$")
# Dates, fonts, scripts, keys of trees, programs and identities of files, and the bytes of signatures.
_DULL_KEYS: Final = frozenset(
    {
        b"DA", b"Registry", b"Ordering", b"CreationDate", b"ModDate", b"M", b"Lang", b"ID", b"CharSet", b"Producer",
        b"JS", b"D", b"Cert", b"CheckSum", b"O", b"U", b"OE", b"UE", b"Perms", b"P", b"Fallback", b"DW",
        b"FontFamily", b"Panose", b"Style", b"OutputConditionIdentifier", b"RegistryName", b"OutputCondition",
        b"Limits", b"SubFilter", b"Dest", b"S", b"OCProperties",
    }
)  # fmt: skip
_DOC_ENCODING: Final = dict(zip(range(0x80, 0xA1), "•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\ufffd€", strict=True)) | dict(
    zip(range(0x18, 0x20), "˘ˇˆ˙˝˛˚˜", strict=True)
)  # ISO 32000-1, D.2, where it differs from Latin-1


class Objects:
    """One walk over the bytes of a file."""

    def __init__(self, data: bytes, budget: int, *, encrypted: bool) -> None:
        """`budget`: bytes that streams may unpack to."""
        self._data = data
        self._budget = budget
        self._encrypted = encrypted
        self.whole = True  # nothing was left out for its size
        self.metadata: list[bytes] = []  # packed XMP, unpacked; filled by `strings`

    def strings(self) -> Iterator[str]:
        """The texts of strings, those that say nothing to anybody left out. Not each once."""
        if self._encrypted:
            return
        for plain in self._dictionaries():
            for match in _STRING.finditer(plain):
                if _REFERENCE.match(plain, match.end()):  # the key of a tree
                    continue
                literal, digits = match.groups()
                raw = unescaped(literal) if literal is not None else _unhexed(digits)
                text = decoded(raw)
                if text and _reads(text, raw) and not _is_dull(plain, match):
                    yield rich(text)

    def _dictionaries(self) -> Iterator[bytes]:
        """What stands between streams, and in streams of objects."""
        data, place = self._data, 0
        while match := _STREAM.search(data, place):
            before = data[place : match.start()]
            yield before
            end = data.find(b"endstream", match.end())
            if end < 0:
                return
            own = before[before.rfind(b" obj") :]
            if b"/ObjStm" in own:
                yield self._unpacked(own, match.end(), end)
            elif b"/Metadata" in own and b"/XML" in own and b"/Filter" in own:
                self.metadata.append(self._unpacked(own, match.end(), end))
            place = end + 9
        yield data[place:]

    def _unpacked(self, own: bytes, start: int, end: int) -> bytes:
        body = self._data[start:end]
        if b"/FlateDecode" not in own and b"/Fl" not in own:
            self.whole = self.whole and b"/Filter" not in own
            return body if b"/Filter" not in own else b""
        try:
            worker = zlib.decompressobj()
            plain = worker.decompress(body, self._budget + 1)
        except zlib.error:
            self.whole = False
            return b""
        if len(plain) > self._budget:
            self.whole = False
            return b""
        self._budget -= len(plain)
        return plain


def rich(text: str) -> str:
    """The text of a rich text string, which is XHTML (12.7.3.4); any other text as it is."""
    if not text.startswith(("<?xml", "<body")):
        return text
    return unescape(_TAG.sub("", _BREAK.sub("\n", text))).strip()


def unescaped(literal: bytes) -> bytes:
    """The bytes of a literal string (ISO 32000-1, 7.3.4.2)."""
    return _ESCAPE.sub(_escaped, literal) if b"\\" in literal else literal


def decoded(data: bytes) -> str:
    """A text string: UTF-16 or UTF-8 by its mark, else PDFDocEncoding (7.9.2.2)."""
    if data.startswith(b"\xfe\xff"):
        return data[2:].decode("utf-16-be", "replace").strip()
    if data.startswith(b"\xff\xfe"):
        return data[2:].decode("utf-16-le", "replace").strip()
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace").strip()
    return data.decode("latin-1").translate(_DOC_ENCODING).strip()


def _is_dull(plain: bytes, match: re.Match[bytes]) -> bool:
    """Whether the string is the value of a dull key."""
    key = _KEY.search(plain[max(0, match.start() - 40) : match.start()])
    return key is not None and key[1] in _DULL_KEYS


def _reads(text: str, raw: bytes) -> bool:
    """Whether a string is text: hashes and bytes as such have few plain letters, packed data no spaces."""
    if _BINARY.search(text) or _DULL_TEXT.match(text) or (len(text) > _PACKED and " " not in text):
        return False
    return text.isascii() or raw.startswith(_MARKS) or sum(letter > "\x7f" for letter in text) * 3 <= len(text)


def _escaped(match: re.Match[bytes]) -> bytes:
    octal, other = match.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    return _ESCAPES.get(other, other)


def _unhexed(digits: bytes) -> bytes:
    packed = b"".join(digits.split())
    return bytes.fromhex((packed + b"0" * (len(packed) & 1)).decode("ascii"))
