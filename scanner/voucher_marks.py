"""The marks by which business papers are known, in Swedish and English: a label together with what it promises. Pure.

A word alone is no mark where a value can be asked for: "att betala" counts with an amount behind or below it, a due
date with a date. So a mail about an invoice has few marks, and the invoice has many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from scanner.voucher_dates import find_dates
from scanner.voucher_numbers import find_amounts, has_giro, has_ocr, has_vat_number

REACH = 80  # characters behind a label in which its value stands
_GAP = re.compile(r" (\??)")
_BEHIND = re.compile(r"[ \t:.#|;]{0,12}")


def label(*words: str) -> re.Pattern[str]:
    """A pattern of any of the words, in any case, as whole words.

    A space stands for spaces, dots and hyphens, one or two; ` ?` for none, too.
    """
    alternatives = "|".join(_GAP.sub(lambda gap: rf"[ .\-]{{{0 if gap[1] else 1},2}}", word) for word in words)
    return re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w])", re.I)


_ISSUED = (
    "utställd", "utställningsdatum", "utfärdad", "issued", "issue date", "date of issue", "date issued",
    "datum och tid",
)  # fmt: skip
DATES = {
    "quote": label("offert ?datum", "anbudsdatum", "quote date", "quotation date", "estimate date", *_ISSUED),
    "order": label("order ?datum", "beställningsdatum", "order date", *_ISSUED),
    "contract": label("avtals ?datum", "kontraktsdatum", "agreement date", "contract date", *_ISSUED),
    "employment-contract": label("avtals ?datum", "kontraktsdatum", "agreement date", "contract date", *_ISSUED),
    "payslip": label(
        "utbetalnings ?(?:datum|dag)",
        "utbetalas den",
        "lönedatum",
        "löneutbetalningsdag",
        "pay(?:ment)? date",
        "date of payment",
        "date paid",
        *_ISSUED,
    ),
}
"""The labels of a paper's own date, by class; those of all others are VOUCHER_DATE."""
VOUCHER_DATE = label(
    "faktura ?datum", "fakt datum", "invoice date", "date of invoice", "tax date", "bill date",
    "kredit(?:erings)?datum",
    "kvitto ?datum", "köpdatum", "receipt date", "purchase date", "påminnelsedatum", "bokföringsdatum", *_ISSUED,
)  # fmt: skip
PLAIN_DATE = re.compile(r"(?:^|\t|[ ]{2,}|\|)[ ]?(?:datum|date)(?![\w])", re.I | re.M)  # not "due date"
DUE_DATE = label(
    "förfallo ?datum", "förfaller", "förfallodag", "förf datum", "betalas senast", "betala senast",
    "oss tillhanda(?: senast)?", "betalning oss tillhanda", "sista betalningsdag", "due date", "due by", "payment due",
    "pay by", "date due", "due", "ny förfallodag", "nytt förfallodatum",
)  # fmt: skip
_TOTAL = label(
    "(?:summa )?att betala", "att erhålla", "totalt(?: att betala)?", "total(?: due| amount| incl vat)?", "totalsumma",
    "totalbelopp", "slutsumma", "summa(?: sek| inkl moms| exkl moms)?", "belopp att betala", "fakturabelopp",
    "pris(?:et)? (?:inkl|exkl) moms", "totalpris", "offertsumma", "fast pris", "kvar att betala", "kapitalbelopp",
    "amount (?:due|payable|paid)", "balance due", "grand total", "total to pay", "total price", "köp", "betalt belopp",
)  # fmt: skip
_VAT = label(r"(?:varav )?moms(?:\s?\(?[0-9]{1,2}\s?%\)?)?", "mervärdesskatt", "vat", "sales tax", "tax amount", "gst")
_PERCENT = re.compile(r"[0-9]{1,2}(?:[.,][0-9]{1,2})? ?%")
_SELLER = re.compile(
    r"(?<!\w)(?:org(?:anisations)?[. -]{0,2}(?:nr|nummer|no)|company (?:no|number|reg)|momsreg(?:istrerings)?[. -]{0,2}"
    r"(?:nr|nummer)|vat[. -]{0,2}(?:reg[. -]{0,2})?(?:nr|no|number|id))[ \t:.#]{0,8}\n?[ \t]{0,4}[A-Z]{0,2}[ ]?[0-9]{6}"
    r"|(?<!\w)f-?skatt",
    re.I,
)
_TERMS = label(
    "betalnings ?villkor", "dagar netto", "dröjsmålsränta", "påminnelseavgift", "faktureringsavgift",
    "expeditionsavgift",
    "payment terms", "terms of payment", "net [0-9]{1,3} days", "days net", "late payment", "inkassoavgift",
)  # fmt: skip
_TABLE = label(
    "[áàa] ?-?pris", "antal", "styckpris", "artikel(?:nr|nummer)?", "benämning", "qty", "quantity", "unit price",
    "description", "item", "enhetspris", "radsumma", "specifikation", "beskrivning",
)  # fmt: skip
_PAID = label(
    "kontant", "kort(?:betalning|köp|nr|nummer)?", "swish", "visa", "mastercard", "betalkort", "bankkort", "kassör",
    "kassa(?:nr)?", "kontrollenhet", "kontrollkod", "öppet köp", "tack för (?:ditt )?köp(?:et)?", "betalt", "växel",
    "paid",
    "cash", "card", "change", "terminal", "thank you for your purchase", "öresavrundning", "betalsätt",
)  # fmt: skip
_VALID = label(
    "giltig(?:hetstid)?(?: till(?: och med)?| t o m)?", "offerten (?:är giltig|gäller)", "anbudet gäller",
    "giltig(?:t|a)? i",
    "valid (?:until|through|for|to)", "expiry date", "expires", "acceptans", "acceptance", "offerten avser",
    "vi har (?:härmed )?nöjet att offerera", "vi offererar", "offereras", "we are pleased to (?:quote|offer)",
)  # fmt: skip
_PARTIES = label(
    "parter(?:na)?", "mellan följande parter", "nedan kalla[dt]", "avtalsparter", "the parties", "hereinafter",
    "by and between", "arbetsgivare(?:n)?", "hyresvärd(?:en)?", "uppdragsgivare(?:n)?", "between",
)  # fmt: skip
_CLAUSES = label(
    "detta avtal", "avtalet", "avtalstid(?:en)?", "uppsägning(?:stid)?(?:en)?", "avtalsbrott", "tvist(?:er)?",
    "sekretess",
    "force majeure", "this agreement", "termination", "governing law", "tillsvidareanställning", "provanställning",
    "confidentiality", "anställningsform", "hyrestid(?:en)?",
)  # fmt: skip
_SIGNED = label(
    "underskrift(?:er)?", "namnförtydligande", "ort och datum", "ort/datum", "undertecknat", "signature", "signed by",
    "in witness whereof", "två likalydande exemplar", "undertecknas",
)  # fmt: skip
_APPLIES = label(
    "söker (?:jag )?(?:härmed )?(?:tjänsten|jobbet|anställning(?:en)?|rollen)", "ansöker (?:jag )?(?:härmed )?om",
    "ansökan (?:om|till) (?:tjänsten|jobbet|anställning(?:en)?|rollen)", "(?:er|din) annons", "apply(?:ing)? for the",
    "application for the (?:position|post|role|job)", "i am writing to apply", "lediga? tjänst(?:en)?",
    "(?:your|the) (?:job )?advert(?:isement)?", "vill gärna arbeta hos er", "kallad till intervju",
)  # fmt: skip
_WORKED = label(
    "arbetslivserfarenhet(?:er)?", "yrkeserfarenhet(?:er)?", "tidigare anställningar", "anställningar",
    "work experience",
    "employment history", "professional experience", "arbetserfarenhet",
)  # fmt: skip
_STUDIED = label("utbildning(?:ar)?", "education", "examen", "betyg", "kurser", "degree", "qualifications")
_REFERENCES = label(
    "referenser(?: lämnas på begäran| finns)?", "referenser", "references(?: available)?", "meriter", "körkort",
    "personligt brev", "löneanspråk", "språkkunskaper", "datorkunskaper", "languages", "cover letter",
    "meritförteckning",
)  # fmt: skip

