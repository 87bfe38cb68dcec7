"""Web pages written by hand: tables of known rows among paragraphs in which the person may stand."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.scanner.surgery.canaries import MARK

PERSON = ("Anna Andersson", "anna@kund.example")
_HEAD = "<!DOCTYPE html>\n<html><head><meta charset=utf-8><title>Lista å ä ö</title></head>\n<body class='a'>\n"
_NAMES = ("Bo Ek", "Åsa Öberg", "Eva &amp; Per", "O&#39;Brien", "Zoë <b>Å</b>")
_BETWEEN = ("", "\n", "<!-- rad -->", "\r\n ")


@dataclass(slots=True)
class Made:
    """The page in pieces: text as it is, or the number of a row."""

    pieces: list[str | int] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    steps: list[tuple[str, ...]] = field(default_factory=list)
    canaries: list[str] = field(default_factory=list)
    hers: int = 0

    def without(self, gone: set[int], *, masked: bool) -> bytes:
        """The page once these rows have left and, if `masked`, the person is out of its paragraphs."""
        text = "".join(one if isinstance(one, str) else "" if one in gone else self.rows[one] for one in self.pieces)
        for value in PERSON if masked else ():
            text = text.replace(value, MARK)
        return text.encode()


def make(rng: random.Random, count: int) -> Made:
    """A page of `count` rows over one to three tables."""
    made = Made([_HEAD])
    tables = rng.randint(1, min(3, count))
    for table in range(tables):
        _paragraph(rng, made)
        share = count // tables + (count % tables if table == 0 else 0)
        _table(rng, made, table + 1 if tables > 1 else 0, share)
    _paragraph(rng, made)
    made.pieces.append("</body></html>\n")
    return made


def _paragraph(rng: random.Random, made: Made) -> None:
    if rng.random() < 0.5:
        value = rng.choice(PERSON)
        made.hers += 1
        made.pieces.append(f"<p>Mötet hölls. Ring {value}, i dag!<br>Mvh\n")
    else:
        made.pieces.append("<p title='x'>Mötet hölls i Lund.</p>\n")


def _table(rng: random.Random, made: Made, number: int, count: int) -> None:
    made.pieces.append("<table border=1><tr><th>Namn</th><th>E-post</th><th>Ort</th></tr>\n")
    for row in range(1, count + 1):
        canary = f"kanarie{len(made.rows)}x@made.example"
        look = rng.choice(("", " class=udda", ' style="color: red"'))
        made.pieces.append(len(made.rows))
        made.rows.append(f"<tr{look}><td>{rng.choice(_NAMES)}</td><td>{canary}</td><td>Lund</td></tr>")
        made.pieces.append(rng.choice(_BETWEEN))
        made.steps.append((f"table {number}", f"row {row}") if number else (f"row {row}",))
        made.canaries.append(canary)
    made.pieces.append("</table>\n")
