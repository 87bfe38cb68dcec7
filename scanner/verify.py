"""Looks again, and trusts no receipt: presence by a fresh connector, then a fresh walk and search, then the outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.backups.base import Backup
from connectors.base import Connector, Locator, Presence, Renumbers, Version
from connectors.errors import Changed
from connectors.layers import role_of
from scanner.accepting import open_gaps
from scanner.backups.pending import Missing
from scanner.backups.pending import look as look_in
from scanner.matching import Matched, match
from scanner.model import ERASING, Action, Case, CaseGap, Finding, Searched, State, Tier, Verdict
from scanner.named_folders import settle_folders
from scanner.notifying import settle_notice, tells_more, without_notice
from scanner.opening import Connect, opened
from scanner.outcomes import AGAIN, GONE, settle_links, stops, survived
from scanner.plan import FOLDER
from scanner.uncovered import hiding

NOT_WALKED = "not found any more, but its source was not walked to the end after the run"
HIDDEN = "not found any more, but something there could not be searched"
LOST = "it was to stay, and is gone without this case"
ENDED = "no hold keeps it any more"
CHANGED_AFTER = "changed since it was decided; decide again"

COMPLETE = "complete"
INCOMPLETE = "incomplete"


@dataclass(slots=True)
class Look:
    """What looking again could not tell, by source."""

    unreachable: set[str] = field(default_factory=set)
    untold: set[str] = field(default_factory=set)

    @property
    def whole(self) -> bool:
        """True where every item that should be gone was looked for, and answered for."""
        return not self.unreachable and not self.untold


def look_again(case: Case, connect: Connect) -> Look:
    """Ask each source, freshly opened, for every item that should be gone; what is there is open again.

    A source that cannot tell changes no state: the case is then not verified.
    """
    look = Look()
    for source, findings in _gone_by_source(case).items():
        try:
            with opened(case, connect, source) as connector:
                if (backup := role_of(connector, Backup)) is not None:
                    _look_in_backup(backup, findings)
                    continue
                for locator, group in findings.items():
                    if _is_there(connector, locator, group[0].version):
                        _reopen(group)
        except Exception as error:  # whatever a connector raises, it is no evidence of absence
            (look.unreachable if stops(error) else look.untold).add(source)
    return look


def merge(
    case: Case,
    findings: Sequence[Finding],
    gaps: Sequence[CaseGap] = (),
    searched: Sequence[Searched] = (),
    missing: Missing = lambda _: None,
    retained: Callable[[Finding], bool] = lambda _: False,
) -> None:
    """Take a fresh search into the case. Ids keep their meaning; new findings get new ids.

    `Searched.scanned_at` must be the start of the last walk that went through the whole source. `missing` says of what
    is not found any more why it may be there all the same. What is `retained` stays as it is.
    """
    case.gaps, case.searched = list(gaps), list(searched)
    ran = case.approved_at is not None and case.run_at is not None
    walked, unseen = _walked(case), hiding(gaps)
    matched = match(case.findings, findings)
    last = max((one.id for one in case.findings), default=0)
    for old in case.findings:
        mate = matched.mates.get(old.id)
        if mate is not None:
            if not retained(old):
                _update(old, mate, walked, ran=ran)
        elif not old.state.resolved:
            _missed(old, unseen, walked, missing)
        elif old.state in (State.KEPT, State.HELD) and old.kind != FOLDER:
            _lost(old, unseen, walked, missing)
    fresh_ids = {mate.id: number for number, mate in matched.mates.items()}
    for number, one in enumerate(matched.new, start=last + 1):
        fresh_ids[one.id] = number
        one.id = number
        case.findings.append(one)
    _settle_copies(case, matched, fresh_ids)
    settle_links(case)
    settle_folders(case.findings)


def unresolved(case: Case) -> list[Finding]:
    """Findings that need somebody or something yet; one that is held with no known end needs a person's word."""
    return [one for one in case.findings if _waits(one) and one.effective is not Action.NONE]


def _waits(one: Finding) -> bool:
    if one.state is State.HELD:
        return one.until is None and one.verdict is None
    return not one.state.resolved


def outcome(case: Case) -> str:
    """`complete`, `complete except what is retained until DATE`, or `incomplete`, as a certificate says it."""
    if unresolved(case) or open_gaps(case):
        return INCOMPLETE
    retained = [one.until for one in case.findings if one.state in (State.RECOVERABLE, State.HELD)]
    if not retained:
        return COMPLETE
    return f"complete except what is retained until {_latest(retained)}"


