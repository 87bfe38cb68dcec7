"""What a business paper is, by its text: an invoice, a receipt, a quote, a contract, an application, or none. Pure.

A title alone makes none, nor do many words: it takes a title (or a number at its label) and several marks that are
independent of each other, so that a mail that says "fakturan kommer" is no invoice and a price list is none. Where it
is close, the answer is not `sure`, and a person decides. Linear in the text, of which only the ends of a very long one
count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar

from scanner.voucher_classes import CLASSES, PaperClass, own_number, references
from scanner.voucher_dates import find_dates
from scanner.voucher_employment import EMPLOYMENT_MARKS
from scanner.voucher_marks import DATES, DUE_DATE, MARKS, PLAIN_DATE, VOUCHER_DATE, dates_at

KINDS = tuple(one.kind for one in CLASSES)
"""The classes that a text can be of."""

ACCOUNTING = frozenset({"invoice", "receipt", "credit-note", "reminder"})
"""The classes of vouchers: what they refer to is accounting information too (Bokföringslagen 1 kap. 2 §)."""

_MARKS = MARKS | EMPLOYMENT_MARKS
_HEAD, _TAIL = 100_000, 25_000  # characters that are looked at
_SPACES = re.compile(r"[^\S\n\t]")
_WIDE = re.compile(r"[ ]{3,}")
_TABS = re.compile(r"\t{2,}")
_QUOTED = re.compile(r"^[ \t]*>[^\n]*(?:\n|\Z)", re.M)
_QUOTE_MARK = re.compile(r"^[ \t]*>[> \t]*", re.M)
_OTHER_DAY = re.compile(
    r"leverans|order|beställ|period|avser|utförd|fr\.?o\.?m|t\.?o\.?m|till|giltig|gäller|född|delivery|ship|valid|until|due|"
    r"from|expir|service|betal",
    re.I,
)
_PAPER = r"^[ \t]*(?:kvitto|faktura|kreditfaktura|kreditnota|receipt|invoice|credit note)"
_HEADED = re.compile(  # a title with a number at the beginning of a line, or alone on it with a sum in kronor below
    _PAPER + r"(?:[ \t]*(?:nr|nummer|no|number|#)?[.: ]{0,3}\d|[ \t:.]*$)", re.IGNORECASE | re.MULTILINE
)
_SUM = re.compile(r"\d[ \t]?(?:kr\b|sek\b|:-)", re.IGNORECASE)
_TOP = 300  # characters of a paper in which its title stands
_KeyT = TypeVar("_KeyT", bound=Hashable)


class Reference(NamedTuple):
    """A paper that is named by its class and number (compared in lower case)."""

    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class Voucher:
    """What a text says of itself.

    `kind` is one of KINDS, or None. `date` is its own, never the due date; of several the latest; None: not known.
    `refers` are the other papers that it names. `sure`: no person need look. `reasons` are the names of the marks that
    speak for the kind, and `score` how many. Numbers are business data: they stand in no repr, and belong in no log.
    """

    kind: str | None = None
    number: str | None = field(default=None, repr=False)
    date: date | None = None
    refers: frozenset[Reference] = field(default=frozenset(), repr=False)
    sure: bool = False
    reasons: tuple[str, ...] = ()

    @property
    def score(self) -> int:
        """How many independent marks speak for the kind."""
        return len(self.reasons)


def read_voucher(text: str, name: str = "") -> Voucher:
    """What the text is. `name` is the file's, which may give the title.

    What is quoted in a mail (lines with >) does not make the mail a voucher, unless there is nothing else to go by;
    then it is not sure.
    """
    whole = _tidy(text)
    title = _tidy(name.rpartition("/")[2].rpartition(".")[0] or name).replace("_", " ")
    own = _QUOTED.sub("", whole)
    found = _classify(f"{title}\n{own}" if title else own)
    if found.kind is None and own != whole:
        quoted = _classify(_QUOTE_MARK.sub("", whole))
        if quoted.kind in ACCOUNTING:
            return Voucher(quoted.kind, quoted.number, quoted.date, quoted.refers, sure=False, reasons=quoted.reasons)
    return found


def linked(papers: Mapping[_KeyT, Voucher]) -> dict[_KeyT, tuple[Voucher, ...]]:
    """For each paper that vouchers refer to by class and number: those vouchers. What nothing refers to is left out."""
    by_reference: dict[Reference, list[tuple[_KeyT, Voucher]]] = {}
    for key, paper in papers.items():
        if paper.kind in ACCOUNTING:
            for reference in paper.refers:
                by_reference.setdefault(reference, []).append((key, paper))
    found = {}
    for key, paper in papers.items():
        if paper.kind is not None and paper.number is not None:
            wanted = Reference(paper.kind, paper.number)
            others = tuple(voucher for other, voucher in by_reference.get(wanted, ()) if other != key)
            if others:
                found[key] = others
    return found


def _tidy(text: str) -> str:
    """Plain spaces, no empty lines, and of a very long text its ends."""
    if len(text) > _HEAD + _TAIL:
        text = text[:_HEAD] + "\n\n" + text[-_TAIL:]
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = _TABS.sub("\t", _WIDE.sub("  ", _SPACES.sub(" ", text))).split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip()).strip()


def _classify(text: str) -> Voucher:
    marks = {name for name, there in _MARKS.items() if there(text)}
    for paper in CLASSES:
        number = own_number(paper, text)
        reasons = _reasons(paper, marks | ({"number"} if number else set()), text)
        if reasons:
            return _voucher(paper, number, reasons, text)
    return Voucher(date=_own_date(None, text), refers=frozenset(Reference(*one) for one in references(text)))


def _voucher(paper: PaperClass, number: str | None, reasons: tuple[str, ...], text: str) -> Voucher:
    titled = "title" in reasons or "number" in reasons
    return Voucher(
        paper.kind,
        number,
        _own_date(paper.kind, text),
        frozenset(Reference(*one) for one in references(text) if one != (paper.kind, number)),
        sure=titled and len([one for one in reasons if one != "title"]) >= paper.sure,
        reasons=reasons,
    )


def _reasons(paper: PaperClass, marks: set[str], text: str) -> tuple[str, ...]:
    """What speaks for the class, or nothing where it is not enough."""
    ours = marks & paper.marks
    titled = paper.titles.search(text if paper.within is None else text[: paper.within]) is not None
    if (titled or "number" in ours) and len(ours) >= paper.enough and ours & paper.must:
        return (*(("title",) if titled else ()), *sorted(ours))
    headed = paper.kind in ACCOUNTING and titled and _HEADED.search(text[:_TOP]) is not None
    if headed and ("number" in ours or _SUM.search(text)):
        return ("title",)  # "Kvitto nr 30" over little else: no person would throw it away unseen
    return tuple(sorted(ours)) if any(one <= ours for one in paper.implied) else ()


def _own_date(kind: str | None, text: str) -> date | None:
    """The date of issue: at its own label, at "Datum", or the only one in the text that is no due date."""
    labelled = dates_at(text, DATES.get(kind or "", VOUCHER_DATE))
    if labelled:
        return max(labelled)
    plain = dates_at(text, PLAIN_DATE)
    if plain:
        return max(plain)
    only = _bare_dates(text) - set(dates_at(text, DUE_DATE))
    return only.pop() if kind is not None and len(only) == 1 else None


def _bare_dates(text: str) -> set[date]:
    """The dates in lines that do not say that they are the day of something else."""
    other: set[date] = set()
    bare: set[date] = set()
    for line in text.split("\n"):
        (other if _OTHER_DAY.search(line) else bare).update(find_dates(line))
    return bare - other
