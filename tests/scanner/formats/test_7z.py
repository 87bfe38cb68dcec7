"""7z and the other archives of libarchive, which writes the ones read here; what it cannot write is in test_rar."""

from __future__ import annotations

import random
from dataclasses import replace

import libarchive
import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.archives import libarchive_read
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import Role, Unread

LIMITS = Limits()
MEMBERS = {"a.txt": "Åsa Öst".encode(), "mapp/Pär Ek.txt": b"Karin Ek " * 2000}


def packed(form: str, filter_: str | None = None, members: dict[str, bytes] = MEMBERS) -> bytes:
    pieces: list[bytes] = []

    def write(data: object) -> int:
        pieces.append(bytes(data))  # type: ignore[call-overload]
        return len(pieces[-1])

    with libarchive.custom_writer(write, form, filter_) as archive:
        for name, data in members.items():
            archive.add_file_from_memory(name, len(data), data)
    return b"".join(pieces)


def read(data: bytes, name: str, limits: Limits = LIMITS) -> tuple[dict[tuple[str, ...], str], list[Unread]]:
    texts: dict[tuple[str, ...], str] = {}
    gaps = []
    for found in expand(Blob(data, name, limit=limits.blob), limits):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in texts
            texts[found.steps] = "\n".join(text for role, text in found.texts if role is Role.BODY)
    return texts, gaps


@pytest.mark.parametrize(
    ("form", "name", "kind"),
    [
        ("7zip", "a.7z", "7z"),
        ("cpio", "a.cpio", "archive"),
        ("cpio_newc", "a.bin", "archive"),
        ("iso9660", "a.iso", "archive"),
        ("xar", "a.pkg", "archive"),
    ],
)
def test_members_are_read_whatever_their_names(form: str, name: str, kind: str) -> None:
    data = packed(form)
    assert sniff(Blob(data, name)) == kind
    texts, gaps = read(data, name)
    assert gaps == []
    assert texts[("member a.txt",)] == "Åsa Öst"
    assert texts[("member mapp/Pär Ek.txt",)] == ("Karin Ek " * 2000)


@pytest.mark.parametrize(
    ("filter_", "ending"), [("zstd", ".zst"), ("lz4", ".lz4"), ("compress", ".Z"), ("lzma", ".lzma"), ("lzip", ".lz")]
)
def test_packed_tars_are_read_to_their_members(filter_: str, ending: str) -> None:
    texts, gaps = read(packed("gnutar", filter_), "a.tar" + ending)
    assert gaps == []
    assert texts[("member a.tar", "member a.txt")] == "Åsa Öst"


def test_a_member_larger_than_memory_allows_is_a_gap_and_the_rest_is_read() -> None:
    noise = random.Random(1).randbytes(400_000).hex().encode()
    data = packed("7zip", None, {"big.txt": noise, "small.txt": b"Karin Ek"})
    texts, gaps = read(data, "a.7z", replace(LIMITS, blob=600_000))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("member big.txt",), GapReason.TOO_LARGE)]
    assert texts[("member small.txt",)] == "Karin Ek"


def test_an_archive_larger_than_memory_allows_is_streamed() -> None:
    noise = {f"{number}.txt": random.Random(number).randbytes(100_000).hex().encode() for number in range(4)}
    data = packed("7zip", None, noise)
    limits = replace(LIMITS, blob=len(data) // 2)
    texts, gaps = read(data, "a.7z", limits)
    assert gaps == []
    assert texts[("member 3.txt",)].encode() == noise["3.txt"]


def test_a_bomb_ends_and_what_came_before_it_is_read() -> None:
    data = packed("7zip", None, {"good.txt": b"Karin Ek", "bomb.txt": b"a" * (40 << 20), "more.txt": b"x"})
    assert len(data) < 20_000
    texts, gaps = read(data, "a.7z")
    assert {gap.reason for gap in gaps} == {GapReason.TOO_LARGE}
    assert () in [gap.steps for gap in gaps]
    assert texts[("member good.txt",)] == "Karin Ek"


@pytest.mark.parametrize("part", [0.2, 0.7, 0.99])
def test_a_cut_archive_is_a_gap(part: float) -> None:
    data = packed("7zip")
    _, gaps = read(data[: int(len(data) * part)], "a.7z")
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]
    _, gaps = read(data[: int(len(data) * part)], "a.7z.001")
    assert [gap.detail for gap in gaps] == ["one volume of several"]


def test_without_the_library_the_gap_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed("7zip")
    monkeypatch.setitem(__import__("sys").modules, "libarchive", None)
    texts, gaps = read(data, "a.7z")
    assert [gap.reason for gap in gaps] == [GapReason.UNKNOWN_FORMAT]
    assert "gallra[archives]" in gaps[0].detail
    assert list(texts) == [()]
    assert libarchive_read.state() == ""


def test_the_state_is_the_version_of_the_library() -> None:
    assert str(libarchive.ffi.version_number()) in libarchive_read.state()


@pytest.mark.parametrize(
    "text", ["0701740605 Karin Ek\n", "070702 är ett datum\n", "MSCF är en förkortning\n", "LZIP 1\n"]
)
def test_text_is_no_archive(text: str) -> None:
    assert sniff(Blob(text.encode() * 40, "a.txt")) == "text"
