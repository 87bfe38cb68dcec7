"""What a case came to, for the file of the data protection officer: counts and dates, and nothing about the person.

A certificate outlives the data it speaks of, so it holds no names, addresses, paths, subjects, message ids, national
ids or content hashes (GDPR Art. 5(2), accountability, against Art. 5(1)(c), minimisation). What people wrote by hand
(sources, statutes, who accepted a gap) passes `certificate_guard`; what it stops is null here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scanner.accepting import accepted_gaps, is_whole_source, open_gaps
from scanner.certificate_backups import Copies, backups_json, hands_json, uncovered
from scanner.certificate_guard import Guard
from scanner.hands.kinds import is_hand
from scanner.model import Action, Case, CaseGap, Finding, State
from scanner.outcomes import GONE
from scanner.refusal import Refusal
from scanner.signing import Signer, canonical
from scanner.verify import outcome, unresolved

FORMAT = 2
GROUND = "GDPR Art. 17"
GROUND_OF_CULLS = "GDPR Art. 5(1)(e)"
PURPOSE = b"gallra certificate 2"
"""What a signature of the installation's key is for; stands before the signed bytes."""

_WAITING = frozenset({Action.DECIDE, Action.TASK})
Json = dict[str, Any]


class NotVerified(Refusal):
    """A certificate is asked for before somebody looked again."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The place of a certificate in the audit log: the number and hash of the entry before it."""

    head: str
    number: int = 0
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Issue:
    """What the issuer adds to the case. `controller` is the company's name, `role` the issuer's; both may be empty.

    `answered` is the day the person was told the outcome; `backups` are those of the configuration.
    """

    version: str
    now: datetime
    controller: str = ""
    role: str = ""
    answered: date | None = None
    identity_required: bool = False
    backups: tuple[Copies, ...] = ()


def certificate(case: Case, chain: Chain, issue: Issue) -> Json:
    """The certificate as plain values for JSON, not yet signed. Raises NotVerified."""
    if case.status != "verified" or case.verified_at is None:
        raise NotVerified(f"the case is not verified yet; next: gallra verify {case.number}")
    guard = Guard(case.subject)
    sources = _source_names(case)
    return {
        "format": FORMAT,
        "case": case.number,
        "ground": GROUND_OF_CULLS if case.cull else GROUND,
        **(_cull(case, guard) if case.cull else {}),
        "controller": issue.controller or None,
        "request": _request(case, issue, guard),
        "dates": {
            "opened": _stamp(case.created),
            "approved": _stamp(case.approved_at),
            "run": _stamp(case.run_at),
            "verified": _stamp(case.verified_at),
            "issued": _stamp(issue.now),
        },
        "sources": [_source(case, number, name, guard) for number, name in enumerate(sources, start=1)],
        "backups": backups_json(case, issue.backups, guard) if case.request.backups else [],
        "uncovered": uncovered(case, guard) if case.request.backups else [],
        "hands": hands_json(case, guard),
        "plan": case.approved_plan,
        "verification": {
            "at": _stamp(case.verified_at),
            "looked_at_again": len(
                {one.locator.item for one in case.findings if one.state in GONE and not is_hand(one)}
            ),
            "searched_again": sum(
                1 for one in case.searched if one.scanned_at and (not case.run_at or one.scanned_at >= case.run_at)
            ),
        },
        "states": _states(case.findings),
        "unresolved": len(unresolved(case)),
        "gaps": len(case.gaps),
        "gaps_accepted": len(case.gaps) - len(open_gaps(case)),
        "gaps_open": len(open_gaps(case)),
        "outcome": outcome(case),
        "operator_role": issue.role or None,
        "software": {"name": "gallra", "version": issue.version},
        "audit": chain.head,
        "audit_entry": chain.number,
        "audit_whole": chain.whole,
    }


def signed(values: Mapping[str, Any], signer: Signer) -> Json:
    """The values with the public key, and the signature over all of that."""
    whole = {**values, "key": signer.public}
    return {**whole, "signature": signer.sign(PURPOSE, whole)}


