"""Contacts and distribution lists ([MS-OXOCNTC]): one person, the owner of the card, and the members of a list."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.formats.outlook import mapi_entry
from scanner.formats.outlook.mapi_people import People
from scanner.formats.outlook.mapi_values import Properties
from scanner.records import Fact, IdType, Role

_GIVEN, _MIDDLE, _SURNAME, _NAME, _NICKNAME = 0x3A06, 0x3A44, 0x3A11, 0x3001, 0x3A4F
_EMAILS = (0x8080, 0x8090, 0x80A0)  # each: display name, then at +2 type, +3 address, +4 original name, +5 entry id
_FAXES = (0x80B0, 0x80C0, 0x80D0)
PHONES = (
    0x3A02,  # callback
    0x3A08,  # business
    0x3A09,  # home
    0x3A1A,
    0x3A1B,
    0x3A1C,  # mobile
    0x3A1D,
    0x3A1E,
    0x3A1F,
    0x3A21,  # pager
    0x3A23,  # faxes
    0x3A24,
    0x3A25,
    0x3A2C,
    0x3A2D,
    0x3A2F,
    0x3A4B,
)
# Street, box, postal code, city, state, and where the same is written in one.
_ADDRESSES = (
    (0x8045, 0x804A, 0x8048, 0x8046, 0x8047, 0x801B),
    (0x3A5D, 0x3A5E, 0x3A5B, 0x3A59, 0x3A5C, 0x801A),
    (0x3A63, 0x3A64, 0x3A61, 0x3A5F, 0x3A62, 0x801C),
    (0x3A29, 0x3A2B, 0x3A2A, 0x3A27, 0x3A28, 0x3A15),
)
_BIRTHDAYS = (0x80DE, 0x3A42)  # the local one first
_MESSAGING = 0x8062
_CUSTOMER, _GOVERNMENT = 0x3A4A, 0x3A07
_MEMBERS = (0x8054, 0x8055)  # as entry ids of addresses, and of contacts


def contact(people: People, found: Properties) -> None:
    """The person of a card, with all that is typed."""
    facts = [*_names(found), *_mails(people, found), *_phones(found)]
    facts += [Fact(IdType.ADDRESS, address) for keys in _ADDRESSES for address in _address(found, keys)]
    facts += [Fact(IdType.BIRTH_DATE, day) for day in [found.day(key) for key in _BIRTHDAYS] if day][:1]
    for key, kind in ((_CUSTOMER, IdType.CUSTOMER_NUMBER), (_GOVERNMENT, IdType.NATIONAL_ID)):
        facts += [Fact(kind, value) for value in found.texts(key)]
    people.add(Role.OWNER, facts)


def members(people: People, found: Properties) -> None:
    """The members of a distribution list."""
    for key in _MEMBERS:
        for entry in found.pieces(key):
            box = mapi_entry.box(entry, found.charset)
            if box:
                people.person(Role.RELATED, *box)


def phones(found: Properties) -> list[Fact]:
    """Telephone and fax numbers of a recipient or a card."""
    return list(_phones(found))


def _names(found: Properties) -> Iterator[Fact]:
    given, middle, surname = (found.text(key).strip() for key in (_GIVEN, _MIDDLE, _SURNAME))
    short = " ".join(part for part in (given, surname) if part)
    full = " ".join(part for part in (given, middle, surname) if part)
    for shown in (found.text(_NAME), short, full, found.text(_NICKNAME)):
        name = " ".join(shown.split())
        if name:
            yield Fact(IdType.EMAIL if "@" in name and " " not in name else IdType.NAME, name)


def _mails(people: People, found: Properties) -> Iterator[Fact]:
    """The owner's addresses. What Outlook shows for one is left to the text: it may be any name."""
    for first in _EMAILS:
        entry = found.data(first + 5)
        box = mapi_entry.box(entry, found.charset) if entry else None
        values = [found.text(first + 3), found.text(first + 4), box.address if box else ""]
        for value in dict.fromkeys(value.strip() for value in values):
            if "@" in value and " " not in value:
                yield Fact(IdType.EMAIL, value)
            elif value:
                people.traces.append(value)
    messaging = found.text(_MESSAGING).strip()
    if "@" in messaging and " " not in messaging:
        yield Fact(IdType.EMAIL, messaging)


def _phones(found: Properties) -> Iterator[Fact]:
    for key in PHONES:
        for value in found.texts(key):
            yield Fact(IdType.PHONE, value)
    for first in _FAXES:
        number = found.text(first + 3).rpartition("@")[2].strip()
        if number:
            yield Fact(IdType.PHONE, number)


def _address(found: Properties, keys: tuple[int, ...]) -> list[str]:
    *parts, whole = [" ".join(found.text(key).split()) for key in keys]
    street, box, code, city, _ = parts
    joined = " ".join(part for part in (street, box, code, city) if part)
    return [joined] if street or box else [whole] if whole else []
