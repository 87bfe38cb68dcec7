"""What is older than the policy says: by its own days, each read once, undated told apart, and the law going first."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

from scanner.drift.days import FILE
from scanner.drift.look import look
from tests.scanner.drift.policy_world import DAY, PolicyWorld

CONFIG = """
[[source]]
name = "filer"
kind = "folder"
path = "filer"
backup = "none"
[[source]]
name = "post"
kind = "maildir"
path = "post"
backup = "none"
"""
OLD = '[[policy]]\nname = "a"\narea = "x"\nsays = "y"\nmatch = ["A/**"]\nolder = { months = 12, from = "created" }\n'


def remembered(world: PolicyWorld) -> int:
    with closing(sqlite3.connect(world.root / ".gallra" / FILE)) as db:
        return int(db.execute("SELECT count(*) FROM day").fetchone()[0])


def again(world: PolicyWorld) -> dict[str, tuple[int, int, int]]:
    world.now = datetime.now(UTC)
    world.look()
    return world.counts()


def test_the_last_day_of_the_span_is_still_kept(world: PolicyWorld) -> None:
    world.configure(CONFIG + OLD)
    world.letter("filer/A/dagen.docx", date(2025, 6, 15))
    world.letter("filer/A/före.docx", date(2025, 6, 14))
    world.letter("filer/B/annan.docx", date(2020, 1, 2))
    world.scan()
    assert again(world) == {"a": (1, 0, 2)}
    world.day += timedelta(days=1)
    assert again(world) == {"a": (2, 0, 2)}


def test_what_says_nothing_of_its_age_is_counted_apart(world: PolicyWorld) -> None:
    world.configure(CONFIG + OLD)
    world.letter("filer/A/ny.docx", date(2026, 6, 1))
    world.write("filer/A/text.txt", "Datum: 2001-01-01")
    world.write("filer/A/trasig.docx", b"PK\x03\x04" + b"\0" * 200)
    world.scan()
    assert again(world) == {"a": (0, 2, 3)}


def test_each_item_is_read_once_and_again_when_it_has_changed(world: PolicyWorld) -> None:
    world.configure(CONFIG + OLD)
    paths = [world.letter(f"filer/A/{n}.docx", date(2024, 1, 1 + n)) for n in range(3)]
    world.scan()
    assert again(world) == {"a": (3, 0, 3)}
    contents = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()  # the index has them still: who asks them now gets no answer
    assert again(world) == {"a": (3, 0, 3)}
    (world.root / ".gallra" / FILE).unlink()
    world.now = datetime.now(UTC)
    done = world.look()
    assert (done.code, done.counts["unread"], world.counts()) == (3, 3, {"a": (0, 3, 3)})
    for path, data in zip(paths, contents, strict=True):
        path.write_bytes(data)
    world.letter("filer/A/0.docx", date(2026, 6, 1), "Ny text")
    world.scan()
    assert again(world) == {"a": (2, 0, 3)}
    world.letter("filer/A/0.docx", date(2024, 6, 1), "En annan text")
    world.scan()
    assert again(world) == {"a": (3, 0, 3)}


def test_what_is_remembered_tells_nobody_anything_and_leaves_with_the_item(world: PolicyWorld) -> None:
    world.configure(CONFIG + OLD)
    paths = [world.letter(f"filer/A/Anna Ek {n}.docx", date(2024, 1, 1)) for n in range(3)]
    world.scan()
    again(world)
    kept = world.root / ".gallra" / FILE
    assert remembered(world) == 3
    assert kept.stat().st_mode & 0o777 == 0o600
    data = kept.read_bytes()
    assert b"Anna" not in data
    assert b"2024" not in data
    with closing(sqlite3.connect(kept)) as db:
        sealed = [row[0] for row in db.execute("SELECT days FROM day")]
        assert len(set(sealed)) == 3, "equal days do not look alike"
    paths[0].unlink()
    world.scan()
    assert again(world) == {"a": (2, 0, 2)}
    assert remembered(world) == 2
    world.configure(CONFIG + OLD.replace('"A/**"', '"B/**"'))
    assert again(world) == {"a": (0, 0, 0)}
    assert remembered(world) == 0


def test_more_new_items_than_fit_in_one_pass_are_all_counted(world: PolicyWorld) -> None:
    world.configure(CONFIG + OLD)
    for number in range(5):
        world.letter(f"filer/A/{number}.docx", date(2026 - number, 6, 1))
    world.write("filer/A/utan.txt")
    world.scan()
    for number in (2, 3, 4):  # more than one pass asks, and none of them answers
        (world.root / f"filer/A/{number}.docx").unlink()
    world.monkeypatch.setattr("scanner.drift.look.today", lambda: DAY)
    with world.work() as work:
        found = look(work, world.now, most=2)
    assert [(one.breaking, one.untold, one.looked) for one in found.counts] == [(1, 4, 6)]
    assert found.unread == 3
    assert remembered(world) == 3


HOLD = (
    '[[hold]]\nname = "h"\nstatute = "Bokföringslagen 7 kap. 2 §"\ndocuments = ["receipt", "invoice"]\n'
    'until = { years = 7, from = "financial-year-end" }\n'
)
RECEIPT = (
    "Kvitto\nKvittonummer: 4711\nDatum: 2019-05-03\nTotalt: 250,00 kr\nMoms 25 %: 50,00 kr\n"
    "Organisationsnummer: 556036-0793\nBetalt med kort\n"
)
MAIL = OLD.replace('match = ["A/**"]', 'sources = ["post"]').replace("created", "received")


def test_what_a_law_keeps_breaks_nothing_until_it_may_go(world: PolicyWorld) -> None:
    world.mail("post", date(2019, 5, 3), RECEIPT)
    world.mail("post", date(2019, 5, 3), "Hej, tack för senast")
    world.configure(CONFIG + MAIL)
    world.scan()
    assert again(world) == {"a": (2, 0, 2)}
    world.configure(CONFIG + HOLD + MAIL)
    assert again(world) == {"a": (1, 0, 2)}
    world.day = date(2026, 12, 31)
    assert again(world) == {"a": (1, 0, 2)}
    world.day = date(2027, 1, 1)
    assert again(world) == {"a": (2, 0, 2)}


def test_a_span_from_the_day_that_a_text_gives(world: PolicyWorld) -> None:
    rule = OLD.replace('{ months = 12, from = "created" }', '{ years = 2, from = "document-date" }')
    world.configure(CONFIG + rule)
    text = "Faktura\nFakturanummer: 10{0}\nFakturadatum: {0}-03-01\nAtt betala: 10,00 kr\nMoms 25 %: 2,00 kr\n"
    for year in (2023, 2025):
        world.write(f"filer/A/{year}.txt", text.format(year) + "Organisationsnummer: 556036-0793\n")
    world.write("filer/A/lista.txt", "Mjölk, bröd, ost")
    world.scan()
    assert again(world) == {"a": (1, 1, 3)}


def test_what_only_looks_like_something_that_a_law_keeps_is_counted_apart(world: PolicyWorld) -> None:
    world.mail(
        "post", date(2019, 5, 3), "Hej, så här stod det:\n" + "".join(f"> {one}\n" for one in RECEIPT.split("\n"))
    )
    world.configure(CONFIG + HOLD + MAIL)
    world.scan()
    assert again(world) == {"a": (0, 1, 1)}


def test_a_day_that_lay_ahead_is_asked_for_again(world: PolicyWorld) -> None:
    world.configure(CONFIG + OLD)
    world.letter("filer/A/framtid.docx", DAY + timedelta(days=40))
    world.scan()
    assert again(world) == {"a": (0, 1, 1)}
    world.day += timedelta(days=45)
    assert again(world) == {"a": (0, 0, 1)}
    world.day += timedelta(days=400)
    assert again(world) == {"a": (1, 0, 1)}
