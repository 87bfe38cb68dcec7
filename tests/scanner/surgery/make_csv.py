"""Csv files written by hand, byte by byte, so that what must be left of them is known without any parser."""

from __future__ import annotations

import random
from dataclasses import dataclass

HEADER = ["Namn", "E-post", "Telefon", "Ort", "Anteckning"]
_FIRST = ["Bengt", "Åsa", "Çelik", "Måns", "Eva-Lisa", "O'Brien", "Öl"]
_LAST = ["Svensson", "Ek", "Åberg", "von Berg", "Lindqvist", "Ng"]
_NOTES = [
    "",
    " ",
    "x",
    'sa "hej"',
    "a;b",
    "a,b",
    "a\tb",
    "a|b",
    '""',
    "två\nrader",
    "två\r\nrader",
    "=1+1",
    "'",
    "\\",
    "-",
]


@dataclass(frozen=True)
class Made:
    """`lines[0]` is the header (after `head`: a byte order mark, a `sep=` line), `lines[n]` the bytes of row n."""

    data: bytes
    head: bytes
    lines: list[bytes]
    rows: list[list[str]]
    delimiter: str
    codec: str

    def without(self, numbers: set[int]) -> bytes:
        """What the file must be once these rows have left."""
        return self.head + b"".join(line for number, line in enumerate(self.lines) if number not in numbers)


def make(rng: random.Random, rows: int) -> Made:
    """A file of so many data rows: any delimiter, encoding, quoting, line end; blank lines and doubles among them."""
    delimiter = rng.choice(";,\t|")
    codec = rng.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16-le", "cp1252"])
    ends = rng.choice([["\n"], ["\r\n"], ["\n", "\r\n"]])
    table = [list(HEADER)]
    for number in range(rows):
        table.append(list(rng.choice(table[1:])) if len(table) > 2 and rng.random() < 0.05 else _row(rng, number))
    plain = "utf-8" if codec == "utf-8-sig" else codec
    bom = "\ufeff".encode(plain) if codec in ("utf-8-sig", "utf-16-le") else b""
    sep = f"sep={delimiter}{ends[0]}".encode(plain) if rng.random() < 0.2 else b""
    lines = [_line(rng, row, delimiter, rng.choice(ends)).encode(plain) for row in table]
    if rng.random() < 0.3:
        lines[-1] = lines[-1].decode(plain).rstrip("\r\n").encode(plain)
    return Made(bom + sep + b"".join(lines), bom + sep, lines, table, delimiter, plain)


def _row(rng: random.Random, number: int) -> list[str]:
    name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    return [name, f"p{number}@firma.example", f"08-{rng.randrange(100000, 999999)}", "Älmhult", rng.choice(_NOTES)]


def _line(rng: random.Random, row: list[str], delimiter: str, end: str) -> str:
    return delimiter.join(_cell(rng, cell, delimiter) for cell in row) + end


def _cell(rng: random.Random, cell: str, delimiter: str) -> str:
    must = any(sign in cell for sign in (delimiter, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if must or rng.random() < 0.2 else cell
