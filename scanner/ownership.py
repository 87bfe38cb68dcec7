"""Whose an item is, and what may be proposed for it: one pure table, first rules.

Only `own` and `correspondence` are proposed for removal, as whole items; all else waits for a person, because taking a
single record out of an item comes in a later version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.model import Action, Ownership, Tier
from scanner.records import Role

# Roles in which somebody takes part, other than being mentioned.
_PARTY = frozenset(
    {
        Role.FROM,
        Role.TO,
        Role.CC,
        Role.BCC,
        Role.REPLY_TO,
        Role.SENDER,
        Role.ORGANIZER,
        Role.ATTENDEE,
        Role.OWNER,
        Role.AUTHOR,
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at, of one whole item."""

    message: bool  # the item is a mail
    folder_own: bool  # it lies in a folder that is the subject's
    others: int  # other persons' identifiers in it: staff, company and subject not counted
    roles: frozenset[Role]  # in which the subject was seen
    tier: Tier  # the best of its findings
    unread: bool  # part of it could not be read, or it has changed since it was
    links: int = 1  # names the same content has
    apart: bool = False  # the subject was seen nowhere but in its properties, or as its author
    database: bool = False
    supported: bool = True  # more than one fact speaks for the subject, or one that was given and is nobody else's


@dataclass(frozen=True, slots=True)
class Judgement:
    """The table's answer: whose it is, what is proposed, and why where a person must decide."""

    ownership: Ownership
    action: Action
    reason: str | None = None


def judge(facts: Facts) -> Judgement:
    """The first rule that fits."""
    if facts.apart and not facts.folder_own:  # who wrote the staff handbook does not own it
        return Judgement(Ownership.INCIDENTAL, Action.DECIDE, "the person is only in its properties or its author")
    if facts.database and not facts.folder_own:
        return Judgement(Ownership.SHARED, Action.DECIDE, "it is a database; only whole items are removed yet")
    ownership = _ownership(facts)
    if ownership not in (Ownership.OWN, Ownership.CORRESPONDENCE):
        return Judgement(ownership, Action.DECIDE, "it also holds others' data; only whole items are removed yet")
    return Judgement(ownership, *_action(facts))


def _ownership(facts: Facts) -> Ownership:
    if facts.message and not facts.others:
        return Ownership.CORRESPONDENCE
    if facts.folder_own or (not facts.message and not facts.others):
        return Ownership.OWN
    return Ownership.SHARED if facts.roles & _PARTY else Ownership.INCIDENTAL


def _action(facts: Facts) -> tuple[Action, str | None]:
    if facts.tier is Tier.POSSIBLE:
        return Action.DECIDE, "it may be somebody else of the same name"
    if facts.others:
        others = "1 other identifier" if facts.others == 1 else f"{facts.others} other identifiers"
        return Action.DECIDE, f"it lies with the subject's own, but names {others}"
    if facts.unread:
        return Action.DECIDE, "part of it could not be read, or it changed since the last scan"
    if not facts.supported:
        return Action.DECIDE, "a single fact speaks for it, which may be somebody else's too"
    if facts.links > 1:
        return Action.DECIDE, f"the same content has {facts.links} names (hard links); removing one leaves it"
    return Action.REMOVE, None


def best(tiers: Iterable[Tier]) -> Tier:
    """The surest of several tiers."""
    return min(tiers, key=_ORDER.index)


_ORDER = (Tier.CERTAIN, Tier.PROBABLE, Tier.POSSIBLE)
