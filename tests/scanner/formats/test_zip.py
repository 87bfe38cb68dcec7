"""Zip archives made by the standard library, and hostile ones made by hand."""

from __future__ import annotations

import io
import lzma
import random
import struct
import zipfile
import zlib
from dataclasses import replace

import libarchive
import pytest

from connectors.base import GapReason
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.archives.archive_zip import FORMAT
from scanner.formats.base import Nested
from scanner.limits import Limits
from scanner.records import ReadError, Record, Role, Unread

LIMITS = Limits()


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def read(data: bytes, limits: Limits = LIMITS) -> tuple[dict[tuple[str, ...], str], list[Unread]]:
    """Texts by steps, and the gaps."""
    texts: dict[tuple[str, ...], str] = {}
    gaps = []
    for found in expand(Blob(data, "a.zip", limit=limits.blob), limits):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in texts
            texts[found.steps] = "\n".join(text for role, text in found.texts if role is Role.BODY)
    return texts, gaps


def test_members_are_read_and_nested_zips_too() -> None:
    inner = packed({"b.txt": b"Karin Ek"})
    texts, gaps = read(packed({"a.txt": "Åsa Öst".encode(), "in/inner.zip": inner}))
    assert gaps == []
    assert texts[("member a.txt",)] == "Åsa Öst"
    assert texts[("member in/inner.zip", "member b.txt")] == "Karin Ek"
    assert () in texts


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_all_methods_of_the_standard_library(method: int) -> None:
    texts, gaps = read(packed({"a.txt": b"hello " * 1000}, method))
    assert gaps == []
    assert texts[("member a.txt",)] == "hello " * 1000


def test_the_names_of_members_and_folders_are_searched() -> None:
    found = list(expand(Blob(packed({"Karin Ek/cv 1.txt": b"x", "tom/": b""}), "a.zip"), LIMITS))
    names = {record.steps: record.texts for record in found if isinstance(record, Record)}
    assert (Role.FILENAME, "cv 1.txt") in names[("member Karin Ek/cv 1.txt",)]
    assert (Role.PATH, "Karin Ek") in names[("member Karin Ek/cv 1.txt",)]
    assert names[("member tom/",)] == [(Role.FILENAME, "tom/")]


def test_duplicate_names_are_told_apart() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in (("a.txt", b"one"), ("a.txt (2)", b"other"), ("a.txt", b"two"), ("a.txt", b"three")):
                archive.writestr(name, data)
    texts, _ = read(buffer.getvalue())
    assert {steps[0]: text for steps, text in texts.items() if steps} == {
        "member a.txt": "one",
        "member a.txt (2)": "other",
        "member a.txt (3)": "two",
        "member a.txt (4)": "three",
    }


@pytest.mark.parametrize("codec", ["cp437", "cp850", "cp1252", "utf-8"])
def test_names_without_a_stated_encoding(codec: str) -> None:
    data = packed({"AAAAAAAAA.txt": b"x"}).replace(b"AAAAAAAAA", "Åsa Öhrn".encode(codec).ljust(9, b"_")[:9])
    if codec == "utf-8":
        data = packed({"AAAAAAAAAA.txt": b"x"}).replace(b"AAAAAAAAAA", "Åsa Öhrn".encode())
    texts, gaps = read(data)
    assert gaps == []
    assert any(steps and steps[0].startswith("member Åsa Öhrn") for steps in texts)


def test_the_unicode_path_field_wins() -> None:
    raw = b"Gr?n.txt"
    field = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + "Grün.txt".encode()
    info = zipfile.ZipInfo(raw.decode())
    info.extra = struct.pack("<HH", 0x7075, len(field)) + field
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, b"x")
    texts, _ = read(buffer.getvalue())
    assert ("member Grün.txt",) in texts


def test_an_encrypted_member_is_a_gap_and_the_rest_is_read() -> None:
    data = bytearray(packed({"secret.txt": b"s" * 40, "open.txt": b"here"}))
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    texts, gaps = read(bytes(data))
    assert gaps == [Unread(("member secret.txt",), GapReason.ENCRYPTED, "zip member")]
    assert texts[("member open.txt",)] == "here"
    assert ("member secret.txt",) in texts


def test_a_damaged_member_is_a_gap_and_the_rest_is_read() -> None:
    bad = random.Random(1).randbytes(2000)
    data = packed({"bad.txt": bad.hex().encode(), "good.txt": b"here"})
    at = data.index(b"PK\x03\x04") + 200
    texts, gaps = read(data[:at] + bytes(byte ^ 0x55 for byte in data[at : at + 50]) + data[at + 50 :])
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("member bad.txt",), GapReason.UNREADABLE)]
    assert texts[("member good.txt",)] == "here"


