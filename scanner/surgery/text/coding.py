"""Bytes and the text that a scan reads in them, and the way from a place in the text to its bytes: exact or refused."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Sequence

from scanner.formats import charset
from scanner.formats.charset_guess import guess
from scanner.surgery.base import CannotEdit

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SHIFTING = ("utf-7", "utf_7", "iso2022", "iso-2022", "hz")  # a byte's meaning hangs on those before it
_UNSURE = "its character encoding is not surely known"
_LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"

Span = tuple[int, int]


class Coding:
    """`text` is what the bytes say in `codec`, after `skip` bytes of byte order mark."""

    __slots__ = ("codec", "data", "skip", "text")

    def __init__(self, data: bytes, text: str | None = None, declared: str | None = None) -> None:
        """`text` is what the format's reader made of the bytes (default: as of plain text), with a charset `declared`.

        Raises CannotEdit where no codec gives that text and these bytes.
        """
        self.data = data
        self.text = charset.decode(data) if text is None else text
        named, self.skip = charset.encoding(data[:4096], declared)
        if not self.skip:
            self.skip = next((len(mark) for mark in _MARKS if named.startswith("utf") and data.startswith(mark)), 0)
        self.codec = self._codec((named, "utf-8", guess(data), "cp1252", "iso8859-1"))

    def _codec(self, names: Iterable[str]) -> str:
        """The codec that gives the reader's text and these very bytes back."""
        body = self.data[self.skip :]
        for name in dict.fromkeys(names):
            try:
                if body.decode(name) == self.text and self.text.encode(name) == body:
                    if name.startswith(_SHIFTING):
                        break
                    return name
            except (UnicodeError, LookupError):
                continue
        raise CannotEdit(_UNSURE)

    def encode(self, text: str) -> bytes:
        """The bytes of a text in this codec. Raises CannotEdit where it has no such letters."""
        try:
            return text.encode(self.codec)
        except UnicodeError:
            raise CannotEdit("its character encoding has no room for the mark") from None

    def bytes_of(self, spans: Sequence[Span]) -> list[Span]:
        """Where these ordered spans of the text lie in the bytes. Takes time by the length of the text."""
        found: list[Span] = []
        place, at = 0, self.skip
        for start, end in spans:
            at += len(self.text[place:start].encode(self.codec))
            size = len(self.text[start:end].encode(self.codec))
            found.append((at, at + size))
            place, at = end, at + size
        return found

    def replaced(self, changes: Sequence[tuple[int, int, str]]) -> bytes:
        """The bytes with each of these ordered spans of the text replaced; all other bytes as they are."""
        pieces: list[bytes] = []
        place = 0
        spans = self.bytes_of([(start, end) for start, end, _ in changes])
        for (start, end), (_, _, new) in zip(spans, changes, strict=True):
            pieces += [self.data[place:start], self.encode(new)]
            place = end
        return b"".join([*pieces, self.data[place:]])


def in_lines(text: str, spans: Iterable[Span]) -> list[Span]:
    """The spans cut at line ends, so that no line is lost; quotation marks of mails at a line's begin stay."""
    found: list[Span] = []
    for start, end in spans:
        place = start
        for at in range(start, end + 1):
            if at == end or text[at] in _LINE_ENDS:
                piece = text[place:at]
                left = place + len(piece) - len(piece.lstrip(" \t>|"))
                right = place + len(piece.rstrip())
                if left < right:
                    found.append((left, right))
                place = at + 1
    return found
