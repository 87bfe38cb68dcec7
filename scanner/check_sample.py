"""A sample of a source's items, read before any scan, so that what answers will not know of is told beforehand.

A few items of each ending, none of them large, in a worker process like a scan's. What is read is kept nowhere: only
why something could not be read comes back, and how often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple, Self

from config.model import Config
from config.secrets import resolve_lines
from connectors.base import Gap, GapReason, Item, ItemKind, Locator
from connectors.errors import ConnectorError
from scanner.aids import Aids
from scanner.expand import Expansion
from scanner.limits import Limits
from scanner.read import Sources, blob_of
from scanner.records import Unread
from scanner.remembered import Remembered
from scanner.supervise import Failure, Supervisor

_OF_ONE_SORT = 3  # items of one ending that are read
_ITEMS = 40  # items of one source that are read
_LARGEST = 8 << 20  # bytes of an item that is read
_SECONDS = 10.0  # that one of them may take


class Cause(NamedTuple):
    """Why something was not read, in the words of a gap."""

    reason: GapReason
    detail: str


@dataclass(slots=True)
class Seen:
    """What a bounded walk of a source met. `picked` is what is to be read of it."""

    items: int = 0
    large: int = 0  # above the limit of what is held in memory whole
    cut: bool = False  # there is more that was not walked
    gaps: Counter[GapReason] = field(default_factory=Counter)
    picked: dict[str, list[str]] = field(default_factory=dict)  # ending, or kind of item -> paths
    read: int = 0
    causes: Counter[Cause] = field(default_factory=Counter)  # items read that have it

    def take(self, event: object, largest: int) -> None:
        """One event of the walk. `largest` is `[limits] blob`, in bytes."""
        if isinstance(event, Gap):
            self.gaps[event.reason] += 1
        elif isinstance(event, Item):
            self.items += 1
            size = event.size or 0
            self.large += size > largest
            sort = _sort(event)
            paths = self.picked.setdefault(sort, [])
            if size <= _LARGEST and len(paths) < _OF_ONE_SORT:
                paths.append(event.locator.path)

    def sample(self) -> list[str]:
        """The paths to read: one of each sort first, then the seconds, so that the rare ones are among them."""
        rounds = [paths[at] for at in range(_OF_ONE_SORT) for paths in self.picked.values() if len(paths) > at]
        return rounds[:_ITEMS]


class Sampler:
    """Reads samples, in one worker for all sources. A context manager."""

    def __init__(self, config: Config) -> None:
        limits = replace(Limits(), **config.limits)  # type: ignore[arg-type]  # config checked keys and types
        limits = replace(limits, seconds=min(limits.seconds, _SECONDS))
        self.limits = limits
        self._workers = Supervisor(partial(make_sample_job, config, limits), 1, limits, chunk=4)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()

    def read(self, source: str, seen: Seen) -> None:
        """Read what was picked, and note in `seen` what could not be."""
        sorts = {path: sort for sort, paths in seen.picked.items() for path in paths}
        for locator, result in self._workers.run([Locator(source, path) for path in seen.sample()]):
            if result is None:
                continue
            seen.read += 1
            told = {Cause(result.reason, result.detail)} if isinstance(result, Failure) else result
            seen.causes.update({_named(one, sorts[locator.path]) for one in told})


def make_sample_job(config: Config, limits: Limits) -> Callable[[Locator], frozenset[Cause] | None]:
    """What a worker runs once at its start. Raises ConfigError where a password cannot be had."""
    keys = resolve_lines(config.read.passwords, config.base) if config.read.passwords else ()
    aids = Aids(keys, None, Remembered())
    return partial(_causes, Sources(config.sources, hasty=True), limits, aids)


def _causes(sources: Sources, limits: Limits, aids: Aids, locator: Locator) -> frozenset[Cause] | None:
    """Why parts of one item could not be read; None where the item itself was not had."""
    try:
        with sources.get(locator.source).read(locator) as content:
            return _told(Expansion(blob_of(content, limits), limits, aids))
    except ConnectorError:
        return None


def _told(found: Iterable[object]) -> frozenset[Cause]:
    return frozenset(Cause(one.reason, one.detail) for one in found if isinstance(one, Unread))


def _named(cause: Cause, sort: str) -> Cause:
    """A format that nobody knows goes by the ending of its item."""
    nameless = cause.reason is GapReason.UNKNOWN_FORMAT and not cause.detail
    return Cause(cause.reason, sort) if nameless else cause


def _sort(item: Item) -> str:
    """What items of a sample are told apart by: files by their ending, all else by what it is."""
    if item.kind is not ItemKind.FILE:
        return item.kind.value
    name = item.locator.path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return f".{ending.casefold()}" if dot and stem and len(ending) <= 8 else "without one"
