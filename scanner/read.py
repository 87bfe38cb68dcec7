"""One item from its source to rows of the index: read, expand, detect, pack. Runs in worker processes."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from config.build import connect
from config.model import Ocr, Register, Source
from connectors.base import Connector, Content, GapReason, ItemKind, Locator, ReadsAhead, Strength, Version
from connectors.errors import Changed, ConnectorError, Denied, NotFound, Throttled, Unreachable
from connectors.layers import role_of
from scanner.aids import Aids
from scanner.backups.origins import Origins
from scanner.blob import Blob
from scanner.detect.base import DetectSettings, Mention
from scanner.detect.detector import Detector
from scanner.expand import Expansion
from scanner.index.pack import Packer, Words
from scanner.index.rows import ItemRow
from scanner.index.seal import Keys, Sealer
from scanner.limits import Limits
from scanner.reader_print import Hangs, reader_print
from scanner.records import Record, Role, Unread
from scanner.registers.by_path import ByPath
from scanner.remembered import Remembered

_CHUNK = 1 << 20
_LOST = 30.0  # seconds for which a server that was not there counts as not there
_TRIES = 2  # an item that is being written while it is read gets one more look


class ReadTask(NamedTuple):
    """One item that a scan has to read, as the walk saw it. Pickles small."""

    source: str
    scope: str
    path: str
    version: str
    strength: str
    kind: str
    size: int | None
    links: int


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """All that a worker needs. Secrets of sources and passwords are references in here, never values.

    `base` is the folder that `file:` references of passwords start from.
    """

    sources: tuple[Source, ...]
    limits: Limits
    detect: DetectSettings
    master: bytes
    passwords: tuple[str, ...] = ()
    base: Path = field(default_factory=Path)
    ocr: Ocr = field(default_factory=Ocr)
    registers: tuple[Register, ...] = ()
    origins: Origins = field(default_factory=Origins)

    def keys(self) -> tuple[str, ...]:
        """The passwords themselves, for this process alone. Raises ConfigError with what each reference lacks."""
        if not self.passwords:
            return ()
        from config.secrets import resolve_lines  # noqa: PLC0415 - workers without passwords go without

        return resolve_lines(self.passwords, self.base)

    def hangs(self, keys: tuple[str, ...], sealer: Sealer) -> Hangs:
        """What the reading of some items hangs on besides formats, in fingerprints."""
        locked = self.locked(keys, sealer)
        if not self.ocr.enabled:
            return Hangs(locked)
        from scanner import pictures  # noqa: PLC0415 - only who reads pictures needs it

        return Hangs(locked, pictures.fingerprint(self.ocr), f"{self.ocr.pages} {self.ocr.seconds:g}")

    @staticmethod
    def locked(keys: tuple[str, ...], sealer: Sealer) -> str:
        """The keyed fingerprint of the passwords; nothing for none."""
        return str(sealer.token("passwords", "\n".join(keys))) if keys else ""


@dataclass(frozen=True, slots=True)
class SourceLost:
    """The source went away while an item was read: the scan of that source stops, and says so."""

    exit_code: int


class Sources:
    """The connectors of one process, opened at first use and kept.

    A server that was not there, after all tries of its layer, is not asked again for each item: of a mailbox with a
    thousand of them, that would be hours.
    """

    def __init__(self, sources: tuple[Source, ...], *, hasty: bool = False) -> None:
        """`hasty`: a person waits for the answer (see `config.build.connect`)."""
        self._sources = {source.name: source for source in sources}
        self._open: dict[str, Connector] = {}
        self._lost: dict[str, tuple[Unreachable, float]] = {}
        self._hasty = hasty

    def get(self, name: str) -> Connector:
        """The opened connector of a source. Raises what its `open` raises, or raised a moment ago."""
        if name not in self._open:
            lost = self._lost.get(name)
            if lost is not None and time.monotonic() - lost[1] < _LOST:
                raise lost[0]
            connector = connect(self._sources[name], hasty=self._hasty)
            if connector.networked:
                self._leave_others()
            try:
                connector.open()
            except Unreachable as error:
                if connector.networked:
                    self._lost[name] = (error, time.monotonic())
                raise
            self._open[name] = connector
        return self._open[name]

    def ahead(self, locators: Sequence[Locator]) -> None:
        """Tell each source what will be read next, where it wants to know."""
        for source in dict.fromkeys(one.source for one in locators):
            with suppress(Exception):  # reading tells what is wrong with it
                role = role_of(self.get(source), ReadsAhead)
                if role is not None:
                    role.ahead([one for one in locators if one.source == source])

    def _leave_others(self) -> None:
        """One connection a worker: that of the source before would be missed by who may have so many at its server."""
        for name in [name for name, one in self._open.items() if one.networked]:
            self._open.pop(name).close()


class Reader:
    """Reads items in one process. Pictures are gaps: see `pictures.PictureReader`."""

    def __init__(self, settings: ReaderSettings) -> None:
        """Raises ConfigError where a password's reference leads to none."""
        self._sources = Sources(settings.sources)
        self._limits = settings.limits
        self._detector = Detector(settings.detect)
        self._sealer = Sealer(Keys.derive(settings.master))
        self._packer = Packer(self._sealer)
        self._settings = settings
        self._aids = Aids(settings.keys(), None, Remembered())
        self._registers = ByPath(settings.registers, settings.origins)
        self._hangs = Hangs(settings.locked(self._aids.keys, self._sealer))

    def ahead(self, tasks: Sequence[ReadTask]) -> None:
        """Tell the source what will be read next, where it wants to know."""
        self._sources.ahead([Locator(task.source, task.path) for task in tasks])

    def __call__(self, task: ReadTask) -> ItemRow | SourceLost:
        """As `row`: what a worker calls."""
        return self.row(task)

    def row(self, task: ReadTask) -> ItemRow | SourceLost:
        """The item's rows. What cannot be read is in them as gaps; only a lost source is something else."""
        try:
            return self._row(task)
        except (NotFound, Changed):
            return self.gap_row(task, GapReason.CHANGED)
        except Denied:
            return self.gap_row(task, GapReason.DENIED)
        except (Unreachable, Throttled) as error:
            return SourceLost(error.exit_code)
        except ConnectorError:
            return self.gap_row(task, GapReason.UNREADABLE)

    def gap_row(self, task: ReadTask, reason: GapReason, detail: str = "") -> ItemRow:
        """The row of an item of which only its path is known."""
        return failure_row(self._packer, self._detector, task, reason, detail, self._settings.origins)

    def _row(self, task: ReadTask) -> ItemRow:
        locator = Locator(task.source, task.path)
        for attempt in range(_TRIES):
            with self._sources.get(task.source).read(locator) as content:
                try:
                    return self._pack(task, locator, content)
                except Changed:
                    if attempt + 1 == _TRIES:
                        raise
        raise AssertionError

    def _pack(self, task: ReadTask, locator: Locator, content: Content) -> ItemRow:
        blob = blob_of(content, self._limits)
        digest = self._digest(blob)
        aids = self._registers.aids(self._aids, task.source, task.path)
        expansion = Expansion(blob, self._limits, aids)
        unread: list[Unread] = []
        row = self._packer.pack_item(
            locator,
            content.version,
            ItemKind(task.kind),
            size=content.size,
            links=task.links,
            content=digest,
            records=self._detected(task, expansion, unread),
            unread=self._told(unread),
        )
        # Only now, with all records drawn, is it known what was needed to read them.
        formats = expansion.formats | self._noted() | {self._registers.mark(task.source, task.path)} - {""}
        row.formats = ",".join(sorted(formats))
        row.reader = reader_print(formats, self._detector.fingerprint, self._limits, self._hangs)
        return row

    def _told(self, unread: list[Unread]) -> Iterable[Unread]:
        """The gaps as they are told. Drawn when all records are."""
        return unread

    def _noted(self) -> set[str]:
        """What reading the item hung on besides what the expansion knows."""
        return set()

    def _detected(
        self, task: ReadTask, expansion: Expansion, unread: list[Unread]
    ) -> Iterator[tuple[Record, list[Mention], Words]]:
        for found in expansion:
            if isinstance(found, Unread):
                unread.append(found)
                continue
            if not found.steps:
                add_path(found, task, self._settings.origins)
            yield found, *self._in(found)

    def _in(self, record: Record) -> tuple[list[Mention], Words]:
        """Mentions and words; those of a copy of what was read before are at hand."""
        memo = record.memo
        if memo:
            mentions, words = memo[0]
            return mentions, words
        found = self._detector.mentions(record), self._detector.raw_words(record)
        if memo is not None:
            memo.append(found)
        return found

    def _digest(self, blob: Blob) -> bytes:
        if blob.size <= min(_CHUNK, blob.limit):
            return self._sealer.content(blob.data())
        hasher = self._sealer.content_hasher()
        stream = blob.open()
        while chunk := stream.read(_CHUNK):
            hasher.update(chunk)
        return hasher.digest()


