"""From what was asked to all that belongs to the same person, each step with its reason and its place.

An entity (a register row, a card, an event's attendee, a header pair) that holds a *given* strong identifier adds its
other identifiers. What a register row or a card added leads further, at most to the third step, and only to rows and
cards that bear the subject's name and contradict nothing that is known: no hop goes over what mail headers say, nor
over a landline or what several share. What may be another's of the same name is suggested, and taken by a person only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import phonenumbers

from scanner.company import Company
from scanner.identity.city import at_home
from scanner.identity.conflict import of_different
from scanner.identity.facts import (
    ALONE,
    STRONG,
    Fact,
    Facts,
    Link,
    Seen,
    birth_days,
    contradicts,
    fits,
    full_names,
    national_ids,
    of_one_person,
    only_name,
    persons,
    says_more,
)
from scanner.identity.groups import apart, phones_of
from scanner.identity.look import Look
from scanner.identity.missing import OF_STAFF, SEVERAL_NAMES, missing
from scanner.identity.suggest import same_person, suggest
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.model import Choice, SubjectId, Suggestion, Whether
from scanner.records import IdType
from scanner.today import today

_NAMES_OF_A_SHARED_ADDRESS = 3  # differing full names on one address; two may be a maiden name
_HOPS = 3  # steps from what was given
_ADULT = 18  # years: below that a phone in the register may be a parent's
_PLACES = frozenset({IdType.CITY, IdType.ADDRESS})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a subject, which links were missing, and who else bears the name."""

    subject: list[SubjectId]
    missing: list[str]
    suggestions: list[Suggestion]


