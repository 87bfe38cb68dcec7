"""A person out of an event of others: the person's ATTENDEE lines go, what tells of the person elsewhere is masked.

Whoever organises the event is not taken out of it: an event without its organizer is another event to every server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from email.utils import getaddresses
from functools import partial
from urllib.parse import unquote

from scanner.formats.contacts.content_lines import Line, unescape
from scanner.formats.mail import encoded
from scanner.records import Record
from scanner.surgery.base import CannotEdit, Person
from scanner.surgery.contacts.content_lines import Piece, Working
from scanner.surgery.contacts.rewrite import masked, masked_parameter, with_parameters, without, written

Change = tuple[int, int, bytes]

# What holds the calendar together, times and numbers: never touched, whatever it looks like.
_FIXED = frozenset(
    {
        "BEGIN", "END", "UID", "RECURRENCE-ID", "RELATED-TO", "DTSTART", "DTEND", "DTSTAMP", "DUE", "DURATION",
        "CREATED", "LAST-MODIFIED", "SEQUENCE", "RRULE", "EXRULE", "RDATE", "EXDATE", "STATUS", "TRANSP", "CLASS",
        "PRIORITY", "PERCENT-COMPLETE", "COMPLETED", "GEO", "TRIGGER", "REPEAT", "ACTION", "VERSION", "PRODID",
        "METHOD", "CALSCALE", "FREEBUSY", "TZID", "ACKNOWLEDGED", "X-WR-RELCALID", "X-WR-ALARMUID", "X-ALARMUID",
        "X-WR-TIMEZONE", "DCREATED", "TZ", "DAYLIGHT", "REFRESH-INTERVAL", "X-PUBLISHED-TTL",
    }
)  # fmt: skip
_PEOPLE = frozenset({"ATTENDEE", "ORGANIZER", "CALENDAR-ADDRESS"})
_LISTS = frozenset({"SENT-BY", "DELEGATED-TO", "DELEGATED-FROM", "MEMBER", "EMAIL", "DIR", "X-ADDRESS"})


def amended(working: Working, instances: Sequence[Sequence[Piece]], person: Person) -> list[Change]:
    """What changes in all instances of one record. Raises CannotEdit where the person is past our reach."""
    _not_organizer([piece.line for found in instances for piece in found], person)
    changes: list[Change] = []
    for piece in (piece for found in instances for piece in found):
        new = _line(working, piece, person)
        if new is None:
            changes.append((piece.start, piece.end, b""))
        elif new != working.data[piece.start : piece.end]:
            changes.append((piece.start, piece.end, new))
    if not changes:
        raise CannotEdit("where the event names the person was not found")
    return changes


def still_named(record: Record, person: Person) -> bool:
    """Whether a record as a scan reads it names the person."""
    texts = [text for _, text in record.texts] + [fact.value for one in record.entities for fact in one.facts]
    return any(map(person.holds, texts))


def _not_organizer(found: Sequence[Line], person: Person) -> None:
    if not any(_is_persons(line, person) for line in found if line.name == "ORGANIZER"):
        return
    if any(not _is_persons(line, person) for line in found if line.name in ("ATTENDEE", "CALENDAR-ADDRESS")):
        raise CannotEdit("the person organises an event of others")


def _is_persons(line: Line, person: Person) -> bool:
    """Whether the line is this person as organizer or attendee.

    Raises CannotEdit where name and addresses say different things: a namesake is not to be thrown out of a meeting.
    """
    addresses = list(_addresses(line))
    mine = [person.has_email(one) for one in addresses]
    names = list(_names(line))
    named = bool(names) and all(map(person.is_named, names))
    if mine and all(mine):
        return True
    if any(mine) and named:
        return True
    if any(mine) or (mine and named):
        raise CannotEdit("an attendee has the person's name or address, and another address")
    if mine:
        return False
    value = unescape(line.value).strip()
    return named or (value[:4].lower() == "tel:" and person.is_named(unquote(value[4:])))


def _addresses(line: Line) -> Iterator[str]:
    """The mailboxes that the line says this one person has."""
    value = unescape(line.value).strip().strip('"')
    scheme, colon, rest = value.partition(":")
    if colon and scheme.strip().lower() in ("mailto", "smtp"):
        found = ["".join(unquote(rest.partition("?")[0]).split())]
    elif colon and "@" not in scheme:
        found = []
    else:  # vCalendar 1.0: `Vera Ek <vera@example.org>`
        found = [address for _, address in getaddresses([value])]
    email = unquote(line.parameter("EMAIL")).strip()
    found.append(email.partition(":")[2] if email[:7].lower() == "mailto:" else email)
    yield from (one for one in dict.fromkeys(found) if "@" in one)


def _names(line: Line) -> Iterator[str]:
    """The names that the line says this one person has."""
    name = encoded.words(" ".join(",".join(line.parameters.get("CN", ())).replace("\\,", ",").split()).strip("\"'"))
    if name and "@" not in name:
        yield name
    value = unescape(line.value).strip()
    if ":" not in value.partition("@")[0]:
        yield from (one for one, address in getaddresses([value]) if one)
        if "@" not in value and value:
            yield value


def _line(working: Working, piece: Piece, person: Person) -> bytes | None:
    """The line as it is to be; None where it is about nobody else."""
    line = piece.line
    old = working.data[piece.start : piece.end]
    if line.name in _FIXED:
        return old
    if line.binary:
        if any(person.holds(value) for values in line.parameters.values() for value in values):
            raise CannotEdit("a file in the event is named after the person")
        return old
    if _leaves(line, person):
        return None
    head, _ = piece.split()
    text = line.value if line.name else line.raw
    new_head = with_parameters(head, partial(_parameter, person)) if ";" in head else head
    new = masked(text, person)
    if person.holds(unquote(unescape(new))):
        raise CannotEdit("the event names the person in a way that cannot be taken out")
    if (new_head, new) == (head, text):
        return old
    return written(working, piece, new_head, new)


def _leaves(line: Line, person: Person) -> bool:
    if line.name in _PEOPLE:
        return _is_persons(line, person)
    text = unescape(line.value)
    if line.name == "REQUEST-STATUS":  # it tells of what one attendee's calendar answered (RFC 5545, 3.8.8.3)
        return person.holds(text) or person.holds(unquote(text))
    return line.name == "CONTACT" and person.is_named(" ".join(text.split()))


def _parameter(person: Person, name: str, value: str) -> str | None:
    """A parameter of a line that stays."""
    if name in _LISTS:
        return without(value, _points_at(person))
    return masked_parameter(value, person)


def _points_at(person: Person) -> Callable[[str], bool]:
    def points(one: str) -> bool:
        address = unquote(one).strip()
        address = address.partition(":")[2] if address[:7].lower() in ("mailto:", "mailto ") else address
        return person.has_email(address) or person.holds(unquote(one))

    return points
