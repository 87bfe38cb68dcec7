"""The classes of business papers: the words of their titles, the marks that speak for them, and how many are enough."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.voucher_dates import find_dates
from scanner.voucher_marks import REACH, label
from scanner.voucher_numbers import number_at

_AT_TOP = 600  # characters in which a contract or an application must say what it is


@dataclass(frozen=True, slots=True)
class PaperClass:
    """One class: of a title and `enough` of the `marks`, among them one of `must`; with `sure` marks nobody need ask.

    `implied`: these marks all together, without a title, make it one, unsurely.
    """

    kind: str
    titles: re.Pattern[str]
    marks: frozenset[str]
    must: frozenset[str]
    enough: int
    sure: int
    numbers: re.Pattern[str] | None = None
    implied: tuple[frozenset[str], ...] = ()
    within: int | None = None


def _title(*words: str, loose: bool = False) -> re.Pattern[str]:
    """A word that begins a line and has it, or a column of it, for itself but for a number; `loose`: a heading too."""
    number = r"(?P<number>(?:(?=[A-Z/_-]{0,9}[0-9])[A-Z0-9/_-]{1,40})?)"
    more = r"(?:[^\n.!?>]{0,60}(?=\n|\Z))?" if loose else ""
    return re.compile(
        rf"^[ \t*_#=|]{{0,8}}(?:{'|'.join(words)})(?![\w-])"
        rf"[ ]?(?:(?:nr|nummer|no|number|num|#)[.:]{{0,2}}|[:#])?[ ]?{number}{more}"
        r"(?=[ ]{0,3}(?:\Z|\n|\t|[|*_#=])|[ ]{2})",
        re.I | re.M,
    )


def _numbered(*words: str) -> re.Pattern[str]:
    """The label of a class's own number: each word with "nr", "nummer", "no" and their like."""
    stems = "|".join(words)
    return re.compile(rf"(?<![\w-])(?:{stems})s?[ .-]{{0,2}}(?:nummer|nr|number|num|no|id|#)(?!\w)", re.I)


_PAY = frozenset({"gross", "net", "tax", "leave"})
_MONEY = frozenset({"due", "total", "vat", "seller", "giro", "ocr", "date", "terms", "table", "number"})

CLASSES = (
    PaperClass(
        "credit-note",
        _title("kreditfaktura", "kreditnota", "kredit", "credit note", "credit memo", "credit invoice"),
        _MONEY,
        frozenset({"total", "number"}),
        enough=2,
        sure=3,
        numbers=_numbered("kreditfaktura", "kreditnota", "kredit", "credit note", "credit memo"),
    ),
    PaperClass(
        "reminder",
        _title(
            "(?:betalnings|faktura)?påminnelse", "påminnelsefaktura", "inkassokrav", "inkasso", "kravbrev",
            "betalningskrav", "(?:payment )?reminder", "final notice", "overdue notice",
        ),
        _MONEY,
        frozenset({"due", "total", "giro", "ocr"}),
        enough=2,
        sure=3,
    ),
    PaperClass(
        "invoice",
        _title(
            "(?:kund|leverantörs|samlings|slut|delbetalnings|förskotts|proforma|e-?)?faktura", "fakturakopia",
            "kontantfaktura", "faktura/invoice", "räkning", "(?:hyres|avgifts)?avi",
            "(?:tax |sales |pro forma )?invoice", "bill",
        ),
        _MONEY,
        frozenset({"due", "total"}),
        enough=3,
        sure=4,
        numbers=_numbered("faktura", "fakt", "invoice", "inv", "bill"),
        implied=(
            frozenset({"giro", "ocr", "total", "due"}),
            frozenset({"giro", "total", "due", "vat", "seller"}),
            frozenset({"total", "due", "date", "vat", "table"}),
        ),
    ),
    PaperClass(
        "receipt",
        _title("(?:kassa|köp|order|utläggs|betalnings)?kvitto", "(?:sales |payment |cash )?receipt"),
        _MONEY | {"paid"},
        frozenset({"total"}),
        enough=2,
        sure=3,
        numbers=_numbered("kvitto", "receipt"),
        implied=(frozenset({"paid", "total", "vat", "seller"}),),
    ),
    PaperClass(
        "quote",
        _title("offert", "anbud", "prisförslag", "kostnadsförslag", "(?:price )?quote", "quotation", "estimate",
               loose=True),
        _MONEY | {"valid"},
        frozenset({"total", "valid", "number"}),
        enough=2,
        sure=3,
        numbers=_numbered("offert", "anbud", "quote", "quotation", "estimate"),
    ),
    PaperClass(
        "order",
        _title("order(?:bekräftelse|erkännande)?", "beställning", "(?:sales |purchase )?order(?: confirmation)?"),
        _MONEY,
        frozenset({"number"}),
        enough=2,
        sure=3,
        numbers=_numbered("order", "beställning", "purchase order"),
    ),
    PaperClass(
        "payslip",
        _title(
            "löne?spec(?:ifikation)?", "lönebesked", "löneavi", "utbetalningsbesked", "löneutbetalning", "pay ?slip",
            "pay stub", "paystub", "wage slip", "salary (?:slip|statement)", "(?:pay|earnings) statement",
            "pay advice",
            loose=True,
        ),
        _PAY,
        frozenset({"gross", "net"}),
        enough=1,
        sure=2,
        implied=(frozenset({"gross", "net", "tax"}),),
        within=_AT_TOP,
    ),
    PaperClass(
        "employment-contract",
        _title(
            "anställnings(?:avtal|kontrakt|bevis)", "avtal om (?:[a-zåäö]{1,20} )?anställning",
            "arbetsavtal", "provanställningsavtal", "information om anställningsvillkor",
            "employment (?:agreement|contract)", "contract of employment", "agreement of employment",
            "(?:statement of )?(?:terms|particulars) (?:and conditions )?of employment",
            "written statement of employment particulars",
            loose=True,
        ),
        frozenset({"employs", "post", "salary", "clauses", "signed"}),
        frozenset({"employs", "post"}),
        enough=1,
        sure=2,
        within=_AT_TOP,
    ),
    PaperClass(
        "sick-note",
        _title(
            "(?:läkar|sjuk|sjukskrivnings)intyg", "medicinskt underlag", "sjukanmälan", "sjukskrivning",
            "läkarutlåtande", "läkarintyg för sjukpenning", "sick note", "fit note",
            "(?:medical|sickness) certificate", "doctor's (?:note|certificate)",
            "statement of fitness for work", "sick leave certificate", "sickness absence", "self-certification",
            loose=True,
        ),
        frozenset({"patient", "unable", "diagnosis", "ill", "home"}),
        frozenset({"patient", "unable", "diagnosis", "ill"}),
        enough=2,
        sure=3,
        within=_AT_TOP,
    ),
    PaperClass(
        "contract",
        _title(
            r"[a-zåäö]{0,30}avtal", "[a-zåäö]{0,20}kontrakt", "(?:[a-z]{1,20} ){0,2}agreement",
            "(?:[a-z]{1,20} ){0,2}contract",
            loose=True,
        ),
        frozenset({"parties", "clauses", "signed"}),
        frozenset({"parties", "clauses", "signed"}),
        enough=2,
        sure=2,
        numbers=_numbered("avtal", "kontrakt", "contract", "agreement"),
        within=_AT_TOP,
    ),
    PaperClass(
        "application",
        _title(
            "(?:jobb)?ansökan", "platsansökan", "personligt brev", "curriculum vitae", "cv", "meritförteckning",
            "résumé",
            "resume", "(?:job )?application", "cover letter", loose=True,
        ),
        frozenset({"applies", "worked", "studied", "references"}),
        frozenset({"applies", "worked", "studied"}),
        enough=2,
        sure=3,
        implied=(frozenset({"applies", "worked"}), frozenset({"applies", "studied", "references"})),
        within=_AT_TOP,
    ),
)  # fmt: skip
"""In the order in which they are tried: what bookkeeping needs comes first."""

