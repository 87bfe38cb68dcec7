"""Asks live items for their days, in worker processes: by the evidence that culling goes by, and by their texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import NamedTuple

from config.build import readers_of
from config.model import CullRule, Span
from connectors.base import Locator
from connectors.errors import ConnectorError
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.cull.look import Judge
from scanner.drift.days import Days
from scanner.expand import Expansion
from scanner.holding import Holder
from scanner.index.sweep import Swept
from scanner.papers import Paper, Papers
from scanner.policy import Policy, longest
from scanner.read import ReaderSettings, Sources, blob_of
from scanner.registers.by_path import ByPath
from scanner.remembered import Remembered
from scanner.supervise import Failure, Supervisor
from scanner.workspace import Workspace, workers

_FEW = 32  # items below which one worker is enough
_EVERYTHING = CullRule(name="policy", match=("**",), after=Span("received"))  # what says to ask the source, too


class DateTask(NamedTuple):
    """One item to ask, as these spans need it."""

    item: Swept
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class DateSettings:
    """What a worker needs. Pickles."""

    reader: ReaderSettings
    holder: Holder
    year_end: str
    today: date


class Dater:
    """Asks items in one process."""

    def __init__(self, settings: DateSettings) -> None:
        self._today, self._year_end, self._holder = settings.today, settings.year_end, settings.holder
        self._judge = Judge(_EVERYTHING, settings.today)
        self._sources = Sources(settings.reader.sources)
        self._limits = settings.reader.limits
        self._aids = Aids(settings.reader.keys(), None, Remembered())
        self._registers = ByPath(settings.reader.registers, settings.reader.origins)

    def ahead(self, tasks: Sequence[DateTask]) -> None:
        """Tell the sources what will be read next, where they want to know."""
        self._sources.ahead([Locator(one.item.source, one.item.path) for one in tasks])

    def __call__(self, task: DateTask) -> Days | None:
        """None: it could not be read now, or is not there. Never raises for what it is like."""
        locator = Locator(task.item.source, task.item.path)
        try:
            connector = self._sources.get(locator.source)
            with connector.read(locator) as content:
                blob = blob_of(content, self._limits)
                received, created = self._judge.dates(locator, task.item.item, blob, connector, self._limits)
                days = Days(self._today, received, created)
                if days.lacks_text(task.spans, self._year_end, self._today):
                    days = self._read(days, task.item, blob)
        except ConnectorError:
            return None
        return days

    def _read(self, days: Days, item: Swept, blob: Blob) -> Days:
        """With what its text tells: its date, and whether a hold keeps it. The whole item is kept with a part of it."""
        expansion = Expansion(blob, self._limits, self._registers.aids(self._aids, item.source, item.path))
        papers = Papers.of(expansion, item.item).found(item.path.rpartition("/")[2])
        places = self._holder.places(item.source, item.path, item.item, papers, {})
        hold = longest(one.hold for one in places if one.sure)
        held = None if hold is None else hold.until or date.max
        return replace(days, document=_written(papers), held=held, text=True, unsure=bool(places) and hold is None)


def _written(papers: Sequence[Paper]) -> date | None:
    """The date of the latest document in an item. One whose class is not sure has none, nor then has the item."""
    vouchers = [one.voucher for one in papers if one.voucher.kind is not None or one.voucher.date is not None]
    days = [one.date if one.sure or one.kind is None else None for one in vouchers]
    known = [one for one in days if one is not None]
    return max(known) if known and len(known) == len(days) else None


def make_date_job(settings: DateSettings) -> Callable[[DateTask], Days | None]:
    """What a worker runs once at its start."""
    return Dater(settings)


def ask(
    work: Workspace, today: date, wanted: Iterable[tuple[Swept, tuple[Span, ...]]]
) -> Iterator[tuple[Swept, Days | None]]:
    """Every item with its days, in the order they are ready. One that breaks its worker says nothing, now as later."""
    tasks = [DateTask(item, spans) for item, spans in wanted]
    if not tasks:
        return
    config = work.config
    holder = Holder(Policy.of(config), today, work.origins)
    settings = DateSettings(work.reader(), holder, config.company.financial_year_end, today)
    most = readers_of(config, {one.item.source for one in tasks})
    with Supervisor(partial(make_date_job, settings), workers(), settings.reader.limits, chunk=16) as supervisor:
        for task, days in supervisor.run(tasks, 1 if len(tasks) <= _FEW else most):
            yield task.item, Days(today, text=True) if isinstance(days, Failure) else days
