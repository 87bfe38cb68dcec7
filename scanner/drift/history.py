"""How a rule was counted over time: what is noted of a look, and what can be told of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from config.model import PolicyRule
from scanner.agent.book import Book, Drift
from scanner.drift.count import Count

WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)

_DAY: Final = timedelta(days=1)
_ALL: Final = 100_000  # looks at a rule: one a day and one a change, for many years


@dataclass(frozen=True, slots=True)
class Course:
    """A rule over time; None where nothing was counted then. `since`: from when on it has been broken without end."""

    first: Drift | None = None
    month: Drift | None = None
    week: Drift | None = None
    now: Drift | None = None
    since: datetime | None = None


def noted(book: Book, counts: Sequence[Count], now: datetime) -> list[Drift]:
    """What is to be noted of a look now: a row a day and a row a change, whatever the number of scans.

    Between them the newest row is brought up to date; its moment is when its counts were first found.
    """
    found = []
    for one in counts:
        drift = Drift(one.rule.name, now, one.breaking, one.untold, one.looked)
        last = next(iter(book.drift(one.rule.name, 1)), None)
        if last is not None and _same(last, drift) and last.at <= now < last.at + _DAY:
            drift = Drift(one.rule.name, last.at, one.breaking, one.untold, one.looked)
        found.append(drift)
    return found


def course(book: Book, rule: PolicyRule, now: datetime) -> Course:
    """How the rule went. What it said before it was changed is not told apart: give a changed rule another name."""
    looks = book.drift(rule.name, _ALL)
    if not looks:
        return Course()
    since = None
    for one in looks:
        if one.breaking <= rule.at_most:
            break
        since = one.at
    return Course(looks[-1], _at(looks, now - MONTH), _at(looks, now - WEEK), looks[0], since)


def _at(looks: Sequence[Drift], moment: datetime) -> Drift | None:
    """What was so at a moment: the newest look that is no younger."""
    return next((one for one in looks if one.at <= moment), None)


def _same(one: Drift, other: Drift) -> bool:
    return (one.breaking, one.undated) == (other.breaking, other.undated)
