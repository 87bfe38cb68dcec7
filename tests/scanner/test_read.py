"""One item to its rows, in a real folder: what is read, what becomes a gap, and when the source is lost."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from config.model import Source
from connectors import registry
from connectors.base import Capabilities, GapReason, Locator, Strength, Version
from connectors.files.local import Folder
from connectors.memory import Memory, Store
from scanner.detect.base import DetectSettings
from scanner.index import codes
from scanner.index.rows import ItemRow
from scanner.index.seal import Keys, Sealer
from scanner.limits import Limits
from scanner.read import Reader, ReaderSettings, ReadTask, SourceLost, make_scan_job

MASTER = b"a master key for tests, 32 bytes"
SEALER = Sealer(Keys.derive(MASTER))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "kunder"
    made.mkdir()
    return made


def reader(folder: Path, **limits: int) -> Reader:
    source = Source("kunder", "folder", {"path": str(folder), "exclude": [], "follow_symlinks": False})
    return Reader(ReaderSettings((source,), Limits(**limits), DetectSettings(), MASTER))  # type: ignore[arg-type]


def task(path: str, version: str = "as walked") -> ReadTask:
    return ReadTask("kunder", "", path, version, Strength.WEAK.value, "file", 5, 1)


def row_of(folder: Path, path: str, data: bytes, **limits: int) -> ItemRow:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    row = reader(folder, **limits).row(task(path))
    assert isinstance(row, ItemRow)
    return row


def reasons(row: ItemRow) -> list[GapReason]:
    return [codes.GAP_REASON_OF[gap.reason] for gap in row.gaps]


def has_word(row: ItemRow, word: str) -> bool:
    return any(SEALER.word(word) in record.words.split() for record in row.records)


def test_content_becomes_identifiers_words_and_a_keyed_hash(folder: Path) -> None:
    row = row_of(folder, "a.txt", b"Hej anna@kund.example")
    assert SEALER.token("email", "anna@kund.example") in row.identifiers
    assert has_word(row, "hej")
    assert row.content == SEALER.content(b"Hej anna@kund.example")
    assert not row.gaps
    assert row.reader


def test_the_path_is_searched_too(folder: Path) -> None:
    row = row_of(folder, "Anna Ek/offert_2024.txt", b"x")
    for word in ("anna", "ek", "offert", "2024"):
        assert has_word(row, word)


def test_the_same_bytes_have_one_hash_whatever_their_size(folder: Path) -> None:
    data = b"rad\n" * 600_000
    assert row_of(folder, "stor.txt", data).content == SEALER.content(data)


def test_what_cannot_be_read_is_a_gap_and_its_path_is_searched(folder: Path) -> None:
    row = row_of(folder, "Anna Ek/skiss.qzx", b"\x8fSKISS\x00\x01\x02")
    assert reasons(row) == [GapReason.UNKNOWN_FORMAT]
    assert has_word(row, "anna")


def test_a_limit_is_a_gap(folder: Path) -> None:
    row = row_of(folder, "lista.csv", b"Namn;Ort\n" + b"Bo;Ume\n" * 200, members=50)
    assert GapReason.TOO_LARGE in reasons(row)


def test_another_limit_is_another_reader(folder: Path) -> None:
    assert row_of(folder, "a.txt", b"x").reader != row_of(folder, "a.txt", b"x", depth=3).reader


def test_what_went_away_since_the_walk_is_a_gap_that_will_be_read_again(folder: Path) -> None:
    row = reader(folder).row(task("borta.txt"))
    assert isinstance(row, ItemRow)
    assert reasons(row) == [GapReason.CHANGED]
    assert row.version == "", "never taken for unchanged"


def test_a_denied_item_is_a_gap_that_will_be_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the system's refusal is made up."""
    (folder / "a.txt").write_text("x")

    def refused(*_: object, **__: object) -> int:
        raise PermissionError(13, "no")

    work = reader(folder)
    work.row(task("a.txt"))
    monkeypatch.setattr(os, "open", refused)
    row = work.row(task("a.txt"))
    monkeypatch.undo()
    assert isinstance(row, ItemRow)
    assert reasons(row) == [GapReason.DENIED]
    assert row.version == ""


def test_a_source_that_is_gone_is_no_gap(folder: Path) -> None:
    """A gap would hide that nothing of the source can be read."""
    folder.rmdir()
    assert reader(folder).row(task("a.txt")) == SourceLost(5)


def test_a_failure_row_keeps_the_version_unless_it_may_read_next_time(folder: Path) -> None:
    work = reader(folder)
    assert work.gap_row(task("a.txt"), GapReason.TIMED_OUT).version == "as walked"
    assert work.gap_row(task("a.txt"), GapReason.CHANGED).version == ""


def test_the_job_of_a_worker_reads(folder: Path) -> None:
    (folder / "a.txt").write_text("anna@kund.example")
    source = Source("kunder", "folder", {"path": str(folder), "exclude": [], "follow_symlinks": False})
    job = make_scan_job(ReaderSettings((source,), Limits(), DetectSettings(), MASTER))
    row = job(task("a.txt"))
    assert isinstance(row, ItemRow)
    assert SEALER.token("email", "anna@kund.example") in row.identifiers


def test_the_version_is_that_of_what_was_read(folder: Path) -> None:
    """Not that of the walk: what changed in between is indexed as it is."""
    row = row_of(folder, "a.txt", b"hej")
    with Folder("kunder", {"path": str(folder)}) as source:
        versions: list[Version] = [one.version for one in source.walk("") if hasattr(one, "version")]
    assert row.version == versions[0].token


class Reading(Memory):
    """A source with a server, that wants to know what comes."""

    networked = True
    log: ClassVar[list[tuple[str, object]]] = []

    def open(self) -> Capabilities:
        self.log.append(("open", self.name))
        return super().open()

    def close(self) -> None:
        self.log.append(("close", self.name))

    def ahead(self, locators: Sequence[Locator]) -> None:
        self.log.append(("ahead", [str(one) for one in locators]))


def test_a_worker_tells_what_it_will_read_and_has_one_connection_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.BUILT_IN, "memory", f"{__name__}:Reading")
    Reading.log.clear()
    sources = tuple(
        Source(name, "memory", {"store": Store(items={"x/1": b"hej", "x/2": b"hej"}), "per_second": 0})
        for name in ("a", "b")
    )
    job = Reader(ReaderSettings(sources, Limits(), DetectSettings(), MASTER))
    tasks = [task("x/1")._replace(source="a"), task("x/2")._replace(source="a"), task("x/1")._replace(source="b")]
    job.ahead(tasks[:2])
    assert all(isinstance(job(one), ItemRow) for one in tasks[:2])
    job.ahead(tasks[2:])
    assert isinstance(job(tasks[2]), ItemRow)
    assert Reading.log == [
        ("open", "a"),
        ("ahead", ["a:x/1", "a:x/2"]),
        ("close", "a"),
        ("open", "b"),
        ("ahead", ["b:x/1"]),
    ]
