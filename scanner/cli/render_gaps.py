"""What could not be searched, grouped by source and reason: how many, of what sort, and a few examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from connectors.base import Locator
from scanner.accepting import accepted_gaps, key, numbered
from scanner.cli.gap_help import help_lines
from scanner.cli.output import clean, table, wrapped
from scanner.cli.render_findings import place
from scanner.model import Case, CaseGap

_EXAMPLES = 3
_MANY = 10  # gaps from which on their endings and folders are counted
_ENDING = re.compile(r"(?<=[^/.\s])\.[^\W_]{1,8}$")
_FEW = 2  # gaps of one source and reason that are listed one by one


def render_gaps(case: Case, *, show_all: bool = False) -> str:
    """The section on gaps; empty for none. Those in items that the case is about come first among the examples."""
    if not case.gaps:
        return ""
    accepted = len(accepted_gaps(case))
    told = f", {accepted} of them accepted" if accepted else ""
    title = f"Could not be searched ({len(case.gaps)}{told})"
    if show_all:
        return "\n".join((title, *_numbered(case), *help_lines(case.gaps)))
    near = {one.locator.item for one in case.findings}
    return "\n".join((title, *gap_lines(case.gaps, near)))


def _numbered(case: Case) -> list[str]:
    """Each gap with the number that `gallra accept` takes, and who has accepted it."""
    names = {key(gap): one.by for gap, one in accepted_gaps(case)}
    rows = [
        (str(number), place(gap.locator), _reason([gap]), clean(names.get(key(gap), "")))
        for number, gap in numbered(case).items()
    ]
    return table(("no", "where", "why", "accepted by"), rows).split("\n")


def gap_lines(gaps: Sequence[CaseGap], near: Iterable[Locator] = (), *, show_all: bool = False) -> list[str]:
    """A line for each source and reason, with examples under it, or a line for each gap; then what would help."""
    first = frozenset(near)
    lines: list[tuple[str, str, str]] = []  # place, reason, examples
    for group in _groups(gaps):
        group.sort(key=lambda one: (one.locator.item not in first, one.locator.path, one.locator.steps))
        if show_all or len(group) <= _FEW:
            lines += [(place(one.locator), _reason([one]), "") for one in group]
        else:
            told = "\n".join(one for one in (_examples(group), _spread(group)) if one)
            lines.append((f"{clean(group[0].locator.source)}: {len(group)} parts", _reason(group), told))
    drawn = table(("where", "why"), [(where, why) for where, why, _ in lines]).split("\n")
    shown = drawn[:1]
    for line, (_, _, examples) in zip(drawn[1:], lines, strict=True):
        shown.append(line)
        for told in examples.splitlines():
            shown += wrapped(told, 2)
    return shown + help_lines(gaps)


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
        told = ", ".join(_times(detail or "other", count) for detail, count in details.most_common())
    return group[0].reason.value + (f" ({told})" if told else "")


def _times(detail: str, count: int) -> str:
    """`72 jpeg`, and of a sentence `needs pip install gallra[pst]: 2`."""
    return f"{detail}: {count}" if " " in detail else f"{count} {detail}"


def _spread(group: Sequence[CaseGap]) -> str:
    """Of many: how they end and where they lie, the most first; empty for few."""
    if len(group) < _MANY:
        return ""
    endings = Counter(_ending(one.locator) for one in group)
    folders = Counter(one.locator.path.rpartition("/")[0] or "the top folder" for one in group)
    return f"by ending: {_most(endings)}; by folder: {_most(folders)}"


def _most(found: Counter[str]) -> str:
    told = [f"{found[name]} {clean(name)}" for name in sorted(found, key=lambda name: (-found[name], name))[:_EXAMPLES]]
    left = len(found) - len(told)
    return ", ".join(told) + (
        f", {found.total() - sum(sorted(found.values())[-len(told) :])} in {left} more" if left else ""
    )


def _ending(locator: Locator) -> str:
    """The ending of the innermost name that has one: of an attachment rather than of its mail."""
    for name in (*reversed(locator.steps), locator.path):
        match = _ENDING.search(name)
        if match:
            return match[0].lower()
    return "without one"


def _examples(group: Sequence[CaseGap]) -> str:
    names = [place(one.locator).partition(": ")[2] for one in group[:_EXAMPLES]]
    more = len(group) - len(names)
    return f"as {', '.join(names)}" + (f" and {more} more" if more else "")
