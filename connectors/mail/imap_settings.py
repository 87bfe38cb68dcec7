"""What an admin may set for a mailbox on a server, and what of it cannot work. No I/O."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from connectors import network
from connectors.base import Option

OPTIONS: tuple[Option, ...] = (
    Option("host", str, "the mail server's name, as its certificate has it"),
    Option("port", int, "its port; 0 means 993, or 143 where `tls` is not true", 0),
    Option("tls", bool | str, 'true, or "starttls"; false is taken for a server on this machine alone', True),
    Option(
        "ca", str, "certificates to trust instead of the system's; relative to the configuration file", None, path=True
    ),
    Option("user", str, "the account's name"),
    Option("password", str, "its password, as a reference", None, secret=True),
    Option("auth", str, "how to sign in", "login", choices=("login", "plain", "xoauth2")),
    Option("token", str, 'the access token, as a reference, where `auth` is "xoauth2"', None, secret=True),
    Option("folders", list, 'the mail folders to search, like "INBOX" or "Arkiv/2024"; none means all', []),
    Option("exclude", list, "mail folders to leave out, each by its whole name; folders in them are not meant", []),
    *network.OPTIONS,
)

_PLAIN = "tls: false is for a server on this machine (localhost): elsewhere mails and password could be read on the way"
_PORT_IN_HOST = re.compile(r"^[^:]*:[0-9]*$|/")
_NAMES = "{}: every name must be a text that is not empty"


def filled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with the defaults of what they do not name."""
    return {option.name: option.default for option in OPTIONS if not option.required} | dict(settings)


def problems(settings: Mapping[str, Any]) -> list[str]:
    """What is wrong with them, one sentence each."""
    settings = filled(settings)
    found = network.problems(settings)
    found += [f"{name}: is missing" for name in ("host", "user") if not settings.get(name)]
    if "://" in str(settings.get("host", "")) or _PORT_IN_HOST.search(str(settings.get("host", ""))):
        found.append("host: must be the server's name alone, like mail.example.org; the port is a key of its own")
    if settings["tls"] not in (True, False, "starttls"):
        found.append('tls: must be true, false or "starttls"')
    if settings["tls"] is False and not is_loopback(str(settings.get("host", ""))):
        found.append(_PLAIN)
    if not 0 <= settings["port"] <= 65535:
        found.append("port: must be 1 to 65535, or 0 for the usual one")
    secret = "token" if settings["auth"] == "xoauth2" else "password"
    if not settings.get(secret):
        found.append(f"{secret}: is missing, and signing in needs it")
    for name in ("folders", "exclude"):
        if not all(isinstance(one, str) and one for one in settings[name] or ()):
            found.append(_NAMES.format(name))
    return found


def port_of(settings: Mapping[str, Any]) -> int:
    """The port that is meant."""
    return int(settings["port"]) or (993 if settings["tls"] is True else 143)


def is_loopback(host: str) -> bool:
    """True for this machine, by name or address."""
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_loopback
    return host.lower().rstrip(".") == "localhost"
