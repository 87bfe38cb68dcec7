"""A personnummer with a wrong check digit, searched as it is written: a slip in a register repeats elsewhere. Pure.

The index keeps words, and numbers up to twelve digits are words; so it has the digits in one (8503129805) or in two
(850312-9805). Whether they stand together is seen on the live content.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from scanner.detect.luhn import luhn_is_valid
from scanner.detect.phones import plain

_SHAPE = re.compile(r"((?:18|19|20)?)(\d{6}) ?[-+]? ?(\d{4})", re.ASCII)
_CENTURIES = ("18", "19", "20")
_COORDINATION = 60  # added to the day of a coordination number


def as_written(raw: str) -> str | None:
    """`19850312-9805` for what has the form and the date of a personnummer and a wrong check digit; else None."""
    shape = _SHAPE.fullmatch(plain(raw).strip())
    if shape is None:
        return None
    century, six, four = shape.groups()
    return f"{century}{six}-{four}" if _is_date(six) and not luhn_is_valid(six + four) else None


def words_of_text(value: str) -> list[list[list[str]]]:
    """What a record must hold, as groups of alternatives of which each group needs one: any of the lists will do.

    `value` is what `as_written` gave.
    """
    head, four = value.split("-")
    six = head[-6:]
    dates = [head, six] if head != six else [six, *(century + six for century in _CENTURIES)]
    return [[[day + four for day in dates]], [dates, [four]]]


class TextMatcher:
    """Whether a number that is searched as text stands in a text."""

    def __init__(self, values: Iterable[str]) -> None:
        """`values` are what `as_written` gave; without any, nothing matches."""
        parts = [value.split("-") for value in values]
        ways = [rf"{_century(head)}{head[-6:]} ?[-+]? ?{four}" for head, four in parts]
        self._pattern = re.compile(rf"(?<![0-9])(?:{'|'.join(ways)})(?![0-9])", re.ASCII) if ways else None

    def matches(self, text: str) -> bool:
        """True where it stands whole, with its century or without."""
        return self._pattern is not None and self._pattern.search(plain(text)) is not None


def _century(head: str) -> str:
    return f"(?:{head[:-6]})?" if len(head) > 6 else "(?:18|19|20)?"


def _is_date(six: str) -> bool:
    day = int(six[4:])
    day -= _COORDINATION if day > _COORDINATION else 0
    for year in (1900, 2000):  # one of them has the 29th of February
        try:
            date(year + int(six[:2]), int(six[2:4]), day)
        except ValueError:
            continue
        return True
    return False
