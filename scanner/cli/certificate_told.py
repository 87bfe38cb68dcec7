"""Telling what a look at a certificate's file gave: what is proven, and what is not."""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.errors import ConfigError
from scanner import signing
from scanner.audit import FILE, AuditLog
from scanner.certificate_check import LARGEST, Check, Kind, Shown, check
from scanner.certificate_page import moment
from scanner.cli.output import Exit, clean, complain, print_json
from scanner.refusal import Refusal
from scanner.signing import canonical, is_public_key

if TYPE_CHECKING:
    from config.model import Config

_NOT_PROVEN = """\
Not proven by a signature: that the data is gone (the issuer states it), when it was signed (the dates are the
issuer's), and anything about places that the certificate does not name."""
_DRAWN = {
    Shown.SAME: "the file shows what was signed, and nothing else",
    Shown.OTHER: "the file is not what this gallra makes of the signed values: it was changed after it was signed",
    Shown.UNTOLD: "the file was made by gallra {version}, and only that version can tell whether it shows what was "
    "signed; go by the values below",
}
_LIBRARY = ", or drawn by another version of fpdf2"


def show_key(ctx: click.Context) -> None:
    """Print the installation's public key."""
    click.echo(signing.of_installation(_config(ctx)).public)


def check_file(ctx: click.Context, path: Path, key: str | None, *, as_json: bool) -> int:
    """Check the file and tell the result; the exit code. `key` is the public key to trust, else our own is."""
    try:
        data = _bytes(path)
    except Refusal as error:
        complain(f"gallra: {error}")
        return error.exit_code
    config = None
    if key is None:
        config = _config(ctx)
        public = signing.of_installation(config).public
    else:
        public = key.strip().lower()
        if not is_public_key(public):
            raise click.BadParameter("a public key has 64 hexadecimal digits", param_hint="--key")
    found = check(data, public, version("gallra"))
    chain = _in_audit(config, found) if config is not None and found.known else None
    if as_json:
        print_json(_answer(found, public, chain))
    else:
        click.echo("\n".join(_told(path, found, public, chain, ours=key is None)))
    return Exit.DONE if found.proven else Exit.REFUSED


def _config(ctx: click.Context) -> Config:
    from config.load import load

    try:
        return load(ctx.obj["config"])
    except ConfigError as error:
        hint = "or name the issuer's public key, which needs no configuration: --key PUBLIC"
        raise ConfigError([*error.problems, hint]) from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise Refusal(f"the file cannot be read: {os.strerror(error.errno or 0)}") from None


def _in_audit(config: Config, found: Check) -> tuple[bool, bool]:
    """Whether our audit log has the entry that the certificate names, and the note that it was issued."""
    log = AuditLog(config.agent.state / FILE)
    values = found.values or {}
    noted = hashlib.sha256(canonical(values)).hexdigest()
    return (
        log.holds(values["audit_entry"], values["audit"]),
        log.notes("certified", values["case"], {"certificate": noted}),
    )


def _told(path: Path, found: Check, public: str, chain: tuple[bool, bool] | None, *, ours: bool) -> list[str]:
    name = clean(path.name)
    if not found.known or found.values is None:
        return [f"{name}: NOT PROVEN: {_why(found, public)}"]
    values = found.values
    whose = "this installation's key" if ours else "the key that you named"
    lines = [
        f"{name}: genuine" if found.proven else f"{name}: NOT PROVEN as it stands",
        f"  signature   good: {whose} signed the values below",
        f"  page        {_page(found)}",
        f"  case        {clean(values['case'])}, issued {moment(values['dates']['issued'])}",
        f"  outcome     {clean(values['outcome'])}",
        f"  key         {public}",
    ]
    if chain is not None:
        entry, noted = chain
        lines.append(f"  audit log   {_audit(values['audit_entry'], entry=entry, noted=noted)}")
    return [*lines, *_NOT_PROVEN.split("\n")]


def _why(found: Check, public: str) -> str:
    if found.values is None:
        return found.problem
    if not found.signed:
        return "the signature does not fit: the values were changed after they were signed, or never signed"
    return (
        f"signed by another key than {public}: {found.values['key']}. If the issuer gave you that key by other means: "
        f"--key {found.values['key']}"
    )


def _page(found: Check) -> str:
    told = _DRAWN[found.shown]
    if found.shown is Shown.OTHER and found.kind is Kind.PDF:
        told += _LIBRARY
    return told.format(version=clean(str((found.values or {})["software"]["version"])))


def _audit(number: int, *, entry: bool, noted: bool) -> str:
    if entry and noted:
        return f"has entry {number} as the certificate names it, and notes that it was issued"
    if entry:
        return f"has entry {number} as the certificate names it, but does not note that it was issued"
    return f"does not have entry {number} as the certificate names it; next: gallra audit verify"


def _answer(found: Check, public: str, chain: tuple[bool, bool] | None) -> dict[str, Any]:
    return {
        "kind": found.kind.value,
        "proven": found.proven,
        "signed": found.signed,
        "key": public,
        "signed_by_key": found.known,
        "page": found.shown.value if found.known else None,
        "problem": found.problem or None,
        "audit": {"entry": chain[0], "noted": chain[1]} if chain is not None else None,
        "certificate": found.values if found.known else None,
    }
