"""Tar archives made by the standard library: plain, packed, cut, with links and sparse members."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import tarfile
from dataclasses import replace

import pytest

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.expand import expand
from scanner.formats.sniff import sniff
from scanner.limits import Limits
from scanner.records import Role, Unread

LIMITS = Limits()


def packed(members: dict[str, bytes], mode: str = "w", specials: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in specials:
            archive.addfile(info)
    return buffer.getvalue()


def read(data: bytes, limits: Limits = LIMITS) -> tuple[dict[tuple[str, ...], str], list[Unread]]:
    texts: dict[tuple[str, ...], str] = {}
    gaps = []
    for found in expand(Blob(data, "a.tar", limit=limits.blob), limits):
        if isinstance(found, Unread):
            gaps.append(found)
        else:
            assert found.steps not in texts
            texts[found.steps] = "\n".join(text for role, text in found.texts if role is Role.BODY)
    return texts, gaps


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_members_are_read(mode: str) -> None:
    texts, gaps = read(packed({"a.txt": "Åsa".encode(), "b/c.txt": b"Bo", "inner.tar": packed({"d.txt": b"Ek"})}, mode))
    assert gaps == []
    assert texts[("member a.txt",)] == "Åsa"
    assert texts[("member b/c.txt",)] == "Bo"
    assert texts[("member inner.tar", "member d.txt")] == "Ek"


def test_many_members_in_a_packed_archive_take_one_pass() -> None:
    members = {f"{number}.txt": random.Random(number).randbytes(300).hex().encode() for number in range(2000)}
    texts, gaps = read(packed(members, "w:gz"))
    assert gaps == []
    assert {steps[0][7:]: text.encode() for steps, text in texts.items() if steps} == members


def test_links_and_special_members_are_gaps() -> None:
    kinds = {"sym": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "fifo": tarfile.FIFOTYPE, "chr": tarfile.CHRTYPE}
    infos = []
    for name, kind in kinds.items():
        info = tarfile.TarInfo(name)
        info.type = kind
        info.linkname = "a.txt" if name in ("sym", "hard") else ""
        infos.append(info)
    folder = tarfile.TarInfo("folder")
    folder.type = tarfile.DIRTYPE
    texts, gaps = read(packed({"a.txt": b"x"}, specials=(*infos, folder)))
    assert {gap.steps[0]: gap.reason for gap in gaps} == {
        "member sym": GapReason.LINK,
        "member hard": GapReason.LINK,
        "member fifo": GapReason.SPECIAL_FILE,
        "member chr": GapReason.SPECIAL_FILE,
    }
    assert ("member folder",) in texts


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_cut_archive_gives_what_it_has_and_a_gap(mode: str, part: float) -> None:
    members = {f"{number}.txt": random.Random(number).randbytes(5000).hex().encode() for number in range(10)}
    data = packed(members, mode)
    texts, gaps = read(data[: int(len(data) * part)])
    assert gaps
    assert {gap.reason for gap in gaps} == {GapReason.UNREADABLE}
    whole = {name: text for name, data in members.items() if (text := texts.get((f"member {name}",)))}
    assert 0 < len(whole) < 10


def test_a_cut_between_two_members_is_a_gap_too() -> None:
    data = packed({"a.txt": b"x" * 512, "b.txt": b"y" * 512})
    texts, gaps = read(data[:1024])
    assert texts[("member a.txt",)] == "x" * 512
    assert [(gap.steps, gap.reason) for gap in gaps] == [((), GapReason.UNREADABLE)]


def test_a_damaged_header_is_a_gap() -> None:
    data = bytearray(packed({"a.txt": b"x" * 512, "b.txt": b"y" * 512}))
    data[1024 + 148 : 1024 + 156] = b"99999999"
    texts, gaps = read(bytes(data))
    assert texts[("member a.txt",)] == "x" * 512
    assert [gap.reason for gap in gaps] == [GapReason.UNREADABLE]


def test_a_packed_bomb_is_not_unpacked_further_than_the_limit() -> None:
    info = tarfile.TarInfo("bomb")
    info.size = 200 << 20
    head = info.tobuf()
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1) as stream:
        stream.write(head)
        for _ in range(200):
            stream.write(bytes(1 << 20))
    texts, gaps = read(buffer.getvalue(), replace(LIMITS, expanded=10 << 20))
    assert {gap.reason for gap in gaps} == {GapReason.TOO_LARGE}
    assert ("member bomb",) in texts


def test_a_sparse_bomb_is_a_gap() -> None:
    info = tarfile.TarInfo("sparse")
    info.size = 0
    info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0"}
    info.pax_headers |= {"GNU.sparse.size": str(900 << 20), "GNU.sparse.numblocks": "1"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info)
    data = buffer.getvalue()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert archive.getmembers()[0].size == 900 << 20  # the witness sees a bomb
    _, gaps = read(data)
    assert [(gap.steps, gap.reason) for gap in gaps] == [(("member sparse",), GapReason.TOO_LARGE)]


def test_names_in_latin1_are_readable() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        archive.addfile(tarfile.TarInfo("Åsa Öhrn.txt"))
    texts, _ = read(buffer.getvalue())
    assert ("member Åsa Öhrn.txt",) in texts


def test_an_old_tar_is_known_by_its_sum() -> None:
    data = bytearray(packed_v7())
    assert sniff(Blob(bytes(data), "a.bin")) == "tar"
    data[0] ^= 1
    assert sniff(Blob(bytes(data), "a.bin")) != "tar"


def packed_v7() -> bytes:
    """One member as Unix 7 wrote it, with nothing but the sum to tell it by."""
    head = bytearray(512)
    head[:5], head[100:108], head[124:136], head[136:148] = b"a.txt", b"0000644\0", b"00000000010\0", b"00000000000\0"
    head[108:124] = b"0000000\0" * 2
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + b"Karin Ek".ljust(512, b"\0") + bytes(1024)


def squeezed(data: bytes, how: str) -> bytes:
    return {"": bytes, "gz": gzip.compress, "xz": lzma.compress}[how](data)


@pytest.mark.parametrize("how", ["", "gz", "xz"])
def test_archives_put_together_are_all_read(how: str) -> None:
    together = packed({"a.txt": b"Karin"}) + packed({"b.txt": b"Bo", "a.txt": b"Eva"}) + packed({"c.txt": b"Ek"})
    texts, gaps = read(squeezed(together, how))
    assert gaps == []
    assert {steps: text for steps, text in texts.items() if steps} == {
        ("member a.txt",): "Karin",
        ("member b.txt",): "Bo",
        ("member a.txt (2)",): "Eva",
        ("member c.txt",): "Ek",
    }


def test_packed_archives_put_together_are_all_read() -> None:
    texts, gaps = read(packed({"a.txt": b"Karin"}, "w:gz") + packed({"b.txt": b"Bo"}, "w:gz"))
    assert gaps == []
    assert texts[("member b.txt",)] == "Bo"


def test_a_cut_second_archive_is_a_gap() -> None:
    texts, gaps = read(packed({"a.txt": b"Karin"}) + packed({"b.txt": b"Bo" * 900})[:1024])
    assert texts[("member a.txt",)] == "Karin"
    assert gaps


def test_text_behind_the_end_is_read() -> None:
    texts, gaps = read(packed({"a.txt": b"Karin"}) + "Reklamation från Bo Ek\n".encode())
    assert gaps == []
    assert texts[("part end",)] == "Reklamation från Bo Ek\n"


def test_unknown_bytes_behind_the_end_are_a_gap() -> None:
    _, gaps = read(packed({"a.txt": b"Karin"}) + b"\x07\x01\x02\xfe\xff\x00\x03" * 90)
    assert [gap.steps for gap in gaps] == [("part end",)]


def test_a_long_run_of_zeros_behind_the_end_is_nothing() -> None:
    texts, gaps = read(packed({"a.txt": b"Karin"}) + bytes(3_000_001))
    assert gaps == []
    assert set(texts) == {(), ("member a.txt",)}
