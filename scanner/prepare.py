"""Before a step is tried: is the item what was planned, is it held, and what is it without the records that leave?

Runs in worker processes like a scan, on the live content: a plan says what may go, never that it must, and what an
editor makes of hostile bytes costs a worker at most. Nothing here writes to a source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connectors.base import Content, ItemKind, Locator
from connectors.errors import ConnectorError, NotFound
from scanner.aids import Aids
from scanner.blob import Blob
from scanner.cull.look import NOT_DUE, Judge
from scanner.expand import Expansion
from scanner.holding import Held, Holder
from scanner.index.seal import Keys, Sealer
from scanner.model import Cut, Step, SubjectId
from scanner.papers import Papers
from scanner.read import ReaderSettings, Sources, blob_of
from scanner.records import Unread
from scanner.registers.by_path import ByPath
from scanner.remembered import Remembered
from scanner.statistics import Line, line_for
from scanner.surgery.base import CannotEdit
from scanner.surgery.operate import operate
from scanner.surgery.person import Subject

Prepare = Callable[[Iterable[Step]], Iterator[tuple[Step, "Prepared"]]]


class PrepareTask(NamedTuple):
    """One step of a plan: the item, the keyed hash of the content that was planned (hex), the records that leave."""

    source: str
    path: str
    kind: str
    content: str
    cuts: tuple[Cut, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What may be done now. Exactly one of the fields speaks; none at all: the item may go whole."""

    absent: bool = False
    changed: bool = False
    unread: str = ""  # why it could not be looked at; then nothing is tried
    held: Held | None = None
    stays: str = ""  # why no rule of culling lets it go now
    refused: str = ""  # why the records cannot be taken out of it
    after: bytes | None = None  # the item without them
    made: str = ""  # the keyed hash of `after`
    emptied: bool = False  # the records were all there is in it, so it goes whole
    lines: tuple[Line, ...] = ()  # for the statistics, once it is done


@dataclass(frozen=True, slots=True)
class PrepareSettings:
    """The reader's settings, the subject as editors know it, and the rules that hold items."""

    reader: ReaderSettings
    subject: tuple[SubjectId, ...]
    language: str
    holder: Holder
    statistics: bool = False
    cull: Judge | None = None  # of a case of culling: who has the last word on each item


class Preparer:
    """Looks at one step's item in one process."""

    def __init__(self, settings: PrepareSettings) -> None:
        self._settings = settings
        self._sources = Sources(settings.reader.sources)
        self._limits = settings.reader.limits
        self._aids = Aids(settings.reader.keys(), None, Remembered())
        self._registers = ByPath(settings.reader.registers, settings.reader.origins)
        self._sealer = Sealer(Keys.derive(settings.reader.master))
        self._person = Subject.of(settings.subject, settings.reader.detect, settings.language)

    def ahead(self, tasks: Sequence[PrepareTask]) -> None:
        """Tell the sources what will be looked at next, where they want to know."""
        self._sources.ahead([Locator(task.source, task.path) for task in tasks])

    def __call__(self, task: PrepareTask) -> Prepared:
        """Never raises for what the item or the source are like."""
        try:
            with self._sources.get(task.source).read(Locator(task.source, task.path)) as content:
                return self._prepared(task, content)
        except NotFound:
            return Prepared(absent=True)
        except ConnectorError as error:
            return Prepared(unread=str(error))

    def _prepared(self, task: PrepareTask, content: Content) -> Prepared:
        blob = blob_of(content, self._limits)
        hasher = self._sealer.content_hasher()
        stream = blob.open()
        while chunk := stream.read(1 << 20):
            hasher.update(chunk)
        if task.content and hasher.digest().hex() != task.content:
            return Prepared(changed=True)
        papers = self._papers(task, blob)
        held = self._settings.holder.held(
            task.source, task.path, task.kind, papers.found(self._named(task).rpartition("/")[2]), task.cuts
        )
        if held is not None:
            return Prepared(held=held)
        if self._settings.cull is not None and not self._is_due(self._settings.cull, task, blob, papers):
            return Prepared(stays=NOT_DUE)
        lines = self._lines(task, papers)
        if not task.cuts:
            return Prepared(lines=lines)
        try:
            after = operate(blob, task.cuts, self._person, self._limits, self._aids_for(task))
        except CannotEdit as error:
            return Prepared(refused=error.reason)
        if self._is_emptied(task, Blob(after, content.name, limit=self._limits.blob)):
            return Prepared(emptied=True, lines=lines)
        return Prepared(after=after, made=self._sealer.content(after).hex(), lines=lines)

    def _is_due(self, judge: Judge, task: PrepareTask, blob: Blob, papers: Papers) -> bool:
        """Whether the rule lets the item go as it is now. It takes nothing out of items, nor what nobody has read."""
        if task.cuts or not task.content:
            return False
        found = papers.found(self._named(task).rpartition("/")[2])
        connector = self._sources.get(task.source)
        return judge.seen(task.source, task.path, task.kind, blob, found, connector, self._limits).due is not None

    def _is_emptied(self, task: PrepareTask, after: Blob) -> bool:
        """True for an event or a contact of a server of which nothing is left.

        Such an item holds one component or one card and is nothing without it (RFC 4791, 4.1; RFC 6352, 5.1).
        """
        if task.kind not in (ItemKind.EVENT, ItemKind.CONTACT):
            return False
        found = Expansion(after, self._limits, self._aids_for(task))
        return not after.data().strip() or not any(isinstance(one, Unread) or one.steps for one in found)

    def _papers(self, task: PrepareTask, blob: Blob) -> Papers:
        """The documents in the item; empty where nobody asks for them."""
        settings = self._settings
        if not settings.holder and not settings.statistics and settings.cull is None:
            return Papers()
        return Papers.of(Expansion(blob, self._limits, self._aids_for(task)), task.kind)

    def _aids_for(self, task: PrepareTask) -> Aids:
        return self._registers.aids(self._aids, task.source, task.path)

    def _named(self, task: PrepareTask) -> str:
        return self._settings.reader.origins.shown(task.source, task.path)

    def _lines(self, task: PrepareTask, papers: Papers) -> tuple[Line, ...]:
        """What the quotes that leave whole leave in the statistics."""
        if not self._settings.statistics or self._settings.reader.origins.is_backup(task.source):
            return ()  # a quote is counted where it was, not once more for each backup
        tops = [cut.steps for cut in task.cuts if not cut.amend] if task.cuts else [()]
        found = [line_for(text, name or self._named(task)) for name, text in papers.texts(tops)]
        return tuple(one for one in found if one is not None)


def make_prepare_job(settings: PrepareSettings) -> Callable[[PrepareTask], Prepared]:
    """What a worker runs once at its start."""
    return Preparer(settings)
