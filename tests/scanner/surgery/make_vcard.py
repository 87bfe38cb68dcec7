"""Made-up address books whose every byte is known: cards of three versions, and what lies between them."""

from __future__ import annotations

import base64
import quopri
from dataclasses import dataclass
from random import Random

GIVEN = ("Åsa", "Örjan", "Vera", "Bo", "Zoë", "Łukasz", "Märta", "山田", "Jean-Luc", "Ida")
FAMILY = ("Ek", "Öberg", "Lindström", "Żak", "Müller", "Ó Briain", "Krantz", "太郎", "von Hall", "Sjö")


@dataclass
class Made:
    """A file in parts: `between[0]`, `records[0]`, `between[1]`, ... `steps[n]` is what the nth record is called."""

    records: list[bytes]
    between: list[bytes]
    steps: list[tuple[str, ...]]

    @property
    def data(self) -> bytes:
        return self.without(set())

    def without(self, gone: set[tuple[str, ...]]) -> bytes:
        """The file as it is to be when these records have left."""
        parts = [self.between[0]]
        for record, after, steps in zip(self.records, self.between[1:], self.steps, strict=True):
            parts += [b"" if steps in gone else record, after]
        return b"".join(parts)


def make(rng: Random, count: int) -> Made:
    """An address book of `count` cards, some of them twice."""
    version = rng.choice(("2.1", "3.0", "4.0"))
    ends = rng.choice(((b"\r\n",), (b"\n",), (b"\r\n", b"\n")))
    records: list[bytes] = []
    for number in range(count):
        if records and rng.random() < 0.15:
            records.append(rng.choice(records))
        else:
            records.append(ended(card(rng, version, number), rng, ends))
    between = [b"\xef\xbb\xbf" if rng.random() < 0.2 else b""]
    for _ in records:
        end = rng.choice(ends)
        between.append(rng.choice((b"", b"", b"", end, end * 2)))
    if count > 40:  # junk that begins a file would make it a text
        between[-1] = between[30] = b"\r\n" + "Här är skräp 17 %".encode() + b"\r\n\r\n"
    if rng.random() < 0.3:  # the last line has no line end
        records[-1], between[-1] = records[-1].rstrip(b"\r\n"), b""
    return Made(records, between, [(f"card {number}",) for number in range(1, count + 1)])


def ended(lines: list[str], rng: Random, ends: tuple[bytes, ...]) -> bytes:
    """The lines with line ends, each of them any of those given."""
    return b"".join(line.encode() + rng.choice(ends) for text in lines for line in text.split("\n"))


def card(rng: Random, version: str, number: int) -> list[str]:
    """One card's lines; a fold is a line of its own."""
    given, family = rng.choice(GIVEN), f"{rng.choice(FAMILY)} {_letters(number)}"
    out = ["BEGIN:VCARD", f"VERSION:{version}"]
    out += [value(version, "N", f"{family};{given};;;"), value(version, "FN", f"{given} {family}")]
    out.append(f"EMAIL;{'INTERNET' if version == '2.1' else 'TYPE=home'}:p{number}@made.example")
    if rng.random() < 0.6:
        out.append(f"item1.TEL:+46 70 174 {number:04}")
        out.append("item1.X-ABLabel:_$!<Mobile>!$_")
    if rng.random() < 0.5:
        text = " ".join(rng.choice(("ett", "två", "tre;", "fyra,", "ÅÄÖ")) for _ in range(rng.randrange(1, 60)))
        out.append(value(version, "NOTE", text))
    if rng.random() < 0.2:
        data = base64.b64encode(rng.randbytes(rng.randrange(1, 300))).decode()
        rows = [data[place : place + 70] for place in range(0, len(data), 70)]
        head = "PHOTO;BASE64:" if version == "2.1" else "PHOTO;ENCODING=b;TYPE=JPEG:"
        out += [head, *(f" {row}" for row in rows), *([""] if version == "2.1" else [])]
    if rng.random() < 0.5:
        out.append(f"UID:urn:uuid:00000000-0000-4000-8000-{number:012}")
    if version != "4.0" and rng.random() < 0.05:
        out += ["AGENT:", *card(rng, version, number + 1000)]
    return [*out, "END:VCARD"]


def value(version: str, name: str, text: str) -> str:
    """A property folded as its version wants it; 2.1 writes what is not ASCII in quoted-printable."""
    if version == "2.1":
        if text.isascii():
            return f"{name}:{text}"
        quoted = quopri.encodestring(text.encode()).decode().replace("=\n", "=\n")
        return f"{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted}"
    escaped = text.replace("\\", "\\\\").replace(",", "\\,")
    return fold(f"{name}:{escaped if name == 'N' else escaped.replace(';', chr(92) + ';')}")


def fold(line: str, width: int = 60) -> str:
    """The line in rows, each after the first with a space before it."""
    return "\n ".join(line[place : place + width] for place in range(0, len(line), width))


def _letters(number: int) -> str:
    """A name that is each card's own."""
    return "".join("bcdfghjklm"[int(digit)] for digit in f"{number:03}").title()
