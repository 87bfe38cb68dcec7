"""Parts of the company as servers keep them: one event or to-do an object (RFC 4791, 4.1), one card (RFC 6352, 5.1)."""

from __future__ import annotations

import re

_EVENT = re.compile(rb"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", re.S)
_CARD = re.compile(rb"BEGIN:VCARD\r\n.*?END:VCARD\r\n", re.S)
_UID = re.compile(rb"^UID:(.*)\r\n", re.M)
_HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Invex//Kalender//SV\r\n"


def events(calendar: bytes) -> dict[str, bytes]:
    """Each event of a calendar by its UID, as a calendar of its own."""
    found: dict[str, bytes] = {}
    for event in _EVENT.findall(calendar):
        found[uid_of(event)] = found.get(uid_of(event), b"") + event
    return {uid: _HEAD + event + b"END:VCALENDAR\r\n" for uid, event in found.items()}


def cards(book: bytes, prefix: str) -> dict[str, bytes]:
    """Each card of a file by its UID; one that has none is given one that begins with `prefix`."""
    found = {}
    for number, card in enumerate(_CARD.findall(book), 1):
        named = (
            card
            if _UID.search(card)
            else card.replace(b"END:VCARD", b"UID:%s-%d\r\nEND:VCARD" % (prefix.encode(), number))
        )
        found[uid_of(named)] = named
    return found


def uid_of(text: bytes) -> str:
    """The UID of a card or an event."""
    match = _UID.search(text)
    assert match is not None
    return match[1].decode()
