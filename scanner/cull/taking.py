"""What is found by a rule now, taken into its case: what is not due any more leaves, what was done stays told.

Before a run the case is what the rule says today. After it the case is closed to new items, so that it can be
complete: what falls due later is the next case's, but for what lies elsewhere with the very content of one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.base import Locator
from scanner.cull.search import Culled
from scanner.matching import match
from scanner.model import Case, Finding, Searched, State
from scanner.outcomes import GONE
from scanner.verify import merge

STAYS = "it is there, and the rule does not say that it may go"
_BY_PERSON = frozenset({State.KEPT, State.HELD})


def take(
    case: Case, found: Culled, searched: Sequence[Searched], there: Callable[[Locator], bool], *, grow: bool = False
) -> None:
    """Take it in. `there`: whether the index has an item at this place. `grow`: new items too, though it has run."""
    fresh = found.findings
    if case.run_at is not None and not grow:
        fresh = _known(case.findings, fresh)
    mates = match(case.findings, fresh).mates
    case.findings = [one for one in case.findings if one.id in mates or _lasts(case, one, there)]
    merge(case, fresh, found.gaps, searched, lambda one: STAYS if there(one.locator.item) else None)
    case.missing = sentences(found)


def sentences(found: Culled) -> list[str]:
    """What the findings do not say, for who reads the case."""
    told = []
    if found.more:
        told.append(f"{found.more} more are due: one run of this rule takes {found.most} (max_items)")
    if found.undated:
        told.append(f"{found.undated} that the rule is about have no known day, and are never culled")
    if found.by_hand:
        told.append(f"{found.by_hand} that are due could only be erased by people, in the source itself")
    told.append("copies in backups are no part of a cull: they leave when the backups expire")
    return told


def _lasts(case: Case, one: Finding, there: Callable[[Locator], bool]) -> bool:
    """What stays in the case though the rule does not find it: what was done, what a person said, what is missing."""
    if one.state in GONE or (one.state in _BY_PERSON and one.verdict is not None):
        return True
    return case.run_at is not None and not there(one.locator.item)


def _known(known: Sequence[Finding], fresh: Sequence[Finding]) -> list[Finding]:
    """Of what is found those that the case has, or had elsewhere."""
    places = {one.locator for one in known}
    contents = {one.content for one in known if one.content and one.state is not State.ERASED}
    return [one for one in fresh if one.locator in places or one.content in contents]
