"""Whom a server writes to when a calendar object comes, changes or goes: the tables of RFC 6638, section 3.2.

                          now
    before     gone      SERVER    CLIENT    NONE
    not there  -         REQUEST   -         -
    SERVER     CANCEL    REQUEST   CANCEL    CANCEL
    CLIENT     -         REQUEST   -         -
    NONE       -         REQUEST   -         -

for each attendee of each instance of an organiser's object; without SCHEDULE-AGENT it is SERVER, an agent that is not
known counts as NONE. An attendee's object answers its organiser where the participation changes or it goes.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.standins.ics import Component, components

QUIET = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "CREATED")  # what nobody is told of
GONE = "gone"


class Message(NamedTuple):
    method: str  # REQUEST, CANCEL or REPLY
    sender: str
    recipient: str


def messages(before: bytes | None, after: bytes | None, owner: frozenset[str], *, reply: bool = True) -> list[Message]:
    """What leaves when `before` becomes `after` in a calendar of somebody with these addresses, sorted.

    `reply` is false under `Schedule-Reply: F`.
    """
    old, new = components(before or b""), components(after or b"")
    organizer = _organizer(old or new)
    if organizer is None:
        return []
    if organizer in owner:
        return _from_organizer(old, new, organizer, owner)
    return _from_attendee(old, new, organizer, owner) if reply or new else []


def _organizer(parts: list[Component]) -> str | None:
    """The same in all of them, or nobody (3.1)."""
    found = {one.address if (one := part.first("ORGANIZER")) else "" for part in parts}
    return found.pop() if len(found) == 1 and found != {""} else None


def _from_organizer(old: list[Component], new: list[Component], organizer: str, owner: frozenset[str]) -> list[Message]:
    changed = _core(old) != _core(new)
    instances = {part.instance for part in (*old, *new)} | _excluded(new)
    people = {one.address for part in (*old, *new) for one in part.all("ATTENDEE")} - owner
    told = set()
    for person in people:
        for instance in instances:
            method = _method(_agent(old, instance, person), _agent(new, instance, person), changed=changed)
            if method is not None:
                told.add(Message(method, organizer, person))
    return sorted(told)


def _method(before: str, now: str, *, changed: bool) -> str | None:
    if now == "SERVER":
        return "REQUEST" if changed or before != "SERVER" else None
    return "CANCEL" if before == "SERVER" else None


def _agent(parts: list[Component], instance: str, person: str) -> str:
    """Who schedules for this person in this instance; one without a component of its own is the master's."""
    if instance in _excluded(parts):
        return GONE
    mine = [part for part in parts if part.instance == instance] or [part for part in parts if not part.instance]
    for part in mine:
        for one in part.all("ATTENDEE"):
            if one.address == person:
                agent = one.params.get("SCHEDULE-AGENT", "SERVER").upper()
                return agent if agent in ("SERVER", "CLIENT") else "NONE"
    return GONE


def _excluded(parts: list[Component]) -> set[str]:
    return {day for part in parts for one in part.all("EXDATE") for day in one.value.split(",")}


def _core(parts: list[Component]) -> list[tuple[str, ...]]:
    """What invited people would see as another event."""
    return sorted(
        tuple(sorted(f"{one.name}:{one.value}" for one in part.properties if one.name not in QUIET)) for part in parts
    )


def _from_attendee(old: list[Component], new: list[Component], organizer: str, owner: frozenset[str]) -> list[Message]:
    agents = {
        one.params.get("SCHEDULE-AGENT", "SERVER").upper() for part in old or new for one in part.all("ORGANIZER")
    }
    me = next((one.address for part in old or new for one in part.all("ATTENDEE") if one.address in owner), None)
    if me is None or agents != {"SERVER"}:
        return []
    same = _parts(old, me) == _parts(new, me) and _excluded(old) == _excluded(new)
    return [] if same else [Message("REPLY", me, organizer)]


def _parts(parts: list[Component], me: str) -> dict[str, str]:
    return {
        part.instance: one.params.get("PARTSTAT", "NEEDS-ACTION")
        for part in parts
        for one in part.all("ATTENDEE")
        if one.address == me
    }
