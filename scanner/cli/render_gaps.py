"""What could not be searched, grouped by source and reason: how many, of what sort, and a few examples."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

from connectors.base import Locator
from scanner.cli.output import clean, screen, table
from scanner.cli.render_findings import place
from scanner.model import Case, CaseGap

_EXAMPLES = 3
_FEW = 2  # gaps of one source and reason that are listed one by one


def render_gaps(case: Case, *, show_all: bool = False) -> str:
    """The section on gaps; empty for none. Those in items that the case is about come first among the examples."""
    if not case.gaps:
        return ""
    title = f"Could not be searched ({len(case.gaps)})"
    near = {one.locator.item for one in case.findings}
    return "\n".join((title, *gap_lines(case.gaps, near, show_all=show_all)))


def gap_lines(gaps: Sequence[CaseGap], near: Iterable[Locator] = (), *, show_all: bool = False) -> list[str]:
    """A line for each source and reason, with examples under it, or a line for each gap."""
    first = frozenset(near)
    lines: list[tuple[str, str, str]] = []  # place, reason, examples
    for group in _groups(gaps):
        group.sort(key=lambda one: (one.locator.item not in first, one.locator.path, one.locator.steps))
        if show_all or len(group) <= _FEW:
            lines += [(place(one.locator), _reason([one]), "") for one in group]
        else:
            lines.append((f"{clean(group[0].locator.source)}: {len(group)} parts", _reason(group), _examples(group)))
    drawn = table(("where", "why"), [(where, why) for where, why, _ in lines]).split("\n")
    shown = drawn[:1]
    for line, (_, _, examples) in zip(drawn[1:], lines, strict=True):
        shown.append(line)
        if examples:
            shown += textwrap.wrap(
                examples, screen(), initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
            )
    return shown


def _groups(gaps: Iterable[CaseGap]) -> list[list[CaseGap]]:
    groups: dict[tuple[str, str], list[CaseGap]] = {}
    for one in gaps:
        groups.setdefault((one.locator.source, one.reason.value), []).append(one)
    return sorted(groups.values(), key=lambda group: (group[0].locator.source, -len(group)))


def _reason(group: Sequence[CaseGap]) -> str:
    """The reason, and the sorts of it: `unknown format (jpeg)`, `unknown format (72 jpeg, 1 other)`."""
    details = Counter(clean(one.detail) for one in group)
    if len(details) == 1:
        told = next(iter(details))
    else:
        told = ", ".join(f"{count} {detail or 'other'}" for detail, count in details.most_common())
    return group[0].reason.value + (f" ({told})" if told else "")


def _examples(group: Sequence[CaseGap]) -> str:
    names = [place(one.locator).partition(": ")[2] for one in group[:_EXAMPLES]]
    more = len(group) - len(names)
    return f"as {', '.join(names)}" + (f" and {more} more" if more else "")
