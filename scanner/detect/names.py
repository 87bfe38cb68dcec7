"""Matching a person's name: words to look up in the index, and whether the name really stands in a text.

What counts as the name (`matches`), for "Anna Andersson":
- "Anna Andersson", "Andersson, Anna", "Andersson Anna", "anna.andersson", any case, the genitive "Anna Anderssons";
- up to two middle names, initials or particles: "Anna K. von Andersson", and so also the double names "Anna Karin",
  "Anna-Karin" and "Karin Anna" (a hyphen is as good as a space between given names);
- a line break, a column's edge (tab, `;`, `|`) or a form's labels between the parts ("Förnamn: Anna");
- short forms of given names from the shipped table, diacritics as `same_word` says;
- a name asked for with several given names needs the first one; other middle names than those asked for do not count.
What does not: "Johanna Andersson", "A. Andersson", "Anna och Bengt Andersson" and the family name "Andersson-Berg" (the
last two are WEAK), nor the neighbours of a list: "Bengt Andersson, Anna Svensson".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import product

from scanner.detect.fold import word_variants
from scanner.detect.name_window import Strength, Window, judge, words_in
from scanner.detect.name_words import ParsedName, parse_name, same_word, short_forms
from scanner.detect.other_names import other_names
from scanner.detect.phones import plain

__all__ = ["NameMatcher", "Strength", "other_names", "same_name"]

_MEMO = 100_000


class NameMatcher:
    """The subject's names, ready to be looked up and to be confirmed on content."""

    def __init__(self, names: Sequence[str]) -> None:
        """Names without a letter are left out."""
        self._names = [name for name in map(parse_name, names) if name.family]
        self._memo: dict[str, tuple[int, ...]] = {}

    def tokens(self) -> list[list[list[str]]]:
        """For each name the words that must all be in a record, each as its folded variants, of which one must be.

        The first given name and the family name are asked for; short forms and the genitive are among the variants.
        """
        return [[*_given_tokens(name), *_part_tokens(name.family)] for name in self._names]

    def matches(self, text: str) -> bool:
        """True where one of the names really stands in the text."""
        return self.strength(text) is Strength.STRONG

    def strength(self, text: str) -> Strength:
        """STRONG as `matches`, WEAK for what may be the name but more likely is another; takes linear time."""
        text = plain(text if text.isascii() else unicodedata.normalize("NFC", text))
        best = Strength.NONE
        for start, end, word in words_in(text):
            for number in self._at(word):
                best = max(best, judge(self._names[number], Window(text, start, end)))
                if best is Strength.STRONG:
                    return best
        return best

    def _at(self, word: str) -> tuple[int, ...]:
        """The names of which this word may begin the family name."""
        known = self._memo.get(word)
        if known is None:
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            lower = word.lower()
            known = tuple(number for number, name in enumerate(self._names) if _may_be_family(lower, name))
            self._memo[word] = known
        return known


def same_name(one: str, other: str) -> bool:
    """True where both may be names of the same person: order, subset of given names, short forms, folding.

    An initial fits a name. Meant to tell whether two identifiers' names differ, so no name at all is True.
    """
    left, right = parse_name(one), parse_name(other)
    return any(_is_subset(ways[0], ways[1]) for ways in product(_ways(left), _ways(right)))


def _is_subset(left: list[str], right: list[str]) -> bool:
    """True where every word of the shorter name has its own mate in the longer one."""
    few, rest = sorted((left, list(right)), key=lambda words: (len(words), words))
    rest = list(rest)
    for word in sorted(few, key=len, reverse=True):
        mates = [one for one in rest if _same_person_word(word, one)]
        mate = max(mates, key=len, default=None)  # an initial only where nothing better fits
        if mate is None:
            return False
        rest.remove(mate)
    return True


def _ways(name: ParsedName) -> list[list[str]]:
    """The words of a name, double names taken apart and written as one."""
    words = (*name.givens, name.family)
    apart = [part for word in words for part in word]
    joined = ["".join(word) for word in words if word]
    return [apart] if apart == joined else [apart, joined]


def _may_be_family(word: str, name: ParsedName) -> bool:
    forms = (*name.family, "".join(name.family))
    return any(same_word(form, word) or (word.endswith("s") and same_word(form, word[:-1])) for form in forms)


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
        words = dict.fromkeys([*word_variants(part), *joined])
        found.append([*words, *(word + "s" for word in words if word + "s" not in words)])
    return found


def _same_person_word(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[:1] == other[:1]
    return same_word(one, other) or any(same_word(form, other) for form in short_forms(one))
