"""The persons of a MAPI message: who sent, who received, who wrote, who attends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from scanner.formats.mail import addresses
from scanner.formats.outlook import mapi_entry, mapi_ids
from scanner.formats.outlook.mapi_ids import Person
from scanner.formats.outlook.mapi_values import Properties
from scanner.records import Entity, Fact, IdType, Role

_TYPES = {0: Role.FROM, 1: Role.TO, 2: Role.CC, 3: Role.BCC}
_SCHEME = re.compile(r"(?:smtp|mailto):", re.IGNORECASE)
_MOST = 100  # persons of the same name or address to compare with
_QUOTES = " \t\r\n'\""
_PHONES = range(0x3A02, 0x3A30)  # where telephone numbers of a recipient stand, among others


class People:
    """Collects persons: each once in a role, and what their addresses are where those are no mail addresses."""

    def __init__(self) -> None:
        self.entities: list[Entity] = []
        self.traces: list[str] = []  # addresses in a company's own directory
        self._seen: dict[tuple[Role, str], list[set[str]]] = {}

    def add(self, role: Role, facts: Iterable[Fact]) -> None:
        """One person, if anything new is told in that role."""
        found = list(dict.fromkeys(facts))
        values = {fact.value.casefold() for fact in found}
        if not found or any(
            values <= known for known in self._seen.get((role, found[0].value.casefold()), ())[-_MOST:]
        ):
            return
        for value in values:
            self._seen.setdefault((role, value), []).append(values)
        self.entities.append(Entity(role, found))

    def settled(self) -> list[Entity]:
        """All of them, without names or addresses alone of which more is told in the same role."""
        return [entity for entity in self.entities if not self._is_less(entity)]

    def _is_less(self, entity: Entity) -> bool:
        if len(entity.facts) > 1:
            return False
        known = self._seen[entity.role, entity.facts[0].value.casefold()]
        return any(len(values) > 1 for values in known)

    def add_all(self, entities: Iterable[Entity]) -> None:
        """Several, as another reader found them."""
        for entity in entities:
            self.add(entity.role, entity.facts)

    def names(self, role: Role, names: Iterable[str]) -> None:
        """Persons of whom only the names are told, or addresses in their place."""
        for name in names:
            self.person(role, name, "", "")

    def person(self, role: Role, name: str, kind: str, address: str, mail: str = "") -> list[Fact]:
        """One person by display name and address. The facts are returned too."""
        facts = list(self._contact(kind, address, mail))
        known = {fact.value.casefold() for fact in facts}
        name = name.strip(_QUOTES)
        if _is_directory(name):
            self.traces.append(name)
        elif "@" not in name:
            if name:
                facts.append(Fact(IdType.NAME, " ".join(name.split())))
        elif name.casefold() not in known:
            facts += self._named_by_address(role, name, known)
        self.add(role, facts)
        return facts

    def _contact(self, kind: str, address: str, mail: str) -> Iterator[Fact]:
        seen = set()
        for value in (mail, address):
            one = _SCHEME.sub("", value, count=1).strip(_QUOTES)
            if not one or one.casefold() in seen:
                continue
            seen.add(one.casefold())
            if kind.upper() == "FAX" and value == address:
                yield Fact(IdType.PHONE, one.rpartition("@")[2])
            elif "@" in one and not _is_directory(one) and " " not in one:
                yield Fact(IdType.EMAIL, one)
            else:
                self.traces.append(one)

    def _named_by_address(self, role: Role, name: str, known: set[str]) -> list[Fact]:
        """`Anna Ek (anna@a.example)` shown as a name: hers, if it is her address or the only one that is told."""
        found = addresses.entities(name, role)
        if len(found) == 1 and (not known or known & {fact.value.casefold() for fact in found[0].facts}):
            return found[0].facts
        self.add_all(found)
        return []


def _is_directory(address: str) -> bool:
    return address[:3].lower() in ("/o=", "/ou", "/cn")


def placed(people: People, found: Properties, person: Person, role: Role | None = None) -> list[Fact]:
    """The person whose properties stand at fixed ids, added; no facts where nobody stands there."""
    name, kind, address = found.text(person.name), found.text(person.kind), found.text(person.address)
    mail = found.text(person.mail)
    entry = found.data(person.entry)
    box = mapi_entry.box(entry, found.charset) if entry else None
    if box and not address:
        kind, address = box.kind, box.address
    if box and not name:
        name = box.name
    if not (name or address or mail):
        return []
    return people.person(role or person.role, name, kind, address, mail)


def senders(people: People, found: Properties, *, organizes: bool) -> None:
    """Who wrote, and who sent for whom. The organizer, where it is an appointment."""
    role = Role.ORGANIZER if organizes else Role.FROM
    represented = placed(people, found, mapi_ids.REPRESENTED, role)
    probe = People()
    sender = placed(probe, found, mapi_ids.SENDER, role)
    if sender and set(sender) - set(represented):
        same = bool({fact for fact in sender if fact.type is IdType.EMAIL} & set(represented))
        people.add(role if same or not represented else Role.SENDER, sender)
    people.traces += probe.traces
    people.add_all(entity for entity in probe.entities if entity.facts != sender)


def recipients(people: People, rows: Sequence[Properties], *, attends: bool) -> None:
    """To, Cc, Bcc by PidTagRecipientType; the attendees and the organizer of an appointment."""
    for row in rows:
        number = row.number(mapi_ids.RECIPIENT_TYPE) & 0xFF
        role = _TYPES.get(number, Role.TO)
        if attends:
            organizer = number == 0 or row.number(mapi_ids.RECIPIENT_FLAGS) & 2
            role = Role.ORGANIZER if organizer else Role.ATTENDEE
        facts = placed(people, row, mapi_ids.RECIPIENT, role)
        shown = row.text(mapi_ids.RECIPIENT_SHOWN)
        if shown and shown != row.text(mapi_ids.NAME):
            mails = [fact.value for fact in facts if fact.type is IdType.EMAIL]
            people.person(role, shown, "", mails[0] if mails else "")


def shown(people: People, found: Properties, *, attends: bool) -> None:
    """Who is displayed as recipient (`A; B`) and is none of the recipients' rows: those may be gone."""
    lists = [(key, Role.ATTENDEE if attends else role) for key, role in mapi_ids.SHOWN]
    lists += [(key, Role.ATTENDEE) for key in mapi_ids.SHOWN_ATTENDEES]
    for key, role in lists:
        people.names(role, (name for name in found.text(key).split(";") if name.strip(_QUOTES)))


def others(people: People, found: Properties) -> None:
    """Authors, receivers, whom replies go to, and other persons that are named."""
    for person in mapi_ids.PERSONS:
        placed(people, found, person)
    entries = found.data(mapi_ids.REPLY_ENTRIES)
    for box in mapi_entry.boxes(entries, found.charset) if entries else ():
        people.person(Role.REPLY_TO, *box)
    people.names(Role.REPLY_TO, found.text(mapi_ids.REPLY_NAMES).split(";"))
    people.names(Role.OWNER, found.texts(mapi_ids.TASK_OWNER))
    people.names(Role.AUTHOR, found.texts(mapi_ids.TASK_LAST_USER))
    for key in mapi_ids.RELATED:
        people.names(Role.RELATED, found.texts(key))
