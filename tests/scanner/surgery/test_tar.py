"""Members out of a tar, judged by stdlib `tarfile` and by the bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
from collections.abc import Callable

import pytest

from scanner.blob import Blob
from scanner.model import Cut
from scanner.surgery.archives.tar import EDITOR
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.operate import operate
from tests.scanner.surgery import make_tar
from tests.scanner.surgery.canaries import LIMITS, NOBODY, Someone, edited

_PACKERS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "gz": (gzip.compress, gzip.decompress),
    "bz2": (bz2.compress, bz2.decompress),
    "xz": (lzma.compress, lzma.decompress),
}


def members(data: bytes) -> list[tuple[object, ...]]:
    """What tarfile tells of each member, with its blocks."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as archive:
        for info in archive:
            stream = archive.extractfile(info) if info.isreg() else None
            pax = sorted(info.pax_headers.items())
            told = [info.name, info.mode, info.uid, info.uname, info.mtime, info.type, info.linkname, info.size, pax]
            found.append((*told, stream.read() if stream else None, data[info.offset : info.offset_data]))
    return found


def tar(files: dict[str, bytes], form: int = tarfile.USTAR_FORMAT, links: dict[str, str] | None = None) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.LNKTYPE, target
            archive.addfile(info)
    return sink.getvalue()


def cut(data: bytes, *names: str) -> bytes:
    return edited(EDITOR, Blob(data, "a.tar"), Edits(remove=frozenset((f"member {name}",) for name in names)))


