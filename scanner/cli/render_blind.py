"""What closes every answer: how much of each source was searched and when, and what the settings left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.base import LeftOut
from scanner.answer_left import by_limits, by_settings, followers
from scanner.cli.output import clean, table, wrapped
from scanner.model import Case, Searched

_MOST = 12  # things left out of one source that are named; the count tells how many there are


def render_searched(case: Case) -> str:
    """A line for each source that was searched; empty for none."""
    if not case.searched:
        return ""
    rows = [
        (one.source, str(one.items), str(one.records), _when(one), "failed" if one.error else "")
        for one in case.searched
    ]
    head = ("source", "items", "records", "last walked (UTC)", "since then" if any(row[-1] for row in rows) else "")
    followed = [line for told in followers(case.searched) for line in wrapped(clean(told), 2, 2)]
    return "\n".join(("Searched", table(head, rows), *followed))


def render_left_out(searched: Sequence[Searched]) -> str:
    """What is no gap and was not searched all the same: by the settings, and by a limit of the search; or nothing."""
    settings = left_out_lines(by_settings(searched))
    limits = [line for told in by_limits(searched) for line in wrapped(clean(told), 2, 2)]
    parts = [("Left out by configuration", *settings), ("Not looked through", *limits)]
    return "\n\n".join("\n".join(part) for part in parts if len(part) > 1)


def left_out_lines(sources: Iterable[tuple[str, Sequence[LeftOut]]]) -> list[str]:
    """A paragraph for each source that leaves something out: `  kunder: *.iso (12 items when last scanned)`."""
    lines = []
    for name, left in sources:
        if left:
            more = [f"and {len(left) - _MOST} more"] if len(left) > _MOST else []
            told = f"{clean(name)}: {', '.join([*map(_told, left[:_MOST]), *more])}"
            lines += wrapped(told, 2, 2)
    return lines


def _told(one: LeftOut) -> str:
    return f"{clean(one.setting)} ({counted(one)})" if one.countable else clean(one.setting)


def counted(one: LeftOut) -> str:
    """How much it was: `12 items when last scanned`."""
    folders = "1 folder" if one.folders == 1 else f"{one.folders} folders"
    if one.items is None:
        return f"{folders}, not counted" if one.folders else "not counted yet"
    if not one.items:
        return "nothing when last scanned"
    if one.items == one.folders:
        return f"{folders} with all in {'it' if one.folders == 1 else 'them'} when last scanned"
    items = "1 item" if one.items == 1 else f"{one.items} items"
    return f"{items}{f', {folders} with all in them among these' * bool(one.folders)} when last scanned"


def _when(one: Searched) -> str:
    return f"{one.scanned_at:%Y-%m-%d %H:%M}" if one.scanned_at else "never"
