"""Looking at items in worker processes that stay from one look to the next: starting one costs more than most looks."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from scanner.examined import FAILED, Examined, ExamineTask
from scanner.limits import Limits
from scanner.supervise import Failure, Supervisor

# What reads is imported when there is something to read: it takes as long as a whole look at the index.
if TYPE_CHECKING:
    from scanner.examine import ExamineSettings

_FEW = 32  # items below which one worker is enough to look them through


class Examining:
    """Looks at items for one search: a callable, and a context manager that ends the workers.

    `settings` is called when there is a first item to look at; `readers` says how many workers may read from the
    sources of these names at once, None for as many as there are. Of `backups` several items are read together.
    """

    def __init__(
        self,
        settings: Callable[[], ExamineSettings],
        workers: int,
        readers: Callable[[Iterable[str]], int | None],
        backups: Container[str] = (),
    ) -> None:
        self._backups = backups
        self._make_settings = settings
        self._workers = workers
        self._readers = readers
        self._settings: ExamineSettings | None = None
        self._limits: Limits | None = None
        self._supervisor: Supervisor[ExamineTask, Examined] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._supervisor is not None:
            self._supervisor.close()

    def __call__(self, tasks: Sequence[ExamineTask]) -> dict[tuple[str, str], Examined]:
        """What each item says of the person, by its source and path. One that broke its worker is `FAILED`."""
        if not tasks:
            return {}
        supervisor = self._for(any(task.pictures for task in tasks))
        most = self._readers({task.source for task in tasks})
        if len(tasks) <= _FEW:
            most = 1
        return {
            (task.source, task.path): FAILED if isinstance(result, Failure) else result
            for task, result in supervisor.run(tasks, most, whole=any(task.source in self._backups for task in tasks))
        }

    def _for(self, pictures: bool) -> Supervisor[ExamineTask, Examined]:
        """The workers of the last look, or new ones where other limits hold for these items."""
        from scanner.examine import make_examine_job  # noqa: PLC0415 - see above
        from scanner.pictures import limits_of  # noqa: PLC0415 - see above

        if self._settings is None:
            self._settings = self._make_settings()
        limits = limits_of(self._settings.reader, pictures=pictures)
        if self._supervisor is None or limits != self._limits:
            if self._supervisor is not None:
                self._supervisor.close()
            job = partial(make_examine_job, self._settings)
            self._supervisor, self._limits = Supervisor(job, self._workers, limits, chunk=8), limits
        return self._supervisor
