"""The last part of a scan: the pictures that were left as gaps are read, as many as one scan may read.

Oldest items come first, each with all its pictures or not at all; an item with more than one scan may read gets the
whole budget of one, and then stays a gap. Every item is stored as soon as it is read: a killed scan loses none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from scanner.index.rows import ItemRow
from scanner.index.sqlite import Index
from scanner.index.views import ItemView
from scanner.pictures import PictureAnswer, PictureTask, longer, make_picture_job
from scanner.read import ReaderSettings, ReadTask, SourceLost
from scanner.reader_print import PART
from scanner.supervise import Failure, Supervisor

Told = Callable[[str, int, int], None]  # source, pictures that waited in all, pictures read so far
FailureRow = Callable[[ReadTask, Failure], ItemRow]

LOST = "the source stopped answering while its pictures were read; scan again when it is back"


@dataclass(slots=True)
class Pass:
    """What one pass did: pictures read by source, and the sources that went away, with their exit codes."""

    pages: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)


class PicturePass:
    """Reads waiting pictures of some sources into the index."""

    def __init__(self, index: Index, settings: ReaderSettings, workers: int, failure: FailureRow) -> None:
        """`failure` makes the row of an item that cannot be read even without its pictures."""
        self._index = index
        self._failure = failure
        self._most = settings.ocr.pages
        self._left = settings.ocr.pages
        self._supervisor: Supervisor[PictureTask, PictureAnswer] = Supervisor(
            partial(make_picture_job, settings), workers, longer(settings.limits, settings.ocr), chunk=1
        )
        self._done = Pass()

    def run(self, sources: Sequence[str], told: Told) -> Pass:
        """Read until the budget is used up or nothing waits. Raises WorkersBroken and errors of the index."""
        waiting = [
            one for source in sources for one in self._index.waiting(source) if PART not in one[0].formats.split(",")
        ]
        waiting.sort(key=lambda one: one[0].id)
        in_all = sum(pictures for _, pictures in waiting)
        with self._supervisor:
            while waiting and self._left > 0:  # copies give back what they were granted: then more fits
                later: list[tuple[ItemView, int]] = []
                self._round(self._granted(waiting, later), partial(self._tell, told, in_all))
                if len(later) == len(waiting):
                    break
                waiting = later
        return self._done

    def _granted(
        self, waiting: Sequence[tuple[ItemView, int]], later: list[tuple[ItemView, int]]
    ) -> Iterator[PictureTask]:
        """Those for which there is room now. Drawn while others are read."""
        for item, pictures in waiting:
            count = min(pictures, self._most)
            if item.source in self._done.lost:
                continue
            if count > self._left:
                later.append((item, pictures))
                continue
            self._left -= count
            yield PictureTask(_task(item), count, count == self._most)

    def _round(self, tasks: Iterator[PictureTask], told: Callable[[str], None]) -> None:
        broken: list[PictureTask] = []
        for task, result in self._supervisor.run(tasks):
            if isinstance(result, Failure):
                broken.append(task._replace(left=0, failed=result))
            else:
                self._take(task, result)
            told(task.item.source)
        for task, result in self._supervisor.run(broken):
            if isinstance(result, Failure):
                self._store(task.item, self._failure(task.item, result))
            else:
                self._take(task, result)

    def _take(self, task: PictureTask, answer: PictureAnswer) -> None:
        self._left += task.left - answer.used
        self._note(task.item.source, answer.read)
        if isinstance(answer.row, SourceLost):
            self._done.lost[task.item.source] = answer.row.exit_code
        else:
            self._store(task.item, answer.row)

    def _store(self, item: ReadTask, row: ItemRow) -> None:
        self._index.store(item.source, item.scope, [row])

    def _note(self, source: str, pages: int) -> None:
        self._done.pages[source] = self._done.pages.get(source, 0) + pages

    def _tell(self, told: Told, in_all: int, source: str) -> None:
        told(f"{source}, pictures", in_all, sum(self._done.pages.values()))


def _task(item: ItemView) -> ReadTask:
    return ReadTask(
        item.source,
        item.scope,
        item.path,
        item.version.token,
        item.version.strength.value,
        item.kind.value,
        item.size,
        item.links,
    )
