"""Calendars (RFC 5545, and vCalendar 1.0): each event and to-do is a record, known by its UID.

An instance that was changed for itself (RECURRENCE-ID) belongs to its series' record. Read with `content_lines`: the
files that programs exchange are broken often, and the `icalendar` library gives up on them. UIDs and links are never
searched: they have the shape of addresses.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.contacts.content_lines import Line, components, lines, unescape
from scanner.formats.mail import addresses, encoded
from scanner.formats.web import html
from scanner.limits import Limits
from scanner.records import Entity, Fact, IdType, Record, Role, Steps

_KINDS = {"VEVENT": "event", "VTODO": "todo", "VJOURNAL": "journal", "VFREEBUSY": "freebusy", "VPOLL": "poll"}
_SILENT = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_DULL = frozenset(
    {
        "UID",
        "RECURRENCE-ID",
        "RELATED-TO",
        "DTSTART",
        "DTEND",
        "DTSTAMP",
        "DUE",
        "DURATION",
        "CREATED",
        "LAST-MODIFIED",
        "SEQUENCE",
        "RRULE",
        "EXRULE",
        "RDATE",
        "EXDATE",
        "STATUS",
        "TRANSP",
        "CLASS",
        "PRIORITY",
        "PERCENT-COMPLETE",
        "COMPLETED",
        "GEO",
        "URL",
        "TRIGGER",
        "REPEAT",
        "ACTION",
        "VERSION",
        "PRODID",
        "METHOD",
        "CALSCALE",
        "BEGIN",
        "END",
        "FREEBUSY",
        "REQUEST-STATUS",
        "TZID",
        "CONFERENCE-ID",
        "ACKNOWLEDGED",
        "X-WR-RELCALID",
        "X-WR-ALARMUID",
        "X-ALARMUID",
        "X-WR-TIMEZONE",
        "DCREATED",
        "TZ",
        "DAYLIGHT",
        "REFRESH-INTERVAL",
        "X-PUBLISHED-TTL",
        "SOURCE",
    }
)
_ALARMS = frozenset({"DALARM", "AALARM", "MALARM", "PALARM"})
_SPAN = re.compile(r"\d{1,3}|P[0-9TDHMSW]*|\d{8}T\d{4,6}Z?")
_ID_LIKE = re.compile(r"(?:-|^)(?:UID|ID|GUID|UUID|ETAG)$")
_PEOPLE = {"ORGANIZER": Role.ORGANIZER, "ATTENDEE": Role.ATTENDEE, "CALENDAR-ADDRESS": Role.ATTENDEE}
_OTHERS = ("SENT-BY", "DELEGATED-TO", "DELEGATED-FROM", "MEMBER")


_Files = defaultdict[Steps, list[Nested]]  # by the steps of the record they stand in


@dataclass(slots=True)
class _Component:
    kind: str
    uid: str = ""
    number: int = 0
    found: list[Line] = field(default_factory=list)

    def add(self, line: Line, *, own: bool) -> None:
        """A line of this component (`own`) or of one inside it (an alarm)."""
        if own and line.name == "UID":
            self.uid = self.uid or unescape(line.value).strip()
        self.found.append(line)


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    del limits
    data = blob.data()
    records: dict[tuple[str, ...], Record] = {}
    nested: _Files = defaultdict(list)
    for component in _components(lines(data, keep_folds=b"VERSION:1.0" in data[:2048].upper())):
        steps: tuple[str, ...] = ()
        if component.kind:
            uid = component.uid or f"#{component.number}"
            steps = (f"{component.kind} {uid}",)
        record = records.setdefault(steps, Record(steps, component.kind or "file"))
        for line in component.found:
            _read(line, record, nested, blob.limit)
    for record in records.values():
        if record.steps or record.texts or record.entities:
            yield _tidied(record)
    for files in nested.values():
        yield from files


FORMAT = Format(
    "ics",
    2,
    "own reader",
    _extract,
    records="`event UID`, `todo UID`, journals and free/busy times",
    entities="organizer, attendee",
    editable="events and to-dos; an attendee of others' events; passages, on decision",
    limits="UIDs and links",
)


def _components(found: Iterator[Line]) -> Iterator[_Component]:
    """Events and their like with all that is inside them; the rest of the file as one without a kind."""
    root = _Component("")
    current: _Component | None = None
    inside: list[str] = []  # components open within `current`, or within the file
    number = 0
    for line in found:
        name = line.value.strip().upper() if line.name in ("BEGIN", "END") else ""
        starts = line.name == "BEGIN" and name in _KINDS
        if current and (starts or _ends(line, name, current)):  # one event is never inside another
            yield current
            current = None
        if starts:
            number += 1
            current, inside = _Component(_KINDS[name], number=number), []
        elif name:
            _nest(inside, line.name, name)
        elif current is not None:
            current.add(line, own=not inside)
        elif not _SILENT.intersection(inside):
            root.found.append(line)
    if current:
        yield current
    yield root


def _ends(line: Line, name: str, current: _Component) -> bool:
    return line.name == "END" and (_KINDS.get(name) == current.kind or name == "VCALENDAR")


def _nest(inside: list[str], what: str, name: str) -> None:
    if what == "BEGIN":
        inside.append(name)
    elif name in inside:
        del inside[inside.index(name) :]


def _tidied(record: Record) -> Record:
    """Each person and text once: the instances of a series repeat them."""
    people = {(entity.role, tuple(entity.facts)): entity for entity in record.entities}
    record.entities = list(people.values())
    record.texts = list(dict.fromkeys(record.texts))
    return record


# One line


def _read(line: Line, record: Record, nested: _Files, limit: int) -> None:
    role = _PEOPLE.get(line.name)
    if role:
        record.entities.extend(_people(line, role))
        for text in (line.parameter("DIR"), line.parameter("X-ADDRESS")):
            if text:
                record.texts.append((Role.BODY, unquote(text)))
    elif line.name == "ATTACH" or line.binary:
        _attachment(line, record, nested, limit)
    elif line.name in _ALARMS:  # vCalendar 1.0, 2.3: when; how often; how many times; what, to whom, with which words
        said = " ".join(part for part in components(line.value)[1:] if part and not _SPAN.fullmatch(part))
        record.texts.extend([(Role.BODY, said)] if said else [])
    elif line.name not in _DULL and not _ID_LIKE.search(line.name) and not line.binary:
        text = unescape(line.raw or line.value)
        if line.parameter("FMTTYPE").lower() == "text/html" or line.name == "X-ALT-DESC":
            text = html.render(text)
        if line.name.startswith(("X-", "LOCATION", "CONTACT")):
            text = "\n".join([text, *_said(line)])
        if text.strip():
            record.texts.append((Role.SUBJECT if line.name == "SUMMARY" else Role.BODY, text))


def _said(line: Line) -> Iterator[str]:
    """Parameters of extensions that hold words, such as X-TITLE and X-ADDRESS."""
    for name, values in line.parameters.items():
        if name.startswith("X-") or name in ("CN", "EMAIL"):
            yield from (value.replace("\\n", "\n") for value in values)


def _people(line: Line, role: Role) -> Iterator[Entity]:
    value = unescape(line.value).strip().strip('"')
    facts = _address(value)
    email = line.parameter("EMAIL").strip()
    if email:
        facts.extend(_address(email))
    name = " ".join(line.parameter("CN").replace("\\,", ",").split()).strip("\"'")
    name = encoded.words(name)
    if "@" in name:
        if name.lower() not in {fact.value.lower() for fact in facts}:
            yield from addresses.entities(name, role)
    elif name:
        facts.append(Fact(IdType.NAME, name))
    if not facts and value and ":" not in value.split("@")[0]:
        yield from addresses.entities(value, role)
    if facts:
        yield Entity(role, list(dict.fromkeys(facts)))
    for other in _OTHERS:
        for one in line.parameters.get(other, ()):
            if found := _address(one):
                yield Entity(Role.ATTENDEE if other != "SENT-BY" else role, found)


def _address(value: str) -> list[Fact]:
    scheme, colon, rest = value.partition(":")
    scheme = scheme.strip().lower()
    if colon and scheme == "tel":
        return [Fact(IdType.PHONE, unquote(rest))]
    if not colon:
        rest = value
    elif scheme not in ("mailto", "smtp"):
        return []
    rest = unquote(rest.split("?", 1)[0]).strip()
    if colon:
        rest = "".join(rest.split())  # some fold with more white space than is taken away
    return [Fact(IdType.EMAIL, rest)] if "@" in rest and not any(mark in rest for mark in " <,;") else []


def _attachment(line: Line, record: Record, nested: _Files, limit: int) -> None:
    """A file inside the event; a link is only its name."""
    name = line.parameter("FILENAME") or line.parameter("X-FILENAME") or line.parameter("X-APPLE-FILENAME")
    if not line.binary:
        if name:
            record.texts.append((Role.FILENAME, name))
        return
    data, _ = encoded.base64(line.binary)
    mine = nested[record.steps]
    name = name or "part.bin"
    kind = line.parameter("FMTTYPE").lower() or None
    steps = (*record.steps, f"attachment {len(mine) + 1}: {name}")
    mine.append(Nested(steps, Blob(data, name, media_type=kind, limit=limit), "attachment"))
