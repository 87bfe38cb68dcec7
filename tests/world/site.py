"""Puts pieces where they belong, on disk and in the book at once."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.world.model import ExpectedGap, Lookalike, Person, Place, Staff
from tests.world.people import Cast
from tests.world.truth import Book, Piece
from tests.world.words import SENTENCES

SOURCES = {
    "kunder": "kunder",
    "ansokningar": "ansökningar",
    "projekt": "projekt",
    "personal": "personal",
    "arkiv": "arkiv",
    "kalender": "kalender",
    "telefoner": "telefoner",
    "post": "post",
}
FOLDERS = {"INBOX": "", "Arkiv": ".Arkiv", "Skickat": ".Skickat"}  # Maildir++


@dataclass(slots=True)
class Site:
    """The company while it is built."""

    root: Path
    rng: random.Random
    cast: Cast
    staff: Sequence[Staff]
    book: Book
    gaps: list[ExpectedGap] = field(default_factory=list)
    lookalikes: list[Lookalike] = field(default_factory=list)
    images: list[Place] = field(default_factory=list)
    _mails: int = 0
    _made: set[str] = field(default_factory=set)

    def file(self, source: str, path: str, piece: Piece, *, owner: Person | None = None) -> Place:
        """Write a file of a folder source."""
        place = Place(source, path)
        self._write(f"{SOURCES[source]}/{path}", piece.data)
        self.book.item(place, piece, owner=owner)
        return place

    def mail(self, folder: str, piece: Piece, when: datetime, flags: str | None = "S") -> Place:
        """Deliver a mail; without flags it lies in `new`."""
        self._mails += 1
        unique = f"{int(when.timestamp())}.M{self._mails:06d}P1.invex"
        self.make_mailbox()
        name = f"new/{unique}" if flags is None else f"cur/{unique}:2,{flags}"
        self._write(f"post/{FOLDERS[folder]}/{name}".replace("//", "/"), piece.data)
        place = Place("post", f"{folder}/{unique}")
        self.book.item(place, piece, mail=True)
        return place

    def make_mailbox(self) -> None:
        """The folders that every Maildir has, empty or not."""
        for folder in FOLDERS.values():
            for part in ("cur", "new", "tmp"):
                self._folder(os.path.join("post", folder, part))

    def gap(self, place: Place, reason: str) -> None:
        """Note that what lies here cannot be read."""
        self.gaps.append(ExpectedGap(place, reason))

    def trap(self, kind: str, persons: Sequence[Person], places: Sequence[Place], note: str) -> None:
        """Note a look-alike."""
        self.lookalikes.append(Lookalike(kind, tuple(one.id for one in persons), tuple(places), note))

    def day(self) -> datetime:
        """A working moment between 2018 and 2025."""
        days, minutes = self.rng.randrange(2600), self.rng.randrange(540)
        return datetime(2018, 2, 1, 8, tzinfo=UTC) + timedelta(days=days, minutes=minutes)

    def filler(self, sentences: int) -> list[str]:
        """Some sentences about nothing and nobody."""
        return [self.rng.choice(SENTENCES) for _ in range(sentences)]

    def _write(self, path: str, data: bytes) -> None:
        self._folder(os.path.dirname(path))
        with open(os.path.join(self.root, path), "wb") as file:
            file.write(data)

    def _folder(self, path: str) -> None:
        if path not in self._made:
            os.makedirs(os.path.join(self.root, path), exist_ok=True)
            self._made.add(path)
