"""Two persons in one cell or card (`Bo Ek & Åsa Öberg`): which fact is whose cannot be told, so none is tied to any.

To split one person costs a hint, to merge two costs somebody's data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.detect.fold import fold
from scanner.detect.name_words import is_given_name
from scanner.records import Entity, Fact, IdType

_LONGEST = 200  # characters of a cell that may be names
_ANDS = r"(?:och|o|and|samt|und|et|eller|or|c/o)"
_SIGNS = re.compile(rf"[&/;,|+\n\r\t]|\s[-–—]\s|\s{_ANDS}\s|:::", re.IGNORECASE)
_AND = re.compile(rf"\s*(?:&|\s{_ANDS}\s)\s*", re.IGNORECASE)
_APART = re.compile(r"\s*(?::::|[;|+\n\r\t]|(?<!\bc)/|\s[-–—]\s)\s*")
_BESIDE = re.compile(r"\([^()]*\)|\S*[\d%]\S*")
_COMMA = re.compile(r"\s*,\s*")
_WORD = re.compile(r"[^\W\d_][^\W\d_.'’-]*(?:[.'’-][^\W\d_]*)*")
_FIRM = frozenset(
    ("ab", "hb", "kb", "ltd", "limited", "inc", "gmbh", "co", "company", "partners", "soner", "sons", "bolag", "firma")
)
_NATIONAL_ID = re.compile(r"(?<!\d)(?:\d\d)?(\d{6})\s?[-+]?\s?(\d{4})(?!\d)")


def apart(entity: Entity) -> list[Entity]:
    """The entity itself if it is one person, else one for each person's name and one for each fact."""
    names = {fact.value: persons(fact.value) for fact in entity.facts if fact.type is IdType.NAME}
    if all(len(found) < 2 for found in names.values()) and _national_ids(entity.facts) < 2:
        return [entity]
    facts = dict.fromkeys(
        Fact(fact.type, value)
        for fact in entity.facts
        for value in (names[fact.value] or [fact.value] if fact.type is IdType.NAME else [fact.value])
    )
    return [Entity(entity.role, [fact]) for fact in facts]


def persons(name: str) -> list[str]:
    """The names in a cell: one where it is one person's or a firm's."""
    if len(name) > _LONGEST or not _SIGNS.search(name):
        return [name]
    said = _BESIDE.sub(" ", name).strip()
    found = [one for piece in _APART.split(said) for one in map(str.strip, _AND.split(piece)) if one]
    if len(found) < 2:
        return _listed(name)
    if not all(map(_is_name, found)) or not (_AND.search(name) or _are_full(found)):
        return [name]
    return _with_family([one for piece in found for one in _listed(piece)])


def same(one: str, other: str) -> bool:
    """True where one name is the other, or the other without some of its words."""
    left, right = (set(_WORD.findall(fold(name))) for name in (one, other))
    return left <= right or right <= left


def _listed(name: str) -> list[str]:
    """`Bo Ek, Åsa Öberg` are two; `Ek, Bo` and `Berg Ek, Anna Maria` are one."""
    found = [piece for piece in _COMMA.split(name) if piece]
    if len(found) < 2 or not all(len(piece.split()) > 1 and _is_name(piece) for piece in found):
        return [name]
    first, second = (piece.split()[0] for piece in found[:2])
    if first.islower() or (len(found) == 2 and is_given_name(second) and not is_given_name(first)):
        return [name]
    return found


def _is_name(piece: str) -> bool:
    """Words with capitals, no figures, no firm."""
    words = piece.replace(",", " ").split()
    if not 0 < len(words) <= 5 or not all(_WORD.fullmatch(word) for word in words):
        return False
    return (any(word[0].isupper() for word in words) or is_given_name(words[0])) and not any(
        fold(word.strip(".")) in _FIRM for word in words
    )


def _are_full(pieces: Sequence[str]) -> bool:
    """Without an `and` between them all must be whole names, or the last (`Erik/Åsa Berg`) after given names."""
    return all(len(piece.split()) > 1 or (piece is not pieces[-1] and is_given_name(piece)) for piece in pieces)


def _with_family(found: list[str]) -> list[str]:
    """`Erik och Åsa Berg`: both have the family's name; `Berg, Erik och Åsa` too."""
    last, first = found[-1].split(), found[0].partition(",")
    if "," in found[0]:
        return [one if len(one.split()) > 1 else f"{first[0]}, {one}" for one in found]
    if len(last) < 2:
        return found
    return [one if len(one.split()) > 1 else f"{one} {last[-1]}" for one in found]


def _national_ids(facts: Sequence[Fact]) -> int:
    return len(
        {
            match.group(1) + match.group(2)
            for fact in facts
            if fact.type is IdType.NATIONAL_ID
            for match in _NATIONAL_ID.finditer(fact.value)
        }
    )
