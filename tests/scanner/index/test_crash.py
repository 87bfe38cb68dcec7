"""Killed at any moment, on a full disk, damaged, or opened twice: the index is whole or says clearly what is wrong."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest

from scanner.index import schema
from scanner.index.errors import Busy, Corrupt, DiskFailed, DiskFull, IndexProblem, NoIndex, WrongKey, WrongSchema
from scanner.index.rows import Mentions
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from tests.scanner.index.helpers import MASTER, World, mail, record

ROOT = Path(__file__).resolve().parents[3]
SEALER = Sealer(Keys.derive(MASTER))


def assert_consistent(path: Path) -> int:
    """Judge the tables by themselves, through SQLite alone; answers how many items there are."""
    db = apsw.Connection(str(path))
    assert db.execute("PRAGMA integrity_check").get == "ok"
    db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    postings = set(db.execute("SELECT token, record FROM posting"))
    mentioned = set()
    items = {row[0]: (row[1], row[2]) for row in db.execute("SELECT id, first_record, records FROM item")}
    records = list(db.execute("SELECT id, item, mentions FROM record"))
    for number, item, mentions in records:
        assert items[item][0] <= number < sum(items[item])
        mentioned |= {(token, number) for token in Mentions(mentions).tokens()}
    assert postings == mentioned
    assert len(records) == sum(count for _, count in items.values())
    assert {row[0] for row in db.execute("SELECT token FROM identifier")} == {token for token, _ in postings}
    everywhere = {row[0] for row in db.execute("SELECT rowid FROM words(?)", (SEALER.word("alla"),))}
    assert everywhere == {number for number, _, _ in records}
    (next_record,) = db.execute("SELECT value FROM meta WHERE key = 'next_record'").fetchone() or (0,)
    assert all(number < next_record for number, _, _ in records)
    db.close()
    return len(items)


def test_killed_at_random_moments_the_index_stays_whole(tmp_path: Path) -> None:
    path, chance, seen = tmp_path / "index.db", random.Random(), set()
    for _ in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.scanner.index.crash_writer", str(path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"going\n"
        time.sleep(chance.uniform(0, 0.15))
        writer.send_signal(signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
        writer.stdout.close()
        with Index.open(path, SEALER) as index:  # the lock of the dead does not stand in the way
            seen.add(index.searched()[0].records)
        assert assert_consistent(path) > 0
    assert len(seen) > 1  # it was in fact killed at different places


def test_a_full_disk_loses_nothing_of_what_was_committed(world: World) -> None:
    world.store(*(world.row(f"{n}", (record(), [mail(f"{n}@x.example")], {"alla", f"ord{n}"})) for n in range(50)))
    before = world.index.states("kunder", "")
    pages = world.index._db.pragma("page_count")
    world.index._db.pragma("max_page_count", pages + 5)
    big = [world.row(f"ny{n}", (record(), [mail(f"ny{n}@x.example")], {"alla", f"nytt{n}"})) for n in range(5000)]
    with pytest.raises(DiskFull, match="full"):
        world.store(*big)
    assert world.index.states("kunder", "") == before
    world.index._db.pragma("max_page_count", 2**30)
    world.store(*big)  # the same object goes on when there is room, with nothing half remembered
    world.index.close()
    assert assert_consistent(world.path) == 5050


def test_a_failing_row_undoes_the_whole_call(world: World) -> None:
    world.store(world.row("a", (record(), [mail("a@x.example")], {"alla"})))
    bad = world.row("b", (record(), [mail("b@x.example")], {"alla"}))
    bad.kind = "no kind"
    with pytest.raises(KeyError):
        world.store(world.row("c", (record(), [mail("c@x.example")], {"alla"})), bad)
    assert len(world.index.states("kunder", "")) == 1
    world.store(world.row("c", (record(), [mail("c@x.example")], {"alla"})))
    assert len(world.index.records_with(world.email("c@x.example"))) == 1
    assert world.index.identifier(world.email("c@x.example")) is not None
    world.index.close()
    assert assert_consistent(world.path) == 2


def test_a_failure_after_writing_is_not_remembered_as_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = world.row("a", (record(), [mail("a@x.example")], {"alla"}))
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(Index, "_orphans", lambda *_: 1 / 0)
        world.store(row)
    assert world.index.states("kunder", "") == {}
    world.store(row)
    assert world.index.identifier(world.email("a@x.example")) is not None
    world.index.close()
    assert assert_consistent(world.path) == 1


def test_who_opens_it_for_writing_waits_for_who_makes_it_and_a_reader_does_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = os.open(world.path.with_name("index.db.lock"), os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with monkeypatch.context() as patch:
        patch.setattr("scanner.index.sqlite.WRITING", 0.05)
        with pytest.raises(Busy, match="another gallra"):
            Index.open(world.path, SEALER)
    os.close(lock)
    world.store(world.row("a", (record(), [mail("a@x.example")], set())))
    with Index.open(world.path, SEALER, read_only=True) as reader:
        assert len(reader.records_with(world.email("a@x.example"))) == 1
    world.index.close()
    world.index.close()
    Index.open(world.path, SEALER).close()


def test_a_reader_cannot_write(world: World) -> None:
    with Index.open(world.path, SEALER, read_only=True) as reader, pytest.raises(DiskFailed):
        reader.source_id("ny")
    assert world.index.searched() == []


def test_a_snapshot_sees_one_moment(world: World) -> None:
    row = world.row("a", (record(), [mail("a@x.example")], set()))
    world.store(row)
    with Index.open(world.path, SEALER, read_only=True) as reader:
        with reader.snapshot():
            found = reader.records_with(world.email("a@x.example"))
            world.store(row)  # a new record id
            assert len(reader.records(found)) == 1
        assert reader.records(found) == []
        assert len(reader.records_with(world.email("a@x.example"))) == 1


def test_another_key_is_told_at_once(world: World) -> None:
    world.index.close()
    other = Sealer(Keys.derive(b"another key, 32 bytes, for tests"))
    for read_only in (True, False):
        with pytest.raises(WrongKey, match="made with another key") as caught:
            Index.open(world.path, other, read_only=read_only)
        assert caught.value.exit_code == 2
    Index.open(world.path, SEALER).close()  # the refused ones hold no lock


@pytest.mark.parametrize(("version", "words"), [(schema.VERSION + 1, "newer"), (0, "older")])
def test_another_schema_is_told(world: World, version: int, words: str) -> None:
    world.index.close()
    with contextlib.closing(sqlite3.connect(world.path)) as db:
        db.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(WrongSchema, match=words):
        Index.open(world.path, SEALER)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    with pytest.raises(WrongSchema, match="not made by gallra"):
        Index.open(path, SEALER)
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


@pytest.mark.parametrize("content", [b"this is no database at all, and longer than a header" * 40, b"\0" * 8192])
def test_a_file_that_is_no_index_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "index.db"
    path.write_bytes(content)
    with pytest.raises((Corrupt, WrongSchema)) as caught:
        Index.open(path, SEALER)
    assert "move it away and run `gallra scan`" in str(caught.value)
    assert path.read_bytes() == content


def test_damage_inside_is_told_when_it_is_met(world: World) -> None:
    world.store(*(world.row(f"{n}", (record(), [mail(f"{n}@x.example")], {f"ord{n}"})) for n in range(2000)))
    world.index.check()
    world.index.close()
    size = world.path.stat().st_size
    with world.path.open("r+b") as file:
        file.seek(8192)
        file.write(random.Random(1).randbytes(size - 8192))
    with pytest.raises(Corrupt, match="move it away and run `gallra scan`"), Index.open(world.path, SEALER) as index:
        index.check()
    told = 0
    with contextlib.suppress(Corrupt), Index.open(world.path, SEALER) as index:
        for ask in (index.gaps, lambda: index.records_with(5), lambda: index.records_with_words([["ord1"]])):
            with contextlib.suppress(Corrupt):
                ask()
                continue
            told += 1
        assert told > 0


def test_nothing_to_read_yet(tmp_path: Path) -> None:
    with pytest.raises(NoIndex, match="gallra scan"):
        Index.open(tmp_path / "index.db", SEALER, read_only=True)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "index.db").touch()  # a crash between making the file and its tables
    with pytest.raises(NoIndex, match="gallra scan"):
        Index.open(tmp_path / "index.db", SEALER, read_only=True)
    Index.open(tmp_path / "index.db", SEALER).close()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiskFailed, match="rights"):
        Index.open(tmp_path / "file" / "index.db", SEALER)
    (tmp_path / "index.db").mkdir()
    with pytest.raises(DiskFailed, match="rights"):
        Index.open(tmp_path / "index.db", SEALER)


def test_only_the_owner_can_read_the_files(world: World) -> None:
    world.store(world.row("a"))
    files = list(world.path.parent.iterdir())
    assert {file.name for file in files} >= {"index.db", "index.db-wal", "index.db.lock"}
    assert {stat.S_IMODE(os.stat(file).st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(os.stat(world.path.parent).st_mode) == 0o700


def test_every_problem_has_an_exit_code_of_the_design() -> None:
    assert {kind.exit_code for kind in IndexProblem.__subclasses__()} <= {1, 2, 3, 4, 5}


def test_a_copy_of_the_files_in_mid_scan_opens(world: World, tmp_path: Path) -> None:
    world.store(world.row("a", (record(), [mail("a@x.example")], set())))
    copied = tmp_path / "copy"
    shutil.copytree(world.path.parent, copied)
    with Index.open(copied / "index.db", SEALER) as index:
        assert len(index.records_with(world.email("a@x.example"))) == 1
