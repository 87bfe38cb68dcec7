"""`gallra decide`: a person's decision on findings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

import click

from scanner.cli.casework import note_shown, opened_case, plan_of
from scanner.cli.output import complain
from scanner.cli.render import identifiers, render_case
from scanner.model import Case, Finding, State, Verdict
from scanner.named_folders import settle_folders
from scanner.plan import can_decide, decide, warning
from scanner.refusal import Refusal
from scanner.today import today

GROUNDS = {letter: f"GDPR Art. 17(3)({letter})" for letter in "abcde"}
_RANGE = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", re.ASCII)


@click.command("decide")
@click.argument("case_number", metavar="CASE")
@click.argument("numbers", metavar="N...", nargs=-1, required=True)
@click.argument("verdict", metavar="erase|keep", type=click.Choice([one.value for one in Verdict]))
@click.option("--reason", help="Why. Kept in the sealed case, never in a log.")
@click.option("--ground", type=click.Choice(sorted(GROUNDS)), help="Keep by GDPR Art. 17(3), by its letter.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day it is kept: YYYY-MM-DD.")
@click.pass_context
def command(
    ctx: click.Context,
    case_number: str,
    numbers: tuple[str, ...],
    verdict: str,
    reason: str | None,
    ground: str | None,
    until: datetime | None,
) -> None:
    """Decide on the findings N of CASE (3, or 3-7): erase or keep. All of them or, where one is refused, none.

    Grounds: a expression and information, b legal obligation, c public health, d archives and research, e legal claims.
    """
    day = until.date() if until else None
    _check_keeping(verdict, ground, reason, day)
    with opened_case(ctx, case_number) as (work, case):
        if work.journal.entries(case):
            raise Refusal(f"an erasure of this case was cut off; first: gallra erase {case.number}")
        findings = _findings(case, numbers)
        chosen = Verdict(verdict)
        _refuse(case, findings, chosen)
        _check_year(findings, day)
        for one in findings:
            decide(one, chosen, reason, statute=GROUNDS[ground] if ground else None, until=day)
            if others := warning(case, one, chosen):
                complain(f"no {one.id}: erasing it erases {identifiers(others)} of other persons with it")
        settle_folders(case.findings)
        work.cases.save(case)
        event = "hold-noted" if ground else "decided"
        work.audit.append(event, case.number, {"decisions": len(findings)}, {"verdict": chosen.value})
        plan = plan_of(work, case)
        click.echo(render_case(case, plan))
        note_shown(work, case, plan)


def _check_keeping(verdict: str, ground: str | None, reason: str | None, until: date | None) -> None:
    """Raise UsageError for words that do not go together."""
    if verdict == Verdict.ERASE and (ground or until):
        raise click.UsageError("--ground and --until are for what is kept")
    if ground and not (reason or "").strip():
        raise click.UsageError("--ground: say why with --reason; Art. 12(4) asks for reasons")
    if until is not None and until <= today():
        raise click.UsageError("--until: must lie ahead; what has ended is kept no more")


def _check_year(findings: Sequence[Finding], until: date | None) -> None:
    """What a rule holds without a known year is only decided by saying until when."""
    asked = [one.id for one in findings if one.state is State.HELD and one.hold]
    if asked and until is None:
        numbers = ", ".join(map(str, asked))
        raise click.UsageError(
            f"no {numbers}: held, and its year is not known; say the last day with --until YYYY-MM-DD"
        )


def _refuse(case: Case, findings: Sequence[Finding], verdict: Verdict) -> None:
    refused = [(one.id, why) for one in findings if (why := can_decide(case, one, verdict))]
    if refused:
        lines = "\n".join(f"no {number}: {why}" for number, why in refused)
        raise Refusal(f"nothing was decided.\n{lines}")


def _findings(case: Case, numbers: Sequence[str]) -> list[Finding]:
    """The findings that were named, each once. Raises BadParameter for what is no number or has no finding."""
    known = {one.id: one for one in case.findings}
    chosen: dict[int, Finding] = {}
    for text in numbers:
        first, last = _range(text)
        named = [number for number in known if first <= number <= last]
        if first not in known or last not in known:
            raise click.BadParameter(f"{text}: the case has no such finding; gallra show {case.number} lists them")
        chosen.update({number: known[number] for number in named})
    return [chosen[number] for number in sorted(chosen)]


def _range(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if not match:
        raise click.BadParameter(f"{text}: not a number or a range like 3-7")
    first = int(match[1])
    last = int(match[2]) if match[2] else first
    if last < first:
        raise click.BadParameter(f"{text}: the range runs backwards")
    return first, last
