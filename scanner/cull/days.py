"""The days that a document or its source gives, and which of them a rule may count from. Pure.

Of several days the latest counts: what is kept a little too long harms nobody, what is culled too early is lost. A day
that cannot be right makes the whole thing undated, and what is undated is never culled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Final

from scanner.voucher_dates import find_dates

_EARLIEST: Final = date(1990, 1, 1)
_AHEAD: Final = timedelta(days=1)  # another time zone may have tomorrow already
_UNSET: Final = frozenset(
    {
        date(2000, 1, 1),  # cameras and machines whose clock was never set
        date(2006, 9, 16),  # Excel's template ("2006-09-16T00:00:00Z")
        date(2013, 12, 23),  # python-docx's template, in every letter that a program wrote with it
    }
)
_PDF: Final = re.compile(
    r"(?:D:)?(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?(?:([+-])(\d\d)'?(\d\d)?'?|Z(?:00'?00'?)?)?", re.ASCII
)
_EXIF: Final = re.compile(r"(\d{4}):(\d\d):(\d\d)(?: \d\d:\d\d:\d\d)?", re.ASCII)
_BASIC: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WINDOWS: Final = datetime(1601, 1, 1, tzinfo=UTC)
_LONGEST: Final = 80  # characters of a text that may be a date


def latest(found: Iterable[date | None], today: date) -> date | None:
    """The latest day; None where there is none, or one of them cannot be right: ahead, too old, or never set."""
    days = list(found)
    known = [day for day in days if day is not None and _EARLIEST <= day <= today + _AHEAD]
    if not known or len(known) != len(days):
        return None
    day = max(known)
    return None if day in _UNSET else day


def later(day: date | None, *others: date | None) -> date | None:
    """The day, or a later one; others alone are no evidence."""
    return None if day is None else max([day, *(one for one in others if one is not None)])


def day_of(moment: datetime) -> date:
    """The day of a moment: here, or where it was written, whichever is later."""
    if moment.tzinfo is None:
        return moment.date()
    with suppress(OverflowError, ValueError, OSError):
        return max(moment.date(), moment.astimezone().date())
    return moment.date()


def mail_day(text: str) -> date | None:
    """A date of a mail's header (RFC 5322, 3.3)."""
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return day_of(parsedate_to_datetime(text[:_LONGEST].strip()))
    return None


def iso_day(text: str) -> date | None:
    """`2024-05-01`, with or without a time (W3CDTF, as Office and OpenDocument write it)."""
    text = text.strip()[:_LONGEST]
    with suppress(ValueError):
        return day_of(datetime.fromisoformat(text))
    with suppress(ValueError):
        return date.fromisoformat(text[:10])  # what `fromisoformat` does not know stands in the time of day
    return None


def basic_day(text: str) -> date | None:
    """`20240501`, `20240501T120000Z` (iCalendar, vCard), or as `iso_day`."""
    match = _BASIC.fullmatch(text.strip()[:_LONGEST])
    if match is None:
        return iso_day(text)
    year, month, number, hour, minute, second, zulu = match.groups()
    with suppress(ValueError):
        if hour is None:
            return date(int(year), int(month), int(number))
        clock = (int(hour), int(minute), min(int(second), 59))
        return day_of(datetime(int(year), int(month), int(number), *clock, tzinfo=UTC if zulu else None))
    return None


def pdf_day(text: str) -> date | None:
    """`D:20240501120000+02'00'` (ISO 32000-1, 7.9.4)."""
    match = _PDF.fullmatch(text.strip()[:_LONGEST])
    if match is None:
        return iso_day(text)
    year, month, number, hour, minute, second, sign, hours, minutes = match.groups(default="0")
    with suppress(ValueError):
        offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        zone = timezone(offset) if match[4] and (match[7] or "Z" in text) else None
        return day_of(datetime(int(year), int(month), int(number), int(hour), int(minute), int(second), tzinfo=zone))
    return None


def exif_day(text: str) -> date | None:
    """`2024:05:01 12:00:00`."""
    match = _EXIF.fullmatch(text.strip("\0 ")[:_LONGEST])
    with suppress(ValueError):
        return date(*map(int, match.groups())) if match else None
    return None


def file_time_day(ticks: int) -> date | None:
    """100 ns since 1601 ([MS-DTYP] 2.3.3); 0 is not set."""
    with suppress(OverflowError, ValueError):
        return day_of(_WINDOWS + timedelta(microseconds=ticks // 10)) if ticks > 0 else None
    return None


def path_day(path: str, today: date) -> date | None:
    """The latest day that a path names, a bare year being its last day. Beside other evidence it can only keep longer.

    What lies beyond this year is a number.
    """
    last = date(today.year, 12, 31)
    found = [day for part in path.split("/") for day in find_dates(part.replace("_", " "), labelled=True)]
    found += [date(int(year), 12, 31) for year in _YEAR.findall(path)]
    return max((day for day in found if day <= last), default=None)
