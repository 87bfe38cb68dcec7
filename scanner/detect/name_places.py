"""Where in a text a person's name stands, for who must take it out: surely the person's, or perhaps somebody else's.

What `NameMatcher` takes for the name is the person's for sure only where no word beside it can belong to the same
name: "Karin Anna Andersson", "Anna Maria Andersson", "Anna Andersson Berg", "Anna Andersson AB" and "Bengt och Anna
Andersson" (who share the family name) are unsure, unless one of the person's own names has that word too. So are short
forms: Lasse is mostly Lars.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scanner.detect.name_window import (
    _ABBREVIATED,
    _AND,
    _DASH,
    _DOT,
    _EDGES,
    _SPACE,
    Strength,
    Window,
    _agree,
    _family_end,
    _given_after,
    _given_before,
    _given_beginning,
    _given_ending,
    _is_form,
    _may_be_between,
    _skip_label,
    words_in,
)
from scanner.detect.name_words import _TITLES, CONJUNCTIONS, PARTICLES, ParsedName, parse_name
from scanner.detect.names import _may_be_family
from scanner.detect.other_names import _NO_SURNAMES

_COMPANIES = frozenset({"ab", "hb", "kb", "aktiebolag", "handelsbolag", "inc", "ltd", "gmbh", "oy", "as", "aps"})
_BEFORE_A_NAME = frozenset({
    "ring", "ringde", "kontakta", "maila", "mejla", "fråga", "hälsa", "hälsar", "hälsningar", "hälsning", "kund",
    "kunden", "kontakt", "kontaktperson", "namn", "av", "för", "med", "om", "hos", "via", "enligt", "åt", "när",
    "då", "men", "på", "vd", "chef", "säljare", "handläggare", "ordförande", "sekreterare", "kassör", "advokat",
    "läkare", "lärare", "rektor", "docent", "offert", "faktura", "avtal", "ansökan", "protokoll", "möte", "bästa",
    "kära", "käre", "tack", "idag", "igår", "sedan", "vår", "min", "är", "närvarande", "frånvarande", "justerare",
    "dear", "hi", "hello", "by", "with", "for", "call", "contact", "customer", "name", "client", "of", "on",
    "at", "and", "when", "but", "meeting", "attendee", "attendees", "present", "author", "our", "my", "ask",
})  # fmt: skip
_FARTHEST = 6  # words between the given and the family name
_REMEMBERED = 50_000


class NamePlaces(NamedTuple):
    """Ordered spans of the parts of names; `unsure` are whole names that may be somebody else's."""

    sure: list[tuple[int, int]]
    unsure: list[tuple[int, int]]


class _Found(NamedTuple):
    first: int  # indexes of words in the window
    last: int
    given: tuple[int, int]
    is_sure: bool


