"""Calendars and cards in a writing that does not depend on who wrote them down (RFC 5545, 3.1; RFC 6350, 3.2).

Servers read what they are given into a model and write the model: Radicale and Xandikos fold anew, sort properties
and parameters, quote or unquote, join `TYPE=a;TYPE=b`, sort the parts of a rule. What a server itself counts or stamps
(DTSTAMP, LAST-MODIFIED, REV, SEQUENCE, SCHEDULE-STATUS, definitions of time zones) is left out, and only where its
value has the form of a time, a number or a zone: a value in which a name could stand is always part of the writing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

_STAMP = r"\d{4}-?\d\d-?\d\d(?:T\d\d:?\d\d:?\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?"
_OFFSET = r"[+-]\d{4}(?:\d\d)?"
_ZONE = r"(?:/[a-z0-9._-]{1,40}/[A-Za-z0-9._-]{1,40}/)?[A-Z][A-Za-z_+0-9-]{1,30}(?:/[A-Z][A-Za-z_+0-9-]{1,30}){0,2}"

# Written by servers at will, or the same as not written (RFC 5545: the defaults of CLASS, TRANSP, PRIORITY, CALSCALE).
_AT_WILL = {
    "DTSTAMP": re.compile(_STAMP),
    "CREATED": re.compile(_STAMP),
    "LAST-MODIFIED": re.compile(_STAMP),
    "REV": re.compile(_STAMP),
    "SEQUENCE": re.compile(r"\d{1,6}"),
    "TRANSP": re.compile("OPAQUE"),
    "CLASS": re.compile("PUBLIC"),
    "PRIORITY": re.compile("0"),
    "CALSCALE": re.compile("GREGORIAN"),
    "PRODID": re.compile(
        r"[-+]//(?:Radicale|PYVOBJECT|Xandikos|Sabre|SabreDAV|Nextcloud|ownCloud|CyrusIMAP\.org|Cyrus|Apple Inc\.|"
        r"CALENDARSERVER\.ORG|Google Inc|Zimbra|Inverse inc\.|DAViCal\.org|Kerio|Stalwart Labs[A-Za-z .]{0,9})//"
        r"[A-Za-z0-9 ./_-]{0,60}(?://[A-Z]{2})?"
    ),
}
_IN_ZONES = {
    "TZID": re.compile(_ZONE),
    "TZNAME": re.compile(r"[A-Z]{2,5}|" + _OFFSET + r"|[+-]\d\d"),
    "X-LIC-LOCATION": re.compile(_ZONE),
    "TZOFFSETFROM": re.compile(_OFFSET),
    "TZOFFSETTO": re.compile(_OFFSET),
    "DTSTART": re.compile(_STAMP),
    "RDATE": re.compile(_STAMP),
    "RRULE": re.compile(r"[A-Z0-9=;,:+-]{1,200}"),
}
_ZONES = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_PARAMETERS = {
    "SCHEDULE-STATUS": re.compile(r"[0-9.,]{1,40}"),
    "SCHEDULE-FORCE-SEND": re.compile("REQUEST|REPLY"),
    "CHARSET": re.compile("utf-8", re.I),
    "VALUE": re.compile("TEXT|DATE-TIME|URI", re.I),
}
_ENCODINGS = frozenset({"QUOTED-PRINTABLE", "BASE64", "7BIT", "8BIT", "B", "Q"})
_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_LINE = re.compile(r"\r\n|\n|\r")
_NAME = re.compile(r"(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9-]+)(?=[;:])")
_PARAMETER = re.compile(r';([^=;:",]+)(?:=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*))?')
_ESCAPE = re.compile(r"\\(.)", re.S)


@dataclass(slots=True)
class _Component:
    name: str
    lines: list[str] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)

    def written(self) -> str:
        return json.dumps([self.name, sorted(self.lines), sorted(self.inner)])


def canonical(content: bytes) -> bytes:
    """The same for two contents that differ only in how a server writes them. Bytes that are no text survive."""
    text = _FOLD.sub(b"", content.removeprefix(b"\xef\xbb\xbf")).decode("utf-8", "surrogateescape")
    open_: list[_Component] = [_Component("")]
    around: list[str] = []
    for line in _LINE.split(text):
        if not line.strip():
            continue
        name, _, value = line.partition(":")
        name, value = name.strip().upper(), value.strip().upper()
        if name == "BEGIN":
            open_.append(_Component(value))
        elif name == "END" and len(open_) > 1 and open_[-1].name == value:
            _close(open_, around)
        elif len(open_) == 1:
            around.append(line)  # in no component: as it is, where it is
        else:
            open_[-1].lines += _property(line, open_[-1].name in _ZONES)
    torn = [one.written() for one in open_[1:]]
    return json.dumps([around, torn]).encode("ascii")


def _close(open_: list[_Component], around: list[str]) -> None:
    done = open_.pop()
    if done.name in _ZONES and not done.lines and not done.inner:
        return  # nothing but what any zone of that name says
    if len(open_) == 1:
        around.append(done.written())
    else:
        open_[-1].inner.append(done.written())


def _property(line: str, in_zone: bool) -> list[str]:
    """How the line reads; nothing for what servers write at will; several where a line holds several dates."""
    match = _NAME.match(line)
    if match is None:
        return [line]
    group, name = (match.group(1) or "").upper(), match.group(2).upper()
    place = match.end()
    parameters: dict[str, set[str]] = {}
    while found := _PARAMETER.match(line, place):
        _add(parameters, found.group(1).upper(), found.group(2))
        place = found.end()
    if line[place : place + 1] != ":":
        return [line]
    value = line[place + 1 :]
    at_will = _AT_WILL.get(name) or (_IN_ZONES.get(name) if in_zone else None)
    if at_will is not None and not parameters and not group and at_will.fullmatch(value.strip()):
        return []
    values = value.split(",") if name in ("EXDATE", "RDATE") else [_value(name, value, parameters)]
    kept = sorted((key, sorted(one)) for key, one in parameters.items())
    return [json.dumps([group, name, kept, one]) for one in values]


def _add(parameters: dict[str, set[str]], name: str, value: str | None) -> None:
    if value is None:  # vCard 2.1: `TEL;HOME`
        name, value = ("ENCODING", name) if name in _ENCODINGS else ("TYPE", name)
    bare = value.replace('"', "")
    ignored = _PARAMETERS.get(name)
    if ignored is not None and ignored.fullmatch(bare):
        return
    values = {bare}
    if name in ("TYPE", "ENCODING"):
        values = {{"base64": "b"}.get(one, one) for one in bare.lower().split(",")}
    parameters.setdefault(name, set()).update(values)


def _value(name: str, value: str, parameters: dict[str, set[str]]) -> str:
    if "b" in parameters.get("ENCODING", ()):
        return "".join(value.split())
    if name in ("RRULE", "EXRULE"):
        return ";".join(sorted(value.strip().upper().rstrip(";").split(";")))
    return _ESCAPE.sub(lambda found: "\n" if found.group(1) in "nN" else found.group(1), value)
