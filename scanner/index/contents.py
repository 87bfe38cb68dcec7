"""What items hold, many at once: a look-up of a person asks for hundreds of items, and one query each is slow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

from connectors.base import GapReason
from scanner.index import codes
from scanner.index.base import SOURCE, Base, listed
from scanner.index.pack import open_steps, seal_steps
from scanner.records import Steps

_SIZES: Final = "SELECT id, first_record, records FROM item WHERE id IN (SELECT value FROM json_each(?))"
_OF_MANY: Final = (
    "SELECT record.id, record.item, record.kind, record.steps, record.mentions"
    " FROM item JOIN record ON record.id >= item.first_record AND record.id < item.first_record + item.records"
    " WHERE item.id IN (SELECT value FROM json_each(?)) ORDER BY item.id, record.id"
)
_PAGE: Final = (
    "SELECT id, item, kind, steps, mentions FROM record"
    " WHERE id >= ? AND id < (SELECT first_record + records FROM item WHERE id = ?) ORDER BY id LIMIT ?"
)
_STEPS: Final = (
    "SELECT id, steps FROM record"
    " WHERE id >= ? AND id < (SELECT first_record + records FROM item WHERE id = ?) AND length(steps) >= ? ORDER BY id"
)
_GAPPED: Final = (
    "SELECT item FROM gap WHERE item IN (SELECT value FROM json_each(?1))"
    " UNION SELECT item.id FROM gap JOIN item ON item.path = gap.path"
    " WHERE gap.item IS NULL AND item.id IN (SELECT value FROM json_each(?1))"
)
_COUNTED: Final = (
    "SELECT source.name, reason, sum(number) FROM ("
    " SELECT scope, reason, count(*) AS number FROM gap GROUP BY scope, reason"
    " UNION ALL SELECT scope, ?, count(*) FROM item INDEXED BY item_stale WHERE stale GROUP BY scope"
    ") JOIN scope ON scope.id = scope JOIN source ON source.id = scope.source GROUP BY source.id, reason"
)
_OF_KIND: Final = (
    "SELECT steps FROM item JOIN record ON record.id >= item.first_record"
    " AND record.id < item.first_record + item.records WHERE item.id = ? AND record.kind = ?"
)
_DEEPER: Final = len(', ""')  # what one step more adds to steps, at least (`pack.seal_steps`)
_REMEMBERED: Final = 50_000  # steps; `row 12` stands in many items


def _is_within(steps: Steps, tops: Collection[Steps], depths: Sequence[int]) -> bool:
    return any(steps[:depth] in tops for depth in depths if len(steps) >= depth)


class Span(NamedTuple):
    """Where the records of an item lie: consecutive ids from `first` on. The item's own record is the last."""

    first: int
    size: int


class Contents(Base):
    """Questions about items' records and gaps. All may raise Corrupt or DiskFailed."""

    def spans(self, items: Iterable[int]) -> dict[int, Span]:
        """How many records each item has, and where."""
        return {row[0]: Span(row[1], row[2]) for row in self._rows(_SIZES, (listed(items),))}

    def raw_records(self, items: Iterable[int]) -> list[tuple[Any, ...]]:
        """Rows of the records of these items (id, item, kind, steps, mentions), in the order they were read."""
        return self._rows(_OF_MANY, (listed(items),))

    def raw_page(self, item: int, start: int, limit: int) -> list[tuple[Any, ...]]:
        """The same of one item: so many, from the record with the id `start` on."""
        return self._rows(_PAGE, (start, item, limit))

    def inside(self, item: int, tops: Collection[Steps], start: int) -> list[int]:
        """The ids of the records of an item, from one on, that are one of `tops` or inside one of them.

        Sealing gives the same for the same and keeps the length, so most steps need not be opened.
        """
        sealed = {seal_steps(self._sealer, steps) for steps in tops}
        shortest = min((len(each) for each in sealed if each is not None), default=0)
        depths = sorted({len(steps) for steps in tops})
        return [
            number
            for number, steps in self._rows(_STEPS, (start, item, shortest))
            if steps in sealed
            or (len(steps) >= shortest + _DEEPER and _is_within(self.opened_steps(steps), tops, depths))
        ]

    def steps_of_kind(self, item: int, kind: str) -> list[Steps]:
        """The steps of the records of an item that are of a kind of `codes.RECORD_KINDS`."""
        return [self.opened_steps(row[0]) for row in self._rows(_OF_KIND, (item, codes.RECORD_KINDS[kind]))]

    def items_with_gaps(self, items: Sequence[int]) -> set[int]:
        """Those of the items in which something could not be read, or at whose path the last walk met a gap."""
        return {row[0] for row in self._rows(_GAPPED, (listed(items),))} if items else set()

    def counted_gaps(self) -> list[tuple[str, GapReason, int]]:
        """How many gaps each source has by reason; stale items are among them. Opens none."""
        rows = self._rows(_COUNTED, (codes.GAP_REASONS[GapReason.STALE],))
        return sorted(
            (self._sealer.open_text(name, SOURCE), codes.GAP_REASON_OF[reason], count) for name, reason, count in rows
        )

    def opened_steps(self, sealed: bytes | None) -> Steps:
        """Steps, each sealed value opened once."""
        if sealed is None:
            return ()
        known = self._steps.get(sealed)
        if known is None:
            if len(self._steps) >= _REMEMBERED:
                self._steps.clear()
            known = self._steps[sealed] = open_steps(self._sealer, sealed)
        return known

    @cached_property
    def _steps(self) -> dict[bytes, Steps]:
        return {}
