"""What stays of an erased person because a law or a person keeps it: known again by keyed prints, not readable.

An item is known by its content wherever it lies, and where it lies by the prints of its records: a list whose other
rows change keeps its held row. So what is held or kept is no return, and when a hold ends the item is found again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from connectors.base import Locator
from scanner.hands.kinds import is_hand
from scanner.index.news import News
from scanner.index.pack import path_token
from scanner.index.views import ItemView, RecordView
from scanner.ledger import Ledger
from scanner.ledger_tokens import CONTENT
from scanner.model import Action, Case, Finding, State, Tier
from scanner.outcomes import GONE
from scanner.plan import FOLDER
from scanner.records import Steps
from scanner.returns_match import Matcher, Values

RECORD = "record"  # the kind of a print of one record, by the identifiers that it holds
_ANYWHERE = b"\0" * 16  # the place of a content print: wherever it lies
_OVER = "(state = 'held' AND until IS NOT NULL AND until < ?)"


@dataclass(frozen=True, slots=True)
class RetainedItem:
    """One item that stays, of a closed case. `record` and `occurrence` are those of its finding, where it had them.

    `certain` is what its tier was; `ran`: the case had been approved and carried out; `alone`: it was the person's
    alone, so that nothing but the hold kept it from being removed whole.
    """

    number: str
    state: State
    until: date | None
    statute: str | None
    hold: str
    source: str
    path_token: int
    content: bytes
    record: str
    occurrence: int
    certain: bool = False
    ran: bool = False
    alone: bool = False


class _Print(NamedTuple):
    place: bytes
    print: bytes
    kind: str


class Retained:
    """The retained items in the ledger's file."""

    def __init__(self, ledger: Ledger, today: date) -> None:
        """What a hold kept whose last day was before `today` is not retained any more: see `ended`."""
        self._ledger = ledger
        self._sealer = ledger.sealer
        self._today = today
        sql = f"SELECT number, place, print, count FROM retained WHERE NOT {_OVER}"  # noqa: S608 - a constant
        rows: list[Any] = ledger.db.execute(sql, (today.isoformat(),)).fetchall()
        self._counts = {(str(number), bytes(place), bytes(mark)): int(count) for number, place, mark, count in rows}

    def keep(self, case: Case, index: News, matcher: Matcher) -> int:
        """Durably note all that the case leaves behind, in place of what was noted of it before; how many findings.

        `matcher` must know the case: note it in the ledger first.
        """
        staying = [one for one in case.findings if one.state not in GONE and one.kind != FOLDER and not is_hand(one)]
        by_item: dict[Locator, list[Finding]] = {}
        for one in staying:
            by_item.setdefault(one.locator.item, []).append(one)
        rows = [row for item, findings in by_item.items() for row in self._rows(case, item, findings, index, matcher)]
        before = self._ledger.redone().get(case.number)
        old = [(before, place, mark) for _, place, mark, *_ in rows] if before is not None else []
        with self._ledger.transaction():
            self._ledger.db.execute("DELETE FROM retained WHERE number = ?", (case.number,))
            self._ledger.db.executemany("DELETE FROM retained WHERE number = ? AND place = ? AND print = ?", old)
            self._ledger.db.executemany("INSERT OR REPLACE INTO retained VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        return len(staying)

    def is_whole(self, numbers: Iterable[str], item: ItemView, index: News) -> bool:
        """True for an item with just the content of one that one of these cases left: in its place, or moved.

        A copy beside the item that is still in its place is none.
        """
        if item.content is None:
            return False
        content = self._sealer.token(CONTENT, item.content)
        return any(
            (number, _ANYWHERE, content) in self._counts and not self._is_copy(number, content, item, index)
            for number in numbers
        )

    def _is_copy(self, number: str, content: bytes, item: ItemView, index: News) -> bool:
        sql = "SELECT sealed FROM retained WHERE number = ? AND place = ? AND print = ?"
        sealed: Any = self._ledger.db.execute(sql, (number, _ANYWHERE, content)).get
        raw = self._sealer.open(bytes(sealed), f"retained {number}")
        there = index.item_by_token(raw["source"], raw["path"])
        return there is not None and there.id != item.id and there.content == item.content

    def holds(self, numbers: Iterable[str], item: ItemView, index: News, records: Mapping[bytes, int]) -> set[bytes]:
        """Which records of the item one of these cases left in this place: by their prints, with how many have each."""
        known = list(numbers)
        place = self._ledger.place(item.source, path_token(index.sealer, item.path))
        return {
            mark
            for mark, count in records.items()
            if any(count <= self._counts.get((number, place, mark), 0) for number in known)
        }

    def print(self, view: RecordView, values: Values) -> bytes:
        """What a record is known by: its kind and the identifiers in it, not its number."""
        held = sorted({values[token] for token, _, _ in view.mentions if token in values})
        return self._sealer.token(RECORD, view.kind, *(part for fact in held for part in fact))

    def ended(self) -> list[RetainedItem]:
        """What no hold keeps any more: its last day has passed."""
        sql = f"SELECT number, state, until, sealed FROM retained WHERE {_OVER} ORDER BY number"  # noqa: S608
        rows: list[Any] = self._ledger.db.execute(sql, (self._today.isoformat(),)).fetchall()
        found: dict[RetainedItem, None] = {}
        for number, state, until, sealed in rows:
            raw = self._sealer.open(bytes(sealed), f"retained {number}")
            one = RetainedItem(
                str(number),
                State(state),
                date.fromisoformat(str(until)),
                raw["statute"],
                raw["hold"],
                raw["source"],
                raw["path"],
                bytes.fromhex(raw["content"]),
                raw["record"],
                raw["occurrence"],
                raw.get("certain", False),
                raw.get("ran", False),
                raw.get("alone", False),
            )
            found[one] = None
        return list(found)

    def find(self, one: RetainedItem, index: News) -> list[ItemView]:
        """Where it is now: the items with just its content, or else the item in its place."""
        same = index.items(index.items_with_content(one.content)) if one.content else {}
        if same:
            return list(same.values())
        there = index.item_by_token(one.source, one.path_token)
        return [there] if there is not None else []

    def _rows(
        self, case: Case, item: Locator, findings: Sequence[Finding], index: News, matcher: Matcher
    ) -> list[tuple[object, ...]]:
        number, ran = case.number, case.approved_at is not None and case.run_at is not None
        token = path_token(index.sealer, item.path)
        whole = next((one for one in findings if not one.locator.steps), None)
        prints = self._prints(number, item, findings, index, matcher)
        first = whole or findings[0]
        content = index.item_by_path(item.source, item.path)
        hashed = content.content if content is not None else None
        if hashed is not None:
            prints[_Print(_ANYWHERE, self._sealer.token(CONTENT, hashed), CONTENT)] = (first, 1)
        place = self._ledger.place(item.source, token)
        if not prints:
            prints[_Print(place, self._sealer.token(RECORD, "nothing"), RECORD)] = (first, 0)
        rows: list[tuple[object, ...]] = []
        for mark, (one, count) in prints.items():
            sealed = {
                "source": item.source,
                "path": token,
                "content": hashed.hex() if hashed is not None else "",
                "statute": one.statute,
                "hold": one.hold,
                "record": one.print,
                "occurrence": one.occurrence,
                "whole": not one.locator.steps,
                "certain": one.tier is Tier.CERTAIN,
                "ran": ran,
                "alone": one.proposed is Action.REMOVE and not one.locator.steps,
            }
            until = one.until.isoformat() if one.until else None
            box = self._sealer.seal(sealed, f"retained {number}")
            rows.append((number, *mark, count, one.state.value, until, box))
        return rows

    def _prints(
        self, number: str, item: Locator, findings: Sequence[Finding], index: News, matcher: Matcher
    ) -> dict[_Print, tuple[Finding, int]]:
        """The records of the item that hold something of the person and stay."""
        there = index.item_by_path(item.source, item.path)
        if there is None:
            return {}
        place = self._ledger.place(item.source, path_token(index.sealer, item.path))
        views = index.item_records(there.id)
        values = index.identifiers({mention[0] for view in views for mention in view.mentions})
        staying = {one.locator.steps: one for one in findings}
        counts: Counter[_Print] = Counter()
        found: dict[_Print, Finding] = {}
        for view in views:
            one = _of(view.steps, staying)
            if one is not None and number in matcher.judge(view, values):
                mark = _Print(place, self.print(view, values), RECORD)
                counts[mark] += 1
                found.setdefault(mark, one)
        return {mark: (one, counts[mark]) for mark, one in found.items()}


def _of(steps: Steps, staying: Mapping[Steps, Finding]) -> Finding | None:
    """The finding that a record stays with: its own, or one around it."""
    return next((staying[steps[:size]] for size in range(len(steps), -1, -1) if steps[:size] in staying), None)
