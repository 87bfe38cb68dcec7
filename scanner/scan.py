"""Brings the index up to date: walk, read what changed, store in batches, retire only what is proven gone.

The walk runs here and feeds changed items to the workers; their rows come back to this one writer. A killed scan leaves
the batches that were committed; the next one walks again and reads only what is missing.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from config.build import connect
from config.model import Source
from connectors.base import Connector, Gap, Watchable
from connectors.errors import Changed, ConnectorError, Denied, NotFound, Unreachable
from connectors.layers import role_of
from connectors.network import readers
from scanner.backups.walk import BackupWalk, OwnCopies
from scanner.detect.detector import Detector
from scanner.expand import UNKNOWN
from scanner.index.notes import ScanNote
from scanner.index.pack import Packer
from scanner.index.rows import ItemRow
from scanner.index.seal import Sealer
from scanner.index.sqlite import Index
from scanner.index.views import State
from scanner.read import ReaderSettings, ReadTask, SourceLost, failure_row, make_scan_job
from scanner.reader_print import Hangs, reader_print
from scanner.registers.by_path import ByPath, mark_in
from scanner.scan_batches import Pending
from scanner.scan_lock import SourceBusy, Turns
from scanner.scan_ocr import LOST, PicturePass
from scanner.scan_paths import PathsWalk
from scanner.scan_walk import Known, Marks, OwnFiles, Walk, hidden_by
from scanner.supervise import Failure, Supervisor, WorkersBroken

_TOLD = 0.5  # seconds between two words of progress

Progress = Callable[[str, int, int], None]  # source, items seen, items read


@dataclass(slots=True)
class SourceReport:
    """What one scan of one source did. `error` is a sentence without paths where the source could not be scanned.

    `gaps` is how many the index now has of the source, new and old. `complete`: every scope was walked to its end.
    `ocr_pages` is how many pictures were read, `ocr_waiting` how many are gaps because nobody has read them.
    `changed`: the index has other items or gaps of it than before. `busy`: another process was scanning it to the end
    of our patience.
    """

    source: str
    seen: int = 0
    read: int = 0
    retired: int = 0
    gaps: int = 0
    ocr_pages: int = 0
    ocr_waiting: int = 0
    seconds: float = 0.0
    complete: bool = False
    error: str | None = None
    exit_code: int = 0
    changed: bool = False
    busy: bool = False


class Scanner:
    """Scans sources into one index with one set of workers."""

    def __init__(
        self,
        index: Index,
        sealer: Sealer,
        settings: ReaderSettings,
        *,
        workers: int,
        full: bool = False,
        whole: bool = False,
        leave_out: Sequence[Path] = (),
        turns: Turns = Turns(),  # noqa: B008 - frozen
    ) -> None:
        """`leave_out`: absolute paths of gallra's own files and folders, never read where a folder source holds them.

        With `full`, unchanged items are read again too; with `whole`, no walk goes on from where another ended.
        `turns` keeps other processes from a source that is being scanned. Raises ConfigError where a password cannot be
        had.
        """
        self._index = index
        self._sealer = sealer
        self._settings = settings
        self._full = full
        self._whole = whole or full
        self._leave_out = leave_out
        self._turns = turns
        self._detector = Detector(settings.detect)
        self._packer = Packer(sealer)
        self._workers = workers
        self._hangs: Hangs = settings.hangs(settings.keys(), sealer)
        self._supervisor = Supervisor(partial(make_scan_job, settings), workers, settings.limits)
        self._registers = ByPath(settings.registers, settings.origins)

    def scan(
        self, sources: Sequence[Source], progress: Progress | None = None, paths: Collection[str] | None = None
    ) -> list[SourceReport]:
        """Scan each source in turn, then read pictures. A source that fails is reported, and the others are scanned.

        Those that other processes scan come last. With `paths` only these are looked at, in sources that can do so:
        relative paths of files, or of folders with all below them, as they are on the disk; pictures wait for a walk.
        Raises SourceBusy where nothing is to be waited for.
        """
        tell = progress or _silent
        reports = {}
        with _rare_collections(), closing(self._turns.each([source.name for source in sources])) as turns:
            by_name = {source.name: source for source in sources}
            for name, ours in turns:
                reports[name] = self._source(by_name[name], paths, tell) if ours else busy_report(name)
        ordered = [reports[source.name] for source in sources]
        if self._settings.ocr.enabled and paths is None:
            self._pictures(ordered, tell)
        for report in ordered:
            report.gaps = self._index.count_gaps(report.source)
            report.ocr_waiting = sum(pictures for _, pictures in self._index.waiting(report.source))
        return ordered

    def _pictures(self, reports: Sequence[SourceReport], progress: Progress) -> None:
        """Of the sources that nobody has begun to scan again meanwhile, who reads their pictures himself."""
        with ExitStack() as turns:
            reached = {one.source: one for one in reports if not one.error and self._turns.take(one.source, turns)}
            self._read_pictures(reached, progress)

    def _read_pictures(self, reached: Mapping[str, SourceReport], progress: Progress) -> None:
        self._supervisor.close()  # its workers would lie idle, with all that they hold
        begun = time.monotonic()
        work = PicturePass(self._index, self._settings, self._workers, self._failure)
        done = work.run(list(reached), progress)
        for source, report in reached.items():
            report.ocr_pages = done.pages.get(source, 0)
            if source in done.lost:
                report.error, report.exit_code = f"{source}: {LOST}", done.lost[source]
                self._note_failure(source, LOST)
            if report.ocr_pages:
                report.changed = True
                report.seconds += time.monotonic() - begun

    def _source(self, source: Source, paths: Collection[str] | None, progress: Progress) -> SourceReport:
        report = SourceReport(source.name)
        begun = time.monotonic()
        try:
            with connect(source) as connector:
                connector.expect_items = self._index.holds_any(source.name)
                if paths is None or not self._looked(source, connector, paths, report, progress):
                    self._scopes(source, connector, report, progress)
                    report.complete = True
                    self._index.set_note(source.name, ScanNote(left_out=connector.left_out()))
            report.changed |= bool(report.read or report.retired)
        except ConnectorError as error:
            report.error = f"{source.name}: {error}"
            report.exit_code = error.exit_code
            self._note_failure(source.name, str(error))
            report.changed |= bool(report.read or report.retired)
        report.seconds = time.monotonic() - begun
        return report

    def _looked(
        self, source: Source, connector: Connector, paths: Collection[str], report: SourceReport, progress: Progress
    ) -> bool:
        """Look at some paths alone; False where only a whole walk can tell what changed there."""
        role = role_of(connector, Watchable)
        if role is None or not self._is_walked(source, set(connector.scopes())):
            return False
        places = role.places(sorted(paths))
        if places is None:
            return False
        own = self._own(source)
        try:
            for scope, chosen in places.items():
                known_of = partial(self._known, self._readers())
                walk = PathsWalk(source.name, scope, chosen, self._index, known_of)
                self._read(walk, connector, own, report, progress)
                gone, others = walk.finish(self._index)
                report.retired += gone
                report.changed |= others
        except (NotFound, Denied, Changed):
            return False
        return True

    def _is_walked(self, source: Source, scopes: set[str]) -> bool:
        """Whether all scopes of the source, and no others, were walked to the end before."""
        known = next((one for one in self._index.searched() if one.source == source.name), None)
        return known is not None and known.scanned_at is not None and set(self._index.scopes(source.name)) == scopes

    def _note_failure(self, source: str, error: str) -> None:
        """What the scan before left out is what the index still lacks."""
        self._index.set_note(source, replace(self._index.note(source), error=error))

    def _scopes(self, source: Source, connector: Connector, report: SourceReport, progress: Progress) -> None:
        """All scopes are listed before the first is walked: one that is never reached counts as not searched."""
        known = self._index.scopes(source.name)
        scopes = list(dict.fromkeys(connector.scopes()))
        if connector.expect_items and not scopes:
            raise Unreachable("the source lists nothing, though it had items: is it the right one, and whole?")
        since = {} if self._whole else self._cursors(source, scopes)
        gaps = self._walks(source, connector, dict.fromkeys(scopes) | since, report, progress)
        if self._whole and len(scopes) > 1:  # what moved meanwhile from one not yet walked to one that was
            gaps += self._walks(source, connector, self._cursors(source, scopes), report, progress)
        for scope in known:
            if scope not in scopes:
                self._lose(source.name, scope, gaps, report)

    def _cursors(self, source: Source, scopes: Sequence[str]) -> dict[str, str | None]:
        """Where walks can go on, of those scopes that can tell."""
        found = {scope: self._index.cursor(source.name, scope) for scope in scopes}
        return {scope: cursor for scope, cursor in found.items() if cursor is not None}

    def _walks(
        self,
        source: Source,
        connector: Connector,
        since: dict[str, str | None],
        report: SourceReport,
        progress: Progress,
    ) -> list[Gap]:
        """Walk each scope from its cursor, or whole. Gives the gaps that were met."""
        self._index.begin_walks(source.name, since)
        own = self._own(source)
        gaps: list[Gap] = []
        for scope, cursor in since.items():
            walk = self._begin(source, scope, cursor)
            started = datetime.now(UTC)
            self._read(walk, connector, own, report, progress)
            self._finish(walk, started, report)
            gaps += walk.gaps
        return gaps

    def _read(self, walk: Walk, connector: Connector, own: OwnFiles, report: SourceReport, progress: Progress) -> None:
        """Walk, and store what was read meanwhile."""
        seen = report.seen
        pending = Pending(self._index, walk)
        tell = _Now(_TOLD)
        with closing(walk.tasks(connector, self._sealer, own)) as tasks:
            ahead = isinstance(walk, BackupWalk)  # one command for many files costs hardly more than for one
            results = self._supervisor.run(tasks, readers(connector.settings), whole=ahead)
            try:
                for task, result in results:
                    pending.add(self._row(task, result))
                    report.read += 1
                    if tell.due():
                        report.seen = seen + walk.count
                        progress(report.source, report.seen, report.read)
            except (ConnectorError, WorkersBroken, KeyboardInterrupt):
                pending.store()  # what was read is kept; what was not seen stays as it was
                raise
            finally:
                report.seen = seen + walk.count
                results.close()  # type: ignore[attr-defined]  # a generator: ends the workers' tasks, if any are left
        pending.store()
        progress(report.source, report.seen, report.read)

    def _begin(self, source: Source, scope: str, since: str | None) -> Walk:
        has = self._known(self._readers(), self._index.states(source.name, scope))
        if source.backup:
            return BackupWalk(source.name, scope, has, self._index, anew=self._whole)
        return Walk(source.name, scope, has, since)

    def _readers(self) -> dict[int, tuple[bool, str]]:
        """Of each reader in the index: whether it would read the same today, and the register's mark that it bears."""
        prints = self._index.reader_fingerprints()
        return {
            number: (reader == self._current_print(formats), mark_in(formats.split(",")))
            for number, (formats, reader) in prints.items()
        }

    def _known(self, readers: Mapping[int, tuple[bool, str]], states: Mapping[int, State]) -> Known:
        """What the index has, sorted into what is as it should be and what must be read again."""
        known: dict[int, tuple[int, str]] = {}
        stale: dict[int, int] = {}
        marked: dict[int, str] = {}
        for token, state in states.items():
            current, mark = readers.get(state.reader, (False, ""))
            if self._full or state.stale or not current:
                stale[token] = state.item
            else:
                known[token] = (state.item, state.version)
                if mark:
                    marked[token] = mark
        return Known(known, stale, Marks(self._registers, marked))

    def _own(self, source: Source) -> OwnFiles:
        if not source.backup:
            return OwnFiles(source, self._leave_out)
        settings = self._settings
        return OwnCopies(source, settings.sources, self._leave_out, settings.origins)

    def _current_print(self, formats: str) -> str:
        names = [name for name in formats.split(",") if name]
        try:
            return reader_print(names, self._detector.fingerprint, self._settings.limits, self._hangs)
        except KeyError:
            return ""  # read by a format that is no more

    def _row(self, task: ReadTask, result: ItemRow | SourceLost | Failure) -> ItemRow:
        if isinstance(result, SourceLost):
            raise Unreachable("the source stopped answering while it was read; scan again when it is back")
        return self._failure(task, result) if isinstance(result, Failure) else result

    def _failure(self, task: ReadTask, failure: Failure) -> ItemRow:
        row = failure_row(self._packer, self._detector, task, failure.reason, failure.detail, self._settings.origins)
        names = sorted({UNKNOWN, self._registers.mark(task.source, task.path)} - {""})
        row.formats, row.reader = ",".join(names), self._current_print(",".join(names))
        return row

    def _finish(self, walk: Walk, started: datetime, report: SourceReport) -> None:
        """What a full walk did not yield is gone, unless a gap hides it: then it stays and is stale."""
        gone, hidden = walk.missing(self._index)
        report.changed |= self._index.mark_stale(hidden)
        self._index.retire(gone)
        report.retired += len(gone)
        gaps = [(gap.locator.path, gap.reason, gap.detail) for gap in walk.gaps]
        report.changed |= self._index.set_walk_gaps(walk.source, walk.scope, gaps)
        report.changed |= walk.note(self._index)
        self._index.finish_walk(walk.source, walk.scope, started, complete=True, cursor=walk.cursor)

    def _lose(self, source: str, scope: str, gaps: Sequence[Gap], report: SourceReport) -> None:
        """A scope that a whole listing does not have any more is gone, unless a gap may hide it or a part of it."""
        items = [state.item for state in self._index.states(source, scope).values()]
        hidden = hidden_by(gaps, self._index, source, items)
        if hidden:
            report.changed |= self._index.mark_stale(hidden)
            self._index.retire(item for item in items if item not in hidden)
        else:
            self._index.forget_scope(source, scope)
        report.retired += len(items) - len(hidden)


class _Now:
    """True now and then."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = time.monotonic() + seconds

    def due(self) -> bool:
        """Whether it is time again."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Thousands of rows wait here and none is in a cycle: going through them again and again would cost a tenth."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def busy_report(source: str) -> SourceReport:
    """Of a source that another process was scanning for longer than we waited."""
    return SourceReport(source, error=str(SourceBusy(source)), exit_code=3, busy=True)


def _silent(source: str, seen: int, read: int) -> None:
    """No progress shown."""
