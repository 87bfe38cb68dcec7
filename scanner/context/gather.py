"""Which findings of a case are shown in context: one task for each item, in worker processes; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from connectors.base import ItemKind
from scanner.aids import OCR
from scanner.context.job import ContextTask, Wanted, make_context_job
from scanner.context.model import Context, Note
from scanner.hands.kinds import is_hand
from scanner.index.sqlite import Index
from scanner.model import Finding, SubjectId
from scanner.outcomes import GONE
from scanner.pictures import limits_of
from scanner.plan import FOLDER, by_item
from scanner.read import ReaderSettings
from scanner.supervise import Failure, Supervisor

_FEW = 8  # items for which one worker is enough
_CHUNK = 8

Progress = Callable[[int, int], None]


def gather(
    settings: ReaderSettings,
    subject: Sequence[SubjectId],
    findings: Sequence[Finding],
    index: Index,
    workers: int,
    progress: Progress | None = None,
) -> dict[int, Context]:
    """The context of each finding by its number: every one has an answer, if only why there is nothing to show.

    What only people can look through is in none. `progress` is told how many items of how many are done.
    """
    findings = [one for one in findings if not is_hand(one)]
    shown = {one.id: Context(notes=(Note.ERASED,)) for one in findings if one.state in GONE}
    configured = {source.name for source in settings.sources}
    left = [one for one in findings if one.id not in shown]
    shown |= {one.id: Context(notes=(Note.UNREACHABLE,)) for one in left if one.locator.source not in configured}
    tasks = list(_tasks([one for one in left if one.id not in shown], index))
    if not tasks:
        return shown
    limits = limits_of(settings, pictures=any(task.pictures for task in tasks))
    job = partial(make_context_job, settings, tuple(subject))
    with Supervisor(job, 1 if len(tasks) <= _FEW else workers, limits, chunk=_CHUNK) as supervisor:
        for done, (task, result) in enumerate(supervisor.run(tasks), 1):
            shown |= _failed(task, result) if isinstance(result, Failure) else result
            if progress is not None:
                progress(done, len(tasks))
    return shown


def _failed(task: ContextTask, failure: Failure) -> dict[int, Context]:
    broken = Context(notes=(Note.FAILED,), reasons=(failure.reason,))
    return {one.number: broken for one in task.wanted}


def _tasks(findings: Sequence[Finding], index: Index) -> Iterable[ContextTask]:
    for locator, group in sorted(by_item(findings).items()):
        view = index.item_by_path(locator.source, locator.path)
        yield ContextTask(
            locator.source,
            locator.path,
            view.kind if view is not None else str(ItemKind.FILE),
            group[0].version.token,
            group[0].content,
            tuple(_wanted(one) for one in group),
            view is not None and OCR in view.formats.split(","),
            group[0].kind == FOLDER,
        )


def _wanted(one: Finding) -> Wanted:
    types = frozenset(seen.type for seen in one.evidence)
    return Wanted(one.id, one.locator.steps, one.print, one.occurrence, types)
