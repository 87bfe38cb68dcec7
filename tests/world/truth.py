"""Keeps the truth while the world is written: what a writer says of a person is noted as it is said.

Nothing here reads anything back. A `Draft` hands out a person's values and remembers which; a `Piece` is bytes with
the drafts of its records; the `Book` turns the pieces of an item into findings by the rules of design.md section 1.

Ownership is the item's: `own` = in the subject's own folder, or a file that names no other person; `correspondence` =
a mail that names no other person; else, per record, `shared` where the subject has an entity of its own there (a row,
a card, an attendee, a header pair) or the record names nobody else, and `incidental` where the text only mentions the
subject. Staff and the company are nobody here; what is true of the staff as subjects is kept apart (`mates`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.world.model import Expected, Person, Place, Staff, Steps
from tests.world.people import STAFF

Someone = Person | Staff


class Fact(StrEnum):
    """What was said of a person."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ID = "national id"
    CUSTOMER = "customer number"
    ADDRESS = "address"
    BORN = "birth date"
    INITIALS = "initials"


class Draft:
    """One record while it is written."""

    def __init__(self, *, message: bool = False) -> None:
        self.message = message
        self.facts: dict[Someone, set[tuple[Fact, str]]] = {}
        self.entities: set[Someone] = set()

    def say(self, template: str, **who: Someone | str) -> str:
        """Fill `{key.field}` (see `FIELDS`) and `{key}`, and note what was said of whom. "saknas" where unknown."""

        def fill(match: re.Match[str]) -> str:
            one, name = who[match[1]], match[2]
            if isinstance(one, str):
                return one
            fact, value, shown = FIELDS[name](one)
            if fact and value:
                self.facts.setdefault(one, set()).add((fact, value))
            return shown or "saknas"

        return _FIELD.sub(fill, template)

    def entity(self, template: str, who: Someone) -> str:
        """The same for structured data about one person (`{a.field}`): a row, a card, a header pair."""
        self.entities.add(who)
        return self.say(template, a=who)


@dataclass(slots=True)
class Piece:
    """Bytes, and the drafts of the records in them by their steps."""

    data: bytes
    records: list[tuple[Steps, Draft]] = field(default_factory=list)

    def below(self, step: str) -> list[tuple[Steps, Draft]]:
        """The records as they are called from one nesting further out."""
        return [((step, *steps), draft) for steps, draft in self.records]