def unsigned(values: Mapping[str, Any]) -> Json:
    """What the signature is over."""
    return {name: value for name, value in values.items() if name != "signature"}


def embedded(values: Mapping[str, Any]) -> bytes:
    """The signed JSON as pages carry it: canonical, ASCII, and with nothing that could end an HTML element."""
    text = canonical(values)
    for one in (b"<", b">", b"&"):
        text = text.replace(one, b"\\u%04x" % one[0])
    return text


def _request(case: Case, issue: Issue, guard: Guard) -> Json:
    request = case.request
    checked = request.identified_at is not None and bool(request.identified)
    return {
        "received": _day(request.received),
        "due": _day(request.due),
        "extended": _day(request.extended_at),
        "answered": _day(issue.answered),
        "identity": {
            "required": issue.identity_required,
            "checked": checked,
            "how": guard.public(request.identified) if checked else None,
            "at": _stamp(request.identified_at) if checked else None,
        },
        "backups": {"asked": request.backups, "configured": len(issue.backups)},
    }


def _cull(case: Case, guard: Guard) -> Json:
    """The rule, and how many items it took. Nobody asked, so that there is no request to tell of."""
    gone = {one.locator.item for one in case.findings if one.state in (State.ERASED, State.RECOVERABLE)}
    return {"cull": {"rule": guard.public(case.cull), "items": len(gone)}}


def _source_names(case: Case) -> list[str]:
    names = {one.source for one in case.searched}
    names |= {one.locator.source for one in case.findings if not is_hand(one)} | {
        one.locator.source for one in case.gaps
    }
    return sorted(names)


def _source(case: Case, number: int, name: str, guard: Guard) -> Json:
    known = next((one for one in case.searched if one.source == name), None)
    findings = [one for one in case.findings if one.locator.source == name]
    gaps = [one for one in case.gaps if one.locator.source == name]
    return {
        "number": number,
        "source": guard.public(name),
        "items": known.items if known else 0,
        "records": known.records if known else 0,
        "scanned_at": _stamp(known.scanned_at) if known else None,
        "syncs": bool(known and known.follows),
        "follows": guard.public(known.follows) if known and known.follows else None,
        "unseen": next((one.reason.value for one in gaps if is_whole_source(one)), None),
        "found": len(findings),
        "findings": _states(findings),
        "waiting": sum(map(_waits, findings)),
        "held": _held(findings, guard),
        "recoverable": _dated(one.until for one in findings if one.state is State.RECOVERABLE),
        "gaps": _gaps(case, gaps, guard),
    }


def _waits(one: Finding) -> bool:
    """True for what only a person can settle."""
    return not one.state.resolved and (one.state is State.TASK or one.effective in _WAITING)


def _held(findings: Iterable[Finding], guard: Guard) -> list[Json]:
    found = Counter((guard.public(one.statute), _day(one.until)) for one in findings if one.state is State.HELD)
    rows = [{"statute": statute, "until": until, "count": count} for (statute, until), count in found.items()]
    return sorted(rows, key=lambda row: (str(row["statute"]), str(row["until"])))


def _dated(days: Iterable[date | None]) -> list[Json]:
    found = Counter(map(_day, days))
    return [{"until": until, "count": found[until]} for until in sorted(found, key=str)]


def _gaps(case: Case, gaps: list[CaseGap], guard: Guard) -> list[Json]:
    """By reason: how many, how many of them are open, and who accepted the others."""
    by = {id(gap): guard.public(one.by) for gap, one in accepted_gaps(case)}
    rows = []
    for reason in sorted({one.reason.value for one in gaps}):
        group = [one for one in gaps if one.reason.value == reason]
        people = Counter(by[id(one)] for one in group if id(one) in by)
        accepted = [{"by": name, "count": people[name]} for name in sorted(people, key=str)]
        rows.append({"reason": reason, "count": len(group), "open": len(group) - people.total(), "accepted": accepted})
    return rows


def _states(findings: Iterable[Finding]) -> dict[str, int]:
    found = Counter(one.state for one in findings)
    return {state.value: found[state] for state in State if found[state]}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
