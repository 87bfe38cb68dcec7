"""Archives by tar and zip: forms, doubles, links, damage, full disks and crashes; tar, unzip and raw bytes judge."""

from __future__ import annotations

import errno
import gzip
import os
import random
import resource
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.backups import (
    archive_reading,
    archive_shelves,
    archive_streams,
    archive_swap,
    archive_tar_writing,
    archive_zip_writing,
)
from connectors.backups.archive import Archive
from connectors.backups.base import SCOPE, parted, versioned
from connectors.base import Gap, GapReason, Item, Locator, Outcome, Presence, Receipt
from connectors.errors import Changed, ConnectorError, NotFound, Unreachable, Unsupported
from connectors.files import atomic
from tests.connectors.backups.archive_world import everything, pack, unpack
from tests.connectors.backups.folder_world import lay

CANARY = b"Maja Blomqvist, kanariefageln 91-K\n"
FILES = {"Maja/brev.txt": CANARY, "Maja/annat.txt": b"other\n", "fil.txt": b"a file\n", "x" * 150 + "/y.txt": b"long\n"}
LETTER = "srv/Maja/brev.txt"
ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "archives").mkdir()
    lay(str(tmp_path / "srv"), FILES)
    return tmp_path / "archives"


def opened(root: Path, **settings: object) -> Archive:
    return Archive("arkiv", {"path": str(root), **settings})


def all_items(backup: Archive) -> list[Locator]:
    return [event.locator for event in backup.walk(SCOPE) if isinstance(event, Item)]


def items(backup: Archive, path: str = LETTER) -> list[Locator]:
    return [one for one in all_items(backup) if parted(one.path)[0] == path]


def outcome(told: Receipt | ConnectorError) -> Outcome:
    assert isinstance(told, Receipt), told
    return told.outcome


def listing(archive: Path) -> list[str]:
    """As tar tells it: modes, owners, sizes, times, names, links."""
    return subprocess.run(
        ["tar", "-tvf", str(archive), "--full-time", "--numeric-owner"], check=True, capture_output=True, text=True
    ).stdout.splitlines()


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


# Forms


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_form_keeps_its_method_and_all_else(root: Path, tmp_path: Path, ending: str) -> None:
    archive = root / f"a{ending}"
    pack(tmp_path, archive)
    archive.chmod(0o604)
    os.utime(archive, (1_770_000_000,) * 2)
    head = archive.read_bytes()[:4]
    with opened(root) as backup:
        doomed = items(backup)
        assert len(doomed) == 1
        with backup.read(doomed[0]) as content:
            assert content.stream.read() == CANARY
        notes = backup.note(doomed)
        assert outcome(backup.rewrite(doomed)[doomed[0]]) is Outcome.ERASED
        backup.reclaim()
        assert backup.prove(notes) == {doomed[0]: Presence.ABSENT}
    assert archive.read_bytes()[:4] == head
    assert CANARY not in everything(archive)
    assert b"brev.txt" not in everything(archive)
    assert (archive.stat().st_mode & 0o777, int(archive.stat().st_mtime)) == (0o604, 1_770_000_000)
    assert os.listdir(root) == [archive.name]
    expected = {f"srv/{path}": data for path, data in FILES.items() if data != CANARY}
    assert files_of(unpack(archive, tmp_path / "out")) == expected


@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "pax"])
def test_every_kind_of_header_stays_as_it_was(root: Path, tmp_path: Path, form: str) -> None:
    if form in ("v7", "ustar"):
        shutil.rmtree(tmp_path / "srv" / ("x" * 150))
    names = "räksmörgås.txt" if form != "pax" else "r" * 300 + "å.txt"
    if form in ("v7", "ustar", "oldgnu", "gnu"):
        (tmp_path / "srv" / names).write_text("letters")
    os.symlink("fil.txt", tmp_path / "srv/länk")
    os.mkfifo(tmp_path / "srv/rör")
    os.chown(tmp_path / "srv/fil.txt", 12345, 54321)
    archive = root / "a.tar"
    if form == "v7":
        os.unlink(tmp_path / "srv/rör")
    pack(tmp_path, archive, [f"--format={form}"])
    before = listing(archive)
    with opened(root) as backup:
        doomed = items(backup)
        backup.rewrite(doomed)
    assert listing(archive) == [line for line in before if "brev.txt" not in line]
    assert len(listing(archive)) == len(before) - 1
    assert archive.stat().st_size % 10240 == 0


