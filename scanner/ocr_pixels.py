"""A picture of any kind as grey pixels that Tesseract reads well: black on white, neither tiny nor huge."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from connectors.base import GapReason
from scanner.ocr import LARGEST
from scanner.records import ReadError

_MOST: Final = 40_000_000  # pixels that are read; A3 at 400 dpi is 31 million
_SMALL: Final = 2_600_000  # below this many, text may be as small as on a screen (96 dpi) and is doubled
_BAND: Final = 12_000  # pixels; Tesseract takes no side above 32767
_OVERLAP: Final = 160  # pixels, so that no line of text is cut in every band
_EDGE: Final = 16  # pixels around, since letters at the very edge are missed
_SEEN: Final = 400_000  # pixels that are enough to see the slope of lines
_STEEPEST: Final = 9  # degrees that a page may lie askew
_DEEP: Final = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})


def prepared(image: Image.Image) -> Image.Image:
    """The picture in mode L, enlarged or reduced. Raises ReadError: TOO_LARGE, UNREADABLE for damaged pixels."""
    if image.width * image.height > LARGEST:
        raise ReadError(GapReason.TOO_LARGE, f"{image.width} x {image.height} pixels, limit {LARGEST}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _sized(_grey(_decoded(image)))
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, UnidentifiedImageError):
        raise ReadError(GapReason.UNREADABLE, "damaged picture") from None


def smaller(image: Image.Image, pixels: int) -> Image.Image:
    """The picture reduced, sides alike, to at most about so many pixels."""
    there = image.width * image.height
    if there <= pixels:
        return image
    share = (pixels / there) ** 0.5
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    return image.resize(size, Image.Resampling.BOX)


def bands(image: Image.Image) -> Iterator[Image.Image]:
    """The picture in pieces of which no side is too long, a little of each in the next too."""
    for top in range(0, max(1, image.height - _OVERLAP), _BAND - _OVERLAP):
        for left in range(0, max(1, image.width - _OVERLAP), _BAND - _OVERLAP):
            box = (left, top, min(image.width, left + _BAND), min(image.height, top + _BAND))
            yield image if box == (0, 0, *image.size) else image.crop(box)


def straight(image: Image.Image) -> Image.Image:
    """The picture (mode L) turned by the few degrees that its lines lie askew: Tesseract reads past two badly.

    Where lines lie straight, rows of pixels differ most from the next ones.
    """
    small = smaller(image, _SEEN)
    flat = _stripes(small, 0)
    coarse = max(range(-_STEEPEST, _STEEPEST + 1), key=lambda angle: _stripes(small, angle))
    best = max((coarse + step / 4 for step in range(-3, 4)), key=lambda angle: _stripes(small, angle))
    if abs(best) < 0.5 or _stripes(small, best) < flat * 1.3:
        return image
    return image.rotate(best, Image.Resampling.BICUBIC, expand=True, fillcolor=_ground(image))


def _stripes(image: Image.Image, angle: float) -> int:
    """How much rows of pixels differ from the next ones when the picture is turned so."""
    turned = image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_ground(image)) if angle else image
    rows = turned.resize((1, turned.height), Image.Resampling.BOX).tobytes()
    return sum((one - other) ** 2 for one, other in pairwise(rows))


def _ground(image: Image.Image) -> int:
    """The grey of the upper left corner."""
    value = image.getpixel((0, 0))
    assert isinstance(value, (int, float))
    return int(value)


def _decoded(image: Image.Image) -> Image.Image:
    """With its pixels there, and turned as its camera said. A JPEG far too large is decoded smaller at once."""
    if image.width * image.height > _MOST:
        share = (_MOST / (image.width * image.height)) ** 0.5
        image.draft("L", (int(image.width * share), int(image.height * share)))
    image.load()
    if image.width * image.height > _MOST and image.mode not in ("P", "PA", "1", *_DEEP):
        image = smaller(image, _MOST)
    return ImageOps.exif_transpose(image)


def _grey(image: Image.Image) -> Image.Image:
    if image.mode in _DEEP:
        return _stretched(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return _flat(image.convert("RGBA"))
    if image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    return image.convert("L")


def _stretched(image: Image.Image) -> Image.Image:
    """Deep grey: its darkest to its lightest value, as eight bits."""
    if image.mode != "F":
        image = image.convert("I")
    extrema = image.getextrema()
    low, high = (float(one) for one in extrema if isinstance(one, (int, float)))
    scale = 255 / (high - low) if high > low else 0
    return image.convert("F").point(lambda value: value * scale - low * scale).convert("L")


def _flat(image: Image.Image) -> Image.Image:
    """Over white, as paper is; over black where nothing would be left to see."""
    for ground in ("white", "black"):
        under = Image.new("RGBA", image.size, ground)
        flat = Image.alpha_composite(under, image).convert("L")
        low, high = (int(one) for one in flat.getextrema() if isinstance(one, (int, float)))
        if high - low > 16:
            break
    return flat


def _sized(image: Image.Image) -> Image.Image:
    image = smaller(image, _MOST)
    if image.width * image.height < _SMALL:
        image = image.resize((image.width * 2, image.height * 2), Image.Resampling.LANCZOS)
    return ImageOps.expand(image, _EDGE, _ground(image))
