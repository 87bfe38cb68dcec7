"""Single packed files made by the standard library, whole and broken."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib
from dataclasses import replace

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.limits import Limits
from scanner.records import Record, Role, Unread


def read(data: bytes, name: str, limits: Limits = Limits()) -> tuple[dict[tuple[str, ...], Record], list[Unread]]:  # noqa: B008
    found = list(expand(Blob(data, name, limit=limits.blob), limits))
    return {one.steps: one for one in found if isinstance(one, Record)}, [
        one for one in found if isinstance(one, Unread)
    ]


def body(record: Record) -> str:
    return "\n".join(text for role, text in record.texts if role is Role.BODY)


@pytest.mark.parametrize(("module", "ending"), [(gzip, ".gz"), (bz2, ".bz2"), (lzma, ".xz")])
def test_the_member_is_named_as_the_file(module: object, ending: str) -> None:
    records, gaps = read(module.compress("Åsa Öst".encode()), "brev.txt" + ending)  # type: ignore[attr-defined]
    assert gaps == []
    assert body(records[("member brev.txt",)]) == "Åsa Öst"


def test_the_name_and_remark_that_gzip_keeps_are_searched() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"x") + packer.flush()
    head = (
        b"\x1f\x8b\x08" + bytes([8 | 16 | 4]) + bytes(6) + b"\x03\0abc" + "Åsa Öst.txt\0".encode() + b"for Karin Ek\0"
    )
    records, gaps = read(head + packed + struct.pack("<II", zlib.crc32(b"x"), 1), "a.gz")
    assert gaps == []
    assert (Role.FILENAME, "Åsa Öst.txt") in records[()].texts
    assert body(records[()]) == "for Karin Ek"


@pytest.mark.parametrize("limits", [Limits(), replace(Limits(), blob=20_000)])
def test_what_stands_before_a_break_is_read(limits: Limits) -> None:
    text = "".join(f"Karin Ek {number}\n" for number in range(20_000))
    data = gzip.compress(text.encode())
    records, gaps = read(data[: len(data) // 2], "a.txt.gz", limits)
    assert ((), GapReason.UNREADABLE) in [(gap.steps, gap.reason) for gap in gaps]
    if limits.blob > len(text):
        assert body(records[("member a.txt",)]).startswith("Karin Ek 0\nKarin Ek 1\n")
    records, gaps = read(gzip.compress(b"Karin Ek") + b"rubbish behind", "b.txt.gz")
    assert body(records[("member b.txt",)]) == "Karin Ek"
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]


def test_a_bomb_is_a_gap() -> None:
    _, gaps = read(gzip.compress(bytes(64 << 20)), "a.gz")
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.TOO_LARGE)]
