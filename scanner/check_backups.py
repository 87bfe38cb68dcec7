"""Looks a backup over before it is relied on: reached, allowed to erase, and whether what is said of it is so.

Changes nothing in it. What a company tells a person of its backups ("kept for 90 days") must be true: GDPR Art. 5.1 a
and 12.1; so the claim is held against the snapshots that exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import connectors.backups.base as contract
from config.build import connect
from config.model import Backup, Config
from connectors.backups.base import Snapshot
from connectors.base import Connector
from connectors.errors import ConfigError, ConnectorError
from connectors.layers import role_of
from scanner.check_covers import covered

_GRACE = 1  # days that a backup may take to forget what it should
_LATE = 7  # days without a new snapshot from which on that is told


@dataclass(slots=True)
class BackupCheck:
    """What one look at a backup gave: `source` is its name, `problems` are sentences, `error` why it was not reached.

    `snapshots` is None where they were not seen. `facts` are what the backup tells of itself, and what was seen of it.
    """

    source: str
    kind: str
    covers: tuple[str, ...] = ()
    keeps_days: int | None = None
    batch: bool = False
    reached: bool = False
    error: str | None = None
    exit_code: int = 0
    erases: bool = False
    snapshots: int | None = None
    oldest: datetime | None = None
    newest: datetime | None = None
    locked: int = 0  # snapshots that the backup lets nobody change today
    locked_until: date | None = None
    limits: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)


def check_backup(backup: Backup, config: Config, now: datetime) -> BackupCheck:
    """Open the backup, list its snapshots, and look into the newest for what it covers."""
    found = BackupCheck(backup.name, backup.source.kind, backup.covers, backup.keeps_days, backup.batch)
    try:
        connector = connect(backup.source, hasty=True)
        try:
            _look(connector, found, backup, config, now)
        finally:
            connector.close()
        found.reached = True
    except ConfigError as error:
        found.error, found.exit_code = "; ".join(error.problems), error.exit_code
    except ConnectorError as error:
        found.error, found.exit_code = str(error), error.exit_code
    return found


def false_claims(keeps_days: int | None, snapshots: Sequence[Snapshot], today: date) -> list[str]:
    """What is not so of the claim that it keeps what it holds for so many days. Pure; nothing where none is made."""
    if keeps_days is None:
        return []
    claim = f"keeps_days = {keeps_days} is not true"
    old = too_old(keeps_days, (one.at for one in snapshots), today)
    told = []
    if old:
        older = f"{_count(len(old), 'snapshot')} of {len(snapshots)} {'is' if len(old) == 1 else 'are'} older"
        told.append(
            f"{claim}: the oldest snapshot is of {old[0]}, {(today - old[0]).days} days ago, and {older}. Set it to "
            "what is so, or have the backup forget them"
        )
    bound = [one for one in snapshots if one.immutable_until and _kept(one) > keeps_days + _GRACE]
    if bound:
        longest = max(bound, key=_kept)
        told.append(
            f"{claim}: the snapshot of {_day(longest.at)} may not be changed before {longest.immutable_until}, "
            f"{_kept(longest)} days after it was made"
        )
    return told


def too_old(keeps_days: int, made: Iterable[datetime], today: date) -> list[date]:
    """The days of those snapshots that should have been forgotten by today, the oldest first. Pure."""
    last = today - timedelta(days=keeps_days + _GRACE)
    return sorted(day for at in made if (day := _day(at)) < last)


def age(newest: datetime, today: date) -> str:
    """What is to be said of how old the newest snapshot is; nothing where it is of these days."""
    days = (today - _day(newest)).days
    if days > _LATE:
        return f"the newest snapshot is of {_day(newest)}, {days} days ago: is the backup still made?"
    return "the newest snapshot is of a day that is yet to come: is the clock right?" if days < -1 else ""


def _look(connector: Connector, found: BackupCheck, backup: Backup, config: Config, now: datetime) -> None:
    capabilities = connector.open()
    found.limits, found.erases = capabilities.limits, capabilities.removes
    if not found.erases:
        found.problems.append("nothing can be erased from this backup, as it is set up or as this account may use it")
    role = role_of(connector, contract.Backup)
    snapshots = [] if role is None else sorted(role.snapshots(), key=lambda one: one.at)
    today = now.astimezone().date()
    found.snapshots = len(snapshots)
    seen = []
    if role is not None and snapshots:
        found.oldest, found.newest = snapshots[0].at, snapshots[-1].at
        told = covered(backup, role, snapshots, config)
        seen += [age(found.newest, today), _locked(found, snapshots, today), *told.facts]
        found.problems += told.problems
    else:
        found.problems.append("it holds no snapshot: is it the right place?")
    found.problems += false_claims(found.keeps_days, snapshots, today)
    found.facts = (*capabilities.facts, *(one for one in seen if one))


def _locked(found: BackupCheck, snapshots: Sequence[Snapshot], today: date) -> str:
    days = [one.immutable_until for one in snapshots if one.immutable_until and one.immutable_until >= today]
    if not days:
        return ""
    found.locked, found.locked_until = len(days), max(days)
    return (
        f"{_count(len(days), 'snapshot')} of {len(snapshots)} may be changed by nobody, the last of them through "
        f"{found.locked_until}"
    )


def _kept(snapshot: Snapshot) -> int:
    """Days from when it was made through the last on which nobody may change it."""
    return (snapshot.immutable_until - _day(snapshot.at)).days if snapshot.immutable_until else 0


def _day(at: datetime) -> date:
    """The day where this machine stands."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone().date()


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
