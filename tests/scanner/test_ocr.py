"""The OCR engine on pages that fpdf2 writes and PDFium draws: any way up, askew, tiny, in odd modes, damaged."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import fpdf
import pypdfium2
import pytest
from PIL import Image, ImageOps

from connectors.base import GapReason
from scanner import ocr, ocr_engine, ocr_pixels
from scanner.ocr import OcrSettings, Reader
from scanner.records import ReadError

SETTINGS = OcrSettings()
LINES = ("Åsa Öberg bor i Ängelholm", "asa.oberg@kund.example", "Personnummer 19850312-9804")

needs_tesseract = pytest.mark.skipif(
    ocr.problem(SETTINGS) is not None, reason="needs tesserocr with Swedish and English"
)


@cache
def drawn(dpi: int = 150, *lines: str) -> Image.Image:
    document = fpdf.FPDF(unit="mm", format=(90, 32))
    document.set_margin(4)
    document.add_page()
    document.set_font("helvetica", size=12)
    for line in lines or LINES:
        document.cell(0, 7, line, new_x="LMARGIN", new_y="NEXT")
    picture = pypdfium2.PdfDocument(bytes(document.output()))[0].render(scale=dpi / 72).to_pil()
    assert isinstance(picture, Image.Image)
    return picture.convert("L")


def read(image: Image.Image) -> list[str]:
    return Reader(SETTINGS, 9).text(image).splitlines()


@needs_tesseract
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_text_is_read_whichever_way_up_it_lies(degrees: int) -> None:
    assert set(LINES) <= set(read(drawn().rotate(degrees, expand=True)))


@needs_tesseract
@pytest.mark.parametrize("degrees", [0, 180])
def test_without_orientation_data_all_turns_are_tried(degrees: int, tmp_path: Path) -> None:
    there = ocr.data_folder(SETTINGS)
    assert there is not None
    for language in SETTINGS.languages:
        (tmp_path / f"{language}.traineddata").symlink_to(there / f"{language}.traineddata")
    reader = Reader(OcrSettings(data=str(tmp_path)), 1)
    assert set(LINES) <= set(reader.text(drawn().rotate(degrees)).splitlines())


@needs_tesseract
@pytest.mark.parametrize("degrees", [-5, 3])
def test_a_page_that_lies_askew_is_read(degrees: int) -> None:
    text = read(drawn(300, "Kalle Ek bor i Malmö", "Telefon 070 174 06 05").rotate(degrees, expand=True, fillcolor=255))
    assert text == ["Kalle Ek bor i Malmö", "Telefon 070 174 06 05"]


@needs_tesseract
def test_text_as_small_as_on_a_screen_is_read() -> None:
    assert read(drawn(72)) == list(LINES)


def _modes() -> dict[str, Image.Image]:
    grey = drawn()
    clear = Image.merge("LA", (Image.new("L", grey.size, 0), ImageOps.invert(grey)))
    white_on_clear = Image.merge("LA", (Image.new("L", grey.size, 255), ImageOps.invert(grey)))
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 5  # mirrored and turned
    grey.transpose(Image.Transpose.TRANSPOSE).save(turned, "PNG", exif=exif)
    return {
        "one bit": grey.convert("1", dither=Image.Dither.NONE),
        "palette": grey.convert("RGB").quantize(8),
        "cmyk": grey.convert("RGB").convert("CMYK"),
        "sixteen bits": grey.convert("I").point(lambda value: value * 4 + 100).convert("I;16"),
        "float": grey.convert("F"),
        "alpha": clear,
        "white on nothing": white_on_clear,
        "mirrored by EXIF": Image.open(turned),
        "white on black": ImageOps.invert(grey),
    }


@needs_tesseract
@pytest.mark.parametrize("mode", list(_modes()))
def test_every_kind_of_pixels_is_read(mode: str) -> None:
    text = read(_modes()[mode])
    assert text[0] == LINES[0]
    assert text[2] == LINES[2]


@needs_tesseract
def test_nothing_is_read_from_an_empty_picture() -> None:
    assert Reader(SETTINGS, 1).text(Image.new("L", (400, 300), 255)) == ""


@needs_tesseract
def test_numbers_and_addresses_with_a_wide_gap_are_also_given_closed() -> None:
    text = read(drawn(150, "Nr 1985031 2-9804", "asa.oberg @kund.example"))
    assert "19850312-9804" in text
    assert "asa.oberg@kund.example" in text


@needs_tesseract
def test_too_many_pixels_are_refused_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    drawn().save(packed, "PNG")
    image = Image.open(packed)
    monkeypatch.setattr(ocr_pixels, "LARGEST", image.width * image.height - 1)
    monkeypatch.setattr(image, "load", lambda: pytest.fail("decoded"))
    with pytest.raises(ReadError) as fault:
        Reader(SETTINGS, 1).text(image)
    assert fault.value.reason is GapReason.TOO_LARGE


@needs_tesseract
def test_damaged_pixels_are_unreadable() -> None:
    packed = io.BytesIO()
    drawn().save(packed, "PNG")
    with pytest.raises(ReadError) as fault:
        Reader(SETTINGS, 1).text(Image.open(io.BytesIO(packed.getvalue()[:800])))
    assert fault.value.reason is GapReason.UNREADABLE


@needs_tesseract
def test_a_picture_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "SECONDS", 0.0)
    with pytest.raises(ReadError) as fault:
        Reader(SETTINGS, 1).text(drawn())
    assert fault.value.reason is GapReason.TIMED_OUT


@needs_tesseract
def test_a_long_strip_is_read_in_bands_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr_pixels, "_BAND", 800)
    page = drawn(96)
    strip = Image.new("L", (page.width, page.height * 8), 255)
    strip.paste(page, (0, page.height * 7))
    assert set(LINES[:2]) <= set(read(strip))


@needs_tesseract
def test_one_engine_serves_all_pictures_of_a_process() -> None:
    read(drawn())
    loaded = ocr_engine._engine.cache_info().misses
    read(drawn())
    assert ocr_engine._engine.cache_info().misses == loaded


def test_missing_data_names_the_package(tmp_path: Path) -> None:
    (tmp_path / "swe.traineddata").write_bytes(b"")
    told = ocr.problem(OcrSettings(("swe", "eng", "chi_sim"), str(tmp_path)))
    assert told is not None
    if "tesserocr" not in told.text:
        assert told.key == "languages"
        assert told.text == (
            f"no data for eng, chi_sim in {tmp_path}; there are: swe; "
            "apt install tesseract-ocr-eng tesseract-ocr-chi-sim"
        )


def test_a_missing_library_names_the_extra_and_reading_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_version", lambda: "")
    told = ocr.problem(SETTINGS)
    assert told is not None
    assert (told.key, "gallra[ocr]" in told.text) == ("enabled", True)
    with pytest.raises(ReadError) as fault:
        Reader(SETTINGS, 1).text(Image.new("L", (99, 99)))
    assert fault.value.reason is GapReason.NEEDS_OCR
    assert "gallra[ocr]" in fault.value.detail


def test_the_fingerprint_hangs_on_version_languages_and_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = OcrSettings(("swe",), str(tmp_path))
    prints = [ocr.fingerprint(settings)]
    (tmp_path / "swe.traineddata").write_bytes(b"data")
    prints.append(ocr.fingerprint(settings))
    prints.append(ocr.fingerprint(OcrSettings(("eng",), str(tmp_path))))
    monkeypatch.setattr(ocr, "_version", lambda: "99")
    prints.append(ocr.fingerprint(settings))
    assert len(set(prints)) == 4


def test_the_environment_says_where_the_data_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "tessdata"
    inner.mkdir()
    for language in SETTINGS.languages:
        (inner / f"{language}.traineddata").write_bytes(b"")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert ocr.data_folder(SETTINGS) == inner


def data(tmp_path: Path, **kept: int) -> OcrSettings:
    """The data of the languages, each cut after so many bytes (-1: whole)."""
    there = ocr.data_folder(SETTINGS)
    assert there is not None
    for language, length in kept.items():
        whole = (there / f"{language}.traineddata").read_bytes()
        (tmp_path / f"{language}.traineddata").write_bytes(whole if length < 0 else whole[:length])
    return OcrSettings(tuple(one for one in kept if one != "osd"), str(tmp_path))


@needs_tesseract
@pytest.mark.parametrize("kept", [{"swe": 100_000, "eng": -1}, {"eng": -1, "swe": 100_000}, {"swe": 0}])
def test_damaged_data_is_told_before_anything_is_read_and_no_picture_counts_as_read(
    kept: dict[str, int], tmp_path: Path
) -> None:
    """Tesseract loads the other language and says nothing: half of the text would be missing in silence."""
    settings = data(tmp_path, **kept)
    told = ocr.problem(settings)
    assert told is not None
    assert told.key == "languages"
    assert str(tmp_path / "swe.traineddata") in told.text
    assert "eng.traineddata" not in told.text
    with pytest.raises(ReadError) as fault:
        Reader(settings, 1).text(drawn())
    assert fault.value.reason is GapReason.NEEDS_OCR
    assert str(tmp_path / "swe.traineddata") in fault.value.detail


@needs_tesseract
def test_damaged_orientation_data_is_told_too(tmp_path: Path) -> None:
    told = ocr.problem(data(tmp_path, swe=-1, osd=0))
    assert told is not None
    assert "osd.traineddata" in told.text


@needs_tesseract
def test_data_that_is_mended_is_seen_and_makes_other_text(tmp_path: Path) -> None:
    settings = data(tmp_path, swe=100_000)
    damaged = ocr.fingerprint(settings)
    assert ocr.problem(settings) is not None
    data(tmp_path, swe=-1)
    assert ocr.problem(settings) is None
    whole = ocr.fingerprint(settings)
    path = tmp_path / "swe.traineddata"
    path.write_bytes(b"x" + path.read_bytes()[1:])  # of the same size
    assert len({damaged, whole, ocr.fingerprint(settings)}) == 3


def test_a_language_by_its_short_name_is_corrected_and_names_no_package_that_is_none(tmp_path: Path) -> None:
    for name in ("swe", "osd"):
        (tmp_path / f"{name}.traineddata").write_bytes(b"")
    told = ocr.problem(OcrSettings(("sv", "fra"), str(tmp_path)))
    assert told is not None
    if "tesserocr" not in told.text:
        assert told == (
            "languages",
            f"no data for sv, fra in {tmp_path}; there are: osd, swe; "
            'did you mean "swe"?; apt install tesseract-ocr-fra',
        )


@pytest.mark.parametrize("made", [False, True])
def test_a_wrong_folder_of_data_is_told_at_its_own_key(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "x"
    if made:
        folder.mkdir()
    told = ocr.problem(OcrSettings(data=str(folder)))
    assert told is not None
    if "tesserocr" not in told.text:
        assert told.key == "data"
        assert str(folder) in told.text


@pytest.mark.parametrize(
    ("line", "noise"),
    [
        ([("anna", 25.0), ("berg@kund.example", 20.0)], False),
        ([("070-174", 5.0), ("06", 4.0), ("15", 6.0)], False),
        ([("Öberg", 12.0)], False),
        ([("a|", 60.0)], False),
        ([("—", 30.0), ("|.", 12.0), ("ii", 20.0)], True),
        ([("Öberg", 4.0)], True),
    ],
)
def test_a_line_is_noise_only_if_nothing_in_it_may_be_somebody(line: list[tuple[str, float]], noise: bool) -> None:
    assert ocr_engine.is_noise(line) is noise
