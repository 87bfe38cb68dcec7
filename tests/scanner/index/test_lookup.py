"""What was stored is found, and nothing else."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors.base import GapReason, ItemKind, Strength, Version
from connectors.locator import Locator
from scanner.detect.base import Mention
from scanner.records import IdType, Role, Unread
from tests.scanner.index.helpers import World, mail, record

ANNA, BERTIL = "anna@invex.example", "bertil@invex.example"


def test_an_identifier_finds_its_records_with_their_items(world: World) -> None:
    world.store(
        world.row("a.eml", (record(), [mail(ANNA, Role.FROM, 1), mail(ANNA)], set())),
        world.row("lista.xlsx", (record("sheet Å", "row 1", kind="row"), [mail(BERTIL, Role.OWNER, 1)], set())),
    )
    (found,) = world.index.records_with(world.email(ANNA))
    view = world.index.record(found)
    assert view is not None
    assert (view.steps, view.kind) == ((), "file")
    assert view.mentions == [(world.email(ANNA), Role.FROM, 1), (world.email(ANNA), Role.BODY, 0)]
    (other,) = world.index.records(world.index.records_with(world.email(BERTIL)))
    assert (other.steps, other.kind) == (("sheet Å", "row 1"), "row")
    item = world.index.items([other.item])[other.item]
    assert item.locator == Locator("kunder", "lista.xlsx")
    assert (item.version, item.kind, item.size, item.links) == (Version("1"), ItemKind.FILE, 10, 1)
    assert (item.content, item.stale, item.formats, item.scope) == (None, False, "mail", "")
    assert world.index.records_with(world.email("ingen@invex.example")) == []


def test_identifiers_open_to_type_and_value(world: World) -> None:
    name = world.sealer.token("name", "åsa berg")
    world.store(world.row("a", (record(), [mail(ANNA), Mention(IdType.NAME, "åsa berg", Role.BODY, 0)], set())))
    assert world.index.identifier(world.email(ANNA)) == (IdType.EMAIL, ANNA)
    assert world.index.identifiers([name, 5, world.email(ANNA), name]) == {
        name: (IdType.NAME, "åsa berg"),
        world.email(ANNA): (IdType.EMAIL, ANNA),
    }
    assert world.index.identifier(5) is None


def test_a_name_is_found_only_where_its_parts_stand_in_one_record(world: World) -> None:
    world.store(
        world.row("one.xlsx", (record("row 1"), [], {"anna"}), (record("row 500"), [], {"andersson"})),
        world.row("two.txt", (record(), [], {"anna", "svensson"})),
        world.row("three.txt", (record(), [], {"anna", "anderssons"})),
        world.row("four.txt", (record("row 2"), [], {"anna", "andersson"})),
    )

    def paths(*groups: list[str]) -> list[str]:
        found = world.index.records(world.index.records_with_words(groups))
        items = world.index.items(view.item for view in found)
        return [items[view.item].path for view in found]

    assert paths(["anna"], ["andersson"]) == ["four.txt"]
    assert paths(["anna"], ["andersson", "anderssons"]) == ["three.txt", "four.txt"]
    assert paths(["anna"], ["svensson", "finns-inte"]) == ["two.txt"]
    assert paths(["anna"]) == ["one.xlsx", "two.txt", "three.txt", "four.txt"]
    assert paths(["and"]) == paths(["*"]) == paths(['"']) == paths(["anna"], []) == paths() == []


def test_random_worlds_answer_as_sets_do(world: World) -> None:
    chance = random.Random(5)
    words, people = [f"ord{n}" for n in range(12)], [f"p{n}@x.example" for n in range(9)]
    truth: dict[str, list[tuple[set[str], set[str]]]] = {}
    for _ in range(300):  # with replacements and removals in between
        path = f"fil{chance.randrange(40)}"
        if path in truth and chance.random() < 0.3:
            found = world.index.item_by_path("kunder", path)
            assert found is not None
            world.index.retire([found.id])
            del truth[path]
            continue
        held = [
            (set(chance.sample(words, chance.randrange(5))), set(chance.sample(people, chance.randrange(4))))
            for _ in range(chance.randrange(4))
        ]
        truth[path] = held
        rows = [
            (record(f"row {n}") if n else record(), [mail(p) for p in sorted(who)], what)
            for n, (what, who) in enumerate(held)
        ]
        world.store(world.row(path, *rows))

    def found_in(ids: list[int]) -> list[tuple[str, tuple[str, ...]]]:
        views = world.index.records(ids)
        assert len(views) == len(ids)
        items = world.index.items(view.item for view in views)
        return sorted((items[view.item].path, view.steps) for view in views)

    def expected(what: set[str], who: set[str]) -> list[tuple[str, tuple[str, ...]]]:
        return sorted(
            (path, (f"row {n}",) if n else ())
            for path, held in truth.items()
            for n, (has, whom) in enumerate(held)
            if what <= has and who <= whom
        )

    for person in people:
        assert found_in(world.index.records_with(world.email(person))) == expected(set(), {person})
        assert world.index.count_records_with(world.email(person)) == len(expected(set(), {person}))
        assert (world.index.identifier(world.email(person)) is None) == (not expected(set(), {person}))
    for one in words:
        for other in words:
            assert found_in(world.index.records_with_words([[one], [other]])) == expected({one, other}, set())
    (searched,) = world.index.searched()
    assert (searched.items, searched.records) == (len(truth), sum(map(len, truth.values())))


def test_item_records_are_those_of_the_item_in_order(world: World) -> None:
    world.store(*(world.row(f"{n}", *((record(f"row {r}"), [], set()) for r in range(n))) for n in range(4)))
    item = world.index.item_by_path("kunder", "3")
    assert item is not None
    views = world.index.item_records(item.id)
    assert [(view.item, view.steps) for view in views] == [(item.id, (f"row {n}",)) for n in range(3)]
    assert world.index.item_records(999) == []


def test_many_ids_come_back_in_the_order_asked_for(world: World) -> None:
    world.store(world.row("stor", *((record(f"row {n}"), [mail(ANNA)], set()) for n in range(11_000))))
    ids = world.index.records_with(world.email(ANNA))
    assert len(ids) == 11_000
    ids.reverse()
    assert [view.id for view in world.index.records([10**9, *ids])] == ids
    assert world.index.record(10**9) is None
    assert world.index.items([10**9]) == {}


def test_an_item_is_found_by_path_in_its_source_only(world: World) -> None:
    world.store(world.row("mail/a/Inkorg;UID=1"), scope="mail/a/Inkorg")
    world.store(world.row("annat"), source="andra")
    found = world.index.item_by_path("kunder", "mail/a/Inkorg;UID=1")
    assert found is not None
    assert (found.source, found.scope) == ("kunder", "mail/a/Inkorg")
    assert world.index.item_by_path("andra", "mail/a/Inkorg;UID=1") is None
    assert world.index.item_by_path("finns inte", "annat") is None


def test_paths_that_are_no_utf8_come_back_byte_for_byte(world: World) -> None:
    path = b"bj\xf6rk/\xff*[x]%_\n..".decode("utf-8", "surrogateescape")
    world.store(world.row(path, (record("member \udcff"), [], set())))
    found = world.index.item_by_path("kunder", path)
    assert found is not None
    assert found.path == path
    assert world.index.item_records(found.id)[0].steps == ("member \udcff",)


def test_items_of_the_same_content_are_found(world: World) -> None:
    world.store(world.row("a", content=b"1" * 16), world.row("b", content=b"2" * 16), world.row("c", content=b"1" * 16))
    found = world.index.items(world.index.items_with_content(b"1" * 16))
    assert [item.path for item in found.values()] == ["a", "c"]


def test_mates_of_an_entity_are_its_own_and_no_others(world: World) -> None:
    world.store(
        world.row(
            "lista",
            (record("row 1"), [mail(ANNA, Role.OWNER, 1), mail("privat@x.example", Role.OWNER, 1)], set()),
            (record("row 2"), [mail(ANNA, Role.FROM, 1), mail(BERTIL, Role.TO, 2), mail("c@x.example")], set()),
            (record("row 3"), [mail(ANNA), mail(BERTIL)], set()),
        )
    )
    anna = world.email(ANNA)
    assert world.index.entity_mates(anna) == [[anna, world.email("privat@x.example")], [anna]]
    assert len(world.index.entity_mates(anna, limit=1)) == 1
    assert world.index.entity_mates(world.email("c@x.example")) == []


def test_gaps_of_walks_of_items_and_stale_items_are_told(world: World) -> None:
    index = world.index
    world.store(
        world.row("a.zip", unread=(Unread(("member b",), GapReason.ENCRYPTED, "aes"), Unread((), GapReason.TOO_DEEP))),
        world.row("b.txt"),
    )
    index.set_walk_gaps("kunder", "", [("låst", GapReason.DENIED, "")])
    index.set_walk_gaps("kunder", "", [("låst2", GapReason.DENIED, "errno 13")])
    index.set_walk_gaps("andra", "s", [("x", GapReason.LINK, "")])
    item = index.item_by_path("kunder", "b.txt")
    assert item is not None
    index.mark_stale([item.id])
    told = {(gap.source, gap.path, gap.steps, gap.reason, gap.detail) for gap in index.gaps()}
    assert told == {
        ("kunder", "a.zip", ("member b",), GapReason.ENCRYPTED, "aes"),
        ("kunder", "a.zip", (), GapReason.TOO_DEEP, ""),
        ("kunder", "låst2", (), GapReason.DENIED, "errno 13"),
        ("andra", "x", (), GapReason.LINK, ""),
        ("kunder", "b.txt", (), GapReason.STALE, ""),
    }
    assert index.items([item.id])[item.id].stale
    world.store(world.row("a.zip"), world.row("b.txt"))
    assert {gap.path for gap in index.gaps()} == {"låst2", "x"}


def test_searched_says_the_oldest_walk_and_whether_all_were_complete(world: World) -> None:
    index, noon = world.index, datetime(2026, 11, 22, 12, tzinfo=UTC)
    stockholm = timezone(timedelta(hours=1))
    world.store(world.row("a", (record(), [], set()), (record("row 1"), [], set())), scope="one")
    assert [(s.scanned_at, s.complete) for s in index.searched()] == [(None, False)]
    index.finish_walk("kunder", "one", noon, complete=True)
    index.finish_walk("kunder", "two", datetime(2026, 11, 22, 12, 30, tzinfo=stockholm), complete=True)
    index.source_id("tom")
    assert [(s.source, s.items, s.records, s.scanned_at, s.complete) for s in index.searched()] == [
        ("kunder", 1, 2, noon - timedelta(minutes=30), True),
        ("tom", 0, 0, None, False),
    ]
    index.finish_walk("kunder", "two", noon, complete=False)
    assert not index.searched()[0].complete
    assert index.scopes("kunder") == ["one", "two"]


def test_a_scope_that_is_not_walked_to_its_end_makes_its_source_not_searched(world: World) -> None:
    begun = datetime(2026, 11, 22, tzinfo=UTC)
    world.index.begin_walks("kunder", ["a", "b"])
    world.index.finish_walk("kunder", "a", begun, complete=True)
    (searched,) = world.index.searched()
    assert (searched.scanned_at, searched.complete) == (None, False)
    world.index.finish_walk("kunder", "b", begun + timedelta(hours=1), complete=True)
    (searched,) = world.index.searched()
    assert (searched.scanned_at, searched.complete) == (begun, True)
    world.index.begin_walks("kunder", ["a", "b"])
    (searched,) = world.index.searched()
    assert (searched.scanned_at, searched.complete) == (begun, False)  # what was searched before is still true


def test_gaps_are_counted_as_they_are_told(world: World) -> None:
    broken = Unread(("page 2",), GapReason.UNREADABLE)
    world.store(world.row("a", (record(), [], set()), unread=(broken, broken)), world.row("b", (record(), [], set())))
    world.store(world.row("c", (record(), [], set()), unread=(broken,)), source="post")
    world.index.set_walk_gaps("kunder", "", [("x", GapReason.DENIED, "")])
    view = world.index.item_by_path("kunder", "b")
    assert view is not None
    world.index.mark_stale([view.id])
    told = [gap.source for gap in world.index.gaps()]
    assert [world.index.count_gaps(name) for name in ("kunder", "post", "ingen")] == [4, 1, 0]
    assert (told.count("kunder"), told.count("post")) == (4, 1)


def test_states_tell_what_a_scan_must_know(world: World) -> None:
    world.store(world.row("a", version="10-20"), world.row("b", version="etag-å", reader="r2"))
    world.store(world.row("c", version="hash", strength=Strength.STRONG))
    world.store(world.row("d"), scope="annan")
    states = world.index.states("kunder", "")
    key = {path: world.sealer.token("path", path) for path in "abcd"}
    assert set(states) == {key["a"], key["b"], key["c"]}
    assert [states[key[path]].version for path in "abc"] == ["10-20", "etag-å", "hash"]
    readers = world.index.reader_fingerprints()
    assert [readers[states[key[path]].reader] for path in "abc"] == [("mail", "r1"), ("mail", "r2"), ("mail", "r1")]
    assert world.index.states("kunder", "finns inte") == {}
    a, b = states[key["a"]].item, states[key["b"]].item
    world.index.mark_stale([a, b])
    assert [state.stale for state in world.index.states("kunder", "").values()].count(True) == 2
    world.index.refresh([(a, Version("11-21", Strength.STRONG))])
    states = world.index.states("kunder", "")
    assert (states[key["a"]], states[key["b"]].stale) == ((a, "11-21", states[key["a"]].reader, False), True)
    assert world.index.items([a])[a].version == Version("11-21", Strength.STRONG)


def test_cursors_are_kept_until_they_are_taken_away(world: World) -> None:
    assert world.index.cursor("kunder", "s") is None
    world.index.save_cursor("kunder", "s", "uid:5")
    assert world.index.cursor("kunder", "s") == "uid:5"
    world.index.finish_walk("kunder", "s", datetime.now(UTC), complete=True, cursor="uid:9")
    assert world.index.cursor("kunder", "s") == "uid:9"
    world.index.save_cursor("kunder", "s", None)
    assert world.index.cursor("kunder", "s") is None


@pytest.mark.parametrize("count", [0, 1, 5])
def test_counting_stops_at_its_limit(world: World, count: int) -> None:
    world.store(*(world.row(f"{n}", (record(), [mail(ANNA)], set())) for n in range(5)))
    assert world.index.count_records_with(world.email(ANNA), limit=count) == count
