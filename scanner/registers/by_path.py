"""Which `[[register]]` an item falls under, and the mark by which a scan sees that this has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from config.model import Register
from config.names import folded
from scanner.aids import Aids
from scanner.backups.origins import Origins
from scanner.policy_match import Patterns

MARK = "register:"
"""How a mark begins. It stands among the formats that an item was read by, and is none."""


class ByPath:
    """The registers of a configuration, by the paths of items. Rules in the order of the file: the first that fits."""

    def __init__(self, registers: Iterable[Register], origins: Origins | None = None) -> None:
        """What lies in a backup falls under the rules of its place in its source: `origins` knows it."""
        self._origins = origins or Origins()
        self._rules = [(one, {folded(name) for name in one.sources}, Patterns(one.match)) for one in registers]
        self._marks: dict[tuple[Register, ...], str] = {}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def of(self, source: str, path: str) -> tuple[Register, ...]:
        """Those that the item falls under, with all tables in it."""
        if not self._rules:
            return ()
        places = self._origins.places(source, path)
        return tuple(
            rule
            for rule, sources, patterns in self._rules
            if any((not sources or folded(name) in sources) and patterns.match(where) for name, where in places)
        )

    def aids(self, aids: Aids, source: str, path: str) -> Aids:
        """What helps to read the item. What was read of the same attachment elsewhere was read without its rules."""
        found = self.of(source, path)
        return replace(aids, registers=found, remembered=None) if found else aids

    def mark(self, source: str, path: str) -> str:
        """A short word that another set of rules would change; nothing where no rule is about the item."""
        found = self.of(source, path)
        if not found:
            return ""
        if found not in self._marks:
            self._marks[found] = MARK + blake2b(repr(found).encode(), digest_size=6).hexdigest()
        return self._marks[found]


def mark_in(formats: Iterable[str]) -> str:
    """The mark among the formats that an item was read by."""
    return next((name for name in formats if name.startswith(MARK)), "")
