"""The whole job over folders, a real Dovecot and a real Radicale in one case; bare clients are the witnesses.

The made-up company's mail, calendars and contacts lie on the servers, the rest in folders.
"""

from __future__ import annotations

import email
import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Desk
from tests.servers.dav_client import Client
from tests.servers.dovecot import PASSWORD, Dovecot, account, dovecot
from tests.servers.imap_witness import Colleague, Mail
from tests.servers.radicale import PASSWORD as DAV_PASSWORD
from tests.servers.radicale import Radicale, radicale
from tests.servers.sources import SOURCES
from tests.world import Person, World, build, config_text
from tests.world.serving import cards, events, uid_of

__all__ = ["account", "dovecot", "radicale"]

SERVED = ("post", "kalender")  # sources that move to servers whole
PHONES = ("iPhone Maria/contacts.vcf", "Nextcloud/adressbok.vcf")  # exports that become address books
ERASING = ("remove", "remove-record", "amend")


@dataclass
class Served:
    """The company with its servers, and what bare clients see there."""

    world: World
    desk: Desk
    post: Colleague
    dav: Client
    calendars: list[str] = field(default_factory=list)
    books: list[str] = field(default_factory=list)

    def mails(self) -> list[tuple[str, Mail]]:
        return [(folder, mail) for folder, held in self.post.everything().items() for mail in held.values()]

    def events(self) -> dict[str, bytes]:
        return {path: data for one in self.calendars for path, data in self.dav.contents(one).items()}

    def cards(self) -> dict[str, bytes]:
        return {path: data for one in self.books for path, data in self.dav.contents(one).items()}

    def files(self) -> dict[str, str]:
        folders = tuple(f"{folder}/" for name, folder in self.world.sources.items() if name not in SERVED)
        return {path: digest for path, digest in self.world.files().items() if path.startswith(folders)}


@pytest.fixture
def served(tmp_path: Path, dovecot: Dovecot, account: str, radicale: Radicale) -> Iterator[Served]:
    root = tmp_path / "bolag"
    world = build(root, customers=5, mails_per_customer=4)
    dav = radicale.user()
    desk = Desk(root, {"MAIL_PASSWORD": PASSWORD, "DAV_PASSWORD": DAV_PASSWORD})
    made = Served(world, desk, Colleague(dovecot.port, account), dav)
    _publish(made)
    shutil.copytree(root / "post", dovecot.maildir(account), dirs_exist_ok=True)
    dovecot.own(dovecot.home(account))
    text = config_text(world)
    for name in SERVED:
        kind = "maildir" if name == "post" else "folder"
        text = text.replace(
            f'[[source]]\nname = "{name}"\nkind = "{kind}"\nbackup = "none"\npath = "{world.sources[name]}"\n', ""
        )
    assert not any(f'"{name}"' in text for name in SERVED)
    places = {"mail": dovecot.port, "dav": radicale.port, "user": account, "owner": dav.user}
    desk.write(text + SOURCES.format(**places))
    yield made


def _publish(made: Served) -> None:
    """Lay each calendar and two of the phones' exports on the server, object by object, and take the files away."""
    folder = made.world.root / made.world.sources["kalender"]
    for number, path in enumerate(sorted(folder.glob("*.ics"))):
        calendar = made.dav.make(f"kalender{number}", "calendar", path.stem)
        made.calendars.append(calendar)
        for place, event in enumerate(events(path.read_bytes()).values()):
            made.dav.put(calendar, f"h{place}.ics", event)
    for number, name in enumerate(PHONES):
        path = made.world.root / made.world.sources["telefoner"] / name
        book = made.dav.make(f"bok{number}", "addressbook", Path(name).parent.name)
        made.books.append(book)
        for place, card in enumerate(cards(path.read_bytes(), f"kort{number}").values()):
            made.dav.put(book, f"k{place}.vcf", card)
        path.unlink()


def doomed_mails(world: World, person: Person) -> set[bytes]:
    """The bytes of the mails that go whole: correspondence that is certainly or probably the person's."""
    by_unique = {path.name.partition(":")[0]: path for path in (world.root / "post").rglob("*") if path.is_file()}
    return {
        by_unique[path.rpartition("/")[2]].read_bytes()
        for (source, path), one in world.items(person).items()
        if source == "post" and one.ownership == "correspondence" and one.tier != "possible"
    }


def lines(text: bytes) -> list[bytes]:
    """Unfolded (RFC 5545, 3.1)."""
    return text.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").splitlines()


def of(findings: list[dict[str, Any]], source: str, *actions: str) -> set[str]:
    return {one["path"] for one in findings if one["source"] == source and one["action"] in actions}