_REFERENCE = re.compile(
    r"(?<![\w-])(?P<word>kreditfaktura|kreditnota|credit note|faktura|fakt|invoice|kvitto|receipt|offert|anbud|quote"
    r"|quotation|estimate|order(?:bekräftelse)?|beställning|purchase order|avtal|kontrakt|contract|agreement)"
    r"(?:en|n|et|t|s)?s?[ .-]{0,2}(?:nummer|nr|number|num|no|id|#)?[ .:#]{0,4}",
    re.I,
)
_KINDS = {
    **dict.fromkeys(("kreditfaktura", "kreditnota", "credit note"), "credit-note"),
    **dict.fromkeys(("faktura", "fakt", "invoice"), "invoice"),
    **dict.fromkeys(("kvitto", "receipt"), "receipt"),
    **dict.fromkeys(("offert", "anbud", "quote", "quotation", "estimate"), "quote"),
    **dict.fromkeys(("order", "orderbekräftelse", "beställning", "purchase order"), "order"),
    **dict.fromkeys(("avtal", "kontrakt", "contract", "agreement"), "contract"),
}
_COUNTED = label("kr", "sek", "kronor", "st", "styck", "eur", "usd", "dagar", "days", "pcs")


def own_number(paper: PaperClass, text: str) -> str | None:
    """The number at the class's label, or in its title."""
    for match in paper.numbers.finditer(text) if paper.numbers else ():
        rest, _, below = text[match.end() : match.end() + 2 * REACH].partition("\n")
        value = rest.lstrip(" \t:.#|")
        first = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip(" |*\t") == ""
        found = _number(value) or (_number(below.strip()) if first and not re.search(r"[0-9]", rest) else None)
        if found:
            return found
    return next((number for match in paper.titles.finditer(text) if (number := _number(match["number"]))), None)


def references(text: str) -> set[tuple[str, str]]:
    """Class and number of every paper that the text names by both, itself too: "enligt offert 2023-114"."""
    found = set()
    for match in _REFERENCE.finditer(text):
        number = _number(text[match.end() : match.end() + REACH])
        if number:
            found.add((_KINDS[match["word"].casefold()], number))
    return found


def _number(text: str) -> str | None:
    """The number that the text begins with, unless it is a date or counts something."""
    number = number_at(text)
    if number is None or _COUNTED.match(text[len(number) :].lstrip(" ")):
        return None
    return None if next(find_dates(number), None) else number
