"""Rar archives, stored, in both forms, as their published descriptions have them; written by hand."""

from __future__ import annotations

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import Role, Unread
from tests.scanner.rar_bytes import new_header, new_rar, number, old_header, old_rar

MEMBERS = {"a.txt": "Åsa Öst".encode(), "mapp/b.txt": b"Karin Ek"}


def read(data: bytes, name: str = "a.rar") -> tuple[dict[tuple[str, ...], str], list[Unread]]:
    texts = {}
    gaps = []
    for found in expand(Blob(data, name), Limits()):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            texts[found.steps] = "\n".join(text for role, text in found.texts if role is Role.BODY)
    return texts, gaps


@pytest.mark.parametrize("data", [old_rar(MEMBERS), new_rar(MEMBERS)], ids=["old", "new"])
def test_members_are_read(data: bytes) -> None:
    assert sniff(Blob(data, "x")) == "rar"
    texts, gaps = read(data)
    assert gaps == []
    assert texts[("member a.txt",)] == "Åsa Öst"
    assert texts[("member mapp/b.txt",)] == "Karin Ek"


def test_encrypted_headers_and_members_are_gaps() -> None:
    _, gaps = read(old_rar(MEMBERS, archive=0x80))
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.ENCRYPTED)]
    _, gaps = read(old_rar(MEMBERS, file=0x8004))
    assert {gap.reason for gap in gaps} == {GapReason.ENCRYPTED}
    _, gaps = read(b"Rar!\x1a\x07\x01\0" + new_header(number(4), number(0), number(0), bytes(20)))
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.ENCRYPTED)]


@pytest.mark.parametrize("make", [old_rar, new_rar])
def test_a_cut_archive_is_a_gap(make: object) -> None:
    data = make(MEMBERS)  # type: ignore[operator]
    cut = data[: data.index(b"Karin") - 20]
    texts, gaps = read(cut)
    assert texts[("member a.txt",)] == "Åsa Öst"
    assert {gap.reason for gap in gaps} == {GapReason.UNREADABLE}


def test_one_volume_of_several_says_so() -> None:
    data = new_rar(MEMBERS)
    _, gaps = read(
        data[: data.rindex(new_header(number(5), number(0), number(0)))] + new_header(number(5), number(0), number(1))
    )
    assert [(gap.steps, gap.reason, gap.detail) for gap in gaps] == [
        ((), GapReason.UNREADABLE, "one volume of several")
    ]
    data = old_rar(MEMBERS)
    _, gaps = read(data[:-7] + old_header(0x7B, 0x4001, b""))
    assert [gap.detail for gap in gaps] == ["one volume of several"]


def test_a_program_that_unpacks_itself_is_read() -> None:
    texts, gaps = read(b"MZ" + bytes(3000) + old_rar(MEMBERS), "setup.exe")
    assert gaps == []
    assert texts[("member mapp/b.txt",)] == "Karin Ek"
