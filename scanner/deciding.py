"""What a person says of identifiers, noted in the case; and the case searched again with what it is about then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from scanner.backups.pending import is_begun
from scanner.hands.kinds import is_hand
from scanner.identity.widen import Known
from scanner.matching import match
from scanner.model import Case, CaseGap, Choice, Finding, Searched, SubjectId, Tier, Whether
from scanner.refusal import Refusal
from scanner.uncovered import hiding
from scanner.verify import merge

TAKEN = "taken by a person"

Learn = Callable[[Sequence[SubjectId], Sequence[Choice]], Known]
Search = Callable[[Case], tuple[list[Finding], list[CaseGap], list[Searched]]]
Take = Callable[[Case, list[Finding], list[CaseGap], list[Searched]], None]


def taken(one: SubjectId) -> SubjectId:
    """An identifier that a person's decision makes a given one."""
    return replace(one, given=True, because=TAKEN)


def choose(case: Case, said: Sequence[Choice]) -> None:
    """Note decisions on identifiers; the last word on each holds. Raises Refusal for what was asked for."""
    asked = {(one.type, one.value) for one in case.subject if one.given and one.because != TAKEN}
    for one in said:
        if (one.type, one.value) in asked and one.answer is not Whether.YES:
            kind = one.type.value.replace("_", " ")
            raise Refusal(f"nothing was decided: the {kind} was asked for. A case without it: gallra find")
    spoken = {(one.type, one.value) for one in said}
    case.choices = [one for one in case.choices if (one.type, one.value) not in spoken] + list(said)
    refused = {(one.type, one.value) for one in case.choices if one.answer is not Whether.YES}
    kept = [one for one in case.subject if (one.type, one.value) not in refused]
    yes = [taken(SubjectId(one.type, one.value, given=True)) for one in said if one.answer is Whether.YES]
    spoken_for = {(one.type, one.value) for one in yes if (one.type, one.value) not in asked}
    case.subject = [one for one in kept if (one.type, one.value) not in spoken_for]
    case.subject += [one for one in yes if (one.type, one.value) in spoken_for]


def learn_again(case: Case, learn: Learn) -> None:
    """Widen from what is given now. After a run what was known stays known: the row that said so may be erased."""
    given = [replace(one, shared=False) for one in case.subject if one.given]
    known = learn(given, case.choices)
    found = {(one.type, one.value) for one in known.subject}
    rest = [one for one in case.subject if (one.type, one.value) not in found] if case.run_at is not None else []
    case.subject = [*known.subject, *rest]
    case.missing, case.suggestions = known.missing, known.suggestions


def search_anew(case: Case, search: Search, take: Take = merge) -> None:
    """Search with the identifiers of now. What nothing speaks for any more leaves the case, but what is settled stays.

    A finding that a gap may hide stays too: it may still be about the subject. `take` takes what is found in.
    """
    findings, gaps, searched = search(case)
    matched = match(case.findings, findings)
    lost = {
        one.id
        for one in case.findings
        if one.id not in matched.mates and not one.state.resolved and not _hidden(one, gaps) and not _lasts(one)
    }
    if any(one.answer is not Whether.YES for one in case.choices):
        for one in case.findings:  # what made it surer may be what was ruled out: only the fresh search says
            one.tier = one.tier if one.state.resolved or is_hand(one) else Tier.POSSIBLE
    take(case, findings, gaps, searched)
    case.findings = [one for one in case.findings if one.id not in lost]


def _lasts(finding: Finding) -> bool:
    """True for what no search finds: what people are asked for, and what left a backup and is not proven gone."""
    return is_hand(finding) or is_begun(finding)


def _hidden(finding: Finding, gaps: Sequence[CaseGap]) -> bool:
    item = finding.locator.item
    return any(gap.locator.covers(finding.locator) or gap.locator.item == item for gap in hiding(gaps))
