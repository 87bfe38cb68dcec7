"""An OpenDocument text with the place of everything in it, by the reader's own rules."""

from __future__ import annotations

from typing import NamedTuple

from scanner.blob import Blob
from scanner.formats.office.ooxml import PROPERTIES
from scanner.formats.office.package import Package
from scanner.formats.opendocument.odt import _CHANGES, _HOLDERS, _NAMES, _SILENT, _objects
from scanner.formats.opendocument.odt_flow import rows
from scanner.limits import Limits
from scanner.records import ReadError, Steps
from scanner.surgery.base import CannotEdit
from scanner.surgery.office.places import FLOW, PROPERTY, Part, Placed, Places, note_rest, whole
from scanner.surgery.office.source import Source
from scanner.surgery.office.tables import row_steps

_HOLDING = frozenset(name.removeprefix("{*}") for name in _HOLDERS)
_OWN = frozenset({"p", "h", "title", "desc"})  # blocks that are told in the text itself
HEADER, NOTES, CHANGED, RULES = ((f"part {word}",) for word in ("header", "annotations", "changes", "rules"))
_TWICE = ("a table in a table",)  # no record has this step: such rows are told twice, and are not edited


class _State(NamedTuple):
    block: str  # the block that an element stands in; nothing outside of blocks
    place: Steps | None
    table: int = -1  # the number of the top table it stands in
    row: bool = False


def opened(blob: Blob, limits: Limits) -> Places:
    """The package with its places. Raises CannotEdit for what cannot be read to its end, or is no text."""
    places = Places()
    try:
        with Package(blob, limits) as package:
            _fill(places, package)
    except ReadError:
        raise CannotEdit("it cannot be read to its end") from None
    return places


def _fill(places: Places, package: Package) -> None:
    beside = Placed(package, ("header", "annotations", "changes", "rules"))
    _flow(places, package, "content.xml", ())
    if "styles.xml" in package:
        _flow(places, package, "styles.xml", HEADER)
    if "meta.xml" in package:
        whole(places, package, "meta.xml", PROPERTY, PROPERTIES)
        places.steps.add(PROPERTIES)
    places.steps.update((NOTES, CHANGED, RULES))
    beside.taken.update(("content.xml", "mimetype"))
    for part in package.parts:
        folder, _, name = part.rpartition("/")
        if name == "content.xml" and folder:
            places.objects.add(folder + "/")
    for _ in _objects(package, beside):  # counts them, as the files after them are counted on
        pass
    beside.taken.update(part for part in package.parts if _SILENT.search(part))
    note_rest(places, package, beside)


def _flow(places: Places, package: Package, name: str, base: Steps) -> None:
    source = Source(package.stream(name).read())
    part = Part(package.name(name), FLOW, base, source, [], [True] * len(source.nodes))
    places.parts.append(part)
    places.steps.add(base)
    _Placing(places, part).place()


class _Placing:
    def __init__(self, places: Places, part: Part) -> None:
        assert part.steps is not None
        self._places = places
        self._part = part
        self._base = part.steps
        self._source = part.source
        self._states: list[_State] = []
        self._tables: list[int] = []
        self._rows: list[list[int]] = []
        self._twice = False

    def place(self) -> None:
        """Give each element its record. What is in no block (styles, fonts) is told in none."""
        for number in range(len(self._source.nodes)):
            self._states.append(self._state(number))
        self._number()
        for number, state in enumerate(self._states):
            named = not state.block and self._source.nodes[number].name in _NAMES
            self._part.places.append(self._base if named else state.place)

    def _state(self, number: int) -> _State:
        node = self._source.nodes[number]
        above = self._states[node.parent] if node.parent >= 0 else _State("", None)
        if not above.block:
            return self._begun(number, node.name) if node.name in _HOLDING else above
        if node.name == "annotation" and above.block in ("p", "h", "table"):
            return _State("annotation", self._beside(NOTES))
        if above.block == "table":
            if node.name == "table":
                self._twice = True
            elif node.name == "table-row" and not above.row:
                self._rows[above.table].append(number)
                return above._replace(row=True)
        return above

    def _begun(self, number: int, name: str) -> _State:
        if name == "page":
            raise CannotEdit("this kind of OpenDocument file is not edited")
        if name == "table":
            self._tables.append(number)
            self._rows.append([])
            return _State(name, self._base, len(self._tables) - 1)
        if name in _OWN:
            return _State(name, self._base)
        return _State(name, self._beside(NOTES if name == "annotation" else CHANGED if name in _CHANGES else RULES))

    def _beside(self, steps: Steps) -> Steps:
        return self._base or steps  # all of the styles' text is one record

    def _number(self) -> None:
        """Rows get their steps, and all in them but comments."""
        several = len(self._tables) > 1
        for count, table in enumerate(self._tables, 1):
            here = (*self._base, f"table {count}") if several else self._base
            if not self._twice:
                self._places.steps.add(here)
            known = row_steps(here, list(rows(self._source.elements[table])))
            position = 0
            for number in self._rows[count - 1]:
                self._row(number, _TWICE if self._twice else known.get(position, here), here)
                repeated = self._source.nodes[number].get("number-rows-repeated")
                position += int(repeated) if repeated.isdecimal() and len(repeated) < 9 else 1

    def _row(self, number: int, steps: Steps, table: Steps) -> None:
        if steps not in (table, _TWICE):
            self._places.rows[steps] = (self._part, number)
            self._places.steps.add(steps)
        for one in range(number, self._source.nodes[number].last + 1):
            if self._states[one].block == "table":
                self._states[one] = self._states[one]._replace(place=steps)