Mark = Callable[[str], bool]


def values_at(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """For every label: the rest of its line, and the line below (both at most REACH characters)."""
    for match in pattern.finditer(text):
        start = _BEHIND.match(text, match.end())
        at = start.end() if start else match.end()
        rest, _, below = text[at : at + 2 * REACH].partition("\n")
        yield rest[:REACH], below.lstrip("\n \t").partition("\n")[0][:REACH]


def dates_at(text: str, pattern: re.Pattern[str]) -> list[date]:
    """The dates at the labels: right behind, or in the line below at the same place among the labels of dates.

    `Fakturadatum  Förfallodatum` over `2024-05-01  2024-05-31` gives the first for the first label.
    """
    found = []
    for match in pattern.finditer(text):
        start = _BEHIND.match(text, match.end())
        at = start.end() if start else match.end()
        rest, _, below = text[at : at + 3 * REACH].partition("\n")
        behind = next(find_dates(rest[:30], labelled=True), None)
        if behind is not None:
            if not _ANY_DATE.search(rest[: _place(rest)]):
                found.append(behind)
            continue
        head = text[max(text.rfind("\n", 0, match.start()), match.start() - 2 * REACH) : match.start()]
        dates = list(find_dates(below.lstrip("\n \t").partition("\n")[0], labelled=True))
        index = len(_ANY_DATE.findall(head))
        if len(rest) < REACH and index < len(dates):
            found.append(dates[index])
    return found


def _place(rest: str) -> int:
    digit = re.search(r"[0-9]", rest)
    return digit.start() if digit else 0


_ANY_DATE = re.compile(r"datum\b|\bdate\b|förfaller|förfallodag|tillhanda|\bdue\b", re.I)


def total_amounts(text: str) -> list[str]:
    """What stands behind or below the labels of totals, where it holds an amount: the texts, for `find_amounts`."""
    found = []
    for rest, below in values_at(text, _TOTAL):
        near = rest[:40]
        if next(find_amounts(near), None) is not None:
            found.append(near)
        elif not near.strip() and next(find_amounts(below[:30], money=True), None) is not None:
            found.append(below[:30])
    return found


def _vat(text: str) -> bool:
    return has_vat_number(text) or any(
        next(find_amounts(rest[:30]), None) is not None or _PERCENT.search(rest[:30]) or "%" in below[:30]
        for rest, below in values_at(text, _VAT)
    )


def _twice(pattern: re.Pattern[str]) -> Mark:
    """True where two different labels of the kind stand in the text."""
    return lambda text: len({match[0].casefold() for match in pattern.finditer(text)}) > 1


def once(pattern: re.Pattern[str]) -> Mark:
    """True where the pattern is in the text."""
    return lambda text: pattern.search(text) is not None


MARKS: dict[str, Mark] = {
    "due": lambda text: bool(dates_at(text, DUE_DATE)),
    "total": lambda text: bool(total_amounts(text)),
    "vat": _vat,
    "seller": once(_SELLER),
    "giro": has_giro,
    "ocr": has_ocr,
    "date": lambda text: any(dates_at(text, pattern) for pattern in (VOUCHER_DATE, *DATES.values())),
    "terms": once(_TERMS),
    "table": _twice(_TABLE),
    "paid": _twice(_PAID),
    "valid": once(_VALID),
    "parties": once(_PARTIES),
    "clauses": _twice(_CLAUSES),
    "signed": once(_SIGNED),
    "applies": once(_APPLIES),
    "worked": once(_WORKED),
    "studied": once(_STUDIED),
    "references": once(_REFERENCES),
}
"""Every mark by its name. Each looks at something else, so that several of them are independent."""
