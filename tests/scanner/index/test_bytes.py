"""What the files hold, byte for byte: nothing readable ever, and after a purge nothing of what was deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import apsw
import pytest

from connectors.base import GapReason, Strength
from scanner.detect.base import Mention
from scanner.index.errors import Busy
from scanner.index.pack import identifier_context, seal_steps
from scanner.index.rows import ItemRow
from scanner.index.sqlite import Index
from scanner.records import IdType, Role, Unread
from tests.scanner.index.helpers import World, mail, record

PATH = "Kunder/Åsa Berglund/Offert Åsa.docx"
WORDS = {"asa", "berglund", "hemligt", "offertnummer", "vinterdack"}
NUMBER = "198112189876"
HIDDEN = "asa.berglund@privat.example"


def varint(number: int) -> bytes:
    """SQLite's file format, section 1.6: 9 bytes hold 8 x 7 bits and then 8."""
    number &= 2**64 - 1
    high = [(number >> 8 + 7 * place) & 0x7F | 0x80 for place in range(7, -1, -1)]
    return bytes([*high, number & 0xFF])


def subject(world: World) -> ItemRow:
    return world.row(
        PATH,
        (
            record("member Åsa.txt", "row 7", kind="row"),
            [mail(HIDDEN, Role.OWNER, 1), Mention(IdType.NATIONAL_ID, NUMBER, Role.OWNER, 1), mail("delad@x.example")],
            WORDS | {"vanligt"},
        ),
        version="5d41402abc4b2a76b9719d911017c592",
        strength=Strength.STRONG,
        unread=(Unread(("member Åsas lås.zip",), GapReason.ENCRYPTED, "detalj om låset"),),
        content=world.sealer.content(b"hemligt"),
    )


def others(world: World, count: int = 400) -> list[ItemRow]:
    return [
        world.row(f"annan{n}", (record(), [mail("delad@x.example"), mail(f"p{n}@x.example")], {"vanligt", f"ord{n}"}))
        for n in range(count)
    ]


def traces(world: World) -> dict[str, list[bytes]]:
    """Everything that stands for the subject in the files; any of a name's forms is a trace."""
    sealer = world.sealer
    numbers = {"email token": world.email(HIDDEN), "id token": sealer.token("national_id", NUMBER)}
    numbers["path token"] = sealer.token("path", PATH)
    return {
        "sealed path": [sealer.seal_text(PATH, b"path")],
        "sealed email": [sealer.seal_text(HIDDEN, identifier_context(1))],
        "sealed id": [sealer.seal_text(NUMBER, identifier_context(3))],
        "sealed steps": [seal_steps(sealer, ("member Åsa.txt", "row 7")) or b""],
        "sealed gap": [sealer.seal_text("detalj om låset", b"detail")],
        "sealed version": [sealer.seal_text("5d41402abc4b2a76b9719d911017c592", b"version")],
        "content hash": [sealer.content(b"hemligt")],
        **{name: [number.to_bytes(8, "big", signed=True), varint(number)] for name, number in numbers.items()},
        # FTS5 stores what a word has beyond the one before it in the order: look for the tail, of 25 bits.
        **{f"word {word}": [sealer.word(word)[3:].encode()] for word in WORDS},
    }


def found(world: World) -> set[str]:
    files = world.bytes().values()
    return {name for name, forms in traces(world).items() if any(form in data for form in forms for data in files)}


def words_in(world: World) -> set[str]:
    """The terms of the word index, as SQLite's own fts5vocab tells them."""
    db = apsw.Connection(str(world.path))
    db.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab('main', 'words', 'row')")
    terms = {row[0] for row in db.execute("SELECT term FROM vocabulary")}
    db.close()
    return terms


def tokens(world: World, words: Iterable[str]) -> set[str]:
    return {world.sealer.word(word) for word in words}


def test_nothing_in_the_files_can_be_read(world: World) -> None:
    scope, source = "mail/asa@invex.example/Inkorg", "Åsas brevlåda"
    world.store(subject(world), source=source, scope=scope)
    world.index.set_walk_gaps(source, scope, [("Kunder/Låst mapp", GapReason.DENIED, "errno tretton")])
    world.index.finish_walk(source, scope, datetime.now(UTC), complete=True, cursor="kursor-hemlig")
    plain = [PATH, "Åsa", "Berglund", "asa.berglund", "privat.example", NUMBER, "811218", "Låst mapp", "errno tretton"]
    plain += [scope, "invex", source, "brevlåda", "kursor-hemlig", "5d41402abc4b2a76", "lås.zip", "row 7", "detalj"]
    plain += [*WORDS, "vanligt"]
    for data in (*world.bytes().values(),):
        low = data.lower()
        for text in plain:
            for form in (text, text.lower()):
                for encoding in ("utf-8", "latin-1", "utf-16-le"):
                    assert form.encode(encoding) not in data
                    assert form.lower().encode(encoding) not in low
    assert found(world) >= {"sealed path", "sealed email", "email token", "content hash"}  # the looking does find


def test_after_retire_and_purge_no_byte_of_the_subject_is_left(world: World) -> None:
    rows = others(world)
    world.store(*rows[:200], subject(world), *rows[200:])
    world.index.finish_walk("kunder", "", datetime.now(UTC), complete=True)
    assert found(world) == set(traces(world))
    assert tokens(world, WORDS) <= words_in(world)
    item = world.index.item_by_path("kunder", PATH)
    assert item is not None
    assert not world.index.unpurged
    world.index.retire([item.id])
    assert world.index.unpurged
    assert found(world) & {"sealed path", "email token"}  # so a retire alone is not enough, and the purge is tested
    shared, own = world.email("delad@x.example"), world.email(HIDDEN)
    assert world.index.purge([shared, own]) == {shared}
    assert not world.index.unpurged
    assert found(world) == set()
    assert words_in(world) & tokens(world, WORDS) == set()
    assert tokens(world, ["vanligt", "ord7"]) <= words_in(world)
    assert len(world.index.records_with(shared)) == 400
    assert len(world.index.records_with_words([["vanligt"]])) == 400
    assert world.index.identifier(own) is None
    world.index.close()
    assert found(world) == set()


