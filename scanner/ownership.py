"""Whose an item is, and what may be proposed for it and for the records in it: one pure table.

Only `own` and `correspondence` are proposed for removal whole. Of all else the record that is the subject's alone
leaves, the subject leaves the event of others, and the rest waits for a person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from scanner.at_work import EMPLOYMENT, FOR_THE_COMPANY, IN_FOLDER, ONE_OF_US
from scanner.model import Action, Ownership, Tier
from scanner.records import IdType, Role

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


# Papers that are made out to one person.
_PERSONAL = EMPLOYMENT | {"contract", "quote", "invoice", "receipt"}

ANOTHERS = "the row is about somebody else"
NAMESAKE = "it may be somebody else of the same name"
OF_SEVERAL = "what speaks for it is used by several persons: it may be somebody else's"
WRITTEN = "the number, whose check digit is wrong, is only written in it: it may be somebody else's"


def doubt(kinds: Collection[IdType]) -> str:
    """Why what is only possible may be somebody else's, by the types of what was seen of the subject."""
    if not kinds or IdType.NAME in kinds:
        return NAMESAKE
    return WRITTEN if IdType.TEXT in kinds else OF_SEVERAL


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
    paper: str | None = None  # what its text says it is: contract, quote, application, ...
    meeting: bool = False  # minutes, notes of a meeting
    related: bool = False  # the subject stands nowhere in it but in rows and cards of others, as a relation or contact
    anothers: bool = False  # a row of a database whose columns say that it is about somebody, and not about the subject
    at_work: bool = False  # the subject is one of the company's people, and it is not about the employment
    staff: bool = False  # cards, rows, events or messages in it are those of the company's people alone
    doubt: str = NAMESAKE  # why it may be another's where it is only possible


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
        return Judgement(Ownership.SHARED, Action.DECIDE, "it is a database: what is in it is for its program to erase")
    if facts.anothers:
        return Judgement(Ownership.INCIDENTAL, Action.DECIDE, ANOTHERS)
    if facts.related and not facts.folder_own:
        return Judgement(Ownership.INCIDENTAL, Action.DECIDE, "the person stands in it only as somebody's relation")
    if facts.at_work:
        return _at_work(facts)
    ownership = _ownership(facts)
    if ownership not in (Ownership.OWN, Ownership.CORRESPONDENCE):
        return Judgement(ownership, Action.DECIDE, "it also holds others' data")
    return Judgement(ownership, *_action(facts))


def _at_work(facts: Facts) -> Judgement:
    """An employee in the company's papers: a person decides, whatever folder it lies in."""
    if facts.folder_own:
        return Judgement(Ownership.OWN, Action.DECIDE, IN_FOLDER)
    if facts.message and facts.others:
        return Judgement(Ownership.SHARED, Action.DECIDE, FOR_THE_COMPANY)
    return Judgement(Ownership.INCIDENTAL, Action.DECIDE, ONE_OF_US)


def _ownership(facts: Facts) -> Ownership:
    if facts.message and not facts.others:
        return Ownership.CORRESPONDENCE
    if facts.folder_own or (not facts.message and not facts.others and not facts.staff):
        return Ownership.OWN
    if facts.paper in _PERSONAL and Role.FILENAME in facts.roles:  # "Avtal Anna Ek.pdf", which our seller signs too
        return Ownership.OWN
    return Ownership.SHARED if facts.meeting or facts.roles & _PARTY else Ownership.INCIDENTAL


