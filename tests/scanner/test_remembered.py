"""The same attachment in many mails is parsed once and found in each, under its own steps; and nothing else of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from connectors.base import GapReason
from scanner import reader_print
from scanner import remembered as module
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.detect.detector import Detector
from scanner.expand import Expansion
from scanner.formats import registry
from scanner.formats.base import Found, Nested
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Unread
from scanner.remembered import Remembered
from tests.scanner.scan_world import ScanWorld
from tests.world.office import docx

ANNA, BO = "anna@kund.example", "bo@kund.example"
PADDING = " ".join(f"ord{number}" for number in range(400))  # content of a few bytes is not worth remembering


class Counter:
    """Counts how often a format is asked to read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.count = 0
        load, real = registry.load, registry.load(name)

        def extract(blob: Blob, limits: Limits) -> Iterator[Found]:
            self.count += 1
            return real.extract(blob, limits)

        counted = replace(real, extract=extract)
        monkeypatch.setattr(registry, "load", lambda one: counted if one == name else load(one))


def mail(subject: str, *attached: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "eva@invex.example", "info@invex.example", subject
    message.set_content("Se bilaga.")
    for name, data in attached:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def packed(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def read(data: bytes, name: str, aids: Aids, limits: Limits | None = None) -> list[Record | Unread]:
    return list(Expansion(Blob(data, name), limits or Limits(), aids))


def shown(found: list[Record | Unread]) -> list[object]:
    """Records as plain values, so that later changes cannot be seen in them."""
    return [
        (one.steps, one.kind, list(one.texts), [(who.role, list(who.facts)) for who in one.entities])
        if isinstance(one, Record)
        else one
        for one in found
    ]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScanWorld]:
    from connectors import registry as kinds

    monkeypatch.setitem(kinds.BUILT_IN, "memory", "tests.scanner.scan_world:Counting")
    monkeypatch.setattr("tests.scanner.scan_world.Counting.kind", "memory")
    kinds._known.cache_clear()
    world = ScanWorld(tmp_path)
    yield world
    world.index.close()
    kinds._known.cache_clear()


def test_one_letter_in_fifty_mails(world: ScanWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = docx([f"Avtal med {ANNA}", PADDING]).data
    counter, looked = Counter(monkeypatch, "docx"), []
    mentions = Detector.mentions
    monkeypatch.setattr(Detector, "mentions", lambda self, one: looked.append(one.steps) or mentions(self, one))
    for number in range(50):
        world.store.items[f"a/{number}.eml"] = mail(f"Nummer {number}", ("avtal.docx", letter))
    world.scan()
    assert counter.count == 1
    assert world.found(ANNA) == 50
    inside = {view.steps for view in world.index.records(world.index.records_with(world.sealer.token("email", ANNA)))}
    assert inside == {("attachment 1: avtal.docx",)}
    parts = [steps for steps in looked if steps]
    assert ("attachment 1: avtal.docx",) in parts
    assert len(parts) == len(set(parts)), "the letter is looked through once"
    reader_print._print.cache_clear()


def test_another_name_is_another_thing(world: ScanWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = docx([f"Avtal med {ANNA}", PADDING]).data
    counter = Counter(monkeypatch, "docx")
    for number, name in enumerate(("Karin Ek.docx", "Bo Dal.docx", "Karin Ek.docx")):
        world.store.items[f"a/{number}.eml"] = mail("Hej", (name, letter))
    world.scan()
    assert counter.count == 2
    for word, count in (("karin", 2), ("dal", 1)):
        assert len(world.index.records_with_words([[word]])) == count
    reader_print._print.cache_clear()


def test_what_is_remembered_equals_what_is_read() -> None:
    inner = packed(
        ("a.docx", docx([ANNA, PADDING]).data), ("b.txt", f"{BO} {PADDING}".encode()), ("c.bin", b"\x8f\1" * 999)
    )
    outer = [mail("x", ("p.zip", inner), ("q.zip", inner)), packed(("m/p.zip", inner)), mail("y", ("p.zip", inner))]
    aids = Aids(remembered=Remembered())
    for _ in range(2):
        for data in outer:
            assert shown(read(data, "a.eml", aids)) == shown(read(data, "a.eml", Aids()))


def test_whoever_changes_a_record_changes_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of an item adds its path to its record: that must not stick to what is remembered."""
    data = packed(("k.txt", f"{ANNA} {PADDING}".encode()))
    aids = Aids(remembered=Remembered())
    plain = shown(read(data, "a.zip", Aids()))
    for _ in range(3):
        found = read(data, "a.zip", aids)
        assert shown(found) == plain
        for one in found:
            if isinstance(one, Record) and len(one.steps) < 2:
                one.texts.append((Role.PATH, "Bo Dal"))
                one.entities.append(Entity(Role.OWNER, [Fact(IdType.NAME, "Bo Dal")]))
                one.kind = "card"


def test_the_place_says_who_and_what_the_content_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{ANNA} {PADDING}".encode()

    def nest(kind: str, *entities: Entity) -> None:
        found = Nested(("member a.txt",), Blob(text, "a.txt"), kind, entities)
        fake = replace(registry.load("zip"), extract=lambda blob, limits: iter([found]))
        load = registry.load
        monkeypatch.setattr(registry, "load", lambda one: fake if one == "zip" else load(one))

    aids = Aids(remembered=Remembered())
    hers, his = (Entity(Role.AUTHOR, [Fact(IdType.NAME, name)]) for name in ("Anna Ek", "Bo Dal"))
    given = []
    for kind, who in (("attachment", hers), ("member", his)):
        nest(kind, who)
        (record, *_) = read(packed(("x", b"y")), "a.zip", aids)
        assert isinstance(record, Record)
        assert record.memo is None, "what was noted of one must not pass for the other"
        given.append((record.kind, record.entities))
    assert given == [("attachment", [hers]), ("member", [his])]


def test_limits_count_copies_as_if_they_were_read() -> None:
    text = "\n".join(f"rad {number}" for number in range(300)).encode()
    table = b"Namn;Epost\n" + b"".join(b"Bo %d;bo%d@kund.example\n" % (n, n) for n in range(200))
    data = packed(*((f"{number}/k.csv", table) for number in range(9)), ("t.txt", text))
    for limits in (Limits(members=700), Limits(expanded=4 * len(table))):
        remembering = read(data, "a.zip", Aids(remembered=Remembered()), limits)
        plain = read(data, "a.zip", Aids(), limits)
        assert shown(remembering) == shown(plain)
        assert any(isinstance(one, Unread) and one.reason is GapReason.TOO_LARGE for one in plain)


def test_what_hangs_on_the_moment_is_not_remembered() -> None:
    """Too deep here is not too deep there; too large beside others is not too large alone."""
    deep = packed(
        ("b.zip", packed(("c.zip", packed(("d.txt", f"{ANNA} {PADDING}".encode()), ("e", PADDING.encode())))))
    )
    aids = Aids(remembered=Remembered())
    low = read(packed(("a.zip", deep)), "x.zip", aids, Limits(depth=3))
    assert any(isinstance(one, Unread) and one.reason is GapReason.TOO_DEEP for one in low)
    high = read(deep, "x.zip", aids, Limits(depth=3))
    assert shown(high) == shown(read(deep, "x.zip", Aids(), Limits(depth=3)))


def test_it_forgets_and_never_holds_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HELD", 2_000_000)
    remembered = Remembered()
    aids = Aids(remembered=remembered)
    for number in range(60):
        data = packed(("k.txt", f"{ANNA} nummer {number} {PADDING}\n".encode() * 4))
        read(data, "a.zip", aids)
        assert remembered._weight <= 2_000_000
        assert remembered._weight == sum(one.weight for one in remembered._kept.values())
    assert 0 < len(remembered._kept) < 60


def test_its_weight_is_no_less_than_what_it_takes() -> None:
    """Measured where words never repeat, with what a reader notes beside each record."""
    import gc
    import tracemalloc

    from scanner.detect.base import DetectSettings

    detector, remembered = Detector(DetectSettings()), Remembered()
    datas = []
    for number in range(30):
        rows = "".join(f"Namn{number}x{n};p{number}x{n}@kund.example;gata{n}y{number}\n" for n in range(200))
        datas.append(packed((f"{number}.csv", ("Namn;Epost;Gata\n" + rows).encode())))
    detector.mentions(Record((), "file", [(Role.BODY, "värm upp")]))
    gc.collect()
    tracemalloc.start()
    for data in datas:
        for one in Expansion(Blob(data, "a.zip"), Limits(), Aids(remembered=remembered)):
            if isinstance(one, Record) and one.memo is not None:
                one.memo.append((detector.mentions(one), detector.raw_words(one)))
    detector._known_facts.clear()
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(remembered._kept) == 30
    assert taken < 1.5 * remembered._weight