def test_an_item_read_again_without_the_subject_leaves_nothing_after_a_purge(world: World) -> None:
    world.store(*others(world, 50), subject(world), world.row("lista", (record("row 1"), [mail(HIDDEN)], WORDS)))
    world.store(world.row("lista", (record("row 1"), [mail("kvar@x.example")], {"kvar"})))
    world.index.forget_source("finns inte")
    item = world.index.item_by_path("kunder", PATH)
    assert item is not None
    world.index.retire([item.id, 10**6])
    assert world.index.unpurged
    world.index.compact()
    assert found(world) == set()
    assert words_in(world) == tokens(world, {"kvar", "vanligt", *(f"ord{n}" for n in range(50))})


def test_a_forgotten_source_or_scope_leaves_nothing_and_the_others_stay(world: World) -> None:
    scope = "mail/asa/Inkorg"
    world.store(*others(world, 20))
    world.store(subject(world), source="asa", scope=scope)
    world.store(subject(world), source="kunder", scope=scope)
    world.index.set_walk_gaps("asa", scope, [(PATH, GapReason.DENIED, "")])
    world.index.save_cursor("asa", scope, "k")
    world.index.forget_source("asa")
    world.index.forget_scope("kunder", scope)
    world.index.forget_scope("kunder", "finns inte")
    assert [view.source for view in world.index.searched()] == ["kunder"]
    assert world.index.scopes("kunder") == [""]
    assert world.index.gaps() == []
    world.index.purge()
    assert found(world) == set()
    names = (world.sealer.seal_text("asa", b"source"), world.sealer.seal_text(scope, b"scope"))
    assert not any(name in data for name in names for data in world.bytes().values())
    assert len(world.index.records_with(world.email("delad@x.example"))) == 20


def test_a_reader_in_the_way_of_a_purge_is_told_and_the_next_purge_is_clean(world: World) -> None:
    world.store(*others(world, 50), subject(world))
    item = world.index.item_by_path("kunder", PATH)
    assert item is not None
    world.index.retire([item.id])
    world.index.patience = 0.05
    with Index.open(world.path, world.sealer, read_only=True) as reader, reader.snapshot():
        reader.searched()
        with pytest.raises(Busy, match="reading"):
            world.index.purge()
        assert world.index.unpurged
    world.index.purge()
    assert found(world) == set()
    assert not world.index.unpurged


def test_ids_are_never_used_again(world: World) -> None:
    world.store(world.row("a", (record(), [mail(HIDDEN)], WORDS)))
    (old,) = world.index.records_with(world.email(HIDDEN))
    item = world.index.record(old)
    assert item is not None
    world.index.retire([item.item])
    world.index.purge()
    world.index.close()
    again = World(world.path)
    again.store(again.row("b", (record(), [mail("b@x.example")], set())))
    (new,) = again.index.records_with(again.email("b@x.example"))
    view = again.index.record(new)
    assert view is not None
    assert new > old
    assert view.item > item.item
    again.index.close()


def test_a_replaced_item_keeps_its_id_and_only_its_new_content(world: World) -> None:
    world.store(world.row("a", (record(), [mail("a@x.example")], {"gammalt"}), (record("row 1"), [], set())))
    before = world.index.item_by_path("kunder", "a")
    world.store(
        world.row("a", (record(), [mail("fel@x.example")], {"fel"}), version="2"),
        world.row("a", (record(), [mail("b@x.example")], {"nytt"}), version="3"),
    )
    after = world.index.item_by_path("kunder", "a")
    assert world.index.unpurged  # the old content may still lie in the file
    assert before is not None
    assert after is not None
    assert (after.id, after.version.token) == (before.id, "3")
    assert len(world.index.item_records(after.id)) == 1
    for gone in ("a@x.example", "fel@x.example"):
        assert world.index.records_with(world.email(gone)) == []
        assert world.index.identifier(world.email(gone)) is None
    assert world.index.records_with_words([["gammalt", "fel"]]) == []
    assert len(world.index.records_with_words([["nytt"]])) == 1


def test_the_same_path_in_two_scopes_is_two_items(world: World) -> None:
    row = world.row("a", (record(), [mail("a@x.example")], set()))
    world.store(row, scope="one")
    world.store(row, scope="two")
    assert len(world.index.records_with(world.email("a@x.example"))) == 2
    (state,) = world.index.states("kunder", "one").values()
    world.index.retire([state.item])
    assert len(world.index.records_with(world.email("a@x.example"))) == 1
    assert world.index.identifier(world.email("a@x.example")) is not None


def test_an_identifier_that_no_record_holds_goes_at_a_purge_and_may_come_again(world: World) -> None:
    row = world.row("a", (record(), [mail("a@x.example")], set()))
    mentions, row.records[0].mentions = row.records[0].mentions, []
    world.store(row)
    assert world.index.identifier(world.email("a@x.example")) is not None
    world.index.purge()
    assert world.index.identifier(world.email("a@x.example")) is None
    row.records[0].mentions = mentions
    world.store(row)
    assert world.index.identifier(world.email("a@x.example")) is not None