@pytest.mark.parametrize("form", ["gnu", "oldgnu", "pax"])
def test_long_names_go_with_their_headers(root: Path, tmp_path: Path, form: str) -> None:
    pack(tmp_path, root / "a.tar", [f"--format={form}"])
    before = listing(root / "a.tar")
    with opened(root) as backup:
        doomed = items(backup, f"srv/{'x' * 150}/y.txt")
        assert outcome(backup.rewrite(doomed, [f"srv/{'x' * 150}"])[doomed[0]]) is Outcome.ERASED
    assert b"xxxxx" not in (root / "a.tar").read_bytes()
    assert listing(root / "a.tar") == [line for line in before if "xxxxx" not in line]


def test_holes_are_kept_and_read(root: Path, tmp_path: Path) -> None:
    for form in ("gnu", "pax"):
        for name in ("glest", "brev"):
            with open(tmp_path / f"srv/{name}.bin", "wb") as stream:
                stream.seek(5_000_000)
                stream.write(b"end of " + name.encode())
        archive = root / f"{form}.tar"
        pack(tmp_path, archive, ["-S", f"--format={form}"])
        assert archive.stat().st_size < 100_000
    with opened(root) as backup:
        for kept in items(backup, "srv/glest.bin"):
            with backup.read(kept) as content:
                assert content.stream.read() == bytes(5_000_000) + b"end of glest"
        doomed = items(backup, "srv/brev.bin")
        assert {outcome(one) for one in backup.rewrite(doomed).values()} == {Outcome.ERASED}
    for number, archive in enumerate(sorted(root.iterdir())):
        out = unpack(archive, tmp_path / f"out{number}")
        assert (out / "srv/glest.bin").read_bytes() == bytes(5_000_000) + b"end of glest"
        assert not (out / "srv/brev.bin").exists()


def test_both_copies_of_a_name_are_items_and_go(root: Path, tmp_path: Path) -> None:
    """`tar -r` writes a later copy behind the first one."""
    archive = root / "a.tar"
    pack(tmp_path, archive)
    (tmp_path / "srv/Maja/brev.txt").write_bytes(b"second, of Maja\n")
    subprocess.run(["tar", "-C", str(tmp_path), "-rf", str(archive), LETTER], check=True)
    subprocess.run(["tar", "-C", str(tmp_path), "-rf", str(archive), LETTER], check=True)
    with opened(root) as backup:
        doomed = items(backup)
        contents = []
        for one in doomed:
            with backup.read(one) as content:
                contents.append(content.stream.read())
        assert contents == [CANARY, b"second, of Maja\n"]
        backup.rewrite(doomed[:1])
        assert sum("brev.txt" in line for line in listing(archive)) == 2
        backup.rewrite(doomed[1:])
    assert not any("brev.txt" in line for line in listing(archive))
    assert b"of Maja" not in archive.read_bytes()


def test_archives_behind_one_another_are_one(root: Path, tmp_path: Path) -> None:
    pack(tmp_path, root / "a.tar")
    lay(str(tmp_path / "srv"), {"till.txt": b"more\n"})
    pack(tmp_path, tmp_path / "b.tar")
    with open(root / "a.tar", "ab") as stream:
        stream.write((tmp_path / "b.tar").read_bytes())
    with opened(root) as backup:
        assert items(backup, "srv/till.txt")
        backup.rewrite(items(backup))
    told = subprocess.run(["tar", "-tif", str(root / "a.tar")], check=True, capture_output=True, text=True).stdout
    assert "till.txt" in told
    assert "fil.txt" in told
    assert "brev" not in told


# Links


