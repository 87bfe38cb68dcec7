"""Files that a page holds in `data:` links (RFC 2397): pictures, pages, documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from scanner.blob import Blob
from scanner.formats.base import Nested
from scanner.formats.mail import encoded

_LINK = re.compile(
    r"""["]\s*data:([^",]{0,200}),([^"]*)|'\s*data:([^',]{0,200}),([^']*)|\(\s*data:([^),]{0,200}),([^)]*)|=data:([^\s>,]{0,200}),([^\s>]*)"""
    r"""|\(\s*&(?:quot|#34|#39);data:([^&,]{0,200}),([^&]*)""",
    re.IGNORECASE,
)
_ENDINGS = {"jpeg": "jpg", "svg+xml": "svg", "plain": "txt", "x-icon": "ico", "vnd.microsoft.icon": "ico"}
_LAST = re.compile(r"[a-z0-9]{1,8}")
_CODE = ("font/", "text/css", "text/javascript")  # nobody's: how a page looks, and what it does
_CODES = re.compile(r"font|opentype|truetype|javascript|ecmascript|octet-stream;.*font")


def files(markup: str) -> Iterator[tuple[str, str, bytes]]:
    """Ending, media type and bytes of each file in the markup, in order."""
    if "data:" not in markup and "DATA:" not in markup:
        return
    for match in _LINK.finditer(markup):
        last = match.lastindex or 2
        kind, value = match[last - 1].lower().replace(" ", ""), match[last]
        media = kind.partition(";")[0] or "text/plain"
        if media.startswith(_CODE) or _CODES.search(media) or not value:
            continue
        data = unquote_to_bytes(value)
        if kind.endswith(";base64"):
            data = encoded.base64(data)[0]
        if data:
            yield _ending(media), media, data


def images(markup: str) -> Iterator[tuple[str, bytes]]:
    """Name (`image1.png`) and bytes of each picture in the markup."""
    pictures = ((ending, data) for ending, media, data in files(markup) if media.startswith("image/"))
    for number, (ending, data) in enumerate(pictures, 1):
        yield f"image{number}.{ending}", data


def nested(markup: str, limit: int, first: int = 1) -> Iterator[Nested]:
    """Each file as `part imageN.png` or `part fileN.pdf`, from number `first` on; `limit` as of Blob."""
    for number, (ending, media, data) in enumerate(files(markup), first):
        kind = "image" if media.startswith("image/") else "part"
        name = f"{'image' if kind == 'image' else 'file'}{number}.{ending}"
        yield Nested((f"part {name}",), Blob(data, name, media_type=media, limit=limit), kind)


def _ending(media: str) -> str:
    last = media.partition("/")[2]
    last = _ENDINGS.get(last, last)
    return last if _LAST.fullmatch(last) else "bin"
