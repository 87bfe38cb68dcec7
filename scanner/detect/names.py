"""Matching a person's name: words to look up in the index, and whether the name really stands in a text.

What counts as the name (`matches`), for "Anna Andersson":
- "Anna Andersson", "Andersson, Anna", "Andersson Anna", "anna.andersson", any case, the genitive "Anna Anderssons";
- up to two middle names, initials or particles: "Anna K. von Andersson", and so also the double names "Anna Karin",
  "Anna-Karin" and "Karin Anna" (a hyphen is as good as a space between given names);
- a line break, a column's edge (tab, `;`, `|`) or a form's labels between the parts ("Förnamn: Anna");
- short forms of given names from the shipped table, diacritics as `same_word` says;
- a given name in another custom of spelling (Victor, Wiktor), and a word that a hyphen parts at a line's end;
- a name asked for with several given names needs the first one; other middle names than those asked for do not count.
What only may be the name (`strength` below STRONG): "A. Andersson", "Andersson, A.", the family name by another custom
of spelling (Carlsson for Karlsson), a short form that is a name of its own (Lisa for Elisabeth), "Anna och Bengt
Andersson" and the family name "Andersson-Berg".
What is not: "Johanna Andersson", "B. Andersson", nor the neighbours of a list: "Bengt Andersson, Anna Svensson".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product

from scanner.detect.broken_words import as_words, rejoined
from scanner.detect.fold import fold, word_variants
from scanner.detect.name_window import Strength, Window, judge, words_in
from scanner.detect.name_words import ParsedName, lower, own_names_for, parse_name, same_word, short_forms
from scanner.detect.other_names import other_names
from scanner.detect.phones import plain
from scanner.detect.spelling import sound, spellings

__all__ = ["NameMatcher", "Strength", "other_names", "same_name"]

_MEMO = 100_000
_SHORTEST_JOINED = 6  # letters of both names written as one: shorter ones are words ("bolin")


class NameMatcher:
    """The subject's names, ready to be looked up and to be confirmed on content."""

    def __init__(self, names: Sequence[str]) -> None:
        """Names without a letter are left out."""
        self._names = [name for name in map(parse_name, names) if name.family]
        self._looser = [
            *((_sounded(name), Strength.SPELT) for name in self._names),
            *((other, Strength.SHORT) for name in self._names for other in _called_otherwise(name)),
        ]
        self._joined = {one for name in self._names for one in _joined(name)}
        self._memo: dict[str, tuple[int, ...]] = {}

    def tokens(self) -> list[list[list[str]]]:
        """For each name the words that must all be in a record, each as its folded variants, of which one must be.

        The first given name and the family name are asked for; short forms and the genitive are among the variants.
        """
        return [[*_given_tokens(name), *_part_tokens(name.family)] for name in self._names]

    def loose_tokens(self) -> list[list[list[str]]]:
        """The same for what only may be a name: by initial, in another spelling, and (in files' names) as one word."""
        found = [[sorted(self._joined)]] if self._joined else []
        for name in self._names:
            family = _part_tokens(name.family)
            spelt = [list(dict.fromkeys(form for word in words for form in spellings(word))) for words in family]
            if name.givens and any(spelt):
                widened = [[*words, *others] for words, others in zip(family, spelt, strict=True)]
                found.append([*_given_tokens(name), *widened])
            others = [form for other in _called_otherwise(name) for form in word_variants(other.givens[0][0])]
            if others:
                found.append([list(dict.fromkeys(others)), *family])
            if name.givens and len(name.givens[0][0]) > 1:
                found.append([_initials(name), *family])
        return found

    def matches(self, text: str) -> bool:
        """True where one of the names really stands in the text."""
        return self.strength(text) is Strength.STRONG

    def strength(self, text: str) -> Strength:
        """How surely one of the names stands in the text, at its best place; takes linear time."""
        composed = text if text.isascii() else unicodedata.normalize("NFC", text)
        best = self._strength(plain(composed))
        whole = rejoined(composed) if best is not Strength.STRONG else None
        return best if whole is None else max(best, self._strength(plain(whole)))

    def strength_in_name(self, name: str) -> Strength:
        """The same for the name of a file or folder: signs, digits, capitals or nothing may part its words."""
        best = max(self.strength(name.replace("_", " ")), self.strength(as_words(name)))
        if best is Strength.NONE and not self._joined.isdisjoint(fold(word) for _, _, word in words_in(name)):
            return Strength.SPELT
        return best

    def fits(self, other: str) -> bool:
        """True for another's name with the same initial and family name, by its sound: "A. Andersson" may be Anders."""
        theirs = _sounded(parse_name(other))
        if not theirs.givens:
            return False
        mine = [_sounded(name) for name in self._names if name.givens]
        return any(one.family == theirs.family and one.givens[0][0][:1] == theirs.givens[0][0][:1] for one in mine)

    def _strength(self, text: str) -> Strength:
        best = Strength.NONE
        for start, end, word in words_in(text):
            for number in self._at(word):
                best = max(best, self._judge(number, text, start, end))
                if best is Strength.STRONG:
                    return best
        return best

    def _judge(self, number: int, text: str, start: int, end: int) -> Strength:
        window = Window(text, start, end)
        if number < len(self._names):
            return judge(self._names[number], window)
        name, strength = self._looser[number - len(self._names)]
        found = judge(name, window.sounded() if strength is Strength.SPELT else window)
        return strength if found is Strength.STRONG else Strength.NONE

    def _at(self, word: str) -> tuple[int, ...]:
        """The names of which this word may begin the family name; beyond their number, those that it only may mean."""
        known = self._memo.get(word)
        if known is None:
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            known = self._memo[word] = tuple(self._beginning(lower(word)))
        return known

    def _beginning(self, word: str) -> Iterator[int]:
        for number, name in enumerate(self._names):
            if _may_be_family(word, name):
                yield number
        heard = sound(word)
        for number, (name, strength) in enumerate(self._looser, len(self._names)):
            if _may_be_family(heard if strength is Strength.SPELT else word, name):
                yield number


