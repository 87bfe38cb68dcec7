"""What a case is made of: subject, findings, gaps, plan. Plain values that go to JSON and back; no I/O.

The words are design.md's: tiers say who, ownership says what may happen, end states say what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from connectors.base import GapReason, LeftOut, Locator, Version
from scanner.records import IdType, Role, Steps


class Tier(StrEnum):
    """How sure it is that a finding is about the subject."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


class Ownership(StrEnum):
    """Whose an item is. Only `own` and `correspondence` are proposed for removal whole."""

    OWN = "own"
    CORRESPONDENCE = "correspondence"
    SHARED = "shared"
    INCIDENTAL = "incidental"


class Action(StrEnum):
    """What the plan proposes for a finding. `decide` waits for a person; `none` is settled without erasing.

    `remove` takes the whole item, `remove-record` the record alone, `amend` the person out of a record that stays.
    """

    REMOVE = "remove"
    REMOVE_RECORD = "remove-record"
    AMEND = "amend"
    HOLD = "hold"
    DECIDE = "decide"
    TASK = "task"
    NONE = "none"


SURGERY = frozenset({Action.REMOVE_RECORD, Action.AMEND})  # what leaves an item that stays
ERASING = SURGERY | {Action.REMOVE}
GOING = ERASING | {Action.TASK}  # what leaves, by gallra's hand or a person's
WHOLE = frozenset({Ownership.OWN, Ownership.CORRESPONDENCE})  # what may be proposed for removal whole


class State(StrEnum):
    """What became of a finding."""

    OPEN = "open"
    ERASED = "erased"
    ABSENT = "absent"
    RECOVERABLE = "recoverable"
    HELD = "held"
    KEPT = "kept"
    TASK = "task"
    BLOCKED = "blocked"
    FAILED = "failed"

    @property
    def resolved(self) -> bool:
        """True for the end states that need nothing more."""
        return self in _RESOLVED


_RESOLVED = frozenset({State.ERASED, State.ABSENT, State.RECOVERABLE, State.HELD, State.KEPT})


class Verdict(StrEnum):
    """A person's decision on a finding. `unsure`: somebody looked and could not tell; it waits on."""

    ERASE = "erase"
    KEEP = "keep"
    UNSURE = "unsure"


class Whether(StrEnum):
    """A person's word on whether an identifier is the subject's."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person said of one identifier in one case: it is remembered, and asked for no second time."""

    type: IdType
    value: str
    answer: Whether


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An identifier that stands with the subject's name and may be the subject's, or a namesake's: never searched."""

    name: str
    type: IdType
    value: str
    places: int  # records in which it stands with the name, of those that were looked at
    where: str  # the first of them, as it is shown
    unsure: bool = False  # a person looked and could not tell


@dataclass(frozen=True, slots=True)
class SubjectId:
    """One identifier of the subject. `because` says why it was added where it was not given."""

    type: IdType
    value: str
    given: bool
    because: str | None = None
    shared: bool = False  # reported, but neither followed nor enough for `certain`
    unsure: bool = False  # a name that only headers put beside an address: it finds, and supports nothing


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """What was seen of the subject in a record, and where; never the value.

    `how` says why a name only may be the subject's: "initial", "short form", "other spelling", "in part". Such
    evidence finds, and supports nothing.
    """

    type: IdType
    role: Role
    how: str = ""


@dataclass(slots=True)
class Finding:
    """An item or record that is about the subject.

    `others` counts other persons' identifiers in the whole item. `action` is what the rules propose, before a
    person's decision; `offer` is what erasing it comes to where a person decides so.
    """

    id: int
    locator: Locator
    kind: str
    tier: Tier
    evidence: tuple[Evidence, ...]
    ownership: Ownership
    action: Action
    version: Version
    content: str = ""  # keyed hash of the item's content as indexed, hex
    others: int = 0
    links: int = 1
    state: State = State.OPEN
    until: date | None = None
    reason: str | None = None
    verdict: Verdict | None = None
    offer: Action = Action.REMOVE
    print: str = ""  # keyed fingerprint of the record, hex; nothing where nobody has looked
    occurrence: int = 1  # which of the item's records with this fingerprint
    statute: str | None = None  # why it is held
    hold: str = ""  # the name of the rule that holds it; nothing for a ground that a person gave
    beside: tuple[str, ...] = ()  # a few of those, the strong ones, for who decides
    taken: bool = False  # it was taken out of an item that stays
    notifies: int | None = 0  # whom the source's server would write to if it were erased; None: it could not be asked
    since: datetime | None = None  # since when its task waits
    mark: str = ""  # what its source showed then, see connectors.manual
    unseen: bool = False  # a task of which the last search found nothing any more: that alone closes no task
    copy_of: int = 0  # the finding of which this is the same content in a backup: it goes, or stays, with that one
    snapshots: int = 0  # of something in a backup: how many hold it,
    oldest: datetime | None = None  # and when the first
    newest: datetime | None = None  # and the last of them was made
    part: bool = False  # of something in a backup: only a record of its file should leave, and nobody edits it there
    lapsed: str = ""  # the rule whose hold kept it in a case that was approved and run; certain and unchanged since
    lapsed_on: date | None = None  # the last day of that hold
    proposed: Action | None = None  # what would be proposed for it, had no rule held it

    @property
    def erasing(self) -> Action:
        """What erasing it comes to."""
        return self.action if self.action in ERASING else self.offer

    @property
    def effective(self) -> Action:
        """The proposal after the person's decision."""
        if self.verdict is Verdict.ERASE:
            return self.erasing
        if self.verdict is Verdict.KEEP:
            return Action.NONE
        if self.verdict is Verdict.UNSURE:
            return Action.DECIDE
        return self.action


