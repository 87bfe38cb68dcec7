"""What the ledger keeps of a subject: tokens of identifiers and of a name beside a second fact. Pure.

A strong identifier speaks alone. A phone number may be another's by now, and a number read into another century is a
guess: alone they make something `possible`. Addresses, birth dates and accounts, and what several persons share, speak
only beside the name. A name alone is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from scanner.detect.fold import fold
from scanner.detect.national import birth_date
from scanner.detect.parse import lookup_keys
from scanner.ledger_seal import LedgerSealer
from scanner.model import SubjectId
from scanner.records import IdType

PAIR = "pair"  # the kind of a token of a name beside something else
CONTENT = "content"  # the kind of a token of an erased item's content

_ALONE = frozenset({IdType.EMAIL, IdType.NATIONAL_ID, IdType.CUSTOMER_NUMBER})
_WORDS = re.compile(r"[^\W\d_]+")


class Weight(IntEnum):
    """How much a token says. The numbers are in the file."""

    FACT = 1  # only beside a name
    WEAK = 2  # `possible`
    NAMED = 3  # a name beside a strong identifier: tells which name is the subject's
    PROBABLE = 4  # a name beside a fact
    STRONG = 5  # `certain`


class Token(NamedTuple):
    """One row of the ledger. `given`: what it stands for was asked for, and not only found beside that."""

    token: bytes
    kind: str
    weight: Weight
    given: bool


def tokens_of(subject: Iterable[SubjectId], sealer: LedgerSealer) -> list[Token]:
    """All tokens of a subject, each once, with the most that is said of it."""
    known = list(subject)
    names = [one for one in known if one.type is IdType.NAME and not one.unsure and name_key(one.value)]
    found: dict[bytes, Token] = {}
    for type_, value, weight, given in _values(known):
        rows = [Token(sealer.token(type_, value), type_, weight, given)]
        beside = Weight.NAMED if weight is Weight.STRONG else Weight.PROBABLE
        rows += [Token(pair_token(sealer, name.value, type_, value), PAIR, beside, name.given) for name in names]
        for row in rows:
            old = found.get(row.token, row)
            found[row.token] = row._replace(weight=max(old.weight, row.weight), given=old.given or row.given)
    return list(found.values())


def pair_token(sealer: LedgerSealer, name: str, type_: IdType, value: str) -> bytes:
    """The token of a name beside an identifier."""
    return sealer.token(PAIR, name_key(name), type_, value)


def name_key(name: str) -> str:
    """The folded words of a name in one order; nothing for a name of one word, which many bear."""
    words = sorted(_WORDS.findall(fold(name)))
    return " ".join(words) if len(words) > 1 else ""


def _values(subject: Iterable[SubjectId]) -> Iterator[tuple[IdType, str, Weight, bool]]:
    for one in subject:
        if one.type is IdType.NAME:
            continue
        first, *others = lookup_keys(one.type, one.value)
        weight = _weight(one)
        yield one.type, first, weight, one.given
        # Who was asked for under one tag of an address is not all of that mailbox.
        if one.type is IdType.EMAIL and "+" not in one.value.partition("@")[0]:
            yield from ((one.type, other, weight, one.given) for other in others)
        elif one.type is IdType.NATIONAL_ID:
            yield from ((one.type, other, Weight.WEAK, False) for other in others)
            yield IdType.BIRTH_DATE, birth_date(one.value), Weight.FACT, False


def _weight(one: SubjectId) -> Weight:
    if one.shared:
        return Weight.FACT
    if one.type in _ALONE:
        return Weight.STRONG
    return Weight.WEAK if one.type is IdType.PHONE else Weight.FACT