def outcome_code(case: Case, unreachable: Iterable[str] = ()) -> int:
    """The documented exit code: 5 for a source that could not be reached, 3 for what is not resolved, else 0."""
    if any(True for _ in unreachable):
        return 5
    return 3 if outcome(case) == INCOMPLETE else 0


def _latest(dates: Sequence[date | None]) -> str:
    known = [one for one in dates if one is not None]
    return max(known).isoformat() if len(known) == len(dates) else "a date that is not known"


def _is_there(connector: Connector, locator: Locator, version: Version) -> bool:
    """Whether it is there, by its own address: where items were numbered anew, only the walk that follows can tell."""
    role = role_of(connector, Renumbers)
    if role is None:
        return connector.presence(locator) is not Presence.ABSENT
    role.known_as(locator, version)
    try:
        return connector.presence(locator) is not Presence.ABSENT
    except Changed:
        return False


def _look_in_backup(backup: Backup, findings: dict[Locator, list[Finding]]) -> None:
    """What a backup keeps until a day is there, as was told; its walk tells when that day has passed."""
    gone = [(locator, group) for locator, group in findings.items() if group[0].state is not State.RECOVERABLE]
    for group in look_in(backup, gone):
        _reopen(group)


def _settle_copies(case: Case, matched: Matched, fresh_ids: dict[int, int]) -> None:
    """Which finding is a copy of which, by the ids of the case. What is a copy of something erased stays one.

    What has the very content that was erased from a backup was restored from it.
    """
    gone = {one.id for one in case.findings if one.state in GONE}
    dropped = {one.content for one in case.findings if one.snapshots and one.state is State.ERASED and one.content}
    for one in matched.new:
        one.copy_of = fresh_ids.get(one.copy_of, 0)
        if not one.snapshots and one.content in dropped and one.state is State.OPEN:
            one.reason = one.reason or AGAIN
    for one in case.findings:
        mate = matched.mates.get(one.id)
        if mate is not None:
            one.copy_of = fresh_ids.get(mate.copy_of, 0) or (one.copy_of if one.copy_of in gone else 0)


def _gone_by_source(case: Case) -> dict[str, dict[Locator, list[Finding]]]:
    sources: dict[str, dict[Locator, list[Finding]]] = {}
    for one in case.findings:
        if one.state in GONE and not one.taken and one.kind != FOLDER:
            item = one.locator.item
            sources.setdefault(item.source, {}).setdefault(item, []).append(one)
    return sources


def _reopen(findings: Iterable[Finding]) -> None:
    for one in findings:
        one.state, one.reason, one.until, one.taken = State.OPEN, AGAIN, None, False
        one.lapsed, one.lapsed_on = "", None


def _walked(case: Case) -> frozenset[str]:
    """Sources of which a whole walk began after the run."""
    run_at = case.run_at
    if run_at is None:
        return frozenset()
    return frozenset(
        one.source
        for one in case.searched
        if one.scanned_at is not None and one.scanned_at >= run_at and not one.in_part
    )


def _update(old: Finding, fresh: Finding, walked: frozenset[str], *, ran: bool) -> None:
    same = _same(old, fresh)
    _note_lapse(old, fresh, ran=ran)
    if same and _surer(old, fresh):
        fresh = replace(
            fresh,
            tier=old.tier,
            ownership=old.ownership,
            action=_surer_action(old, fresh),
            evidence=old.evidence,
            reason=without_notice(old.reason),
        )
        settle_notice(fresh)
    if old.state in GONE:
        if old.locator.source not in walked and (old.taken or fresh.version == old.version):
            return  # the index has not looked since: it still knows what was there before the run
        _reopen([old])
    elif fresh.state is State.HELD:
        old.verdict = None if old.verdict is Verdict.UNSURE else old.verdict  # who could not tell has held nothing
        old.state, old.reason = State.HELD, fresh.reason
        old.until, old.statute, old.hold = fresh.until or old.until, fresh.statute, fresh.hold
    elif old.state is State.HELD and (old.hold or old.verdict is None):  # by a rule, or by another case's decision
        old.state, old.reason, old.until, old.hold = State.OPEN, ENDED, None, ""
    elif old.state in (State.KEPT, State.HELD) and not same:
        old.state, old.reason = State.OPEN, CHANGED_AFTER
    elif old.verdict is None and old.state is State.OPEN:
        old.reason = fresh.reason or without_notice(old.reason)
    elif tells_more(old, fresh):
        old.verdict, old.reason = None, fresh.reason
    if not same and old.verdict is not None:
        old.verdict = None
        old.reason = CHANGED_AFTER if old.state is State.OPEN and old.reason != AGAIN else old.reason
    _take(old, fresh)


