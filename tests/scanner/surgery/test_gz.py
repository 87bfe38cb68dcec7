"""Other content in a packed file, judged by stdlib `gzip`, `bz2` and `lzma`."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zlib

import pytest

from scanner.blob import Blob
from scanner.surgery.archives.gz import EDITOR
from scanner.surgery.base import CannotEdit, Edits
from tests.scanner.surgery.canaries import LIMITS, NOBODY, Someone, edited

OLD, NEW = b"canary and more\n" * 40, b"more\n" * 40


def with_name(data: bytes, name: str, level: int = 9) -> bytes:
    sink = io.BytesIO()
    with gzip.GzipFile(name, "wb", level, sink, mtime=1_600_000_000) as stream:
        stream.write(data)
    return sink.getvalue()


def test_gzip_keeps_its_header() -> None:
    for level in (1, 6, 9):
        before = with_name(OLD, "lista.csv", level)
        after = edited(EDITOR, Blob(before, "lista.csv.gz"), Edits(replace={("member lista.csv",): NEW}))
        assert gzip.decompress(after) == NEW
        assert after[:20] == before[:20]
        assert after == with_name(NEW, "lista.csv", level)


def test_the_content_without_steps_is_the_same() -> None:
    before = with_name(OLD, "lista.csv")
    assert edited(EDITOR, Blob(before, "x.gz"), Edits(replace={(): NEW})) == with_name(NEW, "lista.csv")


def test_several_members_become_one() -> None:
    before = with_name(OLD, "a.txt") + with_name(OLD, "b.txt")
    after = edited(EDITOR, Blob(before, "a.txt.gz"), Edits(replace={("member a.txt",): NEW + NEW}))
    assert gzip.decompress(after) == NEW * 2
    assert b"b.txt" not in after


@pytest.mark.parametrize("level", [1, 5, 9])
def test_bzip2_keeps_its_block_size(level: int) -> None:
    before = bz2.compress(OLD, level)
    after = edited(EDITOR, Blob(before, "a.bz2"), Edits(replace={(): NEW}))
    assert (bz2.decompress(after), after[:4]) == (NEW, before[:4])


@pytest.mark.parametrize("check", [lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_CRC64, lzma.CHECK_SHA256])
def test_xz_keeps_its_check(check: int) -> None:
    before = lzma.compress(OLD, check=check)
    after = edited(EDITOR, Blob(before, "a.xz"), Edits(replace={(): NEW}))
    assert (lzma.decompress(after), after[:12]) == (NEW, before[:12])


def test_a_name_that_is_the_persons_is_for_a_person() -> None:
    before = with_name(OLD, "anna.csv")
    with pytest.raises(CannotEdit, match="name"):
        EDITOR.edit(Blob(before, "x.gz"), Edits(replace={(): NEW}), Someone(("anna",)), LIMITS)


def test_what_other_programs_read_by_place_is_refused() -> None:
    body = zlib.compress(OLD)[2:-4]
    head = b"\x1f\x8b\x08\x04" + bytes(6) + struct.pack("<H", 6) + b"BC\2\0\1\0"
    before = head + body + struct.pack("<LL", zlib.crc32(OLD), len(OLD))
    assert gzip.decompress(before) == OLD
    reason = EDITOR.refuses(Blob(before, "a.gz"))
    assert reason is not None
    assert "blocks" in reason
    assert EDITOR.refuses(Blob(with_name(OLD, "a"), "a.gz")) is None


def test_it_cannot_leave_and_damaged_content_is_not_written_anew() -> None:
    before = with_name(OLD, "a.txt")
    for edits in (
        Edits(remove=frozenset({("member a.txt",)})),
        Edits(amend=frozenset({()})),
        Edits(),
        Edits(replace={("member b.txt",): NEW}),
    ):
        with pytest.raises(CannotEdit):
            EDITOR.edit(Blob(before, "a.txt.gz"), edits, NOBODY, LIMITS)
    for bad in (before[:-9], before[:-4] + b"xxxx", before + b"tail"):
        with pytest.raises(CannotEdit, match="damaged"):
            EDITOR.edit(Blob(bad, "a.txt.gz"), Edits(replace={(): NEW}), NOBODY, LIMITS)


def test_differences_sees_what_a_bad_editor_does() -> None:
    before = with_name(OLD, "a.txt")
    edits = Edits(replace={(): NEW})
    assert EDITOR.differences(before, with_name(NEW, "a.txt"), edits, NOBODY) == []
    for bad in (with_name(NEW, "b.txt"), with_name(OLD, "a.txt"), gzip.compress(NEW), b"", before[:-3]):
        assert EDITOR.differences(before, bad, edits, NOBODY)
