"""The open tasks of all cases: what somebody must do by hand, who, and since when. Pure.

A person is asked once for each case and source, however many findings that is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scanner.model import Case, Finding, State


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `number` counts those that are open, the oldest first; `subject` is empty unless it was asked for."""

    number: int
    case: str
    source: str
    findings: tuple[int, ...]
    do: str
    holder: str
    since: datetime
    days: int
    subject: tuple[str, ...] = ()


def open_tasks(cases: Iterable[Case], holders: Mapping[str, str], now: datetime, *, names: bool = False) -> list[Task]:
    """All of them. `holders`: who has each source; `names`: tell the identifiers that the case was given."""
    found = [
        _task(case, source, group, holders.get(source, ""), now, names=names)
        for case in cases
        for source, group in _waiting(case).items()
    ]
    ordered = sorted(found, key=lambda one: (one.since, one.case, one.source))
    return [replace(one, number=number) for number, one in enumerate(ordered, start=1)]


def _waiting(case: Case) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for one in case.findings:
        if one.state is State.TASK:
            groups.setdefault(one.locator.source, []).append(one)
    return groups


def _task(case: Case, source: str, group: list[Finding], holder: str, now: datetime, *, names: bool) -> Task:
    since = min((one.since for one in group if one.since is not None), default=now)
    do = "; ".join(dict.fromkeys(one.reason for one in group if one.reason))
    subject = tuple(one.value for one in case.subject if one.given) if names else ()
    numbers = tuple(sorted(one.id for one in group))
    return Task(0, case.number, source, numbers, do, holder, since, max((now - since).days, 0), subject)
