"""Names as words: the shipped tables, short forms, and when two written words are the same name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from scanner.detect.fold import fold, spell_out
from scanner.detect.spelling import sound

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


@lru_cache(maxsize=4096)
def parse_name(raw: str) -> ParsedName:
    """Given names and family name, from "Anna Andersson", "Andersson, Anna" or "Dr. Anna (Ankan) von Berg".

    Particles, titles and asides are left out. One word alone is taken for the family. Without a comma the last word is
    the family, unless only the last one is a common given name ("Andersson Anna").
    """
    text = lower(_ASIDE.sub(" ", unicodedata.normalize("NFC", raw)))
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


def lower(text: str) -> str:
    """Lower case where the Turkish capital İ becomes one letter: Python makes two of it, and a word would end there."""
    return text.lower() if text.isascii() else text.lower().replace("i\u0307", "i")


def same_given(one: str, other: str) -> bool:
    """True where two lower-case words are the same given name, by another custom of spelling too: Victor, Wiktor."""
    return same_word(one, other) or (len(one) > 1 < len(other) and same_word(sound(one), sound(other)))


def same_word(one: str, other: str) -> bool:
    """True where two lower-case words are the same name.

    å, ä, ö and ü are letters: they must agree (ö and ø, ä and æ do) unless one word was typed without any of them
    (Åke and Ake) or spelt out (Höhn and Hoehn). Other accents do not count.
    """
    if one == other:
        return True
    if one.isascii() and other.isascii():
        return False
    left, right = _letters(one), _letters(other)
    if left == right:
        return True
    if _STRICT.isdisjoint(left) == _STRICT.isdisjoint(right):
        return False
    marked, typed = (right, left) if _STRICT.isdisjoint(left) else (left, right)
    return fold(marked) == typed or spell_out(marked) == typed


@lru_cache(maxsize=4096)
def short_forms(word: str) -> tuple[str, ...]:
    """What a given name may also be written as (lower case), from the shipped table: lars -> lasse, lalle."""
    forms = _short_form_table().get(fold(word))
    return tuple(forms.sure) if forms is not None else ()


@lru_cache(maxsize=4096)
def own_names_for(word: str) -> tuple[str, ...]:
    """Short forms that many bear as their own name, from the same table: elisabeth -> lisa; lisa -> elisabeth."""
    forms = _short_form_table().get(fold(word))
    return tuple(form for form in forms.own_names if form not in forms.sure) if forms is not None else ()


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


class _Forms(NamedTuple):
    sure: dict[str, None]
    own_names: dict[str, None]  # which many bear as their own


@lru_cache(maxsize=1)
def _short_form_table() -> dict[str, _Forms]:
    """Folded name -> its forms in lower case. The form of a line is told in the head of the file."""
    table: dict[str, _Forms] = {}
    for line in _lines("short_forms.txt"):
        head, _, tail = line.lower().partition(":")
        spellings = head.split()
        for one in spellings:
            for other in spellings:
                _note(table, one, other, is_own=False)
            for form in tail.split():
                word, is_own = form.removeprefix("~"), form.startswith("~")
                _note(table, one, word, is_own=is_own)
                _note(table, word, one, is_own=is_own)
    return table


def _note(table: dict[str, _Forms], name: str, form: str, *, is_own: bool) -> None:
    if name != form:
        forms = table.setdefault(fold(name), _Forms({}, {}))
        (forms.own_names if is_own else forms.sure)[form] = None


def _lines(file_name: str) -> list[str]:
    text = Path(__file__).with_name(file_name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