class NameFinder:
    """Looks for names of at least a given and a family name; others are never looked for."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = [name for name in map(parse_name, names) if name.family and name.givens]
        self._own = [part for name in self._names for word in (*name.givens, name.family) for part in word]
        self._own_given = [form for name in self._names for word in name.givens for form in (*word, "".join(word))]
        self._memo: dict[str, tuple[int, ...]] = {}

    def places(self, text: str) -> NamePlaces:
        """Where the names stand in a text with plain spaces and composed letters (NFC); linear in its length."""
        sure: list[tuple[int, int]] = []
        unsure: list[tuple[tuple[int, int], tuple[int, int]]] = []
        for start, end, word in words_in(text) if self._names else ():
            for number in self._at(word):
                window = Window(text, start, end)
                found = self._find(self._names[number], window)
                if found is None:
                    continue
                if found.is_sure and self._is_spelt_so(window, found.given):
                    sure += _parts(window, found)
                else:
                    given = (window.spans[found.given[0]][0], window.spans[found.given[1]][1])
                    unsure.append(((window.spans[found.first][0], window.spans[found.last][1]), given))
        sure = merged(sure)
        return NamePlaces(sure, merged([whole for whole, given in unsure if not _covered(text, given, sure)]))

    def _at(self, word: str) -> tuple[int, ...]:
        known = self._memo.get(word)
        if known is None:
            if len(self._memo) >= _REMEMBERED:
                self._memo.clear()
            lower = word.lower()
            known = tuple(number for number, name in enumerate(self._names) if _may_be_family(lower, name))
            self._memo[word] = known
        return known

    def _find(self, name: ParsedName, window: Window) -> _Found | None:
        last = _family_end(name.family, window)
        if last is None:
            return None
        first = window.at
        strength = _given_before(name, window, first, last)
        given = _before(name, window, first) if strength is not Strength.NONE else None
        if given is not None and strength is Strength.STRONG:
            return _Found(given[0], last, given, self._is_alone(window, given, first, last))
        if _given_after(name, window, first, last) is Strength.STRONG:
            return self._reversed(name, window, first, last)
        # "Anna och Bengt Andersson": the person's name is there, and cannot be taken out of it
        return _Found(given[0], last, given, is_sure=False) if given and _has_and(window, given[1], first) else None

    def _is_alone(self, window: Window, given: tuple[int, int], first: int, last: int) -> bool:
        between = [window.words[index] for index in range(given[1] + 1, first)]
        if not _is_labelled(window, given[1], first) and not all(
            word in PARTICLES or self._is_own(word) for word in between
        ):
            return False
        return not self._follows_given(window, given[0]) and not _goes_on(window, last, may_be_given=False)

    def _reversed(self, name: ParsedName, window: Window, first: int, last: int) -> _Found | None:
        place = _skip_label(window, last + 1, 1)
        place = last + 1 if place is None else place
        end = _given_beginning(name, window, place)
        if end is None:
            return None
        given = (place, end)
        while window.gap(end) in _SPACE + _DASH and window.is_capital(end + 1) and self._is_own(window.words[end + 1]):
            end += 1
        is_next = window.gap(first - 1) in _SPACE + _DASH and _may_be_name(window, first - 1, may_be_given=True)
        is_sure = not is_next and not _goes_on(window, end, may_be_given=True)
        return _Found(first, end, (given[0], end), is_sure)

    def _follows_given(self, window: Window, start: int) -> bool:
        """True where a name may stand before: a part of the same name, or of one who shares the family name."""
        gap, before = window.gap(start - 1), start - 1
        if before < 0 or window.is_capital(before) < window.is_capital(start):
            return self._shares(window, start)
        if gap == _DASH:
            return window.raw[before][0].isalpha()
        if gap == _ABBREVIATED:
            return len(window.words[before]) == 1
        if gap == _AND or window.words[before] in CONJUNCTIONS:
            return self._shares(window, start)
        is_joined = gap == _SPACE or (gap == _DOT and window.gap(start) == _DOT)
        return is_joined and (window.is_given(before) or _is_strange(window, before, start))

    @staticmethod
    def _shares(window: Window, start: int) -> bool:
        """True for "Bengt och" before the name: a given name that has its family name from it."""
        before = start - 1
        if before > 0 and window.gap(before) == _SPACE and window.words[before] in CONJUNCTIONS:
            before -= 1
        elif window.gap(before) != _AND:
            return False
        if window.gap(before) not in _SPACE + _AND or window.is_capital(before) != window.is_capital(start):
            return False
        is_whole = window.gap(before - 1) == _SPACE and window.is_capital(before - 1)  # "Bo Ek och"
        return window.is_given(before) or (not is_whole and _is_strange(window, before, start))

    def _is_spelt_so(self, window: Window, given: tuple[int, int]) -> bool:
        """False for a short form that none of the names has: Lasse may be Lars, or his son."""
        words = [window.words[index] for index in range(given[0], given[1] + 1)]
        return all(any(_is_form(own, word, may_be_genitive=True) for own in self._own_given) for word in words)

    def _is_own(self, word: str) -> bool:
        return any(_agree(own, word) for own in self._own)


def _before(name: ParsedName, window: Window, first: int) -> tuple[int, int] | None:
    """The words of the given name before the family name: as `name_window` has found it."""
    labelled = _skip_label(window, first - 1, -1)
    if labelled is not None:
        start = _given_ending(name, window, labelled)
        return None if start is None else (start, labelled)
    for place in range(first - 1, max(-1, first - _FARTHEST - 1), -1):
        start = _given_ending(name, window, place)
        if start is not None:
            return start, place
        if not _may_be_between(window, place):
            return None
    return None


def _is_labelled(window: Window, end: int, first: int) -> bool:
    return first - end > 1 and _skip_label(window, first - 1, -1) == end


def _is_strange(window: Window, index: int, start: int) -> bool:
    """True for a capitalised word before a name that is none of those that stand there: "Odd Arne Westad"."""
    word, raw = window.words[index], window.raw[index]
    if not raw[0].isupper() or not raw.isalpha() or (raw.isupper() and not window.raw[start].isupper()):
        return False  # "VD Anna Andersson"
    return word not in _NO_SURNAMES and word not in _BEFORE_A_NAME and word not in _TITLES


def _has_and(window: Window, end: int, first: int) -> bool:
    """True for "Anna & Bengt Andersson", "Anna och Bengt Andersson", in one line."""
    if window.gap(end) == _AND:
        return True
    is_line = all(window.gap(index) in _SPACE + _DASH for index in range(end, first))
    return is_line and end + 1 < first and window.words[end + 1] in CONJUNCTIONS


def _goes_on(window: Window, last: int, *, may_be_given: bool) -> bool:
    """True where the next word may belong to the name, or makes it a company's."""
    gap = window.gap(last)
    joints = _SPACE + _DASH + (_DOT if window.gap(last - 1) == _DOT else "")
    if gap not in joints or last + 1 >= len(window.words):
        return False
    if gap == _SPACE and window.words[last + 1] in _COMPANIES and window.raw[last + 1] != window.words[last + 1]:
        return True
    return window.is_capital(last + 1) == window.is_capital(last) and _may_be_name(
        window, last + 1, may_be_given=may_be_given
    )


