"""From what a source said and what was seen afterwards to the end state of a finding. Pure.

"Could not tell" is never "gone": `erased` needs the source's word, a look, and no other name of the content.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.base import Locator, Outcome, Presence, Receipt
from connectors.errors import (
    Changed,
    ConfigError,
    ConnectorError,
    Denied,
    Held,
    Throttled,
    Unreachable,
    Unsupported,
)
from scanner.journal import Result
from scanner.model import Action, Case, Finding, State, Step

CHANGED = "changed since the plan; scan and look again"
LIES = "the source says erased but still has it"
AGAIN = "it is there again"
NOT_TRIED = "not tried: the source could not be reached"
NOT_EMPTY = "the folder is not empty: what is still in it is not the plan's"
NOT_REWRITTEN = "after the rewriting, its content is not what was made"
UNUSABLE = "could not be reached: its settings cannot be used, or it is configured no more; see gallra check"
UNSEEN = "the source took the removal but could not be asked whether it is gone"
SURVIVES = "the content survives: "
MAY_SURVIVE = "gone from here, but the content had other names (hard links) and may survive under them"

GONE = frozenset({State.ERASED, State.ABSENT, State.RECOVERABLE})
_TRANSIENT = (Unreachable, Throttled)


def judged(receipt: Receipt | None, presence: Presence, links: int) -> Result:
    """What a removal came to. `receipt` is None where a crash lost it; `links` is the number of names as scanned."""
    if presence is not Presence.ABSENT:
        return Result(State.FAILED, LIES)
    if receipt is not None and receipt.outcome is Outcome.RECOVERABLE:
        return Result(State.RECOVERABLE, until=receipt.until)
    if receipt is not None and receipt.survives:
        return Result(State.FAILED, SURVIVES + "; ".join(receipt.survives), survivors=len(receipt.survives))
    if receipt is not None and receipt.outcome is Outcome.ERASED:
        return Result(State.ERASED)
    if links > 1:
        return Result(State.FAILED, MAY_SURVIVE, survivors=links - 1)
    return Result(State.ERASED if receipt is None else State.ABSENT)


def of_error(error: Exception) -> Result:
    """What a refusal or failure means for the step. Nothing is known to be gone."""
    if isinstance(error, Changed):
        return Result(State.OPEN, CHANGED)
    if isinstance(error, Denied):
        return Result(State.BLOCKED, f"denied: {error}")
    if isinstance(error, Held):
        return Result(State.BLOCKED, f"held by the source: {error}")
    if isinstance(error, Unsupported):
        return Result(State.BLOCKED, f"the source cannot do this safely: {error}")
    if isinstance(error, _TRANSIENT):
        return Result(State.FAILED, f"could not be reached: {error}", unreachable=True)
    if isinstance(error, ConnectorError):
        return Result(State.FAILED, f"the source failed: {error}")
    if isinstance(error, ConfigError):  # a secret that cannot be had, a client that is not installed, no such source
        return Result(State.FAILED, UNUSABLE, unreachable=True)
    return Result(State.FAILED, f"connector fault: {type(error).__name__}")


def stops(error: object) -> bool:
    """True for an error after which the rest of the source need not be tried."""
    return isinstance(error, (*_TRANSIENT, ConfigError))


def left_item(result: Result) -> bool:
    """True where the item itself has gone, whatever else lives on."""
    return result.state in GONE or result.survivors > 0


class Places:
    """A case's findings by id and by item, so that a step need not go through all. Good for as long as none moves."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._by_id: dict[int, Finding] = {}
        self._by_item: dict[Locator, list[Finding]] = {}
        for one in findings:
            self._by_id[one.id] = one
            self._by_item.setdefault(one.locator.item, []).append(one)

    def named(self, step: Step) -> list[Finding]:
        """The findings that the step resolves."""
        return [self._by_id[number] for number in step.findings if number in self._by_id]

    def around(self, step: Step) -> list[Finding]:
        """Those, and all others in its item."""
        found = {one.id: one for one in (*self._by_item.get(step.locator, ()), *self.named(step))}
        return list(found.values())


def apply(places: Places, step: Step, result: Result) -> None:
    """Give the findings of a step its result. What a person decided to keep stays kept.

    Where the item was rewritten, all findings in it are of the new version from then on.
    """
    mine = set(step.findings)
    for finding in places.around(step):
        if result.version is not None and finding.locator.item == step.locator:
            finding.version, finding.content = result.version, result.content
        if finding.id in mine and finding.state is not State.KEPT:
            _give(finding, result, taken=bool(step.cuts) and result.version is not None and result.state in GONE)


def _give(finding: Finding, result: Result, *, taken: bool) -> None:
    finding.state = result.state
    finding.until = result.until
    finding.taken = taken
    if result.state is State.HELD:
        finding.action, finding.statute, finding.hold = Action.HOLD, result.statute, result.hold
        finding.reason = result.reason
    elif not result.state.resolved:
        finding.reason = result.reason
    elif finding.verdict is None:
        finding.reason = None
    if result.survivors:
        finding.links = max(finding.links, 2)


def settle_links(case: Case) -> None:
    """Content with several names is erased when its last name is: then the other names' findings are too.

    Hard links of one file have one version (its inode is in it) and one content. The last name's receipt counts no
    survivors; where a crash lost a receipt, every name that the scan counted must have gone.
    """
    groups: dict[_Link, list[Finding]] = {}
    for one in case.findings:
        if one.content and (one.links > 1 or one.state is State.ERASED):
            groups.setdefault(_Link(one.locator.source, one.version.token, one.content), []).append(one)
    for group in groups.values():
        waiting = [one for one in group if survived(one)]
        if waiting and _last_gone(group, waiting):
            for one in waiting:
                one.state, one.reason = State.ERASED, None


def survived(finding: Finding) -> bool:
    """True for a finding whose own name is gone while its content had, or has, others."""
    reason = finding.reason or ""
    return finding.state is State.FAILED and (reason.startswith(SURVIVES) or reason == MAY_SURVIVE)


@dataclass(frozen=True, slots=True)
class _Link:
    source: str
    version: str
    content: str


def _last_gone(group: list[Finding], waiting: list[Finding]) -> bool:
    if any(one.state is State.ERASED for one in group):
        return True
    names: set[Locator] = {one.locator.item for one in waiting}
    lost = any(one.reason == MAY_SURVIVE for one in waiting)
    return lost and len(names) >= max(one.links for one in group)


def counts(case: Case) -> dict[str, int]:
    """How many findings have which state, and the gaps, for the audit log."""
    found = {"findings": len(case.findings), "gaps": len(case.gaps)}
    for one in case.findings:
        found[one.state.value] = found.get(one.state.value, 0) + 1
    return found
