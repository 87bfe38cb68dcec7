"""Word drops white space at the ends of a text, unless it is told to keep it."""

from __future__ import annotations

from scanner.surgery.office.runs import result
from scanner.surgery.office.source import Slot, Source

_TEXTS = frozenset({"t", "delText", "instrText", "delInstrText"})
_KEEP = ' xml:space="preserve"'


def kept_spaces(source: Source) -> None:
    """Tells it so for the texts that begin or end with a space only since something before or behind it left."""
    for slot in source.slots():
        node = source.nodes[slot.node]
        if not slot.cuts or slot.key or node.name not in _TEXTS or node.get("space"):
            continue
        if "wordprocessingml" in str(source.elements[slot.node].tag) and _bares_space(slot):
            source.insert(node.inner - 1, _KEEP)


def _bares_space(slot: Slot) -> bool:
    new = result(slot, "[]")
    first, last = new[:1].isspace() and not slot.text[:1].isspace(), new[-1:].isspace() and not slot.text[-1:].isspace()
    return first or last
