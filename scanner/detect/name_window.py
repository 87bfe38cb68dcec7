"""One place in a text where a family name stands: is the given name next to it, in a way that makes it that person?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from typing import Self

from scanner.detect.name_words import (
    CONJUNCTIONS,
    PARTICLES,
    ParsedName,
    is_given_name,
    lower,
    same_given,
    same_word,
    short_forms,
)
from scanner.detect.spelling import sound

_REACH = 80  # characters looked at on either side
_MIDDLES = 2  # names between, particles not counted
_WORD = re.compile(r"[^\W_]+")

# What may stand between two words of a name, by its first matching kind.
_SPACE, _DASH, _DOT, _ABBREVIATED, _LINE, _COMMA, _TIGHT_COMMA, _COLUMN, _AND, _COLON, _OTHER = " -._LCcH&:?"
_GAPS = (
    (_SPACE, re.compile(r" +")),
    (_DASH, re.compile(r"-|'|’")),
    (_DOT, re.compile(r"[._]")),
    (_ABBREVIATED, re.compile(r"\. +")),
    (_LINE, re.compile(r"[ \t]*\r?\n[ \t]*(?:[>|]+[ \t]*)*")),
    (_TIGHT_COMMA, re.compile(r"\"?,\"?")),
    (_COMMA, re.compile(r" ?,\s{0,4}")),
    (_COLUMN, re.compile(r"[\"' ]{0,2}(?:[;|]|\t{1,4})[\"' ]{0,2}")),
    (_AND, re.compile(r"\s{0,2}[&+/]\s{0,2}")),
    (_COLON, re.compile(r"[ \t]*[:=][ \t]*")),
)
_COMMAS = _COMMA + _TIGHT_COMMA
_EDGES = _LINE + _COLUMN + _TIGHT_COMMA  # where one cell or line ends and the next begins
_LABELS = frozenset({
    "efternamn", "surname", "lastname", "last", "family", "name", "förnamn", "tilltalsnamn", "firstname",
    "first", "given",
})  # fmt: skip


_SMALL_WORDS = PARTICLES | CONJUNCTIONS


class Strength(IntEnum):
    """How surely a name stands in a text. What is between NONE and STRONG only may be the name."""

    NONE = 0
    INITIAL = 1  # "A. Andersson"
    SHORT = 2  # by a short form that is a name of its own: Lisa for Elisabeth
    SPELT = 3  # the family name in another spelling: Carlsson for Karlsson; in a file's name, both as one word
    WEAK = 4  # with another name beside: "Anna och Bengt Andersson", "Anna Andersson-Berg"
    STRONG = 5


class Window:
    """The words around a hit and what is between them. `at` is the index of the hit."""

    __slots__ = ("at", "raw", "spans", "text", "words")

    def __init__(self, text: str, start: int, end: int) -> None:
        low, high = max(0, start - _REACH), min(len(text), end + _REACH)
        spans = [match.span() for match in _WORD.finditer(text, low, high)]
        if spans and low and spans[0][0] == low and spans[0][0] != start:
            del spans[0]  # may be cut in two
        if spans and high < len(text) and spans[-1][1] == high and spans[-1][0] != start:
            del spans[-1]
        self.text = text
        self.spans = spans
        self.raw = [text[first:last] for first, last in spans]
        self.words = [lower(word) for word in self.raw]
        self.at = spans.index((start, end))

    def sounded(self) -> Self:
        """Turn the words into what they sound like: for who compares names that were turned so too."""
        self.words = [sound(word) for word in self.words]
        return self

    def gap(self, index: int) -> str:
        """The kind of what stands between word `index` and the next; _OTHER at the ends."""
        if not 0 <= index < len(self.spans) - 1:
            return _OTHER
        return _kind(self.text[self.spans[index][1] : self.spans[index + 1][0]])

    def is_capital(self, index: int) -> bool:
        """True where the word begins with a capital letter."""
        return 0 <= index < len(self.raw) and self.raw[index][0].isupper()

    def follows(self, index: int) -> str:
        """What stands in the text right behind a word."""
        end = self.spans[index][1]
        return self.text[end : end + 1]

    def is_given(self, index: int) -> bool:
        """True where the word is a common given name."""
        return 0 <= index < len(self.words) and is_given_name(self.words[index])


def words_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and the word as written, for all words."""
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), match.group()


