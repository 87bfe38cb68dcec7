"""Sources as a run opens them: told whether an empty one would be believable, and which of them are backups."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from connectors.backups.base import Backup
from connectors.base import Connector
from connectors.layers import role_of
from scanner.model import Action, Case, Finding, Step
from scanner.outcomes import GONE
from scanner.plan import FOLDER

Connect = Callable[[str], Connector]


@contextlib.contextmanager
def opened(case: Case, connect: Connect, source: str, *others: Case) -> Iterator[Connector]:
    """The source's connector, open, told whether an empty source would be believable after what these cases removed."""
    connector = connect(source)
    connector.expect_items = _holds_more((case, *others), source)
    try:
        connector.open()
        yield connector
    finally:
        with contextlib.suppress(Exception):
            connector.close()


def is_backup(connect: Connect, source: str) -> bool:
    """True for a backup; nothing is opened. One that cannot even be set up fails as a source does, when it is tried."""
    try:
        return role_of(connect(source), Backup) is not None
    except Exception:
        return False


def by_source(steps: Sequence[Step]) -> dict[str, list[Step]]:
    """Steps by their source, in the order in which these are met first."""
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.locator.source, []).append(step)
    return groups


def _holds_more(cases: Sequence[Case], source: str) -> bool:
    """True where the source must hold more than what these cases remove, or have removed since the index was made."""
    known = [one for case in cases for one in case.searched if one.source == source]
    if not known:
        return False
    counted = {
        one.locator.item
        for case in cases
        for one in case.findings
        if one.locator.source == source and _leaves(one) and not (_walked(case, source) and one.state in GONE)
    }
    return max(one.items for one in known) > len(counted)


def _walked(case: Case, source: str) -> bool:
    known = next((one for one in case.searched if one.source == source), None)
    scanned = known.scanned_at if known is not None else None
    return case.run_at is not None and scanned is not None and scanned >= case.run_at


def _leaves(one: Finding) -> bool:
    """True for an item that has left, or goes whole when the plan runs; what is rewritten or waits stays there."""
    return one.kind != FOLDER and not one.taken and (one.state in GONE or one.effective is Action.REMOVE)
