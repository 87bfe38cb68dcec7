"""Whom a case must ask: every processor and every paper binder, and a provider of backups where something goes. Pure.

Nobody knows what lies there, so the finding is not that the person was found: it is that somebody must ask. Its tier
is `certain` (there is no doubt about whom the question is about), its ownership `own` (nobody else's data would go
with it) and it has no evidence. It lives in the case alone: no search makes, changes or closes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from config.model import Hand
from connectors.base import Locator, Strength, Version
from scanner.hands.kinds import KINDS, PAPER, PROCESSOR, PROVIDER, is_hand
from scanner.model import GOING, Action, Case, Finding, Ownership, State, Tier, Verdict
from scanner.outcomes import GONE

NOTHING_GOES: Final = "nothing goes from the sources that it has copies of"
NOT_ASKED: Final = "backups were not asked for in this case"

_DO: Final = {
    PROCESSOR: "{who} must have the processor erase what it has of the person, and confirm it in writing",
    PAPER: "{who} must look through the binder, take out what is about the person, and confirm it",
    PROVIDER: "{who} must have the provider erase its copies of what goes here, and confirm it in writing",
}
_SOMEBODY: Final = "somebody"
_VERIFIED: Final = "verified"


def join_hands(case: Case, hands: Sequence[Hand]) -> None:
    """Put the questions into the case that it lacks, and keep the open ones as the configuration has them.

    A verified case in which nothing is to go any more gets no new ones. What a person decided, or closed,
    stays; a provider that has answered is asked again only where more goes.
    """
    stays = case.status == _VERIFIED and not any(map(_is_going, case.findings))
    for hand in hands:
        mine = [one for one in case.findings if is_hand(one) and one.locator.source == hand.name]
        if not stays and hand.kind in KINDS and _lacks(case, hand, mine):
            mine.append(_question(hand, max((one.id for one in case.findings), default=0) + 1))
            case.findings.append(mine[-1])
        for one in mine:
            _refresh(one, hand, case)


def sentence(hand: Hand) -> str:
    """What somebody must do."""
    return _DO[hand.kind].format(who=hand.owner or _SOMEBODY)


def covered(case: Case, hand: Hand) -> list[Finding]:
    """The findings of the case in the sources that the provider has copies of."""
    return [one for one in case.findings if not is_hand(one) and one.locator.source in hand.covers]


def _lacks(case: Case, hand: Hand, mine: Sequence[Finding]) -> bool:
    if hand.kind != PROVIDER:
        return not mine
    if not case.request.backups or any(one.state not in GONE for one in mine):
        return False
    found = covered(case, hand)
    return any(map(_is_going, found)) or (not mine and _went(found))


def _went(findings: Iterable[Finding]) -> bool:
    return any(one.state in GONE for one in findings)


def _is_going(one: Finding) -> bool:
    return not is_hand(one) and not one.state.resolved and one.effective in GOING


def _question(hand: Hand, number: int) -> Finding:
    return Finding(
        number,
        Locator(hand.name, ""),
        hand.kind,
        Tier.CERTAIN,
        (),
        Ownership.OWN,
        Action.TASK,
        Version("", Strength.NONE),
        offer=Action.TASK,
    )


def _refresh(one: Finding, hand: Hand, case: Case) -> None:
    """What must be done, as of now; whether a provider must be asked hangs on what goes."""
    if one.state.resolved or one.verdict in (Verdict.KEEP, Verdict.UNSURE):
        return
    one.action, one.reason = Action.TASK, sentence(hand)
    if hand.kind != PROVIDER or one.state is State.TASK or one.verdict is Verdict.ERASE:
        return
    found = covered(case, hand)
    if not case.request.backups:
        one.action, one.reason = Action.NONE, NOT_ASKED
    elif not any(map(_is_going, found)) and not _went(found):
        one.action, one.reason = Action.NONE, NOTHING_GOES
