"""From a name and a city, or a postal address, to the one person of that name who lives there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scanner.identity.facts import ALONE, STRONG, Link, Seen, bears, birth_days, is_childs, national_ids
from scanner.identity.groups import Ignore, apart, grouped
from scanner.identity.look import Look
from scanner.model import SubjectId
from scanner.records import IdType

NOBODY = "no register row or card of this name gives a postal address there"
SEVERAL = (
    "several entries of this name give a postal address there, and nothing joins them to one person: none was followed;"
    " give an e-mail address, a phone or a number too"
)
BARE = "the register row or card of this name and place holds no e-mail address, phone or number"


class Home(NamedTuple):
    """The entities of the one person, or which link is missing."""

    seen: tuple[Seen, ...]
    missing: str | None


def at_home(look: Look, names: Sequence[str], places: Sequence[SubjectId], ignore: Ignore) -> Home:
    """Register rows and cards that bear the name, and whose address is in all of the places."""
    found = [
        one
        for one in dict.fromkeys(look.named(names, max((place.value for place in places), key=len)))
        if one.owner and bears(one.facts, names) and not is_childs(one.facts, names) and _lives(one, places)
    ]
    telling = [one for one in found if any(fact[0] in STRONG and not ignore(fact) for fact in one.facts)]
    if not telling:
        return Home((), BARE if found else NOBODY)
    facts = [one.facts for one in telling]
    if len(national_ids(facts)) > 1 or len(birth_days(facts)) > 1 or _several(telling, ignore):
        return Home((), SEVERAL)
    return Home(tuple(telling), None)


def _several(seen: Sequence[Seen], ignore: Ignore) -> bool:
    if len(grouped(seen, STRONG, ignore)) > 1:
        return True
    groups = grouped(seen, ALONE, ignore)
    if len(groups) < 2:
        return False
    links = [Link(one, SubjectId(IdType.PHONE, "", given=False)) for one in seen]
    return bool(apart(links, (), ignore))


def _lives(one: Seen, places: Sequence[SubjectId]) -> bool:
    addresses = [value for kind, value in one.facts if kind is IdType.ADDRESS]
    return all(any(_holds(address, place) for address in addresses) for place in places)


def _holds(address: str, place: SubjectId) -> bool:
    """A city stands behind the street and the postcode: `Uppsalagatan 5, 211 45 Malmö` is not in Uppsala."""
    words = address.split()
    if place.type is IdType.CITY:
        last = max((number for number, word in enumerate(words) if word.isdigit()), default=-1)
        words = words[last + 1 :] or words
    return f" {place.value} " in f" {' '.join(words)} "
