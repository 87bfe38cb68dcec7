"""A second look at a web page by the standard library's parser: what must be the same before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

Event = tuple[tuple[str, ...], tuple[str, ...]]
"""A tag, comment or declaration as written names, and the texts: the attributes' values, and what follows it."""


class _Events(HTMLParser):
    def __init__(self, gone: frozenset[int]) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[list[str], list[str]]] = [(["begin"], [""])]
        self._gone = gone
        self._row = -1
        self._is_out = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._row += 1
            self._is_out = self._is_out or self._row in self._gone
        self._note([tag, *(name for name, _ in attrs)], [value or "" for _, value in attrs])

    def handle_endtag(self, tag: str) -> None:
        self._note(["/" + tag], [])
        if tag == "tr":
            self._is_out = False

    def handle_data(self, data: str) -> None:
        if not self._is_out:
            self.found[-1][1][-1] += data

    def handle_comment(self, data: str) -> None:
        self._note(["!--"], [data])

    def handle_decl(self, decl: str) -> None:
        self._note(["!", decl], [])

    def handle_pi(self, data: str) -> None:
        self._note(["?", data], [])

    def unknown_decl(self, data: str) -> None:
        self._note(["![", data], [])

    def _note(self, names: list[str], texts: list[str]) -> None:
        if not self._is_out:
            self.found.append((names, [*texts, ""]))


def events(markup: str, gone: Sequence[int] | set[int] = ()) -> list[Event]:
    """What the parser tells of the page, without the rows of these ordinals (`<tr>` from 0)."""
    parser = _Events(frozenset(gone))
    parser.feed(markup)
    parser.close()
    return [(tuple(names), tuple(texts)) for names, texts in parser.found]


def same(before: Sequence[Event], after: Sequence[Event], mark: str) -> list[str]:
    """What differs beyond texts that lost something where the mark stands now, or that follow such a one."""
    if [names for names, _ in before] != [names for names, _ in after]:
        return ["the page's tags are not the same"]
    return list(dict.fromkeys(_texts(before, after, mark)))


def _texts(before: Sequence[Event], after: Sequence[Event], mark: str) -> Iterator[str]:
    is_marked = False  # a value that was split over tags has its mark in the first of them
    for (_, was), (_, now) in zip(before, after, strict=True):
        for number, (old, new) in enumerate(zip(was, now, strict=True), 1):
            if old == new:
                is_marked = is_marked and (number < len(was) or not new.strip())
            elif mark in new:
                is_marked = True
                if not _left(old, new.split(mark)):
                    yield "a text changed in more than the person's values"
            elif not (is_marked and old.endswith(new)):
                yield "a text lost something and has no mark"


def _left(text: str, pieces: list[str]) -> bool:
    """True where the pieces stand in the text in this order, the first at its begin and the last at its end."""
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return False
    place, stop = len(pieces[0]), len(text) - len(pieces[-1])
    for piece in pieces[1:-1]:
        at = text.find(piece, place, stop)
        if at < 0:
            return False
        place = at + len(piece)
    return place <= stop
