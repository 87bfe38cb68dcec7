"""Sources of which nobody knows a backup: a gap in every answer to a case that asks for the backups too. Pure.

Such a gap hides nothing of what was searched: it says that the person may be in copies that nobody named.
"""

from __future__ import annotations

from collections.abc import Iterable

from config.model import Config
from connectors.base import GapReason, Locator
from scanner.model import CaseGap

UNCOVERED = "no [[backup]] covers it"


def backup_gaps(config: Config, *, asked: bool = True) -> list[CaseGap]:
    """One for each source that no backup covers and of which none is declared absent. `asked`: backups were."""
    return [CaseGap(Locator(name, ""), GapReason.NO_BACKUP, UNCOVERED) for name in config.uncovered()] if asked else []


def hiding(gaps: Iterable[CaseGap]) -> list[CaseGap]:
    """Those behind which something of the source itself may lie unseen."""
    return [one for one in gaps if one.reason is not GapReason.NO_BACKUP]


def told_anew(gaps: Iterable[CaseGap], config: Config, *, asked: bool) -> list[CaseGap]:
    """The gaps of a case, with those on backups as they are now."""
    return [*hiding(gaps), *backup_gaps(config, asked=asked)]


def is_told(gaps: Iterable[CaseGap], config: Config, *, asked: bool) -> bool:
    """Whether the gaps on backups are those of today."""
    return {one.locator for one in gaps if one.reason is GapReason.NO_BACKUP} == {
        one.locator for one in backup_gaps(config, asked=asked)
    }
