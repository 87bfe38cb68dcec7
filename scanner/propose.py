"""What is proposed for each record about the subject: the tables of `ownership` laid over what was seen of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.base import ItemKind, Locator
from scanner.at_work import AT_WORK, EMPLOYMENT, is_own_paper, is_personnel
from scanner.candidates import Candidate, Hit
from scanner.examined import Examined
from scanner.folders import OwnFolders
from scanner.model import WHOLE, Action, Evidence, Finding, Tier
from scanner.ownership import ANOTHERS, Facts, Judgement, Proposal, RecordFacts, best, doubt, judge, judge_record
from scanner.records import IdType, Role, Steps
from scanner.surgery.reached import NOTHING

if TYPE_CHECKING:
    from scanner.papers import Key

_MEETING = re.compile(r"protokoll|mötesanteckning|minnesanteckning|dagordning|\bminutes\b|meeting notes|agenda", re.I)


@dataclass(slots=True)
class Judged:
    """One item, the tier of each of its hits, and what a look at its live content gave."""

    candidate: Candidate
    tiers: dict[int, Tier]
    seen: Examined | None

    @property
    def key(self) -> Key:
        """The item's source and path."""
        return self.candidate.item.source, self.candidate.item.path

    @property
    def others(self) -> int:
        """Other persons in the whole item: by the index, and by the live text where it was looked at."""
        return self.candidate.others + (self.seen.others if self.seen is not None else 0)

    def others_in(self, steps: Steps) -> int:
        """The same of one record and all inside it."""
        known = self.candidate.others_in.get(steps, 0)
        return known + (self.seen.strangers.get(steps, 0) if self.seen is not None else 0)


def proposals(judged: Iterable[Judged], folders: OwnFolders) -> list[Finding]:
    """A finding for every hit that has a tier, item by item; ids are for who numbers them."""
    findings: list[Finding] = []
    for one in judged:
        judgement = _judgement(one, folders)
        mine = [
            _finding(one, hit, judgement, _proposal(one, hit, judgement, folders))
            for hit in one.candidate.hits
            if hit.record.id in one.tiers
        ]
        _follow(mine)
        findings += mine
    return findings


def _proposal(one: Judged, hit: Hit, judgement: Judgement, folders: OwnFolders) -> Proposal:
    """What is proposed for a record: what its item is proposed for, or what the record itself allows."""
    if judgement.reason == ANOTHERS:
        return Proposal(Action.DECIDE, Action.NONE, ANOTHERS)
    if judgement.action is not Action.DECIDE or one.seen is None:
        return Proposal(judgement.action, Action.REMOVE, judgement.reason)
    steps = hit.record.steps
    reach = one.seen.reach.get(steps, NOTHING)
    proposal = judge_record(
        RecordFacts(
            kind=hit.record.kind,
            inside=bool(steps),
            tier=one.tiers[hit.record.id],
            roles=frozenset(found.role for found in hit.evidence),
            others=one.others_in(steps),
            supported=folders.owns(one.candidate) or _supported(hit, folders),
            blocked=_blocked(one),
            removes=reach.removes,
            amends=reach.amends if not _is_outside(hit) else "its name or its folder bears the person's name",
            related=_is_related(hit),
            at_work=judgement.reason if judgement.reason in AT_WORK else None,
            doubt=doubt({found.type for found in hit.evidence}),
        )
    )
    if judgement.ownership in WHOLE and not one.others:  # only a look is missing: a person may let it go whole
        return Proposal(Action.DECIDE, Action.REMOVE, judgement.reason)
    return proposal


def _blocked(one: Judged) -> str | None:
    """Why no record of the item may be proposed."""
    assert one.seen is not None
    if one.seen.changed or one.seen.failed or one.candidate.item.stale:
        return "it changed since the last scan, or could not be looked at"
    if one.candidate.item.links > 1:
        return f"the same content has {one.candidate.item.links} names (hard links)"
    return None


def _is_outside(hit: Hit) -> bool:
    """Seen in the names of the file and its folders alone: nothing in the content can be amended."""
    return {found.role for found in hit.evidence} <= {Role.FILENAME, Role.PATH}


def _follow(findings: Sequence[Finding]) -> None:
    """What lies in a record that leaves goes with it."""
    leaving = [one.locator.steps for one in findings if one.action is Action.REMOVE_RECORD]
    for one in findings:
        steps = one.locator.steps
        if one.action is Action.DECIDE and any(steps[: len(top)] == top and steps != top for top in leaving):
            one.action, one.offer, one.reason = Action.REMOVE_RECORD, Action.REMOVE_RECORD, None


