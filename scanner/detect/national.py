"""Swedish personnummer, samordningsnummer and organisationsnummer (folkbokföringslagen 18 §, lag 1974:174).

A personal number is a birth date, a serial of three and a check digit; a coordination number has 60 added to the day.
Organisation numbers have 2 or more as third digit, which no month has; a sole trader's is the personal number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import re2

from scanner.detect.luhn import luhn_is_valid
from scanner.detect.wrapped import personal_numbers
from scanner.records import IdType

# Begins with a digit, not with `\b`, so that its places are found fast; in RE2 each search costs more than this one.
_CANDIDATE = re.compile(rb"[0-9](?<=\b[0-9])[0-9]{5}(?:[0-9]{2})?(?:[-+ ]| [-+] )?[0-9]{4}\b")
_VAT = re2.compile(rb"\b[Ss][Ee] ?[0-9]{6}-?[0-9]{4} ?01\b")
_SHAPE = re.compile(r"(\d\d)?(\d{6})(?: ?([-+]) ?| )?(\d{4})", re.ASCII)
_WRITTEN_VAT = re.compile(r"SE(\d{10})01", re.ASCII)
_DASHES = str.maketrans("‐‑‒–—−﹣－\u00a0\u2009\u202f", "--------   ", "\u00ad\u200b\u200c\u200d\u2060\ufeff")
_OLDEST = 1850

NationalId = tuple[IdType, str]


def find_national(data: bytes, today: date) -> Iterator[NationalId]:
    """Personal and organisation numbers in text.

    Ten digits without a separator count only as a personal number (valid date and check digit): a tenth of all
    ten-digit numbers have the check digit of an organisation number. `_` ends a number, as in `avtal_850312-9804.pdf`.
    """
    data = data.replace(b"_", b",")  # a pattern takes it for a letter
    for match in _CANDIDATE.finditer(data):
        if _is_part_of_longer(data, match.start(), match.end()):
            continue
        raw = match.group().decode("ascii")
        found = national_id(raw, today)
        if found is not None and (found[0] is IdType.NATIONAL_ID or "-" in raw):
            yield found
    for joined in personal_numbers(data):
        found = national_id(joined.decode("ascii"), today)
        if found is not None and found[0] is IdType.NATIONAL_ID:
            yield found
    for match in _VAT.finditer(data) if b"SE" in data.upper() else ():
        digits = re.sub(r"\D", "", match.group().decode("ascii"))[:10]
        found = national_id(digits, today)
        if found is not None:
            yield found


def national_places(data: bytes, today: date) -> Iterator[tuple[int, int, NationalId]]:
    """Start, end and what `find_national` finds there, but for numbers that are broken over two lines.

    `data` is text with one byte a character (those that are not ASCII as `?`).
    """
    data = data.replace(b"_", b",")
    for match in _CANDIDATE.finditer(data):
        if _is_part_of_longer(data, match.start(), match.end()):
            continue
        raw = match.group().decode("ascii")
        found = national_id(raw, today)
        if found is not None and (found[0] is IdType.NATIONAL_ID or "-" in raw):
            yield *match.span(), found
    for match in _VAT.finditer(data) if b"SE" in data.upper() else ():
        found = national_id(re.sub(r"\D", "", match.group().decode("ascii"))[:10], today)
        if found is not None:
            yield *match.span(), found


def national_id(raw: str, today: date) -> NationalId | None:
    """Type and canonical value (12 digits for a person, 10 for an organisation), or None.

    `today` decides the century of ten digits: the latest birth date that is not in the future, and with `+` (from the
    year a person turns 100) one hundred years before that. A Swedish VAT number (SE...01) gives what is inside it.
    """
    text = (raw if raw.isascii() else raw.translate(_DASHES)).strip()
    compact = text.replace(" ", "").replace("-", "").upper()
    vat = _WRITTEN_VAT.fullmatch(compact)
    shape = _SHAPE.fullmatch(vat.group(1) if vat else text)
    if shape is None:
        return None
    century, six, separator, four = shape.groups()
    if not luhn_is_valid(six + four):
        return None
    if six[2] >= "2":
        return (IdType.ORGANISATION_NUMBER, six + four) if century in (None, "16") and separator != "+" else None
    year = _year(century, six, separator == "+", today)
    return None if year is None else (IdType.NATIONAL_ID, f"{year:04d}{six[2:]}{four}")


def birth_date(national_id: str) -> str:
    """The birth date in a canonical personal or coordination number, as YYYY-MM-DD. Raises ValueError on others."""
    if len(national_id) != 12 or not national_id.isdigit():
        raise ValueError("not a personal number")
    return date(int(national_id[:4]), int(national_id[4:6]), _day(national_id[6:8])).isoformat()


def national_keys(value: str, today: date) -> tuple[str, ...]:
    """The canonical number, and the same ten digits in the centuries next to it.

    Ten written digits of somebody near a hundred may have been read into the wrong century (people leave out the `+`).
    The others are weaker: two persons a hundred years apart may share ten digits.
    """
    year = int(value[:4])
    others = (f"{other:04d}{value[4:]}" for other in (year - 100, year + 100))
    return (value, *(other for other in others if _is_past(int(other[:4]), other[4:8], today)))


def problem(raw: str, today: date) -> str | None:
    """What is wrong with something that has the shape of a personal or organisation number; None if it has not."""
    shape = _SHAPE.fullmatch(raw.translate(_DASHES).strip())
    if shape is None or national_id(raw, today) is not None:
        return None
    _, six, _, four = shape.groups()
    return "the date in it does not exist" if luhn_is_valid(six + four) else "its check digit is wrong"


def _year(century: str | None, six: str, is_over_hundred: bool, today: date) -> int | None:
    if century is not None:
        year = int(century + six[:2])
        return year if _is_past(year, six[2:], today) else None
    year = today.year - (today.year - int(six[:2])) % 100
    if not _is_past(year, six[2:], today):
        year -= 100
    if is_over_hundred and year > today.year - 100:
        year -= 100
    return year if _is_past(year, six[2:], today) else None


def _is_past(year: int, month_and_day: str, today: date) -> bool:
    if year < _OLDEST:
        return False
    try:
        return date(year, int(month_and_day[:2]), _day(month_and_day[2:])) <= today
    except ValueError:
        return False


def _day(digits: str) -> int:
    day = int(digits)
    return day - 60 if day > 60 else day


def _is_part_of_longer(data: bytes, start: int, end: int) -> bool:
    """True for digits joined to others (a serial, an amount, a phone number). A dash may end a date."""
    if data[max(0, start - 1) : start] == b"+":
        return True
    if b"-" in data[start:end] or b"+" in data[start:end]:
        return False
    before, after = data[max(0, start - 2) : start], data[end : end + 2]
    joined_before = len(before) == 2 and before[1:] == b"." and before[:1].isdigit()
    return joined_before or (len(after) == 2 and after[:1] in b".-" and after[1:].isdigit())
