"""A scan reads what is new or changed, takes out only what is proven gone, and keeps what it read when it fails."""

from __future__ import annotations

import mailbox
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from config.model import Source
from connectors import registry
from connectors.base import Gap, GapReason, Gone, Item, Strength, Version
from connectors.locator import Locator
from scanner import reader_print
from scanner.detect.base import DetectSettings
from scanner.formats import registry as formats
from scanner.index.errors import DiskFull
from tests.scanner.scan_world import ScanWorld


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScanWorld]:
    monkeypatch.setitem(registry.BUILT_IN, "memory", "tests.scanner.scan_world:Counting")
    monkeypatch.setattr("tests.scanner.scan_world.Counting.kind", "memory")
    registry._known.cache_clear()
    world = ScanWorld(tmp_path)
    yield world
    world.index.close()
    registry._known.cache_clear()


def folder(path: Path) -> Source:
    settings = {"path": path, "exclude": [], "follow_symlinks": False, "sentinel": ""}
    return Source("mapp", "folder", settings)


def test_a_second_scan_reads_nothing(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example", a__y="bo@x.example", b__z="hej")
    report = world.scan()
    assert (report.seen, report.read, report.complete, report.error) == (3, 3, True, None)
    assert sorted(world.store.reads) == ["a/x", "a/y", "b/z"]
    report = world.scan()
    assert (report.seen, report.read, report.retired) == (3, 0, 0)
    assert world.store.reads == []
    assert world.held() == {"a/x", "a/y", "b/z"}


def test_only_what_changed_is_read(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example", a__y="bo@x.example")
    world.scan()
    world.put(a__x="carin@x.example", a__ny="hej")
    report = world.scan()
    assert sorted(world.store.reads) == ["a/ny", "a/x"]
    assert report.read == 2
    assert [world.found(f"{name}@x.example") for name in ("anna", "bo", "carin")] == [0, 1, 1]


def test_a_full_scan_reads_everything_again(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example", a__y="bo@x.example")
    world.scan()
    assert world.scan(full=True).read == 2
    assert sorted(world.store.reads) == ["a/x", "a/y"]


def test_what_is_gone_is_retired(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example", a__y="bo@x.example")
    world.scan()
    del world.store.items["a/x"]
    assert world.scan().retired == 1
    assert world.held() == {"a/y"}
    assert world.found("anna@x.example") == 0
    assert world.scan().retired == 0


def test_what_a_gap_hides_stays_and_is_stale_until_it_is_seen_again(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example", a__y="bo@x.example")
    world.scan()
    world.store.refused.add("a/x")
    for _ in range(2):  # the gap does not heal by being told again
        report = world.scan()
        assert (report.retired, report.gaps) == (0, 2)  # the walk's own, and the stale item
        assert world.held() == {"a/x", "a/y"}
        assert world.stale() == {"a/x"}
        assert world.found("anna@x.example") == 1
    world.store.refused.clear()
    assert world.scan().gaps == 0
    assert world.store.reads == ["a/x"]
    assert world.stale() == set()


def test_a_gap_above_hides_all_below(world: ScanWorld) -> None:
    world.put(a__b__x="anna@x.example", a__bx="bo@x.example")
    world.scan()
    del world.store.items["a/b/x"], world.store.items["a/bx"]
    world.put(a__kvar="hej")
    world.store.more["a"] = [Gap(Locator("minne", "a/b"), GapReason.DENIED)]
    assert world.scan().retired == 1
    assert world.held() == {"a/b/x", "a/kvar"}


def test_gaps_inside_items_are_told_at_every_scan(world: ScanWorld) -> None:
    world.store.items["a/skräp.bin"] = bytes(range(256)) * 8
    world.put(a__x="hej")
    first = world.scan()
    second = world.scan()
    assert second.read == 0
    assert first.gaps == second.gaps == 1
    world.index.forget_source("minne")
    assert world.index.count_gaps("minne") == 0


def test_gaps_are_counted_by_source(world: ScanWorld, tmp_path: Path) -> None:
    world.store.items["a/skräp.bin"] = bytes(range(256)) * 8
    world.scan()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.txt").write_text("hej")
    assert world.scan(folder(tmp_path / "data")).gaps == 0
    assert len(world.index.gaps()) == 1


def test_a_deleted_mail_folder_leaves_the_index(world: ScanWorld, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "post")
    for place, who in ((box, "anna"), (box.add_folder("Arkiv"), "bo")):
        message = EmailMessage()
        message["From"] = f"{who}@x.example"
        message.set_content("Hej")
        place.add(message)
    source = Source("post", "maildir", {"path": tmp_path / "post", "folders": []})
    assert world.scan(source).read == 2
    assert world.index.scopes("post") == ["Arkiv", "INBOX"]
    shutil.rmtree(tmp_path / "post" / ".Arkiv")
    report = world.scan(source)
    assert (report.retired, report.complete, report.gaps) == (1, True, 0)
    assert world.index.scopes("post") == ["INBOX"]
    assert (world.found("anna@x.example"), world.found("bo@x.example")) == (1, 0)


def test_a_lost_scope_that_a_gap_may_hide_stays(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example", b__y="bo@x.example", b__z="carin@x.example")
    world.scan()
    del world.store.items["b/y"], world.store.items["b/z"]
    world.store.more["a"] = [Gap(Locator("minne", "b/y"), GapReason.DENIED)]
    report = world.scan()
    assert report.retired == 1
    assert world.held() == {"a/x", "b/y"}
    assert world.stale() == {"b/y"}
    assert world.index.scopes("minne") == ["a", "b"]
    world.store.more.clear()
    assert world.scan().retired == 1
    assert world.index.scopes("minne") == ["a"]


def test_a_source_that_lists_nothing_where_it_had_items_is_no_empty_source(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example")
    world.scan()
    world.store.lists = []
    report = world.scan()
    assert (report.exit_code, report.complete, report.retired) == (5, False, 0)
    assert world.held() == {"a/x"}


def test_a_walk_that_breaks_keeps_what_was_read_and_retires_nothing(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example", a__y="bo@x.example", a__z="carin@x.example")
    world.scan()
    before = world.index.searched()[0]
    del world.store.items["a/x"]
    world.put(a__ny1="dan@x.example", a__ny2="eva@x.example")
    world.store.fails_after = 3  # y, z and ny1 are seen
    report = world.scan()
    assert (report.error, report.exit_code, report.complete) == ("minne: the memory was cut off", 5, False)
    assert (report.seen, report.read, report.retired) == (3, 1, 0)
    assert world.held() == {"a/x", "a/y", "a/z", "a/ny1"}
    after = world.index.searched()[0]
    assert after.scanned_at == before.scanned_at
    assert not after.complete
    world.store.fails_after = None
    report = world.scan()
    assert (report.error, report.complete, report.retired) == (None, True, 1)
    assert world.store.reads == ["a/ny2"]
    assert world.index.searched()[0].complete


def test_a_source_lost_while_items_are_read_stops_that_source(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example", a__y="bo@x.example", b__z="hej")
    world.store.lost.add("a/y")
    report = world.scan()
    assert (report.exit_code, report.complete, report.read) == (5, False, 1)
    assert world.held() == {"a/x"}
    world.store.lost.clear()
    assert world.scan().complete
    assert sorted(world.store.reads) == ["a/y", "b/z"]


def test_a_new_scope_that_is_not_reached_makes_the_source_not_searched(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example")
    world.scan()
    world.put(b__x="bo@x.example")
    world.store.fails_after = 0
    world.store.more["a"] = []
    world.store.lists = ["a", "b"]
    assert world.scan().error
    searched = world.index.searched()[0]
    assert (searched.scanned_at, searched.complete) == (None, False)  # who asks now must not take b for searched


def test_gone_is_believed_and_what_came_back_after_it_stays(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example", a__y="bo@x.example")
    world.scan()
    item = Item(Locator("minne", "a/y"), Version("2", Strength.WEAK))
    world.store.more["a"] = [Gone(Locator("minne", "a/x")), Gone(Locator("minne", "a/y")), item]
    assert world.scan().retired == 1
    assert world.held() == {"a/y"}


def test_a_new_item_that_is_gone_before_the_walk_ends_is_not_kept(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example")
    world.store.more["a"] = [Gone(Locator("minne", "a/x"))]
    world.scan()
    assert world.held() == set()


def test_a_new_version_of_a_format_reads_again_what_that_format_read(
    world: ScanWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(**{"a__x.txt": "hej", "a__y.eml": "From: anna@x.example\nTo: bo@x.example\nSubject: hej\n\nhej\n"})
    world.scan()
    load = formats.load
    newer = replace(load("mail"), version=999)
    monkeypatch.setattr(formats, "load", lambda name: newer if name == "mail" else load(name))
    reader_print._print.cache_clear()
    try:
        assert world.scan().read == 1
        assert world.store.reads == ["a/y.eml"]
        assert world.scan().read == 0
    finally:
        reader_print._print.cache_clear()


def test_another_pattern_of_customer_numbers_reads_everything_again(world: ScanWorld) -> None:
    world.put(a__x="K-1001", a__y="hej")
    world.scan()
    detect = DetectSettings(customer_numbers=(r"K-\d{4}",))
    assert world.scan(detect=detect).read == 2
    assert world.index.count_records_with(world.sealer.token("customer_number", "K-1001")) == 1
    assert world.scan(detect=detect).read == 0


def test_own_files_in_a_folder_are_never_read(world: ScanWorld, tmp_path: Path) -> None:
    data = tmp_path / "kunder"
    (data / ".gallra" / "deep").mkdir(parents=True)
    (data / ".gallra-old").mkdir()
    own = [
        data / ".gallra" / "index.sqlite",
        data / ".gallra" / "deep" / "x",
        data / "gallra.key",
        data / "gallra.toml",
    ]
    others = [data / "a.txt", data / ".gallra-old" / "b.txt", data / "gallra.toml.txt"]
    for file in own + others:
        file.write_text("hej")
    (data / ".gallra" / "link").symlink_to("nowhere")  # would be told as a gap
    (tmp_path / "väg").symlink_to(data)
    kept = {file.relative_to(data).as_posix() for file in others}
    leave_out = (data / ".gallra", data / "gallra.key", data / "gallra.toml", tmp_path / "elsewhere")
    report = world.scan(folder(tmp_path / "väg"), leave_out=leave_out)
    assert (report.seen, report.read, report.gaps) == (3, 3, 0)
    assert world.held("mapp") == kept
    world.scan(folder(data))
    assert len(world.held("mapp")) == 7
    assert world.scan(folder(data), leave_out=leave_out).retired == 4  # what an older scan took in leaves
    assert world.held("mapp") == kept


def test_a_full_disk_is_told_and_costs_nothing_that_was_committed(world: ScanWorld) -> None:
    world.put(a__x="anna@x.example")
    world.scan()
    pages = world.index._db.pragma("page_count")
    world.index._db.pragma("max_page_count", pages + 3)
    for number in range(400):
        world.store.items[f"a/{number}"] = (
            f"person{number}@x.example {' '.join(f'ord{number}x{n}' for n in range(40))}".encode()
        )
    with pytest.raises(DiskFull, match=r"disk with the index is full.*is kept"):
        world.scan()
    assert world.held() == {"a/x"}
    world.index._db.pragma("max_page_count", 1 << 30)
    assert world.scan().read == 400
    witness = sqlite3.connect(f"file:{world.path}?mode=ro", uri=True)
    assert witness.execute("SELECT count(*) FROM item").fetchone() == (401,)
    witness.close()