def test_a_hard_link_that_stays_keeps_its_content(root: Path, tmp_path: Path) -> None:
    archive = root / "a.tar.gz"
    os.link(tmp_path / LETTER, tmp_path / "srv/zebra.txt")
    subprocess.run(
        ["tar", "-C", str(tmp_path), "-czf", str(archive), LETTER, "srv/fil.txt", "srv/zebra.txt"], check=True
    )
    assert "link to srv/Maja/brev.txt" in listing(archive)[2]
    before = archive.read_bytes()
    with opened(root) as backup:
        letter, zebra = items(backup)[0], items(backup, "srv/zebra.txt")[0]
        with backup.read(zebra) as content:
            assert content.stream.read() == CANARY
        answer = backup.rewrite([letter, items(backup, "srv/fil.txt")[0]])
        assert isinstance(answer[letter], Unsupported)
        assert "hard link" in str(answer[letter])
        assert outcome(answer[next(one for one in answer if one != letter)]) is Outcome.ERASED
        assert archive.read_bytes() != before
        assert (unpack(archive, tmp_path / "out") / "srv/zebra.txt").read_bytes() == CANARY
        assert outcome(backup.rewrite([letter, zebra])[letter]) is Outcome.ERASED
    assert CANARY not in everything(archive)


def test_a_hard_link_goes_by_itself(root: Path, tmp_path: Path) -> None:
    archive = root / "a.tar"
    os.link(tmp_path / LETTER, tmp_path / "srv/zebra.txt")
    subprocess.run(["tar", "-C", str(tmp_path), "-cf", str(archive), LETTER, "srv/zebra.txt"], check=True)
    with opened(root) as backup:
        zebra = items(backup, "srv/zebra.txt")
        assert outcome(backup.rewrite(zebra)[zebra[0]]) is Outcome.ERASED
    out = unpack(archive, tmp_path / "out")
    assert files_of(out) == {LETTER: CANARY}


# Zip


