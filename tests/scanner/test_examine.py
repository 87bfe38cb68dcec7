"""The second look, on real files: where the name stands, whom else the text names, and what could not be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.model import Source
from scanner.detect.base import DetectSettings
from scanner.examine import FAILED, Examined, Examiner, ExamineSettings, ExamineTask, make_examine_job
from scanner.limits import Limits
from scanner.read import ReaderSettings, Sources
from tests.world.packing import encrypted_zip, zip_piece
from tests.world.papers import text

HOME = "hittepavagen 7 392 30 kalmar"


@pytest.fixture
def look(tmp_path: Path) -> Look:
    return Look(tmp_path)


class Look:
    """Writes a file below `kunder` and looks at it."""

    def __init__(self, root: Path) -> None:
        self.root = root / "kunder"
        self.root.mkdir()
        self.source = Source("kunder", "folder", {"path": str(self.root), "exclude": [], "follow_symlinks": False})
        reader = ReaderSettings((self.source,), Limits(), DetectSettings(), b"k" * 32)
        self.examiner = Examiner(ExamineSettings(reader, ("Anna Ek",), ("Eva Alm", "Invex AB"), (HOME,)))

    def __call__(self, name: str, data: str | bytes, *, version: str = "") -> Examined:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return self.at(name, version)

    def at(self, name: str, version: str = "") -> Examined:
        return self.examiner.look(ExamineTask("kunder", name, "file", version))


@pytest.mark.parametrize("words", ["Anna Ek", "Ek, Anna", "ANNA EK", "Annas kusin Anna Eks bil", "Anna\nEk"])
def test_the_name_stands_there(look: Look, words: str) -> None:
    assert look("a.txt", f"Om {words} igen.").named == {()}


@pytest.mark.parametrize("words", ["Anna kom. Sedan kom Ek.", "Johanna Ek", "Anna Ekberg", "Bo Ek, Anna Dal", ""])
def test_only_its_words_do(look: Look, words: str) -> None:
    assert look("a.txt", words).named == frozenset()


def test_the_file_name_counts(look: Look) -> None:
    assert look("avtal_anna_ek.txt", "x").named == frozenset(), "an item's own name is looked at on its path, by find"
    archive = zip_piece([("in/anna_ek.txt", text(["x"])), ("in/b.txt", text(["y"]))]).data
    assert look("a.zip", archive).named == {("member in/anna_ek.txt",)}


def test_records_are_told_apart(look: Look) -> None:
    assert look("a.csv", "Namn;Ort\nBo Dal;Umeå\nAnna Ek;Umeå\n").named == {("row 2",)}


def test_a_name_over_two_rows_is_none(look: Look) -> None:
    """Promise 17, on the content."""
    assert look("a.csv", "Namn;Ort\nAnna;Umeå\nEk;Umeå\n").named == frozenset()


def test_other_persons_are_counted_but_not_staff_and_subject(look: Look) -> None:
    found = look("a.txt", "Anna Ek träffade Bo Dahlgren, Eva Alm och Maria Sjögren. Bo Dahlgren gick.")
    assert found.others == 2


def test_the_address_counts_where_the_name_stands(look: Look) -> None:
    assert look("a.txt", "Anna Ek\nHittepåvägen 7\n392 30 KALMAR").addressed == {()}
    assert look("b.txt", "Anna Ek, Hittepåvägen 7, 39230 Kalmar").addressed == {()}
    assert look("c.txt", "Hittepåvägen 7, 392 30 Kalmar").addressed == frozenset()
    assert look("d.txt", "Anna Ek, Hittepåvägen 77, 392 30 Kalmar").addressed == frozenset()
    assert look("e.txt", "Anna Ek, Nya Hittepåvägen 17, 392 30 Kalmar").addressed == frozenset()


def test_another_version_is_told(look: Look) -> None:
    assert look("a.txt", "Anna Ek", version="something else").changed
    assert not look("a.txt", "Anna Ek").changed


def test_what_is_gone_or_lost_could_not_be_looked_at(look: Look) -> None:
    assert look.at("borta.txt") == FAILED
    (look.root / "a.txt").write_text("Anna Ek")
    look.root.rename(look.root.with_name("flyttad"))
    look.examiner._sources = Sources((look.source,))
    assert look.at("a.txt") == FAILED
    assert not FAILED.rules_out(())


def test_an_unread_part_rules_nothing_out_below_it(look: Look) -> None:
    found = look("a.zip", encrypted_zip("brev.txt", b"Anna Ek", b"hemligt"))
    assert not found.rules_out(("member brev.txt",))
    assert found.rules_out(("member annan.txt",))
    assert not look("b.txt", "x", version="annan").rules_out(())


def test_the_job_of_a_worker_looks(look: Look) -> None:
    look("a.txt", "Anna Ek")
    reader = ReaderSettings((look.source,), Limits(), DetectSettings(), b"k" * 32)
    job = make_examine_job(ExamineSettings(reader, ("Anna Ek",), ()))
    assert job(ExamineTask("kunder", "a.txt", "file", "")).named == {()}
