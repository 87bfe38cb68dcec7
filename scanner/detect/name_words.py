"""Names as words: the shipped tables, short forms, and when two written words are the same name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from scanner.detect.fold import fold, spell_out

PARTICLES = frozenset({
    "af", "av", "von", "van", "de", "del", "della", "den", "der", "des", "di", "da", "dos", "du", "la", "le",
    "ten", "ter", "bin", "ben", "ibn", "al", "el", "abu", "zu", "zur", "vom", "st",
})  # fmt: skip
CONJUNCTIONS = frozenset({
    "och", "o", "and", "und", "et", "y", "samt", "eller", "or", "resp", "ja", "og",
})  # fmt: skip
_TITLES = frozenset({
    "dr", "prof", "professor", "mr", "mrs", "ms", "miss", "sir", "herr", "hr", "fru", "fröken", "frk",
    "doktor", "jr", "sr", "phd", "md", "ing", "dipl", "mag",
})  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
_ASIDE = re.compile(r"\([^()]*\)|\"[^\"]*\"|[“”„][^“”„]*[“”]|<[^<>]*>")
_SAME_LETTER = str.maketrans({"ø": "ö", "æ": "ä"})
_STRICT = frozenset("åäöü")


class ParsedName(NamedTuple):
    """A name in lower case (NFC): given names, each in the parts that a hyphen joins, and the family name in parts."""

    givens: tuple[tuple[str, ...], ...]
    family: tuple[str, ...]


def parse_name(raw: str) -> ParsedName:
    """Given names and family name, from "Anna Andersson", "Andersson, Anna" or "Dr. Anna (Ankan) von Berg".

    Particles, titles and asides are left out. One word alone is taken for the family. Without a comma the last word is
    the family, unless only the last one is a common given name ("Andersson Anna").
    """
    text = _ASIDE.sub(" ", unicodedata.normalize("NFC", raw)).lower()
    before, comma, after = text.partition(",")
    first, last = _name_words(before), _name_words(after)
    if comma and first and last:
        return ParsedName(tuple(last), tuple(part for word in first for part in word))
    words = first + last
    if not words:
        return ParsedName((), ())
    if len(words) == 2 and _is_given(words[1]) and not _is_given(words[0]):
        words.reverse()
    return ParsedName(tuple(words[:-1]), words[-1])


def same_word(one: str, other: str) -> bool:
    """True where two lower-case words are the same name.

    å, ä, ö and ü are letters: they must agree (ö and ø, ä and æ do) unless one word was typed without any of them
    (Åke and Ake) or spelt out (Höhn and Hoehn). Other accents do not count.
    """
    if one == other:
        return True
    left, right = _letters(one), _letters(other)
    if left == right:
        return True
    if _STRICT.isdisjoint(left) == _STRICT.isdisjoint(right):
        return False
    marked, typed = (right, left) if _STRICT.isdisjoint(left) else (left, right)
    return fold(marked) == typed or spell_out(marked) == typed


def short_forms(word: str) -> tuple[str, ...]:
    """What a given name may also be written as (lower case), from the shipped table: lars -> lasse, lalle."""
    return _short_form_table().get(fold(word), ())


def is_given_name(word: str) -> bool:
    """True for a common given name, in any case."""
    return fold(word) in _given_names()


@lru_cache(maxsize=1 << 14)
def _letters(word: str) -> str:
    if word.isascii():
        return word
    plain = unicodedata.normalize("NFC", word).translate(_SAME_LETTER)
    return "".join(letter if letter in _STRICT else fold(letter) for letter in plain)


def _name_words(text: str) -> list[tuple[str, ...]]:
    found = [tuple(_WORD.findall(word)) for word in text.split()]
    words = [word for word in found if word and word[0] not in _TITLES]
    solid = [word for word in words if word[0] not in PARTICLES or len(word) > 1]
    return solid or words


def _is_given(word: tuple[str, ...]) -> bool:
    return is_given_name("-".join(word)) or is_given_name(word[0])


@lru_cache(maxsize=1)
def _given_names() -> frozenset[str]:
    return frozenset(fold(word) for line in _lines("given_names.txt") for word in line.split())


@lru_cache(maxsize=1)
def _short_form_table() -> dict[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for line in _lines("short_forms.txt"):
        name, _, forms = line.lower().partition(":")
        for form in forms.split():
            table.setdefault(fold(name), {})[form] = None
            table.setdefault(fold(form), {})[name] = None
    return {word: tuple(forms) for word, forms in table.items()}


def _lines(file_name: str) -> list[str]:
    text = Path(__file__).with_name(file_name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
