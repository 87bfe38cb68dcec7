"""What one look at a rule counted, and what is gathered while it is made. No personal data: numbers of items alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from config.model import PolicyRule
from config.names import folded
from connectors.base import ItemKind
from scanner.policy_match import Document, Matcher, folders_of

_BITS = 8
_ANY = "\N{REPLACEMENT CHARACTER}"  # the name of something that nobody saw


@dataclass(frozen=True, slots=True)
class Count:
    """One rule now: how many items break it, of how many it could not be told, and how many were looked at.

    Of a rule about backups they are snapshots; of `scanned_within`, sources or backups.
    """

    rule: PolicyRule
    breaking: int
    untold: int
    looked: int

    @property
    def broken(self) -> bool:
        """True where more break it than may."""
        return self.breaking > self.rule.at_most


class Marks:
    """A set of items' numbers: one bit each, so that ten rules over millions of items cost a few megabytes."""

    def __init__(self, last: int = 0) -> None:
        """`last` is the highest number that is expected."""
        self._bits = bytearray(last // _BITS + 1)

    def __contains__(self, item: int) -> bool:
        at, bit = divmod(item, _BITS)
        return at < len(self._bits) and bool(self._bits[at] >> bit & 1)

    def add(self, item: int) -> bool:
        """True where it was not in it before."""
        if item in self:
            return False
        at, bit = divmod(item, _BITS)
        if at >= len(self._bits):
            self._bits.extend(bytes(at - len(self._bits) + 1 + len(self._bits) // _BITS))
        self._bits[at] |= 1 << bit
        return True


class Check:
    """One rule about items, while the index is gone through. `places` are the names of all sources."""

    def __init__(self, rule: PolicyRule, places: Collection[str], last: int) -> None:
        self.rule = rule
        self.fits = Marks(last)
        self.looked = 0
        self.breaking = 0
        self.untold = 0
        self._matcher = Matcher(rule)
        named = {folded(one) for one in rule.sources}
        self.sources = frozenset(one for one in places if not named or folded(one) in named)

    def take(self, item: int, source: str, path: str, kind: str) -> bool:
        """Whether the rule is about an item, which is then counted as looked at."""
        if not self.is_about(source, path, kind):
            return False
        self.looked += self.fits.add(item)
        return True

    def is_about(self, source: str, path: str, kind: str, within: str = "", inner: tuple[str, ...] = ()) -> bool:
        """Whether it is about an item of a kind, or about what lies in it: `within` is that one's kind."""
        if source not in self.sources:
            return False
        return self._matcher.match(Document(source, path, within or kind, inner, folders_of(kind, path)))

    def may_hide(self, source: str, path: str) -> bool:
        """Whether what could not be walked there may be, or hold, something that the rule is about."""
        below = f"{path}/{_ANY}" if path else _ANY
        kinds = self.rule.kinds or (ItemKind.FILE.value,)
        return any(self.is_about(source, at, kind) for kind in kinds for at in (path, below))

    def count(self) -> Count:
        """What it came to."""
        return Count(self.rule, self.breaking, self.untold, self.looked)
