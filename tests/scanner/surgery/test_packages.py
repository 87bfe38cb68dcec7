"""Zip packages with members changed: zipfile and the raw bytes are the witnesses."""

from __future__ import annotations

import bz2
import io
import random
import struct
import zipfile
import zlib

import pytest

from scanner.surgery.base import CannotEdit
from scanner.surgery.packages import rewrite, same_but


class _Unseekable(io.BytesIO):
    """What a program writes to that streams: sizes then stand behind the members."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


def _made(stream: io.BytesIO | None = None, count: int = 8, seed: int = 1) -> bytes:
    rng = random.Random(seed)
    out = stream or io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.comment = b"om paketet"
        for number in range(count):
            info = zipfile.ZipInfo(f"mapp/å{number}.xml", (2020, 1 + number % 12, 3, 4, 5, 6))
            info.compress_type = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
            info.external_attr = rng.choice((0o644, 0o600)) << 16
            info.comment = b"om del %d" % number
            info.extra = struct.pack("<2H4s", 0x7777, 4, b"mera")
            made.writestr(info, rng.randbytes(30) * rng.randrange(1, 90))
    return out.getvalue()


def _packed(data: bytes, info: zipfile.ZipInfo) -> bytes:
    name, extra = struct.unpack_from("<2H", data, info.header_offset + 26)
    start = info.header_offset + 30 + name + extra
    return data[start : start + info.compress_size]


def _told(info: zipfile.ZipInfo) -> tuple[object, ...]:
    return info.filename, info.date_time, info.external_attr, info.comment, info.compress_type, info.extra


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_all_but_the_changed_members_are_the_same_bytes(streamed: bool, seed: int) -> None:
    data = _made(_Unseekable() if streamed else None, seed=seed)
    changed, gone = "mapp/å2.xml", "mapp/å5.xml"
    after = rewrite(data, {changed: b"nytt" * 50, gone: None})
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        assert new.testzip() is None
        assert new.comment == old.comment
        left = [info for info in old.infolist() if info.filename != gone]
        assert [_told(info) for info in new.infolist()] == [_told(info) for info in left]
        for one, other in zip(left, new.infolist(), strict=True):
            if one.filename == changed:
                assert new.read(other) == b"nytt" * 50
            else:
                assert _packed(after, other) == _packed(data, one)
    assert same_but(data, after, {changed, gone}) == []


def test_nothing_to_change_changes_no_byte() -> None:
    for data in (_made(), _made(_Unseekable())):
        with zipfile.ZipFile(io.BytesIO(data)) as whole:
            same = {name: whole.read(name) for name in whole.namelist()}
        assert rewrite(data, {}) == data
        assert rewrite(data, dict(same)) == data
        assert rewrite(data, {"mapp/å1.xml": b"a"}) == rewrite(data, {"mapp/å1.xml": b"a"}) != data


def test_what_is_packed_keeps_its_way() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(zipfile.ZipInfo("mimetype"), b"application/x")
        made.writestr("b", b"b", zipfile.ZIP_BZIP2)
    after = rewrite(out.getvalue(), {"b": b"annat", "mimetype": b"application/y"})
    assert after[30:51] == b"mimetypeapplication/y"
    with zipfile.ZipFile(io.BytesIO(after)) as new:
        info = new.getinfo("b")
        assert info.compress_type == zipfile.ZIP_BZIP2
        assert bz2.decompress(_packed(after, info)) == b"annat"


def test_zip64_fields_are_kept_where_they_must_and_dropped_where_they_lie() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in ("a", "b", "c"):
            with made.open(name, "w", force_zip64=True) as member:
                member.write(name.encode() * 99)
    after = rewrite(out.getvalue(), {"a": b"kort", "b": None})
    with zipfile.ZipFile(io.BytesIO(after)) as new:
        assert new.testzip() is None
        assert {name: new.read(name) for name in new.namelist()} == {"a": b"kort", "c": b"c" * 99}


def test_places_in_zip64_fields_and_ends_follow() -> None:
    data = _forced64({"a": b"x" * 50, "b": b"y" * 60})
    after = rewrite(data, {"a": b"z"})
    with zipfile.ZipFile(io.BytesIO(after)) as new:
        assert {name: new.read(name) for name in new.namelist()} == {"a": b"z", "b": b"y" * 60}
    place = after.index(b"PK\6\6")
    count, size, start = struct.unpack_from("<3Q", after, place + 32)
    assert (count, size, after[start : start + 4]) == (2, place - start, b"PK\1\2")
    assert struct.unpack_from("<Q", after, after.index(b"PK\6\7") + 8)[0] == place


def _forced64(members: dict[str, bytes]) -> bytes:
    """A package as large ones are built, by hand: places and sizes in ZIP64 fields, and their own end."""
    out = b""
    entries = b""
    for name, content in members.items():
        crc = zlib.crc32(content)
        head = struct.pack("<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 33, crc, len(content), len(content), len(name), 0)
        extra = struct.pack("<2H3Q", 1, 24, len(content), len(content), len(out))
        entries += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 45, 45, 0, 0, 0, 33, crc, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra),
            0, 0, 0, 0, 0xFFFFFFFF,
        )  # fmt: skip
        entries += name.encode() + extra
        out += head + name.encode() + content
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, len(members), len(members), len(entries), len(out))
    place = struct.pack("<4sLQL", b"PK\6\7", 0, len(out) + len(entries), 1)
    last = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return out + entries + end + place + last


def test_members_that_the_directory_lists_in_another_order() -> None:
    data = _made(count=3)
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        start, infos = whole.start_dir, whole.infolist()
    sizes = [46 + len(i.filename.encode()) + len(i.extra) + len(i.comment) for i in infos]
    first, rest = data[start : start + sizes[0]], data[start + sizes[0] : start + sum(sizes)]
    turned = data[:start] + rest + first + data[start + sum(sizes) :]
    after = rewrite(turned, {"mapp/å1.xml": b"ny"})
    with zipfile.ZipFile(io.BytesIO(after)) as new, zipfile.ZipFile(io.BytesIO(turned)) as old:
        assert new.namelist() == old.namelist()
        assert new.read("mapp/å0.xml") == old.read("mapp/å0.xml")
        assert new.read("mapp/å1.xml") == b"ny"


def _doubled() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("a", b"1")
        made.writestr("a", b"2")
    return out.getvalue()


def _between() -> bytes:
    """The older bytes of a member still lie in the file, though no entry leads to them."""
    data = _made(count=3)
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        start, info = whole.start_dir, whole.infolist()[0]
    size = 46 + len(info.filename.encode()) + len(info.extra) + len(info.comment)
    end = bytearray(data[start + size :])
    at = end.rindex(b"PK\5\6")
    struct.pack_into("<2H2L", end, at + 8, 2, 2, at, start)
    return data[:start] + bytes(end)


def _encrypted() -> bytes:
    data = bytearray(_made(count=3))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as whole:
        start, place = whole.start_dir, whole.getinfo("mapp/å0.xml").header_offset
    data[place + 6] |= 1
    data[start + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (_made(), "inte där", "missing"),
        (_doubled(), "a", "twice"),
        (_between(), "mapp/å1.xml", "before the first"),
        (b"skal" + _made(), "mapp/å1.xml", "before the first"),
        (_made()[:-12] + b"om" + _made()[-10:], "mapp/å1.xml", "behind the end"),
        (_made() + b"mera", "mapp/å1.xml", "behind the end"),
        (_encrypted(), "mapp/å0.xml", "encrypted"),
        (b"PK\3\4 nej", "a", "damaged"),
        (b"", "a", "damaged"),
        (_made()[:500], "mapp/å1.xml", "damaged"),
    ],
)
def test_what_is_odd_is_refused(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(CannotEdit, match=reason):
        rewrite(data, {name: b"nytt"})


def test_damage_anywhere_never_breaks_out() -> None:
    data = _made(count=3)
    rng = random.Random(3)
    for _ in range(400):
        hurt = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            hurt[rng.randrange(len(hurt))] = rng.randrange(256)
        try:
            after = rewrite(bytes(hurt), {"mapp/å1.xml": b"nytt"})
        except CannotEdit:
            continue
        assert isinstance(same_but(bytes(hurt), after, {"mapp/å1.xml"}), list)


def test_every_difference_is_seen() -> None:
    data = _made()
    name = "mapp/å1.xml"
    assert same_but(data, rewrite(data, {name: b"x"}), ()) != []
    assert same_but(data, rewrite(data, {name: None}), ()) != []
    assert same_but(data, data.replace(b"om paketet", b"om pakete!"), (name,)) == ["the comment of the package"]
    assert same_but(data, data.replace(b"om del 3", b"om del x"), (name,)) != []
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        place = whole.getinfo("mapp/å4.xml").header_offset
        start = whole.start_dir
    assert same_but(data, data[: place + 60] + b"\0" + data[place + 61 :], (name,)) == ["member 5: its bytes"]
    at = data.index("mapp/å4.xml".encode(), start) - 46
    hurt = bytearray(data)
    hurt[at + 12] ^= 1  # its time
    assert same_but(data, bytes(hurt), (name,)) != []
    assert same_but(data, b"inget paket", (name,)) != []
