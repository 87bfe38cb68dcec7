"""Made-up calendars whose every byte is known: series with changed instances, to-dos, alarms, time zones, odd UIDs."""

from __future__ import annotations

from random import Random

from tests.scanner.surgery.make_vcard import GIVEN, Made, ended, fold

KINDS = (("VEVENT", "event"), ("VTODO", "todo"), ("VJOURNAL", "journal"), ("VFREEBUSY", "freebusy"))
UIDS = ("u{}@id.example", "*{}", "% {}", "[x]{}..", "-{}", "Å{}", "040000008200E00074C5B7101A82E008{:020}", "a\\,b{}")
ZONE = ["BEGIN:VTIMEZONE", "TZID:Europe/Stockholm", "BEGIN:STANDARD", "DTSTART:16010101T030000", "TZNAME:Möte"]
ZONE += ["TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"]


def make(rng: Random, count: int) -> Made:
    """A calendar file of `count` components; some are instances of the same series, some events have no UID."""
    ends = rng.choice(((b"\r\n",), (b"\n",), (b"\r\n", b"\n")))
    records: list[bytes] = []
    steps: list[tuple[str, ...]] = []
    top = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Made//SV", "X-WR-CALNAME:Årets möten", *ZONE]
    between = [ended(top, rng, ends)]
    for number in range(1, count + 1):
        name, kind, uid, more = _known(rng, number, steps)
        records.append(ended(component(rng, name, uid, more), rng, ends))
        steps.append((f"{kind} {uid.replace(chr(92), '')}",) if uid else (f"event #{number}",))
        between.append(ended(_after(rng), rng, ends))
    between[-1] += ended(["END:VCALENDAR"], rng, ends)
    return Made(records, between, steps)


def _known(rng: Random, number: int, steps: list[tuple[str, ...]]) -> tuple[str, str, str, list[str]]:
    """Kind and UID: new ones, or those of an instance of a series that is there already."""
    if steps and rng.random() < 0.2:
        kind, uid = rng.choice(steps)[0].split(" ", 1)
        if not uid.startswith("#"):
            name = next(name for name, word in KINDS if word == kind)
            return name, kind, uid.replace(",", "\\,"), ["RECURRENCE-ID:20270101T090000Z"]
    if rng.random() < 0.1:
        return "VEVENT", "event", "", []
    name, kind = KINDS[0] if rng.random() < 0.7 else rng.choice(KINDS)
    return name, kind, rng.choice(UIDS).format(number), []


def _after(rng: Random) -> list[str]:
    """What may lie between two components."""
    other = ["END:VCALENDAR", "BEGIN:VCALENDAR", "VERSION:2.0", 'X-OWN;X-P="a:b":år, 1\\, 2']
    return rng.choice(([], [], [], [""], ["X-ROW:mellan"], ZONE, other))


def component(rng: Random, name: str, uid: str, more: list[str]) -> list[str]:
    """The lines of one component; a fold is a line of its own."""
    out = [f"BEGIN:{name}", *([fold(f"UID:{uid}", 30)] if uid else []), *more]
    out += ["DTSTAMP:20260101T000000Z", f"DTSTART;TZID=Europe/Stockholm:20270101T{rng.randrange(10, 24)}0000"]
    words = " ".join(rng.choice(("möte", "om\\, allt", "och\\n", "Åre")) for _ in range(rng.randrange(1, 50)))
    out += [fold(f"SUMMARY:{words}"), f"SEQUENCE:{rng.randrange(9)}", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"]
    for guest in range(rng.randrange(4)):
        who = rng.choice(GIVEN)
        out.append(
            fold(f'ATTENDEE;CN="{who}, {guest}";PARTSTAT=ACCEPTED:mailto:g{rng.randrange(999)}@made.example', 40)
        )
    if name in ("VEVENT", "VTODO") and rng.random() < 0.3:
        out += ["BEGIN:VALARM", "ACTION:DISPLAY", "UID:alarm", "TRIGGER:-PT15M", "DESCRIPTION:Snart", "END:VALARM"]
    return [*out, f"END:{name}"]
