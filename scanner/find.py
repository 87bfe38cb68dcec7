"""Findings and gaps: which items and records are about the subject, how surely, whose they are, what is proposed.

Candidates come from the index (exact identifiers by one look-up, names by intersected word lists), are confirmed on the
live content where only words speak for them, and are judged item by item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from connectors.base import Locator
from scanner.candidates import Candidate, Candidates, Hit
from scanner.examine import FAILED, Examined, ExamineTask
from scanner.expand import OCR
from scanner.folders import OwnFolders
from scanner.model import Action, Evidence, Finding, Ownership, SubjectId, Tier
from scanner.ownership import Facts, Judgement, best, judge
from scanner.records import IdType, Role

Examine = Callable[[Sequence[ExamineTask]], dict[tuple[str, str], Examined]]

# Records of a list stand for one person each: what the whole item says of the subject does not rub off on them.
_LISTED = frozenset({"row", "card", "event", "todo", "journal"})


@dataclass(slots=True)
class _Judged:
    candidate: Candidate
    tiers: dict[int, Tier]
    seen: Examined | None

    @property
    def others(self) -> int:
        """Other persons in the whole item: by the index, and by the live text where it was looked at."""
        return self.candidate.others + (self.seen.others if self.seen is not None else 0)


def find(candidates: Candidates, subject: Sequence[SubjectId], examine: Examine) -> list[Finding]:
    """All findings of a subject in the index, numbered in the order of source, path and place."""
    items = candidates.of(subject)
    folders = OwnFolders(subject, items)
    judged: list[_Judged] = []
    looked = examine([_task(one) for one in items if one.needs_look])
    for one in items:
        seen = looked.get((one.item.source, one.item.path), FAILED) if one.needs_look else None
        _confirm(one, seen)
        tiers = {hit.record.id: tier for hit in one.hits if (tier := _tier(hit, one, folders)) is not None}
        if tiers:
            judged.append(_Judged(one, tiers, seen))
    _look_at_proposed(judged, folders, examine)
    return _numbered(judged, folders)


def _confirm(one: Candidate, seen: Examined | None) -> None:
    """Words that stand apart are no name: such hits leave, or stay as `possible` if nobody could look."""
    if seen is None:
        return
    for hit in one.hits:
        steps = hit.record.steps
        if hit.words_only and steps in seen.named:
            hit.words_only = False
            hit.evidence.add(Evidence(IdType.NAME, Role.BODY))
            if steps in seen.addressed:
                hit.weak = True
                hit.evidence.add(Evidence(IdType.ADDRESS, Role.BODY))
        elif hit.words_only and seen.rules_out(steps):
            hit.words_only = False


def _tier(hit: Hit, one: Candidate, folders: OwnFolders) -> Tier | None:
    if hit.strong:
        return Tier.CERTAIN
    named = hit.named
    if not named and not hit.weak and not hit.words_only:
        return None
    if named and (hit.weak or folders.owns(one) or (hit.record.kind not in _LISTED and _inherits(hit, one))):
        return Tier.PROBABLE
    if not named and not hit.searched and not hit.words_only:
        return None  # a mere address or IBAN, with nothing else of the subject
    return Tier.POSSIBLE


def _inherits(hit: Hit, one: Candidate) -> bool:
    """A part of a mail that is the subject's: the mail's strong identifier is the second fact."""
    steps = hit.record.steps
    return any(
        other.strong and other.record.kind == "message" and steps[: len(other.record.steps)] == other.record.steps
        for other in one.hits
    )


def _look_at_proposed(judged: list[_Judged], folders: OwnFolders, examine: Examine) -> None:
    """Nothing is proposed for removal before its live text was looked through for other persons."""
    unseen = [one for one in judged if one.seen is None and _judgement(one, folders).action is Action.REMOVE]
    looked = examine([_task(one.candidate) for one in unseen])
    for one in unseen:
        one.seen = looked.get((one.candidate.item.source, one.candidate.item.path), FAILED)


def _task(one: Candidate) -> ExamineTask:
    item = one.item
    return ExamineTask(item.source, item.path, item.kind, item.version.token, OCR in item.formats.split(","))


def _judgement(one: _Judged, folders: OwnFolders) -> Judgement:
    candidate, seen = one.candidate, one.seen
    counted = [hit for hit in candidate.hits if hit.record.id in one.tiers]
    return judge(
        Facts(
            message=candidate.is_message,
            folder_own=folders.owns(candidate),
            others=one.others,
            roles=frozenset(found.role for hit in counted for found in hit.evidence),
            tier=best(one.tiers.values()),
            unread=candidate.unread or (seen is not None and (seen.changed or seen.failed or bool(seen.unread))),
            links=candidate.item.links,
            apart=all(map(_is_apart, counted)),
            database="sqlite" in candidate.item.formats.split(","),
            supported=folders.owns(candidate) or any(_supported(hit, folders) for hit in candidate.hits),
        )
    )


def _is_apart(hit: Hit) -> bool:
    """Said of the item, not in it."""
    return hit.record.steps[-1:] == ("part properties",) or {found.role for found in hit.evidence} == {Role.AUTHOR}


def _supported(hit: Hit, folders: OwnFolders) -> bool:
    """One added identifier, or a phone, may be another's by a slip in one card or row: with the name it is not."""
    return hit.given or (hit.named and folders.has_sure_name and (hit.strong or hit.weak))


def _numbered(judged: Iterable[_Judged], folders: OwnFolders) -> list[Finding]:
    findings: list[Finding] = []
    for one in judged:
        judgement = _judgement(one, folders)
        item = one.candidate.item
        for hit in one.candidate.hits:
            if hit.record.id not in one.tiers:
                continue
            findings.append(
                Finding(
                    id=0,
                    locator=Locator(item.source, item.path, hit.record.steps),
                    kind=hit.record.kind,
                    tier=one.tiers[hit.record.id],
                    evidence=tuple(sorted(hit.evidence)),
                    ownership=judgement.ownership,
                    action=judgement.action,
                    version=item.version,
                    content=item.content.hex() if item.content else "",
                    others=one.others,
                    links=item.links,
                    reason=judgement.reason,
                )
            )
    for number, finding in enumerate(sorted(findings, key=_order), start=1):
        finding.id = number
    return sorted(findings, key=lambda one: one.id)


def _order(finding: Finding) -> tuple[bool, str, str, tuple[tuple[str, int, str], ...]]:
    waits = finding.ownership not in (Ownership.OWN, Ownership.CORRESPONDENCE)
    return waits, finding.locator.source, finding.locator.path, tuple(_natural(step) for step in finding.locator.steps)


def _natural(step: str) -> tuple[str, int, str]:
    word, _, rest = step.partition(" ")
    digits = rest.partition(":")[0]
    return word, int(digits) if digits.isdecimal() else 0, rest