def test_a_zip_keeps_comments_fields_descriptors_and_passwords(root: Path, tmp_path: Path) -> None:
    archive = root / "a.zip"
    with open(archive, "wb") as raw, zipfile.ZipFile(cast(Any, _Pipe(raw)), "w") as made:
        for name in ("brev.txt", "fil.txt"):
            info = zipfile.ZipInfo(name, (2026, 3, 1, 12, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.extra = b"\xff\x7f\4\0abcd"
            info.comment = b"about " + name.encode()
            with made.open(info, "w", force_zip64=name == "fil.txt") as member:
                member.write(CANARY if name == "brev.txt" else b"stays" * 1000)
        made.comment = b"of all"
    lay(str(tmp_path / "more"), {"hemlig.txt": b"under a password\n", "hemlig2.txt": b"under a password\n"})
    subprocess.run(
        ["zip", "-q", "-P", "pw", str(archive), "hemlig.txt", "hemlig2.txt"], cwd=tmp_path / "more", check=True
    )
    before = {one.filename: one for one in zipfile.ZipFile(archive).infolist()}
    with opened(root) as backup:
        closed = items(backup, "hemlig.txt")[0]
        with pytest.raises(Unsupported, match="password"):
            backup.read(closed)
        doomed = [items(backup, "brev.txt")[0], items(backup, "hemlig2.txt")[0]]
        assert {outcome(one) for one in backup.rewrite(doomed).values()} == {Outcome.ERASED}
    with zipfile.ZipFile(archive) as now:
        assert now.comment == b"of all"
        assert now.namelist() == ["fil.txt", "hemlig.txt"]
        for one in now.infolist():
            was = before[one.filename]
            assert (one.extra, one.comment, one.flag_bits, one.date_time, one.external_attr, one.CRC) == (
                was.extra, was.comment, was.flag_bits, was.date_time, was.external_attr, was.CRC,
            )  # fmt: skip
        assert now.read("fil.txt") == b"stays" * 1000
        assert now.read("hemlig.txt", b"pw") == b"under a password\n"
    subprocess.run(["unzip", "-q", "-P", "pw", "-t", str(archive)], check=True, capture_output=True)
    assert b"brev.txt" not in archive.read_bytes()


class _Pipe:
    """A stream that cannot seek, so that zipfile writes descriptors."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def write(self, data: bytes) -> int:
        return int(self._raw.write(data))

    def flush(self) -> None:
        self._raw.flush()


@pytest.mark.prove
def test_more_members_than_a_plain_zip_has_room_for(root: Path) -> None:
    with zipfile.ZipFile(root / "a.zip", "w") as made:
        for number in range(0x10010):
            made.writestr(f"f/{number}", b"")
        made.writestr("brev.txt", CANARY)
    with opened(root) as backup:
        doomed = items(backup, "brev.txt")
        assert outcome(backup.rewrite(doomed)[doomed[0]]) is Outcome.ERASED
    assert CANARY not in (root / "a.zip").read_bytes()
    told = subprocess.run(["unzip", "-Z1", str(root / "a.zip")], check=True, capture_output=True, text=True).stdout
    assert len(told.splitlines()) == 0x10010


def test_names_of_older_zips_are_read_as_they_were_meant(root: Path) -> None:
    raw = "Åsa/räksmörgås.txt".encode("cp437")
    with zipfile.ZipFile(root / "a.zip", "w") as made:
        made.writestr("A" * len(raw), CANARY)
        made.writestr("mapp\\fil.txt", b"x")
    data = (root / "a.zip").read_bytes().replace(b"A" * len(raw), raw)
    (root / "a.zip").write_bytes(data.replace(b"\x14\x03", b"\x14\x00"))  # made on DOS
    with opened(root) as backup:
        assert {parted(one.path)[0] for one in all_items(backup)} == {"Åsa/räksmörgås.txt", "mapp/fil.txt"}


@pytest.mark.parametrize("where", ["before", "between", "behind"])
def test_bytes_of_no_member_are_told_and_nothing_is_erased(root: Path, tmp_path: Path, where: str) -> None:
    """What was deleted from a zip may still stand there."""
    archive = root / "a.zip"
    pack(tmp_path, archive)
    data = archive.read_bytes()
    if where == "before":
        data = b"a program" + data
    elif where == "between":
        with zipfile.ZipFile(archive, "a") as made:
            start = made.start_dir
        data = archive.read_bytes()
        data = data[:start] + b"left of old" + data[start:]
        end = data.rindex(b"PK\5\6")
        data = data[: end + 16] + (start + 11).to_bytes(4, "little") + data[end + 20 :]
    else:
        data += b"and more"
    archive.write_bytes(data)
    with opened(root) as backup:
        events = list(backup.walk(SCOPE))
        gaps = [one for one in events if isinstance(one, Gap)]
        assert [(one.locator.path, one.reason) for one in gaps] == [("", GapReason.UNREADABLE)]
        found = [one.locator for one in events if isinstance(one, Item) and LETTER in one.locator.path]
        assert found
        assert isinstance(backup.rewrite(found)[found[0]], ConnectorError)
    assert archive.read_bytes() == data


# What stops it


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".zip"])
def test_a_damaged_archive_is_a_gap_and_stays(root: Path, tmp_path: Path, ending: str) -> None:
    lay(str(tmp_path / "srv"), FILES | {"z/random.bin": random.Random(1).randbytes(300_000)})
    pack(tmp_path, root / f"hel{ending}")
    pack(tmp_path, root / f"trasig{ending}")
    broken = root / f"trasig{ending}"
    os.truncate(broken, broken.stat().st_size - 100_000)
    before = broken.read_bytes()
    with opened(root) as backup:
        gaps = [event for event in backup.walk(SCOPE) if isinstance(event, Gap)]
        assert [(one.locator.path, one.reason) for one in gaps] == [("", GapReason.UNREADABLE)]
        doomed = items(backup)
        assert len(doomed) == 1
        notes = backup.note(doomed)
        assert notes[doomed[0]]
        told = backup.rewrite(doomed)[doomed[0]]
        assert isinstance(told, Unreachable)
        # what lay before the damage is still listed; of the rest nobody can tell
        assert backup.prove(notes)[doomed[0]] is Presence.PRESENT or ending in (".zip", ".tar.bz2")
        gone = Locator("arkiv", versioned("srv/never.txt", parted(doomed[0].path)[1]))
        assert isinstance(backup.prove({gone: ""})[gone], Unreachable)
        with pytest.raises(Unreachable):
            backup.presence(gone)
        assert isinstance(backup.rewrite([gone])[gone], Unreachable)
    assert broken.read_bytes() == before
    assert CANARY not in everything(root / f"hel{ending}")


def test_what_is_not_read_here_says_why(root: Path, tmp_path: Path) -> None:
    pack(tmp_path, root / "a.tar")
    (root / "b.tar.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(600))
    (root / "c.tgz").write_bytes(gzip.compress(b"no tar"))
    with opened(root) as backup:
        gaps = [event for event in backup.walk(SCOPE) if isinstance(event, Gap)]
    assert {(one.reason, one.detail.split()[0]) for one in gaps} == {
        (GapReason.UNKNOWN_FORMAT, "packed"), (GapReason.UNKNOWN_FORMAT, "no"),
    }  # fmt: skip
    assert "zstd" in "".join(one.detail for one in gaps)


@pytest.mark.parametrize("ending", [".tar.gz", ".zip"])
def test_a_full_disk_leaves_the_old_archive(root: Path, tmp_path: Path, ending: str) -> None:
    """The kernel refuses to write more than half of it."""
    lay(str(tmp_path / "srv"), FILES | {"z/random.bin": random.Random(1).randbytes(3_000_000)})
    archive = root / f"a{ending}"
    pack(tmp_path, archive)
    before = archive.read_bytes()
    with opened(root) as backup:
        doomed = items(backup)
        with _no_file_larger_than(1_500_000), pytest.raises(Unreachable, match="no room"):
            backup.rewrite(doomed)
        assert archive.read_bytes() == before
        assert os.listdir(root) == [archive.name]
        assert backup.presence(doomed[0]) is Presence.PRESENT


def test_no_room_is_seen_before_anything_is_written(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    pack(tmp_path, root / "a.tar")

    class Full:
        f_bavail, f_frsize, f_fsid = 1, 512, 0

    with opened(root) as backup:
        doomed = items(backup)
        monkeypatch.setattr(os, "fstatvfs", lambda handle: Full)
        with pytest.raises(Unreachable, match="no room"):
            backup.rewrite(doomed)


@contextmanager
def _no_file_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_an_archive_with_other_names_or_that_is_open_is_left_alone(root: Path, tmp_path: Path) -> None:
    archive = root / "a.tar"
    pack(tmp_path, archive)
    before = archive.read_bytes()
    with opened(root) as backup:
        doomed = items(backup)
        os.link(archive, tmp_path / "other")
        assert "hard links" in str(backup.rewrite(doomed)[doomed[0]])
        (tmp_path / "other").unlink()
        with open(archive, "rb"):
            assert "open elsewhere" in str(backup.rewrite(doomed)[doomed[0]])
        assert archive.read_bytes() == before
        assert os.listdir(root) == ["a.tar"]
        assert outcome(backup.rewrite(doomed)[doomed[0]]) is Outcome.ERASED


def test_an_archive_that_is_written_in_the_same_moment_wins(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    archive = root / "a.tar"
    pack(tmp_path, archive)
    real = atomic.exchange
    newer = tmp_path / "newer"
    shutil.copy(archive, newer)

    def late(*places: Any) -> None:
        if newer.exists():
            newer.rename(archive)
        real(*places)

    monkeypatch.setattr(atomic, "exchange", late)
    inode = newer.stat().st_ino
    with opened(root) as backup:
        doomed = items(backup)
        assert isinstance(backup.rewrite(doomed)[doomed[0]], Changed)
    assert archive.stat().st_ino == inode
    assert os.listdir(root) == ["a.tar"]


def test_what_is_written_wrongly_never_gets_the_name(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """The proof is not the writer's: one that drops a neighbour's last byte is caught."""
    for ending in (".tar", ".zip"):
        pack(tmp_path, root / f"a{ending}")
    before = {one.name: one.read_bytes() for one in root.iterdir()}

    def spoiled(writer: Callable[..., None]) -> Callable[..., None]:
        def write(old: Any, members: Any, gone: Any, put: Any) -> None:
            def other(data: bytes) -> None:
                sink(data.replace(b"a file", b"b file").replace(b"other", b"othes"))

            sink = getattr(put, "write", put)
            if hasattr(put, "write"):
                other_file = type("Out", (), {"write": staticmethod(other)})()
                writer(old, members, gone, other_file)
            else:
                writer(old, members, gone, other)

        return write

    monkeypatch.setattr(archive_tar_writing, "write", spoiled(archive_tar_writing.write))
    monkeypatch.setattr(archive_zip_writing, "write", spoiled(archive_zip_writing.write))
    with opened(root) as backup:
        doomed = items(backup)
        assert {type(one) for one in backup.rewrite(doomed).values()} == {Unsupported}
    assert {one.name: one.read_bytes() for one in root.iterdir()} == before


# Crashes


@pytest.mark.parametrize("step", ["before", "after"])
@pytest.mark.parametrize("ending", [".tar.gz", ".zip"])
def test_a_crash_at_the_swap_is_seen_and_ended(root: Path, tmp_path: Path, ending: str, step: str) -> None:
    archive = root / f"a{ending}"
    pack(tmp_path, archive)
    with opened(root) as backup:
        doomed = items(backup)
        notes = backup.note(doomed)
    child = os.fork()
    if child == 0:
        target, name = (atomic, "exchange") if step == "before" else (archive_swap, "take_away")
        setattr(target, name, lambda *arguments, **options: os.kill(os.getpid(), signal.SIGKILL))
        with opened(root) as backup:
            backup.rewrite(doomed)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert len(os.listdir(root)) == 2
    if ending == ".zip":
        subprocess.run(["unzip", "-qt", str(archive)], check=True, capture_output=True)
    else:
        assert listing(archive)
    with opened(root) as backup:
        assert backup.unreclaimed() is True
        told = backup.prove(notes)[doomed[0]]
        assert told is Presence.PRESENT if step == "before" else isinstance(told, Unreachable)
        expected = Outcome.ERASED if step == "before" else Outcome.ABSENT
        assert outcome(backup.rewrite(doomed)[doomed[0]]) is expected
        backup.reclaim()
        assert backup.unreclaimed() is False
        assert backup.prove(notes) == {doomed[0]: Presence.ABSENT}
    assert os.listdir(root) == [archive.name]
    assert CANARY not in everything(archive)


def test_where_nothing_can_be_exchanged_a_rename_does_it(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    def refused(*places: Any) -> None:
        raise atomic.NotOffered

    pack(tmp_path, root / "a.tar.gz")
    monkeypatch.setattr(atomic, "exchange", refused)
    with opened(root) as backup:
        doomed = items(backup)
        assert outcome(backup.rewrite(doomed)[doomed[0]]) is Outcome.ERASED
    assert os.listdir(root) == ["a.tar.gz"]
    assert CANARY not in everything(root / "a.tar.gz")


# Reading


@pytest.mark.parametrize("order", ["as they lie", "backwards"])
def test_many_members_are_read_in_one_pass(root: Path, tmp_path: Path, monkeypatch: Any, order: str) -> None:
    files = {f"{number:03}.bin": random.Random(number).randbytes(3000) for number in range(200)}
    shutil.rmtree(tmp_path / "srv")
    lay(str(tmp_path / "srv"), files)
    pack(tmp_path, root / "a.tar.gz")
    with opened(root) as backup:
        wanted = all_items(backup)
    counted = [0]
    real = archive_streams.Forward._take

    def take(stream: Any, count: int) -> bytes:
        data: bytes = real(stream, count)
        counted[0] += len(data)
        return data

    monkeypatch.setattr(archive_streams.Forward, "_take", take)
    with opened(root) as backup:
        if order == "backwards":
            wanted.reverse()
        backup.ahead(wanted)
        for one in wanted:
            with backup.read(one) as content:
                assert content.stream.read() == files[parted(one.path)[0].removeprefix("srv/")]
    assert 200 * 3000 < counted[0] < 1.2 * 200 * 3584 + 20480


def test_what_is_written_anew_is_listed_anew_though_size_time_and_inode_are_the_same(
    root: Path, tmp_path: Path
) -> None:
    """A tar is padded to 10 KiB, keeps its time, and may be given the inode of the one before the last."""
    archive = root / "a.tar"
    pack(tmp_path, archive)
    before = archive.stat()
    with opened(root) as backup:
        (letter,) = items(backup)
        known = backup.snapshots()[0].id
        (tmp_path / LETTER).unlink()
        pack(tmp_path, tmp_path / "b.tar")
        archive.write_bytes((tmp_path / "b.tar").read_bytes())
        os.utime(archive, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = archive.stat()
        assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
        assert backup.prove({letter: ""}) == {letter: Presence.ABSENT}
        assert backup.snapshots()[0].id != known


def test_more_archives_than_are_open_at_once(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(archive_shelves, "_OPEN", 2)
    for number in range(6):
        lay(str(tmp_path / "srv"), FILES | {f"{number}.txt": b"of %d" % number})
        pack(tmp_path, root / f"{number}{'.zip' if number % 3 == 0 else '.tar.gz'}")
    before = len(os.listdir("/proc/self/fd"))
    with opened(root) as backup:
        wanted = [one for one in all_items(backup) if parted(one.path)[0][4] in "012345"]
        for one in [*wanted, *reversed(wanted)]:
            with backup.read(one) as content:
                assert content.stream.read() == b"of " + parted(one.path)[0][4].encode()
            assert len(os.listdir("/proc/self/fd")) <= before + 6
    assert len(wanted) == 6
    assert len(os.listdir("/proc/self/fd")) == before


def test_large_members_are_read_piece_by_piece(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(archive_reading, "_SMALL", 1000)
    data = random.Random(7).randbytes(700_000)
    lay(str(tmp_path / "srv"), FILES | {"stor.bin": data})
    for ending in (".tar", ".tar.gz", ".zip"):
        shutil.rmtree(root)
        root.mkdir()
        pack(tmp_path, root / f"a{ending}")
        with opened(root) as backup, backup.read(items(backup, "srv/stor.bin")[0]) as content:
            assert content.size == len(data)
            assert content.stream.read(1000) == data[:1000]
            content.stream.seek(600_000)
            assert content.stream.read(10) == data[600_000:600_010]
            content.stream.seek(5)
            assert content.stream.read() == data[5:]


# Settings


def test_one_archive_by_its_name(root: Path, tmp_path: Path) -> None:
    for name in ("a.tar", "b.tar"):
        pack(tmp_path, root / name)
    with opened(root / "a.tar") as backup:
        assert len(backup.snapshots()) == 1
        backup.rewrite(items(backup))
    assert CANARY not in (root / "a.tar").read_bytes()
    assert CANARY in (root / "b.tar").read_bytes()
    with pytest.raises(Unreachable):
        opened(root / "c.tar").open()


def test_only_what_matches_and_no_name_in_a_label(root: Path, tmp_path: Path) -> None:
    for name in ("Maja Blomqvist.tar", "kunder-1.tar", "kunder-2.TAR"):
        pack(tmp_path, root / name)
    with opened(root, match=["kunder-*", "Maja*"]) as backup:
        told = backup.snapshots()
        assert len(told) == 3
        assert all(one.label.endswith(" .tar") and "Maja" not in one.label for one in told)
    with opened(root, match=["kunder-*"]) as backup:
        assert len(backup.snapshots()) == 2


def test_an_archive_that_goes_meanwhile_is_not_found(root: Path, tmp_path: Path) -> None:
    pack(tmp_path, root / "a.tar")
    pack(tmp_path, root / "b.tar")
    with opened(root) as backup:
        first = backup.snapshots()[0]
        (root / "a.tar").unlink()
        with pytest.raises(NotFound):
            list(backup.entries(first))


def test_settings_that_cannot_work_are_named() -> None:
    assert Archive.validate({"path": "x", "match": ["*.tar"], "sentinel": ""}) == []
    assert Archive.validate({"path": "x", "match": [""]})
    assert Archive.validate({"path": "x", "match": [3]})
    assert errno.ENOSPC in archive_swap._NO_ROOM
