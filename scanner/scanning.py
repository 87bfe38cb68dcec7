"""Scans of one installation: which sources, in whose turn, and what of gallra's own is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from config.model import Config
from config.secrets import file_path
from connectors.base import Locator
from scanner.index.errors import Busy
from scanner.scan_lock import ScanLocks, SourceBusy, Turns

if TYPE_CHECKING:
    from scanner.index.sqlite import Index
    from scanner.scan import Progress, SourceReport
    from scanner.workspace import Workspace


def own_paths(config: Config) -> list[Path]:
    """The files and folders that gallra keeps for itself, and searches and watches nowhere."""
    own = [config.agent.state, config.path]
    own += [one for one in (config.erase.statistics, config.log.file) if one is not None]
    secrets = (config.agent.key, config.agent.ledger_key, *config.read.passwords)
    return own + [path for one in secrets if (path := file_path(one, config.base)) is not None]


_INDEX: Final = "index.sqlite"
_SHORTEST: Final = 0.001  # seconds: a source that is busy is told of, whatever happens
_STILL: Final = 60.0  # seconds that `still` waits for one source, with others in hand that the agent would scan


class How(NamedTuple):
    """See `Workspace.scan`."""

    paths: Collection[str] | None
    full: bool
    whole: bool
    wait: float
    workers: int


def scan(work: Workspace, sources: Sequence[str], how: How, progress: Progress | None) -> list[SourceReport]:
    """See `Workspace.scan`."""
    from scanner.scan import Scanner  # noqa: PLC0415 - it takes as long as a whole look at the index

    picked = work.config.pick(sources)
    if how.paths is not None and len(picked) != 1:
        raise ValueError("paths are of one source")
    settings = work.reader()
    turns = Turns(locks(work), how.wait, work.waiting)
    with work.index(read_only=False) as index:
        if not sources:
            _forget_lost(work, index)
        scanner = Scanner(
            index,
            work.sealer,
            settings,
            workers=how.workers,
            full=how.full,
            whole=how.whole,
            leave_out=own_paths(work.config),
            turns=turns,
        )
        return scanner.scan(picked, progress, how.paths)


def rescan(work: Workspace, sources: Sequence[str]) -> list[SourceReport]:
    """See `Workspace.rescan`."""
    from scanner.scan import SourceReport  # noqa: PLC0415 - see above

    configured = {one.name for one in work.config.places}
    known = [name for name in sources if name in configured]
    lost = [name for name in sources if name not in configured]
    reports = [SourceReport(name, error=f"{name}: is no longer configured", exit_code=5) for name in lost]
    if known:
        reports += work.scan(known, whole=True, wait=max(work.patience, _SHORTEST))
    try:
        with work.index(read_only=False) as index:
            index.compact()
    except Busy as error:
        reports.append(SourceReport("index", error=str(error), exit_code=3))
    return reports


def forget_lost(work: Workspace) -> int:
    """Take sources and backups that are not configured any more out of the index; how many left.

    As a scan of all sources does; the agent scans each by its name. Raises as `Workspace.index`.
    """
    if not (work.state / _INDEX).exists():
        return 0
    with work.index(read_only=False) as index:
        return _forget_lost(work, index)


def _forget_lost(work: Workspace, index: Index) -> int:
    left = 0
    configured = {one.name for one in work.config.places}
    for name in sorted({one.source for one in index.searched()} - configured):
        with suppress(SourceBusy), locks(work).hold(name):  # another configuration may have it
            index.forget_source(name)
            left += 1
    return left


def forget_items(work: Workspace, locators: Iterable[Locator]) -> None:
    """See `Workspace.forget_items`. Those of a source that does not come to our turn stay; its next walk tells.

    In our turn, since a walk under way would not read again what it had seen, if that is still there after all.
    """
    with work.index(read_only=False) as index:
        for source, group in groupby(sorted(locators, key=str), key=lambda one: one.source):
            with suppress(SourceBusy), locks(work).hold(source, work.patience, work.waiting):
                views = [index.item_by_path(one.source, one.path) for one in group]
                index.retire([view.id for view in views if view is not None])


@contextmanager
def still(work: Workspace, sources: Iterable[str]) -> Iterator[None]:
    """Let nobody scan these sources while the block runs, as far as that can be had within a minute for each.

    In the midst of a walk the index cannot tell what is gone from what has moved: no search then is complete. Several
    are held at once, always in the same order, so that two who do so never wait for each other in a ring; who scans
    holds one, and waits for none meanwhile.
    """
    with ExitStack() as held:
        for source in sorted(set(sources)):
            with suppress(SourceBusy):
                held.enter_context(locks(work).hold(source, min(work.patience, _STILL), work.waiting))
        yield


def locks(work: Workspace) -> ScanLocks:
    """What holds sources while they are scanned."""
    return ScanLocks(work.state, work.sealer)