def _action(facts: Facts) -> tuple[Action, str | None]:
    if facts.tier is Tier.POSSIBLE:
        return Action.DECIDE, facts.doubt
    if facts.others:
        others = "1 other identifier" if facts.others == 1 else f"{facts.others} other identifiers"
        return Action.DECIDE, f"it lies with the subject's own, but names {others}"
    if facts.staff and not facts.message:
        return Action.DECIDE, "it lies with the subject's own, but holds entries of the company's people"
    if facts.unread:
        return Action.DECIDE, "part of it could not be read, or it changed since the last scan"
    if not facts.supported:
        return Action.DECIDE, "a single fact speaks for it, which may be somebody else's too"
    if facts.links > 1:
        return Action.DECIDE, f"the same content has {facts.links} names (hard links); removing one leaves it"
    return Action.REMOVE, None


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What the rules look at, of one record in an item that does not go whole."""

    kind: str  # row, card, event, message, attachment, page, ...
    inside: bool  # it lies in the item; False for the item's own record
    tier: Tier
    roles: frozenset[Role]  # in which the subject was seen
    others: int  # other persons' identifiers in it and in all inside it
    supported: bool
    blocked: str | None  # why nothing in this item may be proposed
    removes: str | None  # why it cannot leave its item; None where it can
    amends: str | None  # why the subject cannot leave it; None where that can be done
    related: bool = False  # a row or card of somebody else, of whom the subject is guardian, contact or next of kin
    at_work: str | None = None  # why it is the company's rather than the subject's
    doubt: str = NAMESAKE  # why it may be another's where it is only possible


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for a record, and what erasing it comes to where a person decides."""

    action: Action
    offer: Action
    reason: str | None = None


_SINGLE = frozenset({"row", "card", "event", "todo", "journal", "freebusy", "message", "member", "attachment"})
_HOST = frozenset({Role.ORGANIZER})
_GUEST = frozenset({Role.ATTENDEE})


def judge_record(facts: RecordFacts) -> Proposal:
    """The first rule that fits."""
    offer = _offer(facts)
    if facts.blocked is not None:
        return Proposal(Action.DECIDE, offer, facts.blocked)
    if offer is Action.NONE:
        return Proposal(Action.DECIDE, offer, _no_way(facts))
    if facts.tier is Tier.POSSIBLE:
        return Proposal(Action.DECIDE, offer, facts.doubt)
    if not facts.supported:
        return Proposal(Action.DECIDE, offer, "a single fact speaks for it, which may be somebody else's too")
    if facts.related:
        return Proposal(Action.DECIDE, offer, "the person stands in it as another's relation, contact or guardian")
    if facts.at_work is not None and not (facts.kind in ("row", "card") and Role.OWNER in facts.roles):
        return Proposal(Action.DECIDE, offer, facts.at_work)
    if offer is Action.REMOVE_RECORD and not facts.others:
        return Proposal(offer, offer)
    if offer is Action.AMEND and facts.kind in ("event", "todo") and facts.roles <= _GUEST:
        return Proposal(offer, offer)
    return Proposal(Action.DECIDE, offer, _why_asked(facts, offer))


def _offer(facts: RecordFacts) -> Action:
    """The least that takes the subject out: a record that is nobody else's, else the subject's part of it."""
    single = facts.inside and facts.kind in _SINGLE
    owns = Role.OWNER in facts.roles or facts.kind in ("message", "attachment", "member")
    alone = not facts.others and not facts.related
    if single and facts.removes is None and (alone or (owns and not facts.related)):
        return Action.REMOVE_RECORD
    if facts.amends is None and not facts.roles & _HOST:
        return Action.AMEND
    if single and facts.removes is None:
        return Action.REMOVE_RECORD
    return Action.NONE if facts.inside or facts.others else Action.REMOVE


def _no_way(facts: RecordFacts) -> str:
    reason = facts.removes if facts.inside and facts.kind in _SINGLE else facts.amends
    return f"it also holds others' data, and {reason}" if reason else "it also holds others' data"


def _why_asked(facts: RecordFacts, offer: Action) -> str:
    if offer is Action.AMEND:
        return "the person is named in it beside others: erasing puts a mark in place of what names the person"
    others = "1 other identifier" if facts.others == 1 else f"{facts.others} other identifiers"
    return f"it is the person's, but names {others}"


def names_others(reason: str) -> bool:
    """True for a reason of `judge` or `judge_record` that says no more than that others are named in it too."""
    return reason.startswith(_OTHERS)


def best(tiers: Iterable[Tier]) -> Tier:
    """The surest of several tiers."""
    return min(tiers, key=_ORDER.index)


_OTHERS = (
    "it also holds others' data",
    "it lies with the subject's own, but names ",
    "it is the person's, but names ",
    "the person is named in it beside others",
)
_ORDER = (Tier.CERTAIN, Tier.PROBABLE, Tier.POSSIBLE)
