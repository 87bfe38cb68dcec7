"""Takes the person out of the records of a Word package, as `word` has placed them."""

from __future__ import annotations

from binascii import Error, a2b_base64
from collections.abc import Collection

from scanner.formats.office.docx_flow import _BREAKS, _FIELDS, _LABELS, _is_new, _symbol
from scanner.formats.office.ooxml import PROPERTIES
from scanner.formats.office.ooxml_text import runs
from scanner.records import Steps
from scanner.surgery.base import CannotEdit
from scanner.surgery.office.lesser import link_targets, properties, told
from scanner.surgery.office.places import FLOW, LESSER, LINKS, NUMBERING, PROPERTY, SETTINGS, Part, Places
from scanner.surgery.office.runs import Locked, Scrub
from scanner.surgery.office.source import Slot
from scanner.surgery.office.spaces import kept_spaces
from scanner.surgery.office.views import Views

_AUTHOR, _INITIALS = "author", "initials"
_LINKED = {"hyperlink": ("anchor",)}  # the name of a bookmark: it is cut in both places
_WORDS = frozenset({"t", "delText", *_FIELDS})
_BOOKMARK = "bookmarkStart"
_READ = ("now", "before")  # as it stands, and before tracked changes: by outermost paragraph
_NEAR = ("near", "all")  # the same by nearest paragraph, and with what was deleted beside what stands


def amend(word: Places, wanted: Collection[Steps], scrub: Scrub) -> None:
    """Cuts the person out of these records. Raises CannotEdit where that would break something."""
    for part in word.parts:
        if part.kind == FLOW:
            _Flow(part, wanted, scrub).cut()
            kept_spaces(part.source)
        elif part.steps is not None and part.steps in wanted:
            _other(part, scrub)


def _other(part: Part, scrub: Scrub) -> None:
    if part.kind == LINKS:
        link_targets(part.source, scrub)
    elif part.kind == PROPERTY:
        properties(part.source, scrub)
    elif part.kind == LESSER:
        told(part.source, scrub)
    elif part.kind == SETTINGS:
        _switches(part, scrub, {"docVar": ("name", "val")}, "mailMerge")
    elif part.kind == NUMBERING:
        _switches(part, scrub, {"lvlText": ("val",)}, "")


def _switches(part: Part, scrub: Scrub, labels: dict[str, tuple[str, ...]], around: str) -> None:
    """Parts that are all attributes: a few of them are words."""
    for slot in part.source.slots():
        node = part.source.nodes[slot.node]
        below = bool(around) and (
            node.name == around or any(one.name == around for one in part.source.above(slot.node))
        )
        if below or slot.local in labels.get(node.name, ()):
            scrub.whole(slot)
        else:
            scrub.refuse(slot, "a setting")


class _Flow:
    """One part with running text. Pieces are joined as the reader joins them, and by the paragraph they stand in."""

    def __init__(self, part: Part, wanted: Collection[Steps], scrub: Scrub) -> None:
        self._part = part
        self._source = part.source
        self._wanted = wanted
        self._scrub = scrub
        self._views = Views(part, "tc")
        self._around: list[tuple[int, int]] = []  # of each element: the outermost and the nearest paragraph
        self._bookmarks: dict[str, Slot] = {}

    def cut(self) -> None:
        """All views, then what stands in attributes."""
        for one in self._source.content:
            if isinstance(one, Slot):
                if self._part.places[one.node] in self._wanted:
                    self._text(one)
            else:
                self._element(one)
        for view in self._views.all():
            self._scrub.view(view)
        self._views.check(self._scrub)
        self._check_bookmarks()

    def _element(self, number: int) -> None:
        node = self._source.nodes[number]
        outer, near = self._around[node.parent] if node.parent >= 0 else (-1, -1)
        name = node.name
        if outer >= 0 and self._part.places[number] in self._wanted:
            if name in _BREAKS:
                self._views.add(number, (outer, near), _BREAKS[name], _READ, () if name == "p" else _NEAR)
            elif name == "sym":
                self._views.add(number, (outer, near), Locked(_symbol(self._source.elements[number])), _READ, _NEAR)
        if name == "p":
            outer, near = (number if outer < 0 else outer), number
        self._around.append((outer, near))
        for slot in node.attributes:
            self._attribute(slot, name)

    def _text(self, slot: Slot) -> None:
        name = self._source.nodes[slot.node].name
        around = self._around[slot.node]
        if name not in _WORDS or around[1] < 0:
            if slot.text and not slot.text.isspace():
                self._odd(slot, name)
        elif name in _FIELDS:
            self._views.add(slot.node, around, slot, ("fields",), ("codes",))
        elif name == "t":
            new = _is_new(self._source.elements[slot.node])
            self._views.add(slot.node, around, slot, ("now",) if new else _READ, _NEAR)
        else:
            self._views.add(slot.node, around, slot, ("before",), ("all",))

    def _odd(self, slot: Slot, name: str) -> None:
        if name in _WORDS:
            self._scrub.view([slot])
            return
        self._scrub.refuse(slot, "data of a field")
        if name == "fldData" and any(map(self._scrub.holds, _packed(slot.text))):
            raise CannotEdit("the person stands in data of a field")

    def _attribute(self, slot: Slot, name: str) -> None:
        here = self._part.places[slot.node] in self._wanted
        if slot.local in (_AUTHOR, _INITIALS):
            if slot.local == _AUTHOR and self._is_ours(slot, here=here) and self._scrub.whole(slot):
                self._without_initials(slot)
        elif not here:
            return
        elif slot.local in _LABELS.get(name, ()) or slot.local in _LINKED.get(name, ()):
            self._scrub.whole(slot)
            if name == _BOOKMARK:
                self._bookmarks[slot.text] = slot
        else:
            self._scrub.refuse(slot, "a setting of the text")

    def _is_ours(self, slot: Slot, *, here: bool) -> bool:
        """Authors are told among the properties; those of a comment with it, too; some (w:del) nowhere."""
        if PROPERTIES in self._wanted:
            return True
        if self._part.steps != ():
            return here or self._part.steps in self._wanted
        return here and slot.text.strip() not in self._part.authors

    def _without_initials(self, author: Slot) -> None:
        for slot in self._source.nodes[author.node].attributes:
            if slot.local == _INITIALS and slot.text:
                self._scrub.cut(slot, 0, len(slot.text), marked=False)

    def _check_bookmarks(self) -> None:
        if len([slot for slot in self._bookmarks.values() if slot.cuts]) > 1:
            raise CannotEdit("several bookmarks are named after the person")


def _packed(text: str) -> list[str]:
    """What can be read in the data of a field (ECMA-376 part 1, 17.16.17): base64 of any program's making."""
    try:
        return runs(a2b_base64(text))
    except (Error, ValueError):
        return [text]
