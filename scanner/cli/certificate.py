"""`gallra certificate`: writes down what was done in a case."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from scanner.certificate import certificate
from scanner.certificate_html import to_html
from scanner.cli.casework import counts, opened_case
from scanner.cli.output import clean, print_json
from scanner.refusal import Refusal
from scanner.verify import outcome, outcome_code

_FORMATS = {".json": "json", ".html": "html"}


@click.command("certificate")
@click.argument("case_number", metavar="CASE")
@click.option("-o", "--output", "target", type=click.Path(path_type=Path), help="The file, ending in .json or .html.")
@click.option("--role", default="", help="The role of who issues it, as in 'data protection officer'. Not a name.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print the certificate as JSON too.")
@click.pass_context
def command(
    ctx: click.Context, case_number: str, target: Path | None, role: str, *, force: bool, as_json: bool
) -> None:
    """Certify what was searched, erased and verified in CASE, without any data about the person."""
    kind = _kind(target, as_json=as_json)
    with opened_case(ctx, case_number) as (work, case):
        now = datetime.now(UTC)
        company = work.config.company.name
        head = work.audit.check().head
        values = certificate(case, head, version("gallra"), now, controller=company, role=role)
        text = to_html(values, work.config.agent.language) if kind == "html" else json.dumps(values, indent=2) + "\n"
        if target is not None:
            _write(target, text.encode("utf-8"), force=force)
        details = {
            "certificate": hashlib.sha256(text.encode("utf-8")).hexdigest(),
            "format": kind,
            "status": outcome(case).partition(" until ")[0],
        }
        work.audit.append("certified", case.number, counts(case), details)
        if as_json:
            print_json(values)
        elif target is not None:
            click.echo(f"{clean(str(target))}: {values['outcome']}")
        ctx.exit(outcome_code(case))


def _kind(target: Path | None, *, as_json: bool) -> str:
    if target is None:
        if as_json:
            return "json"
        raise click.UsageError("name the file with -o FILE, ending in .json or .html")
    kind = _FORMATS.get(target.suffix.lower())
    if kind is None:
        raise click.BadParameter("the file must end in .json or .html", param_hint="-o")
    return kind


def _write(target: Path, data: bytes, *, force: bool) -> None:
    """All of the file or nothing, readable for its owner only. Raises Refusal where a file is there already."""
    try:
        handle, beside = tempfile.mkstemp(prefix=".gallra-", dir=target.parent)  # mode 0600
    except OSError as error:
        raise Refusal(f"the folder of the file cannot be written: {os.strerror(error.errno or 0)}") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if force:
            Path(beside).replace(target)
        else:
            _claim(target, beside)
    except FileExistsError:
        raise Refusal("the file is there already; use another name, or --force to replace it") from None
    finally:
        Path(beside).unlink(missing_ok=True)


def _claim(target: Path, beside: str) -> None:
    """Give the finished file its name without replacing another. Raises FileExistsError."""
    try:
        os.link(beside, target)  # unlike a rename, this never replaces
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        target.touch(mode=0o600, exist_ok=False)
        Path(beside).replace(target)
