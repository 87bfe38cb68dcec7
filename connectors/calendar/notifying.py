"""Whom a scheduling server would write to if an event went or changed (RFC 6638, 3.2). Pure.

The organiser's copy: every attendee that the server schedules gets a CANCEL or a REQUEST. An attendee's copy: erasing
it would tell the organiser "declined", which `Schedule-Reply: F` keeps away (8.1); changing it tells nobody, unless the
account's own answer in it changes. A copy of which it is not known whose it is counts as the organiser's. Past and
cancelled events count as well: servers write for them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_LINE = re.compile(r"\r\n|\n|\r")
_HEAD = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)")
_PARAMETER = re.compile(r';([^=;:",]+)(?:=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*))?')


@dataclass(frozen=True, slots=True)
class Person:
    """A line about somebody who has part in an event."""

    line: str  # ORGANIZER or ATTENDEE
    address: str  # in lower case, with its scheme
    agent: str  # who tells this person: SERVER where it is not said (RFC 6638, 7.1)
    answer: str  # PARTSTAT


def told(content: bytes, own: frozenset[str], *, known: bool) -> int:
    """How many people would be written to if the event went, or changed in whatever way.

    `own`: the addresses of the account and of the calendar's owner; `known`: whether the latter are among them.
    """
    people = list(_people(content))
    organisers = {one.address for one in people if one.line == "ORGANIZER"}
    if not organisers or (known and not organisers & own):
        return 0  # no scheduling object, or somebody else's (RFC 6638, 3.1)
    mine = own | organisers
    return len({one.address for one in people if one.line == "ATTENDEE" and _is_told(one) and one.address not in mine})


def is_scheduled(content: bytes) -> bool:
    """Whether the event has an organiser: without one no server writes to anybody (RFC 6638, 3.1)."""
    return any(one.line == "ORGANIZER" for one in _people(content))


def told_of_answer(before: bytes, after: bytes, own: frozenset[str]) -> int:
    """1 where the account is invited, and its answer to any instance (or its place in it) would change: a REPLY."""
    return int(_answers(before, own) != _answers(after, own))


def _answers(content: bytes, own: frozenset[str]) -> list[tuple[str, str]]:
    """The account's answers, and what says which instances there are; nothing where it is not invited."""
    mine = [(one.address, one.answer) for one in _people(content) if one.line == "ATTENDEE" and one.address in own]
    lines = (line for line in _lines(content) if line[:6].upper() == "EXDATE" or line[:13].upper() == "RECURRENCE-ID")
    return sorted([*mine, *((line, "") for line in lines)])


def _is_told(one: Person) -> bool:
    return one.agent not in ("CLIENT", "NONE")


def _lines(content: bytes) -> list[str]:
    return _LINE.split(_FOLD.sub(b"", content).decode("utf-8", "surrogateescape"))


def _people(content: bytes) -> Iterator[Person]:
    for line in _lines(content):
        head = _HEAD.match(line)
        name = head.group(1).upper() if head else ""
        if head is None or name not in ("ORGANIZER", "ATTENDEE"):
            continue
        place, parameters = head.end(), dict[str, str]()
        while found := _PARAMETER.match(line, place):
            parameters[found.group(1).upper()] = (found.group(2) or "").replace('"', "").upper()
            place = found.end()
        # A line that cannot be taken apart is a person all the same, who is told.
        address = line[place + 1 :] if line[place : place + 1] == ":" else line
        agent = parameters.get("SCHEDULE-AGENT", "SERVER") or "SERVER"
        yield Person(name, address.strip().lower(), agent, parameters.get("PARTSTAT", "NEEDS-ACTION"))
