"""Which snapshots hold what was found in backups, and of which finding it is a copy."""

from __future__ import annotations

from collections.abc import Sequence

from config.model import Config
from scanner.backups.copies import link
from scanner.backups.origins import Origins
from scanner.index.sqlite import Index
from scanner.model import Finding
from scanner.plan import FOLDER


def tell_snapshots(findings: Sequence[Finding], index: Index, origins: Origins) -> None:
    """Set how many snapshots hold each finding in a backup, from when on and until when, and `copy_of`.

    What the index has of a walk that was cut off counts as held by one: it lies in a backup all the same.
    """
    groups: dict[str, list[Finding]] = {}
    for one in findings:
        if origins.is_backup(one.locator.source) and one.kind != FOLDER:
            groups.setdefault(one.locator.source, []).append(one)
    for source, group in groups.items():
        held = index.held_by(source, {one.locator.path for one in group})
        for one in group:
            by = held[one.locator.path]
            one.snapshots, one.oldest, one.newest = max(1, by.snapshots), by.oldest, by.newest
    link(findings, origins)


def keeps(config: Config) -> dict[str, int]:
    """How many days backups keep a snapshot, as the company says, by name."""
    return {one.name: one.keeps_days for one in config.backups if one.keeps_days is not None}