@pytest.mark.parametrize("seed", range(20))
def test_twenty_of_many_leave_and_the_others_stay(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.choice([2, 3, 21, 100, 500])
    made = make_tar.make(rng, count)
    gone = set(rng.sample(range(count), min(20, count - 1)))
    after = edited(EDITOR, Blob(made.data, made.name), Edits(remove=frozenset(made.steps[n] for n in gone)))
    old = members(made.data)
    assert len(old) == count
    assert members(after) == [one for number, one in enumerate(old) if number not in gone]
    assert not [made.canaries[number] for number in gone if made.canaries[number] in after]
    assert len(after) % 10240 == 0
    assert after.endswith(bytes(1024))


@pytest.mark.parametrize("seed", range(6))
def test_changed_members_keep_what_they_were_called(seed: int) -> None:
    rng = random.Random(seed)
    made = make_tar.make(rng, 60)
    plain = [number for number, one in enumerate(members(made.data)) if one[9] is not None]
    new = {made.steps[number]: b"new" * (number * 40) for number in rng.sample(plain, 10)}
    after = edited(EDITOR, Blob(made.data, made.name), Edits(replace=new))
    for steps, was, now in zip(made.steps, members(made.data), members(after), strict=True):
        if steps in new:
            assert (*now[:7], now[8], now[9]) == (*was[:7], was[8], new[steps])
        else:
            assert now == was


@pytest.mark.parametrize("kind", _PACKERS)
def test_a_packed_archive_is_packed_again(kind: str) -> None:
    pack, unpack = _PACKERS[kind]
    data = pack(tar({"a.txt": b"canary", "b.txt": b"b"}))
    after = cut(data, "a.txt")
    assert [one[0] for one in members(unpack(after))] == ["b.txt"]
    assert after[:8] == data[:8]


def test_a_hard_link_needs_what_it_points_to() -> None:
    data = tar({"a.txt": b"canary", "b.txt": b"b"}, links={"c.txt": "a.txt"})
    with pytest.raises(CannotEdit, match="link"):
        cut(data, "a.txt")
    assert [one[0] for one in members(cut(data, "a.txt", "c.txt"))] == ["b.txt"]
    assert [one[0] for one in members(cut(data, "c.txt"))] == ["a.txt", "b.txt"]


def sparse() -> bytes:
    """GNU's old way to tell of holes: 2 bytes at place 0 of a file of 1 MiB."""
    info = tarfile.TarInfo("holes.img")
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    head[156:157] = b"S"
    head[124:136] = b"%011o\0" % 2
    head[386:410] = b"%011o\0%011o\0" % (0, 2)
    head[483:495] = b"%011o\0" % (1 << 20)
    head[148:156] = b"%06o\0 " % (sum(head[:148]) + 256 + sum(head[156:]))
    return bytes(head) + b"hi" + bytes(510)


def test_a_member_with_holes_stays_but_is_not_touched() -> None:
    data = sparse() + tar({"b.txt": b"b", "c.txt": b"c"})
    assert [one[0] for one in members(data)] == ["holes.img", "b.txt", "c.txt"]
    assert members(cut(data, "b.txt"))[0] == members(data)[0]
    with pytest.raises(CannotEdit, match="holes"):
        cut(data, "holes.img")


@pytest.mark.parametrize("link", ["./Anna.txt", "/Anna.txt", "b/../Anna.txt", "Anna.txt"])
def test_links_to_what_leaves_are_seen_however_they_are_written(link: str) -> None:
    data = tar({"Anna.txt": b"canary", "b.txt": b"b"}, links={"b/copy.txt": link})
    edits = Edits(remove=frozenset({("member Anna.txt",)}))
    with pytest.raises(CannotEdit, match="link"):
        EDITOR.edit(Blob(data, "a.tar"), edits, NOBODY, LIMITS)
    forged = tar({"b.txt": b"b"}, links={"b/copy.txt": link})
    assert EDITOR.differences(data, forged, edits, NOBODY) == ["a member that stays is a link to one that is to leave"]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_symbolic_link_to_what_leaves_would_keep_its_name(form: int) -> None:
    folder = "Anna " + "x" * 120 if form != tarfile.USTAR_FORMAT else "Anna"
    links = {"b/up": f"../{folder}/a.txt", f"{folder}/beside": "a.txt", "b/other": "a.txt"}
    for name, target in links.items():
        sink = io.BytesIO()
        with tarfile.open(fileobj=sink, mode="w", format=form) as archive:
            archive.addfile(tarfile.TarInfo(f"{folder}/a.txt"))
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
        data, edits = sink.getvalue(), Edits(remove=frozenset({(f"member {folder}/a.txt",)}))
        if name == "b/other":  # leads to b/a.txt
            assert [one[0] for one in members(edited(EDITOR, Blob(data, "a.tar"), edits))] == ["b/other"]
            continue
        with pytest.raises(CannotEdit, match="link"):
            EDITOR.edit(Blob(data, "a.tar"), edits, NOBODY, LIMITS)
        assert EDITOR.differences(data, data, edits, NOBODY) == [
            "a member that stays is a link to one that is to leave"
        ]


def between(place: int, form: int = tarfile.USTAR_FORMAT) -> tuple[bytes, Edits]:
    """An archive with a word at this place that no member holds."""
    data = bytearray(tar({"b" * 120 if form == tarfile.GNU_FORMAT else "b.txt": b"b" * 30, "a.txt": b"a"}, form))
    data[place : place + 6] = b"canary"
    return bytes(data), Edits(remove=frozenset({("member a.txt",)}))


@pytest.mark.parametrize(
    ("place", "form"),
    [
        (512 + 100, tarfile.USTAR_FORMAT),  # behind a member's content
        (512 + 200, tarfile.GNU_FORMAT),  # behind the long name of one
        (4 * 512 + 1024, tarfile.USTAR_FORMAT),  # behind the end mark
        (10240 - 6, tarfile.USTAR_FORMAT),
    ],
)
def test_bytes_that_no_member_holds_are_for_a_person(place: int, form: int) -> None:
    data, edits = between(place, form)
    with pytest.raises(CannotEdit, match="bytes stand between"):
        EDITOR.edit(Blob(data, "a.tar"), edits, NOBODY, LIMITS)
    name = "b" * 120 if form == tarfile.GNU_FORMAT else "b.txt"
    forged = tar({name: b"b" * 30}, form)
    forged = forged[:place] + b"canary" + forged[place + 6 :]
    assert EDITOR.differences(data, forged, edits, NOBODY) == ["bytes stand between the members"]


def test_archives_behind_one_another_stay() -> None:
    first, second = tar({"a.txt": b"canary-a", "b.txt": b"b"}), tar({"a.txt": b"canary-c", "d.txt": b"d"})
    data = first + second
    after = edited(EDITOR, Blob(data, "a.tar"), Edits(remove=frozenset({("member a.txt (2)",)})))
    at = after.index(b"d.txt")
    assert after[: len(first)] == first
    assert after[at : at + 1024] == second[1024 : 1024 + 1024]
    assert b"canary-c" not in after
    both = cut(data, "a.txt", "a.txt (2)")
    assert b"canary" not in both
    assert [one[0] for one in members(both)] == ["b.txt"]


def test_the_last_member_takes_the_archive_with_it() -> None:
    with pytest.raises(CannotEdit, match="remove the whole"):
        cut(tar({"a.txt": b"a"}), "a.txt")


def test_a_cut_off_archive_is_not_edited() -> None:
    data = tar({"a.txt": b"a", "b.txt": b"b" * 2000})
    for bad in (data[:1024], data[: 1024 + 600]):
        with pytest.raises(CannotEdit):
            cut(bad, "a.txt")


def test_a_header_for_all_that_names_the_person_is_for_a_person() -> None:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "Anna Ek"}) as archive:
        for name in ("a.txt", "b.txt"):
            archive.addfile(tarfile.TarInfo(name))
    edits = Edits(remove=frozenset({("member a.txt",)}))
    with pytest.raises(CannotEdit, match="for all"):
        EDITOR.edit(Blob(sink.getvalue(), "a.tar"), edits, Someone(("Anna Ek",)), LIMITS)
    assert edited(EDITOR, Blob(sink.getvalue(), "a.tar"), edits)