def test_a_flat_bomb_is_not_unpacked() -> None:
    bomb = packed({"bomb.txt": b"a" * (30 << 20), "good.txt": b"here"})
    assert len(bomb) < 100_000
    texts, gaps = read(bomb)
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("member bomb.txt",), GapReason.TOO_LARGE)]
    assert texts[("member good.txt",)] == "here"


def test_the_whole_item_has_one_budget() -> None:
    data = packed({f"{number}.txt": random.Random(number).randbytes(50_000).hex().encode() for number in range(10)})
    limits = replace(LIMITS, expanded=350_000)
    texts, gaps = read(data, limits)
    assert len(gaps) == 7
    assert {gap.reason for gap in gaps} == {GapReason.TOO_LARGE}
    assert sum(bool(text) for text in texts.values()) == 3
    nested = packed({"in.zip": packed({f"{n}.txt": b"x" * 90_000 for n in range(10)}, zipfile.ZIP_STORED)})
    _, gaps = read(nested, replace(limits, expanded=1_200_000))
    assert len(gaps) == 7  # 900 kB for the inner archive, 90 kB for each of three


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_said() -> None:
    data = packed({"lie.txt": b"a" * 1_000_000})
    lie = data.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 10))
    texts, gaps = read(lie)
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("member lie.txt",), GapReason.UNREADABLE)]
    assert "aaaaaaaaaaa" not in texts[("member lie.txt",)]


def test_deep_nesting_ends() -> None:
    data = b"deep down"
    for number in range(40):
        data = packed({f"{number}.zip" if number else "a.txt": data})
    texts, gaps = read(data)
    assert [gap.reason for gap in gaps] == [GapReason.TOO_DEEP]
    assert len(gaps[0].steps) == LIMITS.depth + 1
    assert len(texts) == LIMITS.depth + 2


def test_too_many_members_end_in_one_gap() -> None:
    data = packed({f"{number}.txt": b"x" for number in range(50)})
    texts, gaps = read(packed({"in.zip": data}), replace(LIMITS, members=20))
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.TOO_LARGE)]
    assert () in texts
    assert len(texts) < 25


def test_members_are_opened_only_when_asked_for() -> None:
    blob = Blob(packed({f"{number}.txt": b"x" for number in range(3)}), "a.zip")
    found = [one for one in FORMAT.extract(blob, LIMITS) if isinstance(one, Nested)]
    assert len(found) == 3
    with pytest.raises(ReadError):  # the archive is closed by now: nothing was read ahead
        found[0].blob.data()


def test_data_descriptors_and_zip64() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, offset: int, whence: int = 0) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    pipe = Pipe()
    with (
        zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.txt", "w", force_zip64=True) as member,
    ):
        member.write(b"streamed")
    assert zipfile.ZipFile(io.BytesIO(pipe.getvalue())).infolist()[0].flag_bits & 8  # a data descriptor
    texts, gaps = read(pipe.getvalue())
    assert gaps == []
    assert texts[("member a.txt",)] == "streamed"


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_archive_is_a_gap(part: float) -> None:
    data = packed({f"{number}.txt": random.Random(number).randbytes(500) for number in range(10)})
    texts, gaps = read(data[: int(len(data) * part)])
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]
    assert list(texts) == [()]


def test_comments_are_searched() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.comment = b"from Karin Ek"
        archive.writestr(info, b"x")
        archive.comment = b"for Bo Lind"
    texts, _ = read(buffer.getvalue())
    assert texts[()] == "for Bo Lind"
    assert texts[("member a.txt", "part comment")] == "from Karin Ek"


def locked(option: str, key: bytes, members: dict[str, bytes]) -> bytes:
    """A zip under a password, written by libarchive."""
    pieces: list[bytes] = []

    def write(data: object) -> int:
        pieces.append(bytes(data))  # type: ignore[call-overload]
        return len(pieces[-1])

    with libarchive.custom_writer(write, "zip", options=f"zip:encryption={option}", passphrase=key) as archive:
        for name, data in members.items():
            archive.add_file_from_memory(name, len(data), data)
    return b"".join(pieces)


def opened(data: bytes, *keys: str) -> tuple[dict[tuple[str, ...], str], list[Unread]]:
    found = list(expand(Blob(data, "a.zip"), LIMITS, Aids(keys=keys)))
    texts = {
        one.steps: "\n".join(text for role, text in one.texts if role is Role.BODY)
        for one in found
        if isinstance(one, Record)
    }
    return texts, [one for one in found if isinstance(one, Unread)]


