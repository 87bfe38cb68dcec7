"""Reading the text of pictures with Tesseract: what it needs, and the reader that the expander is given.

The optional library is tesserocr, which holds Tesseract in this process: no program is started, no file written.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connectors.base import GapReason
from scanner.records import ReadError

if TYPE_CHECKING:
    from PIL.Image import Image

SECONDS: Final = 45.0  # wall time for one picture, all turns of it together
LARGEST: Final = 178_956_970  # pixels: twice Pillow's MAX_IMAGE_PIXELS, where it sees a decompression bomb
_RULES: Final = 1  # goes up when the same picture would give another text
_DATA: Final = (
    "/usr/share/tesseract-ocr/*/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "/opt/local/share/tessdata",
)
_MISSING = 'reading pictures needs tesserocr: pip install "gallra[ocr]"'


@dataclass(frozen=True, slots=True)
class OcrSettings:
    """`languages` are names of Tesseract's data files; `data` is their folder, nothing: where systems keep it."""

    languages: tuple[str, ...] = ("swe", "eng")
    data: str = ""


def problem(settings: OcrSettings) -> str | None:
    """What an admin must do before pictures can be read; None where they can."""
    if not _version():
        return _MISSING
    folder = data_folder(settings)
    lacking = [one for one in settings.languages if folder is None or not _file(folder, one).is_file()]
    if not lacking:
        return None
    packages = " ".join("tesseract-ocr-" + one.lower().replace("_", "-") for one in lacking)
    return f"reading pictures needs data for {', '.join(lacking)}: apt install {packages}"


def fingerprint(settings: OcrSettings) -> str:
    """What the text of a picture hangs on: Tesseract's version, the languages and their data files."""
    folder = data_folder(settings)
    files = [f"{one}:{_size(folder, one)}" for one in (*settings.languages, "osd")]
    return " ".join([f"{_RULES} tesseract {_version() or 'none'}", *files])


def data_folder(settings: OcrSettings) -> Path | None:
    """The folder with all languages' data, or the first that there is; None for no folder at all."""
    given = [settings.data] if settings.data else [os.environ.get("TESSDATA_PREFIX", "")]
    patterns = () if settings.data else _DATA
    folders = [Path(one) for one in given if one]
    for pattern in patterns:
        folders.extend(sorted(Path("/").glob(pattern.lstrip("/")), reverse=True))
    folders = [inner for one in folders for inner in (one, one / "tessdata") if inner.is_dir()]
    for one in folders:
        if all(_file(one, language).is_file() for language in settings.languages):
            return one
    return folders[0] if folders else None


class Reader:
    """Reads pictures, at most `left` of them. Satisfies `scanner.aids.Ocr`, which counts `left` down."""

    def __init__(self, settings: OcrSettings, left: int) -> None:
        self.left = left
        self._settings = settings

    def text(self, image: Image) -> str:
        """The picture's text line by line, whichever way up it lies.

        Raises ReadError: NEEDS_OCR where the library or its data is missing, TOO_LARGE, TIMED_OUT, or UNREADABLE
        where its pixels are damaged.
        """
        lacking = problem(self._settings)
        if lacking is not None:
            raise ReadError(GapReason.NEEDS_OCR, lacking)
        from scanner.ocr_engine import read  # noqa: PLC0415 - loads the optional library

        folder = data_folder(self._settings)
        assert folder is not None
        return read(image, str(folder), self._settings.languages, SECONDS)


@lru_cache(maxsize=1)
def _version() -> str:
    """Tesseract's version, or nothing where tesserocr or what it needs is not installed."""
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # read when the library loads: workers are as many as cores already
    try:
        import tesserocr  # noqa: PLC0415 - optional, and slow to load
    except ImportError:
        return ""
    return str(tesserocr.tesseract_version()).split("\n", 1)[0].removeprefix("tesseract ")


def _file(folder: Path, language: str) -> Path:
    return folder / f"{language}.traineddata"


def _size(folder: Path | None, language: str) -> int:
    if folder is None:
        return 0
    try:
        return _file(folder, language).stat().st_size
    except OSError:
        return 0
