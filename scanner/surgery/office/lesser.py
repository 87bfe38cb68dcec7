"""Parts that are not running text: properties, relations, charts, custom XML. What the reader tells of them is cut."""

from __future__ import annotations

import re

from scanner.formats.office.ooxml_text import _PERSONS, _TELLING
from scanner.surgery.base import CannotEdit
from scanner.surgery.office.runs import Piece, Scrub
from scanner.surgery.office.source import Slot, Source

_AUTHORS = frozenset({"person", "author", "cmAuthor", "presenceInfo"})
_SAYS = frozenset({"author", "name", "displayName", "userId"})
_TYPED = frozenset(
    {
        "i1",
        "i2",
        "i4",
        "i8",
        "int",
        "ui1",
        "ui2",
        "ui4",
        "ui8",
        "uint",
        "r4",
        "r8",
        "decimal",
        "bool",
        "date",
        "filetime",
    }
)
_LABELS = frozenset({("property", "name"), ("user-defined", "name"), ("template", "title")})
_COUNT = re.compile(r"\d{1,5}")
_SHOWN = frozenset({"hyperlink", "attachedTemplate", "mailMergeSource", "mailMergeHeaderSource"})


def link_targets(source: Source, scrub: Scrub) -> None:
    """A part's relations: what it links to outside (mailto:, a template's path). Part names and ids must stay."""
    for slot in source.slots():
        node = source.nodes[slot.node]
        outside = slot.local == "Target" and node.get("TargetMode") == "External"
        if outside and node.get("Type").rpartition("/")[2] in _SHOWN:
            scrub.target(slot)
        else:
            scrub.refuse(slot, "a link that the document needs")


def properties(source: Source, scrub: Scrub) -> None:
    """Document properties: every text, and the names of those that users add."""
    for slot in source.slots():
        name = source.nodes[slot.node].name
        if slot.key:
            if (name, slot.local) in _LABELS:
                scrub.whole(slot)
            elif name in ("template", "auto-reload") and slot.local == "href":
                scrub.target(slot, encoded=False)
            else:
                scrub.refuse(slot, "the properties")
        elif name in _TYPED or source.nodes[slot.node].get("value-type") in _TYPED:
            if not _COUNT.fullmatch(slot.text) and scrub.spans(slot.text):
                raise CannotEdit("a property that is a number is the person's")
        else:
            scrub.whole(slot)


def told(source: Source, scrub: Scrub) -> None:
    """A lesser part: texts joined as the reader joins them, and the attributes that people write."""
    whole: list[Piece] = []
    paragraphs: dict[int, list[Piece]] = {}
    for one in source.content:
        if not isinstance(one, Slot):
            if source.nodes[one].name == "p":
                whole.append("\n")
            for slot in source.nodes[one].attributes:
                _attribute(slot, source.nodes[one].name, scrub)
        elif one.text and not one.text.isspace():
            if source.nodes[one.node].name == "t":
                whole.append(one)
                near = next((number for number in source.chain(one.node) if source.nodes[number].name == "p"), -1)
                paragraphs.setdefault(near, []).append(one)
            else:
                whole += [one, "\n"]
            scrub.view([one])
    for view in (whole, *paragraphs.values()):
        scrub.view(view)


def _attribute(slot: Slot, name: str, scrub: Scrub) -> None:
    if slot.local in _TELLING or slot.local in _PERSONS or (name in _AUTHORS and slot.local in _SAYS):
        scrub.whole(slot)
    else:
        scrub.refuse(slot, "an attribute of a lesser part")
