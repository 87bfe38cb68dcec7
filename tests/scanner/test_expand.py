"""The expander with formats that misbehave, and with real documents of known truth."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from connectors.base import GapReason
from connectors.errors import Changed
from scanner.blob import Blob
from scanner.expand import Expansion, expand
from scanner.formats import registry
from scanner.formats.base import Format, Found, Nested
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, ReadError, Record, Role, Unread
from tests.samples import DOCUMENTS, SAMPLES, needs_samples

LIMITS = Limits()

Extract = Callable[[Blob, Limits], Iterator[Found]]


def run(extract: Extract, monkeypatch: pytest.MonkeyPatch, limits: Limits = LIMITS) -> list[Record | Unread]:
    """What becomes of a text that a made-up format reads; members are read by the real ones."""
    real = registry.load

    def load(name: str) -> Format:
        return Format("zip", 1, "test", extract) if name == "zip" else real(name)

    monkeypatch.setattr(registry, "load", load)
    return list(expand(Blob(b"PK\x05\x06" + bytes(18), "a.zip"), limits))


def gaps(found: list[Record | Unread]) -> list[tuple[tuple[str, ...], GapReason]]:
    return [(one.steps, one.reason) for one in found if isinstance(one, Unread)]


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (ReadError(GapReason.ENCRYPTED, "why"), GapReason.ENCRYPTED, "why"),
        (MemoryError(), GapReason.OUT_OF_MEMORY, ""),
        (RecursionError(), GapReason.TOO_DEEP, "nested too deep for its reader"),
        (ValueError("Karin Ek"), GapReason.UNREADABLE, "broken inside (ValueError)"),
        (struct.error("Karin Ek"), GapReason.UNREADABLE, "broken inside (struct.error)"),
        (KeyError("Karin Ek"), GapReason.UNREADABLE, "broken inside (KeyError)"),
        (OSError(5, "x", "/home/karin"), GapReason.UNREADABLE, "broken inside (OSError)"),
    ],
)
def test_an_exception_is_a_gap_and_what_came_before_stays(
    error: Exception, reason: GapReason, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def extract(blob: Blob, limits: Limits) -> Iterator[Found]:
        yield Record(("row 1",), "row", [(Role.BODY, "before")])
        raise error

    found = run(extract, monkeypatch)
    assert found == [
        Record(("row 1",), "row", [(Role.BODY, "before")]),
        Unread((), reason, detail),
        Record((), "file"),
    ]


def test_errors_of_the_source_are_not_the_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    def extract(blob: Blob, limits: Limits) -> Iterator[Found]:
        yield Record((), "file")
        raise Changed("changed while read")

    with pytest.raises(Changed):
        run(extract, monkeypatch)


def test_root_records_are_merged_into_one(monkeypatch: pytest.MonkeyPatch) -> None:
    person = Entity(Role.FROM, [Fact(IdType.NAME, "Karin Ek")])

    def extract(blob: Blob, limits: Limits) -> Iterator[Found]:
        yield Record((), "message", [(Role.SUBJECT, "a")])
        yield Record((), "file", [(Role.BODY, "b")], [person])

    assert run(extract, monkeypatch) == [Record((), "message", [(Role.SUBJECT, "a"), (Role.BODY, "b")], [person])]


def test_nested_things_keep_their_kind_name_place_and_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    person = Entity(Role.FROM, [Fact(IdType.NAME, "Karin Ek")])

    def extract(blob: Blob, limits: Limits) -> Iterator[Found]:
        yield Nested(("attachment 1: a.txt",), Blob(b"text", "dir/a.txt"), "attachment", (person,))
        yield Nested(("attachment 2: tom.txt",), Blob(b"", "tom.txt"), "attachment")
        mail = b"From: Karin <karin@x.example>\r\nTo: bo@x.example\r\nSubject: x\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n"
        yield Nested(("message 1",), Blob(mail, "", media_type="message/rfc822"), "attachment")

    records = {one.steps: one for one in run(extract, monkeypatch) if isinstance(one, Record)}
    first = records[("attachment 1: a.txt",)]
    assert first.kind == "attachment"
    assert first.entities == [person]
    assert {(Role.FILENAME, "a.txt"), (Role.PATH, "dir")} <= set(first.texts)
    assert (Role.BODY, "text") in [(role, text.strip()) for role, text in first.texts]
    assert records[("attachment 2: tom.txt",)].texts == [(Role.FILENAME, "tom.txt")]
    assert records[("message 1",)].kind == "message"
    assert () in records


@pytest.mark.parametrize(
    ("data", "name", "detail"),
    [
        (b"\x7fELF" + bytes(range(256)) * 4, "Karin.Ek", "elf"),
        (b"OggS" + bytes(range(256)) * 4, "bild.png", "ogg"),
        (bytes(range(256)) * 4, "film.mp4", "mp4"),
        (bytes(range(256)) * 4, "Karin.Ek", ""),
    ],
)
def test_unknown_formats_are_gaps_that_say_what_they_seem_to_be(data: bytes, name: str, detail: str) -> None:
    expansion = Expansion(Blob(data, name), LIMITS)
    assert list(expansion) == [Unread((), GapReason.UNKNOWN_FORMAT, detail), Record((), "file")]
    assert expansion.formats == {"unknown"}


def test_an_empty_file_is_a_record_and_no_gap() -> None:
    assert list(expand(Blob(b"", "a.pdf"), LIMITS)) == [Record((), "file")]


def test_formats_tells_all_that_were_met() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "text")
        archive.writestr("b.bin", bytes(range(256)) * 4)
    expansion = Expansion(Blob(buffer.getvalue(), "a.zip"), LIMITS)
    list(expansion)
    assert expansion.formats == {"zip", "text", "unknown"}


def test_depth_is_limited_and_told_with_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def extract(blob: Blob, limits: Limits) -> Iterator[Found]:
        yield Nested(("member a.zip",), Blob(b"PK\x05\x06" + bytes(18), "a.zip"), "member")

    found = run(extract, monkeypatch, replace(LIMITS, depth=5))
    assert gaps(found) == [(("member a.zip",) * 6, GapReason.TOO_DEEP)]
    deepest = next(one for one in found if len(one.steps) == 6)
    assert isinstance(deepest, Record)
    assert deepest.texts == [(Role.FILENAME, "a.zip")]


def test_a_format_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def extract(blob: Blob, limits: Limits) -> Iterator[Found]:
        number = 0
        while True:
            number += 1
            yield Nested((f"member {number}",), Blob(b"x", ""), "member")
            yield Record((f"row {number}",), "row")

    found = run(extract, monkeypatch, replace(LIMITS, members=100))
    assert gaps(found) == [((), GapReason.TOO_LARGE)]
    assert len(found) < 110
    assert found[-1] == Record((), "file")


def test_formats_get_what_is_left_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []

    def extract(blob: Blob, limits: Limits) -> Iterator[Found]:
        left.append(limits.expanded)
        if len(left) < 4:
            yield Nested(("member 1",), Blob(b"PK\x05\x06" + bytes(96), "a.zip"), "member")

    run(extract, monkeypatch, replace(LIMITS, expanded=1000))
    assert left == [1000, 900, 800, 700]


class Failing(io.BytesIO):
    """A stream whose disk breaks."""

    def read(self, count: int | None = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_stream_that_cannot_be_read_is_a_gap() -> None:
    found = list(expand(Blob(cast(BinaryIO, Failing(b"x" * 100)), "a.txt"), LIMITS))
    assert gaps(found) == [((), GapReason.UNREADABLE)]
    assert Record((), "file") in found


@needs_samples
def test_real_documents_are_found_or_told() -> None:
    """No exception, no step twice, and every text that other readers found is found, or a gap is told."""
    texts: dict[str, str] = {}
    told: dict[str, set[GapReason]] = {}
    for path in sorted(DOCUMENTS.rglob("*")):
        if not path.is_file():
            continue
        name = str(path.relative_to(DOCUMENTS))
        found = list(expand(Blob(path.read_bytes(), path.name), LIMITS))
        records = [one for one in found if isinstance(one, Record)]
        assert sum(not one.steps for one in records) == 1, name
        assert len({one.steps for one in records}) == len(records), name
        texts[name] = _words(records)
        told[name] = {one.reason for one in found if isinstance(one, Unread)}
    assert len(texts) == 246
    missed = [
        (truth.stem, name)
        for truth in sorted((SAMPLES / "truth").glob("documents__*.json"))
        for name, person in _wanted(truth)
        if name in texts and not told[name] and not any(_says(texts[name], one) for one in person)
    ]
    assert missed == []


def _words(records: list[Record]) -> str:
    texts = [text for record in records for _, text in record.texts]
    facts = [fact.value for record in records for entity in record.entities for fact in entity.facts]
    return "\n".join(texts + facts).lower()


def _wanted(truth: Path) -> Iterator[tuple[str, list[str]]]:
    case = json.loads(truth.read_text())
    person = [text for values in case["person"].values() if isinstance(values, list) for text in values]
    yield from ((name, person) for name in case["must_find"])


def _says(text: str, value: str) -> bool:
    return all(word.strip(".") in text for word in value.lower().split())