def blob_of(content: Content, limits: Limits) -> Blob:
    """The content as a blob: small ones in memory at once, large ones streamed."""
    if content.size is not None and content.size <= _CHUNK:
        data = content.stream.read(content.size + 1)  # not more: a buffer of a MiB costs more than most items
        if len(data) <= content.size:
            return Blob(data, content.name, media_type=content.media_type, limit=limits.blob)
        content.stream.seek(0, io.SEEK_SET)
    return Blob(content.stream, content.name, media_type=content.media_type, limit=limits.blob)


def add_path(record: Record, task: ReadTask, origins: Origins) -> None:
    """A file's own name and its folders' names are searched too; a message's path is the server's, not a person's."""
    if task.kind != ItemKind.FILE:
        return
    folder, _, name = origins.shown(task.source, task.path).rpartition("/")
    record.texts.append((Role.FILENAME, name))
    if folder:
        record.texts.append((Role.PATH, folder))


def failure_row(
    packer: Packer, detector: Detector, task: ReadTask, reason: GapReason, detail: str, origins: Origins
) -> ItemRow:
    """The row of an item that broke its reader, was denied or changed: its path is searched, its content is a gap."""
    record = Record(steps=(), kind=str(task.kind))
    add_path(record, task, origins)
    again = reason in (GapReason.DENIED, GapReason.CHANGED)  # may well read next time: never taken for unchanged
    version = Version("" if again else task.version, Strength(task.strength))
    return packer.pack_item(
        Locator(task.source, task.path),
        version,
        ItemKind(task.kind),
        size=task.size,
        links=task.links,
        records=[(record, detector.mentions(record), detector.words(record))],
        unread=[Unread((), reason, detail)],
    )


def make_scan_job(settings: ReaderSettings) -> Callable[[ReadTask], ItemRow | SourceLost]:
    """What a worker of a scan runs once at its start."""
    return Reader(settings)
