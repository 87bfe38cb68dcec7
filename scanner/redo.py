"""Erasing again what came back: a case for each returned person, with the plan, and nothing erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from scanner.cases import CLOSED, CaseUnreadable
from scanner.ledger import Ledger
from scanner.model import Case, SubjectId, Tier
from scanner.records import IdType
from scanner.returns import Return
from scanner.returns_match import Fact
from scanner.still_there import search_into

if TYPE_CHECKING:
    from scanner.workspace import Workspace

BECAUSE = "stood with the person who was erased, and came back"
_DRAFT = "draft"


class Again(NamedTuple):
    """A case that has returned data in hand. `of`: the case in which the person was erased; `new`: opened just now."""

    case: Case
    of: str
    new: bool


def take_up(work: Workspace, returns: Sequence[Return], now: datetime) -> list[Again]:
    """A case, saved and searched, for each person of whom more than a phone number or mere content came back.

    An open case of the person takes it up; else a draft is opened. Raises CaseBusy where another process works on one.
    """
    persons: dict[str, list[Return]] = {}
    for one in returns:
        persons.setdefault(one.number, []).append(one)
    return [
        _take(work, number, group, now)
        for number, group in sorted(persons.items())
        if any(one.identifiers and one.tier is not Tier.POSSIBLE for one in group)
    ]


def _take(work: Workspace, number: str, returns: Iterable[Return], now: datetime) -> Again:
    known = _identifiers(returns)
    open_ = {line.number for line in work.cases.list() if line.status != CLOSED}
    with Ledger.open(work.config) as ledger:
        mates = [one for one, person in ledger.persons().items() if person == number]
        drafts = [draft for draft, one in ledger.redone().items() if one in mates]
        for candidate in sorted({*mates, *drafts} & open_, reverse=True):
            try:
                return Again(_refreshed(work, candidate, known), number, new=False)
            except CaseUnreadable:
                continue
        case = work.cases.new(_subject(work, known), now)
        ledger.redo(case.number, number)  # before the search, which may be cut off: the draft is taken up again then
        _searched(work, case)
    return Again(case, number, new=True)


def note_opened(work: Workspace, one: Again) -> None:
    """Note in the audit log that a draft was opened; nothing for a case that was open."""
    if one.new:
        case = one.case
        counts = {"identifiers": len(case.subject), "findings": len(case.findings), "gaps": len(case.gaps)}
        work.audit.append("case-opened", case.number, counts, {})


def _refreshed(work: Workspace, number: str, known: dict[Fact, bool]) -> Case:
    """An open case, after another search. Decisions stay, as far as what they are about has not changed."""
    with work.cases.lock(number):
        case = work.cases.load(number)
        if case.status == _DRAFT and not any(one.verdict for one in case.findings):
            given = {(one.type, one.value): True for one in case.subject if one.given}
            case.subject = _subject(work, {**known, **given})
            return _searched(work, case)
        search_into(work, case)
        if case.status == "verified":
            case.status, case.verified_at = "run", None  # it is not as it was seen
        work.cases.save(case)
        return case


def _searched(work: Workspace, case: Case) -> Case:
    case.findings, case.gaps, case.searched = work.search_again(case)
    work.cases.save(case)
    return case


def _subject(work: Workspace, known: dict[Fact, bool]) -> list[SubjectId]:
    """What was asked for then leads on to what stands with it now; what was only found beside it then does not."""
    given = [SubjectId(*fact, given=True) for fact, asked in sorted(known.items()) if asked]
    subject = work.identify(given) if any(one.type is not IdType.NAME for one in given) else given
    have = {(one.type, one.value) for one in subject}
    return subject + [SubjectId(*fact, given=False, because=BECAUSE) for fact in sorted(known) if fact not in have]


def _identifiers(returns: Iterable[Return]) -> dict[Fact, bool]:
    found: dict[Fact, bool] = {}
    for one in returns:
        if one.tier is not Tier.POSSIBLE:
            for fact, given in one.identifiers.items():
                found[fact] = given or found.get(fact, False)
    return found
