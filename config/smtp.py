"""The `[smtp]` table: the server that letters and reminders are sent by."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from config.fields import Table, table, wrong_email
from config.model import Smtp, unknown
from config.problems import Problems
from config.secrets import wrong_reference

PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""What `tls` may say, and the port that is usual for it."""

_HIGHEST_PORT = 65535


def smtp(document: Mapping[str, Any], problems: Problems) -> Smtp | None:
    """The `[smtp]` table; None where there is none, and letters are handed to a person."""
    if "smtp" not in document:
        return None
    found = table(document, "smtp", problems)
    found.refuse_unknown(("host", "port", "tls", "user", "password", "sender"))
    host = _needed(found, "host", "the mail server, as its certificate has it", _wrong_host)
    tls = found.checked("tls", "starttls", _wrong_tls)
    user = found.text("user", "")
    if bool(user) != ("password" in found.values):
        found.problem(f"goes with a {'password' if user else 'user'}", "user" if user else "password")
    if tls == "none" and host and not is_loopback(host):
        found.problem('"none" is for a server on this machine: elsewhere letters could be read on the way', "tls")
    return Smtp(
        host=host,
        sender=_needed(found, "sender", "the address that letters come from", wrong_email),
        port=int(found.number("port", int, _HIGHEST_PORT) or PORTS[tls]),
        tls=tls,
        user=user,
        password=_password(found),
    )


def _password(found: Table) -> str:
    """The reference, checked. The value is never repeated: it may be the secret itself."""
    value = found.values.get("password", "")
    said = wrong_reference(value if isinstance(value, str) else "") if "password" in found.values else None
    if said is not None:
        found.problem(said, "password")
        return ""
    return str(value)


def _needed(found: Table, key: str, help_: str, wrong: Callable[[str], str | None]) -> str:
    if key not in found.values:
        found.problem(f'key "{key}" is missing ({help_})')
        return ""
    return found.checked(key, "", wrong)


def _wrong_host(text: str) -> str | None:
    if not text:
        return "is empty"
    return "must not hold blanks" if any(mark.isspace() or not mark.isprintable() for mark in text) else None


def _wrong_tls(text: str) -> str | None:
    return None if text in PORTS else unknown("kind of tls", text, PORTS)


def is_loopback(host: str) -> bool:
    """True for a host that is this machine, as it names itself."""
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return host.lower().rstrip(".") == "localhost"
