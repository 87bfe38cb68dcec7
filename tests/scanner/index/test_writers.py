"""Several writers at the same time: what each of them wrote is there as if it had been alone, and nothing is lost."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import apsw
import pytest

from scanner.index.errors import Busy
from scanner.index.patience import Patience
from scanner.index.rows import Mentions
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from tests.scanner.index.helpers import World, mail, record
from tests.scanner.index.many_writers import rows, write
from tests.scanner.index.test_crash import ROOT, SEALER, assert_consistent

SOURCES = ("ett", "två", "tre")
TURNS = 30


WORDS = ("alla", *(f"ord{n}" for n in range(20)))


def pictured(path: Path, sealer: Sealer = SEALER, asked: Sequence[str] = WORDS) -> dict[str, set[object]]:
    """All that the file says, by what does not hang on who wrote first: by SQLite alone. `asked` are its words."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    named = {
        number: (source, token)
        for number, source, token in db.execute(
            "SELECT item.id, source.token, item.token FROM item JOIN scope ON scope.id = item.scope"
            " JOIN source ON source.id = scope.source"
        )
    }
    spans = {row[0]: row[1] for row in db.execute("SELECT id, first_record FROM item")}
    where = {number: (*named[item], number - spans[item]) for number, item in db.execute("SELECT id, item FROM record")}
    words = [sealer.word(word) for word in asked]
    picture: dict[str, set[object]] = {
        "items": {(named[number], version) for number, version in db.execute("SELECT id, version FROM item")},
        "records": {
            (where[number], steps, Mentions(mentions).tokens())
            for number, steps, mentions in db.execute("SELECT id, steps, mentions FROM record")
        },
        "postings": {(token, where[number]) for token, number in db.execute("SELECT token, record FROM posting")},
        "words": {(word, where[row[0]]) for word in words for row in db.execute("SELECT rowid FROM words(?)", (word,))},
        "identifiers": set(db.execute("SELECT token, type, value FROM identifier")),
        "gaps": set(
            db.execute("SELECT source.token, path, reason FROM gap JOIN scope ON scope.id = scope"
                       " JOIN source ON source.id = source")
        ),
    }  # fmt: skip
    db.close()
    return picture


def serial(path: Path, turns: dict[str, int]) -> dict[str, set[object]]:
    """The same writes, one source after the other in one process."""
    world = World(path)
    for source, count in turns.items():
        write(world, world.index, source, count)
    world.index.close()
    return pictured(path)


