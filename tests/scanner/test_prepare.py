"""The look at an item right before its step: what is there now decides, not what was planned."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scanner.model import Action, Cut, Step
from scanner.prepare import Prepared
from tests.scanner.surgery_pieces import BO, Piece, lines, pieces
from tests.scanner.surgery_scene import SEALER, Scene
from tests.scanner.test_holding import FIXED, policy

LIST = "lista.csv"
SECOND = (Cut(("row 2",)),)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, [LIST, "Anna Ek/kvitto.bin"])


def look(scene: Scene, path: str, cuts: tuple[Cut, ...] = (), content: str | None = None) -> Prepared:
    one = scene.finding(path, (), Action.REMOVE) if (scene.root / path).is_file() else None
    known = content if content is not None else (one.content if one else "aa")
    where = scene.case().findings[0].locator
    step = Step(type(where)("kunder", path), scene.case().findings[0].version, known, (1,), cuts)
    ((seen, prepared),) = scene.prepare()([step])
    assert seen is step
    return prepared


def test_an_unchanged_item_may_go_whole_whatever_it_is(scene: Scene) -> None:
    assert look(scene, LIST) == look(scene, "Anna Ek/kvitto.bin") == Prepared()


def test_the_item_without_its_record_and_the_hash_of_what_was_made(scene: Scene) -> None:
    prepared = look(scene, LIST, SECOND)
    after = lines(";", (("Bo Dal", BO), ("Cia Lo", "cia.lo@kund.example"))).encode()
    assert (prepared.after, prepared.made) == (after, SEALER.content(after).hex())
    assert (scene.root / LIST).read_bytes() == pieces()[LIST].data, "nothing is written"
    assert not scene.leftovers()


@pytest.mark.parametrize("cuts", [(), SECOND], ids=["whole", "a row"])
def test_4_what_changed_is_told_and_nothing_is_made_of_it(scene: Scene, cuts: tuple[Cut, ...]) -> None:
    (scene.root / LIST).write_text("Namn;E-post\r\nBo Dal;x\r\nCia Lo;y\r\n")
    assert look(scene, LIST, cuts, SEALER.content(pieces()[LIST].data).hex()) == Prepared(changed=True)


def test_what_is_not_there_is_absent(scene: Scene) -> None:
    assert look(scene, "borta.csv", SECOND) == Prepared(absent=True)
    assert look(scene, "borta/borta.csv") == Prepared(absent=True)


def test_what_cannot_be_looked_at_says_why_and_lets_nothing_through(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_bytes(pieces()[LIST].data)
    (scene.root / "link.csv").symlink_to(tmp_path / "outside.csv")
    os.mkfifo(scene.root / "fifo")
    for path in ("link.csv", "fifo", "Anna Ek"):
        prepared = look(scene, path, SECOND, content="aa")
        assert prepared.unread or prepared.changed
        assert prepared.after is None


@pytest.mark.parametrize("cut", [Cut(("row 9",)), Cut(("card 1",)), Cut(("row 2", "row 1"))])
def test_what_cannot_be_taken_out_is_refused(scene: Scene, cut: Cut) -> None:
    prepared = look(scene, LIST, (cut,))
    assert prepared == Prepared(refused=prepared.refused)
    assert prepared.refused


@pytest.mark.parametrize("cuts", [(), SECOND], ids=["whole", "a row"])
def test_2_what_is_held_now_is_told(tmp_path: Path, cuts: tuple[Cut, ...]) -> None:
    path = "x/Fakturor/lista.csv"
    scene = Scene(tmp_path, [], policy=policy(FIXED), more={path: Piece(pieces()[LIST].data)})
    prepared = look(scene, path, cuts)
    assert prepared.held is not None
    assert prepared == Prepared(held=prepared.held)
    assert prepared.held.rule == "bok"


CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{0}\r\nEMAIL:{0}\r\nEND:VCARD\r\n"
EVENT = "BEGIN:VEVENT\r\nUID:{0}\r\nDTSTART:20260301T100000Z\r\nSUMMARY:{0}\r\nEND:VEVENT\r\n"
CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\n{}END:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("name", "text", "step", "kind"),
    [
        ("a.vcf", CARD.format("anna.ek@kund.example"), "card 1", "contact"),
        ("a.ics", CALENDAR.format(EVENT.format("anna.ek@kund.example")), "event anna.ek@kund.example", "event"),
    ],
)
def test_a_servers_card_or_event_of_which_nothing_is_left_goes_whole(
    tmp_path: Path, name: str, text: str, step: str, kind: str
) -> None:
    scene = Scene(tmp_path, [])
    cuts = (Cut((step,)),)
    (scene.root / name).write_text(text, newline="")
    assert scene.look(name, kind, cuts) == Prepared(emptied=True)
    assert scene.look(name, "file", cuts).after is not None, "a file with nothing in it is a file"
    twice = text.replace("END:VCALENDAR", EVENT.format("bo") + "END:VCALENDAR") if kind == "event" else text * 2
    (scene.root / name).write_text(twice, newline="")
    assert scene.look(name, kind, cuts).after is not None, "something is left"