def _note_lapse(old: Finding, fresh: Finding, *, ran: bool) -> None:
    """Remember the rule that held it until now, for as long as the very same content is surely about the subject."""
    if fresh.state is State.HELD or fresh.tier is not Tier.CERTAIN or not old.content or old.content != fresh.content:
        old.lapsed, old.lapsed_on = "", None
    elif ran and old.state is State.HELD and old.hold:
        old.lapsed, old.lapsed_on = old.hold, old.until


def _surer_action(old: Finding, fresh: Finding) -> Action:
    """What was proposed for it; whether gallra or a person carries that out is as of now."""
    if fresh.offer is Action.TASK:
        return Action.TASK if old.action in ERASING else old.action
    return fresh.erasing if old.action is Action.TASK else old.action


def _surer(old: Finding, fresh: Finding) -> bool:
    """What made an unchanged item surer may have been erased by this very case: a folder's other files, a mail."""
    tiers = list(Tier)
    return tiers.index(old.tier) < tiers.index(fresh.tier)


def _same(old: Finding, fresh: Finding) -> bool:
    """True for the same record, or the same content; where it could not be read, for the same version of it."""
    if old.print and fresh.print:
        return old.print == fresh.print
    if old.content or fresh.content:
        return old.content == fresh.content
    return bool(fresh.version.token) and fresh.version == old.version


def _take(old: Finding, fresh: Finding) -> None:
    old.locator, old.kind, old.tier, old.evidence = fresh.locator, fresh.kind, fresh.tier, fresh.evidence
    old.print, old.occurrence, old.offer = fresh.print, fresh.occurrence, fresh.offer
    old.ownership, old.action, old.proposed = fresh.ownership, fresh.action, fresh.proposed
    old.version, old.content = fresh.version, fresh.content
    old.others, old.links, old.beside = fresh.others, fresh.links, fresh.beside
    old.notifies = old.notifies if fresh.notifies is None else fresh.notifies
    old.snapshots, old.oldest, old.newest, old.part = fresh.snapshots, fresh.oldest, fresh.newest, fresh.part
    if old.state is State.TASK:
        old.unseen, old.reason = False, fresh.reason if fresh.action is Action.TASK else old.reason


def _missed(old: Finding, gaps: Sequence[CaseGap], walked: frozenset[str], missing: Missing) -> None:
    """An unresolved finding that a fresh search does not have: gone without us only if everything was looked at."""
    if survived(old):
        return  # its own name is gone; the question is the others
    if old.state is State.TASK:  # only what its source shows closes it: see by_hand
        old.unseen = old.locator.source in walked and not any(_hides(gap.locator, old.locator) for gap in gaps)
    elif old.locator.source not in walked:
        old.reason = old.reason or NOT_WALKED
    elif any(_hides(gap.locator, old.locator) for gap in gaps):
        old.state, old.reason = State.OPEN, HIDDEN
    elif (why := missing(old)) is not None:
        old.state, old.reason = State.FAILED if old.state is State.FAILED else State.OPEN, why
    else:
        old.state, old.until = State.ABSENT, None
        if old.verdict is not Verdict.ERASE:
            old.reason = None


def _lost(old: Finding, gaps: Sequence[CaseGap], walked: frozenset[str], missing: Missing) -> None:
    """What was to stay and is not found any more: nothing may be certified as held that is gone."""
    hidden = any(_hides(gap.locator, old.locator) for gap in gaps)
    if old.locator.source in walked and not hidden and missing(old) is None:
        old.state, old.until, old.reason = State.ABSENT, None, LOST


def _hides(gap: Locator, finding: Locator) -> bool:
    """A gap above the finding hides it; one inside it may hide the very record that spoke for it."""
    return gap.covers(finding) or (gap.item == finding.item and finding.covers(gap))
