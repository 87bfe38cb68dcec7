"""The records of candidates and the identifiers in them: small items at once, large ones as far as they are asked for.

A register may have 100,000 rows, and one of them the subject's. Then the row counts, what is inside it, and as many of
the others as it takes to know that it is a list; the rest is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from scanner.index.contents import Span
from scanner.index.sqlite import Index
from scanner.index.views import RecordView
from scanner.records import IdType, Steps

_SMALL = 200  # records of an item that is read at once
_PAGE, _LARGEST_PAGE = 50, 800  # records of a larger one that are read first, and at most at a time

Fact = tuple[IdType, str]


class Contents:
    """One search's view of the index. `values` are all identifiers that were met so far, by token."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.values: dict[int, Fact] = {}
        self._spans: dict[int, Span] = {}
        self._small: dict[int, list[RecordView]] = {}

    def prepare(self, items: Collection[int], hits: Iterable[RecordView]) -> None:
        """Read the small ones of the items, and open what stands in the hits."""
        self._spans, self._small = self._index.spans(items), {}
        known = {view.id: view for view in hits}
        small = [number for number, span in self._spans.items() if span.size <= _SMALL]
        rows = self._index.raw_records(small)
        new = self._index.opened_records(row for row in rows if row[0] not in known)
        known.update((view.id, view) for view in new)
        for row in rows:
            self._small.setdefault(row[1], []).append(known[row[0]])
        self._open(known.values())

    def root(self, item: int) -> str:
        """The kind of the item's own record, which was read last."""
        if item in self._small:
            return next((view.kind for view in self._small[item] if not view.steps), "")
        span = self._spans.get(item)
        last = self._index.record(span.first + span.size - 1) if span is not None else None
        return last.kind if last is not None and not last.steps else ""

    def messages(self, item: int) -> frozenset[Steps]:
        """Where the item's messages begin."""
        if item in self._small or item not in self._spans:
            return frozenset(view.steps for view in self._small.get(item, ()) if view.kind == "message")
        return frozenset(self._index.steps_of_kind(item, "message"))

    def records(
        self, item: int, enough: Callable[[], bool] = lambda: False, tops: Iterable[Steps] = ()
    ) -> Iterator[RecordView]:
        """The item's records. Of a large one, after `enough`, only those at and inside `tops` that are left."""
        if item in self._small or item not in self._spans:
            yield from self._small.get(item, ())
            return
        span, wanted = self._spans[item], frozenset(steps for steps in tops if steps)
        start, size = span.first, _PAGE
        while page := self._index.opened_records(self._index.raw_page(item, start, size)):
            self._open(page)
            yield from page
            start, size = page[-1].id + 1, min(2 * size, _LARGEST_PAGE)
            if enough():
                yield from self._inside(item, start, wanted)
                return

    def _inside(self, item: int, start: int, tops: frozenset[Steps]) -> Iterator[RecordView]:
        if tops:
            views = self._index.records(self._index.inside(item, tops, start))
            self._open(views)
            yield from views

    def _open(self, views: Iterable[RecordView]) -> None:
        tokens = {mention.token for view in views for mention in view.mentions}
        self.values.update(self._index.identifiers(tokens - self.values.keys()))
