"""Decisions that outlive their case: what a person holds (GDPR Art. 17(3)) or keeps is not another case's to erase.

They stand in the open cases, and after those in the ledger's file, as keyed prints of what stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from config.model import Config
from connectors.base import Locator
from connectors.errors import ConfigError
from scanner.cases import CaseStore, CaseUnreadable
from scanner.hands.kinds import is_hand
from scanner.ledger import FILE, Ledger
from scanner.model import ERASING, Action, Case, Finding, State

KEPT = "kept by a person's decision in case"
"""How the reason begins of what another case keeps."""

_BY_HAND = (State.HELD, State.KEPT)


@dataclass(frozen=True, slots=True)
class Standing:
    """One decision of another case: what it is about, and what was decided. `place` tells an item that has changed."""

    number: str
    state: State
    statute: str | None
    until: date | None
    place: tuple[str, int]  # the source, and the keyed token of the path
    content: str
    print: str


class Places(Protocol):
    """Gives the keyed token of a path."""

    def __call__(self, path: str) -> int:
        """The token."""


def of_others(store: CaseStore, but: str, token: Places, config: Config, today: date) -> list[Standing]:
    """What persons have decided in other cases to hold or keep, without the case of the number `but`."""
    found = of_cases(store, but, token, today)
    # Without its key the ledger tells nothing, and nothing is erased: `Workspace.remember` says what is missing.
    if (config.agent.state / FILE).exists():
        with suppress(ConfigError), Ledger.open(config) as ledger:
            found += of_ledger(ledger, today)
    return found


def of_cases(store: CaseStore, but: str, token: Places, today: date) -> list[Standing]:
    """What the open cases, without this one, hold or keep by a person's decision."""
    found = []
    for case in (one for one in store.opened(but) if isinstance(one, Case)):
        for one in case.findings:
            if is_hand(one):
                continue  # that one person is not asked for there says nothing of another
            if one.state in _BY_HAND and one.verdict is not None and not _over(one.until, today):
                place = (one.locator.source, token(one.locator.path))
                mark = one.print if one.locator.steps else ""
                found.append(Standing(case.number, one.state, one.statute, one.until, place, one.content, mark))
    return found


def is_one_unreadable(store: CaseStore, but: str) -> bool:
    """Whether an open case besides this one cannot be read: nobody knows then what it holds or keeps."""
    return any(isinstance(one, CaseUnreadable) for one in store.opened(but))


def of_ledger(ledger: Ledger, today: date) -> list[Standing]:
    """What closed cases left that a person holds or keeps."""
    sql = "SELECT DISTINCT number, state, until, sealed FROM retained WHERE state IN ('held', 'kept')"
    rows: list[Any] = ledger.db.execute(sql).fetchall()
    found = []
    for number, state, until, sealed in rows:
        raw = ledger.sealer.open(bytes(sealed), f"retained {number}")
        last = date.fromisoformat(str(until)) if until else None
        if not raw["hold"] and not _over(last, today):
            mark = "" if raw["whole"] else raw["record"]
            place = (raw["source"], raw["path"])
            found.append(Standing(str(number), State(state), raw["statute"], last, place, raw["content"], mark))
    return found


def apply_standing(findings: Sequence[Finding], standing: Iterable[Standing], token: Places) -> None:
    """Hold what another case holds, with all in and around it, and ask about what another case keeps."""
    by_content: dict[str, list[Standing]] = {}
    by_place: dict[tuple[str, int], list[Standing]] = {}
    for one in standing:
        by_place.setdefault(one.place, []).append(one)
        if one.content:
            by_content.setdefault(one.content, []).append(one)
    stays: dict[Locator, list[tuple[Finding, Standing]]] = {}
    around: list[tuple[Finding, Standing]] = []
    for finding in findings:
        place = (finding.locator.source, token(finding.locator.path))
        for one in (*by_place.get(place, ()), *by_content.get(finding.content or "-", ())):
            if _about(one, finding):
                stays.setdefault(finding.locator.item, []).append((finding, one))
            elif not finding.locator.steps and finding.action is Action.REMOVE:
                around.append((finding, one))  # somebody else's record, which would leave with the whole item
    for finding in findings:
        for other, one in stays.get(finding.locator.item, ()):
            _hold(finding, other, one)
    for finding, one in around:
        _hold(finding, finding, one)


def barred(findings: Sequence[Finding], standing: Iterable[Standing], token: Places) -> dict[int, str]:
    """The findings that would go and may not, with the reason, by number: what other cases hold or keep by now."""
    after = [replace(one) for one in findings]
    apply_standing(after, standing, token)
    return {
        now.id: now.reason or ""
        for was, now in zip(findings, after, strict=True)
        if was.state is not now.state or was.action is not now.action
    }


def items_with(findings: Iterable[Finding], standing: Iterable[Standing], token: Places) -> frozenset[Locator]:
    """The items in which something stands that another case holds or keeps, the subject's or not."""
    known = list(standing)
    places, contents = {one.place for one in known}, {one.content for one in known if one.content}
    return frozenset(
        one.locator.item
        for one in findings
        if one.content in contents or (one.locator.source, token(one.locator.path)) in places
    )


def _about(one: Standing, finding: Finding) -> bool:
    """The same record; or the item itself, unchanged or in its place."""
    return one.print == finding.print if one.print else not finding.locator.steps


def _hold(finding: Finding, other: Finding, one: Standing) -> None:
    mine, others = finding.locator.steps, other.locator.steps
    size = min(len(mine), len(others))
    if mine[:size] != others[:size] or (finding.state is State.HELD and finding.hold):
        return
    if one.state is State.HELD:
        finding.state, finding.action, finding.statute, finding.until = State.HELD, Action.HOLD, one.statute, one.until
        finding.reason = f"held by a person's decision in case {one.number}"
    elif finding.state is State.OPEN and finding.action in ERASING:
        finding.offer = finding.action
        finding.action, finding.reason = Action.DECIDE, f"{KEPT} {one.number}"


def _over(until: date | None, today: date) -> bool:
    return until is not None and until < today
