"""`gallra find`: from one thing about a person to all that is theirs, and a plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from connectors.errors import ConfigError
from scanner.answer_json import answer
from scanner.asked import Typed, also_meant, placed
from scanner.backups.following import follow_now
from scanner.cli import find_quick
from scanner.cli.casework import note_shown, plan_of, tell_overdue
from scanner.cli.output import Exit, complain, print_json
from scanner.cli.render import render_case
from scanner.deciding import TAKEN, taken
from scanner.model import Case, Choice, SubjectId, Tier, Whether
from scanner.records import IdType
from scanner.workspace import Workspace


@click.command("find")
@click.argument("person", nargs=-1)
@click.option("--name", multiple=True, help="A name, as in --name 'Anna Andersson'.")
@click.option("--email", multiple=True, help="An e-mail address.")
@click.option("--phone", multiple=True, help="A phone number, with or without a country code.")
@click.option("--id", "national", multiple=True, help="A personnummer or samordningsnummer.")
@click.option("--customer", multiple=True, help="A customer number.")
@click.option("--city", multiple=True, help="A city the person lives in: beside a name.")
@click.option("--address", multiple=True, help="A postal address: beside a name.")
@click.option("--also", multiple=True, help="A suggested identifier that you take for the person's.")
@click.option("--no-case", is_flag=True, help="Only look: open no draft case.")
@click.option("--quick", is_flag=True, help="Only what the index has, not confirmed: no case, no plan.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    person: tuple[str, ...],
    name: tuple[str, ...],
    email: tuple[str, ...],
    phone: tuple[str, ...],
    national: tuple[str, ...],
    customer: tuple[str, ...],
    city: tuple[str, ...],
    address: tuple[str, ...],
    also: tuple[str, ...],
    *,
    no_case: bool,
    quick: bool,
    as_json: bool,
) -> None:
    """Find everything about PERSON: an e-mail, a phone, a personnummer, a customer number, a name, in any mix.

    Opens a draft case with the findings and the plan; nothing is erased. The draft is deleted after 30 days if nothing
    follows.
    """
    typed = {
        IdType.NAME: name,
        IdType.EMAIL: email,
        IdType.PHONE: phone,
        IdType.NATIONAL_ID: national,
        IdType.CUSTOMER_NUMBER: customer,
        IdType.CITY: city,
        IdType.ADDRESS: address,
    }
    with Workspace.open(ctx.obj["config"]) as work:
        _expire(work)
        given = _given(work, person, typed, also)
        if quick:
            ctx.exit(find_quick.quick(work, given, as_json=as_json))
        case = _search(work, given, draft=not no_case)
        plan = plan_of(work, case)
        if as_json:
            print_json(answer(case, plan))
        else:
            click.echo(render_case(case, plan))
        if case.number:
            note_shown(work, case, plan)
        ctx.exit(Exit.INCOMPLETE if case.gaps else Exit.DONE)


def _given(work: Workspace, person: Sequence[str], typed: Typed, also: Sequence[str]) -> list[SubjectId]:
    """What was asked for. Raises ConfigError where it belongs to two persons; nothing was searched then."""
    given = placed(person, typed, work.detect, complain)
    for number, word in enumerate(also, start=1):
        place = f"--also number {number}" if len(also) > 1 else "--also"
        given |= {taken(one): place for one in also_meant(word, place, work.detect)}
    persons = work.two_persons(given)
    if persons:
        groups = "; ".join(f"person {number}: {', '.join(places)}" for number, places in enumerate(persons, start=1))
        raise ConfigError(
            [
                "the identifiers belong to different persons, and nothing was searched. As the index has them,"
                f" {groups}. Ask for one person at a time"
            ]
        )
    return list(dict.fromkeys(given))


def _search(work: Workspace, given: list[SubjectId], *, draft: bool) -> Case:
    """The case with all that is found; a draft is saved, another has no number."""
    known = work.learn(given)
    subject, rules = known.subject, work.rules_for("")  # before the search: what is scanned meanwhile counts as news
    findings, gaps, searched = work.search(subject)
    now = datetime.now(UTC)
    case = work.cases.new(subject, now) if draft else Case("", now, subject)
    case.missing, case.suggestions = known.missing, known.suggestions
    case.choices = [Choice(one.type, one.value, Whether.YES) for one in given if one.because == TAKEN]
    case.findings, case.gaps, case.searched, case.rules = findings, gaps, searched, rules
    follow_now(work, case)
    tiers = {tier.value: sum(one.tier is tier for one in findings) for tier in Tier}
    counts = {"identifiers": len(subject), "findings": len(findings), "gaps": len(gaps), **tiers}
    if draft:
        work.cases.save(case)
    work.audit.append("case-opened" if draft else "searched", case.number or None, counts, {})
    return case


def _expire(work: Workspace) -> None:
    """Drafts that nothing followed for 30 days leave, and it is told."""
    for number in work.cases.expire(datetime.now(UTC)):
        work.audit.append("case-expired", number, {}, {})
        complain(f"Draft case {number} was deleted: nothing followed for 30 days.")
    tell_overdue(work)