@lru_cache(maxsize=4096)  # the same few names are compared for every record
def same_name(one: str, other: str) -> bool:
    """True where both may be names of the same person: order, subset of given names, short forms, folding.

    An initial fits a name. Meant to tell whether two identifiers' names differ, so no name at all is True.
    """
    left, right = parse_name(one), parse_name(other)
    return any(_is_subset(ways[0], ways[1]) for ways in product(_ways(left), _ways(right)))


def _is_subset(left: list[str], right: list[str]) -> bool:
    """True where every word of the shorter name has its own mate in the longer one."""
    few, rest = (left, right[:]) if (len(left), left) <= (len(right), right) else (right, left[:])
    for word in sorted(few, key=len, reverse=True):
        mates = [one for one in rest if _same_person_word(word, one)]
        mate = max(mates, key=len, default=None)  # an initial only where nothing better fits
        if mate is None:
            return False
        rest.remove(mate)
    return True


@lru_cache(maxsize=4096)
def _ways(name: ParsedName) -> list[list[str]]:
    """The words of a name, double names taken apart and written as one."""
    words = (*name.givens, name.family)
    apart = [part for word in words for part in word]
    joined = ["".join(word) for word in words if word]
    return [apart] if apart == joined else [apart, joined]


def _may_be_family(word: str, name: ParsedName) -> bool:
    forms = {*name.family, "".join(name.family)}
    return any(same_word(form, word) or (word.endswith("s") and same_word(form, word[:-1])) for form in forms)


def _called_otherwise(name: ParsedName) -> list[ParsedName]:
    """The name with each short form that is a given name of its own."""
    if not name.givens:
        return []
    forms = own_names_for("-".join(name.givens[0]))
    return [ParsedName((tuple(form.split("-")), *name.givens[1:]), name.family) for form in forms]


def _sounded(name: ParsedName) -> ParsedName:
    givens = tuple(tuple(map(sound, word)) for word in name.givens)
    return ParsedName(givens, tuple(map(sound, name.family)))


def _joined(name: ParsedName) -> list[str]:
    """The whole name as one word, folded: annaek, ekanna."""
    given, family = "".join(part for part in name.givens[0]) if name.givens else "", "".join(name.family)
    if not given or not family or len(given + family) < _SHORTEST_JOINED:
        return []
    return [*word_variants(given + family), *word_variants(family + given)]


def _initials(name: ParsedName) -> list[str]:
    """The letters that the given name may be shortened to, folded."""
    first = name.givens[0][0]
    return list(dict.fromkeys(fold(form[:1])[:1] for form in (first, sound(first), *spellings(first))))


def _given_tokens(name: ParsedName) -> list[list[str]]:
    return _part_tokens(name.givens[0], with_short_forms=True) if name.givens else []


def _part_tokens(parts: tuple[str, ...], *, with_short_forms: bool = False) -> list[list[str]]:
    """One list of variants a part; a double name may also be written as one word, a short form of it stands alone."""
    joined = list(word_variants("".join(parts))) if len(parts) > 1 else []
    if with_short_forms:
        for form in short_forms("-".join(parts)):
            joined += word_variants(form.partition("-")[0])
    found = []
    for part in parts:
        sounding = [form for one in spellings(part) for form in word_variants(one)] if with_short_forms else []
        words = dict.fromkeys([*word_variants(part), *joined, *sounding])
        found.append([*words, *(word + "s" for word in words if word + "s" not in words)])
    return found


def _same_person_word(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[:1] == other[:1]
    return same_word(one, other) or any(same_word(form, other) for form in (*short_forms(one), *own_names_for(one)))
