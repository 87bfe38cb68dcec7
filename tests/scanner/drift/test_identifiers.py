"""Identifiers that the policy says are not there: where they count, how often, and what could not be read."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from connectors.base import GapReason
from tests.scanner.drift.policy_world import DAY, OTHER, PERSON, PolicyWorld

CONFIG = """
[company]
name = "Invex AB"
domains = ["invex.example"]
phones = ["08-465 004 00"]
[[staff]]
name = "Eva Holm"
phones = ["070-174 06 20"]
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


def rule(name: str, keys: str) -> str:
    return f'[[policy]]\nname = "{name}"\narea = "x"\nsays = "y"\n{keys}\n'


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/") + ".txt", text)
    return buffer.getvalue()


def test_an_item_counts_once_wherever_in_it_they_are_and_in_no_other_kind(world: PolicyWorld) -> None:
    world.configure(
        CONFIG
        + rule("mejl", 'kinds = ["message"]\nidentifiers = ["national-id"]')
        + rule("filer", 'sources = ["filer"]\nidentifiers = ["national-id"]')
        + rule("kort", 'match = ["**"]\nidentifiers = ["iban"]')
        + rule("båda", 'match = ["**"]\nidentifiers = ["iban", "national-id"]\nat_most = 5')
    )
    world.mail("post", DAY, f"{PERSON} och {OTHER} och igen {PERSON}")
    world.mail("post", DAY, attached=f"Bifogat: {PERSON}")
    world.mail("post", DAY, "Ring 070-174 06 05")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "bo.dal@kund.example", "Hej"
    inner.set_content(f"Jag är {OTHER}")
    world.write("filer/sparat.eml", inner.as_bytes())
    world.write("filer/låda.mbox", b"From bo@kund.example Mon Jun 15 12:00:00 2026\n" + inner.as_bytes() + b"\n\n")
    world.write("filer/lista.csv", f"Namn;Pnr\nAnna Ek;{PERSON}\nBo Dal;{OTHER}\n")
    world.write(f"filer/{PERSON}.txt", "inget i texten")
    world.write("filer/konto.txt", "SE45 5000 0000 0583 9825 7466")
    world.write("filer/annat.txt", "Ingenting alls")
    world.scan()
    done = world.look()
    # mails: two in the maildir, the saved one and the mailbox file; files: eml, mbox, csv, the one named so
    assert world.counts() == {"mejl": (4, 0, 5), "filer": (4, 0, 6), "kort": (1, 0, 9), "båda": (7, 0, 9)}
    assert (done.code, dict(done.counts)) == (0, {"rules": 4, "broken": 4, "unread": 0})
    told = {"drift:mejl": 4, "drift:filer": 4, "drift:kort": 1, "drift:båda": 7}
    assert {one.key: one.counts["breaking"] for one in done.notices} == told


def test_a_rule_about_paths_sees_into_archives(world: PolicyWorld) -> None:
    world.configure(CONFIG + rule("hr", 'match = ["**/Personal/**"]\nidentifiers = ["national-id"]'))
    world.write("filer/gammalt.zip", zipped(Personal__a=f"{PERSON}", Annat__b=f"{OTHER}"))
    world.write("filer/nytt.zip", zipped(Annat__b=f"{OTHER}"))
    world.write("filer/Personal/x.txt", "inget")
    world.scan()
    world.look()
    assert world.counts() == {"hr": (1, 0, 2)}


def test_what_is_the_companys_own_or_its_staffs_is_nobodys(world: PolicyWorld) -> None:
    strangers = rule("a", 'sources = ["filer"]\nidentifiers = ["email", "phone"]')
    world.configure(CONFIG + strangers + rule("b", 'match = ["k.txt"]\nnone = true'))
    world.write("filer/egna.txt", "info@invex.example, eva@invex.example, 08-465 004 00, 070-174 06 20\n")
    world.write("filer/k.txt", "eva@invex.example och bo.dal@kund.example\n")
    world.scan()
    world.look()
    assert world.counts() == {"a": (1, 0, 2), "b": (1, 0, 1)}


def test_what_could_not_be_read_is_counted_apart(world: PolicyWorld) -> None:
    world.configure(CONFIG + rule("a", 'match = ["Hemligt/**"]\nidentifiers = ["national-id"]'))
    world.write("filer/Hemligt/trasig.docx", b"PK\x03\x04" + b"\0" * 200)
    world.write("filer/Hemligt/hel.txt", "inget")
    world.write("filer/Annat/trasig.docx", b"PK\x03\x04" + b"\0" * 200)
    world.scan()
    with world.work() as work, work.index() as index:
        assert len({(one.path) for one in index.gaps()}) == 2
    world.look()
    assert world.counts() == {"a": (0, 1, 2)}
    with world.work() as work, work.index(read_only=False) as index:  # as a walk does of what it may not look into
        (scope,) = index.scopes("filer")
        gaps = [(path, GapReason.DENIED, "") for path in ("Hemligt", "Hemligt/inre", "Annat")]
        index.set_walk_gaps("filer", scope, [*gaps, ("Hemligt/länk", GapReason.LINK, "")])
    world.now = datetime.now(UTC)
    world.look()
    assert world.counts() == {"a": (0, 3, 2)}


def test_what_is_in_a_backup_is_not_counted_twice(world: PolicyWorld, tmp_path: Path) -> None:
    backup = '[[backup]]\nname = "natt"\nkind = "mirror"\ncovers = ["filer"]\npath = "natt"\nat = { filer = "filer" }\n'
    text = CONFIG.replace('path = "filer"\nbackup = "none"', 'path = "filer"')
    world.configure(text + backup + rule("a", 'match = ["**"]\nidentifiers = ["national-id"]'))
    world.write("filer/a.txt", PERSON)
    world.write("natt/daily.0/filer/a.txt", PERSON)
    world.scan()
    world.look()
    assert world.counts() == {"a": (1, 0, 1)}


def test_a_source_that_was_never_scanned_is_not_taken_for_a_clean_one(world: PolicyWorld) -> None:
    clean = 'identifiers = ["national-id"]'
    world.configure(
        CONFIG
        + rule("a", f'match = ["**"]\n{clean}')
        + rule("b", f'sources = ["filer"]\n{clean}')
        + rule("c", 'sources = ["post"]\nmatch = ["**"]\nnone = true')
        + rule("d", 'sources = ["post"]\nolder = { months = 1, from = "received" }')
    )
    world.write("filer/a.txt", "inget")
    world.scan("filer")
    world.look()
    assert world.counts() == {"a": (0, 1, 1), "b": (0, 0, 1), "c": (0, 1, 0), "d": (0, 1, 0)}
