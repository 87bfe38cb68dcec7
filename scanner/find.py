"""Findings and gaps: which items and records are about the subject, how surely, whose they are, what is proposed.

Candidates come from the index (exact identifiers by one look-up, names by intersected word lists), are confirmed on the
live content where only words speak for them, and are judged item by item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from scanner.aids import OCR
from scanner.backups.copies import whole_only
from scanner.backups.origins import Origins
from scanner.backups.twins import Twins, contents_of
from scanner.candidates import Candidate, Candidates, Hit
from scanner.detect.names import Strength
from scanner.examined import FAILED, Examined, ExamineTask
from scanner.folders import LISTED, OwnFolders
from scanner.model import SURGERY, WHOLE, Action, Cut, Evidence, Finding, SubjectId, Tier
from scanner.named_folders import folder_finding, settle_folders
from scanner.propose import Judged, proposals
from scanner.records import IdType, Role

if TYPE_CHECKING:
    from scanner.papers import Key, Paper

    Examine = Callable[[Sequence[ExamineTask]], dict[Key, Examined]]
    Hold = Callable[[Sequence[Finding], Mapping[Key, Sequence[Paper]], Mapping[Key, str]], None]


def find(
    candidates: Candidates,
    subject: Sequence[SubjectId],
    examine: Examine,
    hold: Hold,
    origins: Origins | None = None,
) -> list[Finding]:
    """All findings of a subject in the index, numbered in the order of source, path and place.

    `hold` sets those that the law keeps. `origins` knows which sources are backups: no surgery is proposed in them.
    """
    origins = origins or Origins()
    items = candidates.of(subject)
    if isinstance(examine, Twins):
        examine.know(contents_of((one.item.source, one.item.path, one.item.content) for one in items))
    folders = OwnFolders(subject, items, origins)
    judged: list[Judged] = []
    looked = examine([_task(one) for one in items if one.needs_look])
    for one in items:
        seen = looked.get((one.item.source, one.item.path), FAILED) if one.needs_look else None
        _confirm(one, seen)
        tiers = {hit.record.id: tier for hit in one.hits if (tier := _tier(hit, one, folders)) is not None}
        if tiers:
            judged.append(Judged(one, tiers, seen))
    _look_at_all(judged, examine)
    found = proposals(judged, folders)
    whole = {one.key: one.others for one in judged}
    in_backups = [one for one in found if origins.is_backup(one.locator.source)]
    whole_only(in_backups, lambda one: whole[one.locator.source, one.locator.path])
    _try_surgery(judged, found, examine)
    findings = [*found, *_folders(found, folders)]
    papers = {one.key: one.seen.papers for one in judged if one.seen is not None}
    hold(findings, papers, {one.key: one.candidate.item.kind for one in judged})
    settle_folders(findings)
    return _numbered(findings)


def _confirm(one: Candidate, seen: Examined | None) -> None:
    """Words that stand apart are no name: such hits leave, or stay as `possible` if nobody could look."""
    if seen is None:
        return
    for hit in one.hits:
        steps = hit.record.steps
        if not hit.words_only and not hit.hinted:
            continue
        if steps in seen.spelt:
            hit.words_only, hit.searched = False, True
            hit.evidence.add(Evidence(IdType.TEXT, Role.BODY))
        if steps in seen.named:
            hit.words_only = False
            hit.add_name(Role.BODY, Strength.STRONG)
            if steps in seen.addressed:
                hit.weak = hit.weak or one.at_home
                hit.evidence.add(Evidence(IdType.ADDRESS, Role.BODY))
        elif steps in seen.perhaps:
            hit.words_only = False
            hit.add_name(Role.BODY, seen.perhaps[steps], fits_another=steps in seen.fitting)
        elif seen.rules_out(steps):
            hit.words_only = False


def _tier(hit: Hit, one: Candidate, folders: OwnFolders) -> Tier | None:
    if hit.strong:
        return Tier.CERTAIN
    named = hit.named
    if named and (hit.weak or folders.owns(one) or (hit.record.kind not in LISTED and _inherits(hit, one))):
        return Tier.PROBABLE
    # What only may be the name inherits nothing and nothing supports it; a mere address or IBAN is not even that.
    return Tier.POSSIBLE if named or hit.perhaps or hit.words_only or hit.searched else None


def _inherits(hit: Hit, one: Candidate) -> bool:
    """A part of a mail that is the subject's: the mail's strong identifier is the second fact.

    Of the nearest mail, that is: a mail inside it may be from or to another person of the same name.
    """
    steps = hit.record.steps
    around = (steps[:depth] for depth in range(len(steps), -1, -1))
    nearest = next((place for place in around if place in one.messages), None)
    return any(other.strong and other.record.steps == nearest for other in one.hits)


def _look_at_all(judged: list[Judged], examine: Examine) -> None:
    """Nothing is proposed before its live text was looked through for other persons."""
    unseen = [one for one in judged if one.seen is None]
    looked = examine([_task(one.candidate) for one in unseen])
    for one in unseen:
        one.seen = looked.get(one.key, FAILED)


def _try_surgery(judged: Iterable[Judged], findings: Sequence[Finding], examine: Examine) -> None:
    """What an editor cannot do with these very bytes is not proposed, but waits for a person."""
    by_key = {one.key: one for one in judged}
    going: dict[Key, list[Finding]] = {}
    for one in findings:
        if one.action in SURGERY:
            going.setdefault((one.locator.source, one.locator.path), []).append(one)
    _refuse_failed(going, examine([_trial(by_key[key].candidate, group) for key, group in going.items()]))


def _refuse_failed(going: Mapping[Key, Sequence[Finding]], tried: Mapping[Key, Examined]) -> None:
    for key, group in going.items():
        seen = tried.get(key, FAILED)
        reason = "it could not be tried" if seen.failed or seen.changed else seen.refused
        for one in group if reason is not None else ():
            one.action, one.offer = Action.DECIDE, Action.NONE
            one.reason = f"it cannot be taken out safely: {reason}"
        for one in group if reason is None and seen.others else ():
            if one.action is Action.REMOVE_RECORD:
                one.action, one.reason = Action.DECIDE, "a note or a link on it, which leaves with it, names others"


def _trial(one: Candidate, group: Sequence[Finding]) -> ExamineTask:
    cuts = tuple(sorted({Cut(finding.locator.steps, finding.action is Action.AMEND) for finding in group}))
    return _task(one)._replace(cuts=cuts)


def _task(one: Candidate) -> ExamineTask:
    item = one.item
    wanted = tuple(hit.record.steps for hit in one.hits)
    return ExamineTask(item.source, item.path, item.kind, item.version.token, OCR in item.formats.split(","), wanted)


def _folders(findings: Sequence[Finding], folders: OwnFolders) -> list[Finding]:
    """The subject's own folders from which something is to go: they go when they are empty."""
    going = {
        (one.locator.source, path)
        for one in findings
        if one.action is Action.REMOVE and (path := folders.own_above(one.locator.source, one.locator.path))
    }
    return [folder_finding(source, path) for source, path in sorted(going)]


def _numbered(findings: Iterable[Finding]) -> list[Finding]:
    ordered = sorted(findings, key=_order)
    for number, finding in enumerate(ordered, start=1):
        finding.id = number
    return ordered


def _order(finding: Finding) -> tuple[bool, str, str, tuple[tuple[str, int, str], ...]]:
    waits = finding.ownership not in WHOLE
    return waits, finding.locator.source, finding.locator.path, tuple(_natural(step) for step in finding.locator.steps)


def _natural(step: str) -> tuple[str, int, str]:
    word, _, rest = step.partition(" ")
    digits = rest.partition(":")[0]
    return word, int(digits) if digits.isdecimal() else 0, rest
