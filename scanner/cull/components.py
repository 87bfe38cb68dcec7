"""The dates of cards (RFC 6350) and of events, tasks and notes (RFC 5545): of every one of them, or of none. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from scanner.cull.days import basic_day
from scanner.formats.contacts.content_lines import Line, lines

_COUNTED: Final = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_DATES: Final = frozenset(
    {"DTSTART", "DTEND", "DUE", "COMPLETED", "CREATED", "LAST-MODIFIED", "DTSTAMP", "RECURRENCE-ID"}
)
_AGAIN: Final = ("RRULE", "RDATE")  # what comes again may come tomorrow


def card_days(data: bytes) -> Iterator[date | None]:
    """When each card was revised last; None for a card that does not say."""
    revised: list[date | None] | None = None
    for line in lines(data):
        word = line.value.strip().upper()
        if line.name == "BEGIN" and word == "VCARD":
            revised = []
        elif line.name == "REV" and revised is not None:
            revised.append(basic_day(line.value.replace("-", "").replace(":", "")))
        elif line.name == "END" and word == "VCARD":
            yield from revised or [None]
            revised = None
    if revised is not None:
        yield None  # cut off


def calendar_days(data: bytes) -> Iterator[date | None]:
    """Every date of each event; None for one without any, and for one that comes again: it has no last day."""
    stack: list[str] = []
    found: list[date | None] = []
    for line in lines(data):
        word = line.value.strip().upper()
        if line.name == "BEGIN":
            stack.append(word)
            found = [] if word in _COUNTED else found
        elif line.name == "END":
            if stack and stack[-1] in _COUNTED:
                yield from found or [None]
            stack = stack[:-1]
        elif stack and stack[-1] in _COUNTED:
            found += _days(line)
    if stack:
        yield None  # cut off


def _days(line: Line) -> Iterator[date | None]:
    if line.name in _AGAIN:
        yield None
    elif line.name in _DATES:
        yield basic_day(line.value)