def test_steps_that_are_not_there() -> None:
    for edits in (
        Edits(remove=frozenset({("member b.txt",)})),
        Edits(replace={("part end",): b""}),
        Edits(amend=frozenset({()})),
    ):
        with pytest.raises(CannotEdit):
            EDITOR.edit(Blob(tar({"a.txt": b"a"}), "a.tar"), edits, NOBODY, LIMITS)


def test_differences_sees_what_a_bad_editor_does() -> None:
    before = tar({"a.txt": b"a" * 30, "b.txt": b"b" * 30, "c.txt": b"c" * 30})
    good = tar({"a.txt": b"a" * 30, "c.txt": b"c" * 30})
    edits = Edits(remove=frozenset({("member b.txt",)}))
    assert EDITOR.differences(before, good, edits, NOBODY) == []
    for bad in (
        before,
        tar({"a.txt": b"a" * 30}),
        tar({"c.txt": b"c" * 30, "a.txt": b"a" * 30}),
        tar({"a.txt": b"a" * 30, "c.txt": b"d" * 30}),
        tar({"a.txt": b"a" * 30, "d.txt": b"c" * 30}),
        good[:512] + b"stale".ljust(512, b"x") + good[1024:],
        b"",
    ):
        assert EDITOR.differences(before, bad, edits, NOBODY)


def test_a_member_of_a_tar_in_a_packed_tar_leaves_through_the_engine() -> None:
    inner = tar({"anna.txt": b"canary", "x.txt": b"x"}, tarfile.PAX_FORMAT)
    data = gzip.compress(tar({"inner.tar": inner, "b.txt": b"b"}, tarfile.GNU_FORMAT), mtime=7)
    after = operate(Blob(data, "a.tgz"), [Cut(("member inner.tar", "member anna.txt"))], NOBODY, LIMITS)
    left = gzip.decompress(after)
    assert b"canary" not in left
    assert [one[0] for one in members(left)] == ["inner.tar", "b.txt"]
    content = members(left)[0][9]
    assert isinstance(content, bytes)
    assert [one[0] for one in members(content)] == ["x.txt"]
