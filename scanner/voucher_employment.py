"""The marks of papers about an employment, in Swedish and English: pay slips, contracts, notes of illness. Pure.

As with all marks, a word alone is none where a value can be asked for: "bruttolön" counts with an amount behind it.
"""

from __future__ import annotations

import re

from scanner.voucher_marks import Mark, label, once, values_at
from scanner.voucher_numbers import find_amounts

_GROSS = label(
    "brutto ?lön(?:en)?", "bruttobelopp", "brutto", "summa brutto", "månadslön", "grundlön", "timlön", "fast lön",
    "lön (?:denna )?period", "gross (?:pay|salary|wages|earnings)", "total gross(?: pay)?", "basic (?:pay|salary)",
    "base salary",
)  # fmt: skip
_NET = label(
    "netto ?lön(?:en)?", "nettobelopp", "netto", "(?:lön )?att utbetala", "utbetalas", "utbetalt(?: belopp)?",
    "net (?:pay|salary|wages|amount)", "take[- ]home pay", "total net pay",
)  # fmt: skip
_TAX = label(
    "prel(?:iminär)? ?skatt", "preliminärskatt", "skatteavdrag", "avdragen skatt", "skattetabell", "skatt tabell",
    "tabellskatt", "engångsskatt", "income tax", "paye", "paye tax", "tax deducted", "tax withheld", "federal tax",
    "withholding tax", "tax code",
)  # fmt: skip
_LEAVE = label(
    "semester ?dagar", "semesterersättning", "semestersaldo", "semestertillägg", "sparade dagar", "karensavdrag",
    "arbetsgivaravgift(?:er)?", "kompsaldo", "flexsaldo", "holiday (?:pay|entitlement|balance)", "vacation balance",
    "national insurance", "employer(?:'s)? ni", "pension contribution", "ytd", "year to date",
)  # fmt: skip
_EMPLOYS = re.compile(
    r"(?<!\w)(?:arbetsgivare|arbetstagare|den anställde|anställningsnummer|employer|employee)"
    r"|^[ \t]*(?:avtal(?:et)? (?:har )?(?:slutits|träffats) )?(?:mellan|between)[ \t][^\n]{2,80}[ \t](?:och|and)[ \t]",
    re.I | re.M,
)
_POST = label(
    "tillträd(?:e|er|esdag|esdatum)", "anställningsform", "befattning", "arbetsuppgifter", "provanställning",
    "tillsvidareanställning", "visstidsanställning", "arbetstid(?:en)?", "arbetsplats", "kollektivavtal",
    "anställs som", "uppsägningstid(?:en)?", "job title", "start date", "commencement", "probation(?:ary)? period",
    "working hours", "hours of work", "place of work", "notice period", "duties", "position",
)  # fmt: skip
_SALARY = label(
    "månadslön(?:en)?", "lön(?:en)?", "timlön", "semester", "semesterrätt", "salary", "remuneration", "annual leave",
    "holidays?", "pension", "tjänstepension",
)  # fmt: skip
_PATIENT = label(
    "patient(?:en)?", "leg(?:itimerad)? läkare", "undertecknad läkare", "läkarens (?:namn|underskrift)", "vårdcentral",
    "husläkare", "doctor(?:'s)?(?: signature)?", "physician", "gp", "surgery", "medical practitioner", "examined on",
    "undersökt", "undersökning av patienten",
)  # fmt: skip
_UNABLE = label(
    "arbetsförmåga(?:n)?", "sjukskriven", "sjukskrivs", "sjukskrivning(?:en|speriod)?", "arbetsoförmögen",
    "(?:unfit|not fit) for work", "may be fit for work", "unable to work", "incapacity", "incapacitated", "sick leave",
    "off work",
)  # fmt: skip
_DIAGNOSIS = label(
    "diagnos(?:en)?", "diagnoskod", "icd-10", "icd", "funktionsnedsättning", "aktivitetsbegränsning", "diagnosis",
    "medical condition", "because of the following condition", "sjukdomens",
)  # fmt: skip
_ILL = label(
    "är (?:hemma )?sjuk", "är fortfarande sjuk", "har blivit sjuk", "blev sjuk", "sjukanmäler(?: mig)?", "är magsjuk",
    "är förkyld", "har feber", "ligger i influensa", "am (?:ill|sick|unwell)", "i'm (?:ill|sick|unwell)", "off sick",
    "calling in sick", "have a fever", "feeling unwell", "första sjukdag(?:en)?", "first day of (?:illness|sickness)",
)  # fmt: skip
_HOME = label(
    "(?:blir|stannar|är|håller mig) hemma", "kommer inte (?:in|till jobbet) i ?dag", "kan inte (?:komma|arbeta|jobba)",
    "tillbaka (?:på|i|imorgon|till)", "friskanmäl(?:an|er)", "sista sjukdag(?:en)?", "stay(?:ing)? (?:at )?home",
    "will not be (?:in|at work|coming in)", "won't be (?:in|at work|coming in)", "cannot (?:come in|work)",
    "can't (?:come in|work)", "last day of (?:illness|sickness)",
)  # fmt: skip


def _paid(pattern: re.Pattern[str]) -> Mark:
    """True where an amount stands behind one of the labels, or alone below it."""

    def there(text: str) -> bool:
        return any(
            next(find_amounts(rest[:40]), None) is not None
            or (not rest.strip() and next(find_amounts(below[:30], money=True), None) is not None)
            for rest, below in values_at(text, pattern)
        )

    return there


EMPLOYMENT_MARKS: dict[str, Mark] = {
    "gross": _paid(_GROSS),
    "net": _paid(_NET),
    "tax": once(_TAX),
    "leave": once(_LEAVE),
    "employs": once(_EMPLOYS),
    "post": once(_POST),
    "salary": once(_SALARY),
    "patient": once(_PATIENT),
    "unable": once(_UNABLE),
    "diagnosis": once(_DIAGNOSIS),
    "ill": once(_ILL),
    "home": once(_HOME),
}
"""Every mark by its name."""
