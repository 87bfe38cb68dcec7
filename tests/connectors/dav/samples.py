"""Calendar objects and cards as clients write them, about made-up people."""

from __future__ import annotations

import base64
import hashlib

MAJA, BO, EVA = "maja@blomqvist.example", "bo@dal.example", "eva@lind.example"
OUR = "info@invex.example"


def event(uid: str, summary: str = "Genomgång", *lines: str, override: tuple[str, ...] = (), who: str = OUR) -> bytes:
    """A meeting that `who` (or nobody) organises; with `override`, weekly, and one instance with lines of its own."""
    master = _component(
        uid, summary, who, "DTSTART:20270104T090000Z", *(("RRULE:FREQ=WEEKLY;COUNT=4",) if override else ()), *lines
    )
    parts = [master]
    if override:
        day = ("RECURRENCE-ID:20270111T090000Z", "DTSTART:20270111T130000Z")
        parts.append(_component(uid, f"{summary} (flyttad)", who, *day, *override))
    return _joined("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Invex//Test//SV", *parts, "END:VCALENDAR")


def attendee(address: str, name: str, **params: str) -> str:
    extra = "".join(f";{key.replace('_', '-')}={value}" for key, value in params.items())
    return f'ATTENDEE;CN="{name}"{extra}:mailto:{address}'


def card(uid: str, name: str, address: str, *lines: str) -> bytes:
    first, _, last = name.partition(" ")
    own = (f"UID:{uid}", f"FN:{name}", f"N:{last};{first};;;", f"EMAIL;TYPE=INTERNET:{address}", *lines)
    return _joined("BEGIN:VCARD", "VERSION:3.0", *own, "END:VCARD")


def photo(seed: str) -> str:
    data = b"".join(hashlib.sha256(f"{seed} {number}".encode()).digest() for number in range(200))
    return "PHOTO;ENCODING=B;TYPE=JPEG:" + base64.b64encode(b"\xff\xd8\xff\xe0" + data).decode()


def group(uid: str, name: str, *members: str) -> bytes:
    inside = (f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{one}" for one in members)
    lines = (f"UID:{uid}", f"FN:{name}", f"N:{name};;;;", "X-ADDRESSBOOKSERVER-KIND:group", *inside)
    return _joined("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD")


def without_line(content: bytes, start: bytes) -> bytes:
    """The content without the last logical line that begins so, with what it goes on in."""
    lines = content.split(b"\r\n") if b"\r\n" in content else content.split(b"\n")
    first = max(number for number, line in enumerate(lines) if line.startswith(start))
    end = first + 1
    while lines[end][:1] in (b" ", b"\t"):
        end += 1
    return (b"\r\n" if b"\r\n" in content else b"\n").join(lines[:first] + lines[end:])


def _component(uid: str, summary: str, who: str, *lines: str) -> str:
    organizer = (f"ORGANIZER;CN=Info:mailto:{who}",) if who else ()
    own = (f"UID:{uid}", "DTSTAMP:20261101T080000Z", f"SUMMARY:{summary}", *organizer)
    return "\r\n".join(("BEGIN:VEVENT", *own, *lines, "END:VEVENT"))


def _joined(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()
