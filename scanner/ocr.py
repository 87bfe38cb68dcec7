"""Reading the text of pictures with Tesseract: what it needs, and the reader that the expander is given.

The optional library is tesserocr, which holds Tesseract in this process: no program is started, no file written.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

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
_ENDING: Final = ".traineddata"
_MISSING: Final = 'reading pictures needs tesserocr: pip install "gallra[ocr]"'
# Languages that Debian 12 packs, each as tesseract-ocr-NAME with "-" for "_".
_SHORT: Final = {  # what somebody who knows ISO 639-1 writes
    **{"sv": "swe", "en": "eng", "da": "dan", "nb": "nor", "nn": "nor", "no": "nor", "fi": "fin", "is": "isl"},
    **{"de": "deu", "fr": "fra", "es": "spa", "it": "ita", "nl": "nld", "pl": "pol", "ar": "ara", "ru": "rus"},
}
_NAMES: Final = """
    afr amh ara asm aze aze_cyrl bel ben bod bos bre bul cat ceb ces chi_sim chi_sim_vert chi_tra chi_tra_vert
    chr cos cym dan deu div dzo ell eng enm epo est eus fao fas fil fin fra frk frm fry gla gle glg grc guj hat
    heb hin hrv hun hye iku ind isl ita ita_old jav jpn jpn_vert kan kat kat_old kaz khm kir kmr kor kor_vert
    lao lat lav lit ltz mal mar mkd mlt mon mri msa mya nep nld nor oci ori osd pan pol por pus que ron rus san
    sin slk slv snd spa spa_old sqi srp srp_latn sun swa swe syr tam tat tel tgk tha tir ton tur uig ukr urd uzb
    uzb_cyrl vie yid yor
"""
_DEBIAN: Final = frozenset(_NAMES.split())


@dataclass(frozen=True, slots=True)
class OcrSettings:
    """`languages` are names of Tesseract's data files; `data` is their folder, nothing: where systems keep it."""

    languages: tuple[str, ...] = ("swe", "eng")
    data: str = ""


class Problem(NamedTuple):
    """What an admin must do before pictures can be read; `key` is that of `[ocr]` that it is about."""

    key: str
    text: str


def problem(settings: OcrSettings) -> Problem | None:
    """What keeps pictures from being read; None where they can. Loads the data once a process (0.2 s)."""
    found = _absent(settings)
    if found is not None:
        return found
    folder = data_folder(settings)
    assert folder is not None
    for languages in (settings.languages, ("osd",)):
        if languages == ("osd",) and not _file(folder, "osd").is_file():
            continue
        broken = _broken(str(folder), languages, tuple(_state(folder, one) for one in languages))
        if broken:
            return Problem("languages", _damaged(folder, broken))
    return None


def _absent(settings: OcrSettings) -> Problem | None:
    """What is not there at all: a look at the file system, no more."""
    if not _version():
        return Problem("enabled", f"{_MISSING}; or set it to false")
    folder = data_folder(settings)
    if settings.data and folder is None:
        return Problem("data", f"there is no folder {settings.data}")
    lacking = [one for one in settings.languages if folder is None or not _file(folder, one).is_file()]
    if not lacking:
        return None
    there = _languages(folder) if folder is not None else []
    if settings.data and not there:
        return Problem("data", f"no data files of Tesseract (NAME{_ENDING}) lie in {settings.data}")
    where = f" in {folder}; there are: {', '.join(there)}" if there else ": Tesseract's data is not installed"
    return Problem("languages", f"no data for {', '.join(lacking)}{where}{_remedy(lacking, there)}")


def _remedy(lacking: list[str], there: list[str]) -> str:
    unknown = [one for one in lacking if one not in _DEBIAN]
    near = [_SHORT.get(one.lower()) or next(iter(get_close_matches(one.lower(), there, n=1)), "") for one in unknown]
    meant = [f'"{one}"' for one in near if one]
    packages = " ".join("tesseract-ocr-" + one.replace("_", "-") for one in lacking if one in _DEBIAN)
    return (f"; did you mean {', '.join(meant)}?" if meant else "") + (f"; apt install {packages}" if packages else "")


def _damaged(folder: Path, languages: tuple[str, ...]) -> str:
    files = ", ".join(str(_file(folder, one)) for one in languages)
    return f"Tesseract cannot load {files}: damaged or of another version; install it again"


@lru_cache(maxsize=8)
def _broken(folder: str, languages: tuple[str, ...], state: tuple[tuple[int, int], ...]) -> tuple[str, ...]:
    """The languages that do not load from their files, which are in this state."""
    del state  # only to look again when a file has changed
    from scanner.ocr_engine import unloaded  # noqa: PLC0415 - loads the optional library

    return unloaded(folder, languages)


def fingerprint(settings: OcrSettings) -> str:
    """What the text of a picture hangs on: Tesseract's version, the languages and their data files."""
    folder = data_folder(settings)
    files = [f"{one}:{_sum(folder, one)}" for one in (*settings.languages, "osd")]
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

        Raises ReadError: NEEDS_OCR where the library or its data is missing or damaged, TOO_LARGE, TIMED_OUT, or
        UNREADABLE where its pixels are damaged.
        """
        lacking = problem(self._settings)
        if lacking is not None:
            raise ReadError(GapReason.NEEDS_OCR, lacking.text)
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
    return folder / f"{language}{_ENDING}"


def _languages(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)).removesuffix(_ENDING) for one in folder.rglob(f"*{_ENDING}"))


def _state(folder: Path, language: str) -> tuple[int, int]:
    """Size and time of a data file; zeros for none."""
    try:
        found = _file(folder, language).stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _sum(folder: Path | None, language: str) -> int:
    """A sum over a data file's bytes; 0 for none. A damaged one that is mended keeps its size."""
    if folder is None:
        return 0
    return _sum_of(_file(folder, language), _state(folder, language))


@lru_cache(maxsize=16)
def _sum_of(path: Path, state: tuple[int, int]) -> int:
    del state  # only to read again when the file has changed
    try:
        return zlib.crc32(path.read_bytes())
    except OSError:
        return 0