def _may_be_name(window: Window, index: int, *, may_be_given: bool) -> bool:
    """True for a capitalised word that may be a name; not for a street before its number."""
    if not window.is_capital(index) or not window.words[index].isalpha() or window.words[index] in _NO_SURNAMES:
        return False
    is_street = index + 1 < len(window.words) and window.words[index + 1][0].isdigit() and window.gap(index) == _SPACE
    return not is_street and (may_be_given or not window.is_given(index))


def _parts(window: Window, found: _Found) -> Iterator[tuple[int, int]]:
    """The spans to take out: labels, line ends and the edges of cells between the parts stay."""
    place = found.first
    if _is_labelled(window, found.given[1], window.at):
        yield window.spans[found.given[0]][0], window.spans[found.given[1]][1]
        yield window.spans[window.at][0], window.spans[found.last][1]
        return
    if found.first == window.at and found.given[0] > window.at + 1 and _labels_between(window, found):
        yield window.spans[found.first][0], window.spans[_family_stop(window, found)][1]
        yield window.spans[found.given[0]][0], window.spans[found.last][1]
        return
    gaps = [index for index in range(found.first, found.last) if window.gap(index) in _EDGES]
    for index in gaps:
        yield window.spans[place][0], window.spans[index][1]
        place = index + 1
    yield window.spans[place][0], window.spans[found.last][1]


def _family_stop(window: Window, found: _Found) -> int:
    """The last word of a family name that labels follow."""
    stop = found.first
    while stop + 1 < found.given[0] and _skip_label(window, stop + 1, 1) != found.given[0]:
        stop += 1
    return stop


def _labels_between(window: Window, found: _Found) -> bool:
    return any(_skip_label(window, index, 1) == found.given[0] for index in range(found.first + 1, found.given[0]))


def merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _covered(text: str, span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    """True where no letter of the span lies outside of the spans."""
    place, end = span
    for start, stop in spans[max(0, bisect_right(spans, span) - 1) :]:
        if start >= end:
            break
        if any(map(str.isalnum, text[place:start])):
            return False
        place = max(place, stop)
    return not any(map(str.isalnum, text[place:end]))
