"""Plenty of mails and documents about nobody in the world: noise for it, and load for benchmarks."""

from __future__ import annotations

import bisect
import itertools
import math
import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.world.letters import Attachment, Letter, compose, encoded
from tests.world.office import docx, odt, xlsx
from tests.world.papers import cards, html, pdf, table, text
from tests.world.people import mail_name
from tests.world.truth import Draft, Piece
from tests.world.words import GIVEN, NOISE_SUFFIXES, SENTENCES, surnames


@dataclass(slots=True)
class Bulk:
    """What was written: files, their bytes, and in how many of the files each address of `brus.example` stands."""

    files: int = 0
    size: int = 0
    addresses: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Stranger:
    name: str
    email: str
    phone: str

    @property
    def header(self) -> str:
        return f"{encoded(self.name)} <{self.email}>"


def build_mails(root: Path, count: int, seed: int = 1) -> Bulk:
    """Fill the Maildir `root` with `count` mails: threads, quotes, html, some attachments, around 4 kB (log-normal)."""
    makers = _Mails(random.Random(f"mails {seed}"))
    for part in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(root, part), exist_ok=True)
    bulk = Bulk()
    for number in range(count):
        data, addresses, when = makers.next(number)
        path = os.path.join(root, "cur", f"{int(when.timestamp())}.M{number:06d}P9.brus:2,S")
        _count(bulk, path, data, addresses)
    return bulk


def build_documents(root: Path, count: int, seed: int = 1) -> Bulk:
    """`count` documents of seven formats under `root`, 500 a folder, sizes log-normal around 8 kB of text."""
    rng = random.Random(f"documents {seed}")
    strangers = _Strangers(rng)
    bulk = Bulk()
    for number in range(count):
        folder = os.path.join(root, f"{number // 500:03d}")
        if number % 500 == 0:
            os.makedirs(folder, exist_ok=True)
        ending, make = _FORMATS[number % len(_FORMATS)]
        named = [strangers.pick() for _ in range(1 + number % 4)]
        data = make(rng, named, _length(rng, 8000))
        _count(bulk, os.path.join(folder, f"dokument-{number:06d}.{ending}"), data, [one.email for one in named])
    return bulk


def _count(bulk: Bulk, path: str, data: bytes, addresses: Sequence[str]) -> None:
    with open(path, "wb") as file:
        file.write(data)
    bulk.files += 1
    bulk.size += len(data)
    bulk.addresses.update(dict.fromkeys(addresses, 1))


def _length(rng: random.Random, median: int) -> int:
    return int(min(median * 40, median * math.exp(rng.gauss(0, 0.9))))


class _Strangers:
    """Some thousand correspondents, few of them writing much (Zipf)."""

    def __init__(self, rng: random.Random, count: int = 2000) -> None:
        names = surnames(NOISE_SUFFIXES)
        self._rng = rng
        self._all = [self._stranger(number, names) for number in range(count)]
        self._weights = list(itertools.accumulate(1 / (number + 3) for number in range(count)))

    def _stranger(self, number: int, names: Sequence[str]) -> _Stranger:
        name = f"{GIVEN[number * 7 % len(GIVEN)]} {names[number * 13 % len(names)]}"
        # The last forty numbers of the 08 range are noise's own: no person of a world has one.
        return _Stranger(name, f"{mail_name(name)}.{number}@brus.example", f"08-465 004 {60 + number % 40}")

    def pick(self) -> _Stranger:
        """One of them, the first ones often."""
        return self._all[bisect.bisect(self._weights, self._rng.random() * self._weights[-1])]