class Identity:
    """The widening of one subject over one index."""

    def __init__(self, index: Index, sealer: Sealer, company: Company) -> None:
        self._index = index
        self._company = company
        self._look = Look(index, sealer)

    @property
    def look(self) -> Look:
        """What it asks of the index."""
        return self._look

    def widen(self, given: Sequence[SubjectId], choices: Sequence[Choice] = ()) -> list[SubjectId]:
        """Given identifiers first (marked where shared), then those that were added, with their reasons.

        What a person said no to in `choices`, or was not sure of, is not added.
        """
        with self._index.snapshot():
            return self._widened(given, choices)[0]

    def learn(self, given: Sequence[SubjectId], choices: Sequence[Choice] = ()) -> Known:
        """`widen`, with what it lacked, and the suggestions."""
        with self._index.snapshot():
            subject, lacking, doubtful = self._widened(given, choices)
            names = [one.value for one in subject if one.type is IdType.NAME and not one.unsure]
            names = names or doubtful
            told = [one for one in names if " " in one.strip()]
            found = (
                suggest(self._look, told[:3], subject, choices, self._ignored, self._is_of_several)
                if told or choices
                else []
            )
            return Known(subject, missing(subject, lacking, doubtful=bool(doubtful)), found)

    def _is_of_several(self, fact: Fact) -> bool:
        return self._shared(SubjectId(*fact, given=False), ())

    def _widened(
        self, given: Sequence[SubjectId], choices: Sequence[Choice]
    ) -> tuple[list[SubjectId], list[str | None], list[str]]:
        """The subject, which links were missing, and the names whose other entries may be another's."""
        refused = {(one.type, one.value) for one in choices if one.answer is not Whether.YES}
        known = [replace(one, shared=self._shared(one, given)) for one in given]
        strong = [one for one in known if one.type in STRONG and not one.shared]
        found = [Link(seen, one) for one in strong for seen in self._look.holding(one)]
        asked = [one.value for one in known if one.type is IdType.NAME]
        home, lacking = self._home(known, asked) if not strong else ([], None)
        found += home
        names = asked or only_name(link.seen.facts for link in found if not contradicts(link.seen.facts, known))
        mine = [link for link in of_one_person(found, known, names) if not _is_refused(link.seen, refused, known)]
        others = apart(mine, known, self._ignored)
        known = self._with_namesakes(known, others, refused)
        used = {(one.type, one.value) for one in known if one.shared}
        mine = [link for link in mine if link.seen not in others and (link.via.type, link.via.value) not in used]
        known = [replace(one, shared=one.shared or self._is_of_two(one, asked)) for one in known]
        sure = bool(asked) or any(says_more(link.seen.facts) for link in mine)
        subject = known + [
            replace(one, unsure=one.type is IdType.NAME and not sure) for one in self._new(known, names, mine, refused)
        ]
        subject = self._with_namesakes(subject, others, refused)
        if sure and names:
            others |= self._hop_on(subject, names, mine, refused)
            subject = self._with_namesakes(subject, others, refused)
        return subject, [lacking, self._unnamed(subject, found, names)], list(names) if others else []

    def _with_namesakes(
        self, subject: Sequence[SubjectId], others: Iterable[Seen], refused: set[Fact]
    ) -> list[SubjectId]:
        """The same, where a phone that may be another's of the same name too is shared."""
        own = {(one.type, one.value) for one in subject if one.type in ALONE and not one.shared}
        ruled_out = (seen for fact in sorted(refused) for seen in self._look.holding(SubjectId(*fact, given=False)))
        used = phones_of(seen for seen in (*others, *ruled_out) if not own & set(seen.facts))
        return [replace(one, shared=one.shared or (one.type, one.value) in used) for one in subject]

    def _unnamed(self, subject: Sequence[SubjectId], found: Sequence[Link], names: Sequence[str]) -> str | None:
        """Why no name was added though names stand beside what was given."""
        if any(one.type is IdType.NAME for one in subject):
            return None
        if names:
            return OF_STAFF if all(self._is_staff_name(name) for name in names) else None
        return SEVERAL_NAMES if len({name for link in found for name in full_names(link.seen.facts)}) > 1 else None

    def _is_staff_name(self, name: str) -> bool:
        return self._company.is_ours(IdType.NAME, name) and not self._company.is_company(IdType.NAME, name)

    def _home(self, known: Sequence[SubjectId], names: Sequence[str]) -> tuple[list[Link], str | None]:
        """Who bears the given name and lives in the given place."""
        places = [one for one in known if one.type in _PLACES]
        if not places or not names:
            return [], None
        home = at_home(self._look, names, places, self._ignored)
        return [Link(seen, places[0]) for seen in home.seen], home.missing

    def _hop_on(
        self, subject: list[SubjectId], names: Sequence[str], mine: Sequence[Link], refused: set[Fact]
    ) -> set[Seen]:
        """Add to `subject` what is joined to what was added. Gives the entities that may be another's."""
        others: set[Seen] = set()
        carried = {fact for link in mine if link.seen.owner for fact in link.seen.facts}
        bases = [one for one in subject if not one.given and (one.type, one.value) in carried]
        for _ in range(_HOPS - 1):
            carriers = [one for one in bases if _carries(one)]
            found = [
                Link(seen, one)
                for one in carriers
                for seen in self._look.holding(one)
                if self._may_follow(seen, one, names) and not _is_refused(seen, refused, subject)
            ]
            links = of_one_person(found, subject, names)
            doubtful = apart(links, subject, self._ignored, strict=True)
            others |= doubtful
            bases = self._new(subject, names, [one for one in links if one.seen not in doubtful], refused)
            subject += bases
            if not bases:
                break
        return others

    def _may_follow(self, seen: Seen, via: SubjectId, names: Sequence[str]) -> bool:
        own = full_names(seen.facts)
        if not seen.owner or not own or not all(same_person(name, names) for name in own):
            return False
        return via.type is not IdType.PHONE or not _is_minor(seen.facts)

    def _new(
        self, known: Sequence[SubjectId], names: Sequence[str], mine: Sequence[Link], refused: set[Fact]
    ) -> list[SubjectId]:
        have = {(one.type, one.value) for one in known} | refused
        added: dict[Fact, list[Link]] = {}
        for link in mine:
            for fact in link.seen.facts:
                if fact not in have and not self._is_ours(fact, link):
                    added.setdefault(fact, []).append(link)
        new: list[SubjectId] = []
        for (kind, value), links in sorted(added.items(), key=lambda pair: (-len(pair[1]), pair[0])):
            if kind is IdType.NAME and not fits(value, names):
                continue
            one = SubjectId(kind, value, given=False, because=self._because(links))
            new.append(replace(one, shared=self._shared(one, [*known, *new]) or self._is_anothers(one, names)))
        return new

    def _is_ours(self, fact: Fact, link: Link) -> bool:
        """The company's own; but a customer may bear the name of one of the staff, as a register row or a card says."""
        if not self._company.is_ours(*fact):
            return False
        if fact[0] is not IdType.NAME or not link.seen.owner or link.via.type not in STRONG or link.via.shared:
            return True
        others = (one for one in link.seen.facts if one[0] is not IdType.NAME)
        return not self._is_staff_name(fact[1]) or any(self._company.is_ours(*one) for one in others)

    def _because(self, links: Sequence[Link]) -> str:
        """The link and a place: a register row or a card before all else."""
        via = Counter(link.via for link in links).most_common(1)[0][0]
        records = {link.seen.record for link in links}
        first = min((not link.seen.owner, link.seen.record) for link in links)[1]
        more = f", and {len(records) - 1} more place{'s' * (len(records) > 2)}" if len(records) > 1 else ""
        if via.type in _PLACES:
            word = "city" if via.type is IdType.CITY else "address"
            return f"bears the given name and {word} in {self._look.where(first)}{more}"
        word = f"{'given' if via.given else 'added'} {via.type.value.replace('_', ' ')}"
        return f"stands with the {word} in {self._look.where(first)}{more}"

    def _is_anothers(self, one: SubjectId, names: Sequence[str]) -> bool:
        """An added address or number that stands elsewhere with another full name: one row for two, or used again."""
        if one.type not in (IdType.EMAIL, IdType.CUSTOMER_NUMBER) or not names:
            return False
        return any(not fits(name, names) for seen in self._look.holding(one) for name in full_names(seen.facts))

    def _shared(self, one: SubjectId, known: Sequence[SubjectId]) -> bool:
        """Do several different persons use it?"""
        if one.type not in (IdType.EMAIL, IdType.PHONE):
            return False
        if self._company.is_shared(one.type, one.value):
            return True
        entities = [seen.facts for seen in self._look.holding(one)]
        born = birth_days(entity for entity in entities if not national_ids([entity]))
        if len(national_ids(entities)) > 1 or len(born) > 1:
            return True
        most = 2 if one.type is IdType.PHONE else _NAMES_OF_A_SHARED_ADDRESS
        return persons(entities, known) >= most

    def _is_of_two(self, one: SubjectId, names: Sequence[str]) -> bool:
        """A couple's address, a number that was used again: register rows or cards give it to different persons.

        Beside a name it leads on all the same, to the entries of that name; `names` that were asked for count too.
        """
        if one.type not in (IdType.EMAIL, IdType.CUSTOMER_NUMBER):
            return False
        held = [seen.facts for seen in self._look.holding(one) if seen.owner]
        return of_different([*held, [(IdType.NAME, name) for name in names]])

    def _ignored(self, fact: Fact) -> bool:
        """The company's own, a desk's, nobody's: it joins no two entries."""
        return self._company.is_nobodys(*fact)


def _is_refused(seen: Seen, refused: set[Fact], known: Iterable[SubjectId]) -> bool:
    """It holds what a person said is not the subject's, and nothing but a phone that was asked for."""
    if not any(fact in refused for fact in seen.facts if fact[0] in ALONE):
        return False
    own = {(one.type, one.value) for one in known if one.given and one.type in ALONE}
    return not any(fact in own for fact in seen.facts)


def _carries(one: SubjectId) -> bool:
    """Strong, used by nobody else, and no landline: that is a household's."""
    if one.shared or one.type not in STRONG:
        return False
    return one.type is not IdType.PHONE or _is_mobile(one.value)


@lru_cache(maxsize=256)
def _is_mobile(number: str) -> bool:
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _is_minor(entity: Facts) -> bool:
    """A birth date of less than eighteen years ago, in whichever century it is read."""
    limit = today()
    recent = limit.replace(year=limit.year - _ADULT, day=min(limit.day, 28)).isoformat()[2:]
    now = limit.isoformat()[2:]
    return any(recent < day <= now if recent < now else day > recent or day <= now for day in birth_days([entity]))
