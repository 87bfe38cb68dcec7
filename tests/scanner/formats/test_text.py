"""Plain text and packed single files."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Callable

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats import text
from scanner.formats.archives import archive_gz
from scanner.formats.base import Nested
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role


def read(data: bytes, limit: int = 1 << 20) -> str:
    (found,) = text.FORMAT.extract(Blob(io.BytesIO(data), "a.txt", limit=limit), Limits())
    assert isinstance(found, Record)
    assert found.steps == ()
    return found.texts[0][1]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "cp1252"])
def test_whole_text(codec: str) -> None:
    assert read("Åsa skrev\nrad två".encode(codec)) == "Åsa skrev\nrad två"


def test_escapes_of_json_and_xml() -> None:
    assert "Åsa 😀" in read(json.dumps({"namn": "Åsa 😀"}).encode())
    assert "vera@a.example" in read(b'{"e": "vera\\u0040a.example"}')
    assert "vera@a.example" in read(b"<?xml version='1.0'?><e>vera&#64;a.example</e>")
    assert read(rb"C:\users\u0041") == r"C:\users\u0041"


@pytest.mark.parametrize(
    ("data", "reason"), [(bytes(range(256)) * 9, GapReason.UNREADABLE), (b"x" * 2000, GapReason.TOO_LARGE)]
)
def test_refused(data: bytes, reason: GapReason) -> None:
    with pytest.raises(ReadError) as caught:
        read(data, limit=1000 if reason is GapReason.TOO_LARGE else 1 << 20)
    assert caught.value.reason is reason


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files(pack: Callable[[bytes], bytes]) -> None:
    blob = Blob(pack("Åsa".encode()), "brev.txt.gz")
    (found,) = archive_gz.FORMAT.extract(blob, Limits())
    assert isinstance(found, Nested)
    assert (found.steps, found.kind, found.blob.name) == (("member brev.txt",), "member", "brev.txt")
    assert found.blob.data() == "Åsa".encode()


def test_packed_bombs_cut_files_and_large_ones() -> None:
    big = bytes(5 << 20)
    with pytest.raises(ReadError) as caught:
        list(archive_gz.FORMAT.extract(Blob(gzip.compress(big), "a.gz"), Limits()))
    assert caught.value.reason is GapReason.TOO_LARGE
    with pytest.raises(ReadError) as caught:
        list(archive_gz.FORMAT.extract(Blob(gzip.compress(b"x" * 5000)[:-9], "a.gz"), Limits()))
    assert caught.value.reason is GapReason.UNREADABLE
    (found,) = archive_gz.FORMAT.extract(Blob(gzip.compress(big), "a.gz"), Limits(blob=1000, ratio=10**6))
    assert isinstance(found, Nested)
    assert found.blob.open().read() == big


def test_role() -> None:
    (found,) = text.FORMAT.extract(Blob(b"hej", "a"), Limits())
    assert isinstance(found, Record)
    assert found.texts == [(Role.BODY, "hej")]
