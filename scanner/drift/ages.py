"""Which items are older than the policy says: "applications older than 24 months: none".

An item is as old as it says itself, or its source; never as its file. What says nothing is counted apart, and what a
hold keeps breaks nothing: the law goes before. Each item is read once, and again only when it has changed: what it said
is remembered (`scanner.drift.days`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from config.model import Span
from scanner.drift.count import Check, Marks
from scanner.drift.days import DayBook, Days
from scanner.index.sweep import Swept

Spans = tuple[Span, ...]
Ask = Callable[[Iterable[tuple[Swept, Spans]]], Iterator[tuple[Swept, Days | None]]]
"""Asks items for their days, as these spans need them. None: it could not be read now."""

_AGAIN: Final = timedelta(days=30)  # after which an item without a day is asked again: its day may have lain ahead
_LOT: Final = 200  # items whose days are noted together: what a run that is cut off has read stays


class Ages:
    """Gathers the items that rules about age pick, then counts them. `year_end` as of `[company]`.

    `failed` are items that could not be read a moment ago: they are not asked again now. At most `most` are asked;
    where that was not enough there are `more`, and all is to be counted once more.
    """

    def __init__(
        self, checks: Sequence[Check], book: DayBook, year_end: str, today: date, failed: Marks, most: int
    ) -> None:
        self._checks = checks
        self._book = book
        self._year_end = year_end
        self._today = today
        self._lost = failed
        self._most = most
        self._seen = Marks(0)
        self._new: dict[int, tuple[Swept, tuple[int, ...]]] = {}
        self.more = False
        self.failed = 0

    def take(self, item: Swept) -> None:
        """Count an item for the rules that are about it, or keep it to be asked."""
        fits = [n for n, one in enumerate(self._checks) if one.take(item.id, item.source, item.path, item.kind)]
        if not fits:
            return
        self._seen.add(item.id)
        known = self._book.get(item)
        if known is not None and not self._is_to_ask(known, fits):
            self._count(fits, known)
        elif item.id in self._lost:
            self._count(fits, None)
            self.failed += 1
        elif len(self._new) < self._most:
            self._new[item.id] = item, tuple(fits)
        else:
            self.more = True

    def forget(self) -> None:
        """Once all items were taken: what was known of others is let go."""
        self._book.keep(self._seen)

    def settle(self, ask: Ask) -> None:
        """Ask the items that are new. What cannot be read now counts as undated, and is asked again next time."""
        lot: list[tuple[Swept, Days]] = []
        for item, days in ask((item, self._spans(fits)) for item, fits in self._new.values()):
            self._count(self._new[item.id][1], days)
            if days is None:
                self._lost.add(item.id)
                self.failed += 1
            else:
                lot.append((item, days))
            if len(lot) >= _LOT:
                self._book.put(lot)
                lot = []
        self._book.put(lot)

    def _is_to_ask(self, known: Days, fits: Iterable[int]) -> bool:
        if known.lacks_text(self._spans(fits), self._year_end, self._today):
            return True
        dated = known.received or known.created or known.document
        return dated is None and not timedelta() <= self._today - known.looked <= _AGAIN

    def _spans(self, fits: Iterable[int]) -> Spans:
        return tuple(_span(self._checks[number]) for number in fits)

    def _count(self, fits: Iterable[int], days: Days | None) -> None:
        for number in fits:
            check = self._checks[number]
            over = None if days is None else days.over(_span(check), self._year_end, self._today)
            if days is not None and over and (days.unsure or (days.held is not None and days.held >= self._today)):
                over = None if days.unsure else False
            check.untold += over is None
            check.breaking += over is True


def _span(check: Check) -> Span:
    span = check.rule.older
    assert span is not None  # only such rules are handed in
    return span
