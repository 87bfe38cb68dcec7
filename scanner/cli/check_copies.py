"""What `gallra check` tells of backups, and of what only people can look through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from config.model import Config
from scanner.check_backups import BackupCheck
from scanner.check_hands import hand_facts
from scanner.cli.output import clean, table, wrapped


def backups_table(checks: Sequence[BackupCheck], indexed: Callable[[str], int], scanned: Callable[[str], str]) -> str:
    """One row for each backup. `indexed` and `scanned` tell what the index has of a name."""
    if not checks:
        return ""
    rows = [
        (
            one.source,
            one.kind,
            "yes" if one.reached else "NO",
            "-" if not one.reached else "yes" if one.erases else "NO",
            "-" if one.snapshots is None else str(one.snapshots),
            _day(one.oldest),
            _day(one.newest),
            "-" if one.keeps_days is None else f"{one.keeps_days} days",
            str(indexed(one.source)),
            scanned(one.source),
        )
        for one in checks
    ]
    columns = ("backup", "kind", "reached", "may erase", "snapshots", "oldest", "newest", "is said to keep", "indexed")
    return table((*columns, "last walked (UTC)"), rows)


def covers(checks: Sequence[BackupCheck], config: Config) -> str:
    """Which sources each backup covers, a provider's too."""
    told = [(one.source, one.covers) for one in checks]
    told += [(one.name, one.covers) for one in config.hands if one.covers]
    if not told:
        return ""
    lines = [line for name, each in told for line in wrapped(clean(f"{name}: {', '.join(each)}"), 2, 2)]
    return "\n".join(("What the backups cover", *lines))


def hands(config: Config) -> str:
    """Who is asked of what gallra cannot read, and what is lacking for it."""
    if not config.hands:
        return ""
    lines = []
    for one in config.hands:
        lines.append(f"  {clean(one.name)} ({one.kind})")
        lines += [line for fact in hand_facts(one, config) for line in wrapped(clean(f"- {fact}"), 4, 2)]
    return "\n".join(("What only people can look through", *lines))


def backups_json(checks: Sequence[BackupCheck], indexed: Callable[[str], int]) -> list[dict[str, Any]]:
    """`backups` of `check --json`."""
    return [
        {
            "backup": one.source,
            "kind": one.kind,
            "reached": one.reached,
            "error": one.error,
            "erases": one.erases,
            "covers": list(one.covers),
            "keeps_days": one.keeps_days,
            "batch": one.batch,
            "snapshots": one.snapshots,
            "oldest": _stamp(one.oldest),
            "newest": _stamp(one.newest),
            "locked": one.locked,
            "locked_until": one.locked_until.isoformat() if one.locked_until else None,
            "limits": list(one.limits),
            "facts": list(one.facts),
            "problems": one.problems,
            "indexed": indexed(one.source),
        }
        for one in checks
    ]


def hands_json(config: Config) -> list[dict[str, Any]]:
    """`hands` of `check --json`."""
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "covers": list(one.covers),
            "deadline_days": one.deadline_days,
            "facts": hand_facts(one, config),
        }
        for one in config.hands
    ]


def _day(at: datetime | None) -> str:
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%d}"


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")