@dataclass(frozen=True, slots=True)
class CaseGap:
    """Something in scope that was not searched."""

    locator: Locator
    reason: GapReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Searched:
    """One source of the answer: how much of it the index holds, and when it was last walked."""

    source: str
    items: int
    records: int
    scanned_at: datetime | None
    left_out: tuple[LeftOut, ...] = ()  # by the source's settings, as of that walk
    error: str = ""  # why a later scan of it failed, without paths
    follows: str = ""  # the source that it changes with, as a phone does with the account that it syncs with
    in_part: bool = False  # parts of it changed since that walk, and may have moved to where nobody has looked yet


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """One record that leaves its item, or (`amend`) that the person leaves.

    `steps` lead to it in the content that was seen; `print` and `occurrence` are what it is known by.
    """

    steps: Steps
    amend: bool = False
    print: str = ""
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One item at the version that was seen: removed whole, or (with `cuts`) rewritten once without those records.

    `findings` are the ids that it resolves. A `folder` is removed only when it is empty, after all else. `notifies`: a
    person decided to erase it, knowing that the source's server writes to people when it goes.
    """

    locator: Locator
    version: Version
    content: str
    findings: tuple[int, ...]
    cuts: tuple[Cut, ...] = ()
    folder: bool = False
    notifies: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a case, the findings that become tasks of people, and the keyed hash that approval binds to."""

    steps: tuple[Step, ...]
    hash: str
    tasks: tuple[int, ...] = ()


@dataclass(slots=True)
class Request:
    """What the person asked, and who made sure that it was the person.

    `due` is the last day for the answer (GDPR Art. 12(3)); `extended_at` when the person was told that it takes longer.
    No copy or number of an identity document belongs here (Art. 12(6)): `identified` says how, in a word or two.
    """

    received: date | None = None
    due: date | None = None
    extended_at: date | None = None
    identified: str | None = None
    identified_by: str | None = None
    identified_at: datetime | None = None
    backups: bool = True


class InBackups(StrEnum):
    """What a case does with files in backups from which only a record should leave: nobody can edit them there."""

    DROP = "drop"  # the whole file leaves the old snapshots
    LEDGER = "ledger"  # it stays, and the ledger knows the person again after a restore


@dataclass(frozen=True, slots=True)
class Accepted:
    """A gap that a named person accepts as not searched. It speaks for this place and this reason only."""

    locator: Locator
    reason: GapReason
    by: str
    why: str
    at: datetime


@dataclass(slots=True)
class Case:
    """One request about one subject, from receipt to certificate."""

    number: str  # "2026-0001"
    created: datetime
    subject: list[SubjectId]
    findings: list[Finding] = field(default_factory=list)
    gaps: list[CaseGap] = field(default_factory=list)
    searched: list[Searched] = field(default_factory=list)
    shown_plan: str | None = None  # the hash of the plan that find, show or erase last showed
    approved_plan: str | None = None  # the hash of the plan that was approved last
    status: str = "draft"  # draft, approved, run, verified
    approved_at: datetime | None = None
    run_at: datetime | None = None
    verified_at: datetime | None = None
    request: Request = field(default_factory=Request)
    accepted: list[Accepted] = field(default_factory=list)
    rules: str = ""  # the fingerprint of the rules that held items when it was searched last
    missing: list[str] = field(default_factory=list)  # which links the widening lacked, what a cull leaves: sentences
    suggestions: list[Suggestion] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)  # what persons said of identifiers
    in_backups: InBackups | None = None  # a person's one decision on records in backups
    in_backups_why: str = ""
    cull: str = ""  # the `[[cull]]` rule that it carries out, of a case that is about no person

    def finding(self, number: int) -> Finding | None:
        """The finding with this id."""
        return next((one for one in self.findings if one.id == number), None)
