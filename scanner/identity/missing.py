"""Which link the widening lacked, in sentences for a person. No values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.identity.facts import STRONG
from scanner.model import SubjectId
from scanner.records import IdType

SEVERAL_NAMES = "different names stand beside what was given, and none was added: give the name too (--name)"
OF_STAFF = (
    "the name beside what was given is one of the staff's too, and no register row or card says that it is the"
    " person's: it was not added; where it is the person's, give it too (--name)"
)
DOUBTFUL = (
    "entries of the same name and phone with another e-mail address or customer number may be another person's:"
    " they are suggested, not added"
)
NAME_ALONE = "a name alone leads to no other identifier: give a city, an e-mail address, a phone or a number too"


def missing(subject: Sequence[SubjectId], lacking: Iterable[str | None], *, doubtful: bool) -> list[str]:
    """Each sentence once. `lacking` is what was found missing on the way, `doubtful` whether something was left out."""
    given = [one for one in subject if one.given]
    named = any(one.type is IdType.NAME for one in given)
    told = [
        _shared(one, sure=not doubtful, named=named, followed=_led_on(one, subject))
        for one in given
        if one.shared and one.type in STRONG
    ]
    told += [sentence for sentence in lacking if sentence]
    started = [one for one in given if one.type in STRONG or one.type is IdType.CITY or one.type is IdType.ADDRESS]
    kinds = {one.type for one in subject if not one.shared}
    if not started:
        told += [NAME_ALONE] if IdType.NAME in kinds else []
    elif not told:
        told += _unjoined(_start(started), kinds, {one.type for one in subject})
    if doubtful:
        told.append(DOUBTFUL)
    return list(dict.fromkeys(told))


def _unjoined(start: str, kinds: set[IdType], all_kinds: set[IdType]) -> list[str]:
    """No e-mail address, or no name; `kinds` are those of which one is the person's alone."""
    told = []
    if IdType.EMAIL not in kinds and IdType.EMAIL in all_kinds:
        told.append(f"the e-mail address that stands with {start} is used by several persons, and not enough by itself")
    elif IdType.EMAIL not in kinds:
        told.append(f"no register row or card joins {start} to an e-mail address")
    if IdType.NAME not in kinds:
        told.append(f"no register row, card or header joins {start} to a name: what bears only the name is not found")
    return told


def _start(given: Sequence[SubjectId]) -> str:
    kinds = dict.fromkeys(one.type for one in given if one.type in STRONG)
    if not kinds:
        return "this name and place"
    if len(kinds) > 1:
        return "these identifiers"
    return f"this {_WORDS[next(iter(kinds))]}"


def _shared(one: SubjectId, *, sure: bool, named: bool, followed: bool) -> str:
    used = "is used" if sure else "may be used"
    then = "it is not enough by itself" if followed else "nothing was added through it"
    anothers = " or stands with another's name" if named and one.type in _ONE_PERSONS else ""
    return f"the given {_WORDS[one.type]} {used} by several persons{anothers}: {then}"


def _led_on(one: SubjectId, subject: Iterable[SubjectId]) -> bool:
    words = f"the given {one.type.value.replace('_', ' ')} "
    return any(words in added.because for added in subject if not added.given and added.because)


_ONE_PERSONS = frozenset({IdType.EMAIL, IdType.CUSTOMER_NUMBER})
_WORDS = {
    IdType.EMAIL: "e-mail address",
    IdType.PHONE: "phone",
    IdType.NATIONAL_ID: "personnummer",
    IdType.CUSTOMER_NUMBER: "customer number",
}
