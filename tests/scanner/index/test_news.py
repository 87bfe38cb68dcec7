"""What is new in an index since somebody last looked."""

from __future__ import annotations

from pathlib import Path

from scanner.index.pack import path_token
from scanner.index.sqlite import Index
from tests.scanner.index.helpers import World, mail, record


def seen(world: World, first: int) -> list[tuple[int, tuple[int, ...]]]:
    return [(one.item, one.tokens) for page in world.index.records_from(first) for one in page]


def test_records_from_a_number_on_are_those_that_were_stored_after_it(world: World) -> None:
    world.store(world.row("a", (record(), [mail("a@x.example")], set())))
    mark = world.index.next_record
    assert seen(world, mark) == []
    world.store(world.row("b", (record(), [mail("b@x.example")], set()), (record("row 1"), [], set())))
    world.store(world.row("a", (record(), [mail("c@x.example")], set()), version="2"))
    assert [tokens for _, tokens in seen(world, mark)] == [
        (world.email("b@x.example"),),
        (),
        (world.email("c@x.example"),),
    ]
    assert len(seen(world, 1)) == 3


def test_pages_leave_nothing_out(world: World) -> None:
    world.store(*(world.row(f"{n}", *((record(f"row {m}"), [], set()) for m in range(100))) for n in range(120)))
    pages = list(world.index.records_from(1))
    assert len(pages) > 1
    assert [one.record for page in pages for one in page] == list(range(1, 12001))


def test_an_index_has_a_name_that_a_new_one_does_not_share(world: World, tmp_path: Path) -> None:
    name = world.index.identity
    world.index.close()
    with Index.open(world.path, world.sealer) as again:
        assert name is not None
        assert again.identity == name
    with Index.open(tmp_path / "other.db", world.sealer) as other:
        assert other.identity not in (None, name)


def test_an_item_is_found_by_the_token_of_its_path_in_its_source_only(world: World) -> None:
    world.store(world.row("a/b.txt"), world.row("c.txt"))
    world.store(world.row("a/b.txt"), source="post")
    token = path_token(world.sealer, "a/b.txt")
    found = world.index.item_by_token("post", token)
    assert found is not None
    assert (found.source, found.path) == ("post", "a/b.txt")
    assert world.index.item_by_token("borta", token) is None
    assert world.index.item_by_token("kunder", token + 1) is None


def test_contents_are_told_where_they_are_known(world: World) -> None:
    world.store(world.row("a", content=b"1" * 16), world.row("b"))
    ids = [one.id for one in (world.index.item_by_path("kunder", name) for name in "ab") if one is not None]
    assert world.index.contents([*ids, 99]) == {ids[0]: b"1" * 16}
