"""Which PDF pages say something only to the eye, and what OCR should look at."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from pypdfium2 import raw

from scanner.formats.base import legible

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[float, float, float, float]  # left, bottom, right, top, in points

_DEEP: Final = 4  # forms in forms that are looked into
_MOST: Final = 100_000  # objects of a page that are looked at; what more there is may be a picture
_SHARE: Final = 0.04  # of the page; a logo takes 2 or 3 hundredths
_WIDE: Final = (200, 60)  # pixels of a line of text in a picture
_OUTLINES: Final = 40  # path segments; a letter drawn as a path has ten to thirty
_MANY_OUTLINES: Final = 300
_FEW: Final = 40  # letters; a page number, a date and a file name
_SAMPLE: Final = 40  # characters asked for whether the font tells what they are
_STRANGE: Final = re.compile("[\ufffd\ue000-\uf8ff\x01-\x08\x0e-\x1f]")
_PLAIN: Final = re.compile(r"\S")
_INVISIBLE: Final = 3  # text render mode: what OCR lays over a scan
_IN_FORM: Final = (raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject)
_DPI: Final = 300.0
_LEAST_DPI: Final = 200.0
_MARGIN: Final = 4.0  # points that are shown around a picture
_PIXELS: Final = 40_000_000


@dataclass(slots=True)
class Look:
    """What was seen on a page beside text."""

    objects: int = 0
    segments: int = 0
    images: list[tuple[Box | None, int, int, Any]] = field(default_factory=list)  # where, pixels, PDFium's handle
    cut_short: bool = False  # there is more on the page than was looked at
    hidden_text: bool = False  # the first text there is has no ink: a scan with a layer of text


def look(page: Any, outlines: bool) -> Look:  # noqa: ANN401 - pypdfium2 has no types
    """Counts the objects of a page; those of paths only if `outlines`."""
    found = Look()
    texts = 0
    stack = [(page.raw, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, 0)]
    kind_of, text_kind, path_kind = raw.FPDFPageObj_GetType, raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_PATH
    while stack:
        holder, count, get, depth = stack.pop()
        for number in range(count(holder)):
            if found.objects >= _MOST:
                found.cut_short = True
                return found
            found.objects += 1
            one = get(holder, number)
            kind = kind_of(one)
            if kind == text_kind:
                if not texts:
                    found.hidden_text = raw.FPDFTextObj_GetTextRenderMode(one) == _INVISIBLE
                texts += 1
            elif kind == path_kind:
                if outlines:
                    found.segments += max(0, raw.FPDFPath_CountSegments(one))
            elif kind == raw.FPDF_PAGEOBJ_IMAGE:
                _image(one, found, depth)
            elif kind == raw.FPDF_PAGEOBJ_FORM:
                found.cut_short = found.cut_short or depth >= _DEEP
                stack += [(one, *_IN_FORM, depth + 1)] * (depth < _DEEP)
    return found


def garbled(text: str, words: Any) -> bool:  # noqa: ANN401
    """Whether the page's text is not what the eye sees: its fonts do not say which letters they draw."""
    strange = len(_STRANGE.findall(text))
    if strange and strange * 4 > len(_PLAIN.findall(text)):
        return True
    count = min(_SAMPLE, raw.FPDFText_CountChars(words))
    wrong = sum(raw.FPDFText_HasUnicodeMapError(words, number) == 1 for number in range(count))
    return bool(wrong * 2 > count)


def few_letters(text: str) -> bool:
    """Whether it may be no more than a page's number and date."""
    return len(text) < 4 * _FEW and sum(map(str.isalnum, text)) < _FEW


class Pictures:
    """Decides for the pages of one document; a picture that comes again (a logo) is looked at once."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()

    def wanted(self, page: Any, found: Look, text: str) -> Box | None:  # noqa: ANN401
        """The part of the page that OCR should see, or None. For a page with text; see `bare` for others."""
        width, height = page.get_size()
        if found.cut_short or (few_letters(text) and found.segments >= _MANY_OUTLINES):
            return (0.0, 0.0, width, height)
        if found.hidden_text and not few_letters(text):
            return None
        boxes = [box for box, wide, high, one in found.images if self._counts(box, wide, high, one, width * height)]
        if not boxes:
            return None
        placed = [box for box in boxes if box is not None]
        if len(placed) < len(boxes):
            return (0.0, 0.0, width, height)
        left, bottom, right, top = zip(*placed, strict=True)
        return (min(left), min(bottom), max(right), max(top))

    def bare(self, found: Look) -> bool:
        """Whether a page without any text may show some: a picture, or letters drawn as outlines."""
        return bool(found.images) or found.segments >= _OUTLINES

    def _counts(self, box: Box | None, wide: int, high: int, one: Any, page: float) -> bool:  # noqa: ANN401
        area = (box[2] - box[0]) * (box[3] - box[1]) if box else 0.0
        large = area >= _SHARE * page or (max(wide, high) >= _WIDE[0] and min(wide, high) >= _WIDE[1])
        if not legible(wide, high) or not large:
            return False
        mark = _mark(one)
        if mark in self._seen:
            return False
        self._seen.add(mark)
        return True


def rendered(page: Any, found: Look, box: Box | None = None) -> Callable[[], Image]:  # noqa: ANN401
    """Draws the page, or a part of it, in grey and as fine as its pictures are (200 to 300 dots an inch)."""
    width, height = page.get_size()
    fine = [
        wide * 72 / (place[2] - place[0]) for place, wide, _, _ in found.images if place and place[2] - place[0] > 1
    ]
    scale = min(_DPI, max(_LEAST_DPI, *fine)) / 72 if fine else _DPI / 72
    crop = (0.0, 0.0, 0.0, 0.0)
    if box is not None and not raw.FPDFPage_GetRotation(page):
        shown = page.get_bbox()
        edges = (box[0] - shown[0], box[1] - shown[1], shown[2] - box[2], shown[3] - box[3])
        left, bottom, right, top = (max(0.0, edge - _MARGIN) for edge in edges)
        crop = (left, bottom, right, top)
    area = (width - crop[0] - crop[2]) * (height - crop[1] - crop[3])
    if area <= 1:  # outside of what the page shows
        crop, area = (0.0, 0.0, 0.0, 0.0), max(1.0, width * height)
    scale = min(scale, (_PIXELS / area) ** 0.5)

    def image() -> Image:
        drawn: Image = page.render(scale=scale, crop=crop, grayscale=True).to_pil()
        return drawn

    return image


def _image(one: Any, found: Look, depth: int) -> None:  # noqa: ANN401
    """Notes a picture; inside a form its place is the form's own, and so unknown."""
    places = [ctypes.c_float() for _ in range(4)]
    wide, high = ctypes.c_uint(), ctypes.c_uint()
    if not raw.FPDFPageObj_GetBounds(one, *places):
        return
    raw.FPDFImageObj_GetImagePixelSize(one, wide, high)
    left, bottom, right, top = (place.value for place in places)
    found.images.append((None if depth else (left, bottom, right, top), wide.value, high.value, one))


def _mark(one: Any) -> bytes:  # noqa: ANN401
    """What tells a picture from another: its packed bytes."""
    size = raw.FPDFImageObj_GetImageDataRaw(one, None, 0)
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFImageObj_GetImageDataRaw(one, buffer, size)
    return blake2b(buffer.raw, digest_size=12).digest()
