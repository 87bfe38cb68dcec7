"""Whether a fact that is not the subject's alone says, together with the name, that it is the subject.

A household's phone or address does: few have it, and of one name there mostly is one. What many use says nothing
(info@, a switchboard, the address of a large house or of the company), nor does a town; and what a namesake has too,
who is known to be another by a personnummer or birth date, says least of all: a father and a son in one house.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.company import Company
from scanner.detect.names import same_name
from scanner.identity.facts import Link, Seen, contradicts, full_names, national_ids
from scanner.identity.groups import apart
from scanner.model import SubjectId
from scanner.records import IdType
from scanner.strangers import Elsewhere, Fact

_HOUSEHOLD = 6  # different names; more of them are a house, an office or a list
_TOWN = re.compile(r"\b\d{3} ?\d{2}\b|\b[a-z] \d{3} ?\d{2}\b", re.ASCII)


class Proving:
    """Looked up once for each identifier."""

    def __init__(self, elsewhere: Elsewhere, company: Company, subject: Sequence[SubjectId]) -> None:
        self._elsewhere = elsewhere
        self._company = company
        self._subject = subject
        self._names = [one.value for one in subject if one.type is IdType.NAME]
        self._known: dict[tuple[IdType, str], bool] = {}

    def proves(self, one: SubjectId) -> bool:
        """True for a second fact."""
        key = one.type, one.value
        if key not in self._known:
            self._known[key] = self._is_a_fact(one)
        return self._known[key]

    def _is_a_fact(self, one: SubjectId) -> bool:
        if one.type is IdType.BIRTH_DATE:
            return True  # many have the same, but few of one name
        if one.type is IdType.CITY or (one.type is IdType.ADDRESS and not is_home(one.value)):
            return False  # many of one name may live there
        if self._company.is_ours(one.type, one.value) or self._is_the_companys(one):
            return False
        entities = self._elsewhere.entities(one)
        mine = [entity for entity in entities if self._is_named(entity)]
        if self._company.is_shared(one.type, one.value) and not mine:
            return False  # a desk's address (info@), which nothing says the subject reads
        return not self._are_namesakes(mine, one) and _are_few(entities)

    def _is_the_companys(self, one: SubjectId) -> bool:
        """Though it was asked for: a switchboard, and whatever address in the company's own domains."""
        if one.type is IdType.EMAIL:
            return self._company.is_domain(one.value)
        return self._company.is_shared(one.type, one.value)

    def _is_named(self, entity: Sequence[Fact]) -> bool:
        return any(same_name(name, own) for name in full_names(entity) for own in self._names)

    def _are_namesakes(self, entities: Sequence[Sequence[Fact]], via: SubjectId) -> bool:
        """True where these entities with the subject's name cannot all be one person's, or may be two persons'.

        They may where nothing but `via` joins them, and each has an e-mail address or customer number of its own.
        """
        if any(contradicts(entity, self._subject, names=False) for entity in entities):
            return True
        births = {value for entity in entities for kind, value in entity if kind is IdType.BIRTH_DATE}
        if len(national_ids(entities)) > 1 or len(births) > 1:
            return True
        links = [Link(Seen(number, owner=False, facts=tuple(entity)), via) for number, entity in enumerate(entities)]
        own = via.type, via.value
        return bool(apart(links, self._subject, lambda fact: fact == own or self._company.is_nobodys(*fact)))


def _are_few(entities: Sequence[Sequence[Fact]]) -> bool:
    persons: list[str] = []
    for entity in entities:
        persons += [name for name in full_names(entity) if not any(same_name(name, known) for known in persons)]
        if len(persons) > _HOUSEHOLD:
            return False
    return True


def is_home(address: str) -> bool:
    """True for a canonical address with a number beside the postcode's: a street's or a box's; a town is no home."""
    rest = _TOWN.sub(" ", address)
    return any(letter.isdigit() for letter in rest) and any(letter.isalpha() for letter in rest)
