"""A company whose folder, mailbox, calendar and contacts change all the time, and bare clients that say what is there.

Each thing names one person of a few. What is true is asked of the operating system, of imaplib and of HTTP.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

from tests.servers.dav_client import Client
from tests.servers.imap_witness import Colleague

PERSONS = {
    "alva@kund.example": "Alva Brandt",
    "birk@kund.example": "Birk Ceder",
    "cajsa@kund.example": "Cajsa Dunge",
    "dag@kund.example": "Dag Enholm",
}
ADDRESS = re.compile(rb"[a-z0-9]+@kund\.example")
SECRETS = (b"kund.example", b"anteckning", b"Samtal", *(name.split()[0].encode() for name in PERSONS.values()))
"""What stands in the things and their paths, and nowhere in what the agent writes of itself."""

Truth = set[tuple[str, str, str]]
"""Every thing: source, path as `gallra find` tells it, address."""


class Place(Protocol):
    """One source: what can happen to it, and what is in it."""

    source: str

    def act(self) -> str:
        """Let something happen; a word for it."""

    def add(self, address: str) -> str:
        """A new thing that names this person; its path as gallra tells it."""

    def truth(self) -> Truth:
        """What is there."""


def addresses(data: bytes) -> set[str]:
    return {one.decode("ascii") for one in ADDRESS.findall(data)}


@dataclass
class Folder:
    """A folder with folders in it. `aside` lies on the same disk, and is no source."""

    root: Path
    aside: Path
    rng: Random
    source: str = "kunder"
    number: int = 0

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True)
        self.aside.mkdir(parents=True)

    def act(self) -> str:
        acts: list[Callable[[], object]] = [
            self.make, self.make, self.nest, self.change, self.change, self.append, self.rename, self.rename_over,
            self.vanish, self.file_to_folder, self.folder_to_file, self.rename_folder, self.drop_folder,
            self.move_in, self.move_out,
        ]  # fmt: skip
        act = self.rng.choice(acts)
        act()
        return act.__name__

    def add(self, address: str) -> str:
        return self._told(self._write(self._fresh(), address))

    def make(self) -> Path:
        """A file, somewhere."""
        return self._write(self._fresh(), self._someone())

    def nest(self) -> None:
        """Folders in folders, filled at once."""
        base = self._fresh("mapp")
        for depth in ("", "1", "1/2"):
            self._write(base / depth / "anteckning.txt", self._someone())

    def change(self) -> None:
        """Other contents, in place."""
        for path in self._any(self._files()):
            self._write(path, self._someone())

    def append(self) -> None:
        """The same person, once more."""
        for path in self._any(self._files()):
            with open(path, "ab") as stream:
                stream.write(b"Mera text.\n")

    def rename(self) -> None:
        for path in self._any(self._files()):
            path.rename(self._fresh())

    def rename_over(self) -> None:
        """As an editor saves: beside, then over it."""
        for path in self._any(self._files()):
            beside = path.with_name(f"{path.name}.tmp")
            self._write(beside, self._someone())
            beside.replace(path)

    def vanish(self) -> None:
        for path in self._any(self._files()):
            path.unlink()

    def file_to_folder(self) -> None:
        for path in self._any(self._files()):
            path.unlink()
            self._write(path / "anteckning.txt", self._someone())

    def folder_to_file(self) -> None:
        for path in self._any(self._folders()):
            shutil.rmtree(path)
            self._write(path, self._someone())

    def rename_folder(self) -> None:
        for path in self._any(self._folders()):
            beside = self._fresh("mapp")
            if not beside.is_relative_to(path):
                path.rename(beside)

    def drop_folder(self) -> None:
        for path in self._any(self._folders()):
            shutil.rmtree(path)

    def move_in(self) -> None:
        """A folder that was filled elsewhere."""
        self.number += 1
        made = self.aside / f"in{self.number}"
        for name in ("a", "b/c"):
            self._write(made / name / "anteckning.txt", self._someone())
        made.rename(self._fresh("mapp"))

    def move_out(self) -> None:
        for path in self._any(self._folders() + self._files()):
            self.number += 1
            path.rename(self.aside / f"out{self.number}")

    def truth(self) -> Truth:
        found = set()
        for path in self._files():
            found |= {(self.source, self._told(path), address) for address in addresses(path.read_bytes())}
        return found

    def _files(self) -> list[Path]:
        return sorted(Path(at) / name for at, _, names in os.walk(self.root) for name in names)

    def _folders(self) -> list[Path]:
        return sorted(Path(at) / name for at, names, _ in os.walk(self.root) for name in names)

    def _any(self, paths: list[Path]) -> list[Path]:
        return [self.rng.choice(paths)] if paths else []

    def _fresh(self, name: str = "anteckning") -> Path:
        self.number += 1
        folders = [self.root, *self._folders()]
        at = self.rng.choice([one for one in folders if len(one.parts) < len(self.root.parts) + 6])
        return at / f"{name}{self.number}{'' if name == 'mapp' else '.txt'}"

    def _write(self, path: Path, address: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.number += 1
        path.write_text(f"Anteckning {self.number}. Kontakt: {address}\n" + "x" * self.rng.randrange(200))
        return path

    def _someone(self) -> str:
        return self.rng.choice(sorted(PERSONS))

    def _told(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


@dataclass
class Mailbox:
    """An account on a real IMAP server."""

    box: Colleague
    rng: Random
    source: str = "post"
    number: int = 0

    def __post_init__(self) -> None:
        for folder in ("Arkiv", "Arkiv/2026"):
            self.box.create(folder)

    def act(self) -> str:
        acts = [self.arrive, self.arrive, self.arrive, self.expunge, self.move, self.drop_folder]
        act = self.rng.choices(acts, (5, 5, 5, 4, 4, 1))[0]
        act()
        return act.__name__

    def add(self, address: str) -> str:
        before = set(self.box.mails("INBOX"))
        self.box.append("INBOX", self._mail(address))
        (uid,) = set(self.box.mails("INBOX")) - before
        return f"INBOX;UID={uid}"

    def arrive(self) -> None:
        someone = self.rng.choice(sorted(PERSONS))
        self.box.append(self.rng.choice(self.box.folders()), self._mail(someone))

    def expunge(self) -> None:
        for folder, uid in self._any():
            self.box.expunge(folder, str(uid))

    def move(self) -> None:
        for folder, uid in self._any():
            others = [one for one in self.box.folders() if one != folder]
            self.box.move(folder, str(uid), self.rng.choice(others))

    def drop_folder(self) -> None:
        """And one of the same name in its place, whose numbers begin anew."""
        self.box.drop("Arkiv/2026")
        self.box.create("Arkiv/2026")
        self.box.append("Arkiv/2026", self._mail(self.rng.choice(sorted(PERSONS))))

    def truth(self) -> Truth:
        return {
            (self.source, f"{folder};UID={uid}", address)
            for folder, held in self.box.everything().items()
            for uid, mail in held.items()
            for address in addresses(mail.data)
        }

    def _any(self) -> list[tuple[str, int]]:
        there = [(folder, uid) for folder, held in self.box.everything().items() for uid in held]
        return [self.rng.choice(there)] if there else []

    def _mail(self, address: str) -> bytes:
        self.number += 1
        lines = (
            "From: info@invex.example", f"To: {address}", f"Subject: Samtal {self.number}",
            f"Message-ID: <m{self.number}@invex.example>", "Date: Mon, 02 Mar 2026 10:00:00 +0100", "", "Hej.", "",
        )  # fmt: skip
        return "\r\n".join(lines).encode()


@dataclass
class Collection:
    """A calendar or an address book on a real DAV server, by HTTP alone."""

    dav: Client
    rng: Random
    kind: str
    source: str
    number: int = 0
    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.path = self.dav.make(self.source, self.kind, "Egen")

    def act(self) -> str:
        act = self.rng.choice([self.make, self.make, self.change, self.vanish])
        act()
        return act.__name__

    def add(self, address: str) -> str:
        self.number += 1
        path = f"{self.path}{self.number}.{'ics' if self.kind == 'calendar' else 'vcf'}"
        self.dav.write(path, self._thing(self.number, address))
        return path

    def make(self) -> None:
        self.add(self.rng.choice(sorted(PERSONS)))

    def change(self) -> None:
        for path in self._any():
            self.rewrite(path, self.rng.choice(sorted(PERSONS)))

    def rewrite(self, path: str, address: str) -> None:
        """Another person in the same thing."""
        self.dav.write(path, self._thing(int(path.rpartition("/")[2].partition(".")[0]), address))

    def vanish(self) -> None:
        for path in self._any():
            self.dav.delete(path)

    def truth(self) -> Truth:
        held = self.dav.contents(self.path).items()
        return {(self.source, path, address) for path, data in held for address in addresses(data)}

    def _any(self) -> list[str]:
        there = sorted(self.dav.etags(self.path))
        return [self.rng.choice(there)] if there else []

    def _thing(self, number: int, address: str) -> bytes:
        lines: tuple[str, ...]
        if self.kind == "calendar":
            lines = (
                "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invex//Test//SV", "BEGIN:VEVENT", f"UID:h{number}",
                "DTSTAMP:20260302T100000Z", "DTSTART:20260302T100000Z", "SUMMARY:Samtal",
                f"DESCRIPTION:Ring {address}", "END:VEVENT", "END:VCALENDAR", "",
            )  # fmt: skip
        else:
            name = PERSONS.get(address, "Eir Fors")
            first, _, last = name.partition(" ")
            lines = (
                "BEGIN:VCARD", "VERSION:3.0", f"UID:k{number}", f"FN:{name}", f"N:{last};{first};;;",
                f"EMAIL:{address}", "END:VCARD", "",
            )  # fmt: skip
        return "\r\n".join(lines).encode()


@dataclass
class Living:
    """All of it."""

    folder: Folder
    post: Mailbox
    calendar: Collection
    contacts: Collection
    rng: Random
    done: Counter[str] = field(default_factory=Counter)

    @property
    def places(self) -> dict[str, Place]:
        """By the name of the source."""
        return {one.source: one for one in (self.folder, self.post, self.calendar, self.contacts)}

    def fill(self, each: int) -> None:
        for number in range(each):
            for place in self.places.values():
                place.add(sorted(PERSONS)[number % len(PERSONS)])

    def act(self) -> None:
        """Something happens: mostly in the folder."""
        place = self.rng.choices(list(self.places.values()), (6, 2, 1, 1))[0]
        self.done[f"{place.source}: {place.act()}"] += 1

    def truth(self) -> Truth:
        return set().union(*(place.truth() for place in self.places.values()))
