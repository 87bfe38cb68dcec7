"""Until when a backup may bring back what a case erased: so long the ledger knows the person. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from config.model import Backup, Config, Hand
from scanner.hands.kinds import is_hand
from scanner.model import Case, State

_STAYS = frozenset({State.RECOVERABLE, State.KEPT, State.HELD})


def known_until(case: Case, config: Config, today: date) -> date | None:
    """The last day on which a backup of what the case was about may hold it; None where nobody can say.

    Counted are all backups that cover a source of the case, also those that it was erased from (a copy that was being
    made meanwhile), each for its `keeps_days` from the day of the erasure; and what a backup still has, until the day
    that is told. A source of which no backup is known has no end; one that has none by the admin's word adds nothing.
    """
    places = {one.name for one in config.backups}
    sources = {one.locator.source for one in case.findings if not is_hand(one)} - places
    declared = {one.name for one in config.sources if one.no_backup}
    if not sources or sources & set(config.uncovered()):
        return None
    begun = case.run_at.astimezone().date() if case.run_at is not None else today
    copies: list[Backup | Hand] = [*config.backups, *config.hands]
    days = [one.keeps_days for one in copies if (sources - declared).intersection(one.covers)]
    left = [
        one.until for one in case.findings if one.state in _STAYS and (one.locator.source in places or is_hand(one))
    ]
    if any(one.locator.source in places and not one.state.resolved for one in case.findings):
        return None
    return _latest([*(None if kept is None else begun + timedelta(days=kept) for kept in days), *left])


def _latest(days: Iterable[date | None]) -> date | None:
    known = list(days)
    found = [one for one in known if one is not None]
    return max(found) if found and len(found) == len(known) else None