class Book:
    """The truth of all items so far."""

    def __init__(self, persons: Sequence[Person]) -> None:
        self.found: dict[str, list[Expected]] = defaultdict(list)
        self.confused: dict[str, set[Place]] = defaultdict(set)
        self.mates: dict[str, list[Expected]] = defaultdict(list)  # of the staff, by e-mail
        self.confused_mates: dict[str, set[Place]] = defaultdict(set)
        self._persons = {one.id: one for one in persons}
        self._holders: dict[str, list[Person]] = defaultdict(list)
        for one in persons:
            for value in (*one.emails, *one.phones, one.address if one.street else ""):
                self._holders[value].append(one)
        self._by_surname: dict[str, list[Person]] = defaultdict(list)
        for one in persons:
            for part in _parts(one.last):
                self._by_surname[part].append(one)

    def item(self, place: Place, piece: Piece, *, owner: Person | None = None, mail: bool = False) -> None:
        """Note an item and all its records. `owner` is the person in whose own folder it lies."""
        named = {one for _, draft in piece.records for one in draft.facts if isinstance(one, Person)}
        if owner is not None and owner not in named:
            self._add(owner, place, "probable", "own", "in the own folder, which bears the name")
        for steps, draft in piece.records:
            spot = Place(place.source, place.path, steps)
            parents = [other for above, other in piece.records if other.message and above == steps[: len(above)]]
            for one in draft.facts:
                if isinstance(one, Person):
                    tier, why = self._tier(one, draft, [each for each in parents if each is not draft], owner)
                    self._add(one, spot, tier, _ownership(one, draft, named, owner, mail=mail), why)
                else:
                    above = [each for each in parents if each is not draft]
                    self.mates[one.email].append(_of_staff(one, draft, above, spot))
            self._confuse(spot, draft)
        if owner is not None:
            self._confuse_names(place, owner)

    def confuse(self, person: Person, place: Place) -> None:
        """Allow `possible` for this person here, where only the eye of a reader can tell."""
        self.confused[person.id].add(place)

    def confusable(self) -> dict[str, list[Place]]:
        """Who may be taken for whom, and where; what is true is left out."""
        return _doubtful(self.confused, self.found)

    def confusable_mates(self) -> dict[str, list[Place]]:
        """The same for the staff: where a person bears the name of one of them."""
        return _doubtful(self.confused_mates, self.mates)

    def _add(self, one: Person, place: Place, tier: str, ownership: str, why: str) -> None:
        self.found[one.id].append(Expected(place.source, place.path, place.within, tier, ownership, why))

    def _strong(self, one: Person, draft: Draft) -> list[str]:
        return sorted(fact for fact, value in draft.facts.get(one, ()) if self._is_strong(fact, value))

    def _is_strong(self, fact: Fact, value: str) -> bool:
        if fact in (Fact.EMAIL, Fact.PHONE):
            return len(self._holders[value]) == 1 and not value.startswith("info@")
        if fact is Fact.CUSTOMER:
            return bool(_CUSTOMER.fullmatch(value))
        return fact is Fact.ID

    def _tier(self, one: Person, draft: Draft, parents: list[Draft], owner: Person | None) -> tuple[str, str]:
        if strong := self._strong(one, draft):
            return "certain", ", ".join(strong)
        facts = self._own(one, draft)
        if Fact.NAME not in facts and Fact.INITIALS in facts and one is not owner:
            return "possible", "name as initials only"
        if Fact.NAME not in facts:
            return ("probable", "in the own folder") if one is owner else ("possible", "only a shared identifier")
        if second := sorted(facts - {Fact.NAME, Fact.INITIALS}):
            return "probable", "name and " + ", ".join(second)
        if one is owner:
            return "probable", "name in the own folder"
        if any(self._strong(one, each) for each in parents):
            return "probable", "name in what a message with a strong identifier carries"
        return "possible", "name alone"

    def _own(self, one: Person, draft: Draft) -> set[Fact]:
        """What was said; a second fact that a namesake has too (father and son in one home) tells nothing."""
        said = draft.facts[one] | {(fact, value) for fact, value in self._standing(one, draft)}
        return {fact for fact, value in said if not any(_namesakes(one, each) for each in self._holders.get(value, ()))}

    def _standing(self, one: Person, draft: Draft) -> set[tuple[Fact, str]]:
        """What of the person's stands in the record, though it was said of another: the family's phone, the home."""
        said = (each for facts in draft.facts.values() for each in facts)
        return {(fact, value) for fact, value in said if one in self._holders.get(value, ())}

    def _confuse(self, place: Place, draft: Draft) -> None:
        for one, facts in draft.facts.items():
            for fact, value in facts:
                if fact in (Fact.NAME, Fact.INITIALS):
                    self._confuse_names(place, one)
                for other in self._holders.get(value, ()):
                    if other is not one:
                        self.confused[other.id].add(place)

    def _confuse_names(self, place: Place, one: Someone) -> None:
        first, _, last = one.name.partition(" ") if isinstance(one, Staff) else (one.first, "", one.last)
        for part in _parts(last):
            for other in self._by_surname[part]:
                if other is not one and set(_parts(first)) & set(_parts(other.first)):
                    self.confused[other.id].add(place)
        for mate in STAFF:
            if one is not mate and mate.name == one.name:
                self.confused_mates[mate.email].add(place)


def _doubtful(confused: dict[str, set[Place]], found: dict[str, list[Expected]]) -> dict[str, list[Place]]:
    true = {key: {one.place for one in places} for key, places in found.items()}
    return {key: sorted(places - true.get(key, set())) for key, places in confused.items()}


def _namesakes(one: Person, other: Person) -> bool:
    return one is not other and one.name == other.name


def _of_staff(one: Staff, draft: Draft, parents: list[Draft], place: Place) -> Expected:
    """What is true of one of the staff: address and direct phone are nobody else's."""
    facts = {fact for fact, value in draft.facts[one] if value in (one.email, one.phone)}
    above = {fact for each in parents for fact, value in each.facts.get(one, ()) if value in (one.email, one.phone)}
    if facts:
        tier, why = "certain", ", ".join(sorted(facts))
    elif above:
        tier, why = "probable", "name in what a message with a strong identifier carries"
    else:
        tier, why = "possible", "name alone"
    return Expected(place.source, place.path, place.within, tier, "incidental", why)


