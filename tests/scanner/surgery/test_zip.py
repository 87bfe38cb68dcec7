"""Members out of a zip, judged by stdlib `zipfile` and by the bytes."""

from __future__ import annotations

import io
import random
import struct
import zipfile

import pytest

from scanner.blob import Blob
from scanner.model import Cut
from scanner.surgery.archives.zip import EDITOR
from scanner.surgery.base import CannotEdit, Edits
from scanner.surgery.operate import operate
from tests.scanner.surgery import make_zip
from tests.scanner.surgery.canaries import LIMITS, NOBODY, Someone, edited


def packed(files: dict[str, bytes], comment: bytes = b"", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        archive.comment = comment
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6)), data, method)
    return sink.getvalue()


def told(data: bytes) -> list[tuple[object, ...]]:
    """All that zipfile tells of the members but where they lie, with their packed bytes."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            start = info.header_offset
            name, extra = struct.unpack_from("<2H", data, start + 26)
            raw = data[start : start + 30 + name + extra + info.compress_size]
            attributes = [info.filename, info.date_time, info.compress_type, info.comment, info.extra, info.flag_bits]
            attributes += [info.external_attr, info.create_system, info.CRC, info.file_size, info.extract_version]
            found.append((*attributes, raw))
    return found


def cut(data: bytes, *names: str) -> bytes:
    return edited(EDITOR, Blob(data, "a.zip"), Edits(remove=frozenset((f"member {name}",) for name in names)))


@pytest.mark.parametrize("seed", range(20))
def test_twenty_of_many_leave_and_the_others_stay(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.choice([1, 2, 21, 100, 500])
    made = make_zip.make(rng, count)
    gone = set(rng.sample(range(count), min(20, count)))
    after = edited(EDITOR, Blob(made.data, made.name), Edits(remove=frozenset(made.steps[n] for n in gone)))
    old = told(made.data)
    assert told(after) == [one for number, one in enumerate(old) if number not in gone]
    with zipfile.ZipFile(io.BytesIO(made.data)) as was, zipfile.ZipFile(io.BytesIO(after)) as now:
        assert now.testzip() is None
        assert now.comment == was.comment
        held = {now.read(info)[:14] for info in now.infolist()}
        assert held == {made.canaries[number] for number in range(count) if number not in gone}
    for number in gone:
        raw = old[number][-1]
        assert isinstance(raw, bytes)
        assert raw not in after
        assert made.canaries[number] not in after


@pytest.mark.parametrize("seed", range(6))
def test_changed_members_keep_what_they_were_called(seed: int) -> None:
    rng = random.Random(seed)
    made = make_zip.make(rng, 60)
    changed = {made.steps[number]: b"new %d" % number for number in rng.sample(range(60), 10)}
    after = edited(EDITOR, Blob(made.data, made.name), Edits(replace=changed))
    with zipfile.ZipFile(io.BytesIO(after)) as now, zipfile.ZipFile(io.BytesIO(made.data)) as was:
        assert now.testzip() is None
        for steps, old, new in zip(made.steps, was.infolist(), now.infolist(), strict=True):
            assert now.read(new) == changed.get(steps, was.read(old))
            kept = ("filename", "date_time", "compress_type", "comment", "external_attr", "create_system")
            assert [getattr(old, one) for one in kept] == [getattr(new, one) for one in kept]


def test_the_last_member_leaves_an_empty_archive() -> None:
    after = cut(packed({"a.txt": b"a"}, b"remark"), "a.txt")
    with zipfile.ZipFile(io.BytesIO(after)) as archive:
        assert archive.namelist() == []
        assert archive.comment == b"remark"
    assert len(after) == 22 + len("remark")
    data = packed({"a.txt": b"a"})
    assert len(operate(Blob(data, "a.zip"), [Cut(("member a.txt",))], NOBODY, LIMITS)) == 22


@pytest.mark.parametrize("place", [("ZIP_FILECOUNT_LIMIT", 2), ("ZIP64_LIMIT", 60)])
def test_archives_of_more_than_32_bits(place: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(zipfile, *place)
        data = packed({f"{n}.txt": b"canary %d" % n * 20 for n in range(6)}, method=zipfile.ZIP_STORED)
    assert b"PK\6\6" in data
    after = cut(data, "1.txt", "4.txt")
    left = [one for number, one in enumerate(told(data)) if number not in (1, 4)]
    assert [(*one[:4], *one[5:]) for one in told(after)] == [(*one[:4], *one[5:]) for one in left]  # 4 holds places
    assert b"canary 4" not in after
    changed = edited(EDITOR, Blob(data, "a.zip"), Edits(replace={("member 3.txt",): b"new"}))
    with zipfile.ZipFile(io.BytesIO(changed)) as archive:
        assert [archive.read(info)[:8] for info in archive.infolist()][2:5] == [b"canary 2", b"new", b"canary 4"]
        assert archive.testzip() is None


def test_names_in_old_charsets_are_those_of_the_reader() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in ("xxx.txt", "b\\c.txt", "yyy.txt"):
            archive.writestr(zipfile.ZipInfo(name), name.encode())
    data = sink.getvalue().replace(b"xxx.txt", b"\x86ke.txt").replace(b"yyy.txt", b"\xc5ke.txt")
    after = cut(data, "åke.txt", "b/c.txt")
    with zipfile.ZipFile(io.BytesIO(after)) as archive:
        assert [info.orig_filename.encode("cp437") for info in archive.infolist()] == [b"\xc5ke.txt"]


def test_a_remark_that_names_the_person_is_for_a_person() -> None:
    data = packed({"a.txt": b"a", "b.txt": b"b"}, b"for Anna Ek")
    edits = Edits(remove=frozenset({("member a.txt",)}))
    with pytest.raises(CannotEdit, match="comment"):
        EDITOR.edit(Blob(data, "a.zip"), edits, Someone(("Anna Ek",)), LIMITS)
    assert edited(EDITOR, Blob(data, "a.zip"), edits)


@pytest.mark.parametrize("build", ["before", "between", "behind", "stale"])
def test_bytes_that_belong_to_no_member_are_for_a_person(build: str) -> None:
    data = packed({"a.txt": b"a" * 50, "b.txt": b"b"}, method=zipfile.ZIP_STORED)
    if build == "before":
        data = b"#!/bin/sh\n" + data
    elif build == "behind":
        data += b"tail"
    else:
        place = data.index(b"PK\1\2") if build == "stale" else data.index(b"PK\3\4", 4)
        junk = b"PK\3\4 deleted, but still there"
        data = data[:place] + junk + data[place:]
        at = data.index(b"PK\5\6")
        start = data.index(b"PK\1\2")
        data = data[: at + 16] + struct.pack("<L", start) + data[at + 20 :]
        if build == "between":
            second = data.index(b"PK\1\2", start + 4)
            data = data[: second + 42] + struct.pack("<L", place + len(junk)) + data[second + 46 :]
    with pytest.raises(CannotEdit):
        EDITOR.edit(Blob(data, "a.zip"), Edits(remove=frozenset({("member a.txt",)})), NOBODY, LIMITS)


def locked(data: bytes, name: bytes) -> bytes:
    """The archive with one member's flags telling that it is encrypted."""
    found = bytearray(data)
    for mark, flags, at in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
        place = data.find(mark)
        while place >= 0:
            if data[place + at :].startswith(name):
                found[place + flags] |= 1
            place = data.find(mark, place + 4)
    return bytes(found)


