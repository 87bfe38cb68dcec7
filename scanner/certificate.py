"""What a case came to, for the file of the data protection officer: counts and dates, and nothing about the person.

A certificate outlives the data it speaks of, so it holds no names, addresses, paths, subjects, message ids, national
ids or content hashes (GDPR Art. 5(2), accountability, against Art. 5(1)(c), minimisation).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from scanner.model import Case, State
from scanner.outcomes import GONE
from scanner.refusal import Refusal
from scanner.verify import outcome, unresolved

FORMAT = 1
GROUND = "GDPR Art. 17"


class NotVerified(Refusal):
    """A certificate is asked for before somebody looked again."""


def certificate(
    case: Case, audit_head: str, version: str, now: datetime, *, controller: str = "", role: str = ""
) -> dict[str, Any]:
    """The certificate as plain values for JSON. Raises NotVerified.

    `controller` is the company's name, `role` that of who issues it ("data protection officer"); both may be empty.
    """
    if case.status != "verified" or case.verified_at is None:
        raise NotVerified(f"the case is not verified yet; next: gallra verify {case.number}")
    return {
        "format": FORMAT,
        "case": case.number,
        "ground": GROUND,
        "controller": controller or None,
        "dates": {
            "opened": _stamp(case.created),
            "approved": _stamp(case.approved_at),
            "run": _stamp(case.run_at),
            "verified": _stamp(case.verified_at),
            "issued": _stamp(now),
        },
        "sources": _sources(case),
        "plan": case.approved_plan,
        "verification": {
            "at": _stamp(case.verified_at),
            "looked_at_again": len({one.locator.item for one in case.findings if one.state in GONE}),
            "searched_again": sum(
                1 for one in case.searched if one.scanned_at and (not case.run_at or one.scanned_at >= case.run_at)
            ),
        },
        "states": _states(case, None),
        "unresolved": len(unresolved(case)),
        "gaps": len(case.gaps),
        "outcome": outcome(case),
        "operator_role": role or None,
        "software": {"name": "gallra", "version": version},
        "audit": audit_head,
    }


def _sources(case: Case) -> list[dict[str, Any]]:
    searched = {one.source: one for one in case.searched}
    names = searched.keys() | {one.locator.source for one in case.findings} | {one.locator.source for one in case.gaps}
    rows = []
    for name in sorted(names):
        known = searched.get(name)
        rows.append(
            {
                "source": name,
                "items": known.items if known else 0,
                "records": known.records if known else 0,
                "scanned_at": _stamp(known.scanned_at) if known else None,
                "findings": _states(case, name),
                "gaps": dict(
                    sorted(Counter(one.reason.value for one in case.gaps if one.locator.source == name).items())
                ),
            }
        )
    return rows


def _states(case: Case, source: str | None) -> dict[str, int]:
    found = Counter(one.state for one in case.findings if source in (None, one.locator.source))
    return {state.value: found[state] for state in State if found[state]}


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