def _ownership(one: Person, draft: Draft, named: set[Person], owner: Person | None, *, mail: bool) -> str:
    if one is owner:
        return "own"
    if named == {one} and owner is None:
        return "correspondence" if mail else "own"
    alone = {each for each in draft.facts if isinstance(each, Person)} == {one}
    return "shared" if one in draft.entities or alone else "incidental"


def _parts(name: str) -> list[str]:
    """Parts of a name, folded: what a careful reader would still call the same name, or a part of it."""
    return name.lower().translate(_FOLD).replace("-", " ").split()


def national(phone: str) -> str:
    """The way Swedes write it: 070-174 06 05, 08-465 004 00, 031-390 06 00."""
    rest = phone.removeprefix("+46")
    area = 1 if rest[0] == "8" else 2
    number = rest[area:]
    return f"0{rest[:area]}-{number[:3]} {number[3:-2]} {number[-2:]}"


def _plain(field_name: str) -> Callable[[Someone], tuple[Fact | None, str, str]]:
    return lambda one: (None, "", str(getattr(one, field_name, "")))


def _named(show: Callable[[Someone], str]) -> Callable[[Someone], tuple[Fact | None, str, str]]:
    return lambda one: (Fact.NAME, one.name, show(one))


def _mailed(show: Callable[[str], str], number: int = 0) -> Callable[[Someone], tuple[Fact | None, str, str]]:
    def field_of(one: Someone) -> tuple[Fact | None, str, str]:
        emails = (one.email,) if isinstance(one, Staff) else one.emails
        value = emails[min(number, len(emails) - 1)] if emails else ""
        return Fact.EMAIL, value, show(value)

    return field_of


def _phoned(show: Callable[[str], str]) -> Callable[[Someone], tuple[Fact | None, str, str]]:
    def field_of(one: Someone) -> tuple[Fact | None, str, str]:
        phones = (one.phone,) if isinstance(one, Staff) else one.phones
        return Fact.PHONE, phones[0] if phones else "", show(phones[0]) if phones else ""

    return field_of


def _valued(fact: Fact, name: str, show: Callable[[str], str]) -> Callable[[Someone], tuple[Fact | None, str, str]]:
    def field_of(one: Someone) -> tuple[Fact | None, str, str]:
        value = getattr(one, name, None)
        return fact, value or "", show(value) if value else ""

    return field_of


def _short(one: Someone) -> str:
    return f"{(one.short if isinstance(one, Person) else None) or one.first} {one.last}"


FIELDS: dict[str, Callable[[Someone], tuple[Fact | None, str, str]]] = {
    **{name: _plain(name) for name in ("first", "last", "postcode", "city")},
    "name": _named(lambda one: one.name),
    "upper": _named(lambda one: one.name.upper()),
    "reversed": _named(lambda one: f"{one.last}, {one.first}"),
    "genitive": _named(lambda one: one.name if one.name.endswith("s") else one.name + "s"),
    "called": _named(_short),
    "lower": _named(lambda one: one.name.lower()),
    "broken": _named(lambda one: one.name.replace(" ", "\n")),
    "surname_first": _named(lambda one: f"{one.last.upper()} {one.first}"),
    "initials": lambda one: (Fact.INITIALS, one.name, f"{one.name[0]}. {one.last}"),
    "born": _valued(Fact.BORN, "born", str),
    "email": _mailed(str),
    "email_upper": _mailed(str.upper),
    "email2": _mailed(str, 1),
    "phone": _phoned(national),
    "phone_plain": _phoned(lambda value: "0" + value.removeprefix("+46")),
    "phone_plus": _phoned(str),
    "phone_zeros": _phoned(lambda value: "00" + value[1:]),
    "phone_trunk": _phoned(lambda value: "+46 (0)" + national(value)[1:]),
    "id": _valued(Fact.ID, "national_id", str),
    "id10": _valued(Fact.ID, "national_id", lambda value: value[2:]),
    "id_plain": _valued(Fact.ID, "national_id", lambda value: value.replace("-", "")),
    "customer": _valued(Fact.CUSTOMER, "customer_number", str),
    "address": _valued(Fact.ADDRESS, "address", str),
    "street": _valued(
        Fact.ADDRESS, "address", lambda value: value.partition(",")[0]
    ),  # where the rest stands beside it
}

_FIELD = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
_CUSTOMER = re.compile(r"KND-[0-9]{5}")
_FOLD = str.maketrans("åäöéü", "aaoeu")
