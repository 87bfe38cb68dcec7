"""Tesseract over one picture: which way up it lies, then its words with their confidence."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from connectors.base import GapReason
from scanner.ocr_pixels import bands, prepared, smaller, straight
from scanner.records import ReadError

if TYPE_CHECKING:
    from PIL.Image import Image

# Measured: upright text has a mean confidence of 80 to 95 of 100, the same text upside down 30 to 50.
_GOOD: Final = 75
_FAIR: Final = 60
_SURE: Final = 5.0  # of the orientation; three lines of text reach 2, a page 14
_ORIENTED: Final = 2_000_000  # pixels that are enough to see which way up a page lies
_WORD: Final = 35  # of one word that makes a line believed, ...
_DIM: Final = 10  # ... and of one of letters alone; a line with an address or a number is kept whatever its confidence
_TELLING: Final = re.compile(r"@|(?:\d\D{0,2}){4}")
_DPI: Final = 300
_PARTED: Final = re.compile(r"(?<!\d)\d(?: ?\d){5}(?: ?\d ?\d)? ?[-+] ?\d(?: ?\d){3}(?!\d)|[^\s@]+ ?@ ?[^\s@]+")


class _Read(NamedTuple):
    text: str
    mean: float  # confidence, weighed by letters
    weight: float  # confidence times letters, summed


def read(image: Image, folder: str, languages: tuple[str, ...], seconds: float) -> str:
    """The text of a picture, lines parted by line breaks. `folder` holds the languages' data.

    Raises ReadError: TOO_LARGE, UNREADABLE for damaged pixels, TIMED_OUT after `seconds`.
    """
    end = monotonic() + seconds
    engine = _engine(folder, languages)
    pixels = prepared(image)
    turn, sure = _orientation(pixels, folder)
    texts = [_upright(engine, band, turn, sure, end) for band in bands(pixels)]
    return "\n".join(text for text in texts if text)


def unloaded(folder: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages whose data Tesseract does not load: where it loads one of several, it says nothing."""
    try:
        engine = _started(folder, languages)
    except RuntimeError:  # none of them
        return languages
    loaded = engine.GetLoadedLanguages()
    engine.End()
    return tuple(one for one in languages if one not in loaded)


def _upright(engine: Any, pixels: Image, turn: int, sure: bool, end: float) -> str:  # noqa: ANN401
    """Tries the likely turn first, and the others unless that gave good text."""
    best = _Read("", 0, 0)
    for number, degrees in enumerate((turn, *(other for other in (0, 180, 90, 270) if other != turn))):
        turned = pixels.rotate(degrees, expand=True) if degrees else pixels
        found = _recognised(engine, straight(turned), end)
        if found.weight > best.weight:
            best = found
        if found.mean >= (_FAIR if sure and not number else _GOOD):
            break
    return best.text


def _recognised(engine: Any, pixels: Image, end: float) -> _Read:  # noqa: ANN401
    engine.SetImageBytes(pixels.tobytes(), pixels.width, pixels.height, 1, pixels.width)
    engine.SetSourceResolution(_DPI)
    try:
        left = int((end - monotonic()) * 1000)
        if left <= 0 or not engine.Recognize(left) or monotonic() > end:
            raise ReadError(GapReason.TIMED_OUT, "reading a picture")
        lines = list(_lines(engine))
    finally:
        engine.Clear()
    letters = sum(len(word) for line in lines for word, _ in line)
    weight = sum(len(word) * confidence for line in lines for word, confidence in line)
    kept = [" ".join(word for word, _ in line) for line in lines if not is_noise(line)]
    kept += [other for line in kept for other in _closed(line)]
    return _Read("\n".join(kept), weight / letters if letters else 0, weight)


def is_noise(line: list[tuple[str, float]]) -> bool:
    """Whether what was taken for a line of text (words with their confidence) is dirt or a drawing."""
    if any(sure >= _WORD or (sure >= _DIM and len(word) > 2 and word.isalpha()) for word, sure in line):
        return False
    return _TELLING.search(" ".join(word for word, _ in line)) is None


def _closed(line: str) -> Iterator[str]:
    """Personal numbers and addresses with the spaces taken out that are seen where letters stand wide."""
    for match in _PARTED.finditer(line):
        joined = match[0].replace(" ", "")
        if joined != match[0]:
            yield joined


def _lines(engine: Any) -> Iterator[list[tuple[str, float]]]:  # noqa: ANN401
    """The words of each line with their confidence (0 to 100)."""
    from tesserocr import RIL, iterate_level  # noqa: PLC0415 - optional

    places = engine.GetIterator()
    if places is None:
        return
    line: list[tuple[str, float]] = []
    for place in iterate_level(places, RIL.WORD):
        if line and place.IsAtBeginningOf(RIL.TEXTLINE):
            yield line
            line = []
        try:
            word = place.GetUTF8Text(RIL.WORD).strip()
        except RuntimeError:  # tesserocr's word for "no text at this place"
            continue
        if word:
            line.append((word, place.Confidence(RIL.WORD)))
    if line:
        yield line


def _orientation(pixels: Image, folder: str) -> tuple[int, bool]:
    """By how many degrees, counted against the clock, the picture must be turned; and whether that is sure."""
    if not (Path(folder) / "osd.traineddata").is_file():
        return 0, False
    engine = _engine(folder, ("osd",))
    small = smaller(pixels, _ORIENTED)
    engine.SetImageBytes(small.tobytes(), small.width, small.height, 1, small.width)
    engine.SetSourceResolution(_DPI)
    try:
        found = engine.DetectOrientationScript()
    finally:
        engine.Clear()
    if not found:
        return 0, False
    return int(found["orient_deg"]), float(found["orient_conf"]) >= _SURE


@lru_cache(maxsize=2)
def _engine(folder: str, languages: tuple[str, ...]) -> Any:  # noqa: ANN401 - tesserocr has no types
    """One of each a process: loading takes a tenth of a second and 50 MB."""
    return _started(folder, languages)


def _started(folder: str, languages: tuple[str, ...]) -> Any:  # noqa: ANN401
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    from tesserocr import PSM, PyTessBaseAPI  # noqa: PLC0415 - optional, and slow to load

    mode = PSM.OSD_ONLY if languages == ("osd",) else PSM.AUTO
    engine = PyTessBaseAPI(path=folder, lang="+".join(languages), psm=mode)
    engine.SetVariable("debug_file", os.devnull)  # it talks of pages on standard error
    return engine