def judge(name: ParsedName, window: Window) -> Strength:
    """How surely the name stands at the window's hit, which must be a part of the family name."""
    last = _family_end(name.family, window)
    if last is None:
        return Strength.NONE
    first = window.at
    if not name.givens:
        is_part = _is_attached_before(window, first) or _is_attached_after(window, last)
        return Strength.WEAK if is_part else Strength.STRONG
    if len(name.givens[0]) == 1 and len(name.givens[0][0]) == 1:
        return _initial(name, window, first, last)  # all that is known of the given name
    found = max(_given_before(name, window, first, last), _given_after(name, window, first, last))
    return found or _initial(name, window, first, last)


def _initial(name: ParsedName, window: Window, first: int, last: int) -> Strength:
    """Looks for "A. Andersson" and "Andersson, A."; not in the local part of an address."""
    if _is_attached_after(window, last) or window.follows(last).startswith("@"):
        return Strength.NONE
    is_there = _initial_before(name, window, first) or _initial_after(name, window, first, last)
    return Strength.INITIAL if is_there else Strength.NONE


def _initial_before(name: ParsedName, window: Window, first: int) -> bool:
    """The first of the letters before decides; "Bengt A. Andersson" has a given name, and is another."""
    place = first - 1
    while window.words[place] in PARTICLES and window.gap(place) == _SPACE and place > 0:
        place -= 1
    if place < 0 or not _is_letter(window, place):
        return False
    while _is_letter(window, place - 1) and window.gap(place - 1) != _OTHER:
        place -= 1
    is_named = window.gap(place - 1) in _SPACE + _DASH + _DOT and window.is_given(place - 1)
    return not is_named and _is_initial(name, window.words[place])


def _is_letter(window: Window, place: int) -> bool:
    """True for a letter that may be an initial of the next word: capital, or with a full stop."""
    if place < 0 or len(window.words[place]) != 1 or not window.words[place].isalpha():
        return False
    gap = window.gap(place)
    return gap in _ABBREVIATED + _DOT or (gap in _SPACE + _DASH and window.is_capital(place))


def _initial_after(name: ParsedName, window: Window, first: int, last: int) -> bool:
    kind, place = window.gap(last), last + 1
    if kind not in _SPACE + _COMMAS or not window.is_capital(place) or len(window.words[place]) != 1:
        return False
    if not _is_initial(name, window.words[place]) or _belongs_to_another(window, first, kind):
        return False
    after = window.gap(place)
    if after == _AND or (after == _DASH and len(window.words[place + 1]) > 1):
        return False  # "Andersson A/S", "Andersson, A-kassan"
    # "Andersson A. Svensson": the letter is Svensson's
    return not (kind == _SPACE and after in _SPACE + _ABBREVIATED and window.is_capital(place + 1))


def _is_initial(name: ParsedName, letter: str) -> bool:
    return same_given(name.givens[0][0][:1], letter) or sound(name.givens[0][0])[:1] == sound(letter)


def _given_before(name: ParsedName, window: Window, first: int, last: int) -> Strength:
    """Looks for "Anna [up to two names] Andersson"."""
    labelled = _skip_label(window, first - 1, -1)
    if labelled is not None:
        return Strength.STRONG if _given_ending(name, window, labelled) is not None else Strength.NONE
    place, between = first - 1, 0
    while place >= 0 and window.gap(place) not in _COMMA + _COLON + _OTHER:
        start = _given_ending(name, window, place)
        if start is not None:
            return _judge_before(name, window, start, place, first, last)
        counts = window.words[place] not in _SMALL_WORDS and window.gap(place) != _DASH
        between += counts or place == first - 1
        if between > _MIDDLES or first - place > 5 or not _may_be_between(window, place):
            return Strength.NONE
        place -= 1
    return Strength.NONE


