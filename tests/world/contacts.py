"""telefoner/: what phones export. Android writes vCard 2.1, an iPhone 3.0, newer programs 4.0."""

from __future__ import annotations

import quopri

from tests.world.model import Person
from tests.world.papers import cards, fold
from tests.world.site import Site
from tests.world.truth import Draft

Card = tuple[str, Draft]


def phones(site: Site) -> None:
    """Three phones' exports, each with part of the customers, and two cards of one person each."""
    buyers = site.cast.buyers
    site.file("telefoner", "Samsung Erik/kontakter.vcf", cards([android(one) for one in buyers[::3]]))
    site.file("telefoner", "iPhone Maria/contacts.vcf", cards([iphone(one) for one in buyers[1::3]]))
    site.file("telefoner", "Nextcloud/adressbok.vcf", cards([modern(one, site) for one in buyers[2::3]]))
    for one in buyers[:2]:
        site.file("telefoner", f"enskilda/{one.id}.vcf", cards([modern(one, site)]))


def android(one: Person) -> Card:
    """vCard 2.1 with quoted-printable values."""
    draft = Draft()
    last, first = draft.entity("{a.last}", one), one.first
    lines = [
        "BEGIN:VCARD",
        "VERSION:2.1",
        _quoted("N", f"{last};{first};;;"),
        _quoted("FN", draft.entity("{a.name}", one)),
        *([f"TEL;CELL;PREF:{draft.entity('{a.phone_plain}', one)}"] if one.phones else []),
        *([f"EMAIL;HOME:{draft.entity('{a.email}', one)}"] if one.emails else []),
        "END:VCARD",
    ]
    return "".join(line + "\r\n" for line in lines), draft


def iphone(one: Person) -> Card:
    """vCard 3.0 with grouped properties."""
    draft = Draft()
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "PRODID:-//Apple Inc.//iPhone OS 17.4//EN",
        f"N:{one.last};{one.first};;;",
        f"FN:{draft.entity('{a.name}', one)}",
        *([f"item1.EMAIL;type=INTERNET;type=pref:{draft.entity('{a.email}', one)}"] if one.emails else []),
        *([f"TEL;type=CELL;type=VOICE:{draft.entity('{a.phone_trunk}', one)}"] if one.phones else []),
        f"item2.ADR;type=HOME:;;{draft.entity('{a.street}', one)};{one.city};;{one.postcode};Sverige",
        "END:VCARD",
    ]
    return "".join(fold(line) for line in lines), draft


def modern(one: Person, site: Site) -> Card:
    """vCard 4.0; a relative is named in it by name."""
    draft = Draft()
    related = [
        other for other in site.cast.all for tie in one.relations if tie.other == other.id and tie.kind != "namesake"
    ]
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"UID:urn:uuid:00000000-0000-4000-8000-{sum(one.id.encode()):012d}",
        f"N:{one.last};{one.first};;;",
        f"FN:{draft.entity('{a.name}', one)}",
        *([f"EMAIL;PREF=1:{draft.entity('{a.email}', one)}"] if one.emails else []),
        *([f"TEL;VALUE=uri;TYPE=cell:tel:{draft.entity('{a.phone_plus}', one)}"] if one.phones else []),
        *(f"RELATED;TYPE=contact;VALUE=text:{draft.say('{b.name}', b=other)}" for other in related),
        "END:VCARD",
    ]
    return "".join(fold(line) for line in lines), draft


def _quoted(name: str, value: str) -> str:
    if value.isascii():
        return f"{name}:{value}"
    return f"{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quopri.encodestring(value.encode()).decode()}"
