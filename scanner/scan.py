"""Brings the index up to date: walk, read what changed, store in batches, retire only what is proven gone.

The walk runs here and feeds changed items to the workers; their rows come back to this one writer. A killed scan leaves
the batches that were committed; the next one walks again and reads only what is missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from config.build import connect
from config.model import Source
from connectors.base import Checkpoint, Connector, Gap, Gone, Item, Locator, WalkEvent
from connectors.errors import ConnectorError, Unreachable
from scanner.detect.detector import Detector
from scanner.index.pack import Packer, path_token
from scanner.index.rows import ItemRow
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.read import ReaderSettings, ReadTask, SourceLost, failure_row, make_scan_job
from scanner.reader_print import UNKNOWN, reader_print
from scanner.supervise import Failure, Supervisor

_BATCH = 400  # items a transaction
_SECONDS = 2.0  # or so long, so that a slow source shows progress and a kill costs little

Progress = Callable[[str, int, int], None]  # source, items seen, items read


@dataclass(slots=True)
class SourceReport:
    """What one scan of one source did. `error` is a sentence without paths where the source could not be scanned."""

    source: str
    seen: int = 0
    read: int = 0
    retired: int = 0
    gaps: int = 0
    seconds: float = 0.0
    complete: bool = False
    error: str | None = None
    exit_code: int = 0


@dataclass(slots=True)
class _Walk:
    """What the walk of one scope has seen so far."""

    source: Source
    scope: str
    known: dict[int, tuple[int, str]]  # token -> item, version; only what is current
    stale: dict[int, int]  # token -> item: must be read whatever the version says
    seen: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    gaps: list[Gap] = field(default_factory=list)


class Scanner:
    """Scans sources into one index with one set of workers."""

    def __init__(
        self, index: Index, sealer: Sealer, settings: ReaderSettings, *, workers: int, full: bool = False
    ) -> None:
        self._index = index
        self._sealer = sealer
        self._settings = settings
        self._full = full
        self._detector = Detector(settings.detect)
        self._packer = Packer(sealer)
        self._supervisor = Supervisor(partial(make_scan_job, settings), workers, settings.limits)
        self._failed_print = reader_print({UNKNOWN}, self._detector.fingerprint, settings.limits)

    def scan(self, sources: Sequence[Source], progress: Progress | None = None) -> list[SourceReport]:
        """Scan each source in turn. A source that fails is reported, and the others are scanned all the same."""
        return [self._source(source, progress or _silent) for source in sources]

    def _source(self, source: Source, progress: Progress) -> SourceReport:
        report = SourceReport(source.name)
        begun = time.monotonic()
        try:
            with connect(source) as connector:
                connector.expect_items = any(one.items for one in self._index.searched() if one.source == source.name)
                for scope in connector.scopes():
                    self._scope(source, connector, scope, report, progress)
            report.complete = True
        except ConnectorError as error:
            report.error = f"{source.name}: {error}"
            report.exit_code = error.exit_code
        report.seconds = time.monotonic() - begun
        return report

    def _scope(
        self, source: Source, connector: Connector, scope: str, report: SourceReport, progress: Progress
    ) -> None:
        started = datetime.now(UTC)
        walk = self._begin(source, scope)
        tasks = self._changed(connector.walk(scope), walk, report)
        pending: list[ItemRow] = []
        since = time.monotonic()
        for task, result in self._supervisor.run(tasks):
            pending.append(self._row(task, result, report))
            if len(pending) >= _BATCH or time.monotonic() - since > _SECONDS:
                self._index.store(source.name, scope, pending)
                pending, since = [], time.monotonic()
                progress(source.name, report.seen, report.read)
        self._index.store(source.name, scope, pending)
        self._retire(walk, report)
        gaps = [(gap.locator.path, gap.reason, gap.detail) for gap in walk.gaps]
        self._index.set_walk_gaps(source.name, scope, gaps)
        self._index.finish_walk(source.name, scope, started, complete=True)
        progress(source.name, report.seen, report.read)

    def _begin(self, source: Source, scope: str) -> _Walk:
        current = {
            number: reader == self._current_print(formats)
            for number, (formats, reader) in self._index.reader_fingerprints().items()
        }
        walk = _Walk(source, scope, {}, {})
        for token, state in self._index.states(source.name, scope).items():
            if self._full or state.stale or not current.get(state.reader, False):
                walk.stale[token] = state.item
            else:
                walk.known[token] = (state.item, state.version)
        return walk

    def _current_print(self, formats: str) -> str:
        names = [name for name in formats.split(",") if name]
        try:
            return reader_print(names, self._detector.fingerprint, self._settings.limits)
        except KeyError:
            return ""  # read by a format that is no more

    def _changed(self, events: Iterable[WalkEvent], walk: _Walk, report: SourceReport) -> Iterator[ReadTask]:
        """The walk's items that the index does not have as they are now; notes all others on the way."""
        for event in events:
            if isinstance(event, Item):
                report.seen += 1
                token = path_token(self._sealer, event.locator.path)
                walk.seen.add(token)
                known = walk.known.get(token)
                if known is None or known[1] != event.version.token or not known[1]:
                    yield _task(walk, event)
            elif isinstance(event, Gap):
                report.gaps += 1
                walk.gaps.append(event)
            elif isinstance(event, Gone):
                walk.gone.add(path_token(self._sealer, event.locator.path))
            elif not isinstance(event, Checkpoint):
                raise Unreachable("the walk gave something that is no walk event")

    def _row(self, task: ReadTask, result: ItemRow | SourceLost | Failure, report: SourceReport) -> ItemRow:
        if isinstance(result, SourceLost):
            raise Unreachable("the source stopped answering while it was read; scan again when it is back")
        report.read += 1
        if isinstance(result, Failure):
            row = failure_row(self._packer, self._detector, task, result.reason, result.detail)
            row.reader, row.formats = self._failed_print, UNKNOWN
            result = row
        report.gaps += len(result.gaps)
        return result

    def _retire(self, walk: _Walk, report: SourceReport) -> None:
        """What the full walk did not yield is gone, unless a gap hides it: then it stays and is stale."""
        everything = {token: item for token, (item, _) in walk.known.items()} | walk.stale
        missing = [item for token, item in everything.items() if token not in walk.seen or token in walk.gone]
        hidden = self._hidden(missing, walk) if walk.gaps else set()
        gone = [item for item in missing if item not in hidden]
        self._index.mark_stale(hidden)
        self._index.retire(gone)
        report.retired += len(gone)

    def _hidden(self, items: Sequence[int], walk: _Walk) -> set[int]:
        name = walk.source.name
        views = self._index.items(items)
        return {
            number
            for number, view in views.items()
            if any(gap.locator.covers(Locator(name, view.path)) for gap in walk.gaps)
        }


def _task(walk: _Walk, item: Item) -> ReadTask:
    return ReadTask(
        source=walk.source.name,
        scope=walk.scope,
        path=item.locator.path,
        version=item.version.token,
        strength=item.version.strength.value,
        kind=item.kind.value,
        size=item.size,
        links=item.links,
    )


def _silent(source: str, seen: int, read: int) -> None:
    """No progress shown."""
