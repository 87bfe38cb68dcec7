"""Invents the persons: customers, applicants, employees, staff, and those who are easily taken for one another.

Phones come from the ranges that PTS keeps for fiction, domains end in .example, and the birth numbers 980-999 of the
personnummer are those that Skatteverket gives to no real person. Surnames are unique but for the look-alikes.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tests.world.model import Person, Relation, Staff
from tests.world.words import GIVEN, SHORT, STREET_ENDS, STREETS, SUFFIXES, TOWNS, surnames

COMPANY = "Invex AB"
DOMAIN = "invex.example"
SWITCHBOARD = "+46846500400"
SHARED = ("info@invex.example", "faktura@invex.example", "jobb@invex.example")

# A staff member has a customer's name (Erik Lindmark).
STAFF = (
    Staff("Maria Wallengren", f"maria.wallengren@{DOMAIN}", "+46846500401"),
    Staff("Erik Lindmark", f"erik.lindmark@{DOMAIN}", "+46846500402"),
    Staff("Sanna Öhlund", f"sanna.ohlund@{DOMAIN}", "+46846500403"),
    Staff("Tobias Hedvall", f"tobias.hedvall@{DOMAIN}", "+46846500404"),
    Staff("Leila Karimi", f"leila.karimi@{DOMAIN}", "+46846500405"),
)

_TAKEN = {"lindmark", "wallengren", "öhlund", "hedvall", "holmgren", "bergsten", "sandell", "strandlund", "lund"}


@dataclass(slots=True)
class Cast:
    """Everybody, by the part they play."""

    customers: list[Person]  # made at random
    applicants: list[Person]
    employees: list[Person]  # who work here or did, and are known as persons and not as staff
    doubles: dict[str, Person]  # the look-alikes, by a short key

    @property
    def all(self) -> list[Person]:
        """All persons, look-alikes first."""
        return [*self.doubles.values(), *self.customers, *self.applicants, *self.employees]

    @property
    def buyers(self) -> list[Person]:
        """All who are customers, in the order of their files."""
        return [*self.customers, *self.doubles.values()]


def cast(rng: random.Random, customers: int) -> Cast:
    """Invent `customers` customers, a third as many applicants, a tenth as many employees, and the look-alikes.

    Two of thirty customers live together and answer one phone.
    """
    maker = _Maker(rng)
    doubles = _doubles(maker)
    buyers: list[Person] = []
    for number in range(customers):
        if number % 30 == 11:
            buyers[-1] = replace(buyers[-1], relations=(Relation("spouse", f"c{number}"),))
        buyers.append(maker.person(f"c{number}", customer=10001 + number, **_home(buyers) if number % 30 == 11 else {}))
    if len(buyers) > 4:  # the way a Mac writes it: letters and their dots apart
        buyers[3] = replace(buyers[3], folder=unicodedata.normalize("NFD", f"Åsa {buyers[3].last}"), first="Åsa")
    applicants = [
        replace(maker.person(f"a{number}"), folder=None, customer_number=None) for number in range(customers // 3)
    ]
    employees = [maker.person(f"e{number}") for number in range(max(2, customers // 10))]
    return Cast(buyers, applicants, employees, doubles)


def _home(before: list[Person]) -> dict[str, object]:
    """What the last one shares with whom he or she lives with."""
    one = before[-1]
    shared = {name: getattr(one, name) for name in ("last", "street", "postcode", "city", "phones")}
    return {
        **shared,
        "first": next(name for name in GIVEN if name != one.first),
        "relations": (Relation("spouse", one.id),),
    }


def mail_name(text: str) -> str:
    """A name as it is written in an address: asa.ostberg."""
    plain = unicodedata.normalize("NFD", text.lower()).encode("ascii", "ignore").decode()
    return plain.replace(" ", ".")


class _Maker:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        names = [name for name in surnames(SUFFIXES) if name.lower() not in _TAKEN]
        rng.shuffle(names)
        self._surnames = _endless(names)
        self._phones = iter(_phones())
        self._births: set[str] = set()

    def person(self, key: str, *, customer: int | None = None, **given: object) -> Person:
        """One person; what is not given is invented."""
        rng = self.rng
        first = str(given.get("first") or rng.choice(GIVEN))
        last = str(given.get("last") or next(self._surnames))
        town, post = rng.choice(TOWNS)
        one = Person(
            id=key,
            first=first,
            last=last,
            emails=(f"{mail_name(first)}.{mail_name(last)}@{rng.choice(('kund', 'posten', 'hemma'))}.example",),
            phones=self.phone(),
            national_id=self.national_id(),
            customer_number=f"KND-{customer}" if customer else None,
            street=f"{rng.choice(STREETS)}{rng.choice(STREET_ENDS)} {len(self._births)}",
            postcode=f"{post} {rng.randrange(10, 99)}",
            city=town,
            folder=f"{first} {last}",
            short=SHORT.get(first),
        )
        return replace(one, **given)  # type: ignore[arg-type]

    def phone(self) -> tuple[str, ...]:
        """The next phone of the reserved ranges; none when they have run out."""
        number = next(self._phones, None)
        return (number,) if number else ()

    def national_id(self) -> str:
        """YYYYMMDD-NNNN with a valid check digit; one in twenty is a coordination number (day + 60)."""
        while True:
            born = date(1932, 1, 1) + timedelta(days=self.rng.randrange(27_000))
            day = born.day + (60 if self.rng.random() < 0.05 else 0)
            digits = f"{born:%Y%m}{day:02d}{self.rng.randrange(980, 1000)}"
            if digits[:8] not in self._births:
                self._births.add(digits[:8])
                return f"{digits[:8]}-{digits[8:]}{_luhn(digits[2:])}"


def _luhn(digits: str) -> int:
    doubled = (int(digit) * (2 - index % 2) for index, digit in enumerate(digits))
    return -sum(value // 10 + value % 10 for value in doubled) % 10


def _phones() -> Iterator[str]:
    """070-1740605..699, 031-3900600..699, 040-6280400..499, 08-46500410..459; the rest of 08 is staff and noise."""
    for low, high in (
        (701740605, 701740699),
        (313900600, 313900699),
        (406280400, 406280499),
        (846500410, 846500459),
    ):
        for number in range(low, high + 1):
            yield f"+46{number}"


def _endless(names: list[str]) -> Iterator[str]:
    yield from names
    for one in names:  # thousands later: double names, still unique
        for other in names:
            if one != other:
                yield f"{one}-{other}"


def _doubles(maker: _Maker) -> dict[str, Person]:
    return {
        **_annas(maker),
        **_family(maker),
        **_one(maker, "ann", first="Ann", last="Kullgren", emails=("ann@kund.example",)),
        **_one(maker, "joann", first="Joann", last="Kullberg", emails=("joann@kund.example",)),
        **_colleagues(maker),
        **_one(maker, "åke", first="Åke", last="Bergsten", emails=("ake.bergsten@hemma.example",)),
        **_one(maker, "ake", first="Ake", last="Bergsten", emails=("ake.b@posten.example",)),
        **_one(maker, "anna-karin", first="Anna-Karin", last="Strandlund"),
        **_one(maker, "karin", first="Karin", last="Strandlund"),
        **_one(maker, "lund", first="Karin", last="Lund"),
        **_one(maker, "erik", first="Erik", last="Lindmark", emails=("erik.lindmark@hemma.example",)),
        **_one(maker, "prefix", first="Rut", last="Hallonqvist", customer_number="KND-100012"),
        **_one(maker, "lasse", first="Lars", last="Holmgren", short="Lasse"),
        **_father_and_son(maker),
    }


def _one(maker: _Maker, key: str, **given: object) -> dict[str, Person]:
    return {key: maker.person(f"x-{key}", customer=None if "customer_number" in given else _number(key), **given)}


def _number(key: str) -> int:
    return 90001 + _KEYS.index(key)


_KEYS = (
    *("anna", "anna-malmö", "johanna", "björn", "maria", "elsa", "ann", "joann", "bolag-1", "bolag-2"),
    *("åke", "ake", "anna-karin", "karin", "lund", "erik", "prefix", "lasse", "nils", "nils-son"),
)


def _annas(maker: _Maker) -> dict[str, Person]:
    last = "Andersson"
    uppsala = {"city": "Uppsala", "postcode": "752 31", "relations": (Relation("namesake", "x-anna-malmö"),)}
    malmo = {"city": "Malmö", "postcode": "211 45", "relations": (Relation("namesake", "x-anna"),)}
    return {
        **_one(maker, "anna", first="Anna", last=last, emails=("anna.andersson@kund.example",), **uppsala),
        **_one(
            maker,
            "anna-malmö",
            first="Anna",
            last=last,
            emails=("anna.m.andersson@posten.example",),
            folder="Anna Andersson (Malmö)",
            **malmo,
        ),
        **_one(maker, "johanna", first="Johanna", last=last, emails=("johanna.andersson@kund.example",)),
    }


def _family(maker: _Maker) -> dict[str, Person]:
    """Three under one roof with one phone; the daughter has nothing else that is hers but a personnummer."""
    home = {"last": "Sandell", "street": "Hittepåvägen 7", "postcode": "392 30", "city": "Kalmar"}
    family = _one(maker, "björn", first="Björn", **home, relations=(Relation("spouse", "x-maria"),))
    home["phones"] = family["björn"].phones  # type: ignore[assignment]
    return {
        **family,
        **_one(maker, "maria", first="Maria", **home, relations=(Relation("spouse", "x-björn"),)),
        **_one(maker, "elsa", first="Elsa", **home, emails=(), relations=(Relation("child", "x-maria"),)),
    }


def _father_and_son(maker: _Maker) -> dict[str, Person]:
    """One name and one home: only what is the one's alone (personnummer, birth date, phone, mail) tells them apart."""
    home = {"first": "Nils", "last": "Westermark", "street": "Påhittsgränd 3", "postcode": "903 22", "city": "Umeå"}
    home["short"] = "Nisse"
    father = {"emails": ("nils.westermark@hemma.example",), "relations": (Relation("namesake", "x-nils-son"),)}
    son = {"emails": ("nisse.w@posten.example",), "relations": (Relation("namesake", "x-nils"),)}
    return {
        **_one(maker, "nils", **home, **father),
        **_one(maker, "nils-son", folder="Nils Westermark (junior)", **home, **son),
    }


def _colleagues(maker: _Maker) -> dict[str, Person]:
    """Two at another company: one has an address of his own besides info@, the other has only info@."""
    info = "info@bolag.example"
    mates = {"bolag-1": Relation("colleague", "x-bolag-2"), "bolag-2": Relation("colleague", "x-bolag-1")}
    return {
        **_one(
            maker,
            "bolag-1",
            first="Jonas",
            last="Ekvallius",
            emails=("jonas@bolag.example", info),
            relations=(mates["bolag-1"],),
        ),
        **_one(maker, "bolag-2", first="Vendela", last="Rydmarker", emails=(info,), relations=(mates["bolag-2"],)),
    }
