"""How many other persons' identifiers stand in an item, and in and below those of its records that matter."""

from __future__ import annotations

from scanner.identity.facts import STRONG
from scanner.records import IdType, Steps

_ENOUGH = 100  # beyond this a list is a list; the exact number says no more
_BESIDE = 3  # how many of them are shown; the count tells how many there are

Fact = tuple[IdType, str]


class Others:
    """Counts other persons' identifiers, each once, in the whole item and in and below some of its records."""

    def __init__(self, tops: set[Steps]) -> None:
        self.tops = tops
        self._depths = sorted({len(steps) for steps in tops if steps})
        self._seen: dict[Steps, set[Fact]] = {steps: set() for steps in (*tops, ())}

    def wants(self, steps: Steps) -> bool:
        """False where a record adds nothing that counts: beyond a hundred a list is a list."""
        return not self.is_full() or any(self._over(steps))

    def is_full(self) -> bool:
        """True where the whole item holds so many that the number says no more."""
        return len(self._seen[()]) >= _ENOUGH

    def add(self, steps: Steps, facts: set[Fact]) -> None:
        """What one record holds."""
        for top in ((), *self._over(steps)):
            self._seen[top] |= facts

    @property
    def all(self) -> int:
        """In the whole item, up to a hundred."""
        return min(len(self._seen[()]), _ENOUGH)

    @property
    def within(self) -> dict[Steps, int]:
        """In each of the records, and all inside it, up to a hundred."""
        return {steps: min(len(self._seen[steps]), _ENOUGH) for steps in self.tops}

    @property
    def beside(self) -> dict[Steps, tuple[str, ...]]:
        """A few strong identifiers of other persons in each of the records, and in the item."""
        return {
            steps: tuple(sorted({_shown(fact) for fact in facts if fact[0] in STRONG})[:_BESIDE])
            for steps, facts in self._seen.items()
            if facts
        }

    def _over(self, steps: Steps) -> list[Steps]:
        return [steps[:depth] for depth in self._depths if len(steps) >= depth and steps[:depth] in self.tops]


def _shown(fact: Fact) -> str:
    """A value for the screen; a personnummer is shown to nobody who did not ask for it."""
    return "a national id" if fact[0] is IdType.NATIONAL_ID else fact[1]
