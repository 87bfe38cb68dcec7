"""What a certificate says of backups and of what people were asked for: counts, dates, and who confirmed. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from config.model import Config
from connectors.base import GapReason
from scanner.certificate_guard import Guard
from scanner.hands.kinds import PROVIDER, is_hand
from scanner.model import Case, Finding, State
from scanner.plan import FOLDER

Json = dict[str, Any]

# As `scanner.hands.done.reason` writes it.
_SAID: Final = re.compile(r"says (?P<by>.+?) on (?P<on>\d{4}-\d\d-\d\d) \((?P<proof>SHA-256|no written)")


@dataclass(frozen=True, slots=True)
class Copies:
    """One backup of the configuration, or an outside provider of one."""

    name: str
    kind: str
    covers: tuple[str, ...] = ()
    keeps_days: int | None = None


def copies_of(config: Config) -> tuple[Copies, ...]:
    """All that the configuration says hold copies of sources."""
    read = [Copies(one.name, one.source.kind, one.covers, one.keeps_days) for one in config.backups]
    asked = [Copies(one.name, one.kind, one.covers, one.keeps_days) for one in config.hands if one.kind == PROVIDER]
    return (*read, *asked)


def backups_json(case: Case, copies: Sequence[Copies], guard: Guard) -> list[Json]:
    """What was done in each backup that gallra reads."""
    read = [one for one in copies if one.kind != PROVIDER]
    return [_backup(case, number, one, guard) for number, one in enumerate(read, start=1)]


def hands_json(case: Case, guard: Guard) -> list[Json]:
    """What people were asked for, and who said what: where gallra cannot read."""
    found = sorted((one for one in case.findings if is_hand(one)), key=lambda one: (one.kind, one.locator.source))
    return [_hand(number, one, guard) for number, one in enumerate(found, start=1)]


def uncovered(case: Case, guard: Guard) -> list[str | None]:
    """The sources of which no backup is known; None for a name that may not be shown."""
    names = sorted({one.locator.source for one in case.gaps if one.reason is GapReason.NO_BACKUP})
    return [guard.public(name) for name in names]


def _backup(case: Case, number: int, one: Copies, guard: Guard) -> Json:
    known = next((searched for searched in case.searched if searched.source == one.name), None)
    mine = [finding for finding in case.findings if finding.locator.source == one.name]
    items = _by_item(finding for finding in mine if finding.kind != FOLDER)
    folders = [finding for finding in mine if finding.kind == FOLDER]
    dropped = [finding for finding in items if finding.state is State.ERASED]
    return {
        "number": number,
        "backup": guard.public(one.name),
        "kind": one.kind,
        "keeps_days": one.keeps_days,
        "searched_at": known.scanned_at.isoformat(timespec="seconds") if known and known.scanned_at else None,
        "found": len(items),
        "dropped": len(dropped),
        "snapshots": max((finding.snapshots for finding in dropped), default=0),
        "absent": sum(finding.state is State.ABSENT for finding in items),
        "kept": _dated(finding.until for finding in items if finding.state is State.KEPT),
        "held": _dated(finding.until for finding in items if finding.state is State.HELD),
        "immutable": _dated(finding.until for finding in items if finding.state is State.RECOVERABLE),
        "open": sum(not finding.state.resolved for finding in (*items, *folders)),
    }


def _by_item(findings: Iterable[Finding]) -> list[Finding]:
    """One for each file of the backup: what is in it leaves, or stays, with it. One that waits speaks first."""
    found: dict[str, Finding] = {}
    for one in sorted(findings, key=lambda one: (one.state.resolved, one.id)):
        found.setdefault(one.locator.path, one)
    return list(found.values())


def _hand(number: int, one: Finding, guard: Guard) -> Json:
    said = _SAID.search(one.reason or "") if one.state.resolved else None
    return {
        "number": number,
        "name": guard.public(one.locator.source),
        "kind": one.kind,
        "state": one.state.value,
        "until": one.until.isoformat() if one.until else None,
        "by": guard.public(said["by"]) if said else None,
        "on": said["on"] if said else None,
        "written": bool(said and said["proof"] == "SHA-256"),
    }


def _dated(days: Iterable[date | None]) -> list[Json]:
    found = Counter(day.isoformat() if day else None for day in days)
    return [{"until": until, "count": found[until]} for until in sorted(found, key=str)]
