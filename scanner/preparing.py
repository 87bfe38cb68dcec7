"""The steps of a plan, each with what may be done now: workers look one item ahead of its turn.

Those of a backup are erased together, and cost as much to read one by one as all at once: they are looked at in chunks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Final

from connectors.base import ItemKind
from scanner.index.sqlite import Index
from scanner.model import Step
from scanner.prepare import Prepared, PrepareTask
from scanner.supervise import Failure, Supervisor

_CHUNK: Final = 256  # items


def prepared(
    open_index: Callable[[], AbstractContextManager[Index]],
    supervise: Callable[[int], Supervisor[PrepareTask, Prepared]],
    readers: Callable[[Iterable[str]], int | None],
    together: Callable[[str], bool],
    steps: Iterable[Step],
) -> Iterator[tuple[Step, Prepared]]:
    """The steps as they are looked at. The index tells what kind of item each is about.

    `supervise` makes workers that are given so many at once, `readers` says how many of them may read from the sources
    of these names, and `together` which of these is a backup.
    """
    by_task: dict[PrepareTask, Step] = {}
    with open_index() as index:
        for step in steps:
            view = index.item_by_path(step.locator.source, step.locator.path)
            kind = view.kind if view is not None else str(ItemKind.FILE)
            where = step.locator
            by_task[PrepareTask(where.source, where.path, kind, step.content, step.cuts)] = step
    whole = any(together(task.source) for task in by_task)
    with supervise(_CHUNK if whole else 1) as supervisor:
        for task, result in supervisor.run(list(by_task), readers(task.source for task in by_task), whole=whole):
            yield by_task[task], Prepared(unread=result.reason.value) if isinstance(result, Failure) else result
