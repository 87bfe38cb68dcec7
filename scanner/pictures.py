"""Reading items with OCR, in a worker: as `read` does, but with a budget of pictures and time for each item."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from config.model import Ocr
from connectors.base import GapReason
from scanner import aids, ocr
from scanner.index.rows import ItemRow
from scanner.limits import Limits
from scanner.read import Reader, ReaderSettings, ReadTask, SourceLost
from scanner.reader_print import PART
from scanner.records import Unread
from scanner.worker import Failure

if TYPE_CHECKING:
    from PIL.Image import Image


class PictureTask(NamedTuple):
    """One item whose pictures are to be read: at most `left` of them, which may be `all` that an item can have.

    `failed` is how an earlier try broke: then its pictures are left alone, and that is told.
    """

    item: ReadTask
    left: int
    all: bool
    failed: Failure | None = None


class PictureAnswer(NamedTuple):
    """The item's row, how much of its budget of pictures was used for it, and how many gave their text."""

    row: ItemRow | SourceLost
    used: int
    read: int


class Budget:
    """So many pictures and seconds for one item. What the expander takes for a reader of pictures."""

    def __init__(self, reader: aids.Ocr, left: int, seconds: float) -> None:
        self._reader = reader
        self._given = self._left = left
        self._until = time.monotonic() + seconds
        self.read = 0  # pictures that gave their text, be it none

    @property
    def left(self) -> int:
        """How many pictures may still be read: none when the time is up."""
        return 0 if self.late else self._left

    @left.setter
    def left(self, left: int) -> None:
        self._left = left

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._until

    @property
    def used(self) -> int:
        """How many were tried."""
        return self._given - self._left

    def text(self, image: Image) -> str:
        """See `aids.Ocr`."""
        text = self._reader.text(image)
        self.read += 1
        return text


def problem(settings: Ocr) -> ocr.Problem | None:
    """What an admin must do before pictures can be read; None where they can, or need not be."""
    return ocr.problem(_engine(settings)) if settings.enabled else None


def fingerprint(settings: Ocr) -> str:
    """What the text of a picture hangs on."""
    return ocr.fingerprint(_engine(settings))


def reader(settings: Ocr) -> aids.Ocr:
    """What reads pictures in this process, without a budget of its own."""
    return ocr.Reader(_engine(settings), settings.pages)


def longer(limits: Limits, settings: Ocr) -> Limits:
    """Limits for a worker that reads pictures: their time comes on top, and that of the last one."""
    return replace(limits, seconds=limits.seconds + settings.seconds + ocr.SECONDS)


def limits_of(settings: ReaderSettings, *, pictures: bool) -> Limits:
    """Those of a worker that looks again at what was scanned: longer where pictures were read in it."""
    return longer(settings.limits, settings.ocr) if pictures and settings.ocr.enabled else settings.limits


class PictureReader(Reader):
    """Reads items with their pictures in one process."""

    def __init__(self, settings: ReaderSettings) -> None:
        super().__init__(settings)
        self._hangs = settings.hangs(self._aids.keys, self._sealer)
        self._plain = self._aids
        self._reader = reader(settings.ocr)
        self._task: PictureTask | None = None
        self._budget = Budget(self._reader, 0, 0.0)
        self._over = 0  # pictures that were not read

    def answer(self, task: PictureTask) -> PictureAnswer:
        """The item's row with what its pictures say."""
        self._task, self._over = task, 0
        self._budget = Budget(self._reader, task.left, self._settings.ocr.seconds)
        self._aids = replace(self._plain, ocr=None if task.failed else self._budget)
        row = self.row(task.item)
        if isinstance(row, ItemRow) and self._over and not self._is_all_there_will_be():
            row.version = ""  # it has more pictures than the walk saw: the next one counts them again
        return PictureAnswer(row, self._budget.used, self._budget.read)

    def _told(self, unread: list[Unread]) -> Iterator[Unread]:
        for gap in unread:
            if gap.reason is GapReason.NEEDS_OCR:
                self._over += 1
                yield self._why(gap)
            else:
                yield gap

    def _noted(self) -> set[str]:
        return {PART} if self._over and self._is_all_there_will_be() else set()

    def _is_all_there_will_be(self) -> bool:
        """Whether another try with the same settings would read no more: the pictures did not just exceed a share."""
        task = self._task
        granted = task is None or task.all or bool(task.failed)
        return granted or self._budget.late or self._budget.left > 0

    def _why(self, gap: Unread) -> Unread:
        task, settings = self._task, self._settings.ocr
        if task is not None and task.failed is not None:
            return Unread(gap.steps, task.failed.reason, "while the item's pictures were read")
        if self._budget.late:
            return replace(gap, detail=f"the item's pictures take more than [ocr] seconds = {settings.seconds:g}")
        if task is not None and task.all and not self._budget.left:
            return replace(gap, detail=f"the item has more pictures than [ocr] pages = {settings.pages}")
        return gap


def make_picture_job(settings: ReaderSettings) -> Callable[[PictureTask], PictureAnswer]:
    """What a worker that reads pictures runs once at its start."""
    return PictureReader(settings).answer


def _engine(settings: Ocr) -> ocr.OcrSettings:
    return ocr.OcrSettings(settings.languages, settings.data)
