"""`gallra accept`: a named person accepts that something was not searched, or takes that back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from connectors.base import GapReason
from scanner.accepting import Range, accept, is_whole_source, key, numbered, open_gaps, pick, withdraw
from scanner.certificate_guard import Guard
from scanner.cli.casework import opened_case
from scanner.cli.output import clean, complain, print_json, table
from scanner.cli.render_findings import place
from scanner.model import Case, CaseGap
from scanner.refusal import Refusal

if TYPE_CHECKING:
    from scanner.workspace import Workspace

_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", re.ASCII)
_LISTED = 20  # gaps that are named after they were accepted


@click.command("accept")
@click.argument("case_number", metavar="CASE")
@click.argument("numbers", metavar="[GAP]...", nargs=-1)
@click.option("--by", help="Who accepts: a name, initials or a role. It stands on the certificate.")
@click.option("--reason", help="Why. Kept in the sealed case, never in a log or on the certificate.")
@click.option(
    "--reason-is",
    "reasons",
    multiple=True,
    type=click.Choice([one.value for one in GapReason], case_sensitive=False),
    help="All gaps with this reason.",
)
@click.option("--source", help="Only gaps of this source.")
@click.option("--withdraw", "take_back", is_flag=True, help="Take an acceptance back.")
@click.option("--json", "as_json", is_flag=True, help="Print the gaps as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    case_number: str,
    numbers: tuple[str, ...],
    by: str | None,
    reason: str | None,
    reasons: tuple[str, ...],
    source: str | None,
    *,
    take_back: bool,
    as_json: bool,
) -> None:
    """Accept that the gaps GAP (3, or 3-7) of CASE were not searched. Without any: list them with their numbers.

    An acceptance is for this place and this reason: where the reason changes, the gap is open again.
    """
    ranges = [_range(text) for text in numbers]
    chosen = bool(ranges or reasons or source is not None)
    if not chosen and (by is not None or reason is not None or take_back):
        raise click.UsageError("name the gaps by number, by --reason-is or by --source")
    if chosen and not take_back and (by is None or reason is None):
        raise click.UsageError("say who accepts it, with --by WHO, and why, with --reason TEXT")
    with opened_case(ctx, case_number) as (work, case):
        if chosen:
            gaps = pick(case, ranges, [GapReason(one) for one in reasons], source)
            if take_back:
                _withdraw(work, case, gaps)
            else:
                _accept(work, case, gaps, by or "", reason or "")
        if as_json:
            print_json(_answer(case))
        else:
            click.echo(_told(case, gaps) if chosen else _listing(case))


def _accept(work: Workspace, case: Case, gaps: Sequence[CaseGap], by: str, reason: str) -> None:
    if not Guard(case.subject).allows(by):
        raise Refusal("--by: it stands on the certificate and may point at the person; use initials or a role")
    count = accept(case, gaps, by, reason, datetime.now(UTC))
    work.cases.save(case)
    work.audit.append("gap-accepted", case.number, {"accepted": count, "gaps": len(open_gaps(case))}, {})
    for one in filter(is_whole_source, gaps):
        complain(f"{one.locator.source}: nothing of this source was searched. The certificate names it apart.")


def _withdraw(work: Workspace, case: Case, gaps: Sequence[CaseGap]) -> None:
    count = withdraw(case, gaps)
    if not count:
        raise Refusal("none of these gaps is accepted")
    work.cases.save(case)
    work.audit.append("gap-withdrawn", case.number, {"accepted": count, "gaps": len(open_gaps(case))}, {})


def _told(case: Case, gaps: Sequence[CaseGap]) -> str:
    known = {key(gap): number for number, gap in numbered(case).items()}
    by = {key(one): f"accepted by {one.by}" for one in case.accepted}
    rows = [(known[key(one)], place(one.locator), one.reason.value, by.get(key(one), "open")) for one in gaps]
    lines = [table(("no", "where", "why", ""), rows[:_LISTED])]
    if len(rows) > _LISTED:
        lines.append(f"and {len(rows) - _LISTED} more")
    return "\n".join((*lines, _left(case)))


def _listing(case: Case) -> str:
    if not case.gaps:
        return f"Case {case.number} has no gaps."
    by = {key(one): f"accepted by {one.by}" for one in case.accepted}
    rows = [
        (number, place(one.locator), one.reason.value, by.get(key(one), "open"))
        for number, one in numbered(case).items()
    ]
    return f"{table(('no', 'where', 'why', ''), rows)}\n{_left(case)}"


def _left(case: Case) -> str:
    return f"{len(open_gaps(case))} of {len(case.gaps)} gaps are open."


def _answer(case: Case) -> dict[str, Any]:
    """The gaps with their numbers and who accepted them."""
    accepted = {key(one): one for one in case.accepted}
    rows = []
    for number, gap in numbered(case).items():
        one = accepted.get(key(gap))
        rows.append(
            {
                "no": number,
                "source": gap.locator.source,
                "path": gap.locator.path,
                "within": list(gap.locator.steps),
                "reason": gap.reason.value,
                "accepted": {"by": one.by, "why": one.why, "at": one.at.isoformat(timespec="seconds")} if one else None,
            }
        )
    return {"case": case.number, "gaps": rows, "open": len(open_gaps(case))}


def _range(text: str) -> Range:
    match = _RANGE.fullmatch(text)
    if not match:
        raise click.BadParameter(f"{clean(text)}: not a number or a range like 3-7")
    first = int(match[1])
    last = int(match[2]) if match[2] else first
    if last < first:
        raise click.BadParameter(f"{text}: the range runs backwards")
    return Range(first, last)
