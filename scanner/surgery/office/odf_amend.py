"""Takes the person out of the records of an OpenDocument text, as `odf` has placed them."""

from __future__ import annotations

from collections.abc import Collection

from scanner.formats.office.ooxml_text import _TELLING
from scanner.formats.opendocument.odt_flow import _LABELS, _NOTED
from scanner.records import Steps
from scanner.surgery.base import CannotEdit
from scanner.surgery.office.lesser import properties, told
from scanner.surgery.office.odf import HEADER, RULES
from scanner.surgery.office.places import FLOW, PROPERTY, Part, Places
from scanner.surgery.office.runs import Scrub
from scanner.surgery.office.source import Slot
from scanner.surgery.office.views import Views

_BREAKS = {"s": " ", "tab": "\t", "line-break": "\n", "p": "\n", "h": "\n"}
_APART = frozenset({"note-citation", "title", "desc", "ruby-text", "label", "binary-data"})  # text on top of the text
_REFERRED = {  # names that are written twice
    "bookmark-end": "name",
    "bookmark-ref": "ref-name",
    "reference-mark-end": "name",
    "reference-ref": "ref-name",
}
_VALUES = frozenset({"value", "date-value", "time-value", "formula"})  # of cells and fields, beside what is shown
_CELL = "table-cell"


def amend(places: Places, wanted: Collection[Steps], scrub: Scrub) -> None:
    """Cuts the person out of these records. Raises CannotEdit where that would break something."""
    for part in places.parts:
        if part.kind == FLOW:
            _Flow(part, wanted, scrub).cut()
        elif part.steps is not None and part.steps in wanted:
            (properties if part.kind == PROPERTY else told)(part.source, scrub)


class _Flow:
    """One part with running text."""

    def __init__(self, part: Part, wanted: Collection[Steps], scrub: Scrub) -> None:
        self._part = part
        self._source = part.source
        self._wanted = wanted
        self._scrub = scrub
        self._views = Views(part, _CELL)
        self._around: list[tuple[int, int]] = []  # of each element: the outermost and the nearest paragraph
        self._creators: list[Slot] = []
        self._named: dict[str, set[str]] = {}

    def cut(self) -> None:
        """All views, then what stands in attributes."""
        for one in self._source.content:
            if not isinstance(one, Slot):
                self._element(one)
            elif self._part.places[one.node] in self._wanted:
                self._text(one)
            elif self._part.places[one.node] is None:
                self._scrub.refuse(one, "a style or a setting")
        for view in self._views.all():
            self._scrub.view(view)
        self._views.check(self._scrub)
        self._initials()
        if any(len(names) > 1 for names in self._named.values()):
            raise CannotEdit("several bookmarks or frames are named after the person")

    def _element(self, number: int) -> None:
        node = self._source.nodes[number]
        outer, near = self._around[node.parent] if node.parent >= 0 else (-1, -1)
        if node.name == "annotation":
            outer, near = -1, -1
        if outer >= 0 and node.name in _BREAKS and self._part.places[number] in self._wanted:
            beside = () if node.name in ("p", "h") else ("near",)
            self._views.add(number, (outer, near), _BREAKS[node.name], ("now",), beside)
        if node.name in ("p", "h"):
            outer, near = (number if outer < 0 else outer), number
        self._around.append((outer, near))
        for slot in node.attributes:
            self._attribute(slot, number, node.name)

    def _text(self, slot: Slot) -> None:
        name = self._source.nodes[slot.node].name
        around = self._around[slot.node]
        if name == "creator" or around[0] < 0:
            if name == "creator":
                self._creators.append(slot)
            if not slot.text.isspace():
                self._scrub.whole(slot)
        elif name == "binary-data":
            self._scrub.refuse(slot, "a picture in the text")
        else:
            self._views.add(slot.node, around, slot, ("now",), () if name in _APART else ("near",))
            if name in _APART:
                self._scrub.view([slot])

    def _attribute(self, slot: Slot, number: int, name: str) -> None:
        place = self._part.places[number]
        if place is None:
            self._scrub.refuse(slot, "a style or a setting")
        elif place not in self._wanted:
            return
        elif slot.local == "href" and name == "a":
            self._scrub.target(slot, encoded=False)
        elif slot.local in _VALUES and name != "label":
            self._value(slot)
        elif self._is_told(slot, name, place):
            self._scrub.whole(slot)
            if slot.cuts and slot.local == "name" and name not in _REFERRED:
                self._named.setdefault(name.removesuffix("-start"), set()).add(slot.text)
        else:
            self._scrub.refuse(slot, "a setting of the text")

    def _is_told(self, slot: Slot, name: str, place: Steps) -> bool:
        if slot.local in _LABELS.get(name, ()) or slot.local == _REFERRED.get(name):
            return True
        if name == _NOTED and slot.local != "bibliography-type":
            return True
        return slot.local == "string-value" or (place in (RULES, HEADER) and slot.local in _TELLING)

    def _value(self, slot: Slot) -> None:
        if self._scrub.spans(slot.text) or self._scrub.holds(slot.text):
            raise CannotEdit("a number or formula in a cell or field is the person's")

    def _initials(self) -> None:
        """Where an author left, the initials leave too (loext:sender-initials, meta:creator-initials)."""
        parents = {self._source.nodes[slot.node].parent for slot in self._creators if slot.cuts}
        for slot in self._source.slots():
            node = self._source.nodes[slot.node]
            if not slot.key and slot.text and node.parent in parents and node.name.endswith("initials"):
                slot.cuts = [(0, len(slot.text), False)]