def test_everything_of_one_person_goes_from_folders_and_servers_and_nothing_else(served: Served) -> None:
    world, desk = served.world, served.desk
    anna = world.person("x-anna")
    facts = [fact.encode() for fact in anna.emails]
    doomed = doomed_mails(world, anna)
    assert len(doomed) >= 3
    shutil.rmtree(world.root / "post")
    shutil.rmtree(world.root / world.sources["kalender"])
    mails, calendar, book, files = served.mails(), served.events(), served.cards(), served.files()
    assert doomed <= {mail.data for _, mail in mails}

    first = desk("scan", "--json", code=3).json["sources"]
    assert {one["source"]: one["seen"] for one in first if one["source"] in (*SERVED, "kontakter")} == {
        "post": len(mails),
        "kalender": len(calendar),
        "kontakter": len(book),
    }
    again = desk("scan", "--json", code=[0, 3]).json["sources"]
    assert sum(one["read"] for one in again) == 0, "nothing has changed, so nothing is read"
    assert served.mails() == mails, "no mail was marked by being read"

    found = desk("find", "--json", anna.emails[0], code=3).json
    whole = of(found["findings"], "post", "remove")
    cut = of(found["findings"], "post", "remove-record", "amend") - whole
    erased = desk("erase", "--json", found["case"], "--yes", code=3).json
    going = [one for one in erased["findings"] if one["action"] in ERASING and one["kind"] != "folder"]
    assert {one["state"] for one in going} == {"erased"}
    assert {one["source"] for one in going} > {"post", "kalender", "kontakter", "kunder"}

    _only_her_mails_went(mails, served.mails(), doomed, len(whole), len(cut))
    _only_she_left_the_events(calendar, served.events(), facts)
    _only_her_cards_went(book, served.cards(), facts)
    gone = set(files) - set(served.files())
    assert gone
    assert all("Anna Andersson" in path or world.person("x-anna").id in path for path in gone), gone
    verified = desk("verify", "--json", found["case"], code=3).json
    assert verified["states"] == erased["states"]
    left = desk("find", "--no-case", "--json", anna.emails[0], code=3).json["findings"]
    assert {one["action"] for one in left} <= {"decide", "hold"}
    assert desk("certificate", found["case"], "-o", str(world.root / "intyg.json"), code=[0, 3])


def _only_her_mails_went(
    before: list[tuple[str, Mail]], after: list[tuple[str, Mail]], doomed: set[bytes], whole: int, cut: int
) -> None:
    """Whole ones by their bytes; what lost a record is another message of the folder, dated and flagged as it was."""
    # A session that may erase takes the \\Recent of new mail, as any client's does (RFC 3501, 2.3.2).
    was = {(folder, mail.uid): replace(mail, recent=False) for folder, mail in before}
    now = {(folder, mail.uid): replace(mail, recent=False) for folder, mail in after}
    left = {place: mail for place, mail in was.items() if place not in now}
    assert {mail.data for mail in left.values()} >= doomed
    assert len(left) == whole + cut
    assert all(now[place] == was[place] for place in was if place in now), "all else is as it was, flags and dates too"
    fresh = {place: mail for place, mail in now.items() if place not in was}
    assert len(fresh) == cut
    for (folder, _), mail in fresh.items():
        kin = [
            old
            for (place, _), old in left.items()
            if place == folder and (old.flags, old.date) == (mail.flags, mail.date) and _subject(old) == _subject(mail)
        ]
        assert kin


def _subject(mail: Mail) -> str:
    return str(email.message_from_bytes(mail.data)["Message-ID"])


def _only_she_left_the_events(before: dict[str, bytes], after: dict[str, bytes], facts: list[bytes]) -> None:
    assert set(after) <= set(before)
    named = {path for path, text in before.items() if _names(b" ".join(lines(text)), facts)}
    assert len(named) >= 2
    for path, text in before.items():
        if path not in named:
            assert after[path] == text, "an event without her is byte for byte the same"
        elif path in after:
            assert set(lines(after[path])) <= set(lines(text)), "nothing is new in it"
            lost = [line for line in lines(text) if line not in lines(after[path])]
            assert all(line.startswith((b"ATTENDEE", b"DESCRIPTION")) for line in lost), lost
            assert not [line for line in lines(after[path]) if line.startswith(b"ATTENDEE") and _names(line, facts)]


def _names(line: bytes, facts: list[bytes]) -> bool:
    """Her address by itself: johanna.andersson@ holds anna.andersson@."""
    return any(re.search(rb"(?<![\w.])" + re.escape(fact), line) for fact in facts)


def _only_her_cards_went(before: dict[str, bytes], after: dict[str, bytes], facts: list[bytes]) -> None:
    hers = {path for path, text in before.items() if _names(b" ".join(lines(text)), facts)}
    assert hers
    assert {path: text for path, text in before.items() if path not in hers} == {
        path: text for path, text in after.items() if path not in hers
    }
    assert not set(after) & hers, [
        hashlib.sha256(uid_of(after[path]).encode()).hexdigest() for path in set(after) & hers
    ]
