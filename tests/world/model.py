"""What the made-up world is: persons, staff, look-alikes, and the truth about where each person stands."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

Steps = tuple[str, ...]
TIERS = ("certain", "probable", "possible")  # best first


@dataclass(frozen=True, slots=True)
class Relation:
    """`kind` is spouse, child, colleague or namesake; `other` is a person's id."""

    kind: str
    other: str


@dataclass(frozen=True, slots=True)
class Person:
    """An invented customer, applicant or employee. Phones are E.164, `national_id` is YYYYMMDD-NNNN."""

    id: str
    first: str
    last: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    national_id: str | None = None
    customer_number: str | None = None
    street: str = ""
    postcode: str = ""
    city: str = ""
    folder: str | None = None  # the name of the own folder under kunder/ or personal/
    short: str | None = None  # a short form of `first` that some records use
    relations: tuple[Relation, ...] = ()

    @property
    def name(self) -> str:
        """Given name and surname."""
        return f"{self.first} {self.last}"

    @property
    def born(self) -> str:
        """The birth date as YYYY-MM-DD; of a coordination number too (its day is 60 more)."""
        if self.national_id is None:
            return ""
        day = int(self.national_id[6:8]) % 60
        return f"{self.national_id[:4]}-{self.national_id[4:6]}-{day:02d}"

    @property
    def address(self) -> str:
        """The postal address on one line."""
        return f"{self.street}, {self.postcode} {self.city}"


@dataclass(frozen=True, slots=True)
class Staff:
    """One who works at the company: no subject, and no "other person" either."""

    name: str
    email: str
    phone: str

    @property
    def first(self) -> str:
        """The given name."""
        return self.name.split()[0]

    @property
    def last(self) -> str:
        """The surname."""
        return self.name.rpartition(" ")[2]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is: source, path in it, steps within (design.md section 9)."""

    source: str
    path: str
    within: Steps = ()

    def covers(self, other: Place) -> bool:
        """True for itself and for what is nested in it."""
        same = (self.source, self.path) == (other.source, other.path)
        return same and other.within[: len(self.within)] == self.within


@dataclass(frozen=True, slots=True)
class Expected:
    """One finding that is right: the innermost record that holds the facts named in `why`."""

    source: str
    path: str
    within: Steps
    tier: str
    ownership: str
    why: str

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.source, self.path, self.within)


@dataclass(frozen=True, slots=True)
class ExpectedGap:
    """Something that cannot be read on purpose. A gap at `place` or at anything that covers it is right.

    `reason` is a value of `connectors.base.GapReason`.
    """

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A trap. Nothing at `places` is about any of `persons`, though it looks so: a finding there is wrong.

    Where a place is also in `World.confusable` of the person, `possible` is right to say, and no more than that.
    """

    kind: str
    persons: tuple[str, ...]  # ids; the first is the one to search for
    places: tuple[Place, ...]
    note: str


@dataclass(slots=True)
class World:
    """The finished company below `root`, and what is true of it."""

    root: Path
    seed: int
    persons: list[Person]
    staff: list[Staff]
    found: dict[str, list[Expected]]
    confused: dict[str, list[Place]]
    gaps: list[ExpectedGap]
    lookalikes: list[Lookalike]
    images: list[Place] = field(default_factory=list)  # pictures without text: found by their folder, or a gap (OCR)
    sources: dict[str, str] = field(default_factory=dict)  # name -> folder below root
    mates: World | None = None  # the same company with its staff as the persons: one of them may be the subject too

    def person(self, key: str) -> Person:
        """The person with this id, or the only one with this e-mail, number or name. Raises KeyError."""
        hits = [one for one in self.persons if one.id == key] or [one for one in self.persons if _answers(one, key)]
        if len(hits) != 1:
            raise KeyError(f"{len(hits)} persons answer to this key")
        return hits[0]

    def truth(self, person: Person) -> list[Expected]:
        """Every record that is about the person, sorted by place."""
        return sorted(self.found.get(person.id, []), key=lambda one: one.place)

    def items(self, person: Person) -> dict[tuple[str, str], Expected]:
        """The same a level up: for every item its best tier, and shared rather than incidental if any record is."""
        best: dict[tuple[str, str], Expected] = {}
        for one in self.truth(person):
            key = (one.source, one.path)
            old = best.get(key, one)
            shared = "shared" in (old.ownership, one.ownership)
            first = min(old, one, key=lambda each: TIERS.index(each.tier))
            best[key] = replace(first, ownership="shared") if shared else first
        return best

    def confusable(self, person: Person) -> list[Place]:
        """Records about somebody else where the person's name or a shared identifier stands.

        To report one of them as `possible` is right, to leave it out is right, and any better tier is wrong.
        Anything in neither `truth` nor here is a false finding.
        """
        return sorted(self.confused.get(person.id, []))

    def verdict(self, person: Person, place: Place) -> str:
        """What to think of a finding here: `right`, `possible` (right with that tier only), or `wrong`.

        Right is a true record, what holds one, and all that lies in an item of the person's own.
        """
        for one in self.found.get(person.id, []):
            if place.covers(one.place) or (
                one.ownership == "own" and (one.source, one.path) == (place.source, place.path)
            ):
                return "right"
        doubtful = any(each.covers(place) or place.covers(each) for each in self.confused.get(person.id, []))
        return "possible" if doubtful else "wrong"

    def lookalike(self, kind: str) -> Lookalike:
        """The look-alike of this kind. Raises KeyError."""
        for one in self.lookalikes:
            if one.kind == kind:
                return one
        raise KeyError(kind)

    def files(self) -> dict[str, str]:
        """Every file below root now: relative path (with /) -> sha256 of its bytes."""
        return {name: hashlib.sha256((self.root / name).read_bytes()).hexdigest() for name in _walk(self.root)}

    def file(self, place: Place) -> Path:
        """The file that holds the item of a place (not of a mailbox: its names carry flags)."""
        return self.root / self.sources[place.source] / place.path


def _answers(person: Person, key: str) -> bool:
    return key in (person.name, person.national_id, person.customer_number) or key.lower() in person.emails


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
