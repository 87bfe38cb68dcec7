"""What becomes of a case's copies in backups now, by the configuration and by what other cases hold or keep."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from connectors.base import Locator
from scanner.backups.copies import follow
from scanner.backups.holders import keeps
from scanner.index.pack import path_token
from scanner.model import Case, Finding, InBackups, Verdict
from scanner.standing import items_with

if TYPE_CHECKING:
    from scanner.workspace import Workspace


def follow_now(work: Workspace, case: Case) -> None:
    """As `follow`, with all that it asks for."""
    follow(case, keeps(work.config), bound(work, case))


def bound(work: Workspace, case: Case) -> frozenset[Locator]:
    """The files in backups that would leave for a record alone, and in which another case holds or keeps something."""
    leaving = [one for one in case.findings if one.snapshots and _may_drop(one, case)]
    if not leaving:
        return frozenset()
    return items_with(leaving, work.standing(case.number), partial(path_token, work.sealer))


def _may_drop(one: Finding, case: Case) -> bool:
    return case.in_backups is InBackups.DROP or one.verdict is Verdict.ERASE
