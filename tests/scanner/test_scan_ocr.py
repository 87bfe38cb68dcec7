"""The pass over pictures, with a real Tesseract on drawn images: what it reads, within what, and what it leaves."""

from __future__ import annotations

import io
import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from config.model import Ocr, Source
from scanner import ocr, pictures
from scanner.detect.base import DetectSettings
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.limits import Limits
from scanner.read import ReaderSettings, ReadTask
from scanner.reader_print import PART
from scanner.scan import Scanner, SourceReport
from tests.conftest import Desk

pytestmark = pytest.mark.skipif(
    pictures.problem(Ocr(enabled=True)) is not None, reason="Tesseract and its data are not on this machine"
)
MASTER = b"a master key for tests, 32 bytes"
PEOPLE = [f"{name}.berg@kund.example" for name in ("anna", "bo", "carin", "dan", "eva")]


def drawn(*lines: str) -> Image.Image:
    image = Image.new("L", (900, 60 + 70 * len(lines)), 255)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((30, 30 + 70 * number), line, fill=0, font=ImageFont.load_default(40))
    return image


def png(*lines: str) -> bytes:
    out = io.BytesIO()
    drawn(*lines).save(out, "PNG")
    return out.getvalue()


def tiff(*pages: str) -> bytes:
    """A scan of several pages in one file."""
    out = io.BytesIO()
    first, *rest = [drawn(page) for page in pages]
    first.save(out, "TIFF", save_all=True, append_images=rest)
    return out.getvalue()


