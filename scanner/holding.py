"""Which findings the law keeps, and the last word on it before anything is erased.

The rules are `scanner.policy`'s; here they are laid over the documents of an item. What is held is held whole: nothing
around it leaves, and nothing is taken out of it. A mail that carries a voucher is kept with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scanner.backups.origins import Origins
from scanner.model import ERASING, Action, Cut, Finding, State, Verdict
from scanner.papers import Key, Paper
from scanner.policy import Document, Hold, Policy, kind_of, longest
from scanner.policy_match import folders_of
from scanner.records import Steps
from scanner.vouchers import Voucher, linked

UNSURE = "it may be a document that the law keeps: look at it before it is erased"
UNKNOWN_YEAR = "held, and its year is not known: say until when with gallra decide"
KEPT_BY_RULE = "held by a rule of this company's configuration"


@dataclass(frozen=True, slots=True)
class Held:
    """Why a step is refused. `until` None: its year is not known."""

    rule: str
    statute: str
    until: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """A document in an item that a hold is about; `sure` is false where only an uncertain reading says so."""

    steps: Steps
    hold: Hold
    sure: bool


class Holder:
    """The rules of one configuration on one day. Pickles, for worker processes."""

    def __init__(self, policy: Policy, today: date, origins: Origins | None = None) -> None:
        """What lies in a backup is held where it is held in its source: `origins` knows its place there."""
        self._policy = policy
        self._today = today
        self._origins = origins or Origins()

    def __bool__(self) -> bool:
        """False where no rule holds anything."""
        return bool(self._policy)

    def places(
        self, source: str, path: str, kind: str, papers: Iterable[Paper], referred: Mapping[Steps, tuple[Voucher, ...]]
    ) -> list[Place]:
        """The documents of an item that are held now, each widened to the message that carries it."""
        found = []
        at = self._origins.places(source, path)
        for paper in papers:
            documents = [
                Document(
                    source=name,
                    path=where,
                    kind=kind_of(paper.kind, kind),
                    inner=paper.names,
                    folders=folders_of(kind, where),
                    senders=paper.senders,
                    voucher=paper.voucher,
                    referred_by=referred.get(paper.steps, ()),
                )
                for name, where in at
            ]
            hold = longest(one for each in documents for one in self._policy.holds(each, self._today) if not one.ended)
            if hold is not None:
                found.append(Place(_carrier(paper.steps), hold, any(map(self._is_sure, documents))))
        return found

    def _is_sure(self, document: Document) -> bool:
        """Whether a hold is about it without what its text seems to be, or its text says so plainly."""
        if document.voucher is None or document.voucher.sure or document.voucher.kind is None:
            return True
        plain = replace(document, voucher=None)
        return any(not one.ended for one in self._policy.holds(plain, self._today))

    def held(self, source: str, path: str, kind: str, papers: Iterable[Paper], cuts: Sequence[Cut]) -> Held | None:
        """Why a step may not be done, by what the live content says; None where no rule is against it."""
        places = self.places(source, path, kind, papers, {})
        hold = longest(one.hold for one in places if one.sure and _touches(one.steps, cuts))
        return None if hold is None else Held(hold.rule, hold.statute, hold.until, _reason(hold))


def hold_findings(
    holder: Holder, findings: Sequence[Finding], papers: Mapping[Key, Sequence[Paper]], kinds: Mapping[Key, str]
) -> None:
    """Set the findings that are held. Papers that a voucher refers to, in another item too, are held with it."""
    referred: dict[Key, dict[Steps, tuple[Voucher, ...]]] = {}
    all_papers = {(key, paper.steps): paper.voucher for key, group in papers.items() for paper in group}
    for (key, steps), vouchers in linked(all_papers).items():
        referred.setdefault(key, {})[steps] = vouchers
    places: dict[Key, list[Place]] = {}
    for one in findings:
        key = (one.locator.source, one.locator.path)
        if key not in places:
            seen = papers.get(key) or (Paper((), one.kind),)
            places[key] = holder.places(*key, kinds.get(key, one.kind), seen, referred.get(key, {}))
        _hold(one, places[key])


def _hold(finding: Finding, places: Sequence[Place]) -> None:
    """What lies in a held document, or around one, is held."""
    mine = [one for one in places if _overlap(one.steps, finding.locator.steps)]
    hold = longest(one.hold for one in mine if one.sure)
    if hold is not None:
        finding.proposed = finding.action
        finding.action, finding.offer, finding.state = Action.HOLD, Action.NONE, State.HELD
        finding.until, finding.statute, finding.hold = hold.until, hold.statute, hold.rule
        finding.reason = _reason(hold)
    elif mine and finding.verdict is not Verdict.ERASE and finding.action in (*ERASING, Action.DECIDE):
        finding.offer = finding.action if finding.action in ERASING else finding.offer
        finding.action, finding.reason = Action.DECIDE, UNSURE


def _reason(hold: Hold) -> str:
    return UNKNOWN_YEAR if hold.until is None else KEPT_BY_RULE


def _touches(held: Steps, cuts: Sequence[Cut]) -> bool:
    """Whether a step takes the held document away, or something out of it; no cuts: the whole item goes."""
    return not cuts or any(_overlap(held, cut.steps) for cut in cuts if not (cut.amend and not cut.steps and held))


def _overlap(one: Steps, other: Steps) -> bool:
    """One lies in the other."""
    size = min(len(one), len(other))
    return one[:size] == other[:size]


def _carrier(steps: Steps) -> Steps:
    """The message that a document came with, or the document itself."""
    for depth in range(len(steps) - 1, -1, -1):
        if steps[depth].startswith("message "):
            return steps[: depth + 1]
        if steps[depth].startswith("attachment "):
            return steps[:depth]
    return steps
