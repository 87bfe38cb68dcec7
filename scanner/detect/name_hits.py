"""Where in a text a name stands, for who is shown it: all that `NameMatcher` takes for the name, the unsure too."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.detect.fold import fold
from scanner.detect.name_places import merged
from scanner.detect.name_window import Strength, Window, _family_end, _given_beginning, _given_ending, words_in
from scanner.detect.name_words import ParsedName
from scanner.detect.names import NameMatcher

_FARTHEST = 6  # words between the given and the family name

Span = tuple[int, int]


class NameHits(NameMatcher):
    """The subject's names, ready to be shown in a text."""

    def spans(self, text: str) -> list[Span]:
        """Spans of names in plain, composed text, ordered and apart; linear in the text."""
        found: list[Span] = []
        for start, end, word in words_in(text):
            for number in self._at(word):
                if self._judge(number, text, start, end) is not Strength.NONE:
                    found += _whole(*self._looked_for(number, Window(text, start, end)))
        return merged(found)

    def spans_in_name(self, name: str) -> list[Span]:
        """The same in the name of a file or folder, where the whole name may be one word ("annaek")."""
        joined = [(start, end) for start, end, word in words_in(name) if fold(word) in self._joined]
        return merged([*self.spans(name.replace("_", " ")), *joined])

    def _looked_for(self, number: int, window: Window) -> tuple[ParsedName, Window]:
        if number < len(self._names):
            return self._names[number], window
        name, strength = self._looser[number - len(self._names)]
        return name, window.sounded() if strength is Strength.SPELT else window


def _whole(name: ParsedName, window: Window) -> Iterator[Span]:
    """The family name with the given name nearest to it: one span in one line, else one for each."""
    first = window.at
    last = _family_end(name.family, window)
    last = first if last is None else last
    family = window.spans[first][0], window.spans[last][1]
    given = _given(name, window, first, last) or _initial(name, window, first, last)
    if given is None:
        yield family
        return
    between = window.text[min(family[1], given[1]) : max(family[0], given[0])]
    if any(edge in between for edge in "\n\t;|"):
        yield from sorted((family, given))
    else:
        yield min(family[0], given[0]), max(family[1], given[1])


def _given(name: ParsedName, window: Window, first: int, last: int) -> Span | None:
    for step in range(1, _FARTHEST + 1) if name.givens else ():
        before, after = first - step, last + step
        start = _given_ending(name, window, before) if before >= 0 else None
        if start is not None:
            return window.spans[start][0], window.spans[before][1]
        end = _given_beginning(name, window, after) if after < len(window.words) else None
        if end is not None:
            return window.spans[after][0], window.spans[end][1]
    return None


def _initial(name: ParsedName, window: Window, first: int, last: int) -> Span | None:
    """The letter beside the family name that stands for the given name."""
    for place in (first - 1, last + 1) if name.givens else ():
        if 0 <= place < len(window.words) and len(window.words[place]) == 1 and window.words[place].isalpha():
            return window.spans[place]
    return None
