"""The open tasks of a case: what somebody must do by hand, who, since when, and until when. Pure.

A person is asked once for each case and source, however many findings that is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from config.model import Config, Hand
from scanner.model import Case, Finding, State

USUAL_DAYS: Final = 30
"""Days in which a task is due that has no deadline of its own: the month of GDPR Art. 12(3)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task. `number` is 0 until `TaskBook` gives it its own.

    `holder` is who sees to it, `days` how long it has waited, `due` its last day. `hand` is what only people can look
    through; None for a source's own, as a phone. `subject` is empty unless it was asked for. `written` and `sent`:
    when its letter was.
    """

    number: int
    case: str
    source: str
    findings: tuple[int, ...]
    do: str
    holder: str
    since: datetime
    days: int
    subject: tuple[str, ...] = ()
    due: date = date.max
    hand: Hand | None = None
    written: date | None = None
    sent: date | None = None

    @property
    def name(self) -> str:
        """The task by its case and first finding: the same for as long as it is open."""
        return f"{self.case}/{self.findings[0]}"

    def is_overdue(self, today: date) -> bool:
        """True after its last day."""
        return self.due < today


@dataclass(frozen=True, slots=True)
class Askable:
    """Whom tasks go to: the holders of sources by name, and what only people can look through."""

    holders: Mapping[str, str]
    hands: Mapping[str, Hand]

    @classmethod
    def of(cls, config: Config) -> Askable:
        """As the configuration has them."""
        holders = {one.name: str(one.settings.get("holder") or "") for one in config.sources}
        return cls(
            holders | {one.name: one.owner for one in config.hands},
            {one.name: one for one in config.hands},
        )


def tasks_of(case: Case, askable: Askable, now: datetime, *, names: bool = False) -> list[Task]:
    """The open tasks of one case, those first that are due first. `names`: tell the identifiers that it was given."""
    found = [
        _task(case, source, group, askable.holders.get(source, ""), askable.hands.get(source), now, names=names)
        for source, group in _waiting(case).items()
    ]
    return sorted(found, key=lambda one: (one.due, one.since, one.source))


def _waiting(case: Case) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for one in case.findings:
        if one.state is State.TASK:
            groups.setdefault(one.locator.source, []).append(one)
    return groups


def _task(
    case: Case, source: str, group: list[Finding], holder: str, hand: Hand | None, now: datetime, *, names: bool
) -> Task:
    since = min((one.since for one in group if one.since is not None), default=now)
    do = "; ".join(dict.fromkeys(one.reason for one in group if one.reason))
    subject = tuple(one.value for one in case.subject if one.given) if names else ()
    numbers = tuple(sorted(one.id for one in group))
    due = since.astimezone().date() + timedelta(days=hand.deadline_days if hand is not None else USUAL_DAYS)
    waited = max((now - since).days, 0)
    return Task(0, case.number, source, numbers, do, holder, since, waited, subject, due, hand)
