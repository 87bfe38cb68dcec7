"""What a row says that leaves, and whether another place of the file keeps a copy of it.

Rows and notes that mention the person are records of their own, found and decided on by themselves. What is looked for
here is what programs keep beside the cells: caches, lists, names, rules, properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.surgery.base import Person
from scanner.surgery.tables.sheet_markup import Node

_PIECES = re.compile(r'[",;\n\t]')
_FRACTION = re.compile(r"-?\d*[.,]\d+(?:[eE]-?\d+)?")
_DULL = re.compile(r"[\W_\d]{0,5}|https?://schemas\.[^ ]*|\{[0-9A-Fa-f-]{36}\}")


class Copies:
    """The values of the rows that leave which tell something: the person's own, and what no other row says."""

    def __init__(self, person: Person, values: Iterable[str], common: Iterable[str] = ()) -> None:
        """`values` stand in rows that leave, `common` in others too."""
        shared = set(common)
        self._person = person
        self._telling = {value.strip() for value in values if value not in shared and tells(value)}
        self._known: dict[str, bool] = {}

    def holds(self, text: str) -> bool:
        """Whether the text names the person, or says what only a row said that leaves."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._looked(text)
        return known

    def _looked(self, text: str) -> bool:
        if not text or _DULL.fullmatch(text):
            return False
        if text.strip() in self._telling or any(piece.strip() in self._telling for piece in _PIECES.split(text)):
            return True
        return self._person.holds(text)

    def within(self, node: Node) -> bool:
        """Whether the element or anything below it holds a copy, in its text or in attributes."""
        for one in node.iter():
            if any(map(self.holds, one.attributes.values())):
                return True
            if not one.children and self.holds(one.text):
                return True
        return bool(node.children) and self.holds(node.text)


def tells(value: str) -> bool:
    """Whether a value that only one row has may be known again elsewhere; `ja`, `12` and `0.998629` may not."""
    value = value.strip()
    if _FRACTION.fullmatch(value):
        return False
    digits = sum(map(str.isdigit, value))
    words = len(value.split())
    return digits >= 6 or "@" in value or (len(value) > 4 and words > 1) or len(value) >= 8
