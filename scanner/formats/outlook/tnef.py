"""Outlook's `winmail.dat` ([MS-OXTNEF]): the message as Exchange wraps it up for others, and what is attached to it.

Own reader: attributes one after another, of which the MAPI properties tell most. Check sums are not looked at, since a
message with a wrong one is still there to be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.base import GapReason
from scanner.blob import Blob
from scanner.formats.base import Format, Found, Nested
from scanner.formats.outlook import mapi, mapi_attach, mapi_ids
from scanner.formats.outlook.mapi_people import People
from scanner.formats.outlook.mapi_values import BINARY, STRING8, Properties, codepage
from scanner.formats.outlook.tnef_properties import Reader
from scanner.limits import Limits
from scanner.records import Record, Role, Unread

_ATTACHED = 0x69002  # attAttachRenddata: an attachment begins
_DATA, _TITLE, _NAME, _PROPERTIES = 0x6800F, 0x18010, 0x69001, 0x69005
_MESSAGE, _RECIPIENTS, _CODEPAGE = 0x69003, 0x69004, 0x69007
_FROM = 0x08000
_OWNERS = {0x60000: Role.OWNER, 0x60001: Role.REPLY_TO}  # attOwner, attSentFor
_STRINGS = {0x18004: mapi_ids.SUBJECT, 0x2800C: mapi_ids.BODY}
# attMessageID, -ParentID, -ConversationID, classes of the message: ids and names of kinds.
_DULL = frozenset({0x18009, 0x1800A, 0x1800B, 0x70600, 0x78008})
_STRING, _TEXT, _TRIPLES = 1, 2, 0
_INNER, _STORAGE = b"\x07\x03\x02\0", b"\x0b\0\0\0"  # how the ids of IMessage and IStorage begin


def _extract(blob: Blob, limits: Limits) -> Iterator[Found]:
    message = _Message(limits)
    broken = message.read(blob.data())
    extra = [text for one in message.attached for text in mapi_attach.texts_of(one.found)]
    for found in mapi.message(message.found, message.recipients, (), extra):
        if isinstance(found, Record):
            found.entities += message.people.settled()
        yield found
    for number, one in enumerate(message.attached, 1):
        yield from _attachment(one, number, blob.limit)
    if broken or message.broken:
        yield Unread((), GapReason.UNREADABLE, "broken TNEF")


FORMAT = Format(
    "tnef",
    1,
    "own reader",
    _extract,
    records="the message, `attachment N: NAME`",
    entities="from, sender, to, cc, bcc, reply-to, organizer, attendee, author, owner of a card or task, related",
    limits="ids, time zones, search keys and pictures of icons",
)


@dataclass(slots=True)
class _Attached:
    """One attachment while it is read."""

    found: Properties
    data: bytes | None = None


@dataclass(slots=True)
class _Message:
    """What the attributes tell."""

    limits: Limits
    found: Properties = field(default_factory=Properties)
    recipients: list[Properties] = field(default_factory=list)
    attached: list[_Attached] = field(default_factory=list)
    people: People = field(default_factory=People)
    broken: bool = False

    def read(self, data: bytes) -> bool:
        """Every attribute (2.1.3). True if the data end within one."""
        place = 6
        while place + 9 <= len(data):
            attribute = int.from_bytes(data[place + 1 : place + 5], "little")
            size = int.from_bytes(data[place + 5 : place + 9], "little")
            value = data[place + 9 : place + 9 + size]
            place += 11 + size
            if data[place - 11 - size] == 2:
                self._of_attachment(attribute, value)
            else:
                self._of_message(attribute, value)
        return place > len(data) or len(data) < 17

    def _of_message(self, attribute: int, value: bytes) -> None:
        if attribute == _CODEPAGE:
            self.found.charset = self.found.charset or codepage(int.from_bytes(value[:4], "little"))
        elif attribute == _MESSAGE:
            self._properties(value, self.found)
        elif attribute == _RECIPIENTS:
            reader = Reader(value)
            self.recipients += reader.rows(self.found.charset, self.limits.members)
            self.broken = self.broken or reader.broken
        elif attribute == _FROM:
            self._from(value)
        elif attribute in _OWNERS:
            name, address = _counted(value)
            self._person(_OWNERS[attribute], name, address)
        elif attribute in _STRINGS:
            self.found.add(_STRINGS[attribute], STRING8, value)
        elif attribute not in _DULL:
            self._other(attribute, value, self.found)

    def _of_attachment(self, attribute: int, value: bytes) -> None:
        if len(self.attached) > self.limits.members:  # the item is too large for its limits anyway
            self.broken = True
            return
        if attribute == _ATTACHED or not self.attached:
            self.attached.append(_Attached(Properties(self.found.charset)))
        one = self.attached[-1]
        if attribute == _PROPERTIES:
            self._properties(value, one.found)
        elif attribute == _DATA:
            one.data = value
        elif attribute in (_TITLE, _NAME):
            one.found.add("title", STRING8, value)
        elif attribute != _ATTACHED:
            self._other(attribute, value, one.found)

    def _properties(self, value: bytes, found: Properties) -> None:
        reader = Reader(value)
        reader.properties(found)
        self.broken = self.broken or reader.broken

    def _other(self, attribute: int, value: bytes, found: Properties) -> None:
        kind = attribute >> 16
        if kind in (_STRING, _TEXT):
            found.add(f"attribute {attribute:x}", STRING8, value)
        elif kind in (_TRIPLES, 6):
            found.add(f"attribute {attribute:x}", BINARY, value)

    def _from(self, value: bytes) -> None:
        """A sender (attFrom, 2.1.3.3.13.1): four numbers, a display name, `SMTP:address`."""
        sizes = [int.from_bytes(value[place : place + 2], "little") for place in (4, 6)]
        name, address = value[8 : 8 + sizes[0]], value[8 + sizes[0] : 8 + sum(sizes)]
        self._person(Role.FROM, name, address)

    def _person(self, role: Role, name: bytes, address: bytes) -> None:
        plain = Properties(self.found.charset)
        plain.add("name", STRING8, name)
        plain.add("address", STRING8, address)
        kind, colon, rest = plain.text("address").partition(":")
        self.people.person(role, plain.text("name"), kind if colon else "", rest if colon else kind)


def _counted(value: bytes) -> tuple[bytes, bytes]:
    """Two strings, each behind its size (attOwner, 2.1.3.3.14)."""
    size = int.from_bytes(value[:2], "little")
    rest = value[2 + size :]
    return value[2 : 2 + size], rest[2 : 2 + int.from_bytes(rest[:2], "little")]


def _attachment(one: _Attached, number: int, limit: int) -> Iterator[Found]:
    found = one.found
    if not found.text(0x3707) and "title" in found:
        found.add(0x3707, STRING8, found.data("title") or b"")
    steps = mapi_attach.steps_of(found, number)
    data = found.data(mapi_ids.ATTACH_DATA)
    if data is not None and data.startswith(_INNER):
        blob = Blob(data[16:], mapi_attach.name_of(found), media_type="application/ms-tnef", limit=limit)
        yield Nested(steps, blob, "message")
        return
    if data is not None and data.startswith(_STORAGE) and found.number(mapi_ids.ATTACH_METHOD) == mapi_attach.OLE:
        data = data[16:]
    data = one.data if data is None else data
    if data is None:
        yield Record(steps, "attachment", [(Role.FILENAME, mapi_attach.name_of(found))])
        if not mapi_attach.is_linked(found):
            yield Unread(steps, GapReason.UNREADABLE, "its data is not there")
        return
    yield from mapi_attach.nested(found, Blob(data, "part.bin", limit=limit), steps)
