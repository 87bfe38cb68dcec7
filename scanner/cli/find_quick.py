"""`gallra find --quick`: what the index knows, at once. It opens no case and makes no plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from scanner.answer_json import answer
from scanner.cli.output import Exit, print_json, table
from scanner.cli.render_blind import render_searched
from scanner.cli.render_findings import Shown, section
from scanner.cli.render_subject import render_head
from scanner.model import Case, Finding, Plan, SubjectId, Tier
from scanner.quick import CountedGaps, Glance
from scanner.workspace import Workspace

_NOTHING_LOOKED_AT = (
    "Not confirmed: this is what the index knows, and nothing was looked at. Nothing can be erased from it, and a\n"
    "name by an initial or in another spelling is not in it. Leave out --quick for an answer that holds."
)
_WHY = "as the index has it"


def quick(work: Workspace, given: Sequence[SubjectId], *, as_json: bool) -> Exit:
    """Answer at once, print it, and say how the command ends."""
    known = work.learn(given)
    glance = work.glance(known.subject)
    case = Case("", datetime.now(UTC), known.subject)
    case.missing, case.suggestions = known.missing, known.suggestions
    case.findings, case.searched = glance.findings, glance.searched
    tiers = {tier.value: sum(one.tier is tier for one in glance.findings) for tier in Tier}
    counts = {"identifiers": len(known.subject), "findings": len(glance.findings), **tiers}
    work.audit.append("searched", None, counts, {})
    if as_json:
        print_json(_json(case, glance))
    else:
        click.echo(_text(case, glance))
    return Exit.INCOMPLETE if glance.gaps else Exit.DONE


def _json(case: Case, glance: Glance) -> dict[str, Any]:
    """The contract of `find`, but that nothing is confirmed, there is no plan, and gaps are counted."""
    told = answer(case, Plan((), "")) | {"plan": None, "confirmed": False}
    del told["gaps"]
    counts = [{"source": one.source, "reason": one.reason.value, "count": one.count} for one in glance.gaps]
    return told | {"gap_counts": counts}


def _text(case: Case, glance: Glance) -> str:
    parts = [
        render_head(case),
        _NOTHING_LOOKED_AT,
        "" if case.findings else "The index has nothing of this person.",
        section("What the index has", [_shown(one) for one in case.findings]),
        _gaps(glance.gaps),
        render_searched(case),
    ]
    return "\n\n".join(part for part in parts if part)


def _shown(one: Finding) -> Shown:
    return Shown(one, _WHY, whose=one.ownership.value, others=one.others)


def _gaps(gaps: Sequence[CountedGaps]) -> str:
    if not gaps:
        return ""
    total = sum(one.count for one in gaps)
    rows = [(one.source, str(one.count), one.reason.value) for one in gaps]
    return f"Could not be searched ({total}), and a person may stand there unseen\n" + table(
        ("source", "parts", "why"), rows
    )
