"""An employee's thousands of mails for the company: which of them an answer tells in a few lines. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scanner.at_work import AT_WORK
from scanner.model import Finding, State

EXAMPLES = 3
_LISTED = 20  # of one reason that are still listed one by one
_RANGES = 12


def split_work(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Those to list one by one, and those that wait for one of the reasons of `at_work` and are too many for that."""
    counts = Counter(one.reason for one in findings if _waits(one))
    many = [one for one in findings if _waits(one) and counts[one.reason] > _LISTED]
    numbers = {one.id for one in many}
    return [one for one in findings if one.id not in numbers], many


def by_reason(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """The second part of `split_work` by reason, in order."""
    found: dict[str, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.reason or "", []).append(one)
    return found


def by_source(findings: Sequence[Finding]) -> str:
    """How many lie in each source, the most first: `post: 33, arkiv: 2`."""
    counts = Counter(one.locator.source for one in findings)
    return ", ".join(f"{name}: {count}" for name, count in counts.most_common())


def ranges(numbers: Sequence[int]) -> tuple[str, int]:
    """`12-43 47`, as `gallra decide` takes them, and how many numbers that leaves out.

    Only numbers that follow each other make a range.
    """
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs[:_RANGES]]
    return " ".join(told), sum(map(len, runs[_RANGES:]))


def _waits(one: Finding) -> bool:
    return one.reason in AT_WORK and one.state is State.OPEN and one.verdict is None
