"""Entities that share an identifier, put together; which of those that share only a phone may be two persons'. Pure.

A phone is a household's as often as one person's, and father and son may bear one name. So a phone and a name join two
entries only where nothing else keeps them apart: each with an e-mail address, or a customer number, that the other
lacks, they may be two persons'. Then a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from scanner.detect.parse import lookup_keys
from scanner.identity.facts import ALONE, STRONG, Fact, Link, Seen
from scanner.model import SubjectId
from scanner.records import IdType

Ignore = Callable[[Fact], bool]  # true for what is the company's, a desk's, or many persons'

_APART = (IdType.EMAIL, IdType.CUSTOMER_NUMBER)
_ENOUGH = 50  # groups beyond which nothing is one person's


def grouped(seen: Iterable[Seen], kinds: Iterable[IdType], ignore: Ignore) -> list[list[Seen]]:
    """The entities, those together that are joined by an identifier of these types, in one step or more."""
    wanted = frozenset(kinds)
    home: dict[Fact, int] = {}
    groups: dict[int, list[Seen]] = {}
    for number, one in enumerate(seen):
        facts = {mailbox(fact) for fact in one.facts if fact[0] in wanted and not ignore(fact)}
        mates = {home[fact] for fact in facts if fact in home}
        into = max(mates, key=lambda mate: (len(groups[mate]), -mate), default=number)
        groups.setdefault(into, []).append(one)
        home.update(dict.fromkeys(facts, into))
        for mate in sorted(mates - {into}):  # the smaller into the largest: each entity moves only a few times
            moved = groups.pop(mate)
            groups[into] += moved
            home.update((mailbox(fact), into) for member in moved for fact in member.facts if fact[0] in wanted)
    return list(groups.values())


def mailbox(fact: Fact) -> Fact:
    """An e-mail address without its tag: the mailbox it comes to; any other fact as it is."""
    return (fact[0], lookup_keys(*fact)[-1]) if fact[0] is IdType.EMAIL else fact


def apart(links: Sequence[Link], known: Sequence[SubjectId], ignore: Ignore, *, strict: bool = False) -> set[Seen]:
    """The entities that may be another's of the same name.

    An entity that holds something else of the subject's than a phone is the subject's; with `strict` only where no
    other customer number stands in it.
    """
    groups = grouped(dict.fromkeys(link.seen for link in links), ALONE, ignore)
    own = {mailbox((one.type, one.value)) for one in known if one.type in ALONE and not one.shared}
    facts = [_facts(group, ignore) for group in groups]
    anchored = [bool(own & held) for held in facts]
    if not strict:
        own = own.union(*(held for held, sure in zip(facts, anchored, strict=True) if sure))
    loose = [number for number in range(len(groups)) if strict or not anchored[number]]
    out = {number for number in loose if _differ(own, facts[number], anchored=anchored[number])}
    left = [number for number in loose if number not in out and not anchored[number]]
    if len(left) > _ENOUGH:
        out.update(left)
    else:
        out.update(one for one in left for other in left if one != other and _differ(facts[one], facts[other]))
        used = phones_of(seen for number in out for seen in groups[number])
        out.update(number for number in left if facts[number] & used)  # it may be either's
    return {seen for number in out for seen in groups[number]}


def phones_of(seen: Iterable[Seen]) -> set[Fact]:
    """The phones in entities."""
    return {fact for one in seen for fact in one.facts if fact[0] is IdType.PHONE}


def _facts(group: Iterable[Seen], ignore: Ignore) -> set[Fact]:
    return {mailbox(fact) for one in group for fact in one.facts if fact[0] in STRONG and not ignore(fact)}


def _differ(one: set[Fact], other: set[Fact], *, anchored: bool = False) -> bool:
    """Both have an e-mail address, or a customer number, and none of them in common; `anchored`: by the number only."""
    kinds = _APART[1:] if anchored else _APART
    return any(_disjoint(one, other, kind) for kind in kinds)


def _disjoint(one: set[Fact], other: set[Fact], kind: IdType) -> bool:
    mine, theirs = ({fact for fact in side if fact[0] is kind} for side in (one, other))
    return bool(mine and theirs and not mine & theirs)
