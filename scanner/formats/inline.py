"""Files that stand inside a value: `data:` links, base64 and raw bytes in JSON, XML, property lists and databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

from scanner.blob import Blob
from scanner.formats.base import Nested
from scanner.formats.mail import encoded
from scanner.records import Steps

# Bounded and never going back, so that no text of half links makes it slow.
_DATA = re.compile(
    r"data:([\w.+-]{1,100}/[\w.+-]{1,100}+)?((?:;[\w.+-]{1,80}=[^;,\s\"']{0,300}+){0,8})(;base64)?,"
    r"([A-Za-z0-9+/=%_\s.~-]{40,}+)"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]{200,}={0,2}\s*")
_ENDINGS = {"jpeg": "jpg", "svg+xml": "svg", "plain": "txt", "x-icon": "ico"}
_MAGIC = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b\x08", "gz"),
    (b"{\\rtf", "rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"SQLite format 3\0", "sqlite"),
    (b"bplist0", "plist"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x78\x9f\x3e\x22", "dat"),
)
_PICTURES = frozenset({"jpg", "png", "gif", "tif", "webp", "bmp"})


_RUN = re.compile(
    rb"(?:[\x20-\x7e\t]|[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}){4,}"
    rb"|(?:[\x20-\xff]\0){4,}"
)


def strings(data: bytes) -> Iterator[str]:
    """The runs of legible text (UTF-8 and UTF-16) of at least four characters in bytes of no known format."""
    for match in _RUN.finditer(data):
        run = match[0]
        yield run.decode("utf-16-le" if run[1:2] == b"\0" else "utf-8", "replace")


class Inline:
    """The files found in the values of one blob, each with a step of its own (`part image1.png`)."""

    def __init__(self, limit: int) -> None:
        """`limit` (bytes) is what one of them may hold in memory."""
        self._limit = limit
        self._number = 0
        self.found: list[Nested] = []

    def taken(self, text: str, steps: Steps = ()) -> str:
        """The text without the files in it; a file that was taken out leaves nothing behind but is in `found`."""
        if len(text) < 64:
            return text
        if "data:" in text:
            return _DATA.sub(self._linked(steps), text)
        if len(text) >= 200 and _BASE64.fullmatch(text) and self.add(encoded.base64(text.encode("ascii"))[0], steps):
            return ""
        return text

    def add(self, data: bytes, steps: Steps = (), media: str | None = None, stem: str = "") -> bool:
        """Note the bytes as a file, if they begin as one that is known (or somebody said what they are).

        `stem` is its name without the ending, which must be given to one file a step only.
        """
        ending = next((ending for magic, ending in _MAGIC if data.startswith(magic)), "")
        if not ending and data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            ending = "webp"
        if not ending and media:
            last = media.partition("/")[2].lower()
            ending = _ENDINGS.get(last, last)[:8]
        if not ending:
            return False
        self._number += 1
        kind = "image" if ending in _PICTURES else "part"
        name = f"{stem or ('image' if kind == 'image' else 'file') + str(self._number)}.{ending}"
        self.found.append(Nested((*steps, f"part {name}"), Blob(data, name, media_type=media, limit=self._limit), kind))
        return True

    def drained(self) -> list[Nested]:
        """What was found since the last time."""
        found, self.found = self.found, []
        return found

    def _linked(self, steps: Steps) -> Callable[[re.Match[str]], str]:
        def take(match: re.Match[str]) -> str:
            media, _, base64, value = match.groups()
            data = unquote_to_bytes(value)
            if base64:
                data = encoded.base64(data)[0]
            return " " if self.add(data, steps, media or "text/plain") else match[0]

        return take
