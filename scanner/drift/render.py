"""`gallra status --policy`: every rule of the policy, for people and for programs. Counts and days, nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from config.model import Config, PolicyRule
from scanner.agent.book import Book, Drift
from scanner.cli.output import clean, wrapped
from scanner.drift.history import Course, course
from scanner.drift.steps import cull_of, next_step

KEPT: Final = "kept"
BROKEN: Final = "broken"
UNSURE: Final = "kept as far as could be told"
UNKNOWN: Final = "not counted yet"

_JOB: Final = "chore:policies"


def render_policy(config: Config, book: Book, now: datetime | None = None) -> str:
    """One block for each rule, under its area, in the order of the configuration."""
    if not config.policies:
        return "There are no [[policy]] rules. docs/policy.md tells how to write down what the company has promised."
    told = [(one, course(book, one, now or datetime.now(UTC))) for one in config.policies]
    lines = [_summary(told, book)]
    for area, rules in groupby(told, key=lambda one: one[0].area):
        lines += ["", clean(area)]
        for rule, way in rules:
            lines += _block(config, rule, way)
    return "\n".join(lines)


def policy_json(config: Config, book: Book, now: datetime | None = None) -> dict[str, Any]:
    """The same for programs: `policy` has one object a rule, `counted_at` is when they were counted last."""
    told = [(one, course(book, one, now or datetime.now(UTC))) for one in config.policies]
    states = [_state(*one) for one in told]
    return {
        "counted_at": _stamp(_counted(book)),
        "broken": states.count(BROKEN),
        "unknown": states.count(UNKNOWN),
        "policy": [_object(config, rule, way) for rule, way in told],
    }


def _summary(told: Iterable[tuple[PolicyRule, Course]], book: Book) -> str:
    states = [_state(*one) for one in told]
    parts = [f"{states.count(one)} {one}" for one in (BROKEN, KEPT, UNSURE, UNKNOWN) if one in states]
    last = _counted(book)
    at = f", counted last {last.astimezone():%Y-%m-%d %H:%M}" if last is not None else ""
    return f"{_number(len(states), 'rule')} of the policy: {', '.join(parts)}{at}"


def _block(config: Config, rule: PolicyRule, way: Course) -> list[str]:
    lines = wrapped(clean(f"{rule.name}: {_state(rule, way)}{_since(way)}"), 2, 2)
    lines += wrapped(clean(f"“{rule.says}”"), 4, 1)
    if way.now is not None:
        lines += wrapped(_now(rule, way.now), 4, 2)
        lines += wrapped(_over_time(way), 4, 2)
    step = next_step(config, rule, way.now)
    return lines + (wrapped(clean(f"next: {step}"), 4, 6) if step else [])


def _state(rule: PolicyRule, way: Course) -> str:
    if way.now is None:
        return UNKNOWN
    if way.now.breaking > rule.at_most:
        return BROKEN
    return UNSURE if way.now.undated else KEPT


def _since(way: Course) -> str:
    return f" since {_day(way.since)}" if way.since is not None else ""


def _now(rule: PolicyRule, look: Drift) -> str:
    told = f"{_number(look.breaking, 'breaks', 'break')} it of {_number(look.looked, _what(rule))} looked at"
    allowed = f"; {_number(rule.at_most, 'may', 'may')}" if rule.at_most else ""
    return told + allowed + (f"; {look.undated} {_untold(rule)}" if look.undated else "")


def _what(rule: PolicyRule) -> str:
    if rule.keeps_days is not None:
        return "snapshot"
    if rule.scanned_within:
        return "backup" if rule.backups else "source"
    return "item"


def _untold(rule: PolicyRule) -> str:
    if rule.older:
        return "without a known day, or not read"
    return "backups without a known snapshot" if rule.keeps_days is not None else "that could not be read"


def _over_time(way: Course) -> str:
    first = f"first ({_day(way.first.at)}) {way.first.breaking}" if way.first is not None else ""
    parts = [first, f"a month ago {_then(way.month)}", f"a week ago {_then(way.week)}", f"now {_then(way.now)}"]
    return ", ".join(parts)


def _then(look: Drift | None) -> str:
    return "-" if look is None else str(look.breaking)


def _object(config: Config, rule: PolicyRule, way: Course) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "area": rule.area,
        "says": rule.says,
        "state": _state(rule, way),
        "breaking": None if way.now is None else way.now.breaking,
        "at_most": rule.at_most,
        "undated": None if way.now is None else way.now.undated,
        "looked": None if way.now is None else way.now.looked,
        "since": _stamp(way.since),
        "over_time": {
            "first": _look(way.first),
            "month_ago": _look(way.month),
            "week_ago": _look(way.week),
            "now": _look(way.now),
        },
        "cull": cull_of(config, rule) or None,
        "next": next_step(config, rule, way.now) or None,
    }


def _look(look: Drift | None) -> dict[str, Any] | None:
    if look is None:
        return None
    return {"at": _stamp(look.at), "breaking": look.breaking, "undated": look.undated, "looked": look.looked}


def _counted(book: Book) -> datetime | None:
    run = book.last_good(_JOB)
    return None if run is None else run.ended


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")


def _day(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d}"


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
