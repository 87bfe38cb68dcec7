"""Pictures: what they say of themselves (EXIF, IPTC, XMP, comments); their text only by OCR."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested, Picture, legible
from scanner.formats.images import image_tiff as tiff
from scanner.formats.images.image_meta import Meta
from scanner.formats.images.image_parts import parts
from scanner.formats.images.image_xmp import packets
from scanner.formats.office.ooxml import PROPERTIES
from scanner.limits import Limits
from scanner.ocr import LARGEST
from scanner.records import ReadError, Steps, Unread

if TYPE_CHECKING:
    from PIL.Image import Image

_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_HEIF_EXIF: Final = re.compile(rb"Exif\0\0(?=II\*\0|MM\0\*)")
_AVIF: Final = (b"avif", b"avis")
_CUT: Final = "the picture is cut short"


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    data = blob.data()
    if data.startswith(_TIFF):
        yield from _tiff(data, limits)
    elif data[4:8] == b"ftyp":
        yield from _heif(data)
    else:
        yield from _single(data, limits)


def _single(data: bytes, limits: Limits) -> Iterator[Found]:
    found = parts(data)
    yield from _told(found.meta)
    if not found.whole:
        yield Unread((), GapReason.UNREADABLE, _CUT)
    elif not found.width or not found.height:
        yield Unread((), GapReason.UNREADABLE, "no size")
    else:
        yield from _picture((), found.width, found.height, lambda: _opened(data))
    after = data[found.end :] if found.end is not None and found.whole else b""
    if after.strip(b"\0\xff \r\n\t"):
        yield Nested(("part after the picture",), Blob(after, "", limit=limits.blob), "part")


def _tiff(data: bytes, limits: Limits) -> Iterator[Found]:
    meta = Meta()
    file = tiff.Tiff(data)
    pages = []
    for page in islice(file.pages(), limits.members):
        meta.page(page)
        if page.place is not None and not page.copy:
            pages.append((page.place, page.number(tiff.WIDTH), page.number(tiff.HEIGHT), file.whole(page)))
    meta.broken = meta.broken or (file.broken and bool(pages))
    yield from _told(meta)
    if not pages:
        yield Unread((), GapReason.UNREADABLE, _CUT)
    reader = _Frames(data)
    for number, (place, width, height, whole) in enumerate(pages, 1):
        steps: Steps = (f"page {number}",) if len(pages) > 1 else ()
        if not whole or not width or not height:
            yield Unread(steps, GapReason.UNREADABLE, _CUT)
        else:
            yield from _picture(steps, width, height, lambda at=place: reader.frame(at))  # type: ignore[misc]


def _heif(data: bytes) -> Iterator[Found]:
    """HEIC and AVIF keep EXIF and XMP somewhere among their boxes; Pillow decodes only AVIF."""
    meta = Meta()
    for match in islice(_HEIF_EXIF.finditer(data), 8):
        meta.exif(data[match.end() :])
    for packet in packets(data):
        meta.xmp(packet)
    yield from _told(meta)
    if any(brand in data[8:64] for brand in _AVIF):
        yield Picture((), lambda: _opened(data))
    else:
        yield Unread((), GapReason.UNKNOWN_FORMAT, "heic: its pixels are not read; keep a JPEG copy, or look yourself")


def _told(meta: Meta) -> Iterator[Found]:
    record = meta.record()
    if record is not None:
        yield record
    if meta.broken:
        yield Unread(PROPERTIES, GapReason.UNREADABLE, "what the picture says of itself")


def _picture(steps: Steps, width: int, height: int, image: Callable[[], Image]) -> Iterator[Found]:
    if width * height > LARGEST:
        yield Unread(steps, GapReason.TOO_LARGE, f"{width} x {height} pixels, limit {LARGEST}")
    elif legible(width, height):
        yield Picture(steps, image, "page" if steps else "image")


class _Frames:
    """The pages of one file, opened once and only when they are asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._image: Image | None = None

    def frame(self, number: int) -> Image:
        """A page by its number from 0. Raises ReadError."""
        if self._image is None:
            self._image = _opened(self._data)
        try:
            self._image.seek(number)
        except (EOFError, OSError, ValueError, SyntaxError):
            raise ReadError(GapReason.UNREADABLE, "damaged picture") from None
        return self._image


def _opened(data: bytes) -> Image:
    """Pillow's image, its pixels still packed. Raises ReadError."""
    from PIL import Image as Pillow  # noqa: PLC0415 - slow to load, and needed for OCR alone

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Pillow.open(io.BytesIO(data))
    except Pillow.DecompressionBombError:
        raise ReadError(GapReason.TOO_LARGE, "more pixels than Pillow decodes") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise ReadError(GapReason.UNREADABLE, "damaged picture") from None


FORMAT = Format(
    "image",
    1,
    "own, Pillow for OCR",
    _extract,
    records="the whole, `part properties`, `page N` of a TIFF with several, `part after the picture`",
    entities="authors (EXIF, IPTC, XMP, PNG), persons tagged in the picture",
    limits="text of frames after the first, thumbnails, positions and makers' notes",
)
