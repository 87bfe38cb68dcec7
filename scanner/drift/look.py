"""One look at all rules of the policy: what the index says now, and the days of items that are new in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Final

from config.model import PolicyRule
from scanner.drift.ages import Ages
from scanner.drift.count import Check, Count, Marks
from scanner.drift.dating import ask
from scanner.drift.days import FILE, DayBook
from scanner.drift.identifiers import count_identifiers
from scanner.drift.places import count_scanned, count_snapshots
from scanner.index.sqlite import Index
from scanner.index.sweep import Sweep
from scanner.today import today
from scanner.workspace import Workspace

_MOST: Final = 20_000  # new items that one pass keeps in memory, to ask them; then it begins again


@dataclass(frozen=True, slots=True)
class Look:
    """The counts in the order of the rules; `unread` items could not be asked for their days, as sources were away."""

    counts: Sequence[Count] = ()
    unread: int = 0


@dataclass(slots=True)
class _Pass:
    """The rules about items, by what they check."""

    older: list[Check] = field(default_factory=list)
    identifiers: list[Check] = field(default_factory=list)
    none: list[Check] = field(default_factory=list)

    def all(self) -> list[Check]:
        return [*self.older, *self.identifiers, *self.none]


def look(work: Workspace, now: datetime, most: int = _MOST) -> Look:
    """Count every rule. Raises NoIndex where nothing was scanned yet, and as `Workspace.reader` and `Supervisor`.

    `most` bounds how many items are asked in one pass. Nothing is noted but the days of items.
    """
    rules = work.config.policies
    with work.index() as index:
        with DayBook(work.state / FILE, work.sealer, _basis(work, index)) as book:
            asked = _about_items(work, rules, index, book, most)
        places = [_place(work, one, index, today(), now) for one in rules]
    counts = {one.rule.name: one for one in (*asked.counts, *(one for one in places if one is not None))}
    return Look([counts[one.name] for one in rules], asked.unread)


def _basis(work: Workspace, index: Index) -> str:
    """What items' days hang on besides their content: another one, and all are asked again."""
    rules = repr((work.config.holds, work.config.company.financial_year_end, work.config.registers))
    return f"{index.identity or ''} {work.sealer.plan_hash(rules.encode())}"


def _place(work: Workspace, rule: PolicyRule, index: Index, day: date, now: datetime) -> Count | None:
    """The count of a rule about whole places; None for one about items."""
    if rule.keeps_days is not None:
        return count_snapshots(rule, index, day)
    return count_scanned(rule, work.config, index, now) if rule.scanned_within else None


def _about_items(work: Workspace, rules: Sequence[PolicyRule], index: Index, book: DayBook, most: int) -> Look:
    if not any(one.older or one.identifiers or one.none for one in rules):
        return Look()
    day = today()
    failed = Marks(Sweep.of(index).last())
    while True:
        with index.snapshot():
            sweep = Sweep.of(index)
            made = _checks(work, rules, sweep.last())
            ages = Ages(made.older, book, work.config.company.financial_year_end, day, failed, most)
            _sweep(made, ages, sweep, work)
            _unscanned(made, index)
        ages.settle(partial(ask, work, day))
        if not ages.more:
            return Look([one.count() for one in made.all()], ages.failed)


def _checks(work: Workspace, rules: Sequence[PolicyRule], last: int) -> _Pass:
    made = _Pass()
    names = [one.name for one in work.config.sources]  # a copy in a backup is what rules about backups are for
    for rule in rules:
        group = made.older if rule.older else made.identifiers if rule.identifiers else made.none if rule.none else None
        if group is not None:
            group.append(Check(rule, names, last))
    return made


def _sweep(made: _Pass, ages: Ages, sweep: Sweep, work: Workspace) -> None:
    for item in sweep.items():
        ages.take(item)
        for check in (*made.identifiers, *made.none):
            check.take(item.id, item.source, item.path, item.kind)
    for check in made.none:
        check.breaking = check.looked
    ages.forget()
    count_identifiers(made.identifiers, sweep, work.company)
    for source, path in sweep.unwalked():
        for check in made.all():
            check.untold += check.may_hide(source, path)


def _unscanned(made: _Pass, index: Index) -> None:
    """A source that was never walked to its end is one more place of which nothing can be told."""
    walked = {one.source for one in index.searched() if one.scanned_at is not None}
    for check in made.all():
        check.untold += len(check.sources - walked)
