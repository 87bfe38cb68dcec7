"""What each backup tells of itself: how many snapshots, from when to when, and whether old room waits to be freed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from config.model import Config
from config.named import PROVIDER
from connectors.backups.base import Backup
from connectors.errors import ConfigError, ConnectorError
from connectors.layers import role_of
from scanner.opening import Connect


@dataclass(frozen=True, slots=True)
class Told:
    """One backup. `snapshots` is None where it was not reached (`error` says why), or only people can ask."""

    name: str
    kind: str
    covers: tuple[str, ...]
    keeps_days: int | None = None
    batch: bool = False
    snapshots: int | None = None
    oldest: datetime | None = None
    newest: datetime | None = None
    unreclaimed: bool | None = None
    error: str = ""


def tell(config: Config, connect: Connect) -> list[Told]:
    """Each backup that is configured, and each outside provider. Changes nothing."""
    found = [
        _asked(Told(one.name, one.source.kind, one.covers, one.keeps_days, one.batch), connect)
        for one in config.backups
    ]
    hands = [one for one in config.hands if one.kind == PROVIDER]
    return found + [Told(one.name, one.kind, one.covers, one.keeps_days) for one in hands]


def _asked(told: Told, connect: Connect) -> Told:
    try:
        with connect(told.name) as connector:
            backup = role_of(connector, Backup)
            assert backup is not None
            snapshots = backup.snapshots()
            waits = backup.unreclaimed()
    except (ConnectorError, ConfigError) as error:
        return replace(told, error=str(error))
    times = [one.at for one in snapshots]
    ends = (min(times), max(times)) if times else (None, None)
    return replace(told, snapshots=len(times), oldest=ends[0], newest=ends[1], unreclaimed=waits)
