"""`gallra certificate`: writes down what was done in a case, and checks what was written."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner import signing
from scanner.certificate import Chain, Issue, certificate, signed
from scanner.certificate_backups import copies_of
from scanner.certificate_check import Kind, draw
from scanner.certificate_guard import Guard
from scanner.cli.casework import opened_case
from scanner.cli.certificate_told import check_file, show_key
from scanner.cli.output import clean, print_json
from scanner.cli.own_file import write_new
from scanner.cull.rules import cull_of
from scanner.model import Case
from scanner.outcomes import counts
from scanner.refusal import Refusal
from scanner.signing import canonical
from scanner.verify import outcome, outcome_code

if TYPE_CHECKING:
    from scanner.workspace import Workspace

_FORMATS = {".json": Kind.JSON, ".html": Kind.HTML, ".pdf": Kind.PDF}
_FILE = click.Path(path_type=Path)


@click.command("certificate")
@click.argument("case_number", metavar="[CASE]", required=False)
@click.option("-o", "--output", "target", type=_FILE, help="The file, ending in .pdf, .html or .json.")
@click.option("--role", default="", help="The role of who issues it, as in 'data protection officer'. Not a name.")
@click.option(
    "--answered", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day on which the person was answered."
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--check", "checked", type=_FILE, metavar="FILE", help="Check a certificate instead; needs no case.")
@click.option("--key", metavar="PUBLIC", help="With --check: the public key that must have signed it.")
@click.option("--public-key", is_flag=True, help="Print this installation's public key instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the certificate, or the result of the check, as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    case_number: str | None,
    target: Path | None,
    role: str,
    answered: datetime | None,
    checked: Path | None,
    key: str | None,
    *,
    force: bool,
    public_key: bool,
    as_json: bool,
) -> None:
    """Certify what was searched, erased and verified in CASE, without any data about the person, and sign it.

    With --check, tell whether a certificate (any of the three kinds of file) is what was signed: exit 0 or 4.
    """
    if (case_number is not None) + (checked is not None) + public_key != 1:
        raise click.UsageError("name one: a CASE to certify, --check FILE, or --public-key")
    if key is not None and checked is None:
        raise click.UsageError("--key goes with --check FILE")
    if public_key:
        show_key(ctx)
    elif checked is not None:
        ctx.exit(check_file(ctx, checked, key, as_json=as_json))
    else:
        kind = _kind(target, as_json=as_json)
        with opened_case(ctx, case_number or "") as (work, case):
            values = _issued(work, case, role, answered.date() if answered else None)
            if target is not None:
                write_new(target, draw(values, kind, work.config.agent.language), force=force)
            _note(work, case, values, kind)
            if as_json:
                print_json(values)
            elif target is not None:
                click.echo(f"{clean(str(target))}: {values['outcome']}")
            ctx.exit(outcome_code(case))


def _issued(work: Workspace, case: Case, role: str, answered: date | None) -> dict[str, Any]:
    """The signed certificate. Raises Refusal for what may not stand on it."""
    if not Guard(case.subject).allows(role):
        raise Refusal("--role: it may point at the person; give a role, as in 'data protection officer'")
    if answered is not None:
        if case.cull:
            raise Refusal("--answered: nobody asked for a cull, and nobody is answered")
        _check_day(case, answered)
    report = work.audit.check()
    issue = Issue(
        version("gallra"),
        datetime.now(UTC),
        controller=work.config.company.name,
        role=role,
        answered=answered,
        identity_required=work.config.cases.identity_check,
        backups=copies_of(work.config),
    )
    chain = Chain(report.head, report.number, whole=not report.problems)
    return signed(certificate(case, chain, issue), signing.of_installation(work.config))


def _check_day(case: Case, answered: date) -> None:
    if answered > datetime.now().astimezone().date():
        raise Refusal("--answered lies in the future; certify again when the person has been answered")
    if case.request.received is not None and answered < case.request.received:
        raise Refusal("--answered lies before the day on which the request came")


def _note(work: Workspace, case: Case, values: dict[str, Any], kind: Kind) -> None:
    details = {
        "certificate": hashlib.sha256(canonical(values)).hexdigest(),
        "format": kind.value,
        "status": outcome(case).partition(" until ")[0],
        **cull_of(case),
    }
    work.audit.append("certified", case.number, counts(case), details)


def _kind(target: Path | None, *, as_json: bool) -> Kind:
    if target is None:
        if as_json:
            return Kind.JSON
        raise click.UsageError("name the file with -o FILE, ending in .pdf, .html or .json")
    kind = _FORMATS.get(target.suffix.lower())
    if kind is None:
        raise click.BadParameter("the file must end in .pdf, .html or .json", param_hint="-o")
    return kind