def _finding(one: Judged, hit: Hit, judgement: Judgement, proposal: Proposal) -> Finding:
    item, steps = one.candidate.item, hit.record.steps
    known = one.seen.prints.get(steps) if one.seen is not None and not one.seen.changed else None
    mark, occurrence = known or ("", 1)
    single = proposal.action is Action.REMOVE_RECORD or proposal.offer is Action.REMOVE_RECORD
    return Finding(
        id=0,
        locator=Locator(item.source, item.path, steps),
        kind=hit.record.kind,
        tier=one.tiers[hit.record.id],
        evidence=tuple(sorted(hit.evidence)),
        ownership=judgement.ownership,
        action=proposal.action,
        version=item.version,
        content=item.content.hex() if item.content else "",
        others=one.others_in(steps) if single else one.others,
        beside=one.candidate.beside.get(steps if single else (), ()),
        links=item.links,
        reason=proposal.reason,
        offer=proposal.offer,
        print=mark,
        occurrence=occurrence,
    )


def _judgement(one: Judged, folders: OwnFolders) -> Judgement:
    candidate, seen = one.candidate, one.seen
    counted = [hit for hit in candidate.hits if hit.record.id in one.tiers]
    roles = frozenset(found.role for hit in counted for found in hit.evidence)
    return judge(
        Facts(
            message=candidate.is_message,
            folder_own=folders.owns(candidate),
            others=one.others,
            roles=roles,
            tier=best(one.tiers.values()),
            unread=candidate.unread or (seen is not None and (seen.changed or seen.failed or bool(seen.unread))),
            links=candidate.item.links,
            apart=all(map(_is_apart, counted)),
            database="sqlite" in candidate.item.formats.split(","),
            supported=folders.owns(candidate) or any(_supported(hit, folders) for hit in candidate.hits),
            paper=next((paper.voucher.kind for paper in seen.papers if not paper.steps), None) if seen else None,
            meeting=_MEETING.search(candidate.item.path.rpartition("/")[2]) is not None,
            related=all(map(_is_related, counted)),
            anothers=_is_anothers(candidate, counted),
            staff=candidate.staff,
            doubt=doubt({found.type for hit in counted for found in hit.evidence}),
            at_work=candidate.at_work and not _is_of_employment(one, folders, roles),
        )
    )


def _is_of_employment(one: Judged, folders: OwnFolders, roles: frozenset[Role]) -> bool:
    """It says of itself that it is a pay slip, a contract of employment or the like; of a mail, what it carries does.

    An unsure reading will do: others' data in it makes it a decision all the same. So is all of the subject's own
    folder in a personnel file.
    """
    candidate, seen = one.candidate, one.seen
    if folders.owns(candidate) and is_personnel(candidate.item.source, candidate.item.path):
        return True
    if seen is None or candidate.colleagues:
        return False
    kinds = {paper.voucher.kind for paper in seen.papers} & EMPLOYMENT
    return is_own_paper(kinds, roles) if candidate.is_message else bool(kinds)


def _is_apart(hit: Hit) -> bool:
    """Said of the item, not in it."""
    return hit.record.steps[-1:] == ("part properties",) or {found.role for found in hit.evidence} == {Role.AUTHOR}


def _is_related(hit: Hit) -> bool:
    """A row or card with the subject in a column of another person (`Vårdnadshavare`), and not in its own name."""
    if hit.record.kind not in ("row", "card"):
        return False
    own = Evidence(IdType.NAME, Role.OWNER)
    return own not in hit.evidence and any(found.role is Role.RELATED for found in hit.evidence)


def _is_anothers(candidate: Candidate, hits: Sequence[Hit]) -> bool:
    """Whether a row of a database says whom it is about, be it by an address alone, and none of that is the subject's.

    The row itself counts, where the subject stands in it; else those that go with it.
    """
    if candidate.item.kind != ItemKind.ROW:
        return False
    own = [hit for hit in hits if not hit.record.steps]
    said = any(role is Role.OWNER for hit in own or hits for _, role, _ in hit.record.mentions)
    return said and not any(found.role is Role.OWNER for hit in own or hits for found in hit.evidence)


def _supported(hit: Hit, folders: OwnFolders) -> bool:
    """One added identifier, or a phone, may be another's by a slip in one card or row: with the name it is not."""
    return hit.given or (hit.named and folders.has_sure_name and (hit.strong or hit.weak))