@pytest.mark.parametrize("option", ["traditional", "aes128", "aes256"])
@pytest.mark.parametrize("codec", ["utf-8", "cp437", "cp1252"])
def test_members_open_with_a_password_of_the_list(option: str, codec: str) -> None:
    data = locked(option, "lösen".encode(codec), {"a.txt": b"Karin Ek", "b.txt": "Åsa Öst ".encode() * 99})
    texts, gaps = opened(data, "fel", "lösen")
    assert gaps == []
    assert texts[("member a.txt",)] == "Karin Ek"
    assert texts[("member b.txt",)] == "Åsa Öst " * 99


def test_wrong_passwords_that_pass_the_first_check_are_seen_through() -> None:
    data = locked("traditional", b"right", {"a.txt": b"Karin Ek"})
    texts, gaps = opened(data, *(f"wrong {number}" for number in range(63)), "right")
    assert gaps == []
    assert texts[("member a.txt",)] == "Karin Ek"
    for number in range(0, 1000, 60):  # one in 256 passes the byte that is checked first
        _, gaps = opened(data, *(f"wrong {one}" for one in range(number, number + 60)))
        assert [(gap.steps, gap.reason) for gap in gaps] == [(("member a.txt",), GapReason.ENCRYPTED)]


def test_a_large_member_under_an_old_password_is_read_in_good_time() -> None:
    noise = random.Random(1).randbytes(3 << 20).hex().encode()
    texts, gaps = opened(locked("traditional", b"key", {"a.txt": noise}), "key")
    assert gaps == []
    assert texts[("member a.txt",)].encode() == noise


def other_method(method: int, packed_data: bytes, data: bytes) -> bytes:
    fixed = struct.pack("<5H3I2H", 20, 0, method, 0, 0, zlib.crc32(data), len(packed_data), len(data), 5, 0)
    local = b"PK\x03\x04" + fixed + b"a.txt" + packed_data
    central = b"PK\x01\x02" + struct.pack("<H", 20) + fixed + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"a.txt"
    return local + central + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)


def test_methods_that_python_does_not_know_are_read_or_named() -> None:
    text = b"Karin Ek " * 100
    texts, gaps = read(other_method(95, lzma.compress(text), text))
    assert gaps == []
    assert texts[("member a.txt",)] == text.decode()
    _, gaps = read(other_method(6, b"imploded", text))
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("member a.txt",), GapReason.UNKNOWN_FORMAT)]
    assert "method 6" in gaps[0].detail


def test_a_member_that_its_own_header_names_otherwise_is_read() -> None:
    data = packed({"a.txt": b"Karin Ek"}).replace(b"a.txt", b"b.txt", 1)
    texts, gaps = read(data)
    assert gaps == []
    assert texts[("member a.txt",)] == "Karin Ek"


def test_names_in_the_way_of_windows_are_paths() -> None:
    data = packed({"mappXa.txt": b"Karin Ek"}).replace(b"mappXa", b"mapp\\a")
    texts, _ = read(data)
    assert ("member mapp/a.txt",) in texts


@pytest.mark.parametrize("name", ["setup.exe", "a.zip"])
def test_a_zip_behind_other_bytes_is_read(name: str) -> None:
    start = b"MZ" + bytes(2000) if name == "setup.exe" else b"\x01\x02rubbish\0"
    found = list(expand(Blob(start + packed({"a.txt": b"Karin Ek"}), name), LIMITS))
    assert any(isinstance(one, Record) and one.steps == ("member a.txt",) for one in found)
    assert not [one for one in found if isinstance(one, Unread)]


def test_members_that_share_their_bytes_end_at_the_limit() -> None:
    """As in David Fifield's bomb: many names in the directory for the same bytes."""
    data = packed({"a.txt": random.Random(1).randbytes(50_000).hex().encode()})
    start = data.index(b"PK\x01\x02")
    entry, end = data[start : data.index(b"PK\x05\x06")], data[data.index(b"PK\x05\x06") :]
    bomb = data[:start] + entry * 500 + end[:8] + struct.pack("<HHI", 500, 500, len(entry) * 500) + end[16:]
    texts, gaps = read(bomb, replace(LIMITS, expanded=1_000_000))
    # Debian's Python, and newer ones, see that the members lie over each other and open none but one of them.
    assert gaps
    assert {gap.reason for gap in gaps} <= {GapReason.TOO_LARGE, GapReason.UNREADABLE}
    assert sum(bool(text) for text in texts.values()) <= 10
