"""kalender/: meetings with customers, one-to-ones, and the meeting where everybody is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.world.model import Person, Staff
from tests.world.papers import calendar, fold
from tests.world.site import Site
from tests.world.truth import Draft

Event = tuple[str, str, Draft]


def meetings(site: Site) -> None:
    """A calendar for each of two staff members, one invitation by itself, and the all-staff meeting."""
    buyers, staff = site.cast.buyers, site.staff
    for number, host in enumerate(staff[:2]):
        events = []
        for index, one in enumerate(buyers[number::2]):
            guests = [one, *([buyers[(index * 7 + 3) % len(buyers)]] if index % 4 == 3 else [])]
            uid = f"{number}{index:05d}@kalender.invex.example"
            events.append(event(uid, host, list(dict.fromkeys(guests)), site.day(), notes=index % 3 == 0))
        site.file("kalender", f"{host.first.lower()}.ics", calendar(events))
    one = buyers[0]
    single = event("enskilt-1@kalender.invex.example", staff[2], [one], site.day(), notes=True)
    site.file("kalender", "inbjudan.ics", calendar([single]))
    everybody = event("alla-1@kalender.invex.example", staff[0], [], site.day(), staff=staff[1:])
    mentioned = _mention(buyers[1], staff[3], site.day())
    site.file("kalender", "gemensam.ics", calendar([everybody, mentioned]))


def event(
    uid: str, host: Staff, guests: Sequence[Person], when: datetime, *, notes: bool = False, staff: Sequence[Staff] = ()
) -> Event:
    """A meeting; guests without an e-mail come by name only."""
    draft = Draft()
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{when:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{when:%Y%m%dT%H%M%SZ}",
        f"DTEND:{when + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        "SUMMARY:" + ("Personalmöte" if staff else "Platsbesök"),
        draft.say("ORGANIZER;CN={a.name}:mailto:{a.email}", a=host),
        *(draft.say("ATTENDEE;CN={a.name};PARTSTAT=ACCEPTED:mailto:{a.email}", a=other) for other in staff),
        *(_attendee(draft, guest) for guest in guests),
    ]
    if notes and guests:
        lines.append(draft.say("DESCRIPTION:Ring {a.name} först\\, {a.phone}\\, om porten är låst.", a=guests[0]))
    lines.append("END:VEVENT")
    return uid, "".join(fold(line) for line in lines), draft


def _attendee(draft: Draft, guest: Person) -> str:
    name = draft.entity("{a.name}", guest)
    mail = draft.entity("mailto:{a.email}", guest) if guest.emails else "invalid:nomail"
    return f'ATTENDEE;CN="{name}";PARTSTAT=NEEDS-ACTION:{mail}'


def _mention(one: Person, host: Staff, when: datetime) -> Event:
    """Somebody is talked about in a meeting they are not invited to."""
    uid, text, draft = event("om-1@kalender.invex.example", host, [], when, staff=[host])
    line = fold(draft.say("DESCRIPTION:Reklamation från {a.name}.", a=one))
    return uid, text.replace("END:VEVENT", line + "END:VEVENT"), draft
