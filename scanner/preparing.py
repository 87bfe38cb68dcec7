"""The steps of a plan, each with what may be done now: workers look one item ahead of its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from connectors.base import ItemKind
from scanner.index.sqlite import Index
from scanner.model import Step
from scanner.prepare import Prepared, PrepareTask
from scanner.supervise import Failure, Supervisor


def prepared(
    open_index: Callable[[], AbstractContextManager[Index]],
    supervisor: Supervisor[PrepareTask, Prepared],
    readers: Callable[[Iterable[str]], int | None],
    steps: Iterable[Step],
) -> Iterator[tuple[Step, Prepared]]:
    """The steps as they are looked at. The index tells what kind of item each is about.

    `readers` says how many workers may read from the sources of these names at once.
    """
    by_task: dict[PrepareTask, Step] = {}
    with open_index() as index:
        for step in steps:
            view = index.item_by_path(step.locator.source, step.locator.path)
            kind = view.kind if view is not None else str(ItemKind.FILE)
            where = step.locator
            by_task[PrepareTask(where.source, where.path, kind, step.content, step.cuts)] = step
    with supervisor:
        for task, result in supervisor.run(list(by_task), readers(task.source for task in by_task)):
            yield by_task[task], Prepared(unread=result.reason.value) if isinstance(result, Failure) else result