def mail(number: int, picture: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "eva@invex.example", "info@invex.example", f"Nummer {number}"
    message.set_content("Se bilaga.")
    message.add_attachment(picture, maintype="image", subtype="png", filename="skannat.png")
    return message.as_bytes()


class Desktop:
    """A folder of pictures, its index, and scans of it in this process."""

    def __init__(self, root: Path) -> None:
        self.data = root / "kunder"
        self.data.mkdir()
        self.source = Source("kunder", "folder", {"path": self.data, "exclude": [], "follow_symlinks": False})
        self.sealer = Sealer(Keys.derive(MASTER))
        self.index = Index.open(root / "index.sqlite", self.sealer)

    def put(self, name: str, data: bytes) -> None:
        (self.data / name).write_bytes(data)

    def settings(self, on: Ocr) -> ReaderSettings:
        return ReaderSettings((self.source,), Limits(), DetectSettings(), MASTER, ocr=on)

    def scan(self, on: Ocr | None = None, *, full: bool = False, workers: int = 0, **options: Any) -> SourceReport:
        settings = self.settings(on or Ocr(enabled=True, **options))
        return Scanner(self.index, self.sealer, settings, workers=workers, full=full).scan([self.source])[0]

    def found(self) -> set[str]:
        return {one for one in PEOPLE if self.count(one)}

    def count(self, email: str) -> int:
        return self.index.count_records_with(self.sealer.token("email", email))

    def gaps(self) -> list[tuple[str, tuple[str, ...], str, str]]:
        return sorted((gap.path, gap.steps, gap.reason.value, gap.detail) for gap in self.index.gaps())

    def versions(self) -> dict[str, str]:
        items = [state.item for state in self.index.states("kunder", "").values()]
        return {view.path: view.version.token for view in self.index.items(items).values()}


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    desktop = Desktop(tmp_path)
    yield desktop
    desktop.index.close()


class Seen:
    """Counts what Tesseract is given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        real = ocr.Reader.text

        def text(reader: ocr.Reader, image: Image.Image) -> str:
            self.count += 1
            return real(reader, image)

        monkeypatch.setattr(ocr.Reader, "text", text)


def test_two_of_five_pictures_a_scan_until_all_are_read(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, who in enumerate(PEOPLE):
        desktop.put(f"{number}.png", png("Faktura", who))
    seen = Seen(monkeypatch)
    reports = [desktop.scan(pages=2) for _ in range(4)]
    assert [(one.read, one.ocr_pages, one.ocr_waiting, one.gaps) for one in reports] == [
        (5, 2, 3, 3),
        (0, 2, 1, 1),
        (0, 1, 0, 0),
        (0, 0, 0, 0),
    ]
    assert seen.count == 5, "none is read twice"
    assert desktop.found() == set(PEOPLE)


def test_progress_is_told(desktop: Desktop) -> None:
    for number, who in enumerate(PEOPLE[:3]):
        desktop.put(f"{number}.png", png(who))
    told: list[tuple[str, int, int]] = []
    scanner = Scanner(desktop.index, desktop.sealer, desktop.settings(Ocr(enabled=True)), workers=0)
    scanner.scan([desktop.source], lambda *words: told.append(words))
    assert [one for one in told if "pictures" in one[0]] == [("kunder, pictures", 3, read) for read in (1, 2, 3)]


def test_off_it_is_a_gap_and_comes_back_as_one(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop.put("a.png", png(PEOPLE[0]))
    desktop.put("b.txt", PEOPLE[1].encode())
    seen = Seen(monkeypatch)
    off = desktop.scan(Ocr())
    assert (seen.count, off.ocr_waiting, desktop.gaps()) == (0, 1, [("a.png", (), "needs OCR", "")])
    assert desktop.scan().ocr_pages == 1
    assert desktop.found() == set(PEOPLE[:2])
    again = desktop.scan(Ocr())
    assert (again.read, again.ocr_waiting) == (1, 1), "what is read with OCR is not claimed without it"
    assert desktop.found() == {PEOPLE[1]}


def test_other_languages_read_pictures_again_and_nothing_else(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.put("a.png", png(PEOPLE[0]))
    desktop.put("b.txt", PEOPLE[1].encode())
    desktop.scan()
    seen = Seen(monkeypatch)
    report = desktop.scan(languages=("eng",))
    assert (report.read, report.ocr_pages, seen.count) == (1, 1, 1)
    assert desktop.scan(languages=("eng",), pages=3).read == 0, "the budget is no setting of a reader"


def test_what_changed_is_read_again_and_what_is_gone_leaves(desktop: Desktop) -> None:
    desktop.put("a.png", png(PEOPLE[0]))
    desktop.put("b.png", png(PEOPLE[1]))
    desktop.scan()
    desktop.put("a.png", png(PEOPLE[2], "nytt"))
    (desktop.data / "b.png").unlink()
    report = desktop.scan()
    assert (report.read, report.ocr_pages, report.retired) == (1, 1, 1)
    assert desktop.found() == {PEOPLE[2]}


def test_one_item_may_have_all_and_then_says_what_it_has_too_many_of(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.put("a.png", png(PEOPLE[0]))
    desktop.put("b.tiff", tiff(*PEOPLE[1:5]))
    desktop.put("c.png", png("x", PEOPLE[0]))
    seen = Seen(monkeypatch)
    first = desktop.scan(pages=3)
    assert (first.ocr_pages, first.ocr_waiting, desktop.count(PEOPLE[0])) == (2, 4, 2), (
        "it waits for a budget of its own"
    )
    second = desktop.scan(pages=3)
    assert (second.ocr_pages, second.ocr_waiting) == (3, 1)
    assert desktop.found() == set(PEOPLE[:4])
    why = "the item has more pictures than [ocr] pages = 3"
    assert desktop.gaps() == [("b.tiff", ("page 4",), "needs OCR", why)]
    seen.count = 0
    assert (desktop.scan(pages=3).ocr_pages, seen.count) == (0, 0), "it does not cost each scan the same again"
    assert desktop.scan(pages=4).ocr_waiting == 0
    assert desktop.found() == set(PEOPLE)


def test_time_for_one_item_ends_and_what_was_read_stays(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop.put("b.tiff", tiff(*PEOPLE[:4]))
    clock = [0.0]
    monkeypatch.setattr(pictures.time, "monotonic", lambda: clock[0])
    real = ocr.Reader.text

    def slow(reader: ocr.Reader, image: Image.Image) -> str:
        clock[0] += 10
        return real(reader, image)

    monkeypatch.setattr(ocr.Reader, "text", slow)
    report = desktop.scan(seconds=15.0)
    assert (report.ocr_pages, report.ocr_waiting) == (2, 2)
    assert desktop.found() == set(PEOPLE[:2])
    assert {gap[3] for gap in desktop.gaps()} == {"the item's pictures take more than [ocr] seconds = 15"}
    assert desktop.scan(seconds=15.0).ocr_pages == 0
    assert desktop.scan(seconds=150.0).ocr_waiting == 0


def test_the_same_picture_in_fifty_mails_is_read_once(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = png(*PEOPLE[:2], "Skannat den 2 mars")
    for number in range(50):
        desktop.put(f"{number}.eml", mail(number, picture))
    seen = Seen(monkeypatch)
    report = desktop.scan(pages=3)
    assert (report.ocr_pages, report.ocr_waiting, seen.count) == (1, 0, 1)
    assert desktop.count(PEOPLE[0]) == 50


def test_more_pictures_than_the_walk_saw_wait_and_are_not_forgotten(desktop: Desktop) -> None:
    """Between the walk and the pass an item got more pages."""
    desktop.put("b.tiff", tiff(PEOPLE[0], "ensam"))
    desktop.scan(Ocr())
    reader = pictures.PictureReader(desktop.settings(Ocr(enabled=True, pages=9)))
    desktop.put("b.tiff", tiff(*PEOPLE[:3]))
    item = ReadTask("kunder", "", "b.tiff", desktop.versions()["b.tiff"], "weak", "file", None, 1)
    answer = reader.answer(pictures.PictureTask(item, 2, all=False))
    assert answer.used == 2
    desktop.index.store("kunder", "", [answer.row])  # type: ignore[list-item]
    assert desktop.versions()["b.tiff"] == ""
    report = desktop.scan()
    assert (report.read, report.ocr_waiting) == (1, 0)
    assert desktop.found() == set(PEOPLE[:3])


def test_gone_since_the_walk_is_told_as_the_walk_would(desktop: Desktop) -> None:
    desktop.put("a.png", png(PEOPLE[0]))
    desktop.scan(Ocr())
    reader = pictures.PictureReader(desktop.settings(Ocr(enabled=True)))
    (desktop.data / "a.png").unlink()
    item = ReadTask("kunder", "", "a.png", "1", "weak", "file", None, 1)
    answer = reader.answer(pictures.PictureTask(item, 1, all=False))
    desktop.index.store("kunder", "", [answer.row])  # type: ignore[list-item]
    assert [gap[2] for gap in desktop.gaps()] == ["changed while read"]


def test_what_could_not_be_read_does_not_count_as_read(desktop: Desktop) -> None:
    desktop.put("a.png", png(PEOPLE[0]))
    desktop.put("broken.png", png(PEOPLE[1])[:2000])
    report = desktop.scan()
    assert (report.ocr_pages, [gap[0] for gap in desktop.gaps()]) == (1, ["broken.png"])


def test_an_item_that_breaks_its_reader_keeps_what_else_was_read(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash in Tesseract must not cost the mail that the picture lies in, nor be tried at every scan."""
    desktop.put("a.eml", mail(1, png(PEOPLE[0])).replace(b"Se bilaga.", PEOPLE[1].encode()))
    real = pictures.PictureReader.answer

    def broken(reader: pictures.PictureReader, task: pictures.PictureTask) -> pictures.PictureAnswer:
        if task.failed is None:
            raise MemoryError
        return real(reader, task)

    monkeypatch.setattr(pictures.PictureReader, "answer", broken)
    report = desktop.scan()
    assert (report.ocr_waiting, desktop.found()) == (0, {PEOPLE[1]})
    told = [gap[1:] for gap in desktop.gaps()]
    assert told == [(("attachment 1: skannat.png",), "out of memory", "while the item's pictures were read")]
    monkeypatch.undo()
    assert desktop.scan().ocr_pages == 0
    assert desktop.scan(seconds=601.0).ocr_pages == 1
    assert desktop.found() == set(PEOPLE[:2])


def test_a_source_that_goes_away_in_the_pass_is_told(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, who in enumerate(PEOPLE[:3]):
        desktop.put(f"{number}.png", png(who))
    desktop.scan(Ocr())
    real = pictures.PictureReader.answer

    def gone(reader: pictures.PictureReader, task: pictures.PictureTask) -> pictures.PictureAnswer:
        if task.item.path == "1.png":
            return pictures.PictureAnswer(pictures.SourceLost(5), 0, 0)
        return real(reader, task)

    monkeypatch.setattr(pictures.PictureReader, "answer", gone)
    report = desktop.scan()
    assert report.exit_code == 5
    assert report.ocr_pages + report.ocr_waiting == 3
    assert report.ocr_waiting
    assert "stopped answering while its pictures were read" in (report.error or "")
    monkeypatch.undo()
    assert (desktop.scan().ocr_waiting, desktop.found()) == (0, set(PEOPLE[:3]))


def test_the_mark_of_a_part_is_no_format() -> None:
    from scanner.formats import registry

    assert PART not in registry.names()


# -- as it is typed, with worker processes ----------------------------------------------------------------------------

SOURCE = '[[source]]\nname = "kunder"\nkind = "folder"\nbackup = "none"\npath = "kunder"\n'
CONFIG = SOURCE + "[ocr]\nenabled = true\npages = {pages}\n"


@pytest.fixture
def typed(desk: Desk) -> Desk:
    (desk.root / "kunder").mkdir()
    return desk.write(CONFIG.format(pages=100))


def test_a_scanned_picture_is_found_erased_and_verified(typed: Desk) -> None:
    folder = typed.root / "kunder"
    (folder / "Anna Berg").mkdir()
    hers, shared, his = folder / "Anna Berg" / "skannat.png", folder / "lista.png", folder / "bo.png"
    hers.write_bytes(png("Avtal med Anna Berg", PEOPLE[0]))
    shared.write_bytes(png("Anna Berg, Bo Dahl", PEOPLE[0], PEOPLE[1]))
    his.write_bytes(png("Bo Dahl", PEOPLE[1]))
    scanned = typed("scan", code=0)
    assert "Pictures and scanned pages: 3 read, 0 wait" in scanned.out
    named = typed("find", "--no-case", "--json", "Anna Berg", code=0).json["findings"]
    assert {one["path"] for one in named} == {"Anna Berg/skannat.png", "lista.png"}
    run = typed("find", "--json", PEOPLE[0], "Anna Berg", code=0).json
    actions = {one["path"]: one["action"] for one in run["findings"] if one["kind"] != "folder"}
    assert actions == {"Anna Berg/skannat.png": "remove", "lista.png": "decide"}, "who else it shows is seen too"
    case = run["case"]
    for one in run["findings"]:
        if one["path"] == "lista.png":
            typed("decide", case, str(one["id"]), "keep", "--reason", "Bo Dahls också", code=0)
    typed("erase", case, "--yes", code=[0, 3])
    assert (hers.exists(), shared.exists(), his.exists()) == (False, True, True)
    typed("verify", case, code=[0, 3])
    again = typed("find", "--no-case", "--json", PEOPLE[0], code=0).json["findings"]
    assert [one["path"] for one in again] == ["lista.png"]


def test_a_name_that_only_words_suggest_is_ruled_out_on_the_picture(typed: Desk) -> None:
    (typed.root / "kunder" / "ord.png").write_bytes(png("Anna kom hem.", "Sedan kom herr Berg."))
    (typed.root / "kunder" / "namn.png").write_bytes(png("Brev till Anna Berg"))
    typed("scan", code=0)
    found = typed("find", "--no-case", "--json", "Anna Berg", code=0).json["findings"]
    assert [one["path"] for one in found] == ["namn.png"]


def test_what_was_read_with_ocr_is_not_proposed_when_it_cannot_be_looked_at_again(typed: Desk) -> None:
    (typed.root / "kunder" / "a.png").write_bytes(png("Avtal", PEOPLE[0]))
    typed("scan", code=0)
    assert [one["action"] for one in typed("find", "--no-case", "--json", PEOPLE[0], code=0).json["findings"]] == [
        "remove"
    ]
    typed.write(CONFIG.format(pages=100).replace("true", "false"))
    found = typed("find", "--no-case", "--json", PEOPLE[0], code=[0, 3]).json["findings"]
    assert [one["action"] for one in found] == ["decide"]


def test_killed_in_the_pass_it_goes_on_where_it_was(typed: Desk) -> None:
    for number in range(12):
        (typed.root / "kunder" / f"{number}.png").write_bytes(png(f"Nummer {number}", f"p{number}.berg@kund.example"))

    def read() -> int:
        """As the file has it: another command would be too slow to meet the pass half-way."""
        with suppress(sqlite3.OperationalError):  # not there yet
            with closing(sqlite3.connect(f"file:{typed.root}/.gallra/index.sqlite?mode=ro", uri=True)) as index:
                (items,) = index.execute("SELECT count(*) FROM item").fetchone()
                (waiting,) = index.execute("SELECT count(DISTINCT item) FROM gap WHERE item IS NOT NULL").fetchone()
            return items - waiting if items == 12 else 0
        return 0

    with typed.start("scan", start_new_session=True) as process:
        until = time.monotonic() + 60
        while not 1 <= read() < 12:
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
    kept = read()
    assert 1 <= kept < 12
    report = typed("scan", "--json", code=0).json["sources"][0]
    assert (report["ocr_pages"], report["ocr_waiting"], report["read"]) == (12 - kept, 0, 0)


def test_what_waits_is_told_when_it_is_off(typed: Desk) -> None:
    (typed.root / "kunder" / "a.png").write_bytes(png(PEOPLE[0]))
    typed.write(CONFIG.format(pages=100).replace("true", "false"))
    assert "Pictures and scanned pages: 0 read, 1 waits: switch on [ocr]" in typed("scan", code=3).out


def test_without_its_data_nothing_begins(typed: Desk) -> None:
    typed.write(CONFIG.format(pages=5) + 'languages = ["swe", "tlh"]\n')
    for command in ("scan", "check"):
        run = typed(command, code=2)
        assert re.search(r"^.*gallra\.toml:\d+: \[ocr\] languages: no data for tlh in ", run.text, re.M)
    assert not (typed.root / ".gallra" / "index.sqlite").exists()
