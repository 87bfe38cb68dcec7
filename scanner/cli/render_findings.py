"""Findings as lines of a terminal: grouped by reason, one line each where it fits, nothing ever cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.backups.base import plain
from connectors.base import Locator
from scanner.cli.output import clean, screen, width, wrapped
from scanner.evidence_words import seen
from scanner.model import Finding, Tier

_OTHERS = "others: identifiers of other persons in the same item"


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding and what is said of it: `why` is said once for all that share it, `note` of this one alone.

    `then` is what a decision comes to: once where all of a group share it, else of each. `below` are whole lines.
    """

    finding: Finding
    why: str
    note: str = ""
    whose: str = ""
    others: int = 0
    then: str = ""
    below: tuple[str, ...] = ()


def section(title: str, shown: Sequence[Shown]) -> str:
    """A section with its count, its columns and its groups, surest first; empty for no findings."""
    if not shown:
        return ""
    rows = [(one, _cells(one)) for one in shown]
    widths = [max(width(cells[column]) for _, cells in rows) for column in range(4)]
    heads = [head if wide else "" for head, wide in zip(("no", "tier", "whose", "others"), widths, strict=True)]
    widths = [max(wide, len(head)) for wide, head in zip(widths, heads, strict=True)]
    groups: dict[str, list[tuple[Shown, list[str]]]] = {}
    for one, cells in rows:
        groups.setdefault(one.why, []).append((one, cells))
    legend = f"   ({_OTHERS})" if widths[3] else ""
    lines = [f"{title} ({len(shown)})", f"{_line(heads, widths)}where{legend}"]
    for why in sorted(groups, key=lambda why: _surest(groups[why])):
        lines += wrapped(clean(f"- {why} ({len(groups[why])})"), 2)
        thens = {one.then for one, _ in groups[why]}
        if len(thens) == 1:
            lines += wrapped(clean(thens.pop()), 4)
        lines += _group(groups[why], widths, each=bool(thens))
    return "\n".join(lines)


def place(locator: Locator) -> str:
    """Source, path and steps in one cell, with nothing that could mislead a terminal."""
    return clean(" > ".join((f"{locator.source}: {locator.path or '(all of it)'}", *locator.steps)))


def _where(one: Finding) -> str:
    """Of something in a backup, without the id of its content: a line below tells which snapshots hold it."""
    if not one.snapshots:
        return place(one.locator)
    return place(Locator(one.locator.source, plain(one.locator.path), one.locator.steps))


def _cells(one: Shown) -> list[str]:
    finding = one.finding
    return [str(finding.id), finding.tier.value, one.whose, str(one.others) if one.others else ""]


def _surest(group: Sequence[tuple[Shown, list[str]]]) -> tuple[int, int]:
    tiers = list(Tier)
    return min(tiers.index(one.finding.tier) for one, _ in group), group[0][0].finding.id


def _group(group: Sequence[tuple[Shown, list[str]]], widths: Sequence[int], *, each: bool) -> list[str]:
    """The lines of findings that share a reason; `each`: what a decision comes to differs among them."""
    indent = width(_line([""] * 4, widths))
    room = screen() - indent
    texts = [(_where(one.finding), _told(one, each=each)) for one, _ in group]
    column = _column([(width(where), width(told)) for where, told in texts], room)
    lines = []
    for (one, cells), (where, told) in zip(group, texts, strict=True):
        gap = max(column - width(where), 0) + 2
        if width(where) + gap + width(told) <= room:
            lines.append((_line(cells, widths) + where + " " * gap + told).rstrip())
        else:
            first, *more = _folded(where, room)
            lines += [_line(cells, widths) + first, *(" " * (indent + 2) + part for part in more)]
            lines += wrapped(clean(told), indent + 2)
        lines += one.below
    return lines


def _column(widths: Sequence[tuple[int, int]], room: int) -> int:
    """How wide to make the places, so that what was seen fits beside most of them."""

    def fitting(column: int) -> int:
        return sum(max(column, where) + 2 + told <= room for where, told in widths)

    return max(sorted({0, *(where for where, _ in widths if where <= room)}), key=fitting)


def _told(one: Shown, *, each: bool) -> str:
    beside = f"beside {clean(', '.join(one.finding.beside))}" if one.finding.beside else ""
    then = one.then if each else ""
    return "; ".join(part for part in (seen(one.finding.evidence), beside, clean(one.note), then) if part)


def _folded(where: str, room: int) -> list[str]:
    """A long place on several lines, broken between its steps; nothing of it is left out."""
    lines: list[str] = []
    for part in where.split(" > "):
        if lines and width(lines[-1]) + 3 + width(part) <= room - 2:
            lines[-1] += f" > {part}"
        else:
            lines.append(f"> {part}" if lines else part)
    return lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The first columns, numbers to the right; a column that nobody fills is left out."""
    columns = zip((True, False, False, True), cells, widths, strict=True)
    return "  " + "".join(
        (f"{cell:>{wide}}" if right else f"{cell:<{wide}}") + "  " for right, cell, wide in columns if wide
    )
