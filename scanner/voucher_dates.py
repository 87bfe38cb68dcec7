"""Dates as Swedish and English business papers write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february feb",
            "mars march mar",
            "april apr",
            "maj may",
            "juni june jun",
            "juli july jul",
            "augusti august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?<![\w.,/-])(?:"
    r"(?P<y1>[12][0-9]{3})(?P<s1>[-/.])(?P<m1>[01]?[0-9])(?P=s1)(?P<d1>[0-3]?[0-9])"
    r"|(?P<d2>[0-3]?[0-9])(?::[ae]|st|nd|rd|th|\.)?[ ]{0,2}(?P<m2>" + _MONTH + r")\.?,?[ ]{0,2}(?P<y2>[12][0-9]{3})"
    r"|(?P<m3>" + _MONTH + r")\.?[ ]{1,2}(?P<d3>[0-3]?[0-9])(?:st|nd|rd|th)?,?[ ]{1,2}(?P<y3>[12][0-9]{3})"
    r"|(?P<a4>[0-3]?[0-9])(?P<s4>[/.-])(?P<b4>[0-3]?[0-9])(?P=s4)(?P<y4>[12][0-9]{3})"
    r"|(?P<d5>[0-3]?[0-9])/(?P<m5>[01]?[0-9])[ -](?P<y5>[12][0-9]{3})"
    r"|(?P<y6>[12][0-9]{3})(?P<m6>[01][0-9])(?P<d6>[0-3][0-9])"
    r"|(?P<y7>[0-9]{2})(?P<s7>[-/])(?P<m7>[01][0-9])(?P=s7)(?P<d7>[0-3][0-9])"
    r")(?=T[0-9]{2}:|(?![\w/-])(?![.,][0-9]))",
    re.IGNORECASE,
)
_SHORT = ("6", "7")  # 20240501, 24-05-01: numbers like any other, unless a label says that a date follows


def find_dates(text: str, *, labelled: bool = False) -> Iterator[date]:
    """Every date in the text, in its order; with `labelled`, those without a century or without marks too.

    Of a date whose day and month can be told either way (01/05/2024) it is the later reading: holds last longer.
    """
    for match in _DATE.finditer(text):
        form = next(form for form in "1234567" if match[f"y{form}"])
        if form not in _SHORT or labelled:
            found = _read(match, form)
            if found is not None:
                yield found


def _read(match: re.Match[str], form: str) -> date | None:
    year = int(match[f"y{form}"]) + (2000 if form == "7" else 0)
    if form == "4":
        first, second = int(match["a4"]), int(match["b4"])
        ways = [(second, first)] if match["s4"] == "." else [(second, first), (first, second)]
        return max((day for one in ways if (day := _date(year, *one))), default=None)
    month = match[f"m{form}"].lower()
    return _date(year, _MONTHS.get(month) or int(month), int(match[f"d{form}"]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
