"""The walk of a backup: each content is read once, and nothing leaves the index that a snapshot may still hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from config.model import Register
from connectors.base import GapReason
from tests.scanner.backups.backup_world import DAY, BackupWorld

ANNA = "Hej, anna.ek@privat.example"


def test_ten_snapshots_are_read_once(world: BackupWorld) -> None:
    for number in range(10):
        world.snapshot(number, {"Anna/brev.txt": ANNA, "Bo/brev.txt": "bo@privat.example", f"ny {number}.txt": "x"})
    report = world.scan()
    assert len(world.store.listed) == 10
    assert sorted(world.store.reads) == sorted(set(world.store.reads))
    assert len(world.store.reads) == 12
    assert report.read == report.seen == 12
    assert world.held() == {"Anna/brev.txt": 10, "Bo/brev.txt": 10} | {f"ny {number}.txt": 1 for number in range(10)}
    path = world.index.items_with_content(world.sealer.content(ANNA.encode()))
    (view,) = world.index.items(path).values()
    by = world.index.held_by("nas", [view.path])[view.path]
    assert (by.snapshots, by.oldest, by.newest) == (10, DAY, DAY + timedelta(days=9))


def test_a_second_scan_lists_only_what_is_new_and_reads_nothing_again(world: BackupWorld) -> None:
    world.snapshot(0, {"a.txt": "ett"})
    world.snapshot(1, {"a.txt": "ett", "b.txt": "två"})
    world.scan()
    world.scan()
    assert (world.store.listed, world.store.reads) == ([], [])
    world.snapshot(2, {"a.txt": "ett", "c.txt": "tre"})
    world.scan()
    assert world.store.listed == ["2"]
    assert world.store.reads == ["srv/kunder/c.txt"]
    assert world.held() == {"a.txt": 3, "b.txt": 1, "c.txt": 1}
    world.scan(whole=True)
    assert world.store.listed == ["0", "1", "2"]
    assert world.store.reads == []
    assert world.held() == {"a.txt": 3, "b.txt": 1, "c.txt": 1}


def test_each_version_of_a_file_is_an_item(world: BackupWorld) -> None:
    world.snapshot(0, {"lista.csv": "namn\nAnna Ek\n"})
    world.snapshot(1, {"lista.csv": "namn\nAnna Ek\nBo Alm\n"})
    world.snapshot(2, {"lista.csv": "namn\nBo Alm\n"})
    world.scan()
    assert world.contents("lista.csv") == 3
    assert world.held() == {"lista.csv": 3}


def test_what_no_snapshot_holds_any_more_leaves_and_its_number_is_given_again(world: BackupWorld) -> None:
    for number in range(3):
        world.snapshot(number, {"a.txt": "ett", f"{number}.txt": f"anna{number}@privat.example"})
    world.scan()
    world.forget(0)
    world.snapshot(3, {"a.txt": "ett"})
    report = world.scan()
    assert world.store.listed == ["3"]
    assert report.retired == 1
    assert world.held() == {"a.txt": 3, "1.txt": 1, "2.txt": 1}
    assert world.index.count_records_with(world.sealer.token("email", "anna0@privat.example")) == 0
    assert sorted(one.number for one in world.index.snapshots_of("nas")) == [0, 1, 2]
    assert {one.label for one in world.index.snapshots_of("nas")} == {"1", "2", "3"}


def test_a_snapshot_that_cannot_be_read_hides_what_it_held(world: BackupWorld) -> None:
    world.snapshot(0, {"a.txt": "ett", "Anna/b.txt": ANNA})
    world.snapshot(1, {"a.txt": "ett", "c.txt": "tre"})
    world.scan()
    world.store.hidden = {"srv/kunder/Anna/b.txt"}
    report = world.scan(whole=True)
    assert report.retired == 0
    assert world.held()["Anna/b.txt"] == 1
    assert world.index.count_gaps("nas") == 1
    world.store.hidden.clear()
    world.scan()
    assert world.store.listed == ["0"]  # only that one is listed again
    assert world.index.count_gaps("nas") == 0


def test_what_a_rewritten_snapshot_hides_is_stale_and_stays(world: BackupWorld) -> None:
    world.snapshot(0, {"a.txt": "ett", "Anna/b.txt": ANNA})
    world.scan()
    world.store.snapshots[0].id = "another"  # rewritten by the tool: nothing says that b is still in it
    world.store.hidden = {"srv/kunder/Anna/b.txt"}
    report = world.scan()
    assert report.retired == 0
    assert world.stale() == {"Anna/b.txt"}
    world.store.hidden.clear()
    world.scan()
    assert world.stale() == set()
    assert world.held() == {"a.txt": 1, "Anna/b.txt": 1}


def test_a_rewritten_snapshot_is_known_again_without_reading(world: BackupWorld) -> None:
    world.snapshot(0, {"a.txt": "ett", "Anna/b.txt": ANNA})
    world.snapshot(1, {"a.txt": "ett", "Anna/b.txt": ANNA})
    world.scan()
    for kept in world.store.snapshots:
        kept.id += " rewritten"
        del kept.files["srv/kunder/Anna/b.txt"]
    report = world.scan()
    assert world.store.reads == []
    assert report.retired == 1
    assert world.held() == {"a.txt": 2}


def test_lasting_gaps_are_told_each_time_and_list_nothing_again(world: BackupWorld) -> None:
    world.store.gaps = {"srv/kunder/länk": GapReason.LINK}
    world.snapshot(0, {"a.txt": "ett"})
    world.scan()
    world.scan()
    assert world.store.listed == []
    assert [(gap.path, gap.reason) for gap in world.index.gaps()] == [("srv/kunder/länk", GapReason.LINK)]
    world.forget(0)
    world.store.gaps = {}
    world.snapshot(1, {"a.txt": "ett"})
    world.scan()
    assert world.index.gaps() == []


def test_a_scan_that_is_cut_off_keeps_what_it_read(world: BackupWorld) -> None:
    world.snapshot(0, {"a.txt": "ett", "b.txt": "två"})
    world.scan()
    world.snapshot(1, {"a.txt": "ett", "c.txt": "tre", "d.txt": "fyra"})
    world.store.fails_at = "srv/kunder/d.txt"
    report = world.scan()
    assert report.error
    assert not report.complete
    assert world.held() == {"a.txt": 1, "b.txt": 1, "c.txt": 0}  # read, and no snapshot is noted of it yet
    world.store.fails_at = ""
    assert world.scan().complete
    assert world.store.reads == ["srv/kunder/d.txt"]
    assert world.held() == {"a.txt": 2, "b.txt": 1, "c.txt": 1, "d.txt": 1}


def test_a_snapshot_that_is_forgotten_while_it_is_listed_counts_for_nothing(world: BackupWorld) -> None:
    world.snapshot(0, {"a.txt": "ett"})
    world.snapshot(1, {"a.txt": "ett", "b.txt": "två"})

    def forget(step: str) -> None:
        if step == "entries" and len(world.store.listed) == 2:
            world.forget(1)

    world.store.hook = forget
    assert world.scan().complete
    assert world.held() == {"a.txt": 1}


def test_an_item_is_read_again_from_a_snapshot_that_is_not_listed(world: BackupWorld) -> None:
    world.snapshot(0, {"a.txt": "ett", "b.txt": "två"})
    world.scan()
    state = next(iter(world.index.states("nas", "snapshots").values()))
    world.index.mark_stale([state.item])
    world.scan()
    assert world.store.listed == []
    assert len(world.store.reads) == 1
    assert world.stale() == set()
    world.scan(full=True)
    assert sorted(world.store.reads) == ["srv/kunder/a.txt", "srv/kunder/b.txt"]


def test_a_register_reads_again_what_lies_at_its_place_in_the_backup(world: BackupWorld) -> None:
    world.snapshot(0, {"Register/kunder.csv": "A;B\nx;y\n", "Annat/kunder.csv": "A;B\n1;2\n"})
    world.scan()
    world.registers = (Register(name="kunder", sources=("kunder",), match=("Register/*.csv",)),)
    world.scan()
    assert world.store.listed == []
    assert world.store.reads == ["srv/kunder/Register/kunder.csv"]
    world.scan()
    assert world.store.reads == []


def test_a_backup_that_lists_nothing_is_not_believed(world: BackupWorld) -> None:
    world.snapshot(0, {"a.txt": "ett"})
    world.scan()
    world.store.snapshots.clear()
    report = world.scan(whole=True)
    assert report.exit_code == 5
    assert world.held() == {"a.txt": 1}


def test_snapshots_that_may_change_are_listed_each_time(world: BackupWorld) -> None:
    world.source = replace(world.source, kind="thawed")
    world.snapshot(0, {"a.txt": "ett", "b.txt": "två"})
    world.scan()
    del world.store.snapshots[0].files["srv/kunder/b.txt"]
    report = world.scan()
    assert world.store.listed == ["0"]
    assert report.retired == 1
    assert world.held() == {"a.txt": 1}


def test_what_gallra_keeps_for_itself_is_no_document(world: BackupWorld, tmp_path: Path) -> None:
    world.store.add(
        DAY,
        {
            f"{tmp_path}/.gallra/index.sqlite".lstrip("/"): b"anna.ek@privat.example",
            f"localhost{tmp_path}/.gallra/audit.log": b"anna.ek@privat.example",
            f"{tmp_path}/.gallra-not/brev.txt".lstrip("/"): ANNA.encode(),
            "srv/kunder/inne/.gallra/cases.sqlite": b"anna.ek@privat.example",
        },
    )
    own = (tmp_path / ".gallra", tmp_path / "kunder/inne/.gallra")
    world.scan(leave_out=own)
    assert world.store.reads == [f"{tmp_path}/.gallra-not/brev.txt".lstrip("/")]


def test_no_byte_of_what_left_stays_in_the_index(world: BackupWorld, tmp_path: Path) -> None:
    number = world.snapshot(0, {"Anna Ek/brev.txt": ANNA})
    world.snapshot(1, {"b.txt": "två"})
    world.scan()
    (view,) = world.index.items(world.index.items_with_content(world.sealer.content(ANNA.encode()))).values()
    token = world.sealer.token("path", view.path)
    sealed = [world.sealer.seal_text(view.path, b"path"), world.sealer.seal_text(number, b"snapshot")]
    assert any(sealed[0] in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    world.index.compact()
    assert token.to_bytes(8, "big", signed=True) in (tmp_path / "index.sqlite").read_bytes()
    world.forget(0)
    world.scan()
    world.index.compact()
    gone = [*sealed, token.to_bytes(8, "big", signed=True)]
    for file in tmp_path.iterdir():
        assert not [one for one in gone if file.is_file() and one in file.read_bytes()]


def test_a_backup_that_is_forgotten_leaves_nothing(world: BackupWorld) -> None:
    world.snapshot(0, {"a.txt": "ett"})
    world.scan()
    world.index.forget_source("nas")
    assert (world.index.snapshots_of("nas"), world.index.masks("nas")) == ([], {})
    assert world.index.held_by("nas", ["a.txt"])["a.txt"].snapshots == 0
