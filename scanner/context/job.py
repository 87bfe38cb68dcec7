"""The subject's identifiers where they stand, for the person who decides: read live, shown once, never kept.

Runs in worker processes, as all that reads content does. What has changed since the scan, is gone or cannot be reached
is said instead of shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from connectors.base import ItemKind, Locator
from connectors.errors import ConnectorError, Denied, NotFound
from scanner.aids import Aids, Ocr
from scanner.backups.origins import Origins
from scanner.blob import Blob
from scanner.context.marks import Marker
from scanner.context.model import Context, Note, Passage
from scanner.context.passages import passages
from scanner.expand import Expansion
from scanner.index.seal import Keys, Sealer
from scanner.model import SubjectId
from scanner.pictures import Budget, reader
from scanner.read import ReaderSettings, Sources, blob_of
from scanner.records import IdType, Record, Role, Steps, Unread
from scanner.registers.by_path import ByPath
from scanner.surgery.prints import Prints

_MOST_BELOW = 200  # records inside one that are looked at where it says nothing itself
_CHUNK = 1 << 20
_ENOUGH = 3  # passages after which no record inside is looked at


class Wanted(NamedTuple):
    """One finding of an item: its steps, what its record is known by, and the types of identifier seen in it."""

    number: int
    steps: Steps
    print: str
    occurrence: int
    types: frozenset[IdType]


class ContextTask(NamedTuple):
    """The findings of one item. With `folder` the item is a folder, and only its name is looked at."""

    source: str
    path: str
    kind: str
    version: str
    content: str  # the keyed hash of what was found, hex: where a server's version changes for less, it decides
    wanted: tuple[Wanted, ...]
    pictures: bool = False
    folder: bool = False


@dataclass(slots=True)
class _Seen:
    """What was met in one item, by the number of the finding."""

    shown: dict[int, tuple[list[Passage], int]] = field(default_factory=dict)
    below: dict[int, list[Passage]] = field(default_factory=dict)
    met: dict[int, int] = field(default_factory=dict)  # how many records inside were looked at
    unread: list[Unread] = field(default_factory=list)


class Contexts:
    """Looks items through in one process."""

    def __init__(self, settings: ReaderSettings, subject: Sequence[SubjectId]) -> None:
        self._sources = Sources(settings.sources)
        self._limits = settings.limits
        self._ocr = settings.ocr
        self._aids = Aids(settings.keys())
        self._origins = settings.origins
        self._registers = ByPath(settings.registers, settings.origins)
        self._sealer = Sealer(Keys.derive(settings.master))
        self._marker = Marker(subject, settings.detect)

    def show(self, task: ContextTask) -> dict[int, Context]:
        """The context of each finding by its number. Never raises for what a source answers: a note says it."""
        if task.folder:
            record = Record((), "folder")
            return {one.number: self._context(record, [(Role.PATH, task.path)]) for one in task.wanted}
        try:
            with self._sources.get(task.source).read(Locator(task.source, task.path)) as content:
                blob = blob_of(content, self._limits)
                differs = bool(task.version) and content.version.token != task.version
                changed = differs and not (task.content and self._digest(blob) == task.content)
                expansion = Expansion(blob, self._limits, self._aids_for(task))
                seen = self._look(expansion, task, changed=changed)
        except NotFound:
            return _all(task, Note.GONE)
        except Denied:
            return _all(task, Note.DENIED)
        except ConnectorError:
            return _all(task, Note.UNREACHABLE)
        return {one.number: _told(one, seen, changed=changed) for one in task.wanted}

    def _aids_for(self, task: ContextTask) -> Aids:
        """Columns as they are configured; pictures where the scan has read them, and only there: they are slow."""
        aids = self._registers.aids(self._aids, task.source, task.path)
        if not task.pictures or not self._ocr.enabled:
            return aids
        return replace(aids, ocr=Budget(self._reader, self._ocr.pages, self._ocr.seconds))

    @cached_property
    def _reader(self) -> Ocr:
        return reader(self._ocr)

    def _digest(self, blob: Blob) -> str:
        hasher = self._sealer.content_hasher()
        stream = blob.open()
        while chunk := stream.read(_CHUNK):
            hasher.update(chunk)
        return hasher.digest().hex()

    def _look(self, expansion: Iterable[Record | Unread], task: ContextTask, *, changed: bool) -> _Seen:
        """Records are known by their steps; in what has changed by what they say, for there the numbers move."""
        seen, prints = _Seen(), Prints(self._sealer.content)
        moving = [one for one in task.wanted if changed and one.print and one.steps]
        by_print = {(one.print, one.occurrence): one for one in moving}
        by_steps = {one.steps: one for one in task.wanted if one not in moving}
        depths = sorted({len(steps) for steps in by_steps})
        for found in expansion:
            if isinstance(found, Unread):
                seen.unread.append(found)
                continue
            one = by_print.get(prints.of(found)) if by_print else None
            one = one or by_steps.get(found.steps)
            if one is not None:
                seen.shown[one.number] = passages(found, _texts(found, task, self._origins), self._marker)
                continue
            for depth in depths:
                if depth < len(found.steps) and (outer := by_steps.get(found.steps[:depth])) is not None:
                    self._look_inside(found, outer, seen)
        return seen

    def _look_inside(self, record: Record, outer: Wanted, seen: _Seen) -> None:
        """A record inside what was found: shown where that says nothing itself."""
        known = seen.below.setdefault(outer.number, [])
        met = seen.met[outer.number] = seen.met.get(outer.number, 0) + 1
        if len(known) < _ENOUGH and met <= _MOST_BELOW:
            known += passages(record, record.texts, self._marker)[0]

    def _context(self, record: Record, texts: list[tuple[Role, str]]) -> Context:
        found, more = passages(record, texts, self._marker)
        return Context(tuple(found), more)


def _texts(record: Record, task: ContextTask, origins: Origins) -> list[tuple[Role, str]]:
    """The record's texts; those of a file with its name and the names of its folders, which are searched too."""
    texts = list(record.texts)
    if record.steps or task.kind != ItemKind.FILE:
        return texts
    folder, _, name = origins.shown(task.source, task.path).rpartition("/")
    return [*texts, *((role, text) for role, text in ((Role.FILENAME, name), (Role.PATH, folder)) if text)]


def _told(one: Wanted, seen: _Seen, *, changed: bool) -> Context:
    """One finding's context, with what must be said of it."""
    found, more = seen.shown.get(one.number, ([], 0))
    if not found:
        found = seen.below.get(one.number, [])[:_ENOUGH]
    gaps = [gap for gap in seen.unread if _meet(gap.steps, one.steps)]
    notes = []
    if changed:
        notes.append(Note.CHANGED if one.number in seen.shown else Note.MOVED)
    elif not more and not gaps and not one.types <= {kind for passage in found for kind in passage.types}:
        notes.append(Note.PARTLY)
    if gaps:
        notes.append(Note.UNREAD)
    reasons = tuple(dict.fromkeys(gap.reason for gap in gaps))
    return Context(tuple(found), more, tuple(notes), reasons)


def _meet(gap: Steps, steps: Steps) -> bool:
    """Whether one lies in the other."""
    shorter = min(len(gap), len(steps))
    return gap[:shorter] == steps[:shorter]


def _all(task: ContextTask, note: Note) -> dict[int, Context]:
    return {one.number: Context(notes=(note,)) for one in task.wanted}


def make_context_job(
    settings: ReaderSettings, subject: tuple[SubjectId, ...]
) -> Callable[[ContextTask], dict[int, Context]]:
    """What a worker runs once at its start."""
    return Contexts(settings, subject).show
