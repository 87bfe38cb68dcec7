"""`gallra decide`: a person's decision on findings, or on identifiers that may be the subject's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from scanner.asked import also_meant
from scanner.backups.copies import records
from scanner.backups.following import follow_now
from scanner.cli.casework import note_shown, opened_case, plan_of
from scanner.cli.numbers import named_findings
from scanner.cli.output import complain
from scanner.cli.render import identifiers, render_case
from scanner.cli.render_backups import told
from scanner.deciding import TAKEN, choose, learn_again, search_anew
from scanner.model import Case, Choice, Finding, InBackups, State, Verdict, Whether
from scanner.named_folders import settle_folders
from scanner.plan import can_decide, decide, warning
from scanner.refusal import Refusal
from scanner.still_there import take_in
from scanner.today import today

if TYPE_CHECKING:
    from scanner.workspace import Workspace

GROUNDS = {letter: f"GDPR Art. 17(3)({letter})" for letter in "abcde"}
_OPTION = {Whether.YES: "--also", Whether.NO: "--not", Whether.UNSURE: "--unsure"}


@click.command("decide")
@click.argument("case_number", metavar="CASE")
@click.argument("words", metavar="[N... erase|keep|unsure]", nargs=-1)
@click.option("--also", multiple=True, metavar="VALUE", help="An identifier that is the person's: it is searched too.")
@click.option("--not", "never", multiple=True, metavar="VALUE", help="One that is not: never added or suggested again.")
@click.option("--unsure", multiple=True, metavar="VALUE", help="One that you cannot tell of: it stays a suggestion.")
@click.option(
    "--backups",
    "in_backups",
    type=click.Choice([one.value for one in InBackups]),
    help="Of records in backups: drop their whole files from the snapshots, or leave them to the ledger.",
)
@click.option("--reason", help="Why. Kept in the sealed case, never in a log.")
@click.option("--ground", type=click.Choice(sorted(GROUNDS)), help="Keep by GDPR Art. 17(3), by its letter.")
@click.option("--until", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="The last day it is kept: YYYY-MM-DD.")
@click.pass_context
def command(
    ctx: click.Context,
    case_number: str,
    words: tuple[str, ...],
    also: tuple[str, ...],
    never: tuple[str, ...],
    unsure: tuple[str, ...],
    reason: str | None,
    ground: str | None,
    until: datetime | None,
    in_backups: str | None,
) -> None:
    """Decide on the findings N of CASE (3, or 3-7): erase, keep, or unsure: nobody can tell, and it waits on.

    All of them or, where one is refused, none. Or decide on identifiers, with --also, --not and --unsure: then the case
    is searched again. Or, with --backups, once for all files in backups from which only a record should leave.

    Grounds: a expression and information, b legal obligation, c public health, d archives and research, e legal claims.
    """
    answers = {Whether.YES: also, Whether.NO: never, Whether.UNSURE: unsure}
    spoken = any(answers.values())
    if in_backups and (spoken or words or ground or until):
        raise click.UsageError("--backups stands alone, with --reason at most: it is one decision for the case")
    verdict = None if in_backups else _verdict(words, spoken=spoken)
    day = until.date() if until else None
    if verdict is not None:
        _check_keeping(verdict, ground, reason, day)
    with opened_case(ctx, case_number) as (work, case):
        if work.journal.entries(case):
            raise Refusal(f"an erasure of this case was cut off; first: gallra erase {case.number}")
        if in_backups:
            _on_backups(work, case, InBackups(in_backups), reason or "")
        elif verdict is None:
            _on_identifiers(work, case, answers)
        else:
            _on_findings(work, case, words[:-1], verdict, reason, GROUNDS[ground] if ground else None, day)
        plan = plan_of(work, case)
        click.echo(render_case(case, plan))
        note_shown(work, case, plan)


def _verdict(words: Sequence[str], *, spoken: bool) -> Verdict | None:
    """The last word; none where identifiers are decided on. Raises UsageError for half a decision, or both."""
    if spoken and words:
        raise click.UsageError("decide on findings and on identifiers one after the other, not in one command")
    if spoken:
        return None
    known = [one.value for one in Verdict]
    if not words or words[-1] not in known:
        raise click.BadParameter(f"say what to do, as the last word: {', '.join(known)}")
    if len(words) < 2:
        raise click.BadParameter("say which findings, as in: gallra decide 1 3-7 keep")
    return Verdict(words[-1])


def _on_findings(
    work: Workspace,
    case: Case,
    numbers: Sequence[str],
    chosen: Verdict,
    reason: str | None,
    statute: str | None,
    day: date | None,
) -> None:
    findings = named_findings(case, numbers)
    _refuse(case, findings, chosen)
    _check_year(findings, day)
    for one in findings:
        decide(one, chosen, reason, statute=statute, until=day)
        if others := warning(case, one, chosen):
            complain(f"no {one.id}: erasing it erases {identifiers(others)} of other persons with it")
    follow_now(work, case)
    for one in findings:
        if chosen is Verdict.ERASE and one.verdict is None:
            complain(f"no {one.id}: it stays: its file holds what another case holds or keeps")
    settle_folders(case.findings)
    work.cases.save(case)
    event = "hold-noted" if statute else "decided"
    work.audit.append(event, case.number, {"decisions": len(findings)}, {"verdict": chosen.value})


def _on_backups(work: Workspace, case: Case, choice: InBackups, why: str) -> None:
    """Note what becomes of files from which only a record should leave. Raises Refusal where there is none."""
    follow_now(work, case)
    if not records(case):
        raise Refusal("nothing was decided: the case has no record in a backup, so that nothing is left to decide")
    case.in_backups, case.in_backups_why = choice, why.strip()
    follow_now(work, case)
    settle_folders(case.findings)
    found = records(case)
    for one in found:
        if one.state == InBackups.DROP.value:
            complain(f"erasing drops whole files: {told(one)}")
    work.cases.save(case)
    work.audit.append(
        "decided", case.number, {"findings": sum(one.part for one in case.findings)}, {"verdict": choice.value}
    )


def _on_identifiers(work: Workspace, case: Case, answers: Mapping[Whether, Sequence[str]]) -> None:
    """Note them all, widen and search again. Raises ConfigError for what is none, Refusal for what was asked for."""
    if case.cull:
        raise Refusal("nothing was decided: the case is about no person, but about what the rule of culling says")
    said = [
        Choice(one.type, one.value, answer)
        for answer, values in answers.items()
        for value in values
        for one in also_meant(value, _OPTION[answer], work.detect)
    ]
    if len({(one.type, one.value) for one in said}) < len(said):
        raise click.UsageError("one identifier has two answers: give each once")
    choose(case, said)
    given = {one: "--also" if one.because == TAKEN else "what was asked for" for one in case.subject if one.given}
    if work.two_persons(given):
        raise Refusal("nothing was decided: the index has what was asked for and --also as different persons'")
    learn_again(case, work.learn)
    search_anew(case, work.search_again, partial(take_in, work))
    work.cases.save(case)
    for answer in {one.answer for one in said}:
        count = sum(one.answer is answer for one in said)
        work.audit.append("decided", case.number, {"identifiers": count}, {"verdict": answer.value})


def _check_keeping(verdict: str, ground: str | None, reason: str | None, until: date | None) -> None:
    """Raise UsageError for words that do not go together."""
    if verdict != Verdict.KEEP and (ground or until):
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