class _Mails:
    """Mails in threads of one to six; a reply quotes the one before."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.strangers = _Strangers(rng)
        self.paragraphs = [_paragraph(rng, 600) for _ in range(300)]
        self.left = 0
        self.pair: tuple[_Stranger, _Stranger] = (self.strangers.pick(), self.strangers.pick())
        self.quote, self.parent, self.subject = "", "", ""

    def next(self, number: int) -> tuple[bytes, list[str], datetime]:
        rng, when = self.rng, datetime(2017, 1, 1, tzinfo=UTC) + timedelta(minutes=37 * number)
        if self.left == 0:
            self.left, self.pair = rng.randrange(1, 7), (self.strangers.pick(), self.strangers.pick())
            self.quote, self.parent, self.subject = "", "", rng.choice(SENTENCES)[:40]
        sender, to = self.pair
        copies = [self.strangers.pick() for _ in range(rng.choice((0, 0, 0, 1, 3)))]
        written = self._text(_length(rng, 500))
        body = f"{written}\n\n{sender.name}\nTel {sender.phone}\n{sender.email}\n\n{self.quote}"
        attachments = _bulk_attachments(rng, sender) if rng.random() < 0.12 else []
        message_id = f"{number}.{self.left}@mx.brus.example"
        letter = Letter(
            Draft(), sender.header, [to.header], ("Sv: " if self.parent else "") + self.subject, when, message_id, body,
            cc=[one.header for one in copies], html=_rich(body) if rng.random() < 0.45 else None,
            charset=rng.choice(("utf-8", "utf-8", "iso-8859-1")), encoding=rng.choice(_ENCODINGS),
            attachments=attachments, extra=self._trace(when, message_id),
        )  # fmt: skip
        people = dict.fromkeys([sender.email, to.email, *(one.email for one in copies)])
        self._answer(sender, to, when, written, message_id)
        return compose(letter).data, list(people), when

    def _answer(self, sender: _Stranger, to: _Stranger, when: datetime, written: str, message_id: str) -> None:
        """What the next mail of the thread builds on."""
        quoted = "\n".join("> " + line for line in [*written.split("\n"), *self.quote.split("\n")[:60]])
        self.quote = f"Den {when:%Y-%m-%d} skrev {sender.name} <{sender.email}>:\n{quoted}\n"
        self.parent, self.pair, self.left = message_id, (to, sender), self.left - 1

    def _trace(self, when: datetime, message_id: str) -> list[tuple[str, str]]:
        host = f"by mx.brus.example (Postfix) with ESMTPS id {message_id[:6]}"
        rows = [
            ("Received", f"from out.brus.example {host};\r\n {when:%d %b %Y %H:%M:%S} +0000"),
            ("X-Mailer", "Brus 1.0"),
        ]
        return [*rows, ("In-Reply-To", f"<{self.parent}>"), ("References", f"<{self.parent}>")] if self.parent else rows

    def _text(self, length: int) -> str:
        chosen: list[str] = []
        while length > 0:
            chosen.append(self.rng.choice(self.paragraphs)[:length])
            length -= 600
        return "\n\n".join(chosen)


_ENCODINGS = ("quoted-printable", "quoted-printable", "8bit", "base64")


def _paragraph(rng: random.Random, length: int) -> str:
    words: list[str] = []
    lines: list[str] = []
    line = 0
    while sum(len(each) for each in lines) < length:
        for word in rng.choice(SENTENCES).split():
            if line + len(word) > 72:
                lines.append(" ".join(words))
                words, line = [], 0
            words.append(word)
            line += len(word) + 1
    return "\n".join(lines)


def _rich(body: str) -> str:
    escaped = body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>\n")
    return f'<html><body style="font-family: sans-serif"><div>{escaped}</div></body></html>\n'


def _bulk_attachments(rng: random.Random, one: _Stranger) -> list[Attachment]:
    kind = rng.randrange(4)
    if kind == 0:
        return [Attachment("bilaga.pdf", Piece(_pdf(rng, [one], 3000)), "application/pdf")]
    if kind == 1:
        return [Attachment("bilaga.docx", Piece(_docx(rng, [one], 5000)), "application/octet-stream")]
    if kind == 2:
        card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{one.name}\r\nEMAIL:{one.email}\r\nEND:VCARD\r\n"
        return [Attachment("kort.vcf", cards([(card, Draft())]), "text/vcard")]
    return [Attachment("bild.jpg", Piece(rng.randbytes(20_000)), "image/jpeg")]


def _lines(rng: random.Random, named: Sequence[_Stranger], length: int) -> list[str]:
    lines = [rng.choice(SENTENCES) for _ in range(max(1, length // 58))]
    for one in named:
        lines.insert(rng.randrange(len(lines)), f"{one.name}, {one.email}, {one.phone}")
    return lines


def _rows(rng: random.Random, named: Sequence[_Stranger], length: int) -> list[tuple[list[str], Draft | None]]:
    rows: list[tuple[list[str], Draft | None]] = []
    for number in range(max(len(named), length // 60)):
        stranger = named[number] if number < len(named) else None
        who = [stranger.name, stranger.email, stranger.phone] if stranger else ["", "", ""]
        rows.append(([str(number), *who, rng.choice(SENTENCES)[:30], str(rng.randrange(100_000))], None))
    return rows


def _docx(rng: random.Random, named: Sequence[_Stranger], length: int) -> bytes:
    return docx(_lines(rng, named, length)).data


def _pdf(rng: random.Random, named: Sequence[_Stranger], length: int) -> bytes:
    lines = _lines(rng, named, length)
    return pdf([(lines[start : start + 50], None) for start in range(0, len(lines), 50)]).data


_HEADER = ("Nr", "Namn", "E-post", "Telefon", "Text", "Summa")
_FORMATS: tuple[tuple[str, Callable[[random.Random, Sequence[_Stranger], int], bytes]], ...] = (
    ("docx", _docx),
    ("xlsx", lambda rng, named, length: xlsx([("Blad1", _HEADER, _rows(rng, named, length))]).data),
    ("pdf", _pdf),
    ("odt", lambda rng, named, length: odt(_lines(rng, named, length)).data),
    ("html", lambda rng, named, length: html("Sida", _lines(rng, named, length)).data),
    ("csv", lambda rng, named, length: table(_HEADER, _rows(rng, named, length)).data),
    ("txt", lambda rng, named, length: text(_lines(rng, named, length)).data),
)