def _judge_before(name: ParsedName, window: Window, start: int, end: int, first: int, last: int) -> Strength:
    kinds = [window.gap(index) for index in range(end, first)]
    middles = range(end + 1, first)
    is_slug = len(set(kinds)) == 1 and kinds[0] in _DASH + _DOT
    if _AND in kinds or any(window.words[index] in CONJUNCTIONS for index in middles):
        return Strength.WEAK
    if any(window.gap(index) == _ABBREVIATED and len(window.words[index]) > 3 for index in range(end, first)):
        return Strength.NONE  # the end of a sentence
    if middles and not is_slug and not _are_middles(window, kinds, middles):
        return Strength.NONE
    if not middles and kinds[0] in _EDGES and _is_list(window, start, last, kinds[0]):
        return Strength.NONE
    if kinds[-1] == _DASH and middles:
        return Strength.WEAK  # "Anna Berg-Andersson"
    if _is_attached_after(window, last) and not is_slug:
        return Strength.WEAK
    return Strength.WEAK if _are_other_givens(name, [window.words[index] for index in middles]) else Strength.STRONG


def _given_after(name: ParsedName, window: Window, first: int, last: int) -> Strength:
    """Looks for "Andersson, Anna" and "Andersson Anna"."""
    labelled = _skip_label(window, last + 1, 1)
    if labelled is not None:
        return Strength.STRONG if _given_beginning(name, window, labelled) is not None else Strength.NONE
    kind = window.gap(last)
    if kind not in _COMMAS + _SPACE + _COLUMN + _DASH + _DOT:
        return Strength.NONE
    end = _given_beginning(name, window, last + 1)
    if end is None or _belongs_to_another(window, first, kind):
        return Strength.NONE
    if _is_attached_before(window, first) and kind not in _DASH + _DOT:
        return Strength.WEAK
    is_next_capital = window.gap(end) == _SPACE and window.is_capital(end + 1) and not window.is_given(end + 1)
    if is_next_capital and window.gap(first - 1) == _SPACE and window.is_capital(first - 1):
        return Strength.WEAK  # "Xerxes Andersson, Anna Svensson"
    more = []
    while window.gap(end) in _SPACE + _DASH and window.is_given(end + 1):
        end += 1
        more.append(window.words[end])
    return Strength.WEAK if _are_other_givens(name, more) else Strength.STRONG


def _family_end(parts: tuple[str, ...], window: Window) -> int | None:
    """The index of the family name's last word, if it begins at the hit: in any order, or written as one."""
    place = window.at
    if len(parts) > 1 and _is_form("".join(parts), window.words[place], may_be_genitive=True):
        return place
    left = list(parts)
    while True:
        is_last = len(left) == 1
        part = next((one for one in left if _is_form(one, window.words[place], may_be_genitive=is_last)), None)
        if part is None:
            return None
        left.remove(part)
        if not left:
            return place
        if window.gap(place) not in _SPACE + _DASH + _DOT + _ABBREVIATED:
            return None
        place += 1


def _given_ending(name: ParsedName, window: Window, place: int) -> int | None:
    """Where the first given name begins, if it ends at this word."""
    for form in _forms(name.givens[0]):
        start = place - len(form) + 1
        if start >= 0 and _stands(form, window, start, is_asked=form == name.givens[0], may_be_genitive=False):
            return start
    return None


def _given_beginning(name: ParsedName, window: Window, place: int) -> int | None:
    """Where the first given name ends, if it begins at this word."""
    for form in _forms(name.givens[0]):
        fits = place + len(form) <= len(window.words)
        if fits and _stands(form, window, place, is_asked=form == name.givens[0], may_be_genitive=True):
            return place + len(form) - 1
    return None


def _stands(form: tuple[str, ...], window: Window, start: int, *, is_asked: bool, may_be_genitive: bool) -> bool:
    end = start + len(form) - 1
    fits = _is_given_form if is_asked else _is_form  # a short form in another spelling still may be another name
    return all(
        fits(part, window.words[start + index], may_be_genitive=may_be_genitive and start + index == end)
        for index, part in enumerate(form)
    ) and all(window.gap(index) in _SPACE + _DASH + _DOT for index in range(start, end))


