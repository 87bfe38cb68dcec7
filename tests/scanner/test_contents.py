"""What a search reads of items: all of a small one; of a large one as much as counts, and all that is in the hit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.base import GapReason, ItemKind, Locator, Strength, Version
from scanner.contents import Contents
from scanner.detect.base import Mention
from scanner.index.pack import Packer
from scanner.index.seal import Keys, Sealer
from scanner.index.sqlite import Index
from scanner.index.views import RecordView
from scanner.records import IdType, Record, Role, Steps, Unread

ROWS = 1200
DEEP: Steps = ("sheet A", "row 57", "part note")
LATE: Steps = ("sheet A", "row 1100")


def _address(steps: Steps) -> Mention:
    return Mention(IdType.EMAIL, f"{'.'.join(steps).replace(' ', '')}@kund.example".lower(), Role.BODY, 1)


def _sheet() -> list[Steps]:
    rows: list[Steps] = [("sheet A", f"row {number}") for number in range(1, ROWS + 1)]
    return [*rows, DEEP, ("sheet A", "row 5", "x"), ("sheet A", "row 571", "part note")]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    sealer = Sealer(Keys.derive(b"contents" * 4))
    packer = Packer(sealer)
    opened = Index.open(tmp_path / "index.db", sealer)
    for path, places in (("stor.xlsx", _sheet()), ("liten.xlsx", _sheet()[:3])):
        unread = [Unread(("sheet B",), GapReason.ENCRYPTED)] if path == "liten.xlsx" else []
        records = [(Record(steps, "row"), [_address(steps)], set[str]()) for steps in places]
        records.append((Record((), "file"), [], set()))
        version = Version(path, Strength.STRONG)
        row = packer.pack_item(Locator("kunder", path), version, ItemKind.FILE, records=records, unread=unread)
        opened.store("kunder", "kunder", [row])
    opened.finish_walk("kunder", "kunder", datetime.now(UTC), complete=True)
    return opened


def _item(index: Index, path: str) -> int:
    view = index.item_by_path("kunder", path)
    assert view is not None
    return view.id


def _read(index: Index, path: str, tops: set[Steps], *, enough: bool) -> list[RecordView]:
    contents, item = Contents(index), _item(index, path)
    contents.prepare([item], [])
    return list(contents.records(item, lambda: enough, tops))


def test_without_enough_all_of_a_large_item_is_read_in_order(index: Index) -> None:
    views = _read(index, "stor.xlsx", set(), enough=False)
    assert [view.steps for view in views] == [*_sheet(), ()]
    assert views == index.item_records(_item(index, "stor.xlsx"))


def test_after_enough_only_the_hits_and_what_is_inside_them_is_read(index: Index) -> None:
    tops: set[Steps] = {("sheet A", "row 57"), LATE}
    views = _read(index, "stor.xlsx", tops, enough=True)
    read = [view.steps for view in views]
    assert read[-2:] == [LATE, DEEP], "not what is in row 5 or row 571"
    assert len(read) < 300
    assert len(set(read)) == len(read)


@pytest.mark.parametrize("tops", [set(), {()}])
def test_a_hit_of_the_item_itself_needs_no_more_than_enough(index: Index, tops: set[Steps]) -> None:
    assert len(_read(index, "stor.xlsx", tops, enough=True)) < 300


def test_every_top_is_found_wherever_it_stands(index: Index) -> None:
    for steps in _sheet()[::97]:
        assert steps in {view.steps for view in _read(index, "stor.xlsx", {steps}, enough=True)}


def test_a_small_item_is_always_read_whole(index: Index) -> None:
    views = _read(index, "liten.xlsx", set(), enough=True)
    assert [view.steps for view in views] == [*_sheet()[:3], ()]


def test_the_root_is_known_and_identifiers_are_opened(index: Index) -> None:
    contents, item = Contents(index), _item(index, "stor.xlsx")
    contents.prepare([item], [])
    assert contents.root(item) == "file"
    first = next(iter(contents.records(item)))
    token = first.mentions[0].token
    assert contents.values[token] == (IdType.EMAIL, "sheeta.row1@kund.example")


def test_only_items_with_gaps_are_told(index: Index) -> None:
    large, small = _item(index, "stor.xlsx"), _item(index, "liten.xlsx")
    assert index.items_with_gaps([large, small]) == {small}
    assert index.items_with_gaps([large]) == set()
    assert index.counted_gaps() == [("kunder", GapReason.ENCRYPTED, 1)]
