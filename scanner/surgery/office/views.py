"""The ways to read one part's paragraphs: pieces joined as they are read, and as they stand beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from scanner.records import Steps
from scanner.surgery.base import CannotEdit
from scanner.surgery.office.places import Part
from scanner.surgery.office.runs import Locked, Piece, Scrub


class Views:
    """Gathers pieces by the kind of view and the paragraph; "now" is the outermost paragraph as the reader reads it."""

    def __init__(self, part: Part, cell: str) -> None:
        """`cell` is the element of a table's cell."""
        self._part = part
        self._cell = cell
        self._views: dict[tuple[str, int], list[Piece]] = {}

    def add(
        self, number: int, around: tuple[int, int], piece: Piece, read: tuple[str, ...], near: tuple[str, ...]
    ) -> None:
        """One piece of element `number`; `around` are its outermost and its nearest paragraph."""
        for kind in read if self._part.read[number] else ():
            self._views.setdefault((kind, around[0]), []).append(piece)
        for kind in near:
            self._views.setdefault((kind, around[1]), []).append(piece)

    def all(self) -> Iterator[list[Piece]]:
        """Every view, then each record as a whole: a name may go on in the next line, or the next cell of a row."""
        yield from self._views.values()
        places: dict[Steps, list[tuple[int, int]]] = {}
        for outer in sorted(outer for kind, outer in self._views if kind == "now"):
            place = self._part.places[outer]
            if place is not None:
                places.setdefault(place, []).append((self._cell_of(outer), outer))
        for group in places.values():
            yield self._joined(group)

    def check(self, scrub: Scrub) -> None:
        """Raises CannotEdit where one way to read takes letters out of what is, read another way, perhaps another's.

        "Anna Andersson" with a tracked "Berg" behind it may be two persons.
        """
        for (kind, _), view in self._views.items():
            text = None if kind == "all" else scrub.beyond(view)
            if text is not None and scrub.holds(text):
                raise CannotEdit("tracked changes leave it unsure whose name it is")

    def _joined(self, group: list[tuple[int, int]]) -> list[Piece]:
        whole: list[Piece] = []
        for cell, paragraphs in groupby(group, key=lambda one: one[0]):
            for _, outer in paragraphs:
                whole += [*self._views["now", outer], "\n"]
            if cell >= 0 and not isinstance(whole[-1], Locked):
                whole[-1] = "\t"
        return whole

    def _cell_of(self, number: int) -> int:
        nodes = self._part.source.nodes
        return next((one for one in self._part.source.chain(number) if nodes[one].name == self._cell), -1)
