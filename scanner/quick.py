"""An answer from the index alone, in about a second at a million items. Nothing is looked at, or may be erased from it.

Tiers are as the index knows them. Where only the words of a name stand in a record, nobody has looked whether
as a name: such findings are `possible`. What may be the name by an initial or in another spelling is left to a
whole search.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.base import GapReason
from scanner.backups.copies import link
from scanner.backups.origins import Origins
from scanner.candidates import Candidates
from scanner.examined import Examined, ExamineTask
from scanner.find import find
from scanner.index.sqlite import Index
from scanner.model import Action, CaseGap, Finding, Searched, SubjectId

if TYPE_CHECKING:
    from scanner.papers import Key, Paper

UNCONFIRMED = "not confirmed: it was not looked at"


@dataclass(frozen=True, slots=True)
class CountedGaps:
    """How many parts of a source could not be searched for one reason."""

    source: str
    reason: GapReason
    count: int


@dataclass(frozen=True, slots=True)
class Glance:
    """Findings that nobody may act on, gaps by number, and what is in the index."""

    findings: list[Finding]
    gaps: list[CountedGaps]
    searched: list[Searched]


def unconfirmed(candidates: Candidates, subject: Sequence[SubjectId], origins: Origins | None = None) -> list[Finding]:
    """All findings of a subject as the index has them, none of which may go."""
    findings = find(candidates, subject, _unlooked, _unheld, origins)
    if origins is not None:  # what a backup has of them says nothing new
        link(findings, origins)
        findings = [one for one in findings if not one.copy_of]
    for one in findings:
        one.action, one.offer, one.reason = Action.NONE, Action.NONE, UNCONFIRMED
    return findings


def counted_gaps(index: Index, sources: Container[str], whole: Sequence[CaseGap]) -> list[CountedGaps]:
    """The gaps of these sources by reason; `whole` are those of sources as a whole, which the index does not keep."""
    counts = {(source, reason): count for source, reason, count in index.counted_gaps() if source in sources}
    for one in whole:
        key = one.locator.source, one.reason
        counts[key] = counts.get(key, 0) + 1
    return [CountedGaps(source, reason, count) for (source, reason), count in sorted(counts.items())]


def _unlooked(tasks: Sequence[ExamineTask]) -> dict[Key, Examined]:
    del tasks
    return {}


def _unheld(findings: Sequence[Finding], papers: Mapping[Key, Sequence[Paper]], kinds: Mapping[Key, str]) -> None:
    del findings, papers, kinds