def test_an_encrypted_member_stays_or_leaves_but_is_not_changed() -> None:
    data = locked(packed({"a.txt": b"a" * 20, "b.txt": b"b" * 20}), b"b.txt")
    assert told(cut(data, "a.txt")) == [told(data)[1]]
    assert told(cut(data, "b.txt")) == [told(data)[0]]
    with pytest.raises(CannotEdit, match="encrypted"):
        EDITOR.edit(Blob(data, "a.zip"), Edits(replace={("member b.txt",): b"x"}), NOBODY, LIMITS)


def test_signed_and_damaged_archives_are_refused() -> None:
    signed = packed({"META-INF/MANIFEST.MF": b"x", "META-INF/A.SF": b"x", "a.class": b"x"})
    assert EDITOR.refuses(Blob(signed, "a.jar")) == "the archive is signed"
    whole = packed({"a.txt": b"a", "META-INF/MANIFEST.MF": b"x"})
    assert EDITOR.refuses(Blob(whole, "a.jar")) is None
    assert EDITOR.refuses(Blob(whole[:-8], "a.zip")) is not None


def test_a_folder_leaves_without_what_is_in_it() -> None:
    data = packed({"Anna/": b"", "Anna/a.txt": b"a"})
    with zipfile.ZipFile(io.BytesIO(cut(data, "Anna/"))) as archive:
        assert archive.namelist() == ["Anna/a.txt"]


