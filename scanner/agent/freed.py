"""What closed cases left as a hold kept it, and keeps it no longer: found again by its content, in a draft case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING

from connectors.base import Locator
from scanner.agent.done import Notice
from scanner.agent.kin import Kin
from scanner.case_lock import CaseBusy
from scanner.index.pack import path_token
from scanner.ledger import FILE, Ledger
from scanner.model import ERASING, Action, Case, Finding, Ownership, State, Tier
from scanner.ownership import names_others
from scanner.redo import note_opened, take_up
from scanner.retained import Retained, RetainedItem
from scanner.returns import Return, look

if TYPE_CHECKING:
    from scanner.agent.book import Book
    from scanner.workspace import Workspace


class Freed:
    """What holds kept for closed cases and keep no longer, as the index and the ledger have it now."""

    def __init__(self, work: Workspace, book: Book, today: date, now: datetime) -> None:
        self._work = work
        self._book = book
        self._today = today
        self._now = now
        self._rules = {one.name for one in work.config.holds if one.unattended}
        self._kept: dict[Locator, list[RetainedItem]] = {}

    def take_up(self) -> int:
        """Have each in a case; how many drafts were opened. A case that a person has in hand is left for next time.

        What may go unasked is marked there as any other that a hold kept (`mark`). The rest is told, once for each
        erased person and day.
        """
        if not (self._work.state / FILE).exists():
            return 0
        persons: dict[str, list[Return]] = {}
        for one in look(self._work, self._today):
            if one.ended is not None:
                persons.setdefault(one.number, []).append(one)
        if persons:
            self._find()
        opened = 0
        for number, group in sorted(persons.items()):
            with suppress(CaseBusy):
                opened += self._person(number, group)
        return opened

    def mark(self, case: Case) -> set[Locator]:
        """Mark the findings that are just what a hold kept: in its place, content as it was, certain then and now, of a
        case that was approved and carried out. Gives their items.

        What was the person's alone then is so now: the ledger knows fewer of the person's names than the case did.
        """
        marked: set[Locator] = set()
        for one in case.findings:
            kept = self._kept.get(one.locator.item, ())
            was = next((item for item in kept if self._is_place(one, item) and _is_same(one, item)), None)
            if was is None:
                continue
            one.lapsed, one.lapsed_on = was.hold, was.until
            marked.add(one.locator.item)
            if was.alone and was.hold in self._rules and _asks_of_others(one):
                one.action, one.ownership, one.others, one.reason = Action.REMOVE, Ownership.OWN, 0, None
        return marked

    def _is_place(self, one: Finding, was: RetainedItem) -> bool:
        """True where it lay when the case was closed: what lies elsewhere may be a copy that others have, or moved to
        them. It is for a person.
        """
        return (one.locator.source, path_token(self._work.sealer, one.locator.path)) == (was.source, was.path_token)

    def _person(self, number: str, group: Sequence[Return]) -> int:
        opened = 0
        hand = next((one.case for one in group if one.case is not None), None)
        if any(one.case is None for one in group):
            cases = take_up(self._work, group, self._now)
            for one in cases:
                note_opened(self._work, one)
            opened = sum(one.new for one in cases)
            hand = cases[0].case.number if cases else hand
        marked: set[Locator] = set()
        if hand is not None:
            with self._work.cases.lock(hand):
                case = self._work.cases.load(hand)
                marked = self.mark(case)
                if marked:
                    self._work.cases.save(case)
        self._tell(number, hand or number, [one for one in group if one.locator.item not in marked])
        return opened

    def _find(self) -> None:
        """What was kept, by where it lies now."""
        with Ledger.open(self._work.config) as ledger, self._work.index() as index, index.snapshot():
            retained = Retained(ledger, self._today)
            for one in retained.ended():
                for view in retained.find(one, index):
                    self._kept.setdefault(view.locator, []).append(one)

    def _tell(self, number: str, case: str, left: Sequence[Return]) -> None:
        """Once for each day on which holds of the erased person's case ended."""
        days = Counter(one.ended for one in left if one.ended is not None)
        with Kin.of(self._work) as kin:
            first = kin.first(number)
        for ended, items in sorted(days.items()):
            key = f"hold-ended:{first}:{ended}"
            self._book.note(Notice("hold-ended", key, case=case, due=ended, counts={"items": items}), self._now)


def _is_same(one: Finding, was: RetainedItem) -> bool:
    """The very content that was kept, then and now surely about the person, in a case that was carried out."""
    return (
        was.ran
        and was.certain
        and was.state is State.HELD
        and bool(was.hold)
        and one.state is State.OPEN
        and one.verdict is None
        and one.tier is Tier.CERTAIN
        and bool(was.content)
        and one.content == was.content.hex()
        and (one.print, one.occurrence) == (was.record, was.occurrence)
    )


def _asks_of_others(one: Finding) -> bool:
    """True where a person is asked for no other reason than that others are named in it, as far as is known now."""
    return (
        one.action is Action.DECIDE
        and not one.locator.steps
        and one.links == 1
        and one.notifies == 0
        and not one.snapshots
        and one.offer in ERASING
        and names_others(one.reason or "")
    )