@lru_cache(maxsize=1 << 10)
def _forms(parts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The ways to write a given name: as asked for, as one word, its short forms."""
    joined = (("".join(parts),),) if len(parts) > 1 else ()
    short = tuple(tuple(form.split("-")) for form in short_forms("-".join(parts)))
    return (parts, *joined, *short)


def _is_form(part: str, word: str, *, may_be_genitive: bool) -> bool:
    return same_word(part, word) or (may_be_genitive and word.endswith("s") and same_word(part, word[:-1]))


def _is_given_form(part: str, word: str, *, may_be_genitive: bool) -> bool:
    return same_given(part, word) or (may_be_genitive and word.endswith("s") and same_given(part, word[:-1]))


def _may_be_between(window: Window, index: int) -> bool:
    word = window.words[index]
    return (
        (word[0].isalpha() and (len(word) == 1 or window.is_capital(index) or window.is_given(index)))
        or word in PARTICLES
        or word in CONJUNCTIONS
    )


def _are_middles(window: Window, kinds: list[str], middles: range) -> bool:
    """Middle names are parted by spaces and hyphens; over a line's end only if they are surely given names."""
    if any(kind not in _SPACE + _DASH + _ABBREVIATED + _LINE for kind in kinds) or kinds.count(_LINE) > 1:
        return False
    is_known = all(
        window.is_given(index) or len(window.words[index]) == 1 or window.words[index] in PARTICLES for index in middles
    )
    return _LINE not in kinds or is_known


def _are_other_givens(name: ParsedName, middles: list[str]) -> bool:
    """True where more given names were asked for, and the text has middle names of which none is among them."""
    asked = [part for given in name.givens[1:] for part in given]
    seen = [word for word in middles if word not in PARTICLES]
    if not asked or not seen:
        return False
    return not any(_agree(one, other) for one in asked for other in seen)


def _agree(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    return same_given(one, other) or any(same_word(form, other) for form in short_forms(one))


def _belongs_to_another(window: Window, first: int, kind: str) -> bool:
    """True where the family name has its own given name before it, as in "Bengt Andersson, Anna Svensson"."""
    before = window.gap(first - 1)
    if before not in _SPACE + _ABBREVIATED + _DASH and (before != kind or before not in _COLUMN + _TIGHT_COMMA):
        return False
    return window.is_given(first - 1) or len(window.words[first - 1]) == 1


def _is_list(window: Window, start: int, last: int, kind: str) -> bool:
    """True where a line's or cell's edge parts two persons: "Svensson, Anna / Andersson, Bengt"."""
    before, after = window.gap(start - 1), window.gap(last)
    follows_family = window.is_capital(start - 1) and not window.is_given(start - 1)
    if before in _COMMAS and follows_family and before != kind:
        return True
    if after in _COMMAS and after != kind and window.is_given(last + 1):
        return True
    if before == _SPACE and after == _SPACE and follows_family and window.is_given(last + 1):
        return True
    return kind == _LINE and before in _COLUMN + _TIGHT_COMMA and after in _COLUMN + _TIGHT_COMMA


def _is_attached_before(window: Window, first: int) -> bool:
    return window.gap(first - 1) == _DASH and window.raw[first - 1][0].isalpha()


def _is_attached_after(window: Window, last: int) -> bool:
    """True for "Andersson-Berg", not for "Andersson-cv" nor the English "Andersson's"."""
    if window.gap(last) != _DASH or not window.raw[last + 1][0].isalpha() or window.words[last + 1] == "s":
        return False
    return window.is_capital(last + 1) or not window.is_capital(last)


def _skip_label(window: Window, place: int, step: int) -> int | None:
    """The index beyond a form's label ("Efternamn:") that stands at `place`; None where there is none."""
    start = place
    while 0 <= place < len(window.words) and window.words[place] in _LABELS and abs(place - start) < 2:
        place += step
    if place == start or not 0 <= place < len(window.words):
        return None
    return place if window.gap(start if step < 0 else place - 1) == _COLON else None


@lru_cache(maxsize=1 << 10)
def _kind(text: str) -> str:
    if len(text) > 24:
        return _OTHER
    return next((kind for kind, pattern in _GAPS if pattern.fullmatch(text)), _OTHER)
