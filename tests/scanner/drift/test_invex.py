"""The worked example of a company's policy: it loads, has its ten areas, and every rule tells right from wrong."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from config.load import load
from scanner.agent.book import Book
from scanner.drift.render import policy_json
from tests.scanner.drift.policy_world import PERSON, PolicyWorld, months_before, swapped

EXAMPLE = Path(__file__).parents[3] / "config" / "policy-invex.toml"
AREAS = (
    *("Kundregister", "Backup", "Fakturor och kvitton", "Offerter", "Digitalt material"),
    *("Tryckt material och anteckningar", "Mejl", "Telefon", "Kalendrar", "Anställning och ansökningar"),
)
# Files came to this machine today; that they are old is so only on a day that is far enough ahead.
DAY = date.today() + timedelta(days=1000)
IBAN = "SE45 5000 0000 0583 9825 7466"


def test_it_loads_as_it_stands_and_is_complete(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "gallra.toml")
    config = load(tmp_path / "gallra.toml")
    assert tuple(dict.fromkeys(one.area for one in config.policies)) == AREAS
    assert config.uncovered() == []
    assert {one.kind for one in config.hands} == {"paper", "processor", "provider"}
    unasked = [one.name for one in config.culls if one.unattended] + [
        one.name for one in config.holds if one.unattended
    ]
    assert unasked == [], "who copies this erases nothing unasked"
    named = {name for one in config.policies for name in (*one.sources, *one.backups)}
    assert named == {one.name for one in config.places}, "every place that gallra reads is spoken of"


def test_every_rule_about_age_has_a_cull_that_carries_it_out(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "gallra.toml")
    config = load(tmp_path / "gallra.toml")
    with Book(tmp_path / "book.sqlite") as book:
        culls = {one["rule"]: one["cull"] for one in policy_json(config, book)["policy"]}
    assert {name: cull for name, cull in culls.items() if cull} == {
        "fakturor-7-år": "fakturor",
        "offerter-12-månader": "offerter",
        "material-24-månader": "underlag",
        "mejl-24-månader": "mejl",
        "kalendrar-24-månader": "kalendrar",
        "ansökningar-24-månader": "jobbansökningar",
    }
    assert {name for name, cull in culls.items() if cull} == {one.name for one in config.policies if one.older}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PolicyWorld:
    """The example, its three servers replaced by what lies on this disk; every rule but for its sources as shipped."""
    text = EXAMPLE.read_text("utf-8")
    text = swapped(text, "mejl", 'kind = "maildir"\npath = "mejl"')
    text = swapped(text, "kalendrar", 'kind = "folder"\npath = "kalendrar"')
    at = ", ".join(f'{name} = "{name}"' for name in ("kundregister", "ekonomi", "kunder", "personal"))
    covers = 'covers = ["kundregister", "ekonomi", "kunder", "personal"]'
    text = swapped(text, "natt", f'kind = "mirror"\n{covers}\npath = "natt"\nat = {{ {at} }}\nkeeps_days = 90')
    world = PolicyWorld(tmp_path, monkeypatch, DAY)
    world.configure(text)
    return world


def event(day: date) -> str:
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Möte\r\n"
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}\r\nDTSTAMP:{day:%Y%m%d}T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def invoice(day: date) -> str:
    return (
        f"FAKTURA\nFakturanummer: 10{day.year}\nFakturadatum: {day}\nFörfallodatum: {day + timedelta(days=30)}\n"
        "Att betala: 1 250,00 kr\nMoms 25 %: 250,00 kr\nOrganisationsnummer: 556036-0793\n"
    )


def snapshot(world: PolicyWorld, number: int, day: date) -> None:
    world.write(f"natt/daily.{number}/kunder/Offerter/a.txt", "x")
    noon = time.mktime((day.year, day.month, day.day, 12, 0, 0, 0, 0, -1))
    os.utime(world.root / f"natt/daily.{number}", (noon, noon))


def keep_every_rule(world: PolicyWorld) -> None:
    world.write("kundregister/kunder.csv", "Namn;E-post\nBo Dal;bo.dal@kund.example\n")
    world.write("ekonomi/Fakturor/ny.txt", invoice(months_before(DAY, 3)))
    world.letter("kunder/Offerter/ny.docx", months_before(DAY, 11))
    world.letter("kunder/Underlag/ny.docx", months_before(DAY, 23))
    world.letter("personal/Ansökningar/ny.docx", months_before(DAY, 2))
    world.letter("personal/Anställda/avtal.docx", months_before(DAY, 50))
    world.write("inskannat/Reklam/a.txt", "Ingenting")
    world.mail("mejl", months_before(DAY, 23))
    world.write("kalendrar/ny.ics", event(months_before(DAY, 23)))
    world.write("telefon/Kontakter.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bo Dal\r\nN:Dal;Bo;;;\r\nEND:VCARD\r\n")
    snapshot(world, 0, DAY - timedelta(days=89))


def break_every_rule(world: PolicyWorld) -> list[Path]:
    """One thing for each rule about items; what to take away again."""
    return [
        world.write("kundregister/mer.csv", f"Namn;Personnummer\nAnna Ek;{PERSON}\n"),
        world.write("ekonomi/Fakturor/gammal.txt", invoice(date(DAY.year - 9, 5, 3))),
        world.letter("kunder/Offerter/gammal.docx", months_before(DAY, 13)),
        world.letter("kunder/Underlag/gammal.docx", months_before(DAY, 26)),
        world.letter("personal/Ansökningar/gammal.docx", months_before(date.today(), 2)),
        world.letter("personal/Anställda/konto.docx", months_before(DAY, 2), f"Konto: {IBAN}"),
        world.write("inskannat/Anteckningar/möte.txt", "Vi sågs"),
        world.mail("mejl", months_before(DAY, 26)),
        world.mail("mejl", months_before(DAY, 1), attached=f"Mitt nummer är {PERSON}"),
        world.write("kalendrar/gammal.ics", event(months_before(DAY, 26))),
        world.write("telefon/sms.xml", "<sms/>"),
    ]


def test_each_rule_is_broken_once_and_kept_once(world: PolicyWorld) -> None:
    keep_every_rule(world)
    world.scan()
    world.now = datetime.now(UTC)
    world.look()
    rules = {one.name for one in load(world.root / "gallra.toml").policies}
    kept = world.counts()
    assert {name: count[:2] for name, count in kept.items()} == dict.fromkeys(rules, (0, 0))
    assert all(looked for name, (_, _, looked) in kept.items() if not name.startswith(("anteckningar", "telefon-bara")))
    assert world.told() == set()

    guilty = break_every_rule(world)
    snapshot(world, 1, DAY - timedelta(days=93))
    world.scan()
    world.now = datetime.now(UTC) + timedelta(days=40)  # and nothing was scanned for forty days
    world.look()
    broken = world.counts()
    assert {name: count[:2] for name, count in broken.items()} == dict.fromkeys(rules, (1, 0))
    assert world.told() == {f"drift:{name}" for name in rules}

    for path in guilty:
        path.unlink()
    shutil.rmtree(world.root / "natt/daily.1")
    world.scan()
    world.now += timedelta(days=1)
    world.look()
    unscanned = {"backup-genomsökt", "telefon-varje-månad"}
    expected = {name: (int(name in unscanned), 0) for name in rules}
    assert {name: count[:2] for name, count in world.counts().items()} == expected
    assert world.told() == {f"drift:{name}" for name in unscanned}
