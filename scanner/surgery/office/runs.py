"""Finding the person in text that is split over many places, and cutting it out of each of them.

A name may be written as `An` in bold and `na` in plain letters. So pieces are joined to what a reader sees, looked at,
and cut: the mark comes where the first letter of a span stood, the rest of the span leaves without a trace. The same
pieces may be joined in several ways (before and after tracked changes): a letter that any of them gives leaves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from urllib.parse import unquote

from scanner.surgery.base import CannotEdit, Person
from scanner.surgery.office.source import Slot, merged, quoted, starts

_MEASURE = re.compile(r"[0-9A-Fa-f.,:%#+-]*")  # numbers, colours, ids: nobody's, whatever they look like
_STEP = re.compile(r"[^/\\?&=]+")
_ALL = re.compile(r".*", re.DOTALL)
_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


class Locked(str):
    """Among the pieces: something that is read as a letter and cannot be cut."""

    __slots__ = ()


Piece = Slot | str


class Scrub:
    """Cuts one person out of the slots of a package. Remembers what it was asked, as attributes repeat."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self._held: dict[str, bool] = {}

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the person stands in the text."""
        known = self._spans.get(text)
        if known is None:
            known = self._spans[text] = self._person.spans(text) if text and not text.isspace() else []
        return known

    def holds(self, text: str) -> bool:
        """Whether the text names the person, for sure or perhaps."""
        known = self._held.get(text)
        if known is None:
            known = self._held[text] = not _MEASURE.fullmatch(text) and self._person.holds(text)
        return known

    def view(self, pieces: Sequence[Piece]) -> None:
        """One way to read: each span leaves all the pieces it runs over."""
        ends = list(accumulate(len(one.text) if isinstance(one, Slot) else len(one) for one in pieces))
        text = "".join(one.text if isinstance(one, Slot) else one for one in pieces)
        for start, end in self.spans(text):
            self._cut(pieces, ends, start, end)

    def beyond(self, pieces: Sequence[Piece]) -> str | None:
        """What pieces say without the spans that this view gives, where other views cut more; else None."""
        at = 0
        text: list[str] = []
        cut: set[int] = set()
        for one in pieces:
            said = one.text if isinstance(one, Slot) else one
            if isinstance(one, Slot):
                cut.update(at + place for start, end, _ in one.cuts for place in range(start, end))
            text.append(said)
            at += len(said)
        if not cut:
            return None
        whole = "".join(text)
        for start, end in self.spans(whole):
            cut.difference_update(range(start, end))
        return self._person.masked(whole) if cut else None

    def _cut(self, pieces: Sequence[Piece], ends: list[int], start: int, end: int) -> None:
        marked = False
        for place in range(starts(ends, start), len(pieces)):
            begin = ends[place - 1] if place else 0
            if begin >= end:
                break
            piece = pieces[place]
            if not isinstance(piece, Slot):
                if isinstance(piece, Locked):
                    raise CannotEdit("a letter of the name is a symbol of a font")
                continue
            first, last = max(start - begin, 0), min(end - begin, len(piece.text))
            if first < last:
                self.cut(piece, first, last, marked=not marked)
                marked = True

    def cut(self, slot: Slot, start: int, end: int, *, marked: bool = True) -> None:
        """Takes letters out of one slot."""
        slot.cuts.append((start, end, marked))

    def whole(self, slot: Slot) -> bool:
        """A value that stands for itself: a label, an author. True where the person stood in it."""
        if self.spans(slot.text) and self._person.is_named(slot.text):
            self.cut(slot, 0, len(slot.text))
        else:
            self.view([slot])
        return bool(slot.cuts)

    def target(self, slot: Slot, *, encoded: bool = True) -> None:
        """The address of a link, whole and by the steps of its path; it may be percent-encoded (RFC 3986, 2.1).

        `encoded`: the mark is, too; not for readers that take addresses as they stand.
        """
        slot.address = encoded
        self.view([slot])
        plain, places = _unquoted(slot.text)
        for match in (*_STEP.finditer(plain), _ALL.match(plain)):
            if match is not None:
                for start, end in self.spans(match[0]):
                    self.cut(slot, places[match.start() + start], places[match.start() + end])

    def refuse(self, slot: Slot, what: str) -> None:
        """Raises CannotEdit where a value that must stay as it is names the person."""
        if self.holds(slot.text) or ("%" in slot.text and self.holds(unquote(slot.text))):
            raise CannotEdit(f"the person stands in {what}")


def result(slot: Slot, mark: str) -> str:
    """What a slot will say."""
    pieces: list[str] = []
    at = 0
    mark = quoted(mark) if slot.address else mark
    for start, end, marked in merged(slot.cuts):
        pieces += (slot.text[at:start], mark if marked else "")
        at = end
    return "".join((*pieces, slot.text[at:]))


def _unquoted(text: str) -> tuple[str, list[int]]:
    """An address with its percent-encoding undone, and where each character (and the end) stood."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for match in _ENCODED.finditer(text):
        try:
            said = bytes.fromhex(match[0].replace("%", "")).decode()
        except UnicodeDecodeError:
            continue
        pieces += (text[at : match.start()], said)
        places += range(at, match.start())
        at = match.start()
        for letter in said:
            places.append(at)
            at += 3 * len(letter.encode())
    return "".join((*pieces, text[at:])), [*places, *range(at, len(text) + 1)]
