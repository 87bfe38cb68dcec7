"""`gallra request`: what was asked, when it must be answered, and how the requester was identified."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from scanner.certificate_guard import Guard
from scanner.cli.casework import opened_case
from scanner.cli.output import clean, print_json
from scanner.model import Case, Request
from scanner.requests import (
    BadRequest,
    days_left,
    identity_missing,
    is_identified,
    note_extension,
    note_identity,
    note_received,
)
from scanner.uncovered import told_anew

if TYPE_CHECKING:
    from scanner.workspace import Workspace

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("request")
@click.argument("case_number", metavar="CASE")
@click.option("--received", type=_DAY, metavar="DATE", help="The day on which the request came (2026-03-05).")
@click.option("--identified", metavar="HOW", help="How the requester was identified: 'BankID'. No numbers, no copies.")
@click.option("--by", metavar="WHO", help="Who made sure: a name, initials or a role.")
@click.option("--not-identified", "forget", is_flag=True, help="Take back that the requester was identified.")
@click.option("--backups/--no-backups", "backups", default=None, help="Whether erasure from backups was asked for too.")
@click.option(
    "--extended", type=_DAY, metavar="DATE", help="The day on which the person was told that it takes longer."
)
@click.option("--json", "as_json", is_flag=True, help="Print the request as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    case_number: str,
    received: datetime | None,
    identified: str | None,
    by: str | None,
    extended: datetime | None,
    *,
    forget: bool,
    backups: bool | None,
    as_json: bool,
) -> None:
    """Note what was asked in CASE and how the requester was identified, and show it with the last day to answer."""
    if (identified is None) != (by is None):
        raise click.UsageError("--identified HOW and --by WHO go together")
    if forget and identified is not None:
        raise click.UsageError("--identified and --not-identified exclude each other")
    with opened_case(ctx, case_number) as (work, case):
        today = _today()
        changed = _note_dates(work, case.request, received, extended, today)
        if backups is not None:
            case.request.backups, changed = backups, True
            case.gaps = told_anew(case.gaps, work.config, asked=backups)
        event = _note_person(case, identified, by, forget=forget)
        if changed or event:
            work.cases.save(case)
        if changed:
            work.audit.append(
                "request-noted", case.number, {"backups": int(case.request.backups)}, _dates(case.request)
            )
        if event:
            work.audit.append(event, case.number, {}, {})
        required = work.config.cases.identity_check
        if as_json:
            print_json(_answer(case, today, required=required))
        else:
            click.echo(_told(case, today, required=required))


def _today() -> date:
    """The day where this machine stands: terms end with the day there."""
    return datetime.now().astimezone().date()


def _note_dates(
    work: Workspace, request: Request, received: datetime | None, extended: datetime | None, today: date
) -> bool:
    region = work.config.agent.region
    if received is not None:
        note_received(request, received.date(), today, region)
    if extended is not None:
        note_extension(request, extended.date(), today, region)
    return received is not None or extended is not None


def _note_person(case: Case, identified: str | None, by: str | None, *, forget: bool) -> str | None:
    """Note it, and answer the event for the audit log. Raises BadRequest."""
    request = case.request
    if identified is not None and by is not None:
        if not Guard(case.subject).allows(identified):
            raise BadRequest("--identified: it may point at the person; say how in a word or two, as in 'BankID'")
        note_identity(request, identified, by, datetime.now(UTC))
        return "identity-checked"
    if forget and is_identified(request):
        request.identified = request.identified_by = request.identified_at = None
        return "identity-withdrawn"
    return None


def _dates(request: Request) -> dict[str, str]:
    days = {"received": request.received, "due": request.due, "extended": request.extended_at}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def _told(case: Case, today: date, *, required: bool) -> str:
    request = case.request
    rows = [
        ("received", _day(request.received, f"not noted; next: gallra request {case.number} --received DATE")),
        ("answer due", _due(request, today)),
        ("identity", _identity(case, required=required)),
        ("backups", "asked for" if request.backups else "not asked for"),
    ]
    if request.extended_at:
        rows.insert(2, ("extended", f"told on {_day(request.extended_at)}"))
    return "\n".join((f"Request of case {case.number}", *(f"  {name:<12}{value}" for name, value in rows)))


def _due(request: Request, today: date) -> str:
    left = days_left(request, today)
    if left is None:
        return "not known before the day of receipt is noted"
    if left == 0:
        return f"{_day(request.due)}: today"
    days = "1 day" if abs(left) == 1 else f"{abs(left)} days"
    return f"{_day(request.due)}: {days} left" if left > 0 else f"{_day(request.due)}: {days} late"


def _identity(case: Case, *, required: bool) -> str:
    request = case.request
    if is_identified(request) and request.identified_at:
        when = request.identified_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        return clean(f"{request.identified}, by {request.identified_by}, {when}")
    return identity_missing(case, required) or "not noted as checked; not required ([cases] identity_check)"


def _day(day: date | None, otherwise: str = "") -> str:
    return f"{day.isoformat()} ({day:%A})" if day else otherwise


def _answer(case: Case, today: date, *, required: bool) -> dict[str, Any]:
    request = case.request
    return {
        "case": case.number,
        "received": _iso(request.received),
        "due": _iso(request.due),
        "days_left": days_left(request, today),
        "extended": _iso(request.extended_at),
        "identity": {
            "required": required,
            "checked": is_identified(request),
            "how": request.identified,
            "by": request.identified_by,
            "at": request.identified_at.isoformat(timespec="seconds") if request.identified_at else None,
        },
        "backups": request.backups,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
