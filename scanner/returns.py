"""What came back: data of erased persons that is in the index again, after a restore or a phone's re-sync.

What a hold kept and keeps no longer is told in the same way: it is time to erase it.

Looks at the records that came into the index since the last look and at the places where something was back then: no
scan pays for the whole index, but for the first one after a new index was made. Changes nothing but the ledger's notes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from connectors.base import Locator
from scanner.cases import CaseStore, CaseUnreadable, UnknownCase
from scanner.index.news import NewRecord, News
from scanner.index.pack import path_token
from scanner.index.views import ItemView, RecordView
from scanner.ledger import FILE, Ledger
from scanner.ledger_tokens import CONTENT
from scanner.model import Case, Finding, State, Tier
from scanner.outcomes import AGAIN, GONE
from scanner.records import Steps
from scanner.retained import Retained, RetainedItem
from scanner.returns_match import Fact, Matcher, Seen

if TYPE_CHECKING:  # the workspace may ask for returns
    from scanner.workspace import Workspace

_CHUNK = 500  # items judged at a time
_MEMO = 500_000  # identifier tokens remembered as known or unknown, about 50 MB
_NOT_YET = frozenset({"draft", "approved"})  # states of a case that has erased nothing yet


@dataclass(frozen=True, slots=True)
class Return:
    """One item with data of a person who was erased in case `number`.

    `within` are the records, `evidence` the types of identifiers that met, or "content": the very content that was
    erased. `case` is the open case that has it in hand. `ended` is the last day of the hold that kept the item: then it
    never left. `identifiers` are the values that met (True: asked for then): for the search, never for a log.
    """

    number: str
    noted: date
    locator: Locator
    within: tuple[Steps, ...]
    tier: Tier
    evidence: tuple[str, ...]
    case: str | None = None
    ended: date | None = None
    identifiers: dict[Fact, bool] = field(default_factory=dict, repr=False, compare=False)


def look(work: Workspace, today: date | None = None) -> list[Return]:
    """All returns that are in the index now, by source and path; none where nobody was ever erased.

    Call it after a scan. Raises ConfigError or WrongLedgerKey where the ledger's key is not the right one.
    """
    if not (work.state / FILE).exists():
        return []
    with Ledger.open(work.config) as ledger, work.index() as index, index.snapshot():
        backups = {one.name for one in work.config.backups}
        return Lookout(index, ledger, work.cases, backups).look(today or datetime.now(UTC).date())


class Lookout:
    """One look over one index."""

    def __init__(self, index: News, ledger: Ledger, cases: CaseStore, backups: Container[str] = ()) -> None:
        """`backups` are no places to which anything comes back: what they hold lies there until it is erased."""
        self._backups = backups
        self._index = index
        self._ledger = ledger
        self._cases = cases
        self._known: dict[int, bool] = {}
        self._opened: dict[str, Case | None] = {}

    def look(self, today: date) -> list[Return]:
        """All returns, and the ledger's note of how far was looked."""
        self._today = today
        self._ledger.expire(today)
        identity, following = self._index.identity, self._index.next_record
        self._noted = {one.number: one.noted for one in self._ledger.entries()}
        self._retained = Retained(self._ledger, today)
        self._ended = self._find_ended()
        if not self._noted and not self._ended:
            self._ledger.saw(identity, following, ())
            return []
        self._prepare()
        found: list[Return] = []
        places: list[tuple[str, int]] = []
        for item in self._items(self._ledger.seen(identity)):
            returns = self._judge(item)
            found += returns
            if returns:
                places.append((item.source, path_token(self._index.sealer, item.path)))
        self._ledger.saw(identity, following, places)
        return sorted(found, key=lambda one: (one.locator, one.number))

    def _prepare(self) -> None:
        self._book = self._ledger.book()
        self._matcher = Matcher(self._book, self._ledger.sealer)
        self._person = self._ledger.persons()
        self._redone = self._ledger.redone()
        self._contents = any(one.kind == CONTENT for known in self._book.values() for one in known)
        self._open = {line.number for line in self._cases.list() if line.status != "closed"}

    def _items(self, first: int) -> Iterator[ItemView]:
        """The items that may hold something of somebody erased."""
        wanted: dict[int, None] = dict.fromkeys(self._ended)
        for source, token in self._ledger.returned():
            view = self._index.item_by_token(source, token)
            if view is not None:
                wanted[view.id] = None
        for page in self._index.records_from(first):
            wanted.update(dict.fromkeys(self._hit(page)))
        numbers = list(wanted)
        for start in range(0, len(numbers), _CHUNK):
            found = self._index.items(numbers[start : start + _CHUNK]).values()
            yield from (item for item in found if item.source not in self._backups)

    def _hit(self, page: Sequence[NewRecord]) -> Iterator[int]:
        if len(self._known) > _MEMO:
            self._known.clear()
        unknown = {token for one in page for token in one.tokens} - self._known.keys()
        values = self._index.identifiers(unknown)
        self._known.update((token, token in values and self._matcher.knows(values[token])) for token in unknown)
        for one in page:
            if any(map(self._known.__getitem__, one.tokens)):
                yield one.item
        if self._contents:
            for item, content in self._index.contents(one.item for one in page).items():
                if self._ledger.sealer.token(CONTENT, content) in self._book:
                    yield item

    def _judge(self, item: ItemView) -> list[Return]:
        views = self._index.item_records(item.id)
        values = self._index.identifiers({mention[0] for view in views for mention in view.mentions})
        met: dict[str, list[_Met]] = {}
        for view in views:
            for number, seen in self._matcher.judge(view, values).items():
                mark = self._retained.print(view, values)
                met.setdefault(self._person.get(number, number), []).append(_Met(view, mark, seen))
        same = self._same_content(item)
        found = (self._of_person(item, person, met.get(person, ()), person in same) for person in {*met, *same})
        returns = [one for one in found if one is not None]
        over = self._ended.get(item.id)
        if over is None or {*met, *same}:
            return returns
        case = self._in_hand(item.locator, self._drafts([over.number]))
        if case is not None and case.settles(set()):
            return []
        noted = self._noted.get(over.number, self._today)
        hand = case.number if case is not None else None
        return [Return(over.number, noted, item.locator, (), Tier.PROBABLE, (), hand, over.until)]

    def _find_ended(self) -> dict[int, RetainedItem]:
        """The items that a hold kept, by their number in the index."""
        return {view.id: one for one in self._retained.ended() for view in self._retained.find(one, self._index)}

    def _same_content(self, item: ItemView) -> set[str]:
        """The persons of whom just this content was erased."""
        if item.content is None:
            return set()
        return {
            self._person[one.number] for one in self._book.get(self._ledger.sealer.token(CONTENT, item.content), ())
        }

    def _of_person(self, item: ItemView, person: str, met: Iterable[_Met], same: bool) -> Return | None:
        numbers = [number for number, other in self._person.items() if other == person] or [person]
        if self._retained.is_whole(numbers, item, self._index):
            return None
        records = list({one.view.id: one for one in met}.values())
        marks = Counter(one.mark for one in records)
        kept = self._retained.holds(numbers, item, self._index, marks)
        left = [one for one in met if one.mark not in kept]
        if not left and not same:
            return None
        case = self._in_hand(item.locator, [*numbers, *self._drafts(numbers)])
        if case is not None and case.settles({one.view.id for one in left}):
            return None
        seen = [one.seen for one in left]
        tiers = [one.tier for one in seen] + ([Tier.CERTAIN] if same else [])
        kinds = {kind for one in seen for kind in one.evidence} | ({CONTENT} if same else set())
        identifiers: dict[Fact, bool] = {}
        for one in seen:
            for fact, given in one.values.items():
                identifiers[fact] = given or identifiers.get(fact, False)
        return Return(
            person,
            self._noted.get(person, self._today),
            item.locator,
            tuple(dict.fromkeys(one.view.steps for one in left)),
            min(tiers, key=list(Tier).index),
            tuple(sorted(kinds)),
            case.number if case is not None else None,
            self._end(item, numbers),
            identifiers,
        )

    def _end(self, item: ItemView, numbers: Iterable[str]) -> date | None:
        over = self._ended.get(item.id)
        return over.until if over is not None and over.number in numbers else None

    def _drafts(self, numbers: Iterable[str]) -> list[str]:
        known = set(numbers)
        return [draft for draft, number in self._redone.items() if number in known and draft not in known]

    def _in_hand(self, locator: Locator, numbers: Iterable[str]) -> _InHand | None:
        """The open case of the person that has findings there which are not gone."""
        for number in sorted(numbers, reverse=True):
            case = self._case(number)
            findings = [one for one in case.findings if one.locator.item == locator] if case is not None else []
            staying = [one for one in findings if one.state not in GONE]
            if case is not None and staying:
                return _InHand(number, staying, again=number in self._redone and case.status in _NOT_YET)
        return None

    def _case(self, number: str) -> Case | None:
        if number not in self._opened:
            self._opened[number] = None
            if number in self._open:
                with suppress(UnknownCase, CaseUnreadable):
                    self._opened[number] = self._cases.load(number)
        return self._opened[number]


@dataclass(frozen=True, slots=True)
class _Met:
    """One record, its print, and what it has of the person."""

    view: RecordView
    mark: bytes
    seen: Seen


@dataclass(frozen=True, slots=True)
class _InHand:
    """What an open case has of an item. `again`: it was opened because this came back, and has erased nothing yet."""

    number: str
    findings: list[Finding]
    again: bool

    def settles(self, records: set[int]) -> bool:
        """True where this is nothing new: it never left, or somebody decided that it stays.

        A namesake's record is none of the person's, so that one that stays settles nothing that came back beside it.
        """
        known = [one for one in self.findings if one.tier is not Tier.POSSIBLE and not self._came_back(one)]
        return any(not one.locator.steps for one in known) or len(known) >= max(len(records), 1)

    def _came_back(self, one: Finding) -> bool:
        if one.state in (State.KEPT, State.HELD):
            return False
        return self.again or one.reason == AGAIN
