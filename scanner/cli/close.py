"""`gallra close`: takes the person's name out of what gallra keeps, once all is done."""

from __future__ import annotations

import contextlib
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli.casework import opened_case
from scanner.cli.output import Exit, clean, print_json
from scanner.closing import LONGEST, close, is_certified, refusal, remembered
from scanner.model import Case
from scanner.refusal import Refusal
from scanner.verify import outcome_code

if TYPE_CHECKING:
    from scanner.workspace import Workspace


@click.command("close")
@click.argument("case_number", metavar="CASE")
@click.option(
    "--certificate", "target", type=click.Path(path_type=Path), help="Write the certificate first: .pdf, .html, .json."
)
@click.option("--no-certificate", is_flag=True, help="None is wanted: after closing, none can be written.")
@click.option("--incomplete", is_flag=True, help="Close it although not all is resolved; needs --reason.")
@click.option("--reason", help="Why it is closed incomplete. Kept sealed; no names.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    case_number: str,
    target: Path | None,
    reason: str | None,
    *,
    no_certificate: bool,
    incomplete: bool,
    as_json: bool,
) -> None:
    """Close CASE: the file with the person's name leaves, and only what recognises a return stays.

    What is held or kept stays where it is. The case cannot be shown, verified or certified afterwards.
    """
    _check(target, reason, no_certificate=no_certificate, incomplete=incomplete)
    if target is not None:
        with opened_case(ctx, case_number) as (work, case):
            _may(work, case, incomplete=incomplete)  # before a certificate speaks of it
        _certify(ctx, case_number, target)
    with opened_case(ctx, case_number) as (work, case):
        _may(work, case, incomplete=incomplete)
        if not no_certificate and not is_certified(work, case):
            raise Refusal(
                f"no certificate says how case {case.number} ended. Next: gallra close {case.number} --certificate "
                "FILE, or --no-certificate if none is wanted"
            )
        number, code = case.number, outcome_code(case)
        stays = close(work, case, datetime.now(UTC), reason)
        known = remembered(work, number)
        if as_json:
            print_json({"case": number, "status": "closed", "stays": stays, "remembered": known})
        else:
            click.echo(_told(number, stays, target, known=known, cull=bool(case.cull)))
        ctx.exit(code)


def _check(target: Path | None, reason: str | None, *, no_certificate: bool, incomplete: bool) -> None:
    if target is not None and no_certificate:
        raise click.UsageError("--certificate and --no-certificate exclude each other")
    if incomplete != bool(reason and reason.strip()):
        raise click.UsageError("--incomplete needs --reason, and --reason goes with --incomplete")
    if reason is not None and len(reason) > LONGEST:
        raise click.UsageError(f"--reason: at most {LONGEST} characters")


def _may(work: Workspace, case: Case, *, incomplete: bool) -> None:
    why = refusal(case, pending=bool(work.journal.pending(case)), incomplete=incomplete)
    if why is not None:
        raise Refusal(why)


def _certify(ctx: click.Context, number: str, target: Path) -> None:
    """As `gallra certificate CASE -o FILE` does, without its word on it. Raises what that raises."""
    from scanner.cli.certificate import command as certify

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            ctx.invoke(certify, case_number=number, target=target)
    except click.exceptions.Exit as ended:
        if ended.exit_code not in (Exit.DONE, Exit.INCOMPLETE):
            raise


def _told(number: str, stays: int, target: Path | None, *, known: bool, cull: bool = False) -> str:
    left = "nothing of the person is left in what gallra keeps, but what recognises a return"
    lines = [f"Case {number} is closed{'' if cull else f': {left}'}."]
    if target is not None:
        lines.append(f"The certificate is {clean(str(target))}.")
    if stays:
        what = "1 finding stays where it lies" if stays == 1 else f"{stays} findings stay where they lie"
        lines.append(f"{what}, held, kept or unresolved.")
    if known:
        lines.append("If the person's data comes back, every scan tells: gallra after-restore plans its erasure.")
    return "\n".join(lines)