@contextmanager
def running(path: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A writer in a process of its own, ended by its id where the test ends first."""
    command = [sys.executable, "-m", "tests.scanner.index.many_writers", str(path), *words]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait(60)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def told(process: subprocess.Popen[bytes], lines: int) -> list[bytes]:
    """So many lines of what a writer says."""
    assert process.stdout is not None
    return list(itertools.islice(process.stdout, lines))


def test_writers_and_an_erasure_at_the_same_time_leave_what_serial_ones_leave(tmp_path: Path) -> None:
    path = tmp_path / "many" / "index.db"
    with ExitStack() as stack:  # all of them make the file, or find it made
        writers = [stack.enter_context(running(path, source, str(TURNS))) for source in SOURCES]
        rewriter = stack.enter_context(running(path, "compact"))
        assert [len(told(writer, TURNS)) for writer in writers] == [TURNS] * 3
        assert [writer.wait(60) for writer in writers] == [0, 0, 0]
        assert told(rewriter, 1)
        assert rewriter.stdin is not None
        rewriter.stdin.close()
        assert rewriter.wait(60) == 0
    assert pictured(path) == serial(tmp_path / "one" / "index.db", dict.fromkeys(SOURCES, TURNS))
    assert_consistent(path)


def test_a_writer_that_is_killed_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "many" / "index.db"
    with running(path, "ett", str(TURNS)) as whole:
        for _ in range(3):
            with running(path, "två", "100000") as killed:
                assert len(told(killed, 4)) == 4
                os.kill(killed.pid, signal.SIGKILL)
                killed.wait(60)
        assert len(told(whole, TURNS)) == TURNS
        assert whole.wait(60) == 0
    assert_consistent(path)
    with Index.open(path, SEALER) as index:
        index.forget_source("två")
    assert pictured(path) == serial(tmp_path / "one" / "index.db", {"ett": TURNS})


def test_two_writers_by_turns_never_give_a_number_twice(world: World) -> None:
    """Also what the one remembers as written, and the other took out."""
    with Index.open(world.path, SEALER) as other:
        seen: set[int] = set()
        for turn in range(6):
            for index, source in ((world.index, "ett"), (other, "två")):
                index.store(source, "", rows(world, source, turn))
                fresh = set(_numbers(world.path, source)) - seen
                assert fresh
                assert min(fresh) > max(seen, default=0)
                seen |= fresh
    assert_consistent(world.path)


def _numbers(path: Path, source: str) -> list[int]:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    sql = "SELECT record.id FROM record JOIN item ON item.id = item JOIN scope ON scope.id = scope JOIN source ON source.id = source WHERE source.token = ?"  # noqa: E501
    found = [row[0] for row in db.execute(sql, (SEALER.token("source", source),))]
    db.close()
    return found


def test_an_identifier_that_another_took_out_is_written_again(world: World) -> None:
    row = world.row("a", (record(), [mail("a@x.example")], {"alla"}))
    world.store(row)
    with Index.open(world.path, SEALER) as other:
        other.forget_source("kunder")
        assert other.identifier(world.email("a@x.example")) is None
    world.store(row, source="ny")
    assert world.index.identifier(world.email("a@x.example")) is not None
    world.index.close()
    assert assert_consistent(world.path) == 1


def test_a_transaction_of_another_is_waited_for(world: World) -> None:
    other = apsw.Connection(str(world.path))
    other.execute("BEGIN IMMEDIATE")
    world.index._db.set_busy_handler(Patience(0.2))
    with pytest.raises(Busy, match="another gallra"):
        world.store(world.row("a"))
    other.execute("ROLLBACK")
    world.store(world.row("a"))
    assert len(world.index.states("kunder", "")) == 1
    other.close()


def test_waiting_ends_at_an_interrupt(world: World) -> None:
    """Ctrl-C is heard though SQLite waits."""
    other = apsw.Connection(str(world.path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(KeyboardInterrupt):  # all of it: nobody knows how soon the other is
        child = os.fork()
        if child == 0:
            time.sleep(0.3)
            os.kill(os.getppid(), signal.SIGINT)
            os._exit(0)
        world.store(world.row("a"))
    os.waitpid(child, 0)
    other.execute("ROLLBACK")
    other.close()
    world.store(world.row("a"))


def test_what_another_deletes_while_the_file_is_rewritten_is_not_said_to_be_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.store(world.row("a"), world.row("b"), source="ett")
    world.store(world.row("a"), source="två")
    world.index.forget_source("ett")
    emptied = Index._empty_journal

    def meanwhile(index: Index) -> None:
        emptied(index)
        with Index.open(world.path, SEALER) as other:
            other.forget_source("två")

    with monkeypatch.context() as patch:
        patch.setattr(Index, "_empty_journal", meanwhile)
        world.index.compact()
    assert world.index.unpurged
    world.index.compact()
    assert not world.index.unpurged


def test_a_source_that_leaves_takes_nothing_of_the_next_with_it(world: World) -> None:
    """Its number is given again."""
    world.store(world.row("a"), source="ett")
    world.index.note_snapshots("ett", [], {5: 1})
    world.index.forget_source("ett")
    with Index.open(world.path, SEALER) as other:
        other.note_snapshots("två", [], {6: 1})
        world.index.forget_source("ett")
        assert other.masks("två") == {6: 1}
        assert other.masks("ett") == {}
