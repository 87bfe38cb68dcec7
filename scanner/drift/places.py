"""Rules about whole places: how long backups keep what they hold, and whether what the policy speaks of is scanned."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from config.model import Config, PolicyRule
from scanner.check_backups import too_old
from scanner.drift.count import Count
from scanner.index.sqlite import Index


def count_snapshots(rule: PolicyRule, index: Index, today: date) -> Count:
    """How many snapshots are older than the policy says, as of the last walks. A backup that holds none is not told."""
    breaking = untold = looked = 0
    for name in rule.backups:
        made = [one.at for one in index.snapshots_of(name)]
        looked += len(made)
        untold += not made
        breaking += len(too_old(rule.keeps_days or 0, made, today))
    return Count(rule, breaking, untold, looked)


def count_scanned(rule: PolicyRule, config: Config, index: Index, now: datetime) -> Count:
    """How many of the sources (or backups) were not walked to their end so lately."""
    names = rule.backups or rule.sources or tuple(one.name for one in config.sources)
    earliest = now - timedelta(seconds=rule.scanned_within)
    well = {
        one.source for one in index.searched() if one.complete and one.scanned_at and earliest <= one.scanned_at <= now
    }
    return Count(rule, sum(name not in well for name in names), 0, len(names))
