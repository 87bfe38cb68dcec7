"""What one rule says may go now: candidates by source and path from the index, then a look at each live item."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice
from typing import Final

from config.model import CullRule
from connectors.base import GapReason, Locator
from scanner.cull.look import FAILED, CullTask, Seen
from scanner.index.sqlite import Index
from scanner.index.sweep import Sweep
from scanner.index.views import ItemView
from scanner.model import ERASING, Action, CaseGap, Finding, Ownership, State, Tier
from scanner.papers import Key, Paper
from scanner.policy_match import Document, Matcher, folders_of
from scanner.standing import KEPT

LIKENESS: Final = "only what its text looks like says that the rule is about it: look at it before it is erased"
UNREAD: Final = "part of it could not be read: look whether the law keeps it before it is erased"
UNSEEN: Final = "a rule of culling may be about it, and it could not be looked at, or has changed since the last scan"
_CHUNK: Final = 2000  # items

Look = Callable[[Iterable[CullTask]], Iterator[tuple[CullTask, Seen]]]
Hold = Callable[[Sequence[Finding], Mapping[Key, Sequence[Paper]], Mapping[Key, str]], None]


@dataclass(slots=True)
class Culled:
    """What the rule comes to. `findings` are numbered: what goes (the oldest first), what waits, and what is held.

    `most` is what one run may take, `more` are due beyond that, `undated` have no day that the rule counts from. `held`
    is how many a law or a person keeps, `by_hand` how many only people could erase, `gaps` what could not be looked at.
    """

    rule: str
    most: int = 0
    findings: list[Finding] = field(default_factory=list)
    gaps: list[CaseGap] = field(default_factory=list)
    more: int = 0
    undated: int = 0
    held: int = 0
    by_hand: int = 0

    @property
    def due(self) -> int:
        """How many would go if the plan ran."""
        return sum(one.action is Action.REMOVE for one in self.findings)


def search(
    rule: CullRule, index: Index, sources: Collection[str], look: Look, hold: Hold, settled: Collection[Locator] = ()
) -> Culled:
    """What is due today by the rule in these sources. `hold` sets what is kept; `settled` counts for no ceiling."""
    places = set(sources)
    found = Culled(rule.name, rule.max_items)
    views = _candidates(rule, index, places)
    seen = dict(look(_task(one) for one in views.values()))
    due: list[tuple[date, Finding]] = []
    papers: dict[Key, Sequence[Paper]] = {}
    for one in views.values():
        told = seen.get(_task(one), FAILED)
        if told.failed or told.changed or one.stale:
            found.gaps.append(CaseGap(one.locator, GapReason.STALE, UNSEEN))
        elif told.due is not None:
            due.append((told.due.kept, _finding(one, told, rule)))
            papers[one.source, one.path] = told.papers
        elif told.matched and not told.dated:
            found.undated += 1
    found.gaps += _unwalked(rule, index, places)
    due.sort(key=lambda pair: (pair[0], pair[1].locator))
    findings = [one for _, one in due]
    hold(findings, papers, {(one.source, one.path): one.kind.value for one in views.values()})
    _choose(found, findings, settled)
    return found


def since(kept: date) -> date:
    """The first day on which what was kept through that day is due."""
    return kept + timedelta(days=1)


def _candidates(rule: CullRule, index: Index, places: set[str]) -> dict[Key, ItemView]:
    """What the rule may be about, by source, path and kind; what else it asks for only the content tells."""
    cheap = Matcher(replace(rule, senders=(), documents=()))
    found: dict[Key, ItemView] = {}
    with index.snapshot():
        numbers = (
            one.id
            for one in Sweep.of(index).items()
            if one.source in places and _fits(cheap, one.source, one.path, one.kind)
        )
        while chunk := list(islice(numbers, _CHUNK)):
            found |= {(one.source, one.path): one for one in index.items(chunk).values()}
    return dict(sorted(found.items()))


def _fits(cheap: Matcher, source: str, path: str, kind: str) -> bool:
    return cheap.match(Document(source, path, kind, folders=folders_of(kind, path)))


def _unwalked(rule: CullRule, index: Index, places: set[str]) -> list[CaseGap]:
    """What no walk could look at, and below which something may lie that the rule is about."""
    cheap = Matcher(replace(rule, kinds=(), senders=(), documents=()))
    with index.snapshot():
        return [
            CaseGap(Locator(source, path), GapReason.UNREADABLE, UNSEEN)
            for source, path in Sweep.of(index).unwalked()
            if source in places and any(_fits(cheap, source, one, "file") for one in (path, f"{path}/x"))
        ]


def _task(one: ItemView) -> CullTask:
    return CullTask(one.source, one.path, one.kind.value, one.content.hex() if one.content else "")


def _finding(one: ItemView, told: Seen, rule: CullRule) -> Finding:
    assert told.due is not None
    doubt = LIKENESS if told.unsure else UNREAD if told.unread else ""
    return Finding(
        id=0,
        locator=one.locator,
        kind=one.kind.value,
        tier=Tier.CERTAIN,
        evidence=(),
        ownership=Ownership.OWN,
        action=Action.DECIDE if doubt else Action.REMOVE,
        version=one.version,
        content=one.content.hex() if one.content else "",
        links=one.links,
        reason=doubt or f"due since {since(told.due.kept)} by the rule {rule.name}",
        offer=Action.REMOVE,
    )


def _choose(found: Culled, findings: Sequence[Finding], settled: Collection[Locator]) -> None:
    """The findings of one run: of what goes or waits the oldest, up to the rule's ceiling; of what is held all."""
    left = found.most
    for one in findings:
        if one.state is State.HELD:
            found.held += 1
        elif (one.reason or "").startswith(KEPT):
            found.held += 1
            continue
        elif one.action is Action.TASK or (one.action is Action.DECIDE and one.offer is not Action.REMOVE):
            found.by_hand += 1
            continue
        elif one.locator not in settled:
            if left == 0:
                found.more += 1
                continue
            left -= 1
        assert one.action not in ERASING or one.action is Action.REMOVE
        found.findings.append(one)
    for number, one in enumerate(found.findings, start=1):
        one.id = number
