"""What an answer cannot know of whole sources: never scanned, long ago, not to the end, and left out by their settings.

Pure: the index's views and notes, the settings and the day come in. A source that is behind is a gap as a whole, of the
reason `stale`; what an admin chose to leave out is told, and is no gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from config.model import Source
from connectors import registry
from connectors.base import GapReason, LeftOut, Locator
from connectors.manual import GAP, Follows
from scanner.index.notes import ScanNote
from scanner.index.sqlite import Index
from scanner.index.views import SearchedView
from scanner.model import CaseGap, Searched

UNENDED = "a scan of it has not ended, or broke off"
AHEAD = "last scanned on a day that is yet to come: is the clock right?"


@dataclass(frozen=True, slots=True)
class Known:
    """What the index says of one source as a whole. `view` is None where it has nothing of it."""

    view: SearchedView | None
    note: ScanNote = field(default_factory=ScanNote)


def known_sources(index: Index, names: Iterable[str]) -> dict[str, Known]:
    """What the index says of these sources."""
    views = {one.source: one for one in index.searched()}
    return {name: Known(views.get(name), index.note(name)) for name in names}


def source_gaps(known: Mapping[str, Known], day: date, most_days: int) -> list[CaseGap]:
    """A gap for each source of which the index is not as it should be on this day, by name.

    `most_days`: as old a scan may be.
    """
    found = []
    for name in sorted(known):
        scanned = known[name].view is not None and known[name].view.scanned_at is not None  # type: ignore[union-attr]
        details = [*(_behind(known[name], day, most_days) if scanned else []), *_failed(known[name].note)]
        if details or not scanned:
            reason = GapReason.STALE if scanned else GapReason.NEVER_SCANNED
            found.append(CaseGap(Locator(name, ""), reason, "; ".join(details)))
    return found


def searched(known: Mapping[str, Known], sources: Iterable[Source]) -> list[Searched]:
    """How much of each of these sources the index has, and what its settings leave out, by name."""
    by_name = {one.name: one for one in sources}
    found = []
    for name, one in sorted(known.items()):
        view, source = one.view, by_name.get(name)
        if view is not None and source is not None:
            left = left_out(source, one.note)
            told = (left, one.note.error, follows(source), one.note.lost)
            found.append(Searched(name, view.items, view.records, view.scanned_at, *told))
    return found


def moments(index: Index, names: Iterable[str]) -> dict[str, object]:
    """Of each source what tells one state of it in the index from another: its walks, and what was noted of it."""
    walks = index.walks()
    return {name: (walks.get(name), index.note(name)) for name in names}


def settled(searched: Iterable[Searched], before: Mapping[str, object], after: Mapping[str, object]) -> list[Searched]:
    """What was searched while other processes may have scanned: of a source that did not stand still, only a part."""
    return [one if before.get(one.source) == after.get(one.source) else replace(one, in_part=True) for one in searched]


def follows(source: Source) -> str:
    """The source that this one changes with; nothing where it follows none."""
    connector = registry.load(source.kind, backup=source.backup)(source.name, source.settings)
    return connector.follows if isinstance(connector, Follows) else ""


def left_out(source: Source, note: ScanNote) -> tuple[LeftOut, ...]:
    """What the last scan left out, with its counts, then what the settings leave out since."""
    told = {one.setting for one in note.left_out}
    now = registry.load(source.kind, backup=source.backup)(source.name, source.settings).left_out()
    return (*note.left_out, *(one for one in now if one.setting not in told))


def whole_sources(gaps: Iterable[CaseGap]) -> Sequence[CaseGap]:
    """Those of the gaps that `source_gaps` tells of, in order; not those that a walk found and only people can fill."""
    told = (GapReason.STALE, GapReason.NEVER_SCANNED)
    return sorted(
        (
            one
            for one in gaps
            if one.reason in told and not one.locator.path and not one.locator.steps and not one.detail.startswith(GAP)
        ),
        key=lambda one: (one.locator.source, one.reason.value, one.detail),
    )


def _behind(known: Known, day: date, most_days: int) -> list[str]:
    """Why what is indexed of the source may be old."""
    view = known.view
    if view is None or view.scanned_at is None:
        return []
    told = []
    days = (day - view.scanned_at.astimezone().date()).days
    if days > most_days:
        told.append(f"last scanned {days} days ago" if days > 1 else "last scanned 1 day ago")
    elif days < -1:  # as long as the clock is behind, nothing would ever be old
        told.append(AHEAD)
    return told if view.complete else [*told, UNENDED]


def _failed(note: ScanNote) -> list[str]:
    return [f"the last scan failed: {note.error}"] if note.error else []