def test_steps_that_are_not_there() -> None:
    data = packed({"a.txt": b"a"})
    for edits in (
        Edits(remove=frozenset({("member b.txt",)})),
        Edits(remove=frozenset({("member a.txt", "row 1")})),
        Edits(replace={("member a.txt (2)",): b""}),
        Edits(amend=frozenset({()})),
    ):
        with pytest.raises(CannotEdit):
            EDITOR.edit(Blob(data, "a.zip"), edits, NOBODY, LIMITS)


def test_differences_sees_what_a_bad_editor_does() -> None:
    files = {"a.txt": b"a" * 30, "b.txt": b"b" * 30, "c.txt": b"c" * 30}
    before = packed(files)
    edits = Edits(remove=frozenset({("member b.txt",)}))
    good = packed({"a.txt": b"a" * 30, "c.txt": b"c" * 30})
    assert EDITOR.differences(before, good, edits, NOBODY) == []
    for bad in (
        packed({"a.txt": b"a" * 30}),
        packed({"c.txt": b"c" * 30, "a.txt": b"a" * 30}),
        packed({"a.txt": b"a" * 30, "c.txt": b"d" * 30}),
        packed({"a.txt": b"a" * 30, "c.txt": b"c" * 30}, b"new"),
        packed({"a.txt": b"a" * 30, "c.txt": b"c" * 30}, method=zipfile.ZIP_STORED),
        good.replace(b"c.txt", b"d.txt"),
        before,
        b"b" * 30 + good,
        b"",
    ):
        assert EDITOR.differences(before, bad, edits, NOBODY)


def test_a_row_in_a_zip_in_a_zip_leaves_alone() -> None:
    rows = "namn;e-post\r\n" + "".join(f"Per {n};p{n}@a.example\r\n" for n in range(9))
    deep = packed({"lista.csv": rows.encode(), "x.txt": b"x"})
    data = packed({"inner.zip": deep, "b.txt": b"b"})
    cuts = [Cut(("member inner.zip", "member lista.csv", "row 3"))]
    after = operate(Blob(data, "a.zip"), cuts, NOBODY, LIMITS)
    with zipfile.ZipFile(io.BytesIO(after)) as archive, zipfile.ZipFile(archive.open("inner.zip")) as inner:
        assert inner.read("lista.csv") == rows.replace("Per 2;p2@a.example\r\n", "").encode()
        assert (inner.read("x.txt"), archive.read("b.txt")) == (b"x", b"b")


def test_a_member_of_a_zip_in_a_zip_leaves_through_the_engine() -> None:
    deep = packed({"anna.txt": b"canary", "x.txt": b"x"}, method=zipfile.ZIP_STORED)
    data = packed({"inner.zip": deep, "b.txt": b"b"}, method=zipfile.ZIP_STORED)
    after = operate(Blob(data, "a.zip"), [Cut(("member inner.zip", "member anna.txt"))], NOBODY, LIMITS)
    assert b"canary" not in after
    assert b"anna.txt" not in after
    with zipfile.ZipFile(io.BytesIO(after)) as archive, zipfile.ZipFile(archive.open("inner.zip")) as inner:
        assert {name: inner.read(name) for name in inner.namelist()} == {"x.txt": b"x"}
